"""A signer under a stamp is read by a second look, marked as uncertain; whoever was read is not read again."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import ImageDraw

from indexer.ocr import PageImage, Word, recognise_sheet, signature
from indexer.ocr.post_correction import DOUBTFUL
from indexer.ocr.signature import MAX_CONFIDENCE, second_look
from tests.indexer.ocr.scans import Scan, need_tesseract

PAGE = PageImage(1000, 1400, 120, b"\xff" * 1_400_000)


def line(text: str, row: int, left: int, top: int, confidence: float = 0.95) -> list[Word]:
    return [
        Word(word, confidence, (row, 1, 1), left + 70 * at, top, left + 70 * at + 60, top + 24)
        for at, word in enumerate(text.split())
    ]


OFFICE = line("CHỦ TỊCH", 2, 600, 1000)
BODY = line("Chủ tịch Ủy ban nhân dân quyết định:", 1, 100, 200)


def look(monkeypatch: pytest.MonkeyPatch, words: list[Word], found: list[Word]) -> tuple[list[Word], int]:
    """The words after a second look that finds `found` (in the places of the page), and how often it was taken."""
    cuts: list[PageImage] = []

    def read(image: PageImage, *_: object) -> list[Word]:
        cuts.append(image)
        zone = signature._zone(PAGE, words)
        assert zone is not None
        left, top = zone[:2]
        return [
            w.__class__(w.text, w.confidence, w.line, w.left - left, w.top - top, w.right - left, w.bottom - top)
            for w in found
        ]

    monkeypatch.setattr(signature, "read_words", read)
    return second_look(PAGE, words), len(cuts)


def test_a_name_that_was_not_read_is_found_and_never_sure(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = line("Ng ăn", 3, 600, 1200, 0.6)
    found = line("Nguyễn Văn Hùng", 1, 600, 1200, 0.97) + line("vết mực ở đây", 2, 600, 1100)
    words, times = look(monkeypatch, BODY + OFFICE + pieces, found)
    assert times == 1
    assert [word.text for word in words] == [*(w.text for w in BODY), "CHỦ", "TỊCH", "Nguyễn", "Văn", "Hùng"]
    assert all(word.confidence == MAX_CONFIDENCE < DOUBTFUL for word in words[-3:])


def test_a_page_that_was_read_or_has_no_signer_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    signed = BODY + OFFICE + line("Nguyễn Văn Hùng", 3, 600, 1200)
    assert look(monkeypatch, signed, []) == (signed, 0)
    assert look(monkeypatch, BODY, []) == (BODY, 0)


def test_a_surer_name_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    first = BODY + line("TM. ỦY BAN NHÂN DÂN", 2, 500, 950) + line("Nguyễn Văn Hùng", 3, 600, 1200, 0.96)
    words, times = look(monkeypatch, first, line("Nguyên Vấn Hùng", 1, 600, 1200, 0.7))
    assert (words, times) == (first, 1)


def test_a_name_under_a_stamp_and_a_signature_is_read() -> None:
    need_tesseract()
    scan = Scan().write(80, 80, ["Căn cứ Luật Thi đua, khen thưởng và các văn bản hướng dẫn thi hành;"] * 3)
    scan.write(350, 420, ["TM. ỦY BAN NHÂN DÂN", "         CHỦ TỊCH"]).write(365, 540, ["Nguyễn Văn Hùng"], 14)
    draw, scale = ImageDraw.Draw(scan.image), scan.dpi / 72
    for radius in (52, 46, 30):
        edges = [(400 - radius) * scale, (495 - radius) * scale, (400 + radius) * scale, (495 + radius) * scale]
        draw.ellipse(edges, outline=170, width=int(2 * scale))
    strokes = [((360 + 8 * at) * scale, (505 + 22 * np.sin(at * 1.7)) * scale) for at in range(16)]
    draw.line(strokes, fill=40, width=int(1.6 * scale), joint="curve")
    text = " ".join(word.text for word in recognise_sheet(scan.page).words)
    assert "Văn Hùng" in text and "TỊCH" in text
