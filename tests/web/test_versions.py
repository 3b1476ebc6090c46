"""The item page of a text that a machine read anew: the switch, the marks, the side-by-side view, the warnings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from indexer import repair as repair_step
from tests.fake_corrector import correct_blocks
from tests.web.clients import client_of
from tests.web.test_pages import small, text_of

SCAN = "Pay manh cdng tac\ntuyén truyén phong trao\n\nThi đua yêu nước trong các cơ quan\n\nQuy khen thudng cua ta"


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestClient:
    monkeypatch.setattr(repair_step, "repair_blocks", correct_blocks)
    evil = "Kinh nghi1em <b>xau</b> thudng"
    files = {"quet.txt": SCAN, "lanh": "# Thi đua\n\nThi đua yêu nước", "mot": "Pay manh cong tac", "xau": evil}
    return client_of(small(tmp_path, **files))


def body(html: str) -> str:
    return html.split('<div class="full-text')[1].split("</section>")[0]


def bare(html: str) -> str:
    """The text that a visitor sees: the popups hidden."""
    return text_of(re.sub(r'<span class="ways".*?</span></span>', "</span>", html, flags=re.DOTALL))


def test_none_a_clean_paper_has_no_switch_and_no_mark(client: TestClient) -> None:
    html = client.get("/muc/lanh").text
    assert 'class="versions"' not in html and 'class="doubt' not in html and "máy đọc lại" not in html
    for reading in ("nguyen-van", "song-song"):
        assert body(client.get("/muc/lanh", params={"doc": reading}).text) == body(html)


def test_one_a_sure_reading_has_the_switch_and_no_mark(client: TestClient) -> None:
    html = client.get("/muc/mot").text
    assert 'class="versions"' in html and 'class="doubt' not in html and 'class="legend"' not in html
    assert "Văn bản do máy đọc lại, đối chiếu bản gốc trước khi trích dẫn." in html
    assert "chưa chắc chắn" not in html


def test_the_switch_is_links_that_the_address_remembers(client: TestClient) -> None:
    html = client.get("/muc/quet", params={"q": "khen thưởng"}).text
    switch = html.split('<nav class="versions"')[1].split("</nav>")[0]
    assert '<strong aria-current="true">Phương án đọc đề xuất</strong>' in switch
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', switch)]
    assert links == [
        "/muc/quet?q=khen+th%C6%B0%E1%BB%9Fng&doc=nguyen-van#toan-van",
        "/muc/quet?q=khen+th%C6%B0%E1%BB%9Fng&doc=song-song#toan-van",
    ]
    for link in links:
        assert client.get(link).status_code == 200
    odd = client.get("/muc/quet", params={"q": "khen thưởng", "doc": "<script>"})
    assert odd.text == html, "an unknown reading is the proposed one"


def test_each_view_shows_its_reading_with_the_hits(client: TestClient) -> None:
    query = {"q": "khen thưởng"}
    proposed = body(client.get("/muc/quet", params=query).text)
    assert "Đẩy mạnh công tác\ntuyên truyền phong trao" in re.sub(" +", " ", re.sub(r"<[^>]+>", "", bare_markup(proposed)))
    assert '<mark id="h1" tabindex="-1">khen thưởng</mark>' in proposed and "Pay manh" not in bare(proposed)
    original = body(client.get("/muc/quet", params={**query, "doc": "nguyen-van"}).text)
    assert "Pay manh cdng tac" in original and '<mark id="h1" tabindex="-1">khen thudng</mark>' in original
    assert "Đẩy mạnh" not in original and "Thi đua yêu nước trong" in original


def bare_markup(html: str) -> str:
    return re.sub(r'<span class="ways".*?</span></span>', "</span>", html, flags=re.DOTALL)


def test_doubtful_words_say_what_else_they_may_be(client: TestClient) -> None:
    html = client.get("/muc/quet").text
    assert 'class="legend"' in html
    marks = re.findall(r'<span class="(doubt[^"]*)" tabindex="0" aria-describedby="(d\d+)">([^<]+)<span class="ways"', html)
    assert marks == [("doubt", "d1", "tuyên"), ("doubt guess", "d2", "Quý")]
    popup = text_of(html.split('id="d2">')[1].split("</span></span></span>")[0])
    assert popup == "Phỏng đoán: Quý 50 % hoặc Quỹ 40 % hoặc Quỷ 10 % Nhận dạng được: Quy"
    ids = re.findall(r'\bid="([^"]+)"', client.get("/muc/quet", params={"q": "quý khen", "doc": "song-song"}).text)
    assert len(ids) == len(set(ids))


def test_side_by_side_is_aligned_line_by_line(client: TestClient) -> None:
    html = body(client.get("/muc/quet", params={"doc": "song-song", "q": "khen"}).text)
    rows = [
        [bare(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", bare_markup(row), re.DOTALL)]
        for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    ][1:]
    assert rows == [
        ["Pay manh cdng tac", "Đẩy mạnh công tác"],
        ["tuyén truyén phong trao", "tuyên truyền phong trao"],
        ["Thi đua yêu nước trong các cơ quan"],
        ["Quy khen thudng cua ta", "Quý khen thưởng cua ta"],
    ]
    assert html.count("<mark") == 2 and html.count('id="h1"') == 1, "hits light up in both, and are counted once"
    assert 'id="b0"' in html and '<th scope="col">Nguyên văn nhận dạng</th>' in html


def test_quoting_is_warned_of_where_it_is_offered(client: TestClient) -> None:
    html = client.get("/muc/quet").text
    warning = "Văn bản do máy đọc lại, 2 âm tiết chưa chắc chắn, đối chiếu bản gốc trước khi trích dẫn."
    assert html.count(warning) == 2, "above the text, and beside the citation"
    citation = html.split("<textarea")[1].split("</textarea>")[0]
    assert "máy đọc lại, 2 âm tiết chưa chắc chắn" in citation and "Đẩy mạnh" not in citation
    assert "% âm tiết chưa chắc chắn." in html


def test_a_title_is_shown_as_it_was_recognised_in_the_original_view(tmp_path: Path, client: TestClient) -> None:
    del client
    (tmp_path / "x").mkdir()
    text = "---\nkind: article\n---\nPay manh cdng tac\n\nKhen thudng"
    own = client_of(small(tmp_path / "x", bai=text))
    assert "<h1>Đẩy mạnh công tác</h1>" in own.get("/muc/bai").text
    assert "<h1>Pay manh cdng tac</h1>" in own.get("/muc/bai?doc=nguyen-van").text


def test_hostile_letters_come_out_as_text(client: TestClient) -> None:
    for reading in ("de-xuat", "nguyen-van", "song-song"):
        for query in ("", "xấu", "<b>xau</b>"):
            html = client.get("/muc/xau", params={"doc": reading, "q": query}).text
            assert "<b>xau" not in html and "<i>x" not in html and "<script>alert" not in html and "<b>nghiêm" not in html
            assert "&lt;b&gt;nghiêm&lt;/b&gt;" in html and "&lt;script&gt;alert(1)" in html
    assert "<b>xau" not in client.get("/tim", params={"q": "xấu"}).text


def test_json_exposes_readings_and_doubts(client: TestClient) -> None:
    item = client.get("/api/items/quet").json()
    first = item["blocks"][0]
    assert "".join(s["text"] for s in first["original"]) == "Pay manh cdng tac\ntuyén truyén phong trao"
    (doubt,) = first["doubts"]
    text = "".join(s["text"] for s in first["segments"])
    assert text[doubt["start"] : doubt["end"]] == doubt["after"] == "tuyên"
    assert doubt["alternatives"] == [{"text": "tuyến", "confidence": 0.04}] and doubt["guess"] is False
    assert item["correction"]["uncertain"] == 2 and item["correction"]["guesses"] == 1 and item["correction"]["warning"]
    assert client.get("/api/items/lanh").json()["correction"] is None
    schemas = client.get("/api/openapi.json").json()["components"]["schemas"]
    for name in ("Doubt", "CorrectionQuality"):
        for field, about in schemas[name]["properties"].items():
            assert about.get("description"), (name, field)


def test_results_show_the_reading_with_its_badges(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "khen thưởng"}).text
    assert "<mark>khen thưởng</mark>" in html and 'match-repaired"' in html and "gần đúng" in html
