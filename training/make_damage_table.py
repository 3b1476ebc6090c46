"""Learn how an English recogniser damages Vietnamese words, for the damage that `benchmarks/retrieval.py` does to documents.

    python -m training.make_damage_table PAGES.jsonl ... --out benchmarks/damage.tsv.xz

PAGES are rendered and read by `training.repair_pages`. Pages are sorted by how much of them is damaged and cut into
`training.damage.GRADES` groups of like quality: damage goes by the page, not by the word. For each group the table holds
what was read of every word seen often enough, and of every letter, for the other words.
"""

from __future__ import annotations

import argparse
import lzma
from collections import Counter, defaultdict
from pathlib import Path

from training.channel import learn_channel, pair_words
from training.damage import GRADES
from training.texts import read_json_lines
from vitext.correction.alphabet import ALPHABET
from vitext.normalise import normalise

#: A word is listed from so many sights in its group on, with so many of its readings.
RAREST_WORD, READINGS = 12, 12
#: A chunk of letters is listed from this share on.
RAREST_CHUNK = 0.002

HEADER = """\
# What Tesseract's English model reads of printed Vietnamese, by quality of the page (0 best). Generated: see the command in
# training/make_damage_table.py; learned from pages rendered from the training texts. Licence: Apache-2.0.
# Columns: grade, kind (w word, l letter), printed, read (may be empty for a letter), count or share.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    pages = []
    for path in arguments.pages:
        for page in read_json_lines(path):
            pairs = [
                (printed, read)
                for gold, hyp in zip(page["gold"], page["hyp"], strict=True)
                for printed, read, _ in pair_words(normalise(gold), hyp)
            ]
            if pairs:
                pages.append((sum(a != b for a, b in pairs) / len(pairs), pairs))
    pages.sort(key=lambda page: page[0])
    rows = []
    for grade in range(GRADES):
        group = pages[grade * len(pages) // GRADES : (grade + 1) * len(pages) // GRADES]
        rows += _rows(grade, Counter(pair for _, pairs in group for pair in pairs))
        print(f"grade {grade}: {len(group)} pages, damaged words {group[0][0]:.2f} to {group[-1][0]:.2f}")
    with lzma.open(arguments.out, "wt", encoding="utf-8", preset=9) as out:
        out.write(HEADER)
        out.writelines("\t".join(map(str, row)) + "\n" for row in rows)


def _rows(grade: int, pairs: Counter[tuple[str, str]]) -> list[tuple[int, str, str, str, str]]:
    by_word: dict[str, Counter[str]] = defaultdict(Counter)
    for (printed, read), n in pairs.items():
        by_word[printed][read] += n
    rows = []
    for word, readings in sorted(by_word.items()):
        if sum(readings.values()) >= RAREST_WORD and not word.isdigit():
            best = sorted(readings.items(), key=lambda pair: (-pair[1], pair[0]))[:READINGS]
            rows += [(grade, "w", word, read, str(n)) for read, n in best]
    channel = learn_channel(pairs, frozenset(word.lower() for word in by_word if word.isalpha()))
    for (letter, upper), chunks in sorted(channel.letters.items()):
        printed = letter.upper() if upper else letter
        for chunk, share in sorted(chunks.items(), key=lambda pair: (-pair[1], pair[0])):
            if share >= RAREST_CHUNK:
                rows.append((grade, "l", printed, "".join(ALPHABET[code] for code in chunk), f"{share:.4f}"))
    return rows


if __name__ == "__main__":
    main()
