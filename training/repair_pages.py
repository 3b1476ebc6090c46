"""Render pages of the training texts, recognise them without Vietnamese, and keep both sides line by line.

    python -m training.repair_pages DATA OUT [--pages 600] [--held-out] [--rough] [--recogniser eng] [--seed 0] [--workers 2]

It writes OUT (JSON lines: register, look, `gold` and `hyp` lines in pairs). The registers alternate: press, law, places,
capitals (titles as papers print them). With `--held-out` the pages are of held-out texts, otherwise of all others; places
are a closed list and never held out. `--rough` draws only looks with thin letters. `--recogniser` is one of
`training.recognisers`, Tesseract's English model if it is not given. It needs Tesseract 5, `fonts-croscore`
and `fonts-freefont-ttf`; the same versions and the same data give the same file.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import tempfile
from dataclasses import asdict
from difflib import SequenceMatcher
from pathlib import Path

from training.ocr_pages import PageLook, render, wrap
from training.recognisers import RECOGNISERS, recognise
from training.texts import TrainingText, modern_tone, read_texts, sample_paragraphs
from vitext.fold import fold

#: Printed lines of a page.
LINES = 34
#: The registers of consecutive pages, which repeat.
TURNS = ("press", "law", "places", "press", "law", "capitals", "press", "law", "places", "law")
#: The least similarity (0..1, folded) of two lines that are a pair; below it the recogniser lost or split a line.
MIN_SIMILARITY = 0.5


def pair_lines(gold: list[str], hyp: list[str]) -> list[tuple[str, str]]:
    """The printed lines with the lines that were recognised for them; lost and split lines are left out."""
    plain_gold, plain_hyp = [fold(line) for line in gold], [fold(line) for line in hyp]
    pairs = []
    start = 0
    for at, line in enumerate(plain_gold):
        best, place = MIN_SIMILARITY, -1
        for other in range(start, min(start + 6, len(plain_hyp))):
            alike = SequenceMatcher(None, line, plain_hyp[other], autojunk=False).ratio()
            if alike > best:
                best, place = alike, other
        if place >= 0:
            pairs.append((gold[at], hyp[place]))
            start = place + 1
    return pairs


def choose_pages(texts: list[TrainingText], pages: int, seed: int) -> list[tuple[str, list[str]]]:
    """`pages` pages of printed lines with their register, drawn from the texts."""
    rng = random.Random(seed)
    by_register: dict[str, list[TrainingText]] = {}
    for text in texts:
        by_register.setdefault(text.register, []).append(text)
    chosen = []
    for number in range(pages):
        register = TURNS[number % len(TURNS)]
        source = rng.choice(("press", "law", "law")) if register == "capitals" else register
        lines: list[str] = []
        while len(lines) < LINES:
            text = rng.choice(by_register[source])
            for paragraph in sample_paragraphs([text], 1, rng):
                if register == "capitals":
                    first = paragraph.split("\n")[0][:240]
                    paragraph = rng.choice((first.upper(), first.upper(), first))
                lines += [line for line in wrap(paragraph) if line]
        if rng.random() < 0.4:
            lines = [modern_tone(line) for line in lines]
        chosen.append((register, lines[:LINES]))
    return chosen


def make_page(task: tuple[str, list[str], int, bool, str]) -> str:
    """One page as a line of JSON."""
    register, lines, seed, rough, recogniser = task
    draw = PageLook.draw_rough if rough else PageLook.draw_any
    look = draw(random.Random(seed))
    with tempfile.TemporaryDirectory() as work:
        recognised = recognise(render(lines, look, seed), Path(work), recogniser).split("\n")
    pairs = pair_lines(lines, [line for line in recognised if line.strip()])
    page = {"register": register, "look": asdict(look), "gold": [a for a, _ in pairs], "hyp": [b for _, b in pairs]}
    return json.dumps(page, ensure_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=int, default=600)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--rough", action="store_true")
    parser.add_argument("--recogniser", choices=RECOGNISERS, default="eng")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    texts = [text for text in read_texts(args.data) if len(text.text) > 200]
    texts = [text for text in texts if text.held_out == args.held_out or text.register == "places"]
    pages = choose_pages(texts, args.pages, args.seed)
    drawn = args.rough, args.recogniser
    tasks = [(register, lines, args.seed + number, *drawn) for number, (register, lines) in enumerate(pages)]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    with args.out.open("w", encoding="utf-8") as out, multiprocessing.Pool(args.workers) as pool:
        for line in pool.imap(make_page, tasks):
            out.write(line + "\n")
            out.flush()


if __name__ == "__main__":
    main()
