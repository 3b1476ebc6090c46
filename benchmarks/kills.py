"""Kill `cachhay index` with SIGKILL at random moments and at every kind of system call: nothing is lost, halved or doubled.

    python -m benchmarks.kills [--items N] [--random N] [--calls N] [--seed N] [--json FILE]

Each round starts from a home of half the papers, whose corpus meanwhile has all of them, some edited and one gone. After the
kill the home must answer as before the run or as after it, with a store and an index that are whole. The next run must end
with the answers and the history of a run that nobody killed; whether these are the answers of a clean build of the same
papers is printed first. `--calls` is the number of kills for each kind of system call (0: none); they need `strace`.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import homes
from benchmarks.timing import report
from kb.library.checksums import find_damage
from kb.library.store import Store

_LINE = re.compile(r"^(\d+) +([a-z0-9_]+)\(")


@dataclass(frozen=True, slots=True)
class Bench:
    """A home before the run, and what it answers before, after an unkilled run, and after a clean build."""

    base: Path
    before: Any
    after: Any
    clean: Any
    history: dict[str, list[str]]
    seconds: float


def prepare(folder: Path, items: int) -> Bench:
    base = folder / "base"
    homes.write_papers(base / "corpus", range(items // 2))
    homes.index(base)
    before = homes.answers(base)
    homes.write_papers(base / "corpus", range(items))
    homes.write_papers(base / "corpus", range(3), version=1)
    (base / "corpus" / "0004.md").unlink()
    whole, clean = copy(base, folder / "whole"), folder / "clean"
    start = time.perf_counter()
    homes.index(whole)
    seconds = time.perf_counter() - start
    shutil.copytree(base / "corpus", clean / "corpus")
    homes.index(clean)
    return Bench(base, before, homes.answers(whole), homes.answers(clean), homes.history(whole), seconds)


def copy(home: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(home, target))


def check(bench: Bench, home: Path, killed: bool) -> str:
    """What is wrong with a home after a kill and after the next run, "" when nothing is.

    A run that was not `killed` itself has lost the worker that reads files at most: it told which files it did not read, and
    kept their items.
    """
    store = Store(home / "var" / "store.sqlite", make=False)
    if damage := store.damage(full=True):
        return f"the store: {damage}"
    with store.snapshot() as snapshot:
        folder = home / "var" / "index" / snapshot.generation
        if damage := find_damage(folder, snapshot.meta.get("checksums", "")):
            return f"the index: {damage}"
    if killed and homes.answers(home) not in (bench.before, bench.after):
        return "answers of no state"
    done = homes.index(home)
    if done.returncode:
        return f"the next run: {done.stderr[-300:]}"
    if homes.answers(home) != bench.after:
        return "answers are not those of an unkilled run"
    if homes.history(home) != bench.history:
        return "the history is not that of an unkilled run"
    left = [path.name for path in (home / "var" / "index").iterdir()]
    return "" if len(left) <= 2 else f"folders that nobody names: {left}"


def kill_at_random(bench: Bench, home: Path, choose: random.Random) -> bool:
    command = [sys.executable, "-m", "cachhay", "index"]
    with subprocess.Popen(
        command, env=homes.environment(home), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        # Most of a short run is its start; two of three kills come in its second half.
        time.sleep(bench.seconds * choose.choice((choose.uniform(0, 1), choose.uniform(0.5, 1), choose.uniform(0.5, 1))))
        process.kill()
        return process.wait() == -signal.SIGKILL


def count_calls(bench: Bench, folder: Path) -> dict[str, tuple[int, int]]:
    """For each system call: how often its busiest thread makes it before the run locks the store, and from then on."""
    home, log = copy(bench.base, folder / "traced"), folder / "calls"
    homes.run("index", home=home, before=("strace", "-f", "-qq", "-o", str(log)))
    early: Counter[tuple[str, str]] = Counter()
    late: Counter[tuple[str, str]] = Counter()
    locked = False
    for line in log.read_text("utf-8", "replace").splitlines():
        locked = locked or "store.lock" in line
        if found := _LINE.match(line):
            (late if locked else early)[(found[2], found[1])] += 1
    calls: dict[str, tuple[int, int]] = {}
    for (name, thread), times in late.most_common():
        calls.setdefault(name, (early[(name, thread)], times))
    return {name: calls[name] for name in sorted(calls) if name not in ("exit", "exit_group", "execve")}


def kill_at_call(home: Path, name: str, when: int) -> bool:
    inject = f"inject={name}:signal=SIGKILL:when={when}"
    done = homes.run("index", home=home, before=("strace", "-f", "-qq", "-o", "/dev/null", "-e", inject))
    return done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=60)
    parser.add_argument("--random", type=int, default=200)
    parser.add_argument("--calls", type=int, default=2)
    parser.add_argument("--only", default="", help="system calls whose name contains this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = prepare(folder, options.items)
        print(f"an unkilled run equals a clean build: {bench.after == bench.clean}", flush=True)
        rounds: list[tuple[str, int]] = [("a random moment", 0)] * options.random
        calls = count_calls(bench, folder) if options.calls and shutil.which("strace") else {}
        for call, (early, late) in calls.items():
            if options.only in call:
                rounds += [(call, early + choose.randint(1, late)) for _ in range(options.calls)]
        for call, when in rounds:
            home = copy(bench.base, folder / "home")
            killed = kill_at_call(home, call, when) if when else kill_at_random(bench, home, choose)
            wrong = check(bench, home, killed)
            rows.append({"kill at": call, "killed": killed, "wrong": wrong})
            if wrong:
                print(f"{call} {when}: {wrong}", flush=True)
    kinds = dict.fromkeys(str(row["kill at"]) for row in rows)
    table: list[dict[str, object]] = []
    for kind in kinds:
        own = [row for row in rows if row["kill at"] == kind]
        deaths, bad = sum(bool(row["killed"]) for row in own), sum(bool(row["wrong"]) for row in own)
        table.append({"kill at": kind, "rounds": len(own), "killed": deaths, "lost or wrong": bad})
    report(table, options.json)
    wrong_rows = sum(bool(row["wrong"]) for row in rows)
    killed_rows = sum(bool(row["killed"]) for row in rows)
    print(f"\n{len(rows)} rounds, {killed_rows} killed, {len(calls)} kinds of calls, {wrong_rows} wrong")
    sys.exit(bool(wrong_rows))


if __name__ == "__main__":
    main()
