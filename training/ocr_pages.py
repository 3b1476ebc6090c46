"""Render text as a page image and read it with Tesseract: damage as real scans have it.

An English model reading a Vietnamese page is the commonest damage in offices (`lang="eng"`). The page is set in Tinos
(Debian package `fonts-croscore`), which has every Vietnamese letter, then blurred, sprinkled with noise and turned a
little, all from one seed.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = Path("/usr/share/fonts/truetype/croscore")
#: Characters a line, about what 13-point type gives on A4.
LINE_LENGTH = 82


@dataclass(frozen=True, slots=True)
class PageLook:
    """How a page was scanned: dots per inch, blur radius in pixels, noise in grey levels, skew in degrees."""

    dpi: int = 150
    blur: float = 0.8
    noise: float = 12.0
    skew: float = 0.3

    @classmethod
    def draw(cls, rng: random.Random) -> PageLook:
        """A plausible office scan."""
        return cls(rng.choice((130, 150, 200)), rng.uniform(0.5, 1.1), rng.uniform(6, 16), rng.uniform(-0.5, 0.5))


def wrap(text: str) -> list[str]:
    """The text as printed lines; an empty line between paragraphs."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(textwrap.wrap(paragraph, LINE_LENGTH) or [""])
    return lines


def render(lines: list[str], look: PageLook, seed: int) -> Image.Image:
    """One page image (8-bit grey) of the lines; lines in capitals are set bold."""
    size = round(13 / 72 * look.dpi)
    regular = ImageFont.truetype(str(FONTS / "Tinos-Regular.ttf"), size)
    bold = ImageFont.truetype(str(FONTS / "Tinos-Bold.ttf"), size)
    margin, step = look.dpi, round(size * 1.45)
    width = 2 * margin + round(max(regular.getlength(line) for line in lines) * 1.08)
    page = Image.new("L", (width, 2 * margin + step * len(lines)), 250)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        draw.text((margin, margin + row * step), line, font=bold if line.isupper() else regular, fill=25)
    page = page.rotate(look.skew, expand=False, fillcolor=250, resample=Image.Resampling.BICUBIC)
    page = page.filter(ImageFilter.GaussianBlur(look.blur))
    noise = np.random.default_rng(seed).normal(0, look.noise, (page.height, page.width))
    return Image.fromarray(np.clip(np.asarray(page, dtype=np.float64) + noise, 0, 255).astype(np.uint8))


def read_page(page: Image.Image, work: Path, lang: str = "eng") -> str:
    """What Tesseract reads. Raises RuntimeError, saying what to install, when Tesseract is missing or fails."""
    program = shutil.which("tesseract")
    if program is None:
        raise RuntimeError("Tesseract is missing: apt install tesseract-ocr fonts-croscore")
    image = work / "page.png"
    page.save(image, dpi=(150, 150))
    command = [program, str(image), "stdout", "-l", lang, "--psm", "6"]
    done = subprocess.run(command, capture_output=True, text=True, env={"OMP_THREAD_LIMIT": "1"}, check=False)
    if done.returncode:
        raise RuntimeError(f"tesseract: {done.stderr.strip()}")
    return done.stdout.replace("\f", "").rstrip() + "\n"
