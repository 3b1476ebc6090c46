"""Quality and latency of retrieval on question sets: the product's own index and search beside other engines.

    python -m benchmarks.retrieval --data DIR [--data DIR ...] [--queries clean,stripped,typos] [--documents clean,ocr]
        [--peers bm25s-folded,bm25s-pairs,bm25s-accented,milli] [--limit N] [--model DIR] [--page] [--json FILE] [--work DIR]

DIR holds `corpus.jsonl[.xz]`, `queries.jsonl[.xz]` and `qrels.tsv`. Documents are written as text files and indexed as
`cachhay index` does; queries go through the search service (interpretation, plan, both legs, ranking). The conditions of
queries are: as they are, without accents, mistyped. Documents are as they are, or damaged as an English recogniser does
(`training.damage`) and then repaired by the product; other engines get the damaged text. `lexical` and `semantic` are the
legs of the product's ranking.

Latency is the CPU time from one query to its ranked ids (the whole process, one query at a time, the garbage collector as a
server sets it); with `--page` the row `page` is the whole answer with snippets and facets. Every draw has a fixed seed.
Quality is in percent, with the 95 % bootstrap interval of nDCG@10.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import PEERS, open_peer
from benchmarks.timing import percentile
from cachhay.protocol import spare_collector
from search_api.query.request import SearchRequest
from search_api.service import Leg, SearchService
from training.measures import interval, mean, measure
from training.question_sets import SEED, Document, QuestionSet, change, damaged, index_set, open_library, read_set

#: Conditions of queries.
QUERIES = ("clean", "stripped", "typos")
#: Conditions of documents.
DOCUMENTS = ("clean", "ocr")
#: The product as three systems.
LEGS: tuple[Leg, ...] = ("lexical", "semantic", "hybrid")
#: The measures of a row.
MEASURES = ("R@1", "R@10", "MRR@10", "nDCG@10")

Search = Callable[[str], list[str]]
"""A query -> the ids of its best documents."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What to measure: conditions, peers, queries of each set (0 for all), embedding model, whole pages."""

    queries: tuple[str, ...]
    documents: tuple[str, ...]
    peers: tuple[str, ...]
    limit: int
    model: str
    page: bool = False


def run_set(questions: QuestionSet, choice: Choice, work: Path) -> Iterator[dict[str, object]]:
    """One row for every combination of condition of queries, condition of documents, and system."""
    chosen = dict(list(questions.queries.items())[: choice.limit or None])
    for documents in choice.documents:
        texts = questions.documents if documents == "clean" else damaged(questions.documents)
        folder = work / questions.name / documents
        systems = dict(_systems(texts, choice, folder))
        for query in choice.queries:
            for name, search in systems.items():
                row = {"set": questions.name, "query": query, "documents": documents, "system": name}
                yield row | _measure(search, {i: change(text, query) for i, text in chosen.items()}, questions)


def _systems(documents: tuple[Document, ...], choice: Choice, folder: Path) -> Iterator[tuple[str, Search]]:
    library = open_library(folder, choice.model)
    kept = folder / "ids.json"
    start = time.perf_counter()
    ids: dict[str, str] = json.loads(kept.read_text()) if kept.is_file() else {}
    if not ids:
        ids = index_set(library, documents, folder / "files", _Progress(folder))
        kept.write_text(json.dumps(ids))
        print(f"{folder}: {len(ids)} documents indexed in {time.perf_counter() - start:.0f} s", file=sys.stderr)
    for leg in LEGS:
        # Each leg has a service of its own, because plans that another leg made would make this one look fast.
        service = SearchService(library)

        def by_leg(query: str, leg: Leg = leg, service: SearchService = service) -> list[str]:
            return [ids[item_id] for item_id in service.rank(SearchRequest(query), 10, leg)]

        yield leg, by_leg
    whole = SearchService(library)
    if choice.page:
        yield "page", lambda query: [ids[hit.card.id] for hit in whole.search(SearchRequest(query)).hits]
    for name in choice.peers:
        try:
            yield name, open_peer(name, documents).search
        except ImportError as error:
            print(f"{name} left out: {error.name} is not installed (pip install '.[bench]')", file=sys.stderr)


def _measure(search: Search, queries: dict[str, str], questions: QuestionSet) -> dict[str, object]:
    times: list[float] = []
    found: list[dict[str, float]] = []
    for query in list(queries.values())[:3]:
        search(f"{query} {query}")  # Models and indexes are opened with the first query.
    for query_id, query in queries.items():
        start = time.process_time()
        ranked = search(query)
        times.append(1000 * (time.process_time() - start))
        found.append(measure(ranked, questions.judged[query_id]))
    low, high = interval([m["nDCG@10"] for m in found], SEED)
    row: dict[str, object] = {name: round(100 * mean([m[name] for m in found]), 2) for name in MEASURES}
    row |= {"nDCG@10_low": round(100 * low, 2), "nDCG@10_high": round(100 * high, 2)}
    return row | {"p50_ms": round(percentile(times, 0.5), 2), "p95_ms": round(percentile(times, 0.95), 2), "n": len(found)}


class _Progress:
    """A line on standard error every half minute."""

    def __init__(self, folder: Path) -> None:
        self._name = f"{folder.parent.name}/{folder.name}"
        self._last = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if time.monotonic() - self._last > 30:
            print(f"{self._name}: {stage} {done}/{total}", file=sys.stderr)
            self._last = time.monotonic()


def show(rows: list[dict[str, object]]) -> None:
    """The rows as a Markdown table."""
    print("\n| set | query > documents | system | R@1 | R@10 | MRR@10 | nDCG@10 (95 %) | p50 ms | p95 ms |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in rows:
        sure = f"{row['nDCG@10']} ({row['nDCG@10_low']}-{row['nDCG@10_high']})"
        cells = [
            row["set"],
            f"{row['query']} > {row['documents']}",
            row["system"],
            row["R@1"],
            row["R@10"],
            row["MRR@10"],
            sure,
        ]
        print("| " + " | ".join(map(str, [*cells, row["p50_ms"], row["p95_ms"]])) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--data", type=Path, action="append", required=True, help="a question set; may be given several times"
    )
    parser.add_argument("--queries", default=",".join(QUERIES))
    parser.add_argument("--documents", default=",".join(DOCUMENTS))
    parser.add_argument("--peers", default=",".join(PEERS), help='"" for none')
    parser.add_argument("--limit", type=int, default=0, help="queries a set, 0 for all")
    parser.add_argument("--model", default="", help="another embedding model, as CACHHAY_EMBED_MODEL")
    parser.add_argument("--page", action="store_true", help="time the whole answer, snippets and facets, as a system too")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--work", type=Path, help="keep the indexes here and use them again")
    arguments = parser.parse_args()
    queries, documents, peers = (
        tuple(filter(None, value.split(","))) for value in (arguments.queries, arguments.documents, arguments.peers)
    )
    for chosen, known in ((queries, QUERIES), (documents, DOCUMENTS), (peers, PEERS)):
        if not set(chosen) <= set(known):
            parser.error(f"choose from {', '.join(known)}")
    choice = Choice(queries, documents, peers, arguments.limit, arguments.model, arguments.page)
    rows: list[dict[str, object]] = []
    spare_collector()
    with tempfile.TemporaryDirectory() as folder:
        for data in arguments.data:
            rows += run_set(read_set(data), choice, arguments.work or Path(folder))
            if arguments.json:
                arguments.json.write_text(json.dumps(rows, indent=1), "utf-8")
    show(rows)


if __name__ == "__main__":
    main()
