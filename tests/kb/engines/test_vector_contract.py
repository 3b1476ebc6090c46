"""One contract for every vector index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kb.engines.open import embedded_engines
from kb.errors import IndexMissingError
from kb.library.visibility import PublicVectors
from kb.ports import EngineSet, Vector, VectorIndex, VectorKey


def unit(rows: np.ndarray) -> Vector:
    units: Vector = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return units


def cloud(count: int, dimension: int = 64, seed: int = 0) -> Vector:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(20, dimension))
    return unit(centres[rng.integers(0, 20, count)] + 0.6 * rng.normal(size=(count, dimension)))


def build(
    engines: EngineSet, folder: Path, keys: list[VectorKey], vectors: Vector, removed: tuple[str, ...] = ()
) -> VectorIndex:
    folder.mkdir(parents=True, exist_ok=True)
    engines.build_vectors(folder, vectors.shape[1]).apply(removed, keys, vectors)
    return engines.open_vectors(folder)


def keys_of(items: int, passages: int = 2) -> list[VectorKey]:
    return [VectorKey(f"i{n}", ordinal) for n in range(items) for ordinal in range(passages + 1)]


def test_neighbours_scores_and_whole_items(engines: EngineSet, tmp_path: Path) -> None:
    keys = keys_of(100)
    vectors = cloud(len(keys))
    index = build(engines, tmp_path / "v", keys, vectors)
    query = vectors[37]
    hits = index.search(query, 10)
    exact = vectors @ query
    assert hits[0].key == keys[37] and hits[0].score == pytest.approx(1, abs=1e-2)
    assert [h.key for h in hits] == [keys[i] for i in np.argsort(-exact, kind="stable")[:10]]
    scores = index.score_items(query, ["i3", "khong-co", "i7"])
    assert set(scores) == {"i3", "i7"}
    assert scores["i3"].whole == pytest.approx(float(exact[9]), abs=1e-2)
    assert scores["i3"].passage == pytest.approx(float(max(exact[10], exact[11])), abs=1e-2)
    own = index.item_vector("i3")
    assert own is not None and float(own @ vectors[9]) == pytest.approx(1, abs=1e-2)
    assert index.item_vector("khong-co") is None


def test_the_score_of_an_item_names_its_best_passage(engines: EngineSet, tmp_path: Path) -> None:
    keys = keys_of(12, passages=5)
    vectors = cloud(len(keys))
    index = build(engines, tmp_path / "v", keys, vectors)
    seen = set()
    for at, key in enumerate(keys):
        # Turned a little, so that the whole vector may come before the passage that is asked for, or behind it.
        query = unit(vectors[[at]] + 0.1 * vectors[[at - 1]])[0]
        score = index.score_items(query, ["i0", key.item_id])[key.item_id]
        own = {k.ordinal: float(row @ query) for k, row in zip(keys, vectors, strict=True) if k.item_id == key.item_id}
        best = max((ordinal for ordinal in own if ordinal), key=lambda ordinal: own[ordinal])
        assert score.ordinal == best and score.passage == pytest.approx(own[best], abs=1e-2)
        assert score.whole == pytest.approx(own[0], abs=1e-2) and score.best == max(score.whole, score.passage)
        if key.ordinal:
            assert best == key.ordinal
        seen.add(best)
    assert seen == {1, 2, 3, 4, 5}


def test_the_best_passage_of_an_item_that_changed_is_one_of_the_new(engines: EngineSet, tmp_path: Path) -> None:
    vectors = cloud(9)
    build(engines, tmp_path / "v", keys_of(3), vectors)
    new = cloud(4, seed=5)
    index = build(engines, tmp_path / "v", [VectorKey("i1", n) for n in range(4)], new, removed=("i1",))
    assert index.score_items(new[3], ["i1"])["i1"].ordinal == 3
    assert index.score_items(vectors[8], ["i2"])["i2"].ordinal == 2, "and the others keep theirs"


def test_an_item_without_passages_or_without_a_whole_vector(engines: EngineSet, tmp_path: Path) -> None:
    rows = cloud(3)
    index = build(engines, tmp_path / "v", [VectorKey("whole", 0), VectorKey("parts", 1), VectorKey("parts", 2)], rows)
    scores = index.score_items(rows[2], ["whole", "parts"])
    cosine = float(rows[0] @ rows[2])
    assert scores["whole"].ordinal == 0 and scores["parts"].ordinal == 2
    assert (scores["whole"].whole, scores["whole"].passage) == pytest.approx((cosine, cosine), abs=1e-2)
    assert (scores["parts"].whole, scores["parts"].passage) == pytest.approx((1, 1), abs=1e-2)
    assert index.score_items(rows[2], []) == {}


def test_internal_items_have_no_score_for_the_public(engines: EngineSet, tmp_path: Path) -> None:
    vectors = cloud(9)
    index = build(engines, tmp_path / "v", keys_of(3), vectors)
    shown = PublicVectors(index, frozenset({"i1"}))
    scores = shown.score_items(vectors[2], ["i0", "i1", "i2"])
    assert scores == index.score_items(vectors[2], ["i0", "i2"]) and scores["i0"].ordinal == 2


def test_change_and_removal(engines: EngineSet, tmp_path: Path) -> None:
    vectors = cloud(9)
    build(engines, tmp_path / "v", keys_of(3), vectors)
    new = cloud(3, seed=5)
    index = build(engines, tmp_path / "v", [VectorKey("i1", n) for n in range(3)], new, removed=("i1", "i2"))
    assert {hit.key.item_id for hit in index.search(new[0], 100)} == {"i0", "i1"}
    assert index.search(new[0], 1)[0].key == VectorKey("i1", 0)


def test_a_clone_leaves_the_original_alone(engines: EngineSet, tmp_path: Path) -> None:
    vectors = cloud(9)
    before = build(engines, tmp_path / "one", keys_of(3), vectors)
    shutil.copytree(tmp_path / "one", tmp_path / "two", copy_function=os.link)
    build(engines, tmp_path / "two", [], vectors[:0], removed=("i0", "i1", "i2"))
    assert before.search(vectors[0], 1)[0].key == VectorKey("i0", 0)
    assert engines.open_vectors(tmp_path / "one").search(vectors[0], 1)[0].key == VectorKey("i0", 0)
    assert engines.open_vectors(tmp_path / "two").search(vectors[0], 1) == []


def test_a_missing_index_is_said_so(engines: EngineSet, tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError):
        engines.open_vectors(tmp_path)


def test_quantised_search_finds_what_an_exact_scan_finds(tmp_path: Path) -> None:
    engines = embedded_engines()
    keys = keys_of(1000)
    vectors = cloud(len(keys), 256)
    index = build(engines, tmp_path / "v", keys, vectors)
    found = 0
    queries = cloud(50, 256, seed=0) + 0.05 * np.random.default_rng(3).normal(size=(50, 256))
    for query in unit(queries):
        best = {keys[i] for i in np.argsort(-(vectors @ query))[:10]}
        found += len(best & {hit.key for hit in index.search(query, 10)})
    assert found / 500 >= 0.97
