"""A query costs one call of the embedding model, whatever it finds: an embedding model may take a second for a text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import Embedder, Vector
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.conftest import CORPUS


class CountingEmbedder:
    """The shipped model; `calls` has the texts of every call."""

    def __init__(self, model: Embedder) -> None:
        self._model = model
        self.name = model.name
        self.digest = model.digest
        self.dimension = model.dimension
        self.calls: list[Sequence[str]] = []

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vector:
        self.calls.append(texts)
        return self._model.encode(texts, query=query)


@pytest.fixture(scope="module")
def embedder() -> CountingEmbedder:
    return CountingEmbedder(open_embedder())


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory, embedder: CountingEmbedder) -> SearchService:
    data = tmp_path_factory.mktemp("counted")
    library = Library(Store(data / "store.sqlite"), data / "index", embedded_engines(), embedder)
    index_corpus(library, Path(CORPUS))
    return SearchService(library)


@pytest.mark.parametrize(
    ("query", "calls"),
    [
        ("sức khỏe", 1),  # many semantic-only hits
        ("mưu sinh", 1),
        ("mo hinh trong lua huu co", 1),  # accents are put back
        ("Pay manh cdng tac tuyén truyén", 1),  # respelt
        ("HTX nông nghiệp", 1),  # written out
        ("làm thế nào để nông dân bán được lúa sạch với giá cao hơn mà không dùng thuốc sâu?", 2),  # and its sentences
        ('lúa "hữu cơ"', 1),
        ('lúa "hữu cơ bay lượn"', 1),  # quotation marks given up
        ("lúa OR rươi", 1),
        ('"đường lối"', 0),  # a phrase alone is ranked by its words
        ("238/KH-UBND", 0),
        ("năm:2024", 0),
        ("", 0),
    ],
)
def test_a_query_costs_one_call(query: str, calls: int, counted: SearchService, embedder: CountingEmbedder) -> None:
    embedder.calls.clear()
    answer = counted.search(SearchRequest(query, per_page=50))
    assert answer.total
    assert len(embedder.calls) == calls and all(len(texts) == 1 for texts in embedder.calls[:1])


def test_what_finds_nothing_costs_one_call_with_its_ways_out(counted: SearchService, embedder: CountingEmbedder) -> None:
    """The ways out are counted by searching: they ask for the same words, so they need no vector of their own."""
    embedder.calls.clear()
    request = SearchRequest("trồng lúa hữu cơ", {"kind": ("new_model",), "year": ("1999",)}, accents=True)
    answer = counted.search(request)
    assert answer.total == 0 and {way.code for way in answer.ways_out} >= {"filter", "filters"}
    assert len(embedder.calls) == 1


def test_pages_facets_and_exports_of_a_query_cost_nothing_more(counted: SearchService, embedder: CountingEmbedder) -> None:
    request = SearchRequest("chăm sóc người già neo đơn", per_page=5)
    counted.search(request)
    embedder.calls.clear()
    for page in (2, 3):
        counted.search(SearchRequest(request.query, per_page=5, page=page))
    counted.facets(request)
    with counted.found_records(request) as found:
        assert next(found.records())
    assert embedder.calls == []
