"""How well damaged text is repaired, beside the text as it is and two other libraries.

    python -m benchmarks.repair PAGES... [--data DATA] [--limit 200] [--json FILE]        (make bench-repair PAGES=… DATA=…)

PAGES are JSON lines (also .xz) of pages: `gold` and `hyp` have the printed and the recognised lines in pairs, and `register`
names the kind of text. `training.repair_pages` writes them; `benchmarks/lmhtx.jsonl` is the scan of `corpus/` beside our own
transcription of it. With `--data`, texts that were held out from training are measured too: without their accents or some of
them (`LOSSES`), and as they are (where every change is wrong).

SER is the syllable error rate: the word Levenshtein distance over syllables between spaces, in NFC and lower case, without
punctuation, with tone marks in one place. SER0 is the same without accents, and CER is over characters. Peers (`pip install
-e .[bench]`): pyvi's accent restoration over the folded text, and symspellpy with the words of our own model. A message says
which peer is not installed and left out.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import statistics
import time
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from training.calibrate import judged_words
from training.texts import read_json_lines, read_texts
from vitext import CORRECTION_STEPS, fold, place_tone, repair, repair_blocks, strip_marks
from vitext.correction.corrector import default_corrector
from vitext.correction.model import MODEL_PATH, UNIT
from vitext.syllables import without_tone

#: Every character that is neither a letter, a digit nor a space.
_PUNCTUATION = re.compile(r"[^\w\s]|_")
System = Callable[[str], str]
"""A damaged text -> the repaired text."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A damaged text beside the printed one; the figures are grouped by `kind`."""

    kind: str
    gold: str
    damaged: str


def read_pages(path: Path) -> Iterator[Sample]:
    """The pages of a file."""
    for page in read_json_lines(path):
        kind = f"{path.name.split('.')[0]} {page.get('register', 'press')}"
        yield Sample(kind, "\n".join(page["gold"]), "\n".join(page["hyp"]))


def syllables(text: str) -> list[str]:
    """The syllables that are compared."""
    plain = _PUNCTUATION.sub("", unicodedata.normalize("NFC", text).lower())
    return [place_tone(word) for word in plain.split()]


def rates(samples: list[Sample], system: System) -> tuple[dict[str, Any], float]:
    """SER, SER0 and CER of the text that a system makes of the samples, and its syllables per second."""
    from rapidfuzz.distance import Levenshtein

    wrong = wrong0 = letters_wrong = total = letters = 0
    start = time.perf_counter()
    repaired = [system(sample.damaged) for sample in samples]
    seconds = time.perf_counter() - start
    for sample, text in zip(samples, repaired, strict=True):
        gold, mine = syllables(sample.gold), syllables(text)
        wrong += Levenshtein.distance(gold, mine)
        wrong0 += Levenshtein.distance([fold(word) for word in gold], [fold(word) for word in mine])
        letters_wrong += Levenshtein.distance(" ".join(gold), " ".join(mine))
        total += len(gold)
        letters += len(" ".join(gold))
    figures = {"SER": wrong / total, "SER0": wrong0 / total, "CER": letters_wrong / letters, "syllables": total}
    return figures, total / seconds


def systems() -> dict[str, System]:
    """The systems: `raw` (no change), the peers that are installed, and ours."""
    found: dict[str, System] = {"raw": lambda text: text}
    try:
        from pyvi import ViUtils

        def restore(line: str) -> str:
            try:
                return str(ViUtils.add_accents(fold(line)))
            except KeyError:  # 0.1.1 falls over some English endings.
                return line

        found["pyvi"] = lambda text: "\n".join(map(restore, text.split("\n")))
    except ImportError:
        print("pyvi is not installed, left out")
    try:
        found["symspellpy"] = _symspell()
    except ImportError:
        print("symspellpy is not installed, left out")
    found["vitext"] = lambda text: repair(text).text
    return found


def _symspell() -> System:
    from symspellpy import SymSpell, Verbosity

    model = default_corrector().model
    checker = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    for word, cost in zip(model.words[3:], model.arrays["unigram"][3:].tolist(), strict=True):
        checker.create_dictionary_entry(word, max(1, int(1e9 * math.exp(-cost / UNIT))))

    def correct(match: re.Match[str]) -> str:
        found = checker.lookup(match[0].lower(), Verbosity.TOP, max_edit_distance=2)
        return found[0].term if found else match[0]

    return lambda text: re.sub(r"\w+", correct, text)


