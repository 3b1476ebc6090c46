"""A real server in a process of its own, and a real browser."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import CORPUS, ROOT
from tests.waiting import until

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


#: Below the ports that systems give to outgoing connections; each worker of pytest-xdist has as many of its own.
FIRST_PORT = 20_000
PORTS_OF_A_WORKER = 1_000


def free_port() -> int:
    """A port that no other worker looks at, and that stays free until the program is started."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12
    while True:
        port = FIRST_PORT + worker * PORTS_OF_A_WORKER + random.randrange(PORTS_OF_A_WORKER)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until_served(process: subprocess.Popen[str], address: str) -> None:
    """Return when the program answers at all; fail with what it said when it ended instead."""

    def answers() -> bool:
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=10).read()
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False
        return True

    until(answers, pause=0.1)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """`cachhay serve --index` on `corpus/`; gives its address and its process."""
    port = free_port()
    environment = {
        **os.environ,
        "CACHHAY_DATA_DIR": str(tmp_path_factory.mktemp("var")),
        "CACHHAY_CORPUS_DIR": str(CORPUS),
        "CACHHAY_PORT": str(port),
    }
    command = [sys.executable, "-m", "cachhay", "serve", "--index"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_until_served(process, address)
        yield address, process.pid
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def server(program: tuple[str, int]) -> str:
    """The address of the program."""
    return program[0]


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Chromium as the system has it; skipped aloud where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


#: Widths of the screens that visitors have.
WIDTHS = {"desk": 1280, "phone": 390}


@pytest.fixture(params=list(WIDTHS))
def page(request: pytest.FixtureRequest, browser: Any, server: str) -> Iterator[Any]:
    """A page at each width; what the console says, and any request to somebody else, fails the test."""
    context = browser.new_context(
        viewport={"width": WIDTHS[request.param], "height": 800}, base_url=server, accept_downloads=True
    )
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda r: None if r.url.startswith((server, "data:", "blob:")) else problems.append(f"foreign: {r.url}")
    )
    yield page
    context.close()
    assert problems == []
