"""The gate: our own queries over `corpus/` with graded judgements, through the whole product.

    python -m benchmarks.gate [--frozen | --tuned] [--each] [--corpus DIR] [--json FILE]

Queries and judgements (`tests/search_quality/gate.tsv`) were written from the texts alone, before any weight was tuned. A
record and its damaged scan count as one: only the first of them in a list counts.

A third of the queries is frozen (`is_frozen`): it confirms what was chosen with the others, and no weight is tuned with it.
`--frozen` measures this third alone, `--tuned` the others alone. `--each` prints every query of the others that does not
reach 100 %, never one of the frozen third.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import report
from indexer import index_corpus
from search_api.query.request import SearchRequest
from search_api.service import Leg, SearchService
from training.make_ranker import GATE, is_frozen
from training.measures import interval, mean, measure
from training.question_sets import SEED, open_library

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


def run(service: SearchService, chosen: Sequence[Judged], *, each: bool = False) -> list[dict[str, object]]:
    """nDCG@10 in percent of both legs and of the whole ranking: by kind of query, by need, by part, and over all queries."""
    groups: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for judged in chosen:
        lexical, semantic, hybrid = (score(service, judged, leg)["nDCG@10"] for leg in ("lexical", "semantic", "hybrid"))
        frozen = is_frozen(judged.query)
        if each and not frozen and hybrid < 1:
            print(f"{judged.kind}\t{judged.query}\t{lexical:.2f}\t{semantic:.2f}\t{hybrid:.2f}")
        for group in (judged.kind, f"need: {judged.need}", "part: frozen" if frozen else "part: tuned", "all"):
            groups[group].append((lexical, semantic, hybrid))
    rows: list[dict[str, object]] = []
    for group, found in sorted(groups.items(), key=lambda pair: (pair[0] != "all", ":" not in pair[0], pair[0])):
        low, high = interval([values[2] for values in found], SEED)
        lexical, semantic, hybrid = (round(100 * mean([values[at] for values in found]), 1) for at in range(3))
        row: dict[str, object] = {"queries": group, "n": len(found), "lexical": lexical, "semantic": semantic}
        rows.append(row | {"hybrid": hybrid, "95 %": f"{100 * low:.1f}-{100 * high:.1f}"})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", type=Path)
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--frozen", action="store_true", help="the frozen third alone")
    part.add_argument("--tuned", action="store_true", help="the other two thirds alone")
    parser.add_argument("--each", action="store_true", help="print every query that is not frozen and not at 100 %%")
    arguments = parser.parse_args()
    chosen = [j for j in read_gate() if not (arguments.tuned if is_frozen(j.query) else arguments.frozen)]
    with tempfile.TemporaryDirectory() as folder:
        library = open_library(Path(folder))
        index_corpus(library, arguments.corpus)
        report(run(SearchService(library), chosen, each=arguments.each), arguments.json)


if __name__ == "__main__":
    main()
