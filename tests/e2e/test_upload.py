"""A real server that takes files, with several workers, and a real browser that sends them; the folder that it watches."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.e2e.conftest import WIDTHS, free_port, wait_until_served
from tests.e2e.test_accessible import grave
from tests.waiting import until
from tests.work import children_of

pytestmark = pytest.mark.slow


@dataclass
class Site:
    address: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus"

    def get(self, path: str) -> str:
        with urllib.request.urlopen(self.address + path, timeout=30) as answer:
            return str(answer.read().decode())

    def total(self, query: str) -> int:
        return int(json.loads(self.get(f"/api/search?q={query}"))["total"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "a.md").write_text("# Tổ tự quản\n\nTổ tự quản sửa kênh mương nội đồng.", "utf-8")
    port = free_port()
    environment = os.environ | {
        "CACHHAY_DATA_DIR": str(folder / "var"),
        "CACHHAY_CORPUS_DIR": str(folder / "corpus"),
        "CACHHAY_PORT": str(port),
        "CACHHAY_UPLOAD": "local",
        "CACHHAY_WORKERS": "2",
    }
    command = [sys.executable, "-m", "cachhay", "serve", "--index", "--watch"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until_served(process, f"http://127.0.0.1:{port}")
        yield Site(f"http://127.0.0.1:{port}", folder, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


@pytest.fixture(params=[(1280, True), (390, True), (390, False)], ids=["desk", "phone", "without JavaScript"])
def page(request: pytest.FixtureRequest, browser: Any, site: Site) -> Iterator[Any]:
    width, scripts = request.param
    context = browser.new_context(
        viewport={"width": width, "height": 800}, base_url=site.address, java_script_enabled=scripts
    )
    page = context.new_page()
    page.scripts = scripts
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def test_files_are_sent_and_found(page: Any, site: Site, tmp_path: Path) -> None:
    word = f"kiem{page.viewport_size['width']}{'js' if page.scripts else ''}"
    (tmp_path / "Kế hoạch.txt").write_text(f"Kế hoạch thi đua {word}", "utf-8")
    (tmp_path / "phim.mp4").write_bytes(b"\0\0\0 ftypisom")
    page.goto("/nap-tep")
    page.set_input_files("#tep", [tmp_path / "Kế hoạch.txt", tmp_path / "phim.mp4"])
    if page.scripts:
        page.get_by_role("button", name="Nạp 2 tệp").wait_for()
        assert grave(page) == []
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/nap-tep/*")
    if page.scripts:
        page.locator("[data-again]").wait_for(state="detached", timeout=120_000)
        assert grave(page) == []
    else:
        until(lambda: not page.reload() or page.locator("[data-again]").count() == 0, pause=0.5)
    assert "1 tệp đã vào kho, 1 tệp không nhận" in page.locator("[data-settled]").inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth") if page.scripts else True
    page.locator(".sent-file a").first.click()
    assert word in page.locator("main").inner_text()


def test_files_are_dropped_and_taken_back(browser: Any, site: Site) -> None:
    context = browser.new_context(viewport={"width": WIDTHS["desk"], "height": 800}, base_url=site.address)
    page = context.new_page()
    page.goto("/nap-tep")
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          for (const name of ["a.txt", "b.txt"]) data.items.add(new File(["Việc tốt " + name], name));
          document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
        }"""
    )
    page.get_by_role("button", name="Nạp 2 tệp").wait_for()
    page.get_by_role("button", name="Bỏ a.txt").click()
    page.get_by_role("button", name="Nạp 1 tệp").click()
    page.wait_for_url("**/nap-tep/*")
    assert page.locator(".sent-file h2").all_inner_texts() == ["b.txt"]
    context.close()


def test_what_people_put_into_the_folder_is_indexed(site: Site) -> None:
    (site.corpus / "moi.md").write_text("# Câu lạc bộ\n\nCâu lạc bộ dưỡng sinh zyvq.", "utf-8")
    until(lambda: site.total("zyvq") == 1, pause=0.5)
    (site.corpus / "moi.md").unlink()
    until(lambda: site.total("zyvq") == 0, pause=0.5)


def test_no_process_outlives_a_server_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for number in range(400):
        (tmp_path / "corpus" / f"{number}.md").write_text(
            f"# Tổ {number}\n\nTổ tự quản số {number} sửa kênh mương.", "utf-8"
        )
    environment = os.environ | {"CACHHAY_DATA_DIR": str(tmp_path / "var"), "CACHHAY_CORPUS_DIR": str(tmp_path / "corpus")}
    command = [sys.executable, "-m", "cachhay", "watch"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)

    def family(process_id: int) -> list[int]:
        children = children_of(process_id)
        return children + [one for child in children for one in family(child)]

    run = tmp_path / "var" / "intake" / "run.json"
    until(lambda: run.exists() and '"stage": "read"' in run.read_text("utf-8"))
    started = family(process.pid)
    process.kill()
    process.wait()
    assert started
    until(lambda: not any(Path(f"/proc/{one}").exists() for one in started), tell=lambda: started)
    again = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    assert again.stderr
    try:
        until(lambda: "400 mục trong kho" in (again.stderr.readline() if again.stderr else ""), pause=0)
    finally:
        again.send_signal(signal.SIGTERM)
        assert again.wait(30) == 0
