"""`cachhay serve` through every state of its search server: never a wrong answer, nothing lost, each state to be seen."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.conftest import CORPUS, ROOT
from tests.e2e.conftest import free_port, wait_until_served
from tests.meili import MeiliDouble
from tests.waiting import until

pytestmark = pytest.mark.slow

MASTER = "the master key of this office"


class Office:
    """A corpus, a data folder, a Meilisearch (not started), and the commands of one machine."""

    def __init__(self, folder: Path) -> None:
        self.corpus = folder / "corpus"
        self.corpus.mkdir()
        for path in sorted((CORPUS / "practices").glob("*.md"))[:20]:
            shutil.copy(path, self.corpus)
        self.double = MeiliDouble(MASTER)
        self.port, self.meili_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "CACHHAY_DATA_DIR": str(folder / "var"),
            "CACHHAY_CORPUS_DIR": str(self.corpus),
            "CACHHAY_PORT": str(self.port),
            "CACHHAY_MEILI_URL": f"http://127.0.0.1:{self.meili_port}",
            "CACHHAY_MEILI_KEY_FILE": str(folder / "keys/search"),
            "CACHHAY_MEILI_ADMIN_KEY_FILE": str(folder / "keys/admin"),
            "CACHHAY_MEILI_SECONDS": "2",
            # Each process notices by itself, within seconds, that a server came or went: one process makes the order plain.
            "CACHHAY_WORKERS": "1",
        }
        self.keys = ["keys", "--search", str(folder / "keys/search"), "--admin", str(folder / "keys/admin")]

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        full = [sys.executable, "-m", "cachhay", *command]
        return subprocess.run(full, cwd=ROOT, env={**self.environment, **more}, capture_output=True, text=True, timeout=60)

    def readyz(self) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"{self.address}/readyz", timeout=10) as answer:
                data: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            data = json.load(error)
        return data

    def state(self) -> str:
        ready = self.readyz()
        return f"{ready['text']} {ready['server']['code']}"

    def search(self, query: str) -> list[str]:
        answer = httpx.get(f"{self.address}/api/search?per_page=50&q={quote(query)}", timeout=10)
        assert answer.status_code == 200, answer.text
        return [hit["card"]["id"] for hit in answer.json()["hits"]]

    def until(self, true: Callable[[], bool]) -> None:
        until(true, lambda: self.run("status").stdout, pause=0.05)

    def add(self, name: str) -> None:
        text = f"---\nkind: practice\ntitle: Mô hình nuôi dế {name}\nfields: [agriculture]\n---\n\n## Cách làm\n\nNuôi dế {name}.\n"
        (self.corpus / f"{name}.md").write_text(text, "utf-8")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.double.stop()


@pytest.fixture
def served(office: Office) -> Iterator[Office]:
    command = [sys.executable, "-m", "cachhay", "serve", "--index"]
    process = subprocess.Popen(command, cwd=ROOT, env=office.environment, stderr=subprocess.DEVNULL, text=True)
    try:
        wait_until_served(process, office.address)
        yield office
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=20)


def test_a_server_appears_goes_forgets_and_comes_back_older(served: Office) -> None:
    office, double = served, served.double
    # Start without the server, and without its keys.
    assert office.state() == "embedded away"
    before = office.search("mô hình")
    assert before and "Không dùng được" in httpx.get(f"{office.address}/tinh-trang").text

    # It appears; the keys are made from the master key; it is filled, and answers.
    double.start(office.meili_port)
    assert office.state() == "embedded away", "no key yet"
    assert office.run(*office.keys, CACHHAY_MEILI_MASTER_KEY=MASTER).returncode == 0
    office.until(lambda: office.state() == "server in_step")
    assert office.search("mô hình") == before
    double.clear()
    assert office.search("trong") and any(request.path == "/multi-search" for request in double.requests)
    assert "Theo kịp kho" in httpx.get(f"{office.address}/tinh-trang").text

    # It disappears in the middle of an indexing run that another process makes.
    double.hold(at_work=True)
    for n in range(5):
        office.add(f"than{n}")
    indexing = subprocess.Popen(
        [sys.executable, "-m", "cachhay", "index"], cwd=ROOT, env=office.environment, stderr=subprocess.DEVNULL
    )
    office.until(lambda: len(office.search("nuôi dế than0")) >= 1)
    office.until(lambda: office.state() == "embedded behind" or office.state() == "embedded updating")
    double.stop()
    office.until(lambda: office.state() == "embedded away")
    found = {f"than{n}" for n in range(5)}
    assert found <= set(office.search("nuôi dế")) and office.readyz()["server"]["queued"] >= 5
    indexing.wait(timeout=60)

    # It comes back as it was cut off: the queue is sent, nothing is lost.
    double.release()
    double.start(office.meili_port)
    office.until(lambda: office.state() == "server in_step")
    assert office.readyz()["server"]["queued"] == 0 and found <= set(office.search("nuôi dế"))

    # It comes back empty.
    double.stop()
    double.wipe()
    double.start(office.meili_port)
    assert found <= set(office.search("nuôi dế"))
    office.until(lambda: office.state() == "server in_step")
    assert found <= set(office.search("nuôi dế"))

    # It comes back with an index that an older version laid out.
    admin = {"Authorization": f"Bearer {MASTER}"}
    older = [{"key": "cachhay-state", "marker": "000001-old", "phase": "ready", "version": "meili0 analyser1"}]
    double.hold()
    assert httpx.post(f"{double.url}/indexes/cachhay/documents", json=older, headers=admin).status_code == 202
    double.release(1)
    office.until(lambda: office.state() == "embedded behind")
    assert found <= set(office.search("nuôi dế")) and "Chưa theo kịp kho" in httpx.get(f"{office.address}/tinh-trang").text
    double.release()
    office.until(lambda: office.state() == "server in_step")
    assert found <= set(office.search("nuôi dế"))


def test_the_commands_with_a_server(office: Office) -> None:
    office.double.start(office.meili_port)
    made = office.run(*office.keys, CACHHAY_MEILI_MASTER_KEY=MASTER)
    assert made.returncode == 0 and (office.corpus.parent / "keys/admin").stat().st_mode & 0o777 == 0o600
    indexed = office.run("index")
    assert indexed.returncode == 0 and "Đẩy lên máy chủ tìm kiếm: 20/20" in indexed.stderr
    assert "vốn đã theo kịp" in office.run("sync").stdout
    status = office.run("status")
    assert status.returncode == 0 and "Máy chủ tìm kiếm: theo kịp kho" in status.stdout
    office.double.clear()
    assert "kết quả" in office.run("search", "mô hình").stdout
    assert {request.path for request in office.double.requests} == {"/multi-search"}

    office.add("moi")
    office.double.stop()
    away = office.run("index")
    assert away.returncode == 4 and "máy chủ còn thiếu 1 mục" in away.stderr and "21 mục trong kho" in away.stdout
    assert "không dùng được, chờ đẩy 1 mục" in office.run("status").stdout
    assert "nuôi dế" in office.run("search", "nuôi dế moi").stdout.lower()
    office.double.start(office.meili_port)
    assert "đã theo kịp" in office.run("sync").stdout
    rotated = office.run(*office.keys, "--rotate", CACHHAY_MEILI_MASTER_KEY=MASTER)
    assert rotated.returncode == 0 and "xóa 2 khóa cũ" in rotated.stdout
    assert office.run("sync").returncode == 0

    wrong = office.run(*office.keys, CACHHAY_MEILI_MASTER_KEY="another key than the server's")
    assert wrong.returncode == 4 and "từ chối khóa" in wrong.stderr
    none = office.run("sync", CACHHAY_MEILI_URL="")
    assert none.returncode == 2 and "CACHHAY_MEILI_URL" in none.stderr
    assert office.run("status", CACHHAY_MEILI_URL="localhost:7700").returncode == 2


def test_sync_watches_until_it_is_told_to_stop(office: Office) -> None:
    office.double.start(office.meili_port)
    office.run(*office.keys, CACHHAY_MEILI_MASTER_KEY=MASTER)
    assert office.run("index", CACHHAY_MEILI_URL="").returncode == 0
    command = [sys.executable, "-m", "cachhay", "sync", "--watch"]
    process = subprocess.Popen(command, cwd=ROOT, env=office.environment, stderr=subprocess.DEVNULL)
    try:
        office.until(lambda: "tìm kiếm: theo kịp kho" in office.run("status").stdout)
        office.add("sau")
        assert office.run("index", CACHHAY_MEILI_ADMIN_KEY_FILE="").returncode == 0
        office.until(lambda: "tìm kiếm: theo kịp kho" in office.run("status").stdout)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
