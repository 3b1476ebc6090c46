"""The double against what Meilisearch's documents and its own tests say.

Addresses: https://www.meilisearch.com/docs (below: docs) and the folder crates of github.com/meilisearch/meilisearch.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from . import Fault, MeiliDouble
from .filters import FilterError, Many, Not, parse
from .text import Tokenizer, fold, normalize_facet, truncate_facet, within


@pytest.fixture
def double() -> Iterator[MeiliDouble]:
    with MeiliDouble() as server:
        yield server


@pytest.fixture
def http(double: MeiliDouble) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=double.url, timeout=10) as client:
        yield client


BOOKS: list[dict[str, Any]] = [
    {"id": 1, "title": "Cải cách hành chính", "body": "một cửa liên thông", "year": 2019, "tags": ["Hà Nội", "a/b"], "place": {"code": "01"}},
    {"id": 2, "title": "Chuyển đổi số", "body": "cải cách thủ tục; hành chính công", "year": 2021, "tags": ["Đà Nẵng"], "place": {"code": "48"}},
    {"id": 3, "title": "Mô hình mới", "body": "một cửa", "year": 2020, "tags": [], "note": None},
    {"id": 4, "title": "Summer house", "body": "sunflower", "year": "2020", "tags": "Hà Nội", "note": ""},
]  # fmt: skip
OPEN = {"filterableAttributes": ["id", "year", "tags", "place", "note", "title"], "sortableAttributes": ["year", "title"]}


def fill(
    double: MeiliDouble, http: httpx.Client, settings: dict[str, Any] | None = None, docs: Any = None, uid: str = "b"
) -> None:
    assert http.patch(f"/indexes/{uid}/settings", json=OPEN if settings is None else settings).status_code == 202
    assert (
        http.post(f"/indexes/{uid}/documents", json=BOOKS if docs is None else docs, params={"primaryKey": "id"}).status_code
        == 202
    )
    assert double.idle()
    bad = [t for t in http.get("/tasks").json()["results"] if t["status"] != "succeeded"]
    assert not bad, bad


def ids(http: httpx.Client, uid: str = "b", **query: Any) -> list[Any]:
    answer = http.post(f"/indexes/{uid}/search", json=query)
    assert answer.status_code == 200, answer.text
    return [h["id"] for h in answer.json()["hits"]]


def error(answer: httpx.Response) -> tuple[int, str]:
    body = answer.json()
    assert set(body) == {"message", "code", "type", "link"}
    assert body["link"].endswith("#" + body["code"])
    return answer.status_code, body["code"]


def last_task(http: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = http.get("/tasks", params={"limit": 1}).json()["results"][0]
    return found


# --- the filter language: filter-parser/src/lib.rs and value.rs, docs capabilities/.../filter_expression_syntax


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"x = 'foo\\'", "foo\\"),
        (r"x = 'it\'s'", "it's"),
        (r'x = "Hello \\\"world\\\""', 'Hello \\"world\\"'),
        (r"x = 'foo\x20\n\t\"'", 'foo \n\t"'),
        ("x = Đường-1_a.b", "Đường-1_a.b"),
        ("x = ' spaces '", " spaces "),
        ("x=''", ""),
    ],
)
def test_values(text: str, value: str) -> None:
    node = parse(text)
    assert node.values[0].value == value  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title & Glass", "Was expecting an operation `=`, `!=`, `>=`, `>`, `<=`, `<`, `IN`"),
        ("title = Glass XOR title = Glass", "Found unexpected characters at the end of the filter: `XOR title = Glass`."),
        ("x = ", "Was expecting a value but instead got nothing."),
        ("x = OR", "Was expecting a value but instead got `OR`, which is a reserved keyword."),
        ("OR = x", "Was expecting a value but instead got `OR`, which is a reserved keyword."),
        ("x = 'a", "Expression `\\'a` is missing the following closing delimiter: `'`."),
        ("(x = a", "is missing the following closing delimiter: `)`."),
        ("x IN a", "Expected `[` after `IN` keyword."),
        ("x IN [a", "Expected matching `]`"),
        ("x IN [a b]", "Expected only comma-separated field names inside `IN[..]`"),
        ("x = a AND", "Was expecting an operation"),
        (r"x = 'a\qb'", "Malformed value"),
        ("_geo = 1", "`_geo` is a reserved keyword"),
        ("(" * 60 + "x=1" + ")" * 60, "The filter exceeded the maximum depth limit."),
    ],
)
def test_bad_filters(text: str, message: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert str(caught.value).endswith(text)


def test_column_of_an_error() -> None:
    """meilisearch/tests/search/errors.rs: filter_invalid_syntax_string."""
    with pytest.raises(FilterError) as caught:
        parse("title = Glass XOR title = Glass")
    assert str(caught.value).split("\n")[1].startswith("15:32 ")


def test_shapes() -> None:
    assert parse("   ") is None
    assert isinstance(parse("NOT a = 1"), Not)
    assert parse("NOT NOT a = 1").op == "="  # type: ignore[union-attr]
    node = parse("a = 1 AND b = 2 OR c = 3")
    assert isinstance(node, Many)
    assert (node.kind, node.parts[0].kind) == ("OR", "AND")  # type: ignore[union-attr]
    assert parse("colour IN []").values == ()  # type: ignore[union-attr]
    assert len(parse(" colour NOT  IN [  green , blue , ]").of.values) == 2  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("year = 2020", [3, 4]),
        ("year > 2019", [2, 3, 4]),
        ("year 2019 TO 2020", [1, 3, 4]),
        ("year != 2020", [1, 2]),
        ("NOT year = 2020", [1, 2]),
        ("tags = 'HÀ NỘI'", [1, 4]),
        ("tags = 'ha noi'", []),
        ("tags IN ['Hà Nội', 'Đà Nẵng']", [1, 2, 4]),
        ("tags NOT IN ['Hà Nội']", [2, 3]),
        ("tags IS EMPTY", [3]),
        ("tags IS NOT EMPTY", [1, 2, 4]),
        ("note IS NULL", [3]),
        ("note IS EMPTY", [4]),
        ("note EXISTS", [3, 4]),
        ("note NOT EXISTS", [1, 2]),
        ("place.code = 01", [1]),
        ("place EXISTS", [1, 2]),
        ("tags STARTS WITH hà", [1, 4]),
        ("year = 2020 AND tags = 'Hà Nội' OR id = 2", [2, 4]),
        ("year = 2020 AND (tags = 'Hà Nội' OR id = 2)", [4]),
        ([["id = 1", "id = 2"], "year > 2020"], [2]),
        ([], [1, 2, 3, 4]),
        ("", [1, 2, 3, 4]),
        ("title > 'm'", [3, 4]),
    ],
)
def test_filters(double: MeiliDouble, http: httpx.Client, text: Any, found: list[int]) -> None:
    """docs: filter_expression_syntax; milli/src/search/facet/filter (values compared after `normalize_facet`: marks stay)."""
    fill(double, http)
    assert ids(http, filter=text) == found


def test_a_field_no_document_had(double: MeiliDouble, http: httpx.Client) -> None:
    """milli/src/search/facet/filter/index_filter.rs: an unknown field selects nothing, even with `!=`."""
    fill(double, http, {"filterableAttributes": ["ghost"]})
    assert ids(http, filter="ghost != 1") == []
    assert ids(http, filter="NOT ghost = 1") == [1, 2, 3, 4]


def test_filter_errors(double: MeiliDouble, http: httpx.Client) -> None:
    """meilisearch/tests/search/errors.rs and documents/errors.rs."""
    fill(double, http, {"filterableAttributes": ["title"]})
    answer = http.post("/indexes/b/search", json={"filter": "many = Glass"})
    assert error(answer) == (400, "invalid_search_filter")
    assert answer.json()["message"] == (
        "Index `b`: Attribute `many` is not filterable. Available filterable attribute patterns are: `title`.\n1:5 many = Glass"
    )
    answer = http.post("/indexes/b/documents/fetch", json={"filter": "doggo=bernese"})
    assert error(answer) == (400, "invalid_document_filter")
    assert answer.json()["message"].startswith("Attribute `doggo` is not filterable.")
    answer = http.post("/indexes/b/search", json={"filter": True})
    assert answer.json()["message"] == "Invalid syntax for the filter parameter: `expected String, Array, found: true`."
    answer = http.post("/indexes/b/search", json={"filter": "title CONTAINS x"})
    assert error(answer) == (400, "feature_not_enabled")
    double.enable(containsFilter=True)
    assert ids(http, filter="title CONTAINS HOUSE") == [4]


def test_granular_filters(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: configure_granular_filters; milli/src/filterable_attributes_rules.rs."""
    rules = [
        {
            "attributePatterns": ["year"],
            "features": {"facetSearch": False, "filter": {"equality": True, "comparison": False}},
        },
        {"attributePatterns": ["tag*"]},
    ]
    fill(double, http, {"filterableAttributes": rules})
    assert ids(http, filter="year = 2019 AND tags = 'hà nội'") == [1]
    answer = http.post("/indexes/b/search", json={"filter": "year > 2019"})
    assert error(answer) == (400, "invalid_search_filter")
    assert answer.json()["message"].startswith("Index `b`: Filter operator `>` is not allowed for the attribute `year`.")
    assert http.get("/indexes/b/settings").json()["filterableAttributes"][1]["features"]["filter"] == {
        "equality": True,
        "comparison": False,
    }


