"""Learn the ranking: make question sets, ask the product for the matches of every query, and fit `ranker.tsv` to them.

    python -m training.make_ranker DATA [--work DIR] [--corpus DIR] [--out FILE]

The sets are those of `training/ranker_sets.py`, and the queries of the gate that are not frozen (`is_frozen`) over the
project's own corpus. Each set is asked as it is and in the conditions of CONDITIONS. What was found is kept in the work
folder: delete it (or the folder of a set) when the way of matching has changed. One core needs about 20 minutes to index
and ask, and one to fit. A fifth of the queries of every set is held back; at the end the figures for these are printed, by
words alone, by meaning alone, and ranked.

The model is the one of `search_api.retrieval.ranking`: the weight of a feature is the softplus of a sum over the facts of
the query. What is minimised is the cross entropy between the gains of the judgements and the softmax of the scores.
"""

from __future__ import annotations

import argparse
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

from indexer import index_corpus
from kb.ports import ItemScore
from search_api.query.request import SearchRequest
from search_api.retrieval import ranking
from search_api.retrieval.features import FACTS, FEATURES, Asked, Numbers, table
from search_api.service import SearchService
from training.measures import mean, measure
from training.question_sets import QuestionSet, change, damaged, index_set, open_library
from training.ranker_sets import make_sets

#: The judged queries over the project's own corpus.
GATE = Path(__file__).parent.parent / "tests" / "search_quality" / "gate.tsv"
#: One query of the gate in so many is frozen.
FROZEN_SHARE = 3
#: Conditions in which every set is asked: (documents, queries).
CONDITIONS = (("clean", "clean"), ("clean", "typos"))
#: Further conditions of the small sets, whose documents are damaged and repaired in a minute.
SMALL_CONDITIONS = (("clean", "stripped"), ("ocr", "clean"), ("ocr", "typos"))
#: Documents of a small set, at most.
SMALL = 500
#: The weight of the gate; a set weighs the square root of the number of its queries.
GATE_WEIGHT = 6.0
#: The gain of a scan, beside that of the record of which it is a copy.
SCAN_GAIN = 0.5
#: One query in so many is held back.
HELD_BACK = 5
#: Steps of the fit, their length, and how strongly the numbers are drawn to their beginning. From 200 steps on the figures
#: change by less than .1.
STEPS, RATE, DECAY = 200, 0.05, 0.0002
#: Softplus of this is 1.7: all features begin with this weight, and no fact plays a part.
BEGIN = 1.5


@dataclass(frozen=True, slots=True)
class Sample:
    """The matches of one query: their full-text scores, tiers, closeness (whole, passage), place and quality, and the gain
    of each; `missed` is the gain of what was not found. `set` names where the query is from."""

    set: str
    query: str
    asked: Asked
    ids: list[str]
    hits: list[tuple[int, float]]
    close: list[tuple[float, float]]
    adjusted: list[tuple[float, float, float]]
    judged: dict[str, int]

    @property
    def held_back(self) -> bool:
        return zlib.crc32(f"held back {self.query}".encode()) % HELD_BACK == 0


def is_frozen(query: str) -> bool:
    """Whether a query of the gate belongs to the third that confirms. Its own letters decide, so that a query added later
    moves no other one."""
    return zlib.crc32(query.casefold().encode()) % FROZEN_SHARE == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("var/ranker"), help="keep the indexes and the matches here")
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--out", type=Path, default=ranking.RANKER)
    arguments = parser.parse_args()
    samples = list(collect(arguments.data, arguments.corpus, arguments.work))
    numbers = fit([sample for sample in samples if not sample.held_back])
    write(arguments.out, numbers)
    show([sample for sample in samples if sample.held_back], numbers)


