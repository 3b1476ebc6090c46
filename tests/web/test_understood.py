"""How the page of results says how a query was read, what answers it, and what matches only when accents are dropped.

The answers are those of the corpus with the fields filled by hand, so that every state of the page is seen.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.datastructures import QueryParams
from starlette.testclient import TestClient

from search_api.query.parser import MAX_CHARACTERS
from search_api.query.request import MAX_PIECES, SearchRequest, first_pieces
from search_api.schema import AnswerOnTop, ArrivalsAnswer, Chip, ClosedGroup, Offer, SearchAnswer, Segment
from search_api.service import SearchService
from search_api.tasks.export import RecordReader
from tests.web.clients import client_of
from web.urls import SearchState

CHIPS = [
    Chip(kind="formal", piece="cách làm hay", reading="Loại: Cách làm hay"),
    Chip(kind="abbreviation", piece="NTM", reading="nông thôn mới"),
    Chip(kind="constraint", piece="năm:2024", reading="Năm: 2024"),
    Chip(kind="exclusion", piece="-hữu cơ", reading="Trừ: hữu cơ"),
]
QUERY = "cách làm hay về NTM năm:2024 -hữu cơ"
OFFER = Offer(facet="field", code="health", label="Y tế", query="khám bệnh tại nhà")


class Retold:
    """The service over the corpus, whose answers are changed before they are given; it notes what it was asked."""

    def __init__(self, service: SearchService, group: ClosedGroup | None = None, **changes: object) -> None:
        self._service, self._group, self._changes = service, group, changes
        self.asked: list[SearchRequest] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._service, name)

    def search(self, request: SearchRequest) -> SearchAnswer:
        self.asked.append(request)
        return self._service.search(_plain(request)).model_copy(update={"group": self._group, **self._changes})

    def arrivals(self, request: SearchRequest, limit: int) -> ArrivalsAnswer:
        self.asked.append(request)
        return self._service.arrivals(_plain(request), limit).model_copy(update={"group": self._group})

    def found_records(self, request: SearchRequest, most: int = 3, *, explained: bool = True) -> object:
        self.asked.append(request)
        group = self._group

        class Opened:
            def __init__(self, inner: object) -> None:
                self._inner = inner

            def __enter__(self) -> RecordReader:
                reader: RecordReader = self._inner.__enter__()  # type: ignore[attr-defined]
                return RecordReader(reader.ids[:2], 2, reader.make, group)

            def __exit__(self, *error: object) -> None:
                self._inner.__exit__(*error)  # type: ignore[attr-defined]

        return Opened(self._service.found_records(_plain(request), most, explained=explained))


def _plain(request: SearchRequest) -> SearchRequest:
    """The same search of the corpus, which has no group for every query."""
    return replace(request, dropped=False, accents=False, as_text=())


def page_of(service: object, **asked: object) -> str:
    with client_of(service) as client:  # type: ignore[arg-type]
        answer = client.get("/tim", params=asked)  # type: ignore[arg-type]
    assert answer.status_code == 200
    return answer.text


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def links(html: str, path: str = "/tim") -> list[dict[str, list[str]]]:
    """The parameters of every link to `path`."""
    found = (urlsplit(unescape(url)) for url in re.findall(r'href="([^"]+)"', html))
    return [parse_qs(url.query) for url in found if url.path == path]


# The parameters.


def test_every_address_of_a_search_keeps_pieces_and_the_group(service: SearchService) -> None:
    asked = {"q": "hợp tác xã", "nhu-chu": ["hợp tác", "xã"], "bo-dau": "1", "nguyen-van": "1", "dung-dau": "1"}
    retold = Retold(service)
    html = page_of(retold, **asked)
    assert retold.asked[0].as_text == ("hợp tác", "xã") and retold.asked[0].dropped
    kept = [
        parameters
        for path in ("/tim.atom", "/nhung", *(f"/tim/xuat.{form}" for form in ("csv", "xlsx", "docx", "json")))
        for parameters in links(html, path)
    ]
    assert len(kept) >= 6
    kept += [p for p in links(html) if p.get("sort") or "field" in p]
    assert len(kept) > 10
    for parameters in kept:
        assert (
            parameters["nhu-chu"] == ["hợp tác", "xã"]
            and parameters["bo-dau"] == ["1"]
            and parameters["nguyen-van"] == ["1"]
        )
    saved = re.search(r'data-save-search="([^"]+)"', html)
    assert saved and parse_qs(urlsplit(unescape(saved[1])).query) == {**{k: [v] for k, v in asked.items() if k != "nhu-chu"},
        "nhu-chu": ["hợp tác", "xã"]}  # fmt: skip


def test_the_state_of_an_address_is_the_address() -> None:
    state = SearchState(SearchRequest("a & b", dropped=True, as_text=("a & b", "“c”=d"), page=2))
    assert SearchState.from_parameters(QueryParams(urlsplit(state.url()).query)) == state
    assert SearchState.from_parameters(QueryParams("bo-dau=yes&nhu-chu=")) == SearchState()


def test_another_query_is_read_anew(service: SearchService) -> None:
    html = page_of(service, **{"q": "xã NTM", "nhu-chu": "NTM", "bo-dau": "1"})
    form = html[html.index("<form") : html.index("</form>")]
    assert "nhu-chu" not in form and "bo-dau" not in form


def test_pieces_are_bounded() -> None:
    assert len(first_pieces([f"đoạn {at}" for at in range(10_000)])) == MAX_PIECES
    assert sum(map(len, first_pieces(["ữ" * 90 + str(at) for at in range(12)]))) <= MAX_CHARACTERS
    assert first_pieces(["x" * (MAX_CHARACTERS + 1), "NTM"]) == ("NTM",)


def test_the_api_takes_the_same(service: SearchService) -> None:
    retold = Retold(service)
    with client_of(retold) as client:  # type: ignore[arg-type]
        asked = {"q": "xã NTM", "dropped": "true", "as_text": ["NTM"] + ["xã"] * 40}
        assert client.get("/api/search", params=asked).status_code == 200
        column = unescape(
            client.get("/nhung", params={"q": "xã NTM", "nhu-chu": "NTM", "bo-dau": "1", "dung-dau": "1"}).text
        )
        address = re.search(r'href="(/api/arrivals[^"]+)"', column)
        assert address and client.get(address[1]).status_code == 200
    search, arrivals = retold.asked[0], retold.asked[-1]
    assert search.dropped and search.as_text == ("NTM", "xã")
    assert arrivals.dropped and arrivals.accents and arrivals.as_text == ("NTM",), "the data are those of the column"


# How a query was read.


def test_a_chip_says_how_its_piece_was_read_and_undoes_it(service: SearchService) -> None:
    html = page_of(Retold(service, chips=CHIPS), q=QUERY)
    shown = re.findall(r'<span class="chip ([a-z]+)"[^>]*>(.*?) <a href="([^"]+)"[^>]*aria-label="([^"]+)"', html)
    assert [(kind, unescape(text)) for kind, text, _, _ in shown] == [
        ("abbreviation", "Viết tắt: NTM = nông thôn mới"),
        ("constraint", "Năm: 2024"),
        ("exclusion", "Trừ: hữu cơ"),
        ("formal", "Loại: Cách làm hay"),
    ]
    for (_, text, url, label), chip in zip(shown, [*CHIPS[1:], CHIPS[0]], strict=True):
        parameters = parse_qs(urlsplit(unescape(url)).query)
        assert parameters == {"q": [QUERY], "nhu-chu": [chip.piece]}
        assert text in label and chip.piece in unescape(label)
    assert html.count('<li class="quietly">') == 1
    exactly = re.search(r'<a class="all" href="([^"]+)">Chỉ tìm đúng như đã gõ</a>', html)
    assert exactly and "nguyen-van=1" in exactly[1]


def test_conditions_alone_are_no_guess(service: SearchService) -> None:
    html = page_of(Retold(service, chips=CHIPS[2:], notices=[]), q=QUERY)
    assert 'class="chip constraint"' in html and "Chỉ tìm đúng như đã gõ" not in html


@pytest.mark.parametrize(("chip", "said"), [
    (Chip(kind="number", piece="KH 238", reading="Văn bản số 238/KH-UBND"), "Văn bản số 238/KH-UBND"),
    (Chip(kind="figure", piece="26000 đồng", reading="26.000 đồng"), "Con số: 26.000 đồng"),
    (Chip(kind="joined", piece="smart phone", reading="smartphone"), "Viết liền, viết rời: smart phone = smartphone"),
    (Chip(kind="name", piece="ông Tư", reading="Tên người: ông Tư"), "Tên người: ông Tư"),
])  # fmt: skip
def test_every_kind_of_chip_says_what_it_is(chip: Chip, said: str, service: SearchService) -> None:
    assert said in words(page_of(Retold(service, chips=[chip]), q="hợp tác xã"))


def test_what_is_undone_is_said_and_can_be_taken_back(service: SearchService) -> None:
    html = page_of(service, **{"q": "xã NTM -ngập", "nhu-chu": ["NTM", "-ngập", "gọi số này"]})
    line = re.search(r'<p class="undone">(.*?)</p>', html)
    assert line and words(line[1]) == "Đang tìm như chữ thường: “NTM” ( hiểu lại ), “-ngập” ( hiểu lại )"
    assert [p["nhu-chu"] for p in links(line[1])] == [["-ngập", "gọi số này"], ["NTM", "gọi số này"]]
    assert "undone" not in page_of(service, q="xã NTM")


def test_a_filter_is_offered_and_takes_its_words_along(service: SearchService) -> None:
    html = page_of(Retold(service, offers=[OFFER]), q="khám bệnh tại nhà lĩnh vực y tế")
    line = re.search(r'<p class="offers">(.*?)</p>', html)
    assert line and words(line[1]) == "Lọc theo Lĩnh vực: Y tế ?"
    assert links(line[1]) == [{"q": [OFFER.query], "field": ["health"]}]
    assert "offers" not in page_of(Retold(service, offers=[OFFER]), q="khám bệnh tại nhà", field="health")


def test_as_typed_has_a_way_out(service: SearchService) -> None:
    html = page_of(service, **{"q": "hợp tác xã", "nguyen-van": "1", "field": "agriculture"})
    way = re.search(r'<p class="notice typed">.*?<a href="([^"]+)">Tìm cả cách viết khác</a>', html)
    assert way and parse_qs(urlsplit(unescape(way[1])).query) == {"q": ["hợp tác xã"], "field": ["agriculture"]}
    assert "Tìm cả cách viết khác" not in page_of(service, q="hợp tác xã")


def test_the_way_back_from_an_item_is_the_same_search(client: TestClient) -> None:
    """Exactly as typed only where the number of the paper would lead to the paper again."""
    for item_id, q, typed in (("04-lua-huu-co-tha-vit", "lúa hữu cơ 2023", False), ("238-kh-ubnd", "KH 238", True)):
        html = client.get(f"/muc/{item_id}", params={"q": q}).text
        back = re.search(r'<p class="back"><a href="([^"]+)"', html)
        assert back and ("nguyen-van=1" in back[1]) is typed


# The closed group.

CLOSED = ClosedGroup(total=14)


def test_a_closed_group_stands_below_a_long_list_and_above_a_short_one(service: SearchService) -> None:
    for q, above in (("hợp tác xã", False), ("tưới cạn vườn thuốc nam trạm y tế bằng phao", True), ("zzqx", True)):
        answer = service.search(SearchRequest(q))
        html = page_of(
            Retold(service, CLOSED, hits=answer.hits[:3] if above else answer.hits, total=3 if above else 40), q=q
        )
        found = re.findall(r'<p class="closed-group"><a href="([^"]+)">(.*?)</a>', html)
        assert [text for _, text in found] == ["14 mục chỉ khớp khi bỏ dấu — xem"], q
        assert links(f'href="{found[0][0]}"') == [{"q": [q], "bo-dau": ["1"]}]
        if '<ol class="hits"' in html:
            assert (html.index("closed-group") < html.index('<ol class="hits"')) is above
    assert "closed-group" not in page_of(Retold(service, ClosedGroup(total=0)), q="hợp tác xã")


def test_the_group_itself_leads_back(service: SearchService) -> None:
    opened = ClosedGroup(total=14, opened="asked")
    html = page_of(Retold(service, opened, total=14), **{"q": "dê", "bo-dau": "1", "sort": "newest"})
    line = re.search(r'<p class="notice dropped">(.*?)</p>', html)
    assert line and words(line[1]) == "Đang xem 14 mục chỉ khớp khi bỏ dấu · quay lại kết quả đúng dấu"
    assert links(line[1]) == [{"q": ["dê"], "sort": ["newest"]}]
    assert "closed-group" not in html and "dê, chỉ những mục khớp khi bỏ dấu - Tìm kiếm" in html


def test_a_group_that_opened_by_itself_is_not_offered(service: SearchService) -> None:
    html = page_of(Retold(service, ClosedGroup(total=14, opened="alone")), q="hớp tác xã")
    assert "closed-group" not in html and "hớp tác xã, cả 14 mục khớp khi bỏ dấu - Tìm kiếm" in html


@pytest.mark.parametrize(("opened", "title", "said"), [
    ("asked", "chỉ những mục khớp khi bỏ dấu", "Tệp này chỉ gồm những mục khớp khi bỏ dấu."),
    ("alone", "cả 14 mục khớp khi bỏ dấu", "Trong đó có 14 mục chỉ khớp khi bỏ dấu."),
])  # fmt: skip
def test_feed_column_and_files_name_the_group(opened: str, title: str, said: str, service: SearchService) -> None:
    retold = Retold(service, ClosedGroup.model_validate({"total": 14, "opened": opened}))
    asked = {"q": "hợp tác", **({"bo-dau": "1"} if opened == "asked" else {})}
    with client_of(retold) as client:  # type: ignore[arg-type]
        assert f"“hợp tác”, {title}</title>" in client.get("/tim.atom", params=asked).text
        assert f"“hợp tác”, {title}</a></h1>" in client.get("/nhung/khoi", params=asked).text
        assert f"Kết quả tìm: hợp tác ({title})" in client.get("/tim/xuat.json", params=asked).json()["title"]
        rows = list(csv.reader(io.StringIO(client.get("/tim/xuat.csv", params=asked).content.decode("utf-8-sig"))))
        assert rows[-1] == [said]


# Badges and the answer on top.


def test_a_partly_matched_result_says_how_many_words(service: SearchService) -> None:
    hits = service.search(SearchRequest("hợp tác xã")).hits
    some = [hits[0].model_copy(update={"matched": 5, "words": 7}), hits[1].model_copy(update={"matched": 3, "words": 3})]
    html = page_of(Retold(service, hits=some), q="hợp tác xã")
    assert re.findall(r'<span class="badge partly"[^>]*>(.*?)</span>', html) == ["5/7 từ"]


def on_top(service: SearchService, item_id: str, confidence: float = 0.93, **more: object) -> AnswerOnTop:
    card = service.item(item_id).card.model_copy(update=more)
    segments = [Segment(text="Vụ đầu thu "), Segment(text="7.900 tấn", hit=True), Segment(text=" <b>cà rốt</b>.")]
    return AnswerOnTop(card=card, page=2, block=12, part=1, segments=segments, confidence=confidence)


def test_the_answer_stands_above_the_results_with_its_place(service: SearchService) -> None:
    item_id = "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"
    html = page_of(Retold(service, answer=on_top(service, item_id, pages=3)), q="thu bao nhiêu tấn cà rốt?")
    box = html[html.index('<section class="answer"') : html.index("</section>", html.index('<section class="answer"'))]
    assert html.index('<section class="answer"') < html.index('<ol class="hits"')
    assert "Vụ đầu thu <mark>7.900 tấn</mark> &lt;b&gt;" in box
    assert f'href="/muc/{item_id}?q=' in box and '#b12"' in box
    assert "Trang 2" in box and "Rất có thể đúng (93 %)" in box and "doubtful" not in box


def test_an_answer_tells_its_doubts(service: SearchService) -> None:
    html = page_of(Retold(service, answer=on_top(service, "43-kh-lmhtx", 0.63)), q="thu bao nhiêu tấn cà rốt?")
    assert "Nhiều khả năng đúng (63 %)" in html and "đối chiếu bản gốc trước khi dùng câu này" in html


def test_nothing_is_added_where_nothing_was_read(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "phản quang"}).text
    for absent in ('class="chips read"', 'class="undone"', 'class="offers"', "closed-group", 'class="answer"', "Đang xem"):
        assert absent not in html
