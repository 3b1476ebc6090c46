"""Make the correction model of `vitext`: count, estimate, learn the channel, pack, calibrate.

    python -m training.make_repair_model DATA WORK [--channel-of MODEL] [--out vitext/correction/repair-vi.model]

Every stage leaves its result in WORK and does not run again while the result is there: the pages of `PAGES` (by
`training.repair_pages`, two hours on two cores), `language.pickle` and `stream.pickle` (5 minutes). The same data, seeds,
Tesseract and fonts give the same file. The model learns from any other pages in WORK too whose names begin as `LEARNED`
says. With `--channel-of MODEL` the channel of Tesseract's English model is not learned but taken from a model that has it,
and its pages are not rendered. `benchmarks.repair` measures the model.
"""

from __future__ import annotations

import argparse
import itertools
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from training.calibrate import calibrate
from training.channel import learn_channel, read_pairs
from training.language_model import LanguageModel, count_words, estimate
from training.pack_correction import (
    BACKOFF_ZERO,
    NGRAM_UNIT,
    UNSEEN,
    pack_channels,
    pack_language,
    take_channel,
    write_model,
)
from training.texts import read_own, read_phrases, read_texts
from vitext.correction.model import UNIT, CorrectionModel
from vitext.fold import strip_marks
from vitext.syllables import is_syllable

ROOT = Path(__file__).parent.parent
#: The first bytes of models of the version before, which had no channels but two.
MAGIC_BEFORE = b"VIREAD02"
#: Costs and limits of the decoder, chosen on the tuning pages; docs/decisions/0008 describes the runs.
SETTINGS = {
    "step": NGRAM_UNIT,
    "backoff_zero": BACKOFF_ZERO,
    "unknown_base": 9 * UNIT,
    "unknown_letter": 230,
    "unknown_lower": 8 * UNIT,
    "unknown_mixed": 10 * UNIT,
    "unknown_capitals": 4 * UNIT,
    "never": UNSEEN,
    "number_cost": 700,
    "insert": 1600,
    "search_limit": 20 * UNIT,
    "wild": 30 * UNIT,
    "keep_limit": 10 * UNIT,
    "prune": 3200,
    "beam_limit": 8 * UNIT,
    "lm_weight": 280,
    "unigram_weight": 256,
    # Words that were run together: a word that costs less is left whole, and what each missing space costs.
    "cut_above": 24 * UNIT,
    # Whether letters with marks are letters like any other, as in text that kept some of its marks.
    "marked_letters": 0,
    "plain_marked_letters": 1,
    "cut": 10 * UNIT,
    # An English recogniser reads letters as digits; one that reads no accents hardly does.
    "cut_number": 1000 * UNIT,
    # In text typed without accents only the marks are missing: there are no specks, no wrong letters, few unknown words.
    "plain_insert": 125 * UNIT,
    "plain_never": 200,
    "plain_unknown_base": 4000,
    "plain_unknown_letter": 400,
    "plain_beam_limit": 12 * UNIT,
    "plain_cut_above": 1000 * UNIT,
    "bare_unknown_letter": 700,
    "bare_cut_above": 16 * UNIT,
    "bare_cut": 0,
    "bare_cut_number": 0,
}
#: Pages: file, number, seed, and options. Pages with thin letters are rare but cause most errors, so more of them are made.
PAGES = (
    ("pages", 900, 0, ()),
    ("pages-2", 1000, 100_000, ()),
    ("pages-3", 1200, 200_000, ()),
    ("pages-rough", 500, 3_000_000, ("--rough",)),
    ("tune", 80, 7_000_000, ("--held-out",)),
    ("test", 80, 9_000_000, ("--held-out",)),
    ("fra-pages", 160, 4_100_000, ("--recogniser", "fra")),
    ("fra-tune", 20, 7_100_000, ("--held-out", "--recogniser", "fra")),
    ("fra-test", 24, 9_100_000, ("--held-out", "--recogniser", "fra")),
    # RapidOCR takes a quarter of a minute a page.
    ("rapid-pages", 16, 4_300_000, ("--recogniser", "rapidocr")),
    ("rapid-tune", 4, 7_300_000, ("--held-out", "--recogniser", "rapidocr")),
    ("rapid-test", 6, 9_300_000, ("--held-out", "--recogniser", "rapidocr")),
)
#: The pages from which each channel is learned, and those with which it is calibrated.
LEARNED = {"ocr": ("pages*.jsonl", "tune.jsonl"), "western": ("fra-pages*.jsonl", "fra-tune.jsonl")}
LEARNED |= {"bare": ("rapid-pages*.jsonl", "rapid-tune.jsonl")}
#: RapidOCR is slow, so its pages are few: each counts so many times beside the pages of "western" without their accents.
BARE_WEIGHT = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--channel-of", type=Path, help="a model of the version before: its English channel is kept")
    parser.add_argument("--out", type=Path, default=ROOT / "vitext" / "correction" / "repair-vi.model")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    for name, count, seed, drawn in PAGES:
        if args.channel_of and name.startswith("pages"):
            continue
        _render(args.data, args.work / f"{name}.jsonl", ["--pages", str(count), "--seed", str(seed), *drawn])
    lm = _language(args.data, args.work / "language.pickle")
    words = lm.vocabulary.words
    syllables = frozenset(word for word in words if is_syllable(word))
    channels = {}
    for name, (pages, _) in LEARNED.items():
        if args.channel_of and name == "ocr":
            continue
        pairs = read_pairs(sorted(args.work.glob(pages)))
        if name == "bare":
            pairs = Counter({pair: n * BARE_WEIGHT for pair, n in pairs.items()})
            for (printed, recognised), n in read_pairs(sorted(args.work.glob(LEARNED["western"][0]))).items():
                pairs[printed, strip_marks(recognised)] += n
        channels[name] = learn_channel(pairs, syllables, name)
        print(f"{name}: {sum(pairs.values())} pairs read")
    arrays = pack_language(lm) | pack_channels(channels, words)
    if args.channel_of:
        arrays |= take_channel(CorrectionModel.open(args.channel_of, MAGIC_BEFORE), words)
    settings: dict[str, Any] = dict(SETTINGS)
    write_model(args.out, arrays, words, settings)
    settings |= calibrate(args.out, {name: args.work / tuning for name, (_, tuning) in LEARNED.items()})
    # Four pages are too few for a map: with its own the calibration error is twice as large.
    settings["calibration_bare"] = settings["calibration_western"]
    write_model(args.out, arrays, words, settings)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, {len(words)} words")


def _render(data: Path, out: Path, how: list[str]) -> None:
    if out.exists():
        return
    subprocess.run([sys.executable, "-m", "training.repair_pages", str(data), str(out), *how], check=True, cwd=ROOT)


def _language(data: Path, kept: Path) -> LanguageModel:
    if kept.exists():
        with kept.open("rb") as file:
            model: LanguageModel = pickle.load(file)
        return model
    texts = (text for text in read_texts(data) if not text.held_out)
    vocabulary, stream = count_words(itertools.chain(texts, read_own(ROOT / "corpus"), read_phrases()))
    model = estimate(vocabulary, stream)
    with kept.open("wb") as file:
        pickle.dump(model, file)
    with kept.with_name("stream.pickle").open("wb") as file:
        pickle.dump((vocabulary, stream), file)
    return model


if __name__ == "__main__":
    main()
