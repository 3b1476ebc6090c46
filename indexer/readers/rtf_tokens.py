"""Cut RTF into groups, control words and text, and say what control words stand for a character."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\([^a-zA-Z])|([{}])|([^\\{}\r\n\0]+)", re.DOTALL
)
#: Control words and signs that stand for characters.
CHARACTERS = {
    "tab": "\t", "line": "\n", "lbr": "\n", "softline": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": "\u2003", "enspace": "\u2002", "qmspace": "\u2005",
    "~": "\u00a0", "_": "-", "-": "\u00ad", "\\": "\\", "{": "{", "}": "}",
}  # fmt: skip
#: Code pages of the character sets of fonts, and what Python calls them.
CHARACTER_SETS = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 130: "cp1361", 134: "cp936", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 255: "cp437",
}  # fmt: skip


class Token(NamedTuple):
    """A piece of RTF: "{" or "}", "word" (with its number, None where it has none), or "text" (bytes in a code page)."""

    kind: str
    word: str = ""
    number: int | None = None
    text: bytes = b""


def read_tokens(data: bytes) -> Iterator[Token]:
    """The tokens of RTF, in their order. What is none is passed over, and so are bytes of pictures (`bin`)."""
    at = 0
    while found := _TOKEN.search(data, at):
        at = found.end()
        code, word, number, sign, brace, text = found.groups()
        if text is not None:
            yield Token("text", text=text)
        elif code is not None:
            yield Token("text", text=bytes([int(code, 16)]))
        elif brace is not None:
            yield Token(brace.decode("ascii"))
        elif sign is not None:
            # A line break behind a backslash ends a paragraph.
            yield Token("word", "par" if sign in b"\r\n" else sign.decode("latin-1"))
        else:
            value = int(number) if number is not None else None
            if word == b"bin":
                at += max(value or 0, 0)
            yield Token("word", word.decode("ascii"), value)
