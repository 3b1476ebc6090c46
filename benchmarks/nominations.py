"""How well the nomination check (`search_api/tasks/nomination.py`) warns: precision, recall, right records.

    python -m benchmarks.nominations

`nominations.jsonl` holds nominations in our own words. Of each pair, one tells a record of `corpus/practices` again as a
unit would (`same` is the record), and the other tells another achievement, of the same kind or of the same unit. Every
second pair is for tuning; the others are held out. A record and its damaged scan count as one.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.tasks.nomination import POSSIBLE_POINTS, check_nomination, find_alike, prepare_nomination
from training.damage import damage_text
from vitext import strip_marks

#: The nominations.
NOMINATIONS = Path(__file__).parent / "nominations.jsonl"
#: The sample corpus.
CORPUS = Path(__file__).parent.parent / "corpus"


@dataclass(frozen=True, slots=True)
class Judged:
    """A nomination. `same` is the record of the same achievement, "" where there is none."""

    id: int
    same: str
    form: str
    text: str

    @property
    def tuning(self) -> bool:
        return (self.id + 1) // 2 % 2 == 1


def read_nominations() -> Iterator[Judged]:
    """The nominations, each in its form: clean, typed without accents, or damaged as by an English recogniser."""
    for line in NOMINATIONS.read_text("utf-8").splitlines():
        row = json.loads(line)
        text = row["text"]
        if row["form"] == "unaccented":
            text = strip_marks(text)
        elif row["form"] == "damaged":
            text = damage_text(text, random.Random(row["id"]))
        yield Judged(row["id"], row["same"], row["form"], text)


def is_same(item_id: str, same: str) -> bool:
    """Whether the item is the record or its scan."""
    return bool(same) and same.split("-", 1)[1] in item_id


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Store(Path(folder) / "s.sqlite"), Path(folder) / "i", embedded_engines(), open_embedder())
        index_corpus(library, CORPUS)
        with library.view() as view:
            seconds, rows = [], []
            for judged in read_nominations():
                start = time.perf_counter()
                answer = check_nomination(view, judged.text)
                seconds.append(time.perf_counter() - start)
                alike = sorted(find_alike(view, prepare_nomination(judged.text)), key=lambda x: -x.points)
                best = alike[0]
                ids = [x.item.id for x in alike]
                place = next((at for at, i in enumerate(ids, 1) if is_same(i, judged.same)), 0)
                warned = [d.card.id for d in answer.repeated]
                right = any(is_same(i, judged.same) for i in warned)
                wrong = sum(not is_same(i, judged.same) for i in warned)
                rows.append((judged, right, wrong, place))
                head = f"{judged.id:3} {'tune' if judged.tuning else 'held'} {judged.form:10} {judged.same[:28] or '-':28}"
                shared = f"unit {best.unit:d} figures {len(best.figures)} place {bool(best.place):d} words {best.words:.2f}"
                print(
                    f"{head} place {place} right {right:d} wrong {wrong} | {best.item.id[:26]:26} {best.points:.2f} {shared}"
                )
    for name, tuning in (("tuning", True), ("held out", False)):
        part = [row for row in rows if row[0].tuning is tuning]
        same = [row for row in part if row[0].same]
        found = sum(row[1] for row in same)
        wrong = sum(row[2] for row in part)
        first = sum(0 < row[3] <= 3 for row in same)
        print(
            f"{name}: warned of {found}/{len(same)}, wrong warnings {wrong} on {len(part)} nominations "
            f"(precision {found / max(1, found + wrong):.2f}), right record among the first three {first}/{len(same)}"
        )
    print(f"threshold {POSSIBLE_POINTS}; a nomination takes {1000 * median(seconds):.0f} ms (median)")


if __name__ == "__main__":
    main()
