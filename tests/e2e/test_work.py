"""In a real browser, at desk and phone width: find, understand, compare, carry away, be told; by keyboard and by pointer."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import docx
import openpyxl
import pytest

pytestmark = pytest.mark.browser
CARROTS, HERBS = "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot", "06-vuon-thuoc-nam-tram-y-te"


def open_filters(page: Any) -> None:
    if page.locator("#bo-loc").get_attribute("open") is None:
        page.locator("#bo-loc > summary").click()


def total(page: Any) -> int:
    return int(page.locator(".total strong").inner_text().split()[0].replace(".", ""))


def saved_file(page: Any, link: Any) -> bytes:
    with page.expect_download() as started:
        link.click()
    return Path(started.value.path()).read_bytes()


@contextmanager
def portal(html: str) -> Iterator[str]:
    """Another site, which serves one page."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    served = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}/"
    finally:
        served.shutdown()


# Find.


def test_leave_a_value_out_and_take_it_back(page: Any) -> None:
    page.goto("/tim?q=mô hình")
    before = total(page)
    open_filters(page)
    page.get_by_role("link", name="Loại trừ Mô hình mới").click()
    page.wait_for_url("**not_kind=new_model*")
    assert 0 < total(page) < before
    chip = page.locator(".chips .left-out")
    assert chip.locator("s").inner_text() == "Loại nội dung: Mô hình mới"
    chip.click()
    page.wait_for_url(lambda url: "not_kind" not in url)
    assert total(page) == before


def test_click_a_year_of_the_chart(page: Any) -> None:
    page.goto("/tim?q=mô hình")
    open_filters(page)
    bar = page.locator(".facet .chart a").last
    label = bar.get_attribute("aria-label")
    bar.click()
    page.wait_for_url("**year=*")
    assert label == f"Năm {parse_qs(urlsplit(page.url).query)['year'][0]}: {total(page)} mục"


def test_the_switch_for_accents(page: Any) -> None:
    page.goto("/tim?q=cá")  # a scan reads "ca" where nobody can say which accents stood there
    loose = total(page)
    page.get_by_role("switch", name="Đúng dấu").click()
    page.wait_for_url("**dung-dau=1*")
    assert 0 < total(page) < loose and page.get_by_role("switch").get_attribute("aria-checked") == "true"


def test_places_as_a_tree_old_names_apart(page: Any) -> None:
    page.goto("/tim")
    open_filters(page)
    places = page.locator("section.facet", has_text="Địa bàn").first
    assert places.locator("li").first.inner_text().startswith("Thành phố Hải Phòng")
    assert places.locator("li.within").count() > 3
    places.get_by_text("Theo tên cũ, trước 7/2025").click()
    old = places.get_by_role("link", name="Huyện Cẩm Giàng, tỉnh Hải Dương").first
    old.click()
    page.wait_for_url("**place=*")
    assert total(page) > 3


def test_the_filter_that_empties_is_named_and_taken_away(page: Any) -> None:
    page.goto("/tim?q=rươi&year=1999")
    assert page.get_by_text("Bộ lọc “Năm: 1999” làm rỗng kết quả.").is_visible()
    way = page.locator(".ways-out li").first
    promised = int(way.locator(".count").inner_text().split()[0])
    way.locator("a").click()
    page.wait_for_url(lambda url: "year" not in url)
    assert total(page) == promised


def test_the_advanced_form(page: Any) -> None:
    page.goto("/tim-nang-cao")
    page.get_by_label("Tất cả các từ").fill("nông dân")
    page.get_by_label("Lĩnh vực").select_option(label="Nông nghiệp")
    page.get_by_label("Từ năm").fill("2021")
    page.get_by_label("đến năm").fill("2026")
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.wait_for_url("**/tim?*")
    assert page.locator("#q").input_value() == 'nông dân lĩnh vực:"Nông nghiệp" năm:2021-2026'
    assert total(page) > 0


# Suggestions.


