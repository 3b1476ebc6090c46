"""The answer on top: how often it is right, how often one is given, and whether its confidence is true.

    python -m benchmarks.answers [--corpus DIR] [--data DIR ...] [--json FILE]

`answers.jsonl` beside this file has questions about the sample corpus: `id` is the item and `answer` a part of the sentence
that answers, both empty where no item answers. `confirm` marks the third that nothing was fitted on. DIR is a question set
(see `benchmarks.retrieval`) whose queries have an `answer`; every third of them confirms. An answer is right when the
sentence is of a relevant item and has the answer, or is most of it.

One row for each set, part and condition of the queries: questions, those that some item answers, answers given, the share of
these that are right, their mean confidence, and the milliseconds of processor time of the whole search, p50 and p95. The
titles of the sample corpus are a set of queries that ask nothing.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.retrieval import QUERIES
from benchmarks.timing import percentile, report
from indexer import index_corpus
from kb.library.library import Library
from search_api.query.request import SearchRequest
from search_api.schema import AnswerOnTop
from search_api.service import SearchService
from training.question_sets import change, index_set, open_library, read_set

#: The questions about the sample corpus.
QUESTIONS = Path(__file__).parent / "answers.jsonl"
#: The least length of a sentence that may be a part of a longer answer, and the share of the answer that it must be.
LEAST_PART, LEAST_SHARE = 25, 0.4
#: Numbers as papers write them, and in words.
_NUMBERS = {"01": "một", "02": "hai", "03": "ba", "04": "bốn", "05": "năm", "06": "sáu", "07": "bảy"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: the items that answer it, and a part of the sentence; both empty where nothing does."""

    text: str
    items: frozenset[str]
    answer: str
    confirm: bool


def own_questions() -> list[Asked]:
    """The questions about the sample corpus."""
    rows = map(json.loads, QUESTIONS.read_text("utf-8").splitlines())
    return [Asked(row["question"], _copies(row["id"]), row["answer"], row["confirm"]) for row in rows]


def _copies(item_id: str) -> frozenset[str]:
    """A record and its scan."""
    return frozenset({item_id, f"{item_id}-scan"}) if item_id else frozenset()


def read_answers(folder: Path) -> dict[str, str]:
    """The answer of every query of a question set."""
    plain, packed = folder / "queries.jsonl", folder / "queries.jsonl.xz"
    text = plain.read_text("utf-8") if plain.is_file() else lzma.decompress(packed.read_bytes()).decode("utf-8")
    rows = map(json.loads, text.splitlines())
    return {row["_id"]: row["answer"] for row in rows}


def is_right(asked: Asked, item_id: str, sentence: str) -> bool:
    """Whether a sentence of an item answers the question.

    >>> asked = Asked("Có mấy loại?", frozenset({"a"}), "04 loại", False)
    >>> is_right(asked, "a", "Được phân thành bốn loại sau đây."), is_right(asked, "b", "Có 04 loại.")
    (True, False)
    """
    wanted, said = _plain(asked.answer), _plain(sentence)
    if not wanted or item_id not in asked.items:
        return False
    first, _, rest = wanted.partition(" ")
    part = len(said) > LEAST_PART and said.strip(" .0123456789") in wanted and len(said) > LEAST_SHARE * len(wanted)
    return wanted in said or part or f"{_NUMBERS.get(first, first)} {rest}" in said


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def measure(
    name: str, questions: Sequence[Asked], answer: Callable[[str], AnswerOnTop | None], known: Callable[[str], str]
) -> Iterator[dict[str, object]]:
    """The rows of a set. `known` gives the id that the set has for an item."""
    for condition in QUERIES:
        for confirm in (False, True):
            given: list[tuple[bool, float]] = []
            spent: list[float] = []
            part = [asked for asked in questions if asked.confirm is confirm]
            if not part:
                continue
            for asked in part:
                start = time.process_time()
                found = answer(change(asked.text, condition))
                spent.append(1000 * (time.process_time() - start))
                if found:
                    sentence = "".join(segment.text for segment in found.segments)
                    given.append((is_right(asked, known(found.card.id), sentence), found.confidence))
            right = sum(was for was, _ in given)
            yield {
                "set": name,
                "part": "confirm" if confirm else "fitted",
                "query": condition,
                "questions": len(part),
                "answerable": sum(bool(asked.answer) for asked in part),
                "given": len(given),
                "right": round(100 * right / max(1, len(given)), 1),
                "confidence": round(100 * sum(sure for _, sure in given) / max(1, len(given)), 1),
                "cpu p50": round(percentile(spent, 0.5), 1),
                "cpu p95": round(percentile(spent, 0.95), 1),
            }


@dataclass(frozen=True, slots=True)
class OpenSet:
    """Questions with the library that answers them. `known` gives the id that the set has for an item."""

    name: str
    library: Library
    questions: list[Asked]
    known: Callable[[str], str]


def open_sets(corpus: Path, data: Sequence[Path], folder: Path) -> Iterator[OpenSet]:
    """The questions about the sample corpus, then each question set of `data`; indexed in `folder`."""
    library = open_library(folder / "own")
    index_corpus(library, corpus)
    yield OpenSet("own", library, own_questions(), str)
    for source in data:
        questions, answers = read_set(source), read_answers(source)
        library = open_library(folder / source.name)
        ids = index_set(library, questions.documents, folder / f"{source.name}-texts", lambda *_: None)
        asked = [
            Asked(text, frozenset(questions.judged[key]), answers[key], at % 3 == 2)
            for at, (key, text) in enumerate(questions.queries.items())
        ]
        yield OpenSet(source.name, library, asked, ids.__getitem__)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--data", type=Path, action="append", default=[])
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder:
        for asked in open_sets(arguments.corpus, arguments.data, Path(folder)):
            answer = _answers(SearchService(asked.library))
            rows += measure(asked.name, asked.questions, answer, asked.known)
            if asked.name == "own":
                with asked.library.store.snapshot() as snapshot:
                    titles = [Asked(title, frozenset(), "", False) for _, title, _ in snapshot.titles()]
                rows += measure("titles", titles, answer, asked.known)
    report(rows, arguments.json)


def _answers(service: SearchService) -> Callable[[str], AnswerOnTop | None]:
    return lambda text: service.search(SearchRequest(text)).answer


if __name__ == "__main__":
    main()