def collect(data: Path, corpus: Path, work: Path) -> Iterator[Sample]:
    """The samples of every set in every condition, and those of the gate."""
    for questions in make_sets(data):
        small = len(questions.documents) <= SMALL
        for documents, queries in (*CONDITIONS, *(SMALL_CONDITIONS if small else ())):
            kept = work / questions.name / f"{documents}-{queries}.jsonl"
            if not kept.is_file():
                _keep(kept, _ask_set(questions, work / "indexes", documents, queries))
            yield from _read(kept)
    kept = work / "gate.jsonl"
    if not kept.is_file():
        _keep(kept, _ask_gate(corpus, work / "gate"))
    yield from _read(kept)


def _ask_set(questions: QuestionSet, indexes: Path, documents: str, queries: str) -> Iterator[Sample]:
    whole = "".join(f"{document.id}{document.text}" for document in questions.documents)
    folder = indexes / f"{zlib.crc32(whole.encode()):08x}-{documents}"  # several sets have the same documents
    library = open_library(folder)
    kept = folder / "ids.json"
    if not kept.is_file():
        texts = questions.documents if documents == "clean" else damaged(questions.documents)
        kept.write_text(json.dumps(index_set(library, texts, folder / "files", lambda *_: None)))
    ids: dict[str, str] = json.loads(kept.read_text())
    service = SearchService(library)
    for item, query in questions.queries.items():
        yield from _ask(service, questions.name, change(query, queries), ids, questions.judged[item])


def _ask_gate(corpus: Path, folder: Path) -> Iterator[Sample]:
    library = open_library(folder)
    index_corpus(library, corpus)
    service = SearchService(library)
    for line in GATE.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            _, _, query, cells = line.split("\t")
            starts = {start: int(grade) for start, grade in (cell.rsplit(":", 1) for cell in cells.split("|"))}
            if not is_frozen(query):
                with library.view() as view:
                    ids = {i: next((start for start in starts if i.startswith(start)), i) for i in view.snapshot.ids()}
                ids = {item: f"{start}-scan" if item.endswith("-scan") else start for item, start in ids.items()}
                yield from _ask(service, "gate", query, ids, starts)


def _ask(service: SearchService, name: str, query: str, ids: dict[str, str], judged: dict[str, int]) -> Iterator[Sample]:
    """The sample of a query, none where it is not ranked by meaning or where nothing that was found is relevant."""
    with service.results(SearchRequest(query)) as results:
        matches, _ = results.competing()
        asked = results.asked
    own = [ids[match.id] for match in matches]
    if len(matches) > 1 and any(judged.get(item.removesuffix("-scan")) for item in own):
        hits = [(int(match.text.tier), match.text.score) if match.text else (0, match.some_words) for match in matches]
        close = [(match.meaning.whole, match.meaning.passage) for match in matches]
        adjusted = [(float(m.at_place), m.offered, float(m.poor)) for m in matches]
        yield Sample(name, query, asked, own, hits, close, adjusted, judged)


