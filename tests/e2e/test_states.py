"""Every state in a real browser: nothing, one, many, a query that is none, and a program whose index is not there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import free_port, wait_until_served
from tests.e2e.test_accessible import grave


@pytest.fixture(params=[1280, 390])
def page(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": request.param, "height": 800}, base_url=server)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The program without an index."""
    port = free_port()
    environment = {**os.environ, "CACHHAY_DATA_DIR": str(tmp_path_factory.mktemp("none")), "CACHHAY_PORT": str(port)}
    command = [sys.executable, "-m", "cachhay", "serve"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until_served(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def test_none(page: Any) -> None:
    page.goto("/tim?q=zzzzqqqq&nguyen-van=1")
    assert page.get_by_role("heading", name="Không tìm thấy kết quả phù hợp").is_visible()
    assert page.locator(".total").inner_text() == "0 kết quả" and page.locator("#chon").count() == 0


def test_one(page: Any) -> None:
    page.goto('/tim?q="ấu trùng tươi bán"')
    assert page.locator(".total").inner_text() == "1 kết quả"
    assert page.locator("li.hit").count() == 1 and page.locator("nav.pages").count() == 0
    assert page.get_by_text("Đủ 1 kết quả, đúng như trên màn hình").is_visible()


def test_many(page: Any) -> None:
    page.goto("/tim")
    seen: list[str] = []
    while True:
        seen += [str(link.get_attribute("href")) for link in page.locator("li.hit h2 a, li.hit .copies a").all()]
        following = page.get_by_role("link", name="Trang sau")
        if not following.count():
            break
        following.click()
        page.wait_for_load_state()
    total = int(page.locator(".total strong").inner_text().split()[0])
    assert len(seen) == len(set(seen)) == total == 102


@pytest.mark.parametrize(
    "query", ['"((', "<script>alert(1)</script>", "OR OR OR", "năm:abcd", "-", "\u202e\u0000", "a" * 3000]
)
def test_a_query_that_is_none(query: str, page: Any) -> None:
    said: list[str] = []

    def dismiss(dialog: Any) -> None:
        said.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    page.goto("/")
    page.locator("#q").fill(query)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim?*")
    assert page.locator(".total").is_visible() and said == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize(
    "path", ["/", "/tim?q=lúa", "/muc/238-kh-ubnd", "/linh-vuc/health", "/ho-so?muc=a", "/so-sanh?muc=a&muc=b", "/moi"]
)
def test_the_engine_is_down(path: str, page: Any, empty: str) -> None:
    answer = page.goto(empty + path)
    assert answer.status == 503
    assert page.get_by_role("heading", name="Tạm thời chưa tra cứu được").is_visible()
    said = page.locator("main").inner_text()
    assert "Mã yêu cầu" in said and "cachhay" not in said and "Không tìm thấy" not in said
    assert grave(page) == []
    page.locator("#q").fill("hop tac")
    page.wait_for_timeout(200)
    assert page.locator("#goi-y [role=option]").count() == 0, "no suggestions, and nothing breaks"


def test_a_draft_while_the_engine_is_down(page: Any, empty: str) -> None:
    page.goto(empty + "/tim-tuong-tu")
    page.locator("#van-ban").fill("Hợp tác xã trồng cà rốt")
    page.get_by_role("button", name="Tìm tương tự").click()
    assert page.get_by_role("heading", name="Tạm thời chưa tra cứu được").is_visible()
