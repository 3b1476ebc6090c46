"""One contract for every vector index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from kb.engines.open import embedded_engines
from kb.errors import IndexMissingError
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
    assert scores["i3"][0] == pytest.approx(float(exact[9]), abs=1e-2)
    assert scores["i3"][1] == pytest.approx(float(max(exact[10], exact[11])), abs=1e-2)
    own = index.item_vector("i3")
    assert own is not None and float(own @ vectors[9]) == pytest.approx(1, abs=1e-2)
    assert index.item_vector("khong-co") is None


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
