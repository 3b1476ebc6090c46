"""How well scanned pages are read: error rates, boxes, expected errors and speed, on pages of known text.

    python -m benchmarks.ocr_pages [--pages 4] [--json FILE]

The pages are made here: records of `corpus/practices` set in three fonts on A4, and a ruled list, rendered at several
resolutions and damaged as scanners do it: "scan" is blurred, noisy, .4 degrees askew, JPEG 75; "poor" is blurred more, 1.3
degrees askew, faded, unevenly lit, JPEG 35; "fax" is black and white with noise. The same call makes the same pages.

SER is the syllable error rate: the word Levenshtein distance over syllables between spaces, in NFC, case and signs included.
"alone" is what Tesseract reads in its own order; "read" is our order and correction. A box is right when the middle of the
printed word lies in the box of the word that was read.
"""

from __future__ import annotations

import argparse
import io
import json
import time
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from indexer.extract import extract
from indexer.ocr import PageImage, keep, lay_out, recognise_sheet
from indexer.ocr.page_image import MIN_DPI, USUAL_DPI
from indexer.readers.pdf_blocks import blocks_of
from indexer.readers.pdf_file import Page
from indexer.readers.pdf_pages import PageDecision
from kb.item import Item, Source

ROOT = Path(__file__).parent.parent
FONTS = Path("/usr/share/fonts/truetype")
FACES = ("croscore/Tinos-Regular.ttf", "dejavu/DejaVuSerif.ttf", "croscore/Arimo-Regular.ttf")
#: (kind, dots per inch) of the pages, as they are scanned.
LEVELS = (("scan", 200), ("scan", 150), ("poor", 150), ("poor", 200), ("fax", 200), ("fax", 100), ("scan", 300))
INCHES = (8.27, 11.69)


@dataclass
class Printed:
    """A page as it is printed: its image at some resolution, its words in reading order and the middles of their boxes in
    shares of the page."""

    image: Image.Image
    words: list[str]
    middles: list[tuple[float, float]]