def test_suggestions_by_keyboard(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("tue ti", delay=20)
    options = page.locator("#goi-y [role=option]")
    options.first.wait_for()
    box = page.locator("#q")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false" and box.input_value() == "tue ti"
    page.keyboard.press("ArrowDown")
    options.first.wait_for()
    count = options.count()
    place = next(n for n in range(count) if "mục" in options.nth(n).inner_text())
    for _ in range(place + 1):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim?q=*")
    assert page.locator("#q").input_value().startswith(("địa bàn:", "cơ quan:")) and total(page) > 0


def test_a_suggestion_by_pointer_opens_the_item(page: Any) -> None:
    page.goto("/")
    page.locator("#q").click()
    page.keyboard.type("238")
    page.locator("#goi-y [role=option]", has_text="238/KH-UBND").click()
    page.wait_for_url("**/muc/238-kh-ubnd")


def test_nothing_while_an_input_method_composes(page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if "/api/suggest" in r.url else None)
    page.goto("/")
    page.locator("#q").click()
    session = page.context.new_cdp_session(page)
    for text in ("h", "ho", "hợ", "hợp"):
        session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
        page.wait_for_timeout(60)
    page.wait_for_timeout(250)
    assert asked == [] and page.locator("#goi-y [role=option]").count() == 0
    assert page.evaluate("document.activeElement.id") == "q"
    session.send("Input.insertText", {"text": "hợp tác"})
    page.locator("#goi-y [role=option]").first.wait_for()
    assert len(asked) == 1 and page.locator("#q").input_value() == "hợp tác"


def test_keys_of_a_composition_are_left_alone(page: Any) -> None:
    page.goto("/tim?q=thi đua")
    page.locator("main").evaluate(
        """node => ["/", "?", "j", "n"].forEach(key => node.dispatchEvent(
            new KeyboardEvent("keydown", {key, bubbles: true, isComposing: true})))"""
    )
    assert page.evaluate("document.activeElement === document.body") and page.locator("#phim").is_hidden()
    page.locator("#q").focus()
    page.keyboard.press("End")
    page.keyboard.type("?jn")
    assert page.locator("#q").input_value().endswith("?jn") and page.locator("#phim").is_hidden()


def test_recent_searches_are_kept_here_and_can_be_forgotten(page: Any) -> None:
    page.goto("/tim?q=lúa hữu cơ")
    page.goto("/tim?q=đột quỵ")
    page.goto("/")
    page.locator("#q").click()
    options = page.locator("#goi-y [role=option]")
    options.first.wait_for()
    assert [o.inner_text() for o in options.all()] == ["đột quỵ", "lúa hữu cơ"]
    page.get_by_role("button", name="Xóa tìm gần đây").click()
    assert page.evaluate("localStorage.getItem('cachhay.recent')") == "[]"
    page.goto("/")
    page.locator("#q").click()
    page.wait_for_timeout(200)
    assert options.count() == 0


# Understand.


def test_walk_through_the_hits_and_send_the_passage(page: Any) -> None:
    page.goto("/muc/238-kh-ubnd?q=thi đua")
    page.keyboard.press("n")
    page.keyboard.press("n")
    address = page.url
    assert "#b" in address
    now = page.locator("mark.now").get_attribute("id")
    page.goto("about:blank")
    page.goto(address)
    block = page.locator(f"#{urlsplit(address).fragment}")
    assert block.locator(f"#{now}").count() == 1
    box = block.bounding_box()
    assert box and -50 < box["y"] < 800, "the passage that was sent is in view"


def test_the_graph_leads_to_the_other_paper(page: Any) -> None:
    page.goto("/muc/43-kh-lmhtx")
    page.locator(".graph a").first.click()
    page.wait_for_url("**/muc/238-kh-ubnd")
    assert page.locator(".graph").get_by_text("43/KH-LMHTX").is_visible()


def test_j_and_k_walk_the_results(page: Any) -> None:
    page.goto("/tim?q=mô hình")
    for key, at in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        assert page.locator("li.hit").nth(at).evaluate("node => node.classList.contains('current')")
    page.keyboard.press("x")
    assert page.locator(".picked").inner_text() == "Đã chọn 1 mục"
    title = page.locator("li.hit h2").first.inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url("**/muc/*")
    assert page.locator("h1").inner_text().startswith(title[:30])


def test_the_sheet_of_keys(page: Any) -> None:
    page.goto("/tim?q=mô hình")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Phím tắt")
    sheet.wait_for()
    page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")


# Compare.


def test_pick_two_and_compare_them(page: Any) -> None:
    page.goto("/tim?q=Tuệ Tĩnh")
    boxes = page.locator(".pick input")
    boxes.nth(0).check()
    boxes.nth(1).check()
    assert page.locator(".picked").inner_text() == "Đã chọn 2 mục"
    page.get_by_role("button", name="So sánh mục đã chọn").click()
    page.wait_for_url("**/so-sanh?muc=*&muc=*")
    assert page.locator("table.compare thead th").count() == 2 and page.locator("tr.differs").count() > 0
    page.get_by_role("link", name="Chỉ hiện dòng khác nhau").click()
    page.wait_for_url("**khac=1*")
    assert page.locator("tr.same").count() == 0


def test_nothing_picked_is_said(page: Any) -> None:
    page.goto("/tim?q=mô hình")
    page.get_by_role("button", name="So sánh mục đã chọn").click()
    assert "Hãy đánh dấu" in page.locator(".picked").inner_text() and "/tim" in page.url


# Carry away.


def test_a_dossier_from_results_to_files(page: Any) -> None:
    page.goto("/tim?q=hợp tác xã")
    page.locator(".pick input").nth(0).check()
    page.locator(".pick input").nth(1).check()
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    assert "nay có 2 mục" in page.locator(".picked").inner_text()
    page.goto(f"/muc/{HERBS}")
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    link = page.locator("[data-dossier-link]")
    assert link.inner_text() == "Hồ sơ chọn (3)"
    link.click()
    page.wait_for_url("**/ho-so?muc=*")
    assert page.locator("ol.hits > li").count() == 3 and page.locator("[data-dossier-keep]").is_hidden()
    book = openpyxl.load_workbook(io.BytesIO(saved_file(page, page.get_by_role("link", name="Excel"))))
    assert book["Bản ghi"].max_row == 4
    document = docx.Document(io.BytesIO(saved_file(page, page.get_by_role("link", name="Word"))))
    assert [p.style.name for p in document.paragraphs if p.style].count("Heading 1") == 3
    page.get_by_role("link", name="Bỏ khỏi hồ sơ").first.click()
    page.wait_for_url(lambda url: url.count("muc=") == 2)
    assert page.locator("[data-dossier-link]").inner_text() == "Hồ sơ chọn (2)"
    page.goto("/ho-so")
    page.wait_for_url(lambda url: url.count("muc=") == 2)


def test_a_dossier_that_was_sent_can_be_kept(page: Any) -> None:
    page.goto(f"/ho-so?muc={CARROTS}&muc={HERBS}&ten=Gương sáng")
    assert page.locator("[data-dossier-link]").inner_text() == "Hồ sơ chọn"
    page.get_by_role("button", name="Lưu vào trình duyệt này").click()
    assert page.locator("[data-dossier-link]").inner_text() == "Hồ sơ chọn (2)"


def test_the_booklet_prints_on_a4(page: Any) -> None:
    page.goto(f"/ho-so/an-pham?muc={CARROTS}&muc={HERBS}&don-vi=Ban Thi đua")
    assert page.locator("article.sheet").count() == 2 and page.get_by_role("button", name="In", exact=True).is_visible()
    pdf = page.pdf(prefer_css_page_size=True)
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") >= 4
    assert b"/MediaBox [0 0 594" in pdf or b"/MediaBox [0 0 595" in pdf, "A4"


def test_searching_a_list_from_a_file(page: Any) -> None:
    page.goto("/tim-theo-danh-sach")
    page.locator("#tep").set_input_files(
        {
            "name": "ds.csv",
            "mimeType": "text/csv",
            "buffer": "STT,Tên\n1,Ban Quản lý chợ Cầu Vồng\n2,Zzqx".encode("utf-8-sig"),
        }
    )
    page.get_by_role("button", name="Tìm", exact=True).click()
    page.locator("table.rows").wait_for()
    assert "1 dòng có trong kho" in page.locator(".total").inner_text()
    data = saved_file(page, page.get_by_role("button", name="Tải bảng Excel"))
    assert openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]["C2"].value == 1


