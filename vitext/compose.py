"""Compose the letters of a text (NFC) in time that grows with the text only.

Unicode sorts the marks behind a letter, and the usual way to sort them takes the square of their number: 100,000 marks
behind one letter take minutes. Here longer runs of marks are sorted before.
"""

from __future__ import annotations

import re
import unicodedata

#: Marks in a row that are left to Unicode's own way of sorting: no script has so many (UAX #15, section 13).
_MAX_MARKS = 30
#: Signs beyond ASCII in a row that may be more marks than that: neither letters, digits nor spaces.
_MAY_BE_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MAX_MARKS + 1},}}")


def compose(text: str) -> str:
    """Write the letters of a text in composed form (NFC): base and marks are one character where Unicode has it.

    Takes any text and returns a text, the same as `unicodedata.normalize`, but in linear time for any number of marks.

    >>> compose("tuye\\u0302\\u0301n")
    'tuyến'
    """
    return unicodedata.normalize("NFC", _MAY_BE_MARKS.sub(_sort_marks, text) if len(text) > _MAX_MARKS else text)


def _sort_marks(run: re.Match[str]) -> str:
    """A run of signs with the marks between any two other signs in the order of their classes."""
    out: list[str] = []
    marks: list[str] = []
    for c in "".join(unicodedata.normalize("NFD", c) for c in run[0]):
        if unicodedata.combining(c):
            marks.append(c)
        else:
            out += [*sorted(marks, key=unicodedata.combining), c]
            marks = []
    return "".join(out + sorted(marks, key=unicodedata.combining))
