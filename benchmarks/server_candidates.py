"""How often a search server and the embedded index give the same first ten hits, where matches are more than candidates.

    python -m benchmarks.server_candidates FOLDER [--documents N] [--candidates 100,200,400]

FOLDER is a question set (see `question_sets`). Its documents go into tantivy and to a simulated Meilisearch (`tests/meili`),
which evaluates filters as the real server does; its ranking of `q` is an approximation. The queries are the questions of the
set, and runs of two to four words taken at random from the texts. Two lists are the same where their tiers and scores agree
at every place (ties may stand in any order).
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kb.engines.meili.server import MeiliServer
from kb.engines.meili.wire import Access
from kb.engines.open import embedded_engines
from kb.facets import codes as facet_codes
from kb.ports import Clause, Filters, IndexDocument, Term, TextHit, TextQuery, Variant
from search_api.query.accents import MAX_SHORT_WORDS
from search_api.retrieval.ranking import RERANKING_WINDOW, SENTENCE_LIMIT
from tests.meili import MeiliDouble
from training.question_sets import SEED, read_set
from vitext import tokenise

#: Queries of each kind.
QUERIES = 100
#: The greatest difference of two scores that count as equal; tantivy keeps scores to about .001.
SCORE_TOLERANCE = 4e-3


def query_of(text: str) -> TextQuery:
    """A query as the product plans it: an item must hold all of a few words; more words only decide the order."""
    clauses = tuple(Clause((Term(token.folded, token.accented),)) for token in tokenise(text))
    return TextQuery((Variant(clauses),), tiered=len(set(clauses)) <= MAX_SHORT_WORDS)


def queries_of(texts: list[str], questions: list[str], rng: random.Random) -> Iterator[tuple[str, TextQuery]]:
    """(kind, query) of every query."""
    for text in rng.sample(questions, min(QUERIES, len(questions))):
        yield "questions", query_of(text)
    for count in (2, 3, 4):
        for _ in range(QUERIES):
            words = rng.choice(texts).split()
            at = rng.randrange(max(1, len(words) - count))
            query = query_of(" ".join(words[at : at + count]))
            if query.variants[0].clauses:
                yield f"{count} words", query


def same(one: list[TextHit], two: list[TextHit]) -> bool:
    """Whether two lists are the same up to the order of equal scores."""
    return len(one) == len(two) and all(
        a.tier == b.tier and abs(a.score - b.score) < SCORE_TOLERANCE for a, b in zip(one, two, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--candidates", default="100,200,400")
    arguments = parser.parse_args()
    rng = random.Random(SEED)
    questions = read_set(arguments.folder)
    documents = rng.sample(questions.documents, min(arguments.documents, len(questions.documents)))
    facets: dict[str, tuple[str, ...]] = dict.fromkeys(facet_codes(), ())
    entries = list({d.id: IndexDocument(d.id, d.title, d.text, "", facets) for d in documents}.values())
    asked = list(queries_of([d.text for d in documents], list(questions.queries.values()), rng))
    with tempfile.TemporaryDirectory() as folder, MeiliDouble() as double:
        engines = embedded_engines()
        engines.build_text(Path(folder)).apply((), entries)
        embedded = engines.open_text(Path(folder))
        access = Access(double.url, seconds=120.0)
        MeiliServer(access, access).rebuild("measured", entries)
        print(f"{len(entries)} documents of {questions.name}")
        print("| candidates | queries | asked | more matches than candidates | same first ten | of those with more |")
        print("|---|---|---|---|---|---|")
        for candidates in map(int, arguments.candidates.split(",")):
            index = MeiliServer(access, access, candidates=candidates).open("measured")
            found: dict[str, list[tuple[bool, bool]]] = {}
            for kind, query in asked:
                limit = RERANKING_WINDOW if query.tiered else SENTENCE_LIMIT
                one = list(embedded.search(query, Filters(), limit=limit).hits[:10])
                two = list(index.search(query, Filters(), limit=limit).hits[:10])
                pool = candidates if query.tiered else max(SENTENCE_LIMIT, 3 * candidates // 2)
                found.setdefault(kind, []).append((embedded.count(query, Filters()) > pool, same(one, two)))
            for kind, results in found.items():
                large = [equal for more, equal in results if more]
                share = sum(equal for _, equal in results) / len(results)
                shown = f"{sum(large) / len(large):.3f}" if large else "-"
                print(f"| {candidates} | {kind} | {len(results)} | {len(large)} | {share:.3f} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