# Be told.


def test_a_search_is_saved_and_tells_what_is_new(page: Any) -> None:
    page.goto("/tim?q=y tế&kind=practice")
    page.get_by_role("button", name="Lưu tìm kiếm").click()
    page.get_by_role("link", name="Xem tìm kiếm đã lưu").click()
    page.wait_for_url("**/da-luu")
    row = page.locator("[data-saved-list] li")
    assert row.count() == 1 and row.locator("a").first.get_attribute("href") == "/tim?q=y+t%E1%BA%BF&kind=practice"
    row.locator(".fresh", has_text="không có mục mới").wait_for()
    page.evaluate("""localStorage.setItem("cachhay.saved", JSON.stringify(
        [{url: "/tim?q=y+t%E1%BA%BF", name: "y tế", seen: "2020-01-01T00:00:00Z"}, {url: "javascript:alert(1)", name: "x"}]))""")
    page.reload()
    row.locator(".fresh.some").wait_for()
    assert row.count() == 1, "what is no search of ours is not shown"
    page.get_by_role("button", name="Bỏ y tế").click()
    assert page.get_by_text("Chưa lưu câu tìm nào").is_visible()


def test_the_block_in_a_frame_of_another_page(page: Any, server: str) -> None:
    page.goto("/nhung?field=health&so=3")
    code = page.locator("#ma").input_value()
    other = page.context.new_page()
    with portal(f"<!doctype html><meta charset=utf-8><h1>Cổng</h1>{code}") as address:
        other.goto(address)
        frame = other.frame_locator("iframe")
        frame.locator("li").first.wait_for()
        assert frame.locator("li").count() == 3
    assert page.frame_locator("iframe.preview").locator("li").count() == 3