def test_long_values_are_cut() -> None:
    """milli/src/update/new/extract/faceted: only the beginning of a long value is kept."""
    assert truncate_facet("a" * 468) == "a" * 468
    assert len(truncate_facet("a" * 600)) == 468
    assert len(truncate_facet("é" * 300)) == 234
    # Decomposed: a letter with marks takes up to five bytes.
    assert normalize_facet("  ĐƯỜNG ") == "đu\u031bo\u031b\u0300ng"


def test_a_long_value_cannot_be_filtered_by(double: MeiliDouble, http: httpx.Client) -> None:
    fill(double, http, {"filterableAttributes": ["t"]}, [{"id": 1, "t": "a" * 468}, {"id": 2, "t": "a" * 470}])
    assert ids(http, filter=f"t = {'a' * 468}") == [1, 2]
    assert ids(http, filter=f"t = {'a' * 470}") == []


# --- words


def test_tokens() -> None:
    """docs: resources/internals/datatypes (separators); charabia's folding."""
    words = [t.lemma for t in Tokenizer().tokens("12/2020/QĐ-TTg, Hà-Nội; a_b openSSL C++") if t.kind == "word"]
    assert words == ["12", "2020", "qd", "ttg", "ha", "noi", "a", "b", "open", "ssl", "c++"]
    assert [t.lemma for t in Tokenizer(non_separators=["/", "-"]).tokens("12/2020/QĐ-TTg")] == ["12/2020/qd-ttg"]
    assert [(p, t.lemma) for p, t in Tokenizer().positions("a b. c, d.e", 0)] == [
        (0, "a"),
        (1, "b"),
        (9, "c"),
        (17, "d"),
        (18, "e"),
    ]
    assert fold("Đường Ước") == "duong uoc"


def test_edits() -> None:
    assert within("sunflower", "sunflwoer", 2, False) == 1
    assert within("abcde", "abcdef", 1, True) == 0
    assert within("abcde", "xbcde", 1, False) == 1
    assert within("abcde", "vwxyz", 2, False) is None


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "cai cach"}, [1, 2]),
        ({"q": "cải cách hành chính"}, [1, 2]),
        ({"q": '"một cửa"'}, [3, 1]),
        ({"q": '"thủ tục hành chính"'}, []),
        ({"q": "cải cách -công"}, [1]),
        ({"q": "-cải"}, [3, 4]),
        ({"q": "sunflwoer"}, [4]),
        ({"q": "summerhouse"}, [4]),
        ({"q": "sun flower"}, [4]),
        ({"q": "sunf"}, [4]),
        ({"q": "sunf "}, []),
        ({"q": "cải zzzz"}, [1, 2]),
        ({"q": "cải zzzz", "matchingStrategy": "all"}, []),
        ({"q": "zzzz cải", "matchingStrategy": "last"}, []),
        ({"q": "zzzz cải", "matchingStrategy": "frequency"}, [1, 2]),
        ({"q": "cửa", "attributesToSearchOn": ["title"]}, []),
        ({"q": "cải a b c d e f g h i zzzz", "matchingStrategy": "all"}, []),
    ],
)
def test_queries(double: MeiliDouble, http: httpx.Client, query: dict[str, Any], found: list[int]) -> None:
    """docs: reference/api/search; milli/src/search/new/query_term/parse_query.rs."""
    fill(double, http, {"searchableAttributes": ["title", "body"]})
    assert ids(http, **query) == found


