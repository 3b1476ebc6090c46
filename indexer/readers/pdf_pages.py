"""Decide for each page of a PDF alone whether its text layer is what is printed on it.

One decision for a whole file fails: a digitally signed scan has five lines of text ("Người ký: …") over six pages of image,
and a bundle mixes printed pages with scanned ones. What counts is how much of the page images cover, whether the layer is a
text that one can see, whether its characters are known, and whether it is damaged as the output of a recogniser is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from indexer.readers.pdf_lines import Line
from indexer.readers.pdf_objects import Box
from vitext import measure_damage

#: The share of a page that images cover from which it may be a scan.
SCAN_COVERAGE = 0.5
#: Words within the margins from which a page under an image has a text layer of its own, and not only a signature.
MIN_WORDS = 60
#: The share of the width and the height that is margin on each side.
MARGIN = 0.125
#: The share of characters without Unicode from which a layer cannot be read.
MAX_UNMAPPED = 0.02
#: The share of dark pixels from which a page without text has something on it.
MIN_INK = 0.0005
#: The share of invisible text from which a layer is the reading of an earlier recogniser.
MIN_INVISIBLE = 0.5

# Characters that stand for none: pdfium's own, Unicode's replacement, private use, controls. A single one between gaps is
# the dot of a list, in a font of signs.
_NONE = "\x00-\x08\x0e-\x1f\ufffd\ufffe\uffff\ue000-\uf8ff"
_ANY_NONE = re.compile(f"[{_NONE}]")
_UNMAPPED = re.compile(f"(?<=\\S)[{_NONE}]|[{_NONE}](?=\\S)")

#: Where the text of a page comes from. "layer": its text layer is what is printed. "scan": it is an image, and letters must
#: be recognised. "recognised": they were. "unreadable": it has text of which the characters are not known. "blank": nothing
#: is on it.
Source = Literal["layer", "scan", "recognised", "unreadable", "blank"]
#: What the text layer of a page is. "text": the page. "reading": what an earlier recogniser read. "beside": some visible
#: words over an image (a signature, a header). "noise": nothing that one could use. "none": there is none.
Layer = Literal["text", "reading", "beside", "noise", "none"]


@dataclass(frozen=True, slots=True)
class PageSignals:
    """What is measured on a page.

    `coverage` is the share (0 to 1) of the page that images cover; `words` and `inner_words` count the words of the layer,
    the latter without those in the margins; `unmapped` is the share of its characters without Unicode; `invisible` the share
    of its text that is not drawn; `damaged` says that its letters are those of a recogniser that failed; `ink` is the share
    of dark pixels, measured only where the page has no text.
    """

    coverage: float = 0.0
    words: int = 0
    inner_words: int = 0
    unmapped: float = 0.0
    invisible: float = 0.0
    damaged: bool = False
    ink: float = 0.0


@dataclass(frozen=True, slots=True)
class PageDecision:
    """Where the text of a page comes from, and what its text layer is."""

    source: Source
    layer: Layer


def decide_page(signals: PageSignals) -> PageDecision:
    """The decision for a page.

    >>> decide_page(PageSignals(coverage=0.1, words=400, inner_words=380))
    PageDecision(source='layer', layer='text')
    >>> decide_page(PageSignals(coverage=1.0, words=20, inner_words=12))
    PageDecision(source='scan', layer='beside')
    """
    if not signals.words:
        drawn = signals.coverage > SCAN_COVERAGE or signals.ink > MIN_INK
        return PageDecision("scan" if drawn else "blank", "none")
    if signals.unmapped > MAX_UNMAPPED:
        return PageDecision("scan" if signals.coverage > SCAN_COVERAGE else "unreadable", "noise")
    if signals.coverage <= SCAN_COVERAGE:
        return PageDecision("layer", "text")
    if signals.invisible >= MIN_INVISIBLE:
        # What nobody sees is no signature. A clean reading is worth having until the page is read again.
        return PageDecision("scan" if signals.damaged or signals.inner_words < MIN_WORDS else "layer", "reading")
    if signals.inner_words < MIN_WORDS:
        return PageDecision("scan", "beside")
    return PageDecision("scan", "reading") if signals.damaged else PageDecision("layer", "text")


def measure_page(lines: Sequence[Line], box: Box, coverage: float, invisible: float = 0.0) -> PageSignals:
    """The signals of a page that shows `box` (left, bottom, right, top in points) with these lines; `ink` is left at 0.

    Margins and damage are looked at only where images cover the page: elsewhere no recogniser made the text.
    """
    text = "\n".join(line.text for line in lines)
    words = text.split()
    over_image = coverage > SCAN_COVERAGE
    return PageSignals(
        coverage=coverage,
        words=len(words),
        inner_words=sum(len(line.text.split()) for line in lines if _inside(line, box)) if over_image else len(words),
        unmapped=len(_UNMAPPED.findall(text)) / sum(map(len, words)) if _ANY_NONE.search(text) and words else 0.0,
        invisible=invisible,
        damaged=over_image and measure_damage(text).kind in ("ocr", "unaccented", "foreign"),
    )


def _inside(line: Line, box: Box) -> bool:
    """Whether the middle of a line is within the margins."""
    left, bottom, right, top = box
    across, up = MARGIN * (right - left), MARGIN * (top - bottom)
    return left + across < line.middle < right - across and bottom + up < (line.top + line.base) / 2 < top - up
