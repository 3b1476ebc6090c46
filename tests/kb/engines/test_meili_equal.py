"""The program with a search server and the program without: the same results, counts and facets, in the same order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.gate import read_gate
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from tests.conftest import TODAY
from tests.kb.engines.meili_engines import meili_text

pytestmark = pytest.mark.slow

#: Besides the gate's queries: what visitors type that is no plain run of words.
MORE = (
    "", '"hợp tác xã"', '"nông thôn mới" -rác', "lúa OR tôm", "238/KH-UBND", "43/KH-LMHTX", "lĩnh vực:y tế", "năm:2024 trồng",
    "địa bàn:\"Vĩnh Bảo\"", "-rác", "Pay manh cdng tac tuyén truyén", "duong", "đường", '"uy ban nhan dan thanh pho"',
    '"Ủy ban nhân dân thành phố Hải Phòng"', "<script>alert(1)</script>", "a" * 600, "))((\"", "năm:1800", "tôm lúa -\"xã\"",
)  # fmt: skip


@pytest.fixture(scope="module", params=["double", "live"])
def served(request: pytest.FixtureRequest, library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The corpus, read through the server's index only: an embedded index that would step in is not there."""
    with meili_text(live=request.param == "live") as text:
        server = text.server("cachhay-test-equal")
        text.made.add("cachhay-test-equal")
        engines = embedded_engines()
        data = tmp_path_factory.mktemp("served")
        again = Library(Store(data / "store.sqlite"), data / "index", engines, library.embedder, server)
        from indexer import index_corpus
        from tests.conftest import CORPUS

        index_corpus(again, CORPUS)
        assert again.mirror and again.mirror.catch_up()
        with again.store.snapshot() as snapshot:
            for file in (data / "index" / snapshot.generation / "text").iterdir():
                file.unlink()
        yield again


def test_the_first_ten_of_the_gate_are_the_same(service: SearchService, served: Library) -> None:
    other = SearchService(served, today=lambda: TODAY)
    queries = [*dict.fromkeys(judged.query for judged in read_gate()), *MORE]
    assert len(queries) >= 200
    same = 0
    for query in queries:
        one, two = service.search(SearchRequest(query)), other.search(SearchRequest(query))
        assert (one.total, one.total_text, one.pages) == (two.total, two.total_text, two.pages), query
        assert one.facets == two.facets and one.notices == two.notices and one.jump == two.jump, query
        same += [hit.card.id for hit in one.hits] == [hit.card.id for hit in two.hits]
    assert same >= 0.95 * len(queries), f"{same} of {len(queries)}"


@pytest.mark.parametrize("query", ["mô hình", "", "trồng lúa", "xã hội hóa giao thông nông thôn ở các xã ven biển"])
def test_filters_sorting_and_pages_are_the_same(query: str, service: SearchService, served: Library) -> None:
    other = SearchService(served, today=lambda: TODAY)
    for facet in service.facets(SearchRequest(query)).facets:
        for value in facet.values[:6]:
            request = SearchRequest(query, {facet.name: (value.code,)}, sort="newest")
            one, two = service.search(request), other.search(request)
            assert one.total == two.total and one.facets == two.facets, (query, facet.name, value.code)
            assert {hit.card.id for hit in one.hits} == {hit.card.id for hit in two.hits} or one.total > 10
    pages = service.search(SearchRequest(query)).pages
    seen = [hit.card.id for n in range(1, pages + 1) for hit in other.search(SearchRequest(query, page=n)).hits]
    assert len(seen) == len(set(seen)) == service.search(SearchRequest(query)).total


def test_overview_items_and_similar_are_the_same(service: SearchService, served: Library) -> None:
    other = SearchService(served, today=lambda: TODAY)
    assert other.overview().kinds == service.overview().kinds and other.overview().fields == service.overview().fields
    one, two = (found.item("238-kh-ubnd", "thi đua") for found in (service, other))
    assert one == two.model_copy(update={"read_at": one.read_at, "history": one.history}), "but for when it was indexed"
    readiness = other.readiness()
    assert readiness.text == "server" and readiness.server and readiness.server.code == "in_step"
