"""Measure and print: medians of several runs, a table, JSON."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def seconds(run: Callable[[], object], times: int = 5) -> float:
    """The median wall time of `times` runs, after one run as a warm-up."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def report(rows: Sequence[dict[str, object]], path: Path | None) -> None:
    """Print the rows as a Markdown table, and write them to `path` as JSON if it is given."""
    names = list(rows[0])
    print("| " + " | ".join(names) + " |\n|" + "---|" * len(names))
    for row in rows:
        print("| " + " | ".join(str(row[name]) for name in names) + " |")
    if path:
        path.write_text(json.dumps(list(rows), ensure_ascii=False, indent=1), "utf-8")