def texts(count: int) -> list[list[str]]:
    """Paragraphs of records of the corpus, enough for a page each."""
    pages = []
    for path in sorted((ROOT / "corpus" / "practices").glob("*.md"))[:: max(1, 80 // count)][:count]:
        item = extract(path.name, path.read_bytes(), {})
        pages.append([item.title.upper(), *(block.original for block in item.blocks)])
    return pages


def print_page(paragraphs: list[str], dpi: int, face: str) -> Printed:
    """Paragraphs on a page of A4."""
    size = round(13 / 72 * dpi)
    font = ImageFont.truetype(str(FONTS / face), size)
    image = Image.new("L", (round(INCHES[0] * dpi), round(INCHES[1] * dpi)), 255)
    draw = ImageDraw.Draw(image)
    left, right, y = dpi, image.width - round(0.8 * dpi), round(0.9 * dpi)
    words: list[str] = []
    middles: list[tuple[float, float]] = []
    x: float
    for paragraph in paragraphs:
        x = left + size * 2
        for word in unicodedata.normalize("NFC", paragraph).split():
            width = font.getlength(word)
            if x + width > right:
                x, y = left, y + round(1.45 * size)
            if y > image.height - dpi:
                return Printed(image, words, middles)
            draw.text((x, y), word, font=font, fill=15)
            words.append(word)
            middles.append(((x + width / 2) / image.width, (y + 0.62 * size) / image.height))
            x += width + font.getlength(" ")
        y += round(1.9 * size)
    return Printed(image, words, middles)


def print_list(dpi: int, face: str) -> Printed:
    """A ruled list of people with their units and what they did."""
    size = round(12 / 72 * dpi)
    font = ImageFont.truetype(str(FONTS / face), size)
    image = Image.new("L", (round(INCHES[0] * dpi), round(INCHES[1] * dpi)), 255)
    draw = ImageDraw.Draw(image)
    people = ("Nguyễn Văn Hùng", "Trần Thị Bình", "Lê Quang Đạo", "Phạm Thu Hường", "Đỗ Mạnh Cường", "Vũ Thị Thúy")
    units = (
        "Trường Tiểu học Nguyễn Trãi",
        "Trạm Y tế xã Vĩnh Bảo",
        "Hội Nông dân huyện Kiến Thụy",
        "Công an phường Đằng Giang",
    )
    deeds = ("Có thành tích xuất sắc trong phong trào thi đua yêu nước", "Tận tụy với nghề, được nhân dân tin yêu",
             "Đi đầu trong việc xây dựng nông thôn mới")  # fmt: skip
    edges = [round(x * dpi) for x in (0.8, 1.25, 3.0, 5.0, 7.5)]
    rows = [("STT", "Họ và tên", "Đơn vị", "Thành tích")]
    rows += [(str(n), people[n % 6], units[n % 4], deeds[n % 3]) for n in range(1, 12)]
    words: list[str] = []
    middles: list[tuple[float, float]] = []
    x: float
    y = dpi
    draw.line([edges[0], y, edges[-1], y], fill=0, width=max(1, dpi // 100))
    for row in rows:
        deepest = y
        for at, cell in enumerate(row):
            x, down = edges[at] + size // 2, y + size // 3
            for word in cell.split():
                width = font.getlength(word)
                if x + width > edges[at + 1] - size // 3:
                    x, down = edges[at] + size // 2, down + round(1.3 * size)
                draw.text((x, down), word, font=font, fill=15)
                words.append(word)
                middles.append(((x + width / 2) / image.width, (down + 0.62 * size) / image.height))
                x += width + font.getlength(" ")
            deepest = max(deepest, down + round(1.7 * size))
        for edge in edges:
            draw.line([edge, y, edge, deepest], fill=0, width=max(1, dpi // 100))
        y = deepest
        draw.line([edges[0], y, edges[-1], y], fill=0, width=max(1, dpi // 100))
    return Printed(image, words, middles)


def scanned(page: Printed, kind: str, dpi: int, seed: int) -> Printed:
    """The page as a scanner gives it; the middles of the words are turned with it."""
    rng = np.random.default_rng(seed)
    blur, noise, turn, jpeg, contrast = {
        "scan": (0.6, 6, 0.4, 75, 1.0), "poor": (1.1, 12, -1.3, 35, 0.75), "fax": (0.4, 0, 0.3, 0, 1.0),
    }[kind]  # fmt: skip
    image = page.image.rotate(turn, resample=Image.Resampling.BICUBIC, fillcolor=255)
    image = image.filter(ImageFilter.GaussianBlur(blur * dpi / 200))
    grey = 255 + contrast * (np.asarray(image, np.float64) - 255)
    if kind == "poor":
        grey *= np.linspace(1.0, 0.8, image.width)[None, :]
    grey += rng.normal(0, noise, grey.shape) if noise else 0
    if kind == "fax":
        grey = np.where(grey < 150, 0.0, 255.0)
        flipped = rng.random(grey.shape)
        grey = np.where(flipped < 0.002, 255 - grey, grey)
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    if jpeg:
        saved = io.BytesIO()
        image.save(saved, "JPEG", quality=jpeg)
        image = Image.open(saved).convert("L")
    angle = np.deg2rad(turn)
    across, down = page.image.size
    turned = []
    for x, y in page.middles:
        a, b = (x - 0.5) * across, (y - 0.5) * down
        turned.append(
            ((a * np.cos(angle) + b * np.sin(angle)) / across + 0.5, (-a * np.sin(angle) + b * np.cos(angle)) / down + 0.5)
        )
    return Printed(image, page.words, turned)


def as_read(image: Image.Image, dpi: int) -> PageImage:
    """The image at the resolution at which the program reads it."""
    if dpi < MIN_DPI:
        size = round(image.width * USUAL_DPI / dpi), round(image.height * USUAL_DPI / dpi)
        return PageImage(*size, USUAL_DPI, image.resize(size, Image.Resampling.LANCZOS).tobytes())
    return PageImage(image.width, image.height, dpi, image.tobytes())


def distance(a: list[str], b: list[str]) -> int:
    """The Levenshtein distance of two lists of words."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def measure(page: Printed, dpi: int) -> dict[str, float]:
    """The figures of one page."""
    started = time.process_time(), time.perf_counter()
    sheet = recognise_sheet(as_read(page.image, dpi))
    seconds = time.perf_counter() - started[1]
    own = time.process_time()
    read = lay_out(sheet)
    layout = time.process_time() - own
    blocks = tuple(blocks_of(Page(1, read.lines, (), PageDecision("recognised", "text"))))
    item = Item("a", "document", "", Source("", ""), blocks)
    alone = [word.text for word in sheet.words]
    original = " ".join(block.original for block in blocks).replace(" | ", " ").split()
    best = " ".join(block.best for block in blocks).replace(" | ", " ").split()
    hits = 0
    kept, _ = keep(sheet, 1)
    for x, y in page.middles:
        hits += any(w.left <= x <= w.right and w.top <= y <= w.bottom for w in kept.words)
    changed = [(a, b) for a, b in zip(original, best, strict=True) if a != b]
    return {
        "words": len(page.words),
        "alone": distance(page.words, alone),
        "original": distance(page.words, original),
        "read": distance(page.words, best),
        "changed": len(changed),
        "boxes": hits,
        "expected": (item.expected_error or 0.0) * len(page.words),
        "good": item.quality == "good",
        "poor": item.quality == "poor",
        "seconds": seconds,
        "layout": layout,
        "pages": 1,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=4)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    rows: dict[str, dict[str, float]] = {}
    for kind, dpi in LEVELS:
        for what in ("text", "list"):
            total: dict[str, float] = defaultdict(float)
            pages = [print_page(text, dpi, FACES[at % 3]) for at, text in enumerate(texts(given.pages))]
            for at, page in enumerate(pages if what == "text" else [print_list(dpi, face) for face in FACES[:1]]):
                for name, value in measure(scanned(page, kind, dpi, at), dpi).items():
                    total[name] += value
            rows[f"{kind} {dpi} {what}"] = show(f"{kind} {dpi} {what}", total)
    if given.json:
        given.json.write_text(json.dumps(rows, indent=1))


def show(name: str, total: dict[str, float]) -> dict[str, float]:
    shares: dict[str, Any] = {key: total[key] / total["words"] for key in ("alone", "original", "read", "boxes", "expected")}
    shares |= {key: total[key] / total["pages"] for key in ("good", "poor", "seconds", "layout")} | {
        "changed": total["changed"]
    }
    print(f"{name:<16}" + "  ".join(f"{key} {value:.4f}" for key, value in shares.items()), flush=True)
    return shares


if __name__ == "__main__":
    main()
