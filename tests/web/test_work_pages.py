"""The pages where visitors work, in every state: none, one, many, hostile, engine down."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from html import unescape
from xml.etree import ElementTree

import openpyxl
import pytest
from starlette.testclient import TestClient

from kb.errors import EngineError
from tests.web.clients import client_of
from web.security import MAX_BODY_BYTES

CARROTS, HERBS, PLAN, SCAN = (
    "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot", "06-vuon-thuoc-nam-tram-y-te", "238-kh-ubnd", "43-kh-lmhtx",
)  # fmt: skip
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def words(html: str) -> str:
    body = re.sub(r"<(head|script|style|dialog).*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# Find.


def test_a_value_left_out_is_a_struck_chip_that_can_be_taken_back(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "mô hình", "not_kind": "document"}).text
    assert "<s>Loại nội dung: Văn bản</s>" in html and 'aria-label="Thôi loại trừ Loại nội dung: Văn bản"' in html
    assert '<input type="hidden" name="not_kind" value="document">' in html, "a new query keeps what is left out"
    back = re.search(r'class="left-out" href="([^"]+)"', html)
    assert back and "not_kind" not in back[1]
    out = re.findall(r'<a class="not" href="([^"]+)" aria-label="Loại trừ ([^"]+)"', html)
    assert len(out) > 20 and all("not_" in url for url, _ in out)
    assert client.get(unescape(out[0][0])).status_code == 200


def test_accents_can_be_insisted_on(client: TestClient) -> None:
    loose = client.get("/tim", params={"q": "đường"}).text
    assert 'role="switch" aria-checked="false"' in loose
    strict = client.get("/tim", params={"q": "đường", "dung-dau": "1"}).text
    assert 'role="switch" aria-checked="true"' in strict and '<input type="hidden" name="dung-dau" value="1">' in strict
    assert "không dấu</span>" not in strict


def test_years_are_bars_to_click(client: TestClient) -> None:
    html = client.get("/tim", params={"q": "mô hình"}).text
    bars = re.findall(r'<a href="([^"]+)" aria-label="Năm (\d+): (\d+) mục"', html)
    assert len(bars) > 3
    for url, year, count in bars:
        shown = client.get(unescape(url)).text
        assert f"<strong>{count} kết quả</strong>" in shown and f'aria-label="Bỏ bộ lọc Năm: {year}"' in shown


def test_the_advanced_form_writes_the_same_query(client: TestClient) -> None:
    blank = client.get("/tim-nang-cao")
    assert blank.status_code == 200 and "Chưa có gì để tìm" not in blank.text
    sent = client.get(
        "/tim-nang-cao", params={"tim": "1", "q": "lúa", "khong": "rươi", "linh-vuc": "agriculture", "dung-dau": "1"}
    )
    assert sent.status_code == 303
    assert (
        sent.headers["location"]
        == "/tim?q=l%C3%BAa+-r%C6%B0%C6%A1i+l%C4%A9nh+v%E1%BB%B1c%3A%22N%C3%B4ng+nghi%E1%BB%87p%22&dung-dau=1"
    )
    assert "Chưa có gì để tìm" in client.get("/tim-nang-cao?tim=1").text


def test_a_list_is_searched_line_by_line(client: TestClient) -> None:
    assert client.get("/tim-theo-danh-sach").status_code == 200
    html = client.post("/tim-theo-danh-sach", data={"danh_sach": "Ban Quản lý chợ Cầu Vồng\nZzqx Wwv\n"}).text
    assert "<strong>2 dòng</strong>: 1 dòng có trong kho, 1 dòng không có đúng cụm từ." in html
    assert "/muc/05-cho-khong-dung-tien-mat?q=" in html
    file = {"tep": ("ds.csv", "STT,Tên\n1,Trạm Y tế xã Đông Sơn Hạ".encode("utf-8-sig"), "text/csv")}
    assert "Trạm Y tế xã Đông Sơn Hạ" in words(client.post("/tim-theo-danh-sach", files=file).text)
    none = client.post("/tim-theo-danh-sach", data={"danh_sach": "1\n2\n"}).text
    assert "Không đọc được dòng nào có chữ" in none
    many = client.post("/tim-theo-danh-sach", data={"danh_sach": "Zzqx\n" * 205}).text
    assert "5 dòng sau vượt mức 200 nên chưa tìm" in words(many)
    table = client.post("/tim-theo-danh-sach/xuat.xlsx", data={"danh_sach": "Ban Quản lý chợ Cầu Vồng"})
    assert openpyxl.load_workbook(io.BytesIO(table.content)).worksheets[0]["B2"].value == "Ban Quản lý chợ Cầu Vồng"
    assert client.post("/tim-theo-danh-sach/xuat.pdf", data={"danh_sach": "a"}).status_code == 404


# Understand.


def test_a_practice_shows_its_parts_figures_and_what_it_leaves_unsaid(client: TestClient) -> None:
    html = client.get(f"/muc/{CARROTS}").text
    parts = re.search(r'<nav class="contents" aria-label="Các phần">(.*?)</nav>', html, re.DOTALL)
    assert parts
    for part in ("Vấn đề đặt ra", "Cách làm", "Kết quả", "Chi phí, nguồn lực", "Điều kiện nhân rộng", "Nơi đã nhân rộng"):
        assert part in parts[1]
    for anchor in re.findall(r'href="#(b\d+)"', parts[1]):
        assert f'id="{anchor}"' in html
    assert "<li>7.900 tấn</li>" in html and "giảm từ 21% xuống 3%" in html
    assert 'href="/dia-ban/hai-phong.xa-tue-tinh"' in html and 'href="/linh-vuc/agriculture"' in html
    assert "Lịch sử thay đổi" in html and "Đưa vào kho" in html and "practices/04-hop-tac-xa" in html


def test_a_paper_shows_its_relations_as_a_graph_and_a_list(client: TestClient) -> None:
    html = client.get(f"/muc/{SCAN}").text
    graph = re.search(r'<figure class="chart graph">(.*?)</figure>', html, re.DOTALL)
    assert graph and 'href="/muc/238-kh-ubnd"' in graph[1] and "Thực hiện" in graph[1]
    assert 'class="box absent"' in graph[1], "a paper that is not held is drawn otherwise"
    other = client.get(f"/muc/{PLAN}").text
    assert "Được triển khai bởi" in other and 'href="/muc/43-kh-lmhtx"' in other


def test_every_passage_has_a_link(client: TestClient) -> None:
    html = client.get(f"/muc/{PLAN}").text
    blocks = re.findall(r'<p class="block[^"]*" id="(b\d+)"', html)
    assert len(blocks) > 50 and all(f'class="passage" href="#{block}"' in html for block in blocks)


def test_both_citations_warn(client: TestClient) -> None:
    html = client.get(f"/muc/{SCAN}").text
    official, press = re.findall(r"<textarea[^>]*>([^<]*)</textarea>", html)
    for form in (official, press):
        assert "máy đọc lại" in form and "43/KH-LMHTX" in form


# Compare.


def test_two_records_side_by_side(client: TestClient) -> None:
    html = client.get("/so-sanh", params={"muc": [CARROTS, HERBS]}).text
    assert html.count('<th scope="col">') == 2 and 'class="differs"' in html and 'class="same"' in html
    assert html.count('<span class="differs-mark">khác</span>') == html.count('<tr class="differs">')
    only = client.get("/so-sanh", params={"muc": [CARROTS, HERBS], "khac": "1"}).text
    assert 'class="same"' not in only and "Hiện mọi dòng" in only
    drop = re.search(r'<a class="drop" href="([^"]+)"', html)
    assert drop and "Mới có một mục" in client.get(unescape(drop[1])).text


def test_none_one_five_and_unknown_records(client: TestClient) -> None:
    assert "Chọn từ hai đến bốn mục" in client.get("/so-sanh").text
    five = client.get("/so-sanh", params={"muc": [CARROTS, HERBS, PLAN, SCAN, "05-cho-khong-dung-tien-mat"]}).text
    assert "So sánh được bốn mục một lần; 1 mục sau không hiện" in five and five.count('<th scope="col">') == 4
    assert "1 mục không có trong kho" in client.get("/so-sanh", params={"muc": [CARROTS, HERBS, "zz"]}).text
    assert client.get("/so-sanh?muc=%00&muc=%ED%A0%80&muc=<script>").status_code == 200


def test_a_pasted_draft(client: TestClient) -> None:
    assert client.get("/tim-tuong-tu").status_code == 200
    nomination = "Ban Giảm nghèo xã Hồng Dụ, Ninh Giang giao 30 con bò cái lai Sind cho hộ nghèo, bê chuyển cho hộ sau; 52 hộ hưởng lợi, 41 hộ thoát nghèo."
    html = client.post("/tim-tuong-tu", data={"van_ban": nomination}).text
    assert "Rất có thể là cùng một thành tích" in html and "Đã hủy bỏ, thu hồi" in html
    assert "cùng đơn vị: Ban Giảm nghèo xã Hồng Dụ" in html and "không khen thưởng nhiều lần" in html
    assert 'href="/so-sanh?muc=13-luan-chuyen-bo-sinh-san' in html
    new = client.post("/tim-tuong-tu", data={"van_ban": "Trồng rừng ngập mặn lấn biển chắn sóng bằng cây bần chua."}).text
    assert "Không thấy bản ghi nào là cùng một thành tích" in new and "đã so với 102 mục" in new
    hostile = client.post("/tim-tuong-tu", data={"van_ban": "</textarea><script>alert(1)</script>"}).text
    assert "<script>alert" not in hostile
    assert client.post("/tim-tuong-tu", data={"van_ban": " "}).status_code == 200


def test_a_body_that_is_too_large_is_refused(client: TestClient) -> None:
    answer = client.post("/tim-tuong-tu", data={"van_ban": "a" * (MAX_BODY_BYTES + 1)})
    assert answer.status_code == 413 and "Chỉ nhận nội dung đến 2 MB" in answer.text

    def pieces() -> Iterator[bytes]:
        yield b"van_ban="
        for _ in range(30):
            yield b"a" * 100_000

    streamed = client.post("/tim-tuong-tu", content=pieces(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert streamed.status_code == 413


# Carry away.


def test_a_dossier_is_its_address(client: TestClient) -> None:
    html = client.get("/ho-so", params={"muc": [CARROTS, SCAN, "zz"], "ten": "Hồ sơ <b>"}).text
    assert "<h1>Hồ sơ &lt;b&gt;</h1>" in html and "<strong>2 mục</strong>" in html and "1 mục trong địa chỉ này" in html
    assert "Văn bản do máy đọc lại" in html
    moved = re.search(r'<a href="([^"]+)" data-dossier-list="[^"]+">Xuống dưới', html)
    assert moved
    again = client.get(unescape(moved[1])).text
    assert again.index(f"/muc/{SCAN}") < again.index(f"/muc/{CARROTS}") and "Hồ sơ &lt;b&gt;" in again
    gone = re.search(r'<a href="([^"]+)" data-dossier-list="[^"]+">Bỏ khỏi hồ sơ', html)
    assert gone and "<strong>1 mục</strong>" in client.get(unescape(gone[1])).text
    assert "Hồ sơ chưa có mục nào" in client.get("/ho-so").text


@pytest.mark.parametrize("form", ["xlsx", "csv", "docx", "json"])
def test_every_form_of_a_dossier_and_of_results(form: str, client: TestClient) -> None:
    for path in (f"/ho-so/xuat.{form}?muc={CARROTS}&muc={PLAN}", f"/tim/xuat.{form}?q=m%C3%B4+h%C3%ACnh&not_kind=document"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.headers["content-disposition"].endswith(f'.{form}"')
        assert len(answer.content) > 1000
    assert client.get(f"/ho-so/xuat.{form}").status_code == 200, "an empty dossier is a file, too"


def test_exported_results_are_those_on_the_screen(client: TestClient) -> None:
    params = {"q": "mô hình", "not_kind": "document", "year": "2025"}
    total = re.search(r"<strong>(\d+) kết quả", client.get("/tim", params=params).text)
    rows = client.get("/tim/xuat.json", params=params).json()["records"]
    assert total and len(rows) == int(total[1]) > 0 and {row["date"] for row in rows} == {"2025"}
    assert client.get("/tim/xuat.pdf", params=params).status_code == 404


def test_print_and_booklet(client: TestClient) -> None:
    params = {"muc": [CARROTS, HERBS, SCAN], "ten": "Gương sáng", "don-vi": "Ban Thi đua"}
    printed = client.get("/ho-so/in", params=params).text
    assert printed.count('<article class="sheet"') == 3 and "Lưu ý:" in printed and "127" not in words(printed)[:60]
    booklet = client.get("/ho-so/an-pham", params=params).text
    assert "Gương sáng" in booklet and "Ban Thi đua" in booklet and booklet.count('<article class="sheet"') == 3
    assert booklet.index("Nông nghiệp</h3>") < booklet.index("Y tế</h3>")
    assert client.get("/ho-so/an-pham.docx", params=params).content[:2] == b"PK"
    assert "Hồ sơ chưa có mục nào" in client.get("/ho-so/an-pham").text


# Be told, and tell.


def test_any_search_is_a_feed(client: TestClient) -> None:
    answer = client.get("/tim.atom", params={"q": "hợp tác xã", "field": "agriculture"})
    assert answer.headers["content-type"] == "application/atom+xml"
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall("a:entry", ATOM)
    ids = [entry.findtext("a:id", "", ATOM) for entry in entries]
    assert ids and len(set(ids)) == len(ids) and all(i.startswith("http://testserver/muc/") for i in ids)
    for part in (feed, *entries):
        for needed in ("id", "title", "updated"):
            assert part.findtext(f"a:{needed}", "", ATOM)
    assert feed.find("a:link[@rel='self']", ATOM) is not None and feed.findtext("a:author/a:name", "", ATOM) == "Cách Hay"
    total = re.search(r"<strong>(\d+) kết quả", client.get("/tim", params={"q": "hợp tác xã", "field": "agriculture"}).text)
    assert total and len(entries) == int(total[1])


@pytest.mark.parametrize("q", ["", "zzzzqq", "<script>&\x00\x0b]]>", "\ud800", "a" * 5000])
def test_a_feed_of_anything_is_well_formed(q: str, client: TestClient) -> None:
    answer = client.get("/tim.atom", params={"q": q.encode("utf-8", "replace").decode()})
    assert answer.status_code == 200
    ElementTree.fromstring(answer.content)


def test_what_is_new_is_listed_by_day(client: TestClient) -> None:
    html = client.get("/moi").text
    assert html.count('<li class="hit">') == 50 and '<h2 id="ngay-1">' in html
    some = client.get("/moi", params={"field": "health"}).text
    assert "Mới đưa vào kho: Lĩnh vực: Y tế" in words(some) and '/tim.atom?field=health"' in some
    assert "Chưa có mục nào" in client.get("/moi", params={"year": "1900"}).text


def test_a_block_may_be_framed_and_runs_no_script(client: TestClient) -> None:
    block = client.get("/nhung/khoi", params={"field": "health", "so": "3", "ten": "Cách làm hay"})
    assert block.text.count("<li>") == 3 and "Cách làm hay</" in block.text and "<script" not in block.text
    for words in ("Gương <b>", "Ông Năm nhận tiền", "CÁCH LÀM HAY"):
        other = client.get("/nhung/khoi", params={"field": "health", "ten": words}).text
        heading = re.search(r"<h1>(.*?)</h1>", other)
        assert heading and "Cách Hay: Lĩnh vực: Y tế" in heading[1] and words not in other and "Ông Năm" not in other
    policy = block.headers["content-security-policy"]
    assert "frame-ancestors *" in policy and "script-src" not in policy and "default-src 'none'" in policy
    for path in ("/", "/tim?q=a", "/nhung"):
        assert "frame-ancestors 'none'" in client.get(path).headers["content-security-policy"]
    help_page = client.get("/nhung", params={"field": "health", "so": "3", "ten": "Mô hình mới"}).text
    code = re.search(r"<textarea[^>]*>(.*?)</textarea>", help_page, re.DOTALL)
    assert code and unescape(code[1]).startswith('<iframe src="http://testserver/nhung/khoi?field=health&amp;so=3&amp;ten=')
    assert client.get("/nhung/khoi", params={"so": "10 000"}).text.count("<li>") == 5


def test_a_block_as_json_may_be_read_from_anywhere(client: TestClient) -> None:
    answer = client.get("/api/arrivals", params={"field": "health", "limit": "3"})
    assert answer.headers["access-control-allow-origin"] == "*" and len(answer.json()["arrivals"]) == 3
    assert "access-control-allow-origin" not in client.get("/api/search").headers


def test_suggestions_over_http(client: TestClient) -> None:
    assert client.get("/api/suggest", params={"q": "hop tac"}).json()["suggestions"]
    for q in ("", "\x00", "%", '"' * 9000):
        assert client.get("/api/suggest", params={"q": q}).json()["suggestions"] == []


# Everywhere.

PAGES = [
    "/so-sanh?muc=a&muc=b", "/tim-tuong-tu", "/ho-so?muc=a", "/ho-so/in?muc=a", "/ho-so/an-pham?muc=a", "/moi", "/tim.atom",
    "/nhung", "/nhung/khoi", "/linh-vuc", "/linh-vuc/health", "/dia-ban", "/dia-ban/hai-phong", "/tim/xuat.csv?q=a",
    "/ho-so/xuat.xlsx?muc=a", "/api/arrivals", "/api/suggest?q=abc",
]  # fmt: skip


class Broken:
    """A service whose index cannot be read."""

    def __getattr__(self, name: str) -> object:
        def fail(*arguments: object, **named: object) -> None:
            raise EngineError("Không đọc được chỉ mục.")

        return fail


@pytest.mark.parametrize("path", PAGES)
def test_where_the_engine_is_down_it_is_said(path: str) -> None:
    with client_of(Broken()) as client:  # type: ignore[arg-type]
        answer = client.get(path)
    needs = path not in ("/tim-tuong-tu",)
    assert answer.status_code == (503 if needs else 200)
    if needs:
        assert "Không đọc được chỉ mục" in answer.text and "Không tìm thấy kết quả" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_head_and_hostile_parameters(path: str, client: TestClient) -> None:
    if not path.startswith("/api"):
        assert client.head(path).status_code == 200
    for hostile in ("%00", "%ED%A0%80", "'\"<script>", "%F0%9F%98%80" * 50, "../../etc/passwd", "a" * 4000):
        joined = f"{path}{'&' if '?' in path else '?'}q={hostile}&muc={hostile}&ten={hostile}&so={hostile}&year={hostile}&not_place={hostile}"
        answer = client.get(joined)
        assert answer.status_code in (200, 303, 422), joined
        assert "<script>'" not in answer.text and "'\"<script>" not in answer.text
