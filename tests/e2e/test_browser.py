"""In a real browser, at desk and phone width: type, filter, open, see the hit."""

from __future__ import annotations

from typing import Any

import pytest


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_type_without_accents_open_the_hit_see_the_highlight(page: Any) -> None:
    page.goto("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("day manh cong tac tuyen truyen")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim?*")
    first = page.locator(".hit").first
    assert first.locator(".badge").first.inner_text() == "không dấu"
    assert first.locator("mark").first.inner_text() == "Đẩy mạnh công tác tuyên truyền"
    assert fits(page)
    first.locator("h2 a").click()
    page.wait_for_url("**/muc/238-kh-ubnd?*")
    mark = page.locator(".full-text mark").first
    assert mark.inner_text() == "Đẩy mạnh công tác tuyên truyền"
    box = mark.bounding_box()
    assert box and 0 <= box["y"] <= 800, "the hit is in view"
    assert fits(page)


def test_a_facet_gives_its_number(page: Any) -> None:
    page.goto("/tim?q=mô hình")
    filters = page.locator("#bo-loc")
    if filters.get_attribute("open") is None:
        filters.locator("> summary").click()
    link = page.locator(".facet li a").first
    count = link.locator(".count").inner_text()
    link.click()
    page.wait_for_url("**&kind=*")
    assert page.locator(".total strong").inner_text() == f"{count} kết quả"
    assert page.locator("[aria-label='Bộ lọc đang dùng'] a").count() == 1
    assert fits(page)


def test_walking_between_hits_and_copying(page: Any) -> None:
    page.goto("/muc/238-kh-ubnd?q=thi đua")
    page.keyboard.press("n")
    now = page.locator("mark.now")
    first = now.get_attribute("id")
    page.keyboard.press("n")
    assert now.count() == 1 and now.get_attribute("id") != first
    page.keyboard.press("p")
    assert now.get_attribute("id") == first
    page.get_by_role("button", name="Sao chép trích dẫn").click()
    page.get_by_text("Đã sao chép").wait_for()


def test_the_typeface_is_ours_and_nothing_is_clipped(page: Any) -> None:
    page.goto("/tim?q=thi đua")
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Be Vietnam Pro\"', 'Ẫ Ể Ộ ữ'))")
    tight = page.evaluate(
        """[...document.querySelectorAll('h1, h2, h3, p, a, li')].filter((e) => {
            const style = getComputedStyle(e);
            return e.offsetParent && parseFloat(style.lineHeight) < 1.35 * parseFloat(style.fontSize);
        }).length"""
    )
    assert tight == 0


@pytest.mark.parametrize(
    "path", ["/", "/tim", "/tim?q=zzzzqqq&year=1999", "/muc/43-kh-lmhtx?q=thi dua", "/tro-giup", "/mau-danh-sach", "/api"]
)
def test_every_page_fits_and_is_labelled(path: str, page: Any) -> None:
    page.goto(path)
    assert fits(page)
    assert page.locator("main h1").count() == 1 and page.locator("html[lang=vi]").count() == 1
    unlabelled = page.evaluate(
        "[...document.querySelectorAll('input:not([type=hidden]), textarea')].filter((e) => !e.labels.length).length"
    )
    assert unlabelled == 0
    assert page.locator("a:not([href]), img:not([alt])").count() == 0


def test_it_works_without_javascript(browser: Any, server: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800}, base_url=server)
    page = context.new_page()
    page.goto("/")
    page.locator("#q").fill("hop tac xa")
    page.get_by_role("button", name="Tìm").click()
    assert page.locator(".hit").count() >= 1
    page.locator("#bo-loc > summary").click()
    page.locator(".facet li a").first.click()
    assert page.locator("[aria-label='Bộ lọc đang dùng'] a").count() == 1
    page.locator(".hit h2 a").first.click()
    assert page.locator(".full-text .block").count() > 3
    context.close()
