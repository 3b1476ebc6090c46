"""A chip is undone by a click, and the group that matches only without accents is opened by one; at both widths."""

from __future__ import annotations

from typing import Any


def total(page: Any) -> str:
    return str(page.locator(".total strong").inner_text())


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_a_chip_is_undone_and_read_again(page: Any) -> None:
    page.goto("/tim?q=mô hình -ruộng năm:2024")
    read = total(page)
    chip = page.locator(".chip.exclusion")
    assert "Trừ: ruộng" in chip.inner_text() and fits(page)
    chip.get_by_role("link").click()
    assert page.locator(".chip.exclusion").count() == 0 and page.locator(".chip.constraint").count() == 1
    line = page.locator(".undone")
    assert "Đang tìm như chữ thường: “-ruộng”" in line.inner_text() and fits(page)
    line.get_by_role("link").click()
    assert total(page) == read and page.locator(".undone").count() == 0


def test_the_group_is_opened_and_left_by_a_click(page: Any) -> None:
    page.goto("/tim?q=lúa")
    agreeing = total(page)
    link = page.locator(".closed-group a")
    count = link.inner_text().split()[0]
    link.click()
    assert total(page).split()[0] == count and "bo-dau=1" in page.url and fits(page)
    assert f"Đang xem {count} mục chỉ khớp khi bỏ dấu" in page.locator(".notice.dropped").inner_text()
    page.get_by_role("link", name="quay lại kết quả đúng dấu").click()
    assert total(page) == agreeing and "bo-dau" not in page.url


def test_a_saved_group_counts_its_own_items(page: Any) -> None:
    page.goto("/tim?q=lúa&bo-dau=1")
    count = total(page).split()[0]
    page.get_by_role("button", name="Lưu tìm kiếm").click()
    page.goto("/da-luu")
    page.locator(".fresh", has_text=f"{count} mục").wait_for()


def test_as_typed_and_back(page: Any) -> None:
    page.goto("/tim?q=HTX trồng lúa")
    page.get_by_role("link", name="Chỉ tìm đúng như đã gõ").first.click()
    assert "nguyen-van=1" in page.url and page.locator(".chip").count() == 0
    page.get_by_role("link", name="Tìm cả cách viết khác").click()
    assert "nguyen-van" not in page.url and page.locator(".chip.abbreviation").count() == 1
