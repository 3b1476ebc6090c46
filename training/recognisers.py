"""Programs that recognise a page image, by name: Tesseract with one of its models, or RapidOCR.

A page that a program without Vietnamese has read is damaged in the way of that program: Tesseract's English model writes é
for every e with an accent and no other accent, its French model writes ê, è, à, ô too, and RapidOCR leaves spaces out.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from training.ocr_pages import recognise_page

#: The models of Tesseract (packages `tesseract-ocr-fra` and so on); "eng+vie" has both.
TESSERACT_MODELS = ("eng", "fra", "vie", "eng+vie", "eng+fra")
#: The names that `recognise` knows.
RECOGNISERS = (*TESSERACT_MODELS, "rapidocr")
#: Two boxes are of one line when their middles are nearer than this share of a line's height.
SAME_LINE = 0.5


def recognise(page: Image.Image, work: Path, name: str) -> str:
    """The lines that a program of `RECOGNISERS` reads on a page (8-bit grey). RapidOCR needs `pip install
    rapidocr-onnxruntime`, which the project itself does not use."""
    if name != "rapidocr":
        return recognise_page(page, work, name)
    boxes, _ = _rapidocr()(np.asarray(page.convert("RGB")))
    placed = [(sum(y for _, y in corners) / 4, corners, text) for corners, text, _ in boxes or ()]
    placed.sort(key=lambda box: box[0])
    lines: list[list[tuple[float, str]]] = []
    middle = -1e9
    for y, corners, text in placed:
        if y - middle > SAME_LINE * (corners[3][1] - corners[0][1]):
            lines.append([])
            middle = y
        lines[-1].append((corners[0][0], text))
    return "".join(" ".join(text for _, text in sorted(line)) + "\n" for line in lines)


@cache
def _rapidocr() -> Callable[[Any], Any]:
    engine: Callable[[Any], Any] = importlib.import_module("rapidocr_onnxruntime").RapidOCR(intra_op_num_threads=1)
    return engine
