"""The one module that knows Tesseract: the image goes to its standard input, words with boxes and confidences come back.

It is called as a program, one for each page: a page that it chokes on is killed with it, and memory that it loses is gone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from indexer.ocr.page_image import PageImage
from indexer.parent_death import end_with_parent
from kb.errors import ExtractError

#: The model of Vietnamese that Debian's package has, and the names of the larger one of its second package.
LANGUAGE = "vie"
SECOND_MODELS = ("Vietnamese", "script/Vietnamese")
#: Seconds after which a page is given up: ten times what a dense page of a newspaper takes.
TIMEOUT = 120
#: The kinds of page: text in columns; its direction only; words wherever they stand.
COLUMNS = 3
DIRECTION = 0
SCATTERED = 11
#: How sure it must be of the direction of a page; upright pages have 3.8 and more.
MIN_DIRECTION = 2.0

#: One thread: two pages side by side take half the work of one page on two threads. Nothing else is handed on.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C"}
_INSTALL = "hãy cài tesseract-ocr và tesseract-ocr-vie (Debian, Ubuntu: apt install tesseract-ocr tesseract-ocr-vie)"
_NAMES = (
    "level",
    "page_num",
    "block_num",
    "par_num",
    "line_num",
    "word_num",
    "left",
    "top",
    "width",
    "height",
    "conf",
    "text",
)


class TesseractMissingError(ExtractError):
    """Tesseract or its model of Vietnamese is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was recognised: its confidence (0 to 1), the line of the page on which it stands (block, paragraph,
    line), and its box in pixels from the upper left corner."""

    text: str
    confidence: float
    line: tuple[int, int, int]
    left: int
    top: int
    right: int
    bottom: int


def why_missing() -> str:
    """Why letters cannot be recognised here and what to install, "" where they can."""
    if shutil.which("tesseract") is None:
        return f"chưa cài Tesseract; {_INSTALL}"
    return "" if LANGUAGE in languages() else f"Tesseract chưa có dữ liệu tiếng Việt; {_INSTALL}"


@lru_cache(maxsize=1)
def languages() -> tuple[str, ...]:
    """The models of letters that are installed, the one that reads first before the others; () without Tesseract."""
    listed = _ask("--list-langs").split("\n")[1:]
    return tuple(sorted(filter(None, map(str.strip, listed)), key=lambda name: (name != LANGUAGE, name)))


@lru_cache(maxsize=1)
def version() -> str:
    """The version of Tesseract ("5.3.0"), "" where it is not installed."""
    words = _ask("--version").split()
    return words[1] if len(words) > 1 else ""


def _ask(question: str) -> str:
    program = shutil.which("tesseract")
    if program is None:
        return ""
    told = subprocess.run([program, question], capture_output=True, text=True, timeout=TIMEOUT, check=False)
    return told.stdout or told.stderr


def find_turn(image: PageImage) -> int:
    """By how many degrees (0, 90, 180, 270) a page must be turned clockwise to stand upright; 0 where that is not clear."""
    try:
        told = dict(re.findall(r"^(Rotate|Orientation confidence): ([\d.]+)$", _run(image, DIRECTION, "osd"), re.M))
    except ExtractError:  # it has too few letters
        return 0
    sure = float(told.get("Orientation confidence", 0)) >= MIN_DIRECTION
    return int(told.get("Rotate", 0)) % 360 if sure else 0


def read_words(image: PageImage, model: str = LANGUAGE, mode: int = COLUMNS) -> list[Word]:
    """The words of an image in reading order. Raises TesseractMissingError, and ExtractError where Tesseract fails or takes
    too long; its message names no file."""
    return parse_words(_run(image, mode, "tsv", model))


def _run(image: PageImage, mode: int, output: str, model: str = "") -> str:
    if reason := why_missing():
        raise TesseractMissingError(reason)
    if output == "osd" and "osd" not in languages():
        return ""
    command = [shutil.which("tesseract") or "tesseract", "stdin", "stdout", "--psm", str(mode), "--dpi", str(image.dpi)]
    command += ["-l", model, output] if model else []
    try:
        done = subprocess.run(
            command,
            input=image.pnm,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            env=_ENVIRONMENT,
            preexec_fn=end_with_parent if os.name == "posix" else None,
        )
    except subprocess.TimeoutExpired as error:
        raise ExtractError(f"nhận dạng chữ quá {TIMEOUT} giây nên đã dừng; ảnh có thể quá nhiễu") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise ExtractError(f"không chạy được Tesseract ({error}); {_INSTALL}") from error
    if done.returncode:
        raise ExtractError(f"Tesseract báo lỗi: {_last_line(done.stderr)}")
    return done.stdout.decode("utf-8", "replace")


def parse_words(table: str) -> list[Word]:
    """The words of a table as Tesseract writes it; rows that are none are passed over.

    >>> head = "level page_num block_num par_num line_num word_num left top width height conf text".replace(" ", "\\t")
    >>> row = "5 1 1 1 2 1 10 20 30 12 96.5 thi".replace(" ", "\\t")
    >>> parse_words(f"{head}\\n{row}")
    [Word(text='thi', confidence=0.965, line=(1, 1, 2), left=10, top=20, right=40, bottom=32)]
    """
    words = []
    for row in table.splitlines()[1:]:
        cells = dict(zip(_NAMES, row.split("\t"), strict=False))
        text = unicodedata.normalize("NFC", cells.get("text", "")).strip()
        if cells.get("level") != "5" or not text:
            continue
        try:
            line = (int(cells["block_num"]), int(cells["par_num"]), int(cells["line_num"]))
            left, top, width, height = (int(cells[name]) for name in ("left", "top", "width", "height"))
            confidence = min(1.0, max(0.0, float(cells["conf"]) / 100))
        except ValueError:
            continue
        words.append(Word(text, round(confidence, 4), line, left, top, left + width, top + height))
    return words


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").split("\n")
    return next((line.strip()[:200] for line in reversed(lines) if line.strip()), "không rõ lý do")
