"""Make question sets from the texts that were held out of all training, for `benchmarks/retrieval.py`.

    python -m benchmarks.make_sets DATA OUT

- `law_unseen`: title -> article, of the held-out law topics (documents that the models never saw).
- `press_unseen`: headline -> article; the headline is left out of the text. Held-out articles stand among the same number of
  learned articles.
- `short_unseen`: 2 to 5 syllables cut from held-out headlines between function words ("giá xăng dầu", "Thủy Nguyên"); the
  articles whose headline holds them are relevant. A phrase in more than FEW_HEADLINES headlines is not used.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from training.embed_texts import Titled, read_titled
from training.ranker_sets import neighbours, spread, tested_phrases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    arguments = parser.parse_args()
    documents = list(read_titled(arguments.data))
    law = [d for d in documents if d.register == "law" and d.held_out]
    press = [d for d in documents if d.register == "press" and d.held_out]
    titled = [d for d in law if len(d.title.split()) > 1]
    write_set(arguments.out / "law_unseen", law, {d.id: d.title for d in spread(titled)}, {d.id: [d.id] for d in titled})
    both = [*press, *neighbours(documents, len(press))]
    write_set(arguments.out / "press_unseen", both, {d.id: d.title for d in spread(press)}, {d.id: [d.id] for d in press})
    chosen = tested_phrases(press, both)
    write_set(arguments.out / "short_unseen", both, {phrase: phrase for phrase in chosen}, chosen)


def write_set(folder: Path, documents: list[Titled], queries: Mapping[str, str], judged: Mapping[str, list[str]]) -> None:
    """The set as `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`. The texts have no titles."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = defaultdict(str, {d.id: f"{d.lead}\n{d.body}".strip() for d in documents})
    rows = ({"_id": d.id, "text": texts[d.id]} for d in documents)
    (folder / "corpus.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    asked = ({"_id": item, "text": text} for item, text in queries.items())
    (folder / "queries.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in asked), "utf-8")
    lines = [f"{query}\t{item}\t1\n" for query in queries for item in judged[query]]
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(lines), "utf-8")


if __name__ == "__main__":
    main()
