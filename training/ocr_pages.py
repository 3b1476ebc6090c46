"""Render text as a page image and recognise it with Tesseract, which gives the damage of real scans.

The most frequent cause of damage in offices is an English model on a Vietnamese page (`lang="eng"`). The page is set in
Tinos or FreeSerif (Debian packages `fonts-croscore`, `fonts-freefont-ttf`), which have every Vietnamese letter. Then it is
blurred, gets noise, is turned a little, faded or made black and white, all from one seed.
"""

from __future__ import annotations

import io
import random
import shutil
import subprocess
import textwrap
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

#: The folder of the fonts.
FONTS = Path("/usr/share/fonts/truetype")
#: Regular and bold face of each look.
FACES = {
    "tinos": ("croscore/Tinos-Regular.ttf", "croscore/Tinos-Bold.ttf"),
    "tinos-bold": ("croscore/Tinos-Bold.ttf", "croscore/Tinos-Bold.ttf"),
    "tinos-italic": ("croscore/Tinos-Italic.ttf", "croscore/Tinos-BoldItalic.ttf"),
    "freeserif": ("freefont/FreeSerif.ttf", "freefont/FreeSerifBold.ttf"),
}
#: Characters of a line, about as many as 13-point type gives on A4.
LINE_LENGTH = 82


@dataclass(frozen=True, slots=True)
class PageLook:
    """How a page was scanned: dots per inch, blur radius in pixels, noise in grey levels, skew in degrees.

    `contrast` below 1 fades the print, `threshold` (grey level, 0 for none) makes it black and white, `jpeg` is the quality
    with which it was saved (0 for none).
    """

    dpi: int = 150
    blur: float = 0.8
    noise: float = 12.0
    skew: float = 0.3
    face: str = "tinos"
    contrast: float = 1.0
    threshold: int = 0
    jpeg: int = 0

    @classmethod
    def draw(cls, rng: random.Random) -> PageLook:
        """A plausible office scan."""
        return cls(rng.choice((130, 150, 200)), rng.uniform(0.5, 1.1), rng.uniform(6, 16), rng.uniform(-0.5, 0.5))

    @classmethod
    def draw_any(cls, rng: random.Random) -> PageLook:
        """Any legible scan: 100 to 250 dpi, four faces, faded, black and white, or saved in low quality."""
        dpi = rng.choice((100, 120, 150, 150, 150, 170, 200, 200, 250))
        return cls(
            dpi=dpi,
            blur=rng.uniform(0.3, 0.95) * dpi / 150,
            noise=rng.uniform(2, 16),
            skew=rng.uniform(-0.5, 0.5),
            face=rng.choice(("tinos", "tinos", "tinos", "tinos-bold", "tinos-italic", "freeserif")),
            contrast=rng.uniform(0.75, 1.0),
            threshold=rng.choice((0, 0, 140, 160)),
            jpeg=rng.choice((0, 0, 50, 75)),
        )

    @classmethod
    def draw_rough(cls, rng: random.Random) -> PageLook:
        """A black-and-white scan of faded print, with thin letters and lost dots. Few scans of `draw_any` are like this, but
        they have most of the errors."""
        look = cls.draw_any(rng)
        return replace(look, contrast=rng.uniform(0.75, 0.92), threshold=140, noise=rng.uniform(4, 16))


def wrap(text: str) -> list[str]:
    """The text as printed lines; an empty paragraph is an empty line."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(textwrap.wrap(paragraph, LINE_LENGTH) or [""])
    return lines


def render(lines: list[str], look: PageLook, seed: int) -> Image.Image:
    """One page image (8-bit grey) of the lines; lines in capitals are set bold."""
    size = round(13 / 72 * look.dpi)
    regular, bold = (ImageFont.truetype(str(FONTS / face), size) for face in FACES[look.face])
    margin, step = look.dpi, round(size * 1.45)
    width = 2 * margin + round(max(regular.getlength(line) for line in lines) * 1.08)
    page = Image.new("L", (width, 2 * margin + step * len(lines)), 250)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        draw.text((margin, margin + row * step), line, font=bold if line.isupper() else regular, fill=25)
    page = page.rotate(look.skew, expand=False, fillcolor=250, resample=Image.Resampling.BICUBIC)
    page = page.filter(ImageFilter.GaussianBlur(look.blur))
    noise = np.random.default_rng(seed).normal(0, look.noise, (page.height, page.width))
    grey = 250 + look.contrast * (np.asarray(page, dtype=np.float64) - 250) + noise
    if look.threshold:
        grey = np.where(grey < look.threshold, 0.0, 255.0)
    scan = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    if look.jpeg:
        saved = io.BytesIO()
        scan.save(saved, "JPEG", quality=look.jpeg)
        scan = Image.open(saved)
    return scan


def recognise_page(page: Image.Image, work: Path, lang: str = "eng") -> str:
    """The text that Tesseract recognises. Raises RuntimeError if Tesseract fails or is missing, with what to install."""
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
