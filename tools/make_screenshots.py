"""Make the screenshots of the documents: `python -m tools.make_screenshots [--only tasks]`, with Chromium and `make test`'s
packages.

It serves `corpus/` from a temporary folder and uses the browser as a visitor would, so that a picture cannot show what the
program does not do. `docs/screens` holds the main pages, `docs/tasks` the three tasks of `docs/tasks.md`.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
#: Options of Chromium.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
#: Viewport of a desktop, in pixels.
DESKTOP = {"width": 1180, "height": 800}
#: Viewport of a phone, in pixels.
PHONE = {"width": 390, "height": 800}

#: A nomination about an invented unit, with other words and other figures than any record of the corpus.
NOMINATION = """\
BÁO CÁO THÀNH TÍCH đề nghị khen thưởng Hợp tác xã rau củ bãi sông Thái Bình (xã Tuệ Tĩnh, trước là xã Đức Chính, Cẩm Giàng)
Trước mùa vụ, HTX ký hợp đồng bao tiêu cà rốt ba bên với siêu thị, bếp ăn công nghiệp và nhà máy nước ép, bảo đảm giá sàn
4.200 đồng một kg, phần chênh lệch chia 70 - 30. Vụ đông vừa qua tiêu thụ gần 7.900 tấn, mỗi sào lãi hơn 6 triệu đồng; số hộ
phá hợp đồng chỉ còn 3%."""
#: Items of the corpus as parameters of an address.
CARROTS = "muc=04-hop-tac-xa-lien-ket-bao-tieu-ca-rot"
RICE = "muc=04-lua-huu-co-tha-vit"
SENSOR = "muc=08-cam-bien-do-man-cua-cong"
HERBS = "muc=06-vuon-thuoc-nam-tram-y-te"
#: Name of a picture -> address of the page that it shows.
PAGES = {
    "home": "/",
    "results": "/tim?q=mô hình nông nghiệp&not_kind=document",
    "empty": "/tim?q=rươi&year=1999",
    "practice": "/muc/04-hop-tac-xa-lien-ket-bao-tieu-ca-rot?q=hợp tác xã",
    "scan": "/muc/43-kh-lmhtx?q=thi dua",
    "side-by-side": "/muc/43-kh-lmhtx?doc=song-song&q=thi dua",
    "compare": f"/so-sanh?{CARROTS}&{RICE}&{SENSOR}",
    "dossier": f"/ho-so?{CARROTS}&{RICE}&ten=Nông nghiệp ven sông",
    "booklet": f"/ho-so/an-pham?{CARROTS}&{HERBS}&don-vi=Ban Thi đua",
    "field": "/linh-vuc/agriculture",
    "place": "/dia-ban/hai-duong.huyen-cam-giang",
    "new": "/moi",
    "block": "/nhung?field=health&so=3",
    "advanced": "/tim-nang-cao",
}


@contextmanager
def served() -> Iterator[str]:
    """Serve the program on a free port. Yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as data:
        environment = {**os.environ, "CACHHAY_DATA_DIR": data, "CACHHAY_PORT": str(port)}
        process = subprocess.Popen([sys.executable, "-m", "cachhay", "serve", "--index"], cwd=ROOT, env=environment)
        address = f"http://127.0.0.1:{port}"
        try:
            for _ in range(200):
                try:
                    urllib.request.urlopen(f"{address}/healthz", timeout=1).read()
                    break
                except OSError:
                    time.sleep(0.1)
            yield address
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def keep(page: Any, path: Path, *, whole: bool = False) -> None:
    """Save a screenshot with few colours, so that it is small enough for the repository."""
    page.wait_for_timeout(150)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=whole))).convert("RGB")
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.quantize(96, dither=Image.Dither.NONE).save(path, optimize=True)


def main_pages(browser: Any, address: str) -> None:
    for width, size in (("desk", DESKTOP), ("phone", PHONE)):
        context = browser.new_context(viewport=size, base_url=address)
        page = context.new_page()
        for name, url in PAGES.items():
            page.goto(url)
            keep(page, ROOT / "docs/screens" / f"{name}-{width}.png")
        page.goto("/")
        page.locator("#q").fill("hop tac")
        page.locator("#goi-y [role=option]").first.wait_for()
        keep(page, ROOT / "docs/screens" / f"suggestions-{width}.png")
        context.close()


