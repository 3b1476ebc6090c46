"""Back up while the home is served and indexed, kill some backups, restore elsewhere: the answers are the same.

    python -m benchmarks.backups [--items N] [--drills N] [--seed N] [--json FILE]

In the background papers change from one state to another and back, are indexed each time, and a server answers. Each drill
makes a backup (every second one is killed first, at a random moment, and made again), restores it into an empty home, and
compares what that answers with what a clean build of its state answers; then it indexes the restored papers.
"""

from __future__ import annotations

import argparse
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks import homes
from benchmarks.timing import report

CHANGED = 5


class Busy:
    """A home whose papers change and are indexed, and which is served, until `stop`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runs = self.asked = self.failed = 0
        self._stop = threading.Event()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        command = [sys.executable, "-m", "cachhay", "serve", "--port", str(self._port)]
        self._server = subprocess.Popen(
            command, env=homes.environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._threads = [threading.Thread(target=self._index), threading.Thread(target=self._ask)]
        for thread in self._threads:
            thread.start()

    def _index(self) -> None:
        while not self._stop.is_set():
            homes.write_papers(self.home / "corpus", range(CHANGED), version=(self.runs + 1) % 2)
            self.failed += homes.index(self.home).returncode != 0
            self.runs += 1

    def _ask(self) -> None:
        while not self._stop.wait(0.2):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/tim?q=kenh", timeout=20) as answer:
                    answer.read()
                self.asked += 1
            except urllib.error.HTTPError:
                self.failed += 1
            except OSError:  # it has not started yet
                continue

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()
        self._server.terminate()
        self._server.wait()


def clean_answers(folder: Path, corpus: Path) -> Any:
    """What a clean build of some papers answers."""
    home = folder / "clean"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(corpus, home / "corpus")
    homes.index(home)
    return homes.answers(home)


def kill_one(home: Path, target: Path, choose: random.Random, seconds: float) -> bool:
    """Kill a backup. Returns whether it leaves no file under its final name, or the whole one of before."""
    before = target.read_bytes() if target.exists() else None
    command = [sys.executable, "-m", "cachhay", "backup", str(target)]
    with subprocess.Popen(
        command, env=homes.environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        time.sleep(choose.uniform(0.3, 1) * seconds)
        process.kill()
        ended = process.wait() == 0
    return ended or (target.read_bytes() if target.exists() else None) == before


def drill(
    number: int, busy: Busy, folder: Path, states: list[Any], choose: random.Random, seconds: float
) -> dict[str, object]:
    target = folder / f"backup-{number}.tar{'.gz' if number % 3 == 0 else ''}"
    killed = kill_one(busy.home, target, choose, seconds) if number % 2 else True
    made = homes.run("backup", target, home=busy.home)
    new = folder / f"new-{number}"
    restored = homes.run("restore", target, home=new)
    same = homes.answers(new) in states
    verified = homes.run("verify", home=new).returncode == 0
    indexed = homes.index(new).returncode == 0
    again = homes.answers(new)["items"] == clean_answers(folder, new / "corpus")["items"]
    left = [path.name for path in folder.iterdir() if path.name.startswith(f".{target.name}")]
    found = {
        "no half file": killed,
        "made": made.returncode == 0,
        "restored": restored.returncode == 0,
        "same answers": same,
        "verified": verified,
        "index goes on": indexed and again,
        "nothing left": not left,
    }
    row: dict[str, object] = {"drill": number} | found | {"ok": all(found.values())}
    with suppress(OSError):
        target.unlink()
        shutil.rmtree(new)
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--drills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = folder / "home"
        homes.write_papers(home / "corpus", range(options.items))
        homes.index(home)
        states = [homes.answers(home)]
        homes.write_papers(home / "corpus", range(CHANGED), version=1)
        homes.index(home)
        states.append(homes.answers(home))
        states.append(clean_answers(folder, home / "corpus"))
        start = time.perf_counter()
        homes.run("backup", folder / "first.tar", home=home)
        seconds = time.perf_counter() - start
        busy = Busy(home)
        try:
            rows = [drill(number, busy, folder, states, choose, seconds) for number in range(options.drills)]
        finally:
            busy.stop()
    report(rows, options.json)
    good = sum(bool(row["ok"]) for row in rows)
    print(f"\n{good} of {len(rows)} drills; meanwhile {busy.runs} runs, {busy.asked} pages, {busy.failed} of either failed")
    sys.exit(good < len(rows))


if __name__ == "__main__":
    main()
