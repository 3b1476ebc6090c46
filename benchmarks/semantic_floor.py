"""Choose the least closeness of semantic-only hits: recall and noise on `benchmarks/meaning.tsv` for several floors.

    python -m benchmarks.semantic_floor [--corpus DIR] [--json FILE]

For each floor and margin: the share of the relevant records that are close enough (recall; scans are not counted), the
records given for each query that has relevant records, and those for each query that has none. Full text plays no part here.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.timing import report
from indexer import index_corpus
from kb.ports import ItemScore
from search_api.retrieval import ranking
from training.question_sets import open_library

#: Queries with their relevant records.
CASES = Path(__file__).parent / "meaning.tsv"


def cases() -> list[tuple[str, list[str]]]:
    lines = [line for line in CASES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    split = (line.split("\t") for line in lines)
    return [(query, [] if meant == "-" else meant.split("|")) for query, meant in split]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(Path(folder))
        index_corpus(library, arguments.corpus)
        with library.view() as view:
            ids = [item_id for item_id in view.snapshot.ids() if not item_id.endswith("-scan")]
            close = {
                query: view.vectors.score_items(view.embedder.encode([query], query=True)[0], ids) for query, _ in cases()
            }
    rows: list[dict[str, object]] = []
    for floor in (0.22, 0.25, 0.28, 0.30, 0.32, 0.35, 0.40):
        for margin in (0.10, 0.15, 0.20):
            rows.append(measure(close, floor, margin))
    report(rows, arguments.json)


def measure(close: dict[str, dict[str, ItemScore]], floor: float, margin: float) -> dict[str, object]:
    found = meant_count = named = noise = some = none = 0
    for query, meant in cases():
        names = list(ranking.closest(close[query], floor, margin))
        if meant:
            some += 1
            named += len(names)
            meant_count += len(meant)
            found += sum(any(name.startswith(start) for name in names) for start in meant)
        else:
            none += 1
            noise += len(names)
    return {
        "floor": floor,
        "margin": margin,
        "recall": round(found / meant_count, 3),
        "named a query": round(named / some, 2),
        "named where none is meant": round(noise / none, 2),
    }


if __name__ == "__main__":
    main()
