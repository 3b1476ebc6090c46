"""How well "Nội dung tương tự" finds the articles to which the codifiers of the law refer.

    python -m benchmarks.similar DATA [--queries 400] [--json FILE]

An article of the codified law may end in "(Điều này có nội dung liên quan đến Điều 1.1.LQ.1. …)", which names articles that
officials judged as related. The references are removed from the text. Then the similar items of each such article are asked
for, among all articles that refer or are referred to, and the same number of others. The peer ranks by the cosine of the
whole items alone. The report also counts how often the item itself is among the answers, and the answers that are copies of
an earlier one.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import tempfile
from pathlib import Path

from benchmarks.timing import report
from kb.item import Item
from kb.library.library import View
from search_api.tasks import similar
from training.measures import interval, mean, measure
from training.question_sets import SEED, Document, index_set, open_library
from training.texts import CROSS_REFERENCES, read_json_lines
from vitext import analyse

#: A reference to an article.
_REFERENCE = re.compile(r"Điều (\d+(?:\.\d+)*\.[A-ZĐ]+(?:\.\d+)*)\. ")
#: Similar items of each article.
SHOWN = 10


def read_references(data: Path) -> tuple[list[Document], dict[str, dict[str, int]]]:
    """(articles without their references, article -> the articles that it refers to or that refer to it)."""
    rows = [row for row in read_json_lines(data / "train" / "phapdien.jsonl.xz") if row["body"].strip()]
    known = {row["id"] for row in rows}
    related: dict[str, dict[str, int]] = {}
    for row in rows:
        found = CROSS_REFERENCES.search(row["body"])
        for target in _REFERENCE.findall(found[0]) if found else ():
            if target in known and target != row["id"]:
                related.setdefault(row["id"], {})[target] = 1
                related.setdefault(target, {})[row["id"]] = 1
    others = [row for row in rows if row["id"] not in related]
    chosen = random.Random(SEED).sample(others, min(len(others), len(related)))
    wanted = set(related) | {row["id"] for row in chosen}
    documents = [Document(r["id"], r["title"], CROSS_REFERENCES.sub("", r["body"])) for r in rows if r["id"] in wanted]
    return documents, related


def by_cosine(view: View, item: Item) -> list[str]:
    """The peer: the nearest whole items."""
    vector = view.vectors.item_vector(item.id)
    if vector is None:
        return []
    found = (hit.key for hit in view.vectors.search(vector, similar.KNN_LIMIT))
    return [key.item_id for key in found if key.ordinal == 0 and key.item_id != item.id][:SHOWN]


def by_product(view: View, item: Item) -> list[str]:
    return [other.card.id for other in similar.find_similar(view, item, SHOWN)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    documents, related = read_references(arguments.data)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        library = open_library(data)
        ids = index_set(library, tuple(documents), data / "files", lambda *_: None)
        item_of = {document: item_id for item_id, document in ids.items()}
        asked = random.Random(SEED).sample(sorted(related), min(arguments.queries, len(related)))
        rows: list[dict[str, object]] = []
        with library.view() as view:
            for name, answer in (("cosine of whole items", by_cosine), ("product", by_product)):
                shown = {d: answer(view, view.snapshot.item(item_of[d])) for d in asked}
                found = [measure([ids[i] for i in shown[d]], related[d]) for d in asked]
                low, high = interval([m["nDCG@10"] for m in found], SEED)
                rows.append(
                    {
                        "system": name,
                        "n": len(asked),
                        **{key: round(100 * mean([m[key] for m in found]), 1) for key in found[0]},
                        "95 %": f"{100 * low:.1f}-{100 * high:.1f}",
                        "itself": sum(item_of[d] in shown[d] for d in asked),
                        "copies shown": sum(_copies(view, shown[d]) for d in asked),
                    }
                )
        print(json.dumps({"articles": len(documents), "with references": len(related)}))
        report(rows, arguments.json)


def _copies(view: View, shown: list[str]) -> int:
    """The number of answers that have (almost) the same words as an earlier one."""
    words = [frozenset(analyse(" ".join(b.original for b in view.snapshot.item(i).blocks)).bigrams) for i in shown]
    return sum(
        any(len(own & other) >= 0.9 * max(1, len(own | other)) for other in words[:at]) for at, own in enumerate(words)
    )


if __name__ == "__main__":
    main()
