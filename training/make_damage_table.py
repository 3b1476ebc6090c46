"""Learn how an English recogniser damages Vietnamese words, and write the table of `training.damage`.

    python -m training.make_damage_table PAGES.jsonl ... --out training/damage.tsv.xz

PAGES are rendered and recognised by `training.repair_pages`. They are sorted by their share of damaged words and cut into
`training.damage.GRADES` groups of similar quality, because damage depends on the page and not on the word. For each group
the table holds the forms that were recognised for every frequent word, and for every letter, which serves the other words.
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

#: The least number of occurrences of a listed word in its group.
MIN_WORD_COUNT = 12
#: Recognised forms that are listed for a word at most.
MAX_FORMS = 12
#: The least share of a listed chunk of letters.
MIN_CHUNK_SHARE = 0.002

#: The comment at the top of the table.
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
                (printed, recognised)
                for gold, hyp in zip(page["gold"], page["hyp"], strict=True)
                for printed, recognised, _ in pair_words(normalise(gold), hyp)
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
    for (printed, recognised), n in pairs.items():
        by_word[printed][recognised] += n
    rows = []
    for word, forms in sorted(by_word.items()):
        if sum(forms.values()) >= MIN_WORD_COUNT and not word.isdigit():
            best = sorted(forms.items(), key=lambda pair: (-pair[1], pair[0]))[:MAX_FORMS]
            rows += [(grade, "w", word, form, str(n)) for form, n in best]
    channel = learn_channel(pairs, frozenset(word.lower() for word in by_word if word.isalpha()))
    for (letter, upper), chunks in sorted(channel.letters.items()):
        printed = letter.upper() if upper else letter
        for chunk, share in sorted(chunks.items(), key=lambda pair: (-pair[1], pair[0])):
            if share >= MIN_CHUNK_SHARE:
                rows.append((grade, "l", printed, "".join(ALPHABET[code] for code in chunk), f"{share:.4f}"))
    return rows


if __name__ == "__main__":
    main()