# Without script, and with storage that is forbidden.


def test_everything_is_there_without_script(browser: Any, server: str) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=server, accept_downloads=True)
    page = context.new_page()
    page.goto("/tim?q=Tuệ Tĩnh")
    page.locator(".pick input").nth(0).check()
    page.locator(".pick input").nth(1).check()
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    page.wait_for_url("**/ho-so?muc=*&muc=*")
    assert page.locator("ol.hits > li").count() == 2
    page.go_back()
    page.locator(".pick input").nth(0).check()
    page.locator(".pick input").nth(1).check()
    page.get_by_role("button", name="So sánh mục đã chọn").click()
    page.wait_for_url("**/so-sanh?*")
    assert page.locator("table.compare thead th").count() == 2
    page.goto("/tim-tuong-tu")
    page.locator("#van-ban").fill("Hợp tác xã trồng cà rốt có hợp đồng bao tiêu")
    page.get_by_role("button", name="Tìm tương tự").click()
    assert page.locator("li.hit").count() > 0
    page.goto("/da-luu")
    assert "Trình duyệt đang tắt JavaScript" in page.locator("noscript .notice").inner_text()
    context.close()


def test_storage_that_is_forbidden_breaks_nothing(browser: Any, server: str) -> None:
    context = browser.new_context(base_url=server)
    context.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden'); }})")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto("/tim?q=mô hình")
    page.locator(".pick input").nth(0).check()
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    page.wait_for_url("**/ho-so?muc=*")
    page.goto(f"/muc/{HERBS}")
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    page.wait_for_url("**/ho-so?muc=*")
    assert errors == []
    context.close()
