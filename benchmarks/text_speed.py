"""Syllables per second of the text analysis on one core, beside unidecode in the same run.

    python -m benchmarks.text_speed [FILE ...] [--json FILE]

Files (default: corpus/documents) are repeated to about a million syllables. A syllable is what stands between spaces.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from unidecode import unidecode

from benchmarks.timing import report, seconds
from vitext import analyse, fold, fold_with_offsets, measure_damage, tokenise

#: Syllables of the measured text, about.
SYLLABLES = 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    files = arguments.files or sorted(Path("corpus/documents").glob("*.*"))
    once = "\n\n".join(path.read_text("utf-8") for path in files)
    text = once * max(1, SYLLABLES // len(once.split()))
    count = len(text.split())
    blocks = [block for block in text.split("\n\n") if block]
    tasks = {
        "unidecode(text).lower() (peer)": lambda: unidecode(text).lower(),
        "fold": lambda: fold(text),
        "fold_with_offsets": lambda: fold_with_offsets(text),
        "tokenise": lambda: tokenise(text),
        "analyse (f, r, b)": lambda: analyse(text),
        "measure_damage (blocks)": lambda: [measure_damage(block) for block in blocks],
    }
    rows: list[dict[str, object]] = []
    peer = 0.0
    for name, task in tasks.items():
        taken = seconds(task)
        peer = peer or taken
        rows.append({"step": name, "M syllables/s": round(count / taken / 1e6, 2), "times the peer": round(peer / taken, 2)})
    report(rows, arguments.json)


if __name__ == "__main__":
    main()
