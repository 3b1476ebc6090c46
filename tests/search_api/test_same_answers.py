"""The same papers give the same answers, whatever was there before and whatever is hidden from the public."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.histories import Corpus, addresses, answers, differences, hide, index, open_service, pages, reworded
from kb.embedding.open import open_embedder
from kb.engines import faiss
from kb.engines.open import embedded_engines, memory_engines
from kb.library.library import TEXT, VECTORS, WHOLE, embed_items
from kb.ports import Embedder, EngineSet, Vector
from tests.conftest import CORPUS

#: Queries of the kinds that are planned differently.
QUERIES = [
    "",
    "hop tac xa",
    '"thi đua"',
    "người cao tuổi được giúp nộp hồ sơ qua mạng ngay tại nhà ra sao",
    "lúa OR đường hoa",
]


@pytest.fixture(autouse=True)
def small_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few items make several segments, and few vectors are quantised and rotated."""
    monkeypatch.setattr("kb.engines.tantivy.builder.segment_documents", lambda documents: 8)
    monkeypatch.setattr(faiss, "MIN_QUANTISED", 40)


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return open_embedder()


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """Some records of the corpus."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    for path in sorted((CORPUS / "practices").glob("*.md"))[::5]:
        (folder / path.name).write_bytes(path.read_bytes())
    return Corpus(folder)


def ids_of(corpus: Corpus) -> list[str]:
    return [path.stem for path in corpus.records()]


@pytest.mark.slow
@pytest.mark.parametrize("engines", [embedded_engines(), memory_engines()], ids=["embedded", "memory"])
def test_edited_and_restored_equals_clean(engines: EngineSet, corpus: Corpus, embedder: Embedder, tmp_path: Path) -> None:
    ids = ids_of(corpus)[::9]
    inside, clean = open_service(tmp_path / "clean", engines, embedder)
    index(inside, corpus.folder)
    expected = answers(clean, QUERIES, ids)
    inside, edited = open_service(tmp_path / "edited", engines, embedder)
    rng = random.Random(7)
    index(inside, corpus.folder)
    for _ in range(2):
        corpus.edit(rng, 6)
        index(inside, corpus.folder)
    assert differences(expected, answers(edited, QUERIES, ids))["answers"] > len(QUERIES), "the edits changed something"
    corpus.restore()
    index(inside, corpus.folder)
    restored = answers(edited, QUERIES, ids)
    assert {name for name in expected if restored[name] != expected[name]} == set()
    with inside.store.snapshot() as snapshot:
        assert all(count > 0 for _, _, count in snapshot.words())


@pytest.mark.slow
@pytest.mark.parametrize("engines", [embedded_engines(), memory_engines()], ids=["embedded", "memory"])
def test_with_and_without_internal_items_equals(
    engines: EngineSet, corpus: Corpus, embedder: Embedder, tmp_path: Path
) -> None:
    ids = ids_of(corpus)[::9]
    inside, public = open_service(tmp_path / "data", engines, embedder)
    index(inside, corpus.folder)
    listed = list(addresses(QUERIES[1:4], ids[:1]))
    without, shown = answers(public, QUERIES, ids), pages(public, listed)
    rng = random.Random(3)
    for number, path in enumerate(corpus.records()[:5]):
        secret = path.with_name(f"noi-bo-{number}.md")
        secret.write_text(reworded(path.read_text("utf-8"), rng), "utf-8")
        hide(secret)
    index(inside, corpus.folder)
    with inside.view() as view:
        assert {item_id.split("--")[0] for item_id in view.snapshot.hidden()} == {f"noi-bo-{at}" for at in range(5)}
        folder = inside.index_dir / view.generation
        assert {path.name for path in folder.iterdir()} >= {TEXT, TEXT + WHOLE, VECTORS, VECTORS + WHOLE}
    hidden, changed = answers(public, QUERIES, ids), pages(public, listed)
    assert {name for name in without if hidden[name] != without[name]} == set()
    assert {address for address in listed if changed[address] != shown[address]} == set()
    # And back: as if they had never been there.
    corpus.restore()
    index(inside, corpus.folder)
    with inside.view() as view:
        assert not (inside.index_dir / view.generation / (TEXT + WHOLE)).exists()
    assert answers(public, QUERIES, ids) == without


def test_an_item_has_the_same_vectors_whichever_are_embedded_with_it(corpus: Corpus, embedder: Embedder) -> None:
    class OfBatch:
        """A model whose vectors depend on the texts beside them, as the last digits of a padded batch do."""

        name, digest, dimension = embedder.name, embedder.digest, embedder.dimension

        def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
            return embedder.encode(texts, query=query) + np.float32(len("".join(texts)))

    inside, _ = open_service(corpus.folder.parent / "items", memory_engines(), embedder)
    index(inside, corpus.folder)
    with inside.view() as view:
        items = list(view.snapshot.items())[:4]
    keys, together = embed_items(OfBatch(), items)
    alone = [embed_items(OfBatch(), [item]) for item in items]
    assert keys == [key for own, _ in alone for key in own]
    assert (together == [row for _, rows in alone for row in rows]).all()
