"""Very long texts: cut into parts, searched without reading every word; all other texts stay whole."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.item import Block, Item, Source
from kb.library.library import Library
from kb.library.store import Store
from search_api.display.parts import PART_BLOCKS, PART_LENGTH, part_of, split_parts, take_part
from search_api.retrieval.cache import GenerationCache
from search_api.service import SearchService
from tests.web.clients import client_of

#: The block of the long text that alone speaks of a bird.
BIRD = 2 * PART_BLOCKS + 345


def item_of(item_id: str, *blocks: Block) -> Item:
    return Item(item_id, "document", f"Sổ tay {item_id}", Source(f"{item_id}.md", "a" * 64), tuple(blocks))


def long_item() -> Item:
    blocks = [
        Block(1, f"Đề mục {at}" if at % 2 else f"Thi đua {at}", "heading" if at % 2 else "paragraph", at % 2)
        for at in range(4 * PART_BLOCKS)
    ]
    blocks[BIRD] = Block(1, "Bờ kênh có con bồng chanh đậu suốt mùa nước nổi")
    return item_of("dai", *blocks)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    data = tmp_path_factory.mktemp("long")
    library = Library(Store(data / "store.sqlite"), data / "index", embedded_engines(), open_embedder())
    line = item_of("dong", Block(1, "Lời mở", "heading", 1), Block(1, "gương sáng " * (PART_LENGTH // 6) + "bồng chanh"))
    items = [long_item(), line, item_of("ngan", Block(1, "Tổ tự quản"))]
    with library.store.write() as transaction:
        for item in items:
            transaction.put_item(item)
        library.publish(transaction, [], items)
    return client_of(SearchService(library))


@given(st.lists(st.integers(0, PART_LENGTH), max_size=40))
def test_parts_cover_the_text_once_and_in_order(lengths: list[int]) -> None:
    item = item_of("a", *(Block(1, "x" * length) for length in lengths))
    starts = split_parts(item)
    assert starts[0] == 0 and all(first < second for first, second in pairwise(starts))
    parts = [take_part(item, starts, number) for number in range(1, len(starts) + 1)]
    assert [block for part in parts for block in part.blocks] == list(item.blocks)
    assert all(
        sum(len(b.original) for b in part.blocks) <= PART_LENGTH and len(part.blocks) <= PART_BLOCKS for part in parts
    )
    assert all(part_of(starts, start) == number for number, start in enumerate(starts, 1))
    assert len(starts) > 1 or parts[0] is item


def test_a_long_text_is_shown_in_parts(client: TestClient) -> None:
    first = client.get("/muc/dai").text
    assert "phần 1/4" in first and 'id="b0"' in first and f'id="b{PART_BLOCKS}"' not in first
    assert 'href="/muc/dai?phan=2#toan-van"' in first and "Phần sau" in first and "Phần trước" not in first
    last = client.get("/muc/dai?phan=4").text
    assert f'id="b{4 * PART_BLOCKS - 1}"' in last and "Phần trước" in last and "Phần sau" not in last
    for odd in ("99999999999999999999", "0", "-1", "x", "٣"):
        assert "phần 1/4" in client.get("/muc/dai", params={"phan": odd}).text
    assert "phần 4/4" in client.get("/muc/dai?phan=77").text
    assert max(map(len, (first, last))) < 600_000
    short = client.get("/muc/ngan?phan=3").text
    assert "Toàn văn rất dài" not in short and "data-first-blocks" not in short


def test_the_words_of_a_query_lead_to_their_part(client: TestClient) -> None:
    results = client.get("/tim?q=bồng+chanh").text
    assert f"phan=3#b{BIRD}" in results and "phan=2#b1" in results
    assert results.count("<mark>bồng chanh</mark>") == 2, "also at the end of a line that is too long to show"
    first = client.get("/muc/dai?q=bong+chanh").text
    assert "còn có ở" in first and "phần 3</a>" in first and "phần 1/4" in first, "no part is chosen in silence"
    third = client.get("/muc/dai?q=bong+chanh&phan=3").text
    assert '<mark id="h1"' in third and "1 chỗ khớp</a>" in third and "Không phần nào khác" in third
    missing = client.get("/api/search?q=bồng+chanh+thi+đua").json()["hits"]
    assert next(hit for hit in missing if hit["card"]["id"] == "dai")["missing"] == []


def test_the_api_gives_one_part(client: TestClient) -> None:
    answer = client.get("/api/items/dai?part=2&q=bong+chanh").json()
    assert answer["part"] == 2 and answer["blocks"][0]["id"] == f"b{PART_BLOCKS}" and len(answer["blocks"]) == PART_BLOCKS
    assert [part["holds"] for part in answer["parts"]] == [False, False, True, False] and answer["searched"]
    assert answer["parts"][1]["first_block"] == PART_BLOCKS and answer["parts"][1]["heading"].startswith("Đề mục")
    assert client.get("/api/items/ngan").json()["parts"] == []
    assert client.get("/api/items/dai?part=0").status_code == 422


def test_a_line_that_is_too_long_is_cut_and_says_so(client: TestClient) -> None:
    page = client.get("/muc/dong?phan=2").text
    assert " ký tự)" in page and len(page) < 2 * PART_LENGTH


def test_what_is_kept_is_bounded_by_its_weight() -> None:
    kept = GenerationCache[str](100, len, 10)
    made: list[str] = []

    def get(text: str) -> None:
        def make() -> str:
            made.append(text)
            return text

        kept.get("g", text, make)

    for text in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb", "d" * 11, "d" * 11):
        get(text)
    assert made == ["aaaa", "bbbb", "cccc", "bbbb", "d" * 11, "d" * 11]
