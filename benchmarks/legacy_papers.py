"""Measure how many Vietnamese letters come back from real papers in formats and encodings before Unicode.

    python -m benchmarks.legacy_papers DATA [--as-text] [--files] [--lost FILE]

DATA has a folder `files` (.doc, .rtf, .xls, .pdf) and a folder `truth` with a transcript of each, of the same stem (.txt).
Every file goes through its reader, and then through the steps that measure and repair. The measure is the diacritic
accuracy: of the letters in the transcript that bear a mark or are đ, the share that comes back exactly; both sides are
composed, and aligned on their letters and digits without marks. The papers that it cites are those which the same steps find
in the transcript: the share that is found, and how many are found that the transcript does not cite.

`--as-text` leaves the fonts out, which tell the encoding of every letter: the letters that the file holds become a plain
text, as in a copy or a mail, and `vitext` alone has to tell what they are. `--files` prints every file; `--lost FILE` prints
what was lost of one.
"""

from __future__ import annotations

import argparse
import unicodedata
from collections import Counter
from pathlib import Path

from rapidfuzz.distance import Levenshtein

from indexer.discover import FoundFile
from indexer.extract import extract
from indexer.pipeline import process
from kb.errors import ExtractError
from kb.item import Item
from vitext import compose, strip_marks

#: Characters around a loss that are shown.
CONTEXT = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with files/ and truth/")
    parser.add_argument("--as-text", action="store_true", help="read the letters without the fonts that the file names")
    parser.add_argument("--files", action="store_true", help="print every file")
    parser.add_argument("--lost", metavar="FILE", default="", help="print the losses of the files whose names hold this")
    options = parser.parse_args()
    kept: Counter[str] = Counter()
    all_: Counter[str] = Counter()
    cited: Counter[str] = Counter()
    for path in sorted((options.data / "files").iterdir()):
        truth = (options.data / "truth" / f"{path.stem}.txt").read_text("utf-8")
        try:
            item, reason = (read_as_text if options.as_text else read)(path), ""
        except ExtractError as error:
            item, reason = None, f"  {error}"
        good, total, losses = compare(truth, text_of(item) if item else "")
        wanted, found = citations_of(read_text(path.name, truth)), citations_of(item) if item else set()
        cited.update(wanted=len(wanted), found=len(wanted & found), invented=len(found - wanted))
        for name in (path.suffix, "all"):
            kept[name] += good
            all_[name] += total
        if options.files:
            print(f"{good / max(total, 1):.4f}  {good:7} {total:7}  {path.name}{reason}")
        if options.lost and options.lost in path.name:
            print(*(f"  {a!r} -> {b!r}" for a, b in losses), sep="\n")
            print(*(f"  not found: {key}" for key in sorted(wanted - found)), sep="\n")
            print(*(f"  invented: {key}" for key in sorted(found - wanted)), sep="\n")
    for name in sorted(all_, key=lambda name: (name == "all", name)):
        print(f"{kept[name] / max(all_[name], 1):.4f}  {kept[name]:7} of {all_[name]:7} letters  {name}")
    print(f"citations: {cited['found']} of {cited['wanted']} found, {cited['invented']} that the papers do not cite")


def read(path: Path) -> Item:
    """The item of a paper. Raises ExtractError."""
    return process(FoundFile(path.name, path, {}), path.read_bytes())


def read_as_text(path: Path) -> Item:
    """The item of a plain text with the letters of a paper as its file holds them. Raises ExtractError."""
    blocks = extract(path.name, path.read_bytes(), {}, None).blocks
    return read_text(path.name, "\n\n".join(block.original for block in blocks))


def read_text(name: str, text: str) -> Item:
    """The item of a plain text."""
    return process(FoundFile(f"{name}.txt", Path(name), {}), text.encode())


def text_of(item: Item) -> str:
    """The best version of a paper's text."""
    return "\n".join(block.best for block in item.blocks)


def citations_of(item: Item) -> set[str]:
    """The keys of the papers that a paper cites, and of its own number."""
    document = item.document
    if document is None:
        return set()
    own = {document.number.key} if document.number else set()
    return own | {citation.number.key for citation in document.citations}


def compare(truth: str, text: str) -> tuple[int, int, list[tuple[str, str]]]:
    """The letters with marks that came back, all of them, and what was lost: the words of the truth, and what came.

    >>> compare("Đại học", "Dại hoc")[:2], compare("Hà Nội", "Hà  Nội và")[:2]
    ((1, 3), (2, 2))
    """
    wanted, found = letters_of(truth), letters_of(text)
    good = total = 0
    losses: list[tuple[str, str]] = []
    for piece in Levenshtein.opcodes(bare(wanted), bare(found)):
        for at in range(piece.src_start, piece.src_end):
            if not is_marked(wanted[at]):
                continue
            total += 1
            came = piece.dest_start + at - piece.src_start
            if piece.tag == "equal" and found[came] == wanted[at]:
                good += 1
            else:
                came = min(came, piece.dest_end)
                losses.append((around(wanted, at), around(found, came)))
    return good, total, losses


def letters_of(text: str) -> str:
    return "".join(c for c in compose(text) if c.isalnum())


def bare(letters: str) -> list[str]:
    """Each letter without case and marks."""
    return [strip_marks(c.lower()) or c for c in letters]


def is_marked(letter: str) -> bool:
    return letter in "đĐ" or len(unicodedata.normalize("NFD", letter)) > 1


def around(letters: str, at: int) -> str:
    return letters[max(at - CONTEXT, 0) : at + CONTEXT]


if __name__ == "__main__":
    main()
