"""The gate: our own queries over `corpus/` with graded judgements, through the whole product.

    python -m benchmarks.gate [--corpus DIR] [--json FILE]

Queries and judgements (`tests/search_quality/gate.tsv`) were written from the texts alone, before any weight was tuned. A
record and its damaged scan count as one: only the first of them in a list counts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measures import interval, mean, measure
from benchmarks.question_sets import SEED, open_library
from benchmarks.timing import report
from indexer import index_corpus
from search_api.query.request import SearchRequest
from search_api.service import Leg, SearchService

#: The queries and their judgements.
GATE = Path(__file__).parent.parent / "tests" / "search_quality" / "gate.tsv"
#: Results that are judged: ten records, and the scans between them.
DEPTH = 25


@dataclass(frozen=True, slots=True)
class Judged:
    """A query with its judgements: the beginning of an id -> grade (3 wanted, 2 useful, 1 marginal)."""

    need: str
    kind: str
    query: str
    judgements: Mapping[str, int]


def read_gate(path: Path = GATE) -> list[Judged]:
    """Every query of the gate."""
    rows = []
    for line in path.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            need, kind, query, judgements = line.split("\t")
            pairs = (cell.rsplit(":", 1) for cell in judgements.split("|"))
            rows.append(Judged(need, kind, query, {start: int(grade) for start, grade in pairs}))
    return rows


def score(service: SearchService, judged: Judged, leg: Leg = "hybrid") -> dict[str, float]:
    """The measures of one query; `leg` as in `SearchService.rank`."""
    records: dict[str, None] = {}
    for item_id in service.rank(SearchRequest(judged.query), DEPTH, leg):
        start = next((start for start in judged.judgements if item_id.startswith(start)), item_id.removesuffix("-scan"))
        records.setdefault(start)
    return measure(list(records), judged.judgements)


def run(service: SearchService) -> list[dict[str, object]]:
    """nDCG@10 in percent of both legs and of the whole ranking: by kind of query, by need, and over all queries."""
    groups: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for judged in read_gate():
        lexical, semantic, hybrid = (score(service, judged, leg)["nDCG@10"] for leg in ("lexical", "semantic", "hybrid"))
        for group in (judged.kind, f"need: {judged.need}", "all"):
            groups[group].append((lexical, semantic, hybrid))
    rows: list[dict[str, object]] = []
    for group, found in groups.items():
        low, high = interval([values[2] for values in found], SEED)
        lexical, semantic, hybrid = (round(100 * mean([values[at] for values in found]), 1) for at in range(3))
        row: dict[str, object] = {"queries": group, "n": len(found), "lexical": lexical, "semantic": semantic}
        rows.append(row | {"hybrid": hybrid, "95 %": f"{100 * low:.1f}-{100 * high:.1f}"})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(Path(folder))
        index_corpus(library, arguments.corpus)
        report(run(SearchService(library)), arguments.json)


if __name__ == "__main__":
    main()