def held_out(data: Path, limit: int) -> list[Sample]:
    """The beginnings of clean texts that were not used for training: `limit` of each register, evenly over the data."""
    by_register: dict[str, list[Sample]] = {}
    for text in read_texts(data):
        if text.held_out:
            whole = "\n".join(line for line in text.text.split("\n") if line)[:6000]
            by_register.setdefault(text.register, []).append(Sample(text.register, whole, whole))
    return [sample for samples in by_register.values() for sample in samples[:: -(-len(samples) // limit)]]


def _half_stripped(text: str) -> str:
    rng = random.Random(len(text))
    return re.sub(r"\S+", lambda word: strip_marks(word[0]) if rng.random() < 0.5 else word[0], text)


#: How text loses its marks, by the name of the loss.
LOSSES: dict[str, System] = {
    "without accents": strip_marks,
    "without accents but đ": lambda text: "".join(c if c in "đĐ" else strip_marks(c) for c in text),
    "half of its words without accents": _half_stripped,
    "without tones": without_tone,
    "in Latin-1, with ? for letters": lambda text: text.encode("latin-1", "replace").decode("latin-1"),
}


def false_changes(samples: list[Sample]) -> dict[str, Any]:
    """The words of clean text that were changed; every such change is wrong."""
    changed = 0
    start = time.perf_counter()
    for sample in samples:
        changed += sum(step.name in CORRECTION_STEPS for step in repair(sample.gold).steps)
    seconds = time.perf_counter() - start
    total = sum(len(sample.gold.split()) for sample in samples)
    return {"changed": changed, "syllables": total, "share": changed / total, "syllables/s": total / seconds}


def reliability(path: Path) -> dict[str, Any]:
    """The expected calibration error over ten bins, and the table of the bins."""
    edges = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1.01)
    told = list(judged_words(path))
    table = []
    error = 0.0
    for low, high in pairwise(edges):
        here = [(sure, right) for sure, right in told if low <= sure < high]
        if here:
            said, was = statistics.fmean(sure for sure, _ in here), statistics.fmean(right for _, right in here)
            table.append({"from": low, "words": len(here), "told": said, "right": was})
            error += abs(said - was) * len(here) / len(told)
    return {"ECE": error, "words": len(told), "table": table}


def speed(samples: list[Sample]) -> dict[str, float]:
    """Damaged syllables per second of the whole path on one core, medians of five: with empty caches, and with caches that
    know the forms."""
    blocks = [sample.damaged for sample in samples]
    total = sum(len(block.split()) for block in blocks)
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(5):
        default_corrector.cache_clear()
        default_corrector()
        for times in (cold, warm):
            start = time.perf_counter()
            repair_blocks(blocks)
            times.append(total / (time.perf_counter() - start))
    loads = []
    for _ in range(5):
        default_corrector.cache_clear()
        start = time.perf_counter()
        default_corrector()
        loads.append(time.perf_counter() - start)
    return {"cold": statistics.median(cold), "warm": statistics.median(warm), "load_s": statistics.median(loads)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--limit", type=int, default=200)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    samples = [sample for path in args.pages for sample in read_pages(path)]
    clean = held_out(args.data, args.limit) if args.data else []
    stripped = [Sample(f"{s.kind} {name}", s.gold, lose(s.gold)) for name, lose in LOSSES.items() for s in clean]
    report: dict[str, Any] = {"model_MB": MODEL_PATH.stat().st_size / 1e6, "rates": []}
    default_corrector()
    damaged = samples + stripped
    print("\n| text | system | SER | SER0 | CER | syllables/s |\n|---|---|---|---|---|---|")
    for name, system in systems().items():
        for kind in sorted({sample.kind for sample in damaged}):
            figures, per_second = rates([sample for sample in damaged if sample.kind == kind], system)
            report["rates"].append({"text": kind, "system": name, **figures, "syllables/s": per_second})
            shown = " | ".join(f"{figures[rate]:.4f}" for rate in ("SER", "SER0", "CER"))
            print(f"| {kind} | {name} | {shown} | {'' if name == 'raw' else f'{per_second:,.0f}'} |")
    report["speed"] = found = speed(samples)
    print(f"\nDamaged text, one core: {found['cold']:,.0f} syllables/s, {found['warm']:,.0f} with its forms seen;", end=" ")
    print(f"model {report['model_MB']:.1f} MB, loaded in {found['load_s']:.3f} s")
    for path in args.pages:
        report[f"calibration {path.name}"] = told = reliability(path)
        print(f"\n{path.name}: ECE {told['ECE']:.4f} over {told['words']} words\n")
        print("| told from | words | told | right |\n|---|---|---|---|")
        for row in told["table"]:
            print(f"| {row['from']} | {row['words']} | {row['told']:.4f} | {row['right']:.4f} |")
    for kind in sorted({sample.kind for sample in clean}):
        report[f"clean {kind}"] = changed = false_changes([sample for sample in clean if sample.kind == kind])
        share = f"{changed['changed']} of {changed['syllables']:,} syllables changed"
        print(f"\nClean {kind}: {share}, {changed['syllables/s']:,.0f} syllables/s")
    if args.json:
        args.json.write_text(json.dumps(report, ensure_ascii=False, indent=1), "utf-8")


if __name__ == "__main__":
    main()
