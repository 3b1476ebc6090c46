"""The page beside its text in a real browser: frames lie on their words at any width and zoom, without JavaScript, for all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import WIDTHS, free_port, wait_until_served
from tests.e2e.test_accessible import grave
from tests.e2e.test_browser import fits
from tests.indexer.readers.pdf_files import A4, LETTER_WIDTH, PdfFile, PdfPage, lines

pytestmark = pytest.mark.browser
LINES = [f"Dòng {at}: phong trào thi đua của hợp tác xã số {at}" for at in range(1, 19)]
SIZE, LEFT, TOP, STEP = 14, 85, 770, 40
PAPER = "/muc/ke-hoach/trang/1"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`cachhay serve --index` on a plan of three pages, the second one turned."""
    home: Path = tmp_path_factory.mktemp("home")
    corpus = home / "corpus"
    corpus.mkdir()
    pages = [PdfPage(lines(LINES, LEFT, TOP, STEP, size=SIZE), rotation=turn) for turn in (0, 90, 0)]
    (corpus / "kế hoạch.pdf").write_bytes(PdfFile(pages).data())
    port = free_port()
    command = [sys.executable, "-m", "cachhay", "serve", "--index", "--port", str(port), "--data", str(home / "var")]
    environment = {**os.environ, "CACHHAY_CORPUS_DIR": str(corpus)}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until_served(process, f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture(
    params=[(width, script) for width in WIDTHS for script in (True, False)], ids=lambda given: f"{given[0]}-{given[1]}"
)
def page(request: pytest.FixtureRequest, browser: Any, address: str) -> Iterator[Any]:
    width, script = request.param
    context = browser.new_context(
        java_script_enabled=script, viewport={"width": WIDTHS[width], "height": 800}, base_url=address, accept_downloads=True
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert problems == []


def middle(line: int, words: str) -> tuple[float, float]:
    """Where some words of a line stand, in shares of the upright page."""
    start = LINES[line].index(words)
    x = LEFT + (start + len(words) / 2) * SIZE * LETTER_WIDTH / 1000
    return x / A4[0], 1 - (TOP - STEP * line + SIZE / 4) / A4[1]


def share_on_words(page: Any, turned: bool) -> float:
    """The share of the frames of the page that hold the middle of their words."""
    sheet = page.locator(".sheet img").bounding_box()
    frames = page.locator(".hit-frame rect")
    good = 0
    for at in range(len(LINES)):
        x, y = middle(at, "hợp tác xã")
        x, y = (1 - y, x) if turned else (x, y)
        box = frames.nth(at).bounding_box()
        left, top = (box["x"] - sheet["x"]) / sheet["width"], (box["y"] - sheet["y"]) / sheet["height"]
        right, bottom = left + box["width"] / sheet["width"], top + box["height"] / sheet["height"]
        good += left <= x <= right and top <= y <= bottom and (right - left) * (bottom - top) < 0.01
    return good / int(frames.count())


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("zoom", [1, 3])
def test_frames_lie_on_their_words(number: int, zoom: int, page: Any) -> None:
    page.goto(f"/muc/ke-hoach/trang/{number}?q=hợp tác xã&co={zoom}")
    assert page.locator(".hit-frame").count() == len(LINES)
    assert page.locator(".sheet img").evaluate("image => image.complete && image.naturalWidth > 100")
    assert share_on_words(page, turned=number == 2) == 1.0
    assert fits(page)


def test_from_hit_to_hit_and_over_to_the_next_page(page: Any) -> None:
    page.goto("/tim?q=hợp tác xã số 18")
    page.goto("/muc/ke-hoach?q=hợp tác xã")
    page.get_by_role("link", name="Xem bản gốc bên cạnh chữ").click()
    assert page.url.endswith("cho=1#o1")
    for number in (2, 3):
        page.get_by_role("link", name="Chỗ sau →").click()
        now = page.locator(".hit-frame.now")
        assert now.count() == 1 and now.get_attribute("id") == f"o{number}"
        box = now.bounding_box()
        assert box and 0 <= box["y"] <= 800, "the hit is in view"
        assert page.locator("mark.now").get_attribute("id") == f"h{number}"
    page.goto(f"{PAPER}?q=hợp tác xã&cho=18")
    page.get_by_role("link", name="Chỗ sau →").click()
    assert "/trang/2?" in page.url and page.locator(".hit-frame.now").get_attribute("id") == "o19"
    page.get_by_role("link", name="← Chỗ trước").click()
    assert "/trang/1?" in page.url
    page.locator(".hit-frame").nth(4).click()
    assert page.url.endswith("#h5"), "a frame leads to its words in the text"


def test_turn_zoom_and_choose_a_page(page: Any) -> None:
    page.goto(PAPER)
    page.get_by_role("link", name="Trang sau →").first.click()
    assert page.locator("h2").first.inner_text() == "Chữ của trang 2"
    page.locator(".thumbs a").last.click()
    assert "/trang/3" in page.url and page.locator("[aria-current=page]").inner_text().strip().startswith("Trang 3")
    narrow = page.locator(".sheet").bounding_box()["width"]
    page.get_by_role("link", name="Gấp đôi").click()
    assert page.locator(".sheet").bounding_box()["width"] == pytest.approx(2 * narrow, rel=0.05)
    page.locator("#so-trang").fill("1")
    page.get_by_role("button", name="Đến").click()
    assert "/trang/1?co=2" in page.url and fits(page)
    page.locator("#b3 .on-image").click()
    frame = page.locator("#doan rect").first.bounding_box()
    assert frame and 0 <= frame["y"] <= 800 and page.locator("#b3.framed").count() == 1


def test_image_and_text_stand_beside_each_other_or_under_each_other(page: Any) -> None:
    page.goto(f"{PAPER}?q=thi đua")
    picture, text = (page.locator(part).bounding_box() for part in (".picture", ".page-text"))
    if page.viewport_size["width"] > 1000:
        assert text["x"] >= picture["x"] + picture["width"] and abs(text["y"] - picture["y"]) < 5
    else:
        assert text["y"] >= picture["y"] + picture["height"] and picture["width"] > 340


def test_the_original_is_downloaded(page: Any) -> None:
    page.goto(PAPER)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Tải bản gốc").click()
    assert waiting.value.suggested_filename == "kế hoạch.pdf"
    assert Path(waiting.value.path()).read_bytes().startswith(b"%PDF-1.7")


@pytest.mark.parametrize("asked", ["?q=hợp tác xã&cho=2", "?doan=b1&co=2", "?q=zzqx"])
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_nothing_serious_for_anybody(asked: str, width: int, scheme: str, browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=address)
    page = context.new_page()
    page.goto(PAPER + asked)
    assert grave(page) == [] and fits(page) and page.locator("h1").count() == 1
    context.close()
