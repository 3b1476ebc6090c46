"""The scanned plan in a real browser: the switch, the popups by mouse and by keyboard, the two columns on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.conftest import WIDTHS
from tests.e2e.test_browser import fits

pytestmark = pytest.mark.browser
SCAN = "/muc/43-kh-lmhtx"


@pytest.fixture(params=[(width, scheme) for width in WIDTHS.values() for scheme in ("light", "dark")])
def page(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Any]:
    """Without JavaScript: everything here is links and style."""
    width, scheme = request.param
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=server
    )
    yield context.new_page()
    context.close()


def test_the_switch_walks_through_the_readings(page: Any) -> None:
    page.goto(f"{SCAN}?q=thi đua")
    assert page.locator("h1").inner_text().startswith("Kế hoạch Đẩy mạnh công tác tuyên truyền")
    page.get_by_role("link", name="Nguyên văn nhận dạng").click()
    assert "doc=nguyen-van" in page.url and "q=thi" in page.url
    assert "Pay manh cdng tac" in page.locator(".full-text").inner_text()
    assert page.locator(".full-text mark").first.inner_text() == "thi dua", "hits light up in the letters as recognised"
    page.get_by_role("link", name="Song song từng dòng").click()
    assert page.locator(".side tr").count() > 60 and page.locator(".side mark").count() > 20
    page.get_by_role("link", name="Phương án đọc đề xuất").click()
    assert "doc=" not in page.url


@pytest.mark.parametrize("reading", ["de-xuat", "nguyen-van", "song-song"])
def test_every_reading_fits_and_so_do_its_popups(reading: str, page: Any) -> None:
    page.goto(f"{SCAN}?doc={reading}")
    assert fits_without_script(page)
    words = page.locator(".full-text .doubt[tabindex]")
    count = words.count()
    assert count > 10
    for at in range(0, count, max(1, count // 12)):
        word = words.nth(at)
        assert not word.locator(".ways").is_visible()
        word.focus()
        popup = word.locator(".ways")
        assert popup.is_visible() and "Nhận dạng được" in popup.inner_text()
        box = popup.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]
        assert word.get_attribute("aria-describedby") == popup.get_attribute("id")
    words.first.hover()
    assert words.first.locator(".ways").is_visible()


def fits_without_script(page: Any) -> bool:
    box = page.locator("main").bounding_box()
    return bool(box["width"] <= page.viewport_size["width"]) and fits(page)


def test_two_columns_at_a_desk_and_pairs_on_a_phone(page: Any) -> None:
    page.goto(f"{SCAN}?doc=song-song")
    row = page.locator(".side tbody tr").nth(4)
    left, right = (row.locator("td").nth(n).bounding_box() for n in (0, 1))
    if page.viewport_size["width"] > 640:
        assert right["x"] > left["x"] + left["width"] - 1 and abs(right["y"] - left["y"]) < 1
    else:
        assert right["y"] >= left["y"] + left["height"] - 1 and abs(right["x"] - left["x"]) < 1


def test_marks_differ_in_form_not_in_colour_alone(page: Any) -> None:
    page.goto(SCAN)
    style = "(e) => getComputedStyle(e).textDecorationStyle"
    assert page.locator(".full-text .doubt.guess").first.get_attribute("class") == "doubt guess"
    guess = page.locator(".legend .doubt.guess").evaluate(style)
    unsure = page.locator(".legend .doubt:not(.guess)").evaluate(style)
    assert (unsure, guess) == ("dotted", "wavy")
    assert page.locator(".legend .guess").evaluate("(e) => getComputedStyle(e, '::after').content") == '"?"'


def test_print_leaves_the_text(page: Any) -> None:
    page.emulate_media(media="print")
    page.goto(SCAN)
    assert not page.locator(".versions").is_visible() and page.locator(".full-text").is_visible()
    assert page.locator(".warning").first.is_visible(), "the warning is printed with the text"