def _keep(path: Path, samples: Iterator[Sample]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [[s.set, s.query, astuple(s.asked), s.ids, s.hits, s.close, s.adjusted, s.judged] for s in samples]
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def _read(path: Path) -> Iterator[Sample]:
    for line in path.read_text("utf-8").splitlines():
        name, query, asked, *rest = json.loads(line)
        yield Sample(name, query, Asked(*asked), *rest)


def gains(sample: Sample) -> Numbers:
    """The gain of every match: 2^grade - 1, and less for a scan."""
    grades = [sample.judged.get(item.removesuffix("-scan"), 0) for item in sample.ids]
    scans = [SCAN_GAIN if item.endswith("-scan") else 1.0 for item in sample.ids]
    return np.array([(2.0**grade - 1) * share for grade, share in zip(grades, scans, strict=True)])


def fit(samples: Sequence[Sample]) -> Numbers:
    """The numbers of the ranker, shape (features, facts)."""
    tables = [_table(sample) for sample in samples]
    features = np.concatenate([known[0] for known in tables])
    facts = np.stack([known[1] for known in tables])
    adjusted = np.concatenate([_adjusted(sample) for sample in samples])
    sizes = np.array([len(sample.ids) for sample in samples])
    starts, of = np.cumsum(sizes) - sizes, np.repeat(np.arange(len(samples)), sizes)
    wanted = np.concatenate([gain / gain.sum() for gain in map(gains, samples)])
    share = _weights(samples)
    numbers = np.zeros((len(FEATURES), len(FACTS)))
    numbers[:, 0] = BEGIN
    begin, first, second = numbers.copy(), np.zeros_like(numbers), np.zeros_like(numbers)
    for step in range(1, STEPS + 1):
        inner = facts @ numbers.T
        weights = np.logaddexp(0.0, inner)
        # Place and quality are added to a mean of features; here the features are added up, so they weigh their sum.
        scores = (features * weights[of]).sum(axis=1) + adjusted * weights.sum(axis=1)[of]
        scores = np.exp(scores - np.maximum.reduceat(scores, starts)[of])
        scores /= np.add.reduceat(scores, starts)[of]
        slope = np.add.reduceat(features * ((scores - wanted) * share[of])[:, None], starts, axis=0)
        slope = (slope / (1 + np.exp(-inner))).T @ facts + DECAY * (numbers - begin)
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        numbers -= RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
    return numbers


def _table(sample: Sample) -> tuple[Numbers, Numbers]:
    known = table(sample.hits, [ItemScore(whole, passage, 0) for whole, passage in sample.close], sample.asked)
    return known.features, known.facts


def _adjusted(sample: Sample) -> Numbers:
    bonus = (ranking.PLACE_BONUS, ranking.OFFER_BONUS, -ranking.POOR_TEXT_PENALTY)
    added = [sum(share * value for share, value in zip(bonus, own, strict=True)) for own in sample.adjusted]
    return np.array(added, dtype=np.float64)


def _weights(samples: Sequence[Sample]) -> Numbers:
    """The weight of each sample; together they are 1."""
    count: dict[str, int] = defaultdict(int)
    for sample in samples:
        count[sample.set] += 1
    weights = [(GATE_WEIGHT if sample.set == "gate" else 1.0) / count[sample.set] ** 0.5 for sample in samples]
    total = sum(weights)
    return np.array([weight / total for weight in weights], dtype=np.float64)


def write(path: Path, numbers: Numbers) -> None:
    """The ranker as a table."""
    head = (
        "# How the facts of a query (columns) change the weight of each feature of a match (rows): see ranking.py.\n"
        "# Learned by training/make_ranker.py; do not edit. Licence: Apache-2.0.\n"
    )
    rows = ["\t".join([name, *(f"{value:.3f}" for value in row)]) for name, row in zip(FEATURES, numbers, strict=True)]
    path.write_text(head + "\t".join(["feature", *FACTS]) + "\n" + "\n".join(rows) + "\n", "utf-8")


def show(samples: Sequence[Sample], numbers: Numbers) -> None:
    """nDCG@10 of the samples by set: words alone, meaning alone, ranked. What planning did not find counts as missed."""
    found: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
    for sample in samples:
        features, facts = _table(sample)
        weights = np.logaddexp(0.0, numbers @ facts)
        ranked = features @ (weights / weights.sum()) + _adjusted(sample)
        words = np.array([1000.0 * (0 if sample.asked.sentence else tier) + score for tier, score in sample.hits])
        whole, passage = ranking.SEMANTIC_LEG
        meaning = np.array([whole * w + passage * p for w, p in sample.close])
        found[sample.set].append((_ndcg(words, sample), _ndcg(meaning, sample), _ndcg(ranked, sample)))
    for name, values in found.items():
        words_alone, meaning_alone, both = (100 * mean([value[at] for value in values]) for at in range(3))
        print(f"{name:18} {len(values):5} words {words_alone:5.1f} meaning {meaning_alone:5.1f} ranked {both:5.1f}")


def _ndcg(scores: Numbers, sample: Sample) -> float:
    order = np.argsort(-scores, kind="stable")
    ids = dict.fromkeys(sample.ids[at].removesuffix("-scan") for at in order)
    return measure(list(ids), sample.judged)["nDCG@10"]


if __name__ == "__main__":
    main()
