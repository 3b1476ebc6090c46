"""What guesses about a query gain, and what they harm where the query is right.

    python -m benchmarks.interpretation --data DIR [--data DIR ...] --work DIR [--json FILE]

For each question set (the indexes in --work are those of `benchmarks.retrieval --work`) and each condition of its queries:
nDCG@10 as typed ("Chỉ tìm đúng như đã gõ") and as interpreted, and how many queries were respelt, got their accents back, or
were expanded. A clean query that is respelt is harmed. Of queries without accents, `restored right` counts those whose
accents are all right.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from benchmarks.retrieval import QUERIES
from benchmarks.timing import report
from search_api.query.accents import restore_accents
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from training.measures import mean, measure
from training.question_sets import QuestionSet, change, open_library, read_set
from vitext import analyse

#: The notices that are counted.
CODES = ("spelling", "respelt", "restored", "expanded")


def run(questions: QuestionSet, work: Path, limit: int) -> list[dict[str, object]]:
    folder = work / questions.name / "clean"
    library = open_library(folder)
    ids: dict[str, str] = json.loads((folder / "ids.json").read_text())
    service = SearchService(library)
    rows: list[dict[str, object]] = []
    for condition in QUERIES:
        said: Counter[str] = Counter()
        scores: dict[bool, list[float]] = {True: [], False: []}
        right = 0
        queries = dict(list(questions.queries.items())[: limit or None])
        for query_id, query in queries.items():
            text = change(query, condition)
            for typed, values in scores.items():
                found = [ids[i] for i in service.rank(SearchRequest(text, typed=typed), 10)]
                values.append(measure(found, questions.judged[query_id])["nDCG@10"])
            with service.results(SearchRequest(text)) as results:
                said.update({notice.code for notice in results.plan.notices} & set(CODES))
            words = query.split()
            restored = restore_accents(text.split()) if condition == "stripped" else ()
            right += bool(restored) and analyse(" ".join(restored)).accented == analyse(" ".join(words)).accented
        row: dict[str, object] = {"set": questions.name, "queries": condition, "n": len(queries)}
        row |= {"as typed": round(100 * mean(scores[True]), 1), "interpreted": round(100 * mean(scores[False]), 1)}
        row |= {"respelt": said["spelling"] + said["respelt"], "restored": said["restored"], "expanded": said["expanded"]}
        rows.append(row | {"restored right": right if condition == "stripped" else ""})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, action="append", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=0)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = [row for data in arguments.data for row in run(read_set(data), arguments.work, arguments.limit)]
    report(rows, arguments.json)


if __name__ == "__main__":
    main()
