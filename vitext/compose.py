"""Compose the letters of a text (NFC) in time that grows with the text only.

Unicode sorts the marks behind a letter, and the usual way to sort them takes the square of their number: 100,000 marks
behind one letter take minutes. No script has more than a few marks behind a letter, and Unicode's stream-safe format allows 30
(UAX #15, section 13); longer runs are composed in pieces.
"""

from __future__ import annotations

import re
import unicodedata

#: Marks behind a letter that are sorted and composed together.
MAX_MARKS = 30
#: Signs beyond ASCII in a row that may be so many marks: neither letters, digits nor spaces.
_MAY_BE_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{MAX_MARKS + 1},}}")


def compose(text: str) -> str:
    """Write the letters of a text in composed form (NFC): base and marks are one character where Unicode has it.

    Takes any text and returns a text. Only where more than 30 marks stand behind one letter it differs from
    `unicodedata.normalize`: marks far from each other change no places then.

    >>> compose("tuye\\u0302\\u0301n")
    'tuyến'
    """
    if len(text) <= MAX_MARKS or not (found := _MAY_BE_MARKS.search(text)):
        return unicodedata.normalize("NFC", text)
    pieces = []
    at = 0
    while found:
        marks = 0
        for place in range(found.start(), found.end()):
            marks = marks + 1 if unicodedata.category(text[place])[0] == "M" else 0
            if marks > MAX_MARKS:
                pieces.append(text[at:place])
                at, marks = place, 1
        found = _MAY_BE_MARKS.search(text, found.end())
    pieces.append(text[at:])
    return "".join(unicodedata.normalize("NFC", piece) for piece in pieces)
