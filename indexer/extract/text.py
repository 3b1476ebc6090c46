"""Read plain text (.txt): decode it, split it into pages at form feeds and into blocks at empty lines."""

from __future__ import annotations

import codecs
import re

from kb.errors import ExtractError
from kb.item import Block

_GAP = re.compile(r"\n[ \t]*\n\s*")


def decode(path: str, data: bytes) -> str:
    """The text of UTF-8 or UTF-16 (with byte order mark) bytes, with "\\n" at line ends. Raises ExtractError.

    >>> decode("a.txt", "Hải Phòng\\r\\n".encode())
    'Hải Phòng\\n'
    """
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ExtractError(
            f"{path}: không phải văn bản UTF-8 (lỗi ở byte {error.start}); hãy chuyển mã rồi thử lại"
        ) from error
    if "\0" in text:
        raise ExtractError(f"{path}: có ký tự NUL, không phải tệp văn bản")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def split_text(text: str) -> list[Block]:
    """Blocks of a plain text; lines inside a block are kept as they are.

    >>> [(b.page, b.original) for b in split_text("a\\nb\\n\\nc\\fd")]
    [(1, 'a\\nb'), (1, 'c'), (2, 'd')]
    """
    blocks = []
    for number, page in enumerate(text.split("\f"), 1):
        for piece in _GAP.split(page.strip("\n")):
            if piece.strip():
                blocks.append(Block(number, piece.strip("\n").rstrip()))
    return blocks
