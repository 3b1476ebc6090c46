"""Index a folder of hostile files with the real command: does it end, tell of each, show none?

    python -m benchmarks.hostile_files FOLDER [--hidden WORD ...]

The words are those of files that ask to be hidden: no public item may hold one. Public items are named, to be looked at.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kb.library.store import Store

#: Seconds after which the run counts as one that does not end.
LIMIT_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hidden", nargs="*", default=[], help="words that no public item may hold")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "cachhay", "index", "--json", "--corpus", str(arguments.folder), "--data", data]
        start = time.monotonic()
        ended = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS)
        seconds = time.monotonic() - start
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not ended.stdout.strip():
            sys.exit(f"the run did not end as it must (exit code {ended.returncode}):\n{ended.stderr}")
        report = json.loads(ended.stdout)
        with Store(Path(data) / "store.sqlite").snapshot() as snapshot:
            items = list(snapshot.items())
    told = {name: report[name] for name in ("failed", "hidden", "skipped", "unread")}
    public = [item for item in items if not item.internal]
    cpu, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024
    print(f"exit code {ended.returncode}, {seconds:.1f} s, CPU {cpu:.1f} s, {memory} MB")
    print(f"{report['found']} files: {', '.join(f'{len(found)} {name}' for name, found in told.items())}")
    print(f"{len(items)} items, {len(public)} public: {', '.join(item.source.path for item in public)}")
    wrong = []
    for item in public:
        text = (arguments.folder / item.source.path).read_text("utf-8", errors="replace")
        wrong += [f"{item.source.path}: {word}" for word in arguments.hidden if word in text]
    print(f"{len(wrong)} shown that asked to be hidden", *wrong, sep="\n  ")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
