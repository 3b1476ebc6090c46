"""Whether every answer of the JSON API is what its description says: all checks of schemathesis, against a real server.

    python -m benchmarks.api_contract [--examples 5000] [--corpus corpus] [--seed 1]

The corpus is indexed into a folder of its own and served by `cachhay serve`. schemathesis generates requests that agree with
`/api/openapi.json` and requests that do not, in rounds with new seeds until there were enough of them. The exit status is 0
when no answer failed a check.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CORPUS = Path(__file__).parent.parent / "corpus"
#: Examples of each operation in a round.
PER_OPERATION = 250
#: Seconds that the server has to index and answer.
STARTING_SECONDS = 600


@contextmanager
def served(corpus: Path, folder: Path) -> Iterator[str]:
    """The address of a server over `corpus`, for the time of the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"CACHHAY_DATA_DIR": str(folder / "data"), "CACHHAY_CORPUS_DIR": str(corpus)}
    command = [sys.executable, "-m", "cachhay", "serve", "--index", "--port", str(port)]
    process = subprocess.Popen(command, env=os.environ | settings)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        process.wait(60)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    for _ in range(STARTING_SECONDS * 2):
        if process.poll() is not None:
            raise SystemExit("The server ended before it answered.")
        try:
            urllib.request.urlopen(f"{address}/healthz", timeout=10).close()
            return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("The server did not answer in time.")


def run_round(address: str, seed: int, per_operation: int, folder: Path, phases: str) -> dict[str, Any]:
    """One run of schemathesis. Returns its report."""
    report = folder / f"report-{seed}.json"
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{address}/api/openapi.json", "--checks", "all",
        "--phases", phases, "--max-examples", str(per_operation), "--seed", str(seed), "--generation-database", "none",
        "--warnings", "off",
        "--continue-on-failure", "--no-color", "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip
    said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if not report.exists():
        raise SystemExit(said.stdout + said.stderr)
    made: dict[str, Any] = json.loads(report.read_text("utf-8"))
    if made["failures"] or made["errors"]:
        print(said.stdout)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    examples = failed = errors = 0
    per_operation = max(1, min(PER_OPERATION, given.examples // 8))
    with tempfile.TemporaryDirectory() as folder, served(given.corpus, Path(folder)) as address:
        seed = given.seed
        while examples < given.examples:
            # The boundary values of the coverage phase are the same in each round.
            phases = "examples,coverage,fuzzing,stateful" if seed == given.seed else "fuzzing"
            report = run_round(address, seed, per_operation, Path(folder), phases)
            examples += report["test_cases"]["generated"]
            failed += len(report["failures"])
            errors += len(report["errors"])
            print(f"seed {seed}: {examples} examples, {failed} failures, {errors} errors", flush=True)
            seed += 1
    sys.exit(1 if failed or errors else 0)


if __name__ == "__main__":
    main()