def shots(page: Any, task: str) -> Callable[[str], None]:
    """A function that saves the next picture of a task."""
    numbers = iter(range(1, 20))

    def shot(name: str) -> None:
        keep(page, ROOT / "docs/tasks" / f"{task}-{next(numbers)}-{name}.png")

    return shot


def staff(browser: Any, address: str) -> None:
    """From a pasted nomination to three comparable exemplars side by side and a DOCX."""
    page = browser.new_page(viewport=DESKTOP, base_url=address)
    shot = shots(page, "staff")
    page.goto("/")
    page.get_by_role("link", name="Xét khen thưởng").click()
    page.locator("#van-ban").fill(NOMINATION)
    shot("nomination")
    page.get_by_role("button", name="Tìm tương tự").click()
    page.locator("#trung").scroll_into_view_if_needed()
    shot("warning")
    page.locator("#giong").scroll_into_view_if_needed()
    for box in page.locator("section[aria-labelledby=giong] .pick input").all()[:3]:
        box.check()
    shot("similar")
    page.get_by_role("button", name="So sánh mục đã chọn").click()
    page.locator("table.compare").wait_for()
    shot("compare")
    page.get_by_role("link", name="Đưa cả vào hồ sơ").click()
    page.locator("ol.hits").wait_for()
    shot("dossier")
    with page.expect_download() as started:
        page.get_by_role("link", name="Word", exact=True).click()
    shutil.copy(started.value.path(), ROOT / "docs/tasks/staff.docx")


def journalist(browser: Any, address: str) -> None:
    """From a half-remembered phrase without accents to the passage in both versions and a citation with a warning."""
    page = browser.new_page(viewport=DESKTOP, base_url=address)
    shot = shots(page, "journalist")
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("lien minh hop tac xa phat dong thi dua guong dien hinh", delay=5)
    page.wait_for_timeout(300)
    shot("typed")
    page.keyboard.press("Enter")
    page.wait_for_url("**/tim?*")
    shot("results")
    page.locator("li.hit", has_text="43/KH-LMHTX").locator("h2 a").first.click()
    page.wait_for_url("**/muc/43-kh-lmhtx*")
    page.keyboard.press("n")
    shot("passage")
    page.get_by_role("link", name="Song song từng dòng").click()
    page.locator("table.side mark").first.scroll_into_view_if_needed()
    shot("both-versions")
    page.locator("#cite").scroll_into_view_if_needed()
    page.get_by_role("button", name="Sao chép trích dẫn").click()
    page.get_by_text("Đã sao chép").first.wait_for()
    shot("citation")


def replication(browser: Any, address: str) -> None:
    """From a field and a commune to a dossier of five practices with steps and costs in XLSX."""
    page = browser.new_page(viewport=DESKTOP, base_url=address)
    shot = shots(page, "replication")
    page.goto("/linh-vuc")
    page.get_by_role("link", name="Nông nghiệp").first.click()
    shot("field")
    page.locator("table.bars a", has_text="Xã Hùng Thắng").click()
    page.locator("h1", has_text="Xã Hùng Thắng").wait_for()
    shot("commune")
    page.goto("/tim?field=agriculture&kind=practice&kind=new_model&place=Xã Hùng Thắng, thành phố Hải Phòng")
    readable = page.locator("li.hit", has_not_text="Đã hủy bỏ, thu hồi")
    for box in readable.locator(".pick input").all():
        box.check()
    there = readable.count()
    shot("picked-there")
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    page.get_by_role("link", name="Bỏ bộ lọc Địa bàn").click()
    page.wait_for_url(lambda url: "place=" not in url)
    kept = page.evaluate("JSON.parse(localStorage.getItem('cachhay.dossier'))")
    for box in readable.locator(".pick input").all():
        if there < 5 and box.get_attribute("value") not in kept:
            box.check()
            there += 1
    shot("picked-elsewhere")
    page.get_by_role("button", name="Đưa vào hồ sơ").click()
    page.get_by_role("link", name="Hồ sơ chọn").click()
    page.wait_for_url("**/ho-so?*")
    shot("dossier")
    with page.expect_download() as started:
        page.get_by_role("link", name="Excel", exact=True).click()
    shutil.copy(started.value.path(), ROOT / "docs/tasks/replication.xlsx")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("pages", "tasks"))
    only = parser.parse_args().only
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not chromium:
        sys.exit("no Chromium on this machine: apt install chromium")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if only != "tasks":
            main_pages(browser, address)
        if only != "pages":
            for task in (staff, journalist, replication):
                task(browser, address)
        browser.close()


if __name__ == "__main__":
    main()