def test_only_ten_words_count(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: known_limitations."""
    fill(double, http, docs=[{"id": 1, "t": "a b c d e f g h i j"}])
    assert ids(http, q="a b c d e f g h i j", matchingStrategy="all") == [1]
    assert ids(http, q="a b c d e f g h i j zzz", matchingStrategy="all") == [1]
    assert ids(http, q="a b c d e f g h i zzz", matchingStrategy="all") == []
    assert ids(http, q='"a b c d e f" g h i j zzz', matchingStrategy="all") == []


def test_typo_settings(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: relevancy/typo_tolerance_settings; splitting and joining stay (compute_derivations.rs)."""
    fill(double, http, {"typoTolerance": {"enabled": False}, "prefixSearch": "disabled"})
    assert ids(http, q="sunflwoer") == []
    assert ids(http, q="sunf") == []
    assert ids(http, q="summerhouse") == [4]
    assert ids(http, q="sun flower") == [4]
    http.patch("/indexes/b/settings", json={"typoTolerance": {"enabled": None, "disableOnWords": ["sunflwoer"]}})
    assert double.idle()
    assert ids(http, q="sunflwoer") == []
    assert ids(http, q="sunflwer") == [4]
    assert ids(http, q="xunflower") == [4]
    assert ids(http, q="xummer") == []


def test_positions_beyond_the_last(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: known_limitations; each element of an array costs eight positions."""
    docs = [{"id": 1, "t": ["x"] * 8191 + ["inside"]}, {"id": 2, "t": ["x"] * 8192 + ["outside"]}]
    fill(double, http, docs=docs)
    assert ids(http, q="inside") == [1]
    assert ids(http, q="outside") == []


def test_ranking(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: relevancy/ranking_rules."""
    docs = [
        {"id": 1, "t": "red car and a blue house", "b": ""},
        {"id": 2, "t": "blue", "b": "car"},
        {"id": 3, "t": "the blue car", "b": ""},
        {"id": 4, "t": "blue car", "b": ""},
        {"id": 5, "t": "x", "b": "blue car"},
        {"id": 6, "t": "blue", "b": ""},
    ]
    fill(double, http, {"searchableAttributes": ["t", "b"], "sortableAttributes": ["id"], "filterableAttributes": []}, docs)
    assert ids(http, q="blue car") == [4, 3, 5, 1, 2, 6]
    scores = [
        h["_rankingScore"]
        for h in http.post("/indexes/b/search", json={"q": "blue car", "showRankingScore": True}).json()["hits"]
    ]
    assert scores == sorted(scores, reverse=True)
    assert ids(http, q="blue car", sort=["id:desc"])[:2] == [4, 3]
    http.patch("/indexes/b/settings", json={"rankingRules": ["sort", "words"]})
    assert double.idle()
    assert ids(http, q="blue car", sort=["id:desc"]) == [6, 5, 4, 3, 2, 1]


# --- answers to searches


def test_paging_and_totals(double: MeiliDouble, http: httpx.Client) -> None:
    """meilisearch/tests/search/pagination.rs (and issue 6482 for `cap_totals`)."""
    docs = [{"id": i} for i in range(1, 4)]
    fill(double, http, {"pagination": {"maxTotalHits": 2}}, docs)
    got = http.post("/indexes/b/search", json={"offset": 0, "limit": 1}).json()
    assert (len(got["hits"]), got["estimatedTotalHits"], got["limit"], got["offset"]) == (1, 2, 1, 0)
    assert "totalHits" not in got
    got = http.post("/indexes/b/search", json={"page": 1, "hitsPerPage": 1}).json()
    assert (len(got["hits"]), got["totalHits"], got["totalPages"]) == (1, 2, 2)
    assert "estimatedTotalHits" not in got
    assert ids(http, offset=2) == []
    assert ids(http, offset=1, limit=5) == [2]
    got = http.post("/indexes/b/search", json={"hitsPerPage": 0}).json()
    assert (got["hits"], got["totalHits"], got["page"], got["totalPages"]) == ([], 2, 1, 0)
    assert ids(http, page=0) == []
    double.cap_totals = False
    assert http.post("/indexes/b/search", json={}).json()["estimatedTotalHits"] == 3


def test_facets(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: filtering_sorting_faceting; milli/src/search/facet/facet_distribution.rs."""
    fill(double, http)
    got = http.post("/indexes/b/search", json={"facets": ["tags", "year"], "limit": 0}).json()
    assert list(got["facetDistribution"]["tags"].items()) == [("a/b", 1), ("Hà Nội", 2), ("Đà Nẵng", 1)]
    assert got["facetDistribution"]["year"] == {"2019": 1, "2020": 1, "2021": 1}  # the text takes the number's place
    assert got["facetStats"] == {"year": {"min": 2019.0, "max": 2021.0}}
    http.patch("/indexes/b/settings", json={"faceting": {"maxValuesPerFacet": 1, "sortFacetValuesBy": {"tags": "count"}}})
    assert double.idle()
    got = http.post("/indexes/b/search", json={"facets": ["tags"]}).json()
    assert got["facetDistribution"] == {"tags": {"Hà Nội": 2}}
    assert http.get("/indexes/b/settings/faceting").json()["sortFacetValuesBy"] == {"*": "alpha", "tags": "count"}
    answer = http.post("/indexes/b/search", json={"facets": ["doggo", "neko"]})
    assert error(answer) == (400, "invalid_search_facets")
    assert "Attributes `doggo, neko` are not filterable." in answer.json()["message"]
    got = http.post("/indexes/b/facet-search", json={"facetName": "tags", "facetQuery": "ha"}).json()
    assert got["facetHits"] == [{"value": "Hà Nội", "count": 2}]


def test_sorting(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: sort_search_results: numbers before text, then documents without the field."""
    fill(double, http)
    assert ids(http, sort=["year:asc"]) == [1, 3, 2, 4]
    assert ids(http, sort=["year:desc"]) == [2, 3, 1, 4]
    for text, code in (("year", "invalid_search_sort"), ("body:asc", "invalid_search_sort")):
        assert error(http.post("/indexes/b/search", json={"sort": [text]})) == (400, code)
    fetched = http.post("/indexes/b/documents/fetch", json={"sort": ["year:desc"], "fields": ["id"]}).json()
    assert [d["id"] for d in fetched["results"]] == [2, 3, 1, 4]
    assert error(http.post("/indexes/b/documents/fetch", json={"sort": ["x"]})) == (400, "invalid_document_sort")


def test_what_hits_show(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: reference/api/search (attributesToRetrieve, highlighting, cropping: content is not escaped)."""
    docs = [{"id": 1, "t": "<b>Một</b> cửa liên thông ở xã", "p": {"a": 1, "b": 2}, "secret": 1}]
    fill(double, http, {"displayedAttributes": ["id", "t", "p", "p.a"]}, docs)

    def hit(**query: Any) -> dict[str, Any]:
        got: dict[str, Any] = http.post("/indexes/b/search", json=query).json()["hits"][0]
        return got

    assert hit() == {"id": 1, "t": docs[0]["t"], "p": {"a": 1, "b": 2}}
    assert hit(attributesToRetrieve=["id", "secret"]) == {"id": 1}
    assert hit(attributesToRetrieve=["p.a"]) == {"p": {"a": 1}}
    got = hit(q="cua lien", attributesToHighlight=["t"], attributesToRetrieve=["id"])
    assert got["_formatted"] == {"id": "1", "t": "<b>Một</b> <em>cửa</em> <em>liên</em> thông ở xã"}
    got = hit(
        q="thon",
        attributesToHighlight=["*"],
        attributesToCrop=["t"],
        cropLength=2,
        highlightPreTag="[",
        highlightPostTag="]",
    )
    assert got["_formatted"]["t"] == "…[thôn]g ở…"
    assert hit(q="cua", showMatchesPosition=True)["_matchesPosition"] == {"t": [{"start": 13, "length": 5}]}
    # Documents' own routes show everything.
    assert http.get("/indexes/b/documents/1").json() == docs[0]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"marin": 1}, "bad_request"),
        ({"q": ["x"]}, "invalid_search_q"),
        ({"limit": -1}, "invalid_search_limit"),
        ({"limit": None}, "invalid_search_limit"),
        ({"offset": "1"}, "invalid_search_offset"),
        ({"page": 1.5}, "invalid_search_page"),
        ({"matchingStrategy": "any"}, "invalid_search_matching_strategy"),
        ({"attributesToSearchOn": ["nope"]}, "invalid_search_attributes_to_search_on"),
        ({"rankingScoreThreshold": 42}, "invalid_search_ranking_score_threshold"),
        ({"locales": ["xx"]}, "invalid_search_locales"),
        ({"vector": [1.0]}, "missing_search_hybrid"),
        ({"hybrid": {"embedder": "none"}, "vector": [1]}, "invalid_search_embedder"),
    ],
)
def test_bad_searches(double: MeiliDouble, http: httpx.Client, body: dict[str, Any], code: str) -> None:
    """meilisearch/tests/search/errors.rs."""
    fill(double, http)
    assert error(http.post("/indexes/b/search", json=body)) == (400, code)


def test_multi_search(double: MeiliDouble, http: httpx.Client) -> None:
    """meilisearch/src/routes/multi_search.rs: one failing query fails the request, its place in the message."""
    fill(double, http)
    queries = [{"indexUid": "b", "q": "cải", "limit": None}, {"indexUid": "b", "filter": "id = 3", "hitsPerPage": 1}]
    got = http.post("/multi-search", json={"queries": queries}).json()["results"]
    assert [[h["id"] for h in r["hits"]] for r in got] == [[1, 2], [3]]
    assert (got[0]["indexUid"], got[0]["query"], got[1]["totalHits"]) == ("b", "cải", 1)
    answer = http.post("/multi-search", json={"queries": [queries[0], {"indexUid": "none"}]})
    assert error(answer) == (400, "index_not_found")
    assert answer.json()["message"] == "Inside `.queries[1]`: Index `none` not found."
    answer = http.post("/multi-search", json={"queries": [{"indexUid": "b", "filter": "zz = 1"}]})
    assert answer.json()["message"].startswith("Inside `.queries[0]`: Index `b`: Attribute `zz` is not filterable.")
    answer = http.post("/multi-search", json={"queries": [{"q": "x"}]})
    assert error(answer) == (400, "missing_index_uid")
    assert answer.json()["message"] == "Missing field `indexUid` inside `.queries[0]`"
    assert http.post("/multi-search", json={"queries": []}).json() == {"results": []}
    assert error(http.post("/multi-search", json={})) == (400, "bad_request")


# --- documents


@pytest.mark.parametrize(
    ("docs", "params", "code"),
    [
        ([{"id": "a b"}], {}, "invalid_document_id"),
        ([{"id": 1.5}], {}, "invalid_document_id"),
        ([{"id": "x" * 512}], {}, "invalid_document_id"),
        ([{"id": 1}, {"name": "x"}], {}, "missing_document_id"),
        ([{"name": "x"}], {}, "index_primary_key_no_candidate_found"),
        ([{"aId": 1, "bid": 2}], {}, "index_primary_key_multiple_candidates_found"),
    ],
)
def test_failing_additions(double: MeiliDouble, http: httpx.Client, docs: Any, params: dict[str, str], code: str) -> None:
    """docs: reference/errors/error_codes; nothing of a failing task is kept."""
    assert http.post("/indexes/b/documents", json=docs, params=params).status_code == 202
    assert double.idle()
    task = last_task(http)
    assert (task["status"], task["error"]["code"], task["details"]["indexedDocuments"]) == ("failed", code, 0)
    assert task["error"]["message"].startswith("Index `b`: ")
    assert http.get("/indexes/b/documents").json()["total"] == 0


def test_adding_and_merging(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: reference/api/documents: POST replaces, PUT merges the first level."""
    answer = http.post("/indexes/b/documents", json=[{"id": 1, "a": {"x": 1}, "b": 2}, {"id": "1", "a": {"x": 2}, "b": 3}])
    assert set(answer.json()) == {"taskUid", "indexUid", "status", "type", "enqueuedAt"}
    http.put("/indexes/b/documents", json={"id": 1, "a": {"y": 1}})
    lines = b'{"id": 2}\n\n{"id": 3}\n'
    http.post("/indexes/b/documents", content=lines, headers={"Content-Type": "application/x-ndjson"})
    assert double.idle()
    assert http.get("/indexes/b/documents/1").json() == {"id": 1, "a": {"y": 1}, "b": 3}
    assert http.get("/indexes/b").json()["primaryKey"] == "id"
    assert [r.body for r in double.requests if r.method == "POST"][1] == [{"id": 2}, {"id": 3}]
    assert http.get("/indexes/b/documents", params={"fields": "id", "limit": 2}).json()["results"] == [{"id": 1}, {"id": 2}]
    answer = http.post("/indexes/b/documents", json=[{"key": 9}], params={"primaryKey": "key"})
    assert double.idle()
    assert last_task(http)["error"]["code"] == "index_primary_key_already_exists"


def test_fetching(double: MeiliDouble, http: httpx.Client) -> None:
    fill(double, http)
    got = http.post("/indexes/b/documents/fetch", json={"ids": [3, "1", "99"], "fields": ["id"]}).json()
    assert got == {"results": [{"id": 1}, {"id": 3}], "offset": 0, "limit": 20, "total": 2}
    assert error(http.post("/indexes/b/documents/fetch", json={"ids": ["a b"]})) == (400, "invalid_document_ids")
    assert error(http.post("/indexes/b/documents/fetch", json={"q": "x"})) == (400, "bad_request")
    assert error(http.get("/indexes/b/documents/99")) == (404, "document_not_found")
    assert error(http.get("/indexes/b/documents", params={"limit": "x"})) == (400, "invalid_document_limit")
    assert error(http.post("/indexes/none/documents/fetch", json={})) == (404, "index_not_found")


def test_deleting(double: MeiliDouble, http: httpx.Client) -> None:
    fill(double, http)
    http.post("/indexes/b/documents/delete-batch", json=[1, "99"])
    http.post("/indexes/b/documents/delete", json={"filter": "year = 2021"})
    http.delete("/indexes/b/documents/3")
    assert double.idle()
    deleted = [
        t["details"]["deletedDocuments"] for t in http.get("/tasks", params={"types": "documentDeletion"}).json()["results"]
    ]
    assert deleted == [1, 1, 1]
    assert ids(http, filter="tags = 'hà nội'") == [4]
    assert ids(http, q="cải") == []
    for body, code in (
        ({}, "missing_document_filter"),
        ({"filter": ""}, "invalid_document_filter"),
        ({"filter": "&"}, "invalid_document_filter"),
    ):
        assert error(http.post("/indexes/b/documents/delete", json=body)) == (400, code)
    http.post("/indexes/b/documents/delete", json={"filter": "nope = 1"})
    http.delete("/indexes/none/documents/3")
    assert double.idle()
    tasks = http.get("/tasks", params={"limit": 2}).json()["results"]
    assert [t["error"]["code"] for t in tasks] == ["index_not_found", "invalid_document_filter"]
    http.delete("/indexes/b/documents")
    assert double.idle()
    assert ids(http) == []


def test_a_replaced_document_keeps_its_place(double: MeiliDouble, http: httpx.Client) -> None:
    fill(double, http)
    http.post("/indexes/b/documents", json=[{"id": 1, "title": "new"}])
    http.delete("/indexes/b/documents/2")
    http.post("/indexes/b/documents", json=[{"id": 9}])
    assert double.idle()
    assert ids(http) == [1, 9, 3, 4]


@pytest.mark.parametrize(
    ("headers", "content", "status", "code"),
    [
        ({}, b"[]", 415, "missing_content_type"),
        ({"Content-Type": "doggo"}, b"[]", 415, "invalid_content_type"),
        ({"Content-Type": "application/json"}, b"", 400, "missing_payload"),
        ({"Content-Type": "application/json"}, b"[{", 400, "malformed_payload"),
        ({"Content-Type": "application/json"}, b"[1]", 400, "malformed_payload"),
        ({"Content-Type": "application/json"}, b'[{"a": NaN}]', 400, "malformed_payload"),
        ({"Content-Type": "application/json"}, b"[" + b" " * 200 + b"]", 413, "payload_too_large"),
    ],
)
def test_bad_payloads(
    double: MeiliDouble, http: httpx.Client, headers: dict[str, str], content: bytes, status: int, code: str
) -> None:
    """meilisearch/tests/documents/errors.rs."""
    double.payload_limit = 100
    assert error(http.post("/indexes/b/documents", content=content, headers=headers)) == (status, code)
    assert error(http.post("/indexes/b%21/documents", json=[])) == (400, "invalid_index_uid")


# --- indexes, settings, tasks


def test_indexes(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: reference/api/indexes, stats."""
    assert http.post("/indexes", json={"uid": "a", "primaryKey": "k"}).json()["type"] == "indexCreation"
    http.post("/indexes", json={"uid": "a"})
    http.patch("/indexes/a", json={"primaryKey": "id"})
    http.delete("/indexes/none")
    assert double.idle()
    codes = [t["error"] and t["error"]["code"] for t in http.get("/tasks", params={"reverse": "true"}).json()["results"]]
    assert codes == [None, "index_already_exists", None, "index_not_found"]
    got = http.get("/indexes").json()
    assert (got["total"], got["results"][0]["uid"], got["results"][0]["primaryKey"]) == (1, "a", "id")
    assert error(http.get("/indexes/none")) == (404, "index_not_found")
    assert error(http.post("/indexes", json={"uid": "a b"})) == (400, "invalid_index_uid")
    assert error(http.post("/indexes", json={})) == (400, "missing_index_uid")
    assert error(http.patch("/indexes/a", json={"createdAt": "x"})) == (400, "immutable_index_created_at")
    http.post("/indexes/a/documents", json=[{"id": 1, "t": "x"}])
    http.patch("/indexes/a", json={"primaryKey": "t"})
    assert double.idle()
    assert last_task(http)["error"]["code"] == "index_primary_key_already_exists"
    stats = http.get("/stats").json()["indexes"]["a"]
    assert (stats["numberOfDocuments"], stats["isIndexing"], stats["fieldDistribution"]) == (1, False, {"id": 1, "t": 1})
    assert http.get("/indexes/a/stats").json() == stats
    assert http.get("/version").json()["pkgVersion"] == "1.54.0"
    assert http.get("/nope").status_code == 404
    assert http.put("/indexes/a/search", json={}).status_code == 405


def test_swapping(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: reference/api/indexes/swap-indexes."""
    fill(double, http, docs=[{"id": 1}], uid="a")
    fill(double, http, docs=[{"id": 2}], uid="b")
    assert http.post("/swap-indexes", json=[{"indexes": ["a", "b"]}]).json()["indexUid"] is None
    assert double.idle()
    assert (ids(http, uid="a"), ids(http, uid="b")) == ([2], [1])
    assert http.get("/tasks/0").json()["indexUid"] == "b"
    assert last_task(http)["details"] == {"swaps": [{"indexes": ["a", "b"], "rename": False}]}
    http.post("/swap-indexes", json=[{"indexes": ["a", "none"]}])
    http.post("/swap-indexes", json=[{"indexes": ["a", "c"], "rename": True}])
    assert double.idle()
    assert http.get("/tasks", params={"limit": 2}).json()["results"][1]["error"]["code"] == "index_not_found"
    assert ids(http, uid="c") == [2]
    for body, code in (
        ([{"indexes": ["a"]}], "invalid_swap_indexes"),
        ([{"indexes": ["a", "a"]}], "invalid_swap_duplicate_index_found"),
        ([{}], "missing_swap_indexes"),
    ):
        assert error(http.post("/swap-indexes", json=body)) == (400, code)


def test_settings(double: MeiliDouble, http: httpx.Client) -> None:
    """meilisearch/tests/settings/get_settings.rs."""
    http.patch("/indexes/b/settings", json={"typoTolerance": {"minWordSizeForTypos": {"oneTypo": 4}}, "stopWords": ["và"]})
    assert double.idle()
    got = http.get("/indexes/b/settings").json()
    assert got["typoTolerance"]["minWordSizeForTypos"] == {"oneTypo": 4, "twoTypos": 9}
    assert got["rankingRules"] == ["words", "typo", "proximity", "attribute", "sort", "exactness"]
    assert got["pagination"] == {"maxTotalHits": 1000}
    http.patch("/indexes/b/settings", json={"typoTolerance": None})
    http.put("/indexes/b/settings/searchable-attributes", json=["title"])
    assert double.idle()
    assert http.get("/indexes/b/settings").json()["typoTolerance"]["minWordSizeForTypos"]["oneTypo"] == 5
    assert http.get("/indexes/b/settings/stop-words").json() == ["và"]
    http.delete("/indexes/b/settings")
    assert double.idle()
    assert http.get("/indexes/b/settings").json()["stopWords"] == []
    http.delete("/indexes/none/settings")
    assert double.idle()
    assert last_task(http)["error"]["code"] == "index_not_found"
    assert error(http.get("/indexes/none/settings")) == (404, "index_not_found")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"foo": 1}, "bad_request"),
        ({"filterableAttributes": "x"}, "invalid_settings_filterable_attributes"),
        ({"filterableAttributes": [{"features": {}}]}, "invalid_settings_filterable_attributes"),
        ({"rankingRules": ["word"]}, "invalid_settings_ranking_rules"),
        ({"typoTolerance": {"minWordSizeForTypos": {"oneTypo": 9, "twoTypos": 4}}}, "invalid_settings_typo_tolerance"),
        ({"faceting": {"sortFacetValuesBy": {"x": "down"}}}, "invalid_settings_faceting"),
        ({"pagination": {"max": 1}}, "invalid_settings_pagination"),
        ({"prefixSearch": "always"}, "invalid_settings_prefix_search"),
        ({"searchableAttributes": [1]}, "invalid_settings_searchable_attributes"),
        ({"embedders": {"x": {"source": "y"}}}, "invalid_settings_embedders"),
        ({"localizedAttributes": [{"locales": ["vie"]}]}, "invalid_settings_localized_attributes"),
    ],
)
def test_bad_settings(http: httpx.Client, body: dict[str, Any], code: str) -> None:
    assert error(http.patch("/indexes/b/settings", json=body)) == (400, code)


def test_the_queue(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: reference/api/tasks."""
    double.hold()
    for i in range(3):
        http.post(f"/indexes/i{i}/documents", json=[{"id": 1}])
    time.sleep(0.05)
    assert [t["status"] for t in http.get("/tasks").json()["results"]] == ["enqueued"] * 3
    double.release(1)
    while http.get("/tasks/0").json()["status"] != "succeeded":
        time.sleep(0.01)
    assert http.get("/tasks/1").json()["batchUid"] is None
    answer = http.post("/tasks/cancel", params={"uids": "1"})
    assert answer.status_code == 200
    while http.get("/tasks/1").json()["status"] != "canceled":
        time.sleep(0.01)
    assert http.get("/tasks/1").json()["canceledBy"] == answer.json()["taskUid"]
    double.release()
    assert double.idle()
    got = http.get("/tasks", params={"limit": 2}).json()
    assert ([t["uid"] for t in got["results"]], got["total"], got["from"], got["next"]) == ([3, 2], 4, 3, 1)
    assert http.get("/tasks", params={"indexUids": "i0,i2", "statuses": "succeeded"}).json()["total"] == 2
    for params, code in (
        ({"statuses": "x"}, "invalid_task_statuses"),
        ({"types": "x"}, "invalid_task_types"),
        ({"x": "y"}, "bad_request"),
    ):
        assert error(http.get("/tasks", params=params)) == (400, code)
    assert error(http.post("/tasks/cancel")) == (400, "missing_task_filters")
    assert error(http.get("/tasks/99")) == (404, "task_not_found")
    assert error(http.get("/tasks/x")) == (400, "invalid_task_uids")


def test_a_task_at_work(double: MeiliDouble, http: httpx.Client) -> None:
    double.hold(at_work=True)
    http.post("/indexes/b/documents", json=[{"id": 1}])
    http.post("/indexes/b/documents", json=[{"id": 2}])
    while http.get("/tasks/0").json()["status"] != "processing":
        time.sleep(0.01)
    http.post("/tasks/cancel", params={"uids": "0"})
    while http.get("/tasks/0").json()["status"] != "canceled":
        time.sleep(0.01)
    double.release()
    assert double.idle()
    assert ids(http) == [2]


def test_planned_failures(double: MeiliDouble, http: httpx.Client) -> None:
    double.fail_tasks("documentAddition.*")
    fill_task = http.post("/indexes/b/documents", json=[{"id": 1}]).json()["taskUid"]
    http.post("/indexes/b/documents", json=[{"id": 2}])
    assert double.idle()
    failed = http.get(f"/tasks/{fill_task}").json()
    assert (failed["status"], failed["error"]["code"], failed["error"]["type"]) == (
        "failed",
        "no_space_left_on_device",
        "system",
    )
    assert ids(http) == [2]


def test_a_slow_task(double: MeiliDouble, http: httpx.Client) -> None:
    double.task_delay = 600
    http.post("/indexes/b/documents", json=[{"id": 1}])
    while http.get("/tasks/0").json()["status"] != "processing":
        time.sleep(0.01)
    assert error(http.get("/indexes/b")) == (404, "index_not_found")
    double.task_delay = 0
    assert double.idle()
    assert http.get("/indexes/b").status_code == 200


# --- the wire


def test_faults(double: MeiliDouble, http: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    double.fault("GET /health", Fault.status(503, {"x": 1}, {"Retry-After": "7"}))
    answer = http.get("/health")
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, {"x": 1}, "7")
    double.fault("/health", Fault.cut())
    with pytest.raises(httpx.TransportError):
        http.get("/health")
    assert double.requests[-1].status == 0
    double.fault("/health", Fault.cut_body())
    with pytest.raises(httpx.RemoteProtocolError):
        http.get("/health")
    double.fault("/health", Fault.malformed(), after=1)
    assert http.get("/health").json() == {"status": "available"}
    with pytest.raises(json.JSONDecodeError):
        http.get("/health").json()
    double.fault("/health", Fault.shape([1]), times=2)
    assert [http.get("/health").json() for _ in range(3)] == [[1], [1], {"status": "available"}]
    double.fault("/health", Fault.empty())
    assert http.get("/health").content == b""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    double.fault("/health", Fault.delay(0.2))
    assert http.get("/health").status_code == 200 and slept == [0.2]
    monkeypatch.undo()
    double.fault("/search", Fault.error("too_many_search_requests"), times=None)
    assert error(http.post("/indexes/b/search", json={})) == (503, "too_many_search_requests")
    double.clear_faults()
    assert error(http.post("/indexes/b/search", json={})) == (404, "index_not_found")


def test_a_write_whose_answer_is_lost(double: MeiliDouble, http: httpx.Client) -> None:
    double.fault("POST /indexes/b/documents", Fault.cut(applied=True))
    with pytest.raises(httpx.TransportError):
        http.post("/indexes/b/documents", json=[{"id": 1}])
    assert double.idle()
    assert ids(http) == [1]


def test_stopping_and_coming_back(double: MeiliDouble, http: httpx.Client) -> None:
    fill(double, http)
    url = double.url
    double.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + "/health")
    with pytest.raises(httpx.TransportError):
        http.get("/health")
    double.start()
    assert double.url == url
    assert ids(http) == [1, 2, 3, 4]
    double.wipe()
    assert http.get("/indexes").json()["total"] == http.get("/tasks").json()["total"] == 0
    assert http.post("/indexes", json={"uid": "z"}).json()["taskUid"] == 0


def test_the_log(double: MeiliDouble, http: httpx.Client) -> None:
    http.get("/tasks?limit=1", headers={"X-A": "b"})
    entry = double.requests[-1]
    assert (entry.method, entry.path, entry.query, entry.body, entry.status) == ("GET", "/tasks", {"limit": "1"}, None, 200)
    assert entry.headers["x-a"] == "b"
    double.clear()
    assert double.requests == []


def test_many_clients(double: MeiliDouble, http: httpx.Client) -> None:
    fill(double, http)
    seen: list[int] = []

    def ask() -> None:
        with httpx.Client(base_url=double.url) as own:
            seen.extend(len(own.post("/indexes/b/search", json={"q": "cải"}).json()["hits"]) for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [2] * 160


def test_coded_bodies(double: MeiliDouble, http: httpx.Client) -> None:
    import gzip

    def chunks() -> Iterator[bytes]:
        yield b'[{"id": 1},'
        yield b'{"id": 2}]'

    http.post("/indexes/b/documents", content=chunks(), headers={"Content-Type": "application/json"})
    packed = gzip.compress(b'[{"id": 3}]')
    http.post(
        "/indexes/b/documents", content=packed, headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    )
    assert double.idle()
    double.gzip = True
    answer = http.post("/indexes/b/search", json={})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert [h["id"] for h in answer.json()["hits"]] == [1, 2, 3]


# --- keys


MASTER = "a-master-key-for-tests"


@pytest.fixture
def locked() -> Iterator[tuple[MeiliDouble, httpx.Client]]:
    with MeiliDouble(MASTER) as server, httpx.Client(base_url=server.url) as client:
        yield server, client


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def token(key: str, claims: dict[str, Any]) -> str:
    def part(data: bytes) -> str:
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    body = part(b'{"alg":"HS256","typ":"JWT"}') + "." + part(json.dumps(claims).encode())
    return body + "." + part(hmac.new(key.encode(), body.encode(), hashlib.sha256).digest())


def test_keys(locked: tuple[MeiliDouble, httpx.Client]) -> None:
    """docs: capabilities/security; meilisearch/tests/auth."""
    double, http = locked
    admin = bearer(MASTER)
    assert http.get("/health").status_code == 200
    assert error(http.get("/indexes")) == (401, "missing_authorization_header")
    assert error(http.get("/indexes", headers=bearer("x"))) == (403, "invalid_api_key")
    names = {k["name"] for k in http.get("/keys", headers=admin).json()["results"]}
    assert {"Default Search API Key", "Default Admin API Key"} <= names
    body = {"actions": ["search", "documents.*"], "indexes": ["pub_*"], "expiresAt": None, "name": "mine"}
    made = http.post("/keys", json=body, headers=admin)
    assert made.status_code == 201
    key, uid = made.json()["key"], made.json()["uid"]
    assert key == hmac.new(MASTER.encode(), uid.encode(), hashlib.sha256).hexdigest()
    assert http.post("/indexes", json={"uid": "pub_a"}, headers=admin).status_code == 202
    assert http.post("/indexes/pub_a/documents", json=[{"id": 1}], headers=bearer(key)).status_code == 202
    assert http.post("/indexes/pub_b/documents", json=[{"id": 1}], headers=bearer(key)).status_code == 202
    assert double.idle()
    assert last_task_error(http, admin) == "index_not_found"  # the key may not create indexes
    assert http.post("/indexes/pub_a/search", json={}, headers=bearer(key)).status_code == 200
    assert error(http.post("/indexes/other/search", json={}, headers=bearer(key))) == (403, "invalid_api_key")
    answer = http.post("/multi-search", json={"queries": [{"indexUid": "other"}]}, headers=bearer(key))
    assert error(answer) == (403, "invalid_api_key")
    assert answer.json()["message"].startswith("Inside `.queries[0]`: ")
    assert error(http.get("/indexes/pub_a/settings", headers=bearer(key))) == (403, "invalid_api_key")
    assert http.patch(f"/keys/{key}", json={"name": "yours"}, headers=admin).json()["name"] == "yours"
    assert error(http.patch(f"/keys/{uid}", json={"actions": []}, headers=admin)) == (400, "immutable_api_key_actions")
    assert error(http.post("/keys", json={**body, "uid": uid}, headers=admin)) == (409, "api_key_already_exists")
    for change, code in (
        ({"actions": ["x"]}, "invalid_api_key_actions"),
        ({"indexes": ["a b"]}, "invalid_api_key_indexes"),
        ({"expiresAt": "2001-01-01"}, "invalid_api_key_expires_at"),
    ):
        assert error(http.post("/keys", json={**body, **change}, headers=admin)) == (400, code)
    assert error(http.post("/keys", json={"actions": [], "indexes": []}, headers=admin)) == (
        400,
        "missing_api_key_expires_at",
    )
    assert http.delete(f"/keys/{uid}", headers=admin).status_code == 204
    assert error(http.get(f"/keys/{uid}", headers=admin)) == (404, "api_key_not_found")
    assert error(http.post("/indexes/pub_a/search", json={}, headers=bearer(key))) == (403, "invalid_api_key")


def last_task_error(http: httpx.Client, headers: dict[str, str]) -> str:
    return str(http.get("/tasks?limit=1", headers=headers).json()["results"][0]["error"]["code"])


def test_without_a_master_key(http: httpx.Client) -> None:
    assert http.get("/indexes", headers=bearer("anything")).status_code == 200
    assert error(http.get("/keys")) == (401, "missing_master_key")


def test_an_expired_key(locked: tuple[MeiliDouble, httpx.Client]) -> None:
    double, http = locked
    body = {"actions": ["*"], "indexes": ["*"], "expiresAt": "2999-01-01T00:00:00Z"}
    key = http.post("/keys", json=body, headers=bearer(MASTER)).json()
    assert http.get("/indexes", headers=bearer(key["key"])).status_code == 200
    stored = double.keys.keys[key["uid"]]
    assert stored.expires_at is not None
    stored.expires_at = stored.expires_at.replace(year=2001)
    assert error(http.get("/indexes", headers=bearer(key["key"]))) == (403, "invalid_api_key")


def test_tenant_tokens(locked: tuple[MeiliDouble, httpx.Client]) -> None:
    """docs: capabilities/security/.../tenant_tokens."""
    double, http = locked
    admin = bearer(MASTER)
    http.patch("/indexes/b/settings", json=OPEN, headers=admin)
    http.post("/indexes/b/documents", json=BOOKS, headers=admin)
    assert double.idle()
    uid = next(k.uid for k in double.keys.keys.values() if k.name == "Default Search API Key")
    key = double.keys.named("Default Search API Key")

    def found(rules: Any, **more: Any) -> httpx.Response:
        claims = {"apiKeyUid": uid, "searchRules": rules, **more}
        return http.post("/indexes/b/search", json={"filter": "year = 2020"}, headers=bearer(token(key, claims)))

    assert [h["id"] for h in found(["*"]).json()["hits"]] == [3, 4]
    assert [h["id"] for h in found({"b": {"filter": "tags = 'Hà Nội'"}}).json()["hits"]] == [4]
    assert [h["id"] for h in found({"*": {"filter": "id = 3"}, "b": None}).json()["hits"]] == [3, 4]
    assert error(found(["other"])) == (403, "invalid_api_key")
    assert error(found(["*"], exp=int(time.time()) - 1)) == (403, "invalid_api_key")
    assert found(["*"], exp=int(time.time()) + 60).status_code == 200
    forged = token("wrong", {"apiKeyUid": uid, "searchRules": ["*"]})
    assert error(http.post("/indexes/b/search", json={}, headers=bearer(forged))) == (403, "invalid_api_key")
    good = token(key, {"apiKeyUid": uid, "searchRules": {"b": {"filter": "id = 1"}}})
    assert error(http.get("/indexes", headers=bearer(good))) == (403, "invalid_api_key")
    answer = http.post("/multi-search", json={"queries": [{"indexUid": "b"}]}, headers=bearer(good))
    assert [h["id"] for h in answer.json()["results"][0]["hits"]] == [1]


# --- vectors


def test_vectors(double: MeiliDouble, http: httpx.Client) -> None:
    """docs: search_with_user_provided_embeddings; meilisearch/tests/vector/mod.rs."""
    embedder = {"embedders": {"m": {"source": "userProvided", "dimensions": 2}}}
    docs = [
        {"id": 1, "_vectors": {"m": [1.0, 0.0]}},
        {"id": 2, "_vectors": {"m": {"embeddings": [[0.0, 1.0]], "regenerate": False}}},
        {"id": 3, "_vectors": {"m": None}},
    ]
    fill(double, http, embedder, docs)
    query = {"vector": [0.0, 2.0], "hybrid": {"embedder": "m", "semanticRatio": 1.0}, "showRankingScore": True}
    hits = http.post("/indexes/b/search", json=query).json()["hits"]
    assert [(h["id"], h["_rankingScore"]) for h in hits] == [(2, 1.0), (1, 0.5), (3, 0.0)]
    assert "_vectors" not in hits[0]
    hits = http.post("/indexes/b/search", json={**query, "retrieveVectors": True}).json()["hits"]
    assert hits[0]["_vectors"] == {"m": {"embeddings": [[0.0, 1.0]], "regenerate": False}}
    fetched = http.post("/indexes/b/documents/fetch", json={"retrieveVectors": True, "ids": [1]}).json()
    assert fetched["results"][0]["_vectors"]["m"]["embeddings"] == [[1.0, 0.0]]
    for document, code in (
        ({"id": 9}, "vector_embedding_error"),
        ({"id": 9, "_vectors": {"m": [1.0]}}, "invalid_vector_dimensions"),
        ({"id": 9, "_vectors": "x"}, "invalid_vectors_type"),
    ):
        http.post("/indexes/b/documents", json=[document])
        assert double.idle()
        assert last_task(http)["error"]["code"] == code
    assert error(http.post("/indexes/b/search", json={**query, "vector": [1.0]})) == (400, "invalid_vector_dimensions")
    answer = http.post("/indexes/b/search", json={"q": "x", "hybrid": {"embedder": "m"}})
    assert error(answer) == (400, "vector_embedding_error")
    assert http.get("/indexes/b/stats").json()["numberOfEmbeddedDocuments"] == 2
