"""No number and no count in an address decides how much is built."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from kb import facets
from kb.settings import Settings
from search_api.query.composer import Wanted, compose
from search_api.query.request import MAX_LENGTH_OF_ALL, MAX_VALUES, SearchRequest, first_values
from search_api.service import SearchService
from tests.web.clients import RawClient
from web.app import create_app
from web.charts import MAX_YEARS, year_bars

EVERY = [before + code for before in ("", "not_") for code in facets.codes()]
HOSTILE = {
    "a year far away": "/tim?year=2023&year=88888888",
    "two years far apart": "/tim?year=2&year=777777777",
    "twenty digits": "/tim?year=2024&year=" + "7" * 20,
    "digits without end": "/tim?year=2024&year=" + "7" * 5_000,
    "a negative year": "/tim?year=-9999999&year=2024",
    "digits of another script": "/tim?year=2024&year=" + quote("٢٠٢٤٠٠٠٠"),
    "every year": "/tim?" + "&".join(f"year={year}" for year in range(3_000)),
    "every year excluded": "/tim?" + "&".join(f"not_year={year}" for year in range(3_000)),
    "every facet full": "/tim?q=a&" + "&".join(f"{name}={'y' * 200}{at}" for name in EVERY for at in range(40)),
    "a page without end": "/tim?q=a&page=" + "7" * 5_000,
    "a column without end": "/nhung/khoi?so=" + "7" * 5_000,
    "one item again and again": "/so-sanh?" + "&".join(["muc=238-kh-ubnd"] * 30_000),
    "unknown items": "/ho-so?" + "&".join(f"muc={at}" for at in range(30_000)),
    "unknown parameters": "/tim?" + "&".join(f"p{at}={at}" for at in range(10_000)),
    "a product": "/tim-nang-cao?tim=1&q=" + "a" * 20_000 + "&bat-ky=" + "b+" * 10_000,
    "years of the form": "/tim-nang-cao?tim=1&tu-nam=" + "7" * 5_000 + "&den-nam=2024",
    "every piece": "/tim?q=a&" + "&".join(f"nhu-chu={quote('ữ' * 390)}{at}" for at in range(200)),
    "pieces in parts": "/tim?q=a&" + "&".join(f"nhu-chu={quote('ữ' * 30)}{at}" for at in range(200)),
    "the API, every year": "/api/search?" + "&".join(f"year={year}" for year in range(3_000)),
    "the API, a page without end": "/api/search?page=" + "7" * 5_000,
}


@pytest.fixture(scope="module")
def raw(service: SearchService) -> Iterator[RawClient]:
    with RawClient(create_app(service, Settings())) as client:
        client.get("/tim?year=2024")
        yield client


@pytest.mark.parametrize("target", HOSTILE.values(), ids=HOSTILE)
def test_it_takes_little_memory_and_is_no_error_of_the_program(raw: RawClient, target: str) -> None:
    tracemalloc.start()
    try:
        answer = raw.get(target)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code in (200, 303, 422)
    assert most < 60_000_000 and len(answer.text) < 1_000_000


def test_a_year_that_no_item_has_gives_an_honest_empty_result(raw: RawClient) -> None:
    answer = raw.get("/tim?year=88888888")
    assert answer.status_code == 200 and "Không tìm thấy kết quả phù hợp" in answer.text and "88888888" in answer.text


def test_bars_only_for_the_last_years_however_far_apart() -> None:
    assert [bar.year for bar in year_bars({1: 1, 999_999_999: 2}).bars] == list(
        range(1_000_000_000 - MAX_YEARS, 1_000_000_000)
    )
    assert [bar.year for bar in year_bars({2023: 4, 2025: 2}).bars] == [2023, 2024, 2025]


def test_values_of_a_request_are_bounded_in_number_and_length() -> None:
    given = {code: [f"{'z' * 290}{at}" for at in range(1_000)] for code in facets.codes()}
    kept = [value for values in first_values(given).values() for value in values]
    assert sum(map(len, kept)) <= MAX_LENGTH_OF_ALL
    many = first_values({code: [str(at) for at in range(1_000)] for code in facets.codes()})
    assert sum(map(len, many.values())) == MAX_VALUES
    assert SearchRequest(filters={"year": ("2023",) * 5_000}).chosen().facets == {"year": ("2023",)}


def test_the_advanced_form_writes_no_product_of_its_fields() -> None:
    assert len(compose(Wanted("a " * 50_000, any_words="b " * 50_000))) < 50_000
