"""Read a list (CSV or lines), each line of which is searched by itself (Tìm theo danh sách)."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from search_api.query.parser import clean
from vitext import fold

#: Lines of a list that are searched, at most.
MAX_LINES = 200
#: Lines that are taken apart; later ones are only counted, for no more than MAX_LINES names are searched.
MAX_READ_LINES = 2000
#: Characters of a line that are searched, at most.
MAX_LINE_LENGTH = 200
#: Hits that are shown for a line, at most.
MAX_HITS = 3
#: Folded column titles: a first line with one of them is a heading, not a name.
_HEADINGS = frozenset(
    ("ten", "ho ten", "ho va ten", "don vi", "ten don vi", "ca nhan", "tap the", "stt", "name", "danh sach", "co quan")
)


def read_lines(text: str) -> list[str]:
    """The names of a list: of every line the first cell that has letters. A heading and empty lines are left out.

    >>> read_lines("STT,Họ và tên\\n1,Nguyễn Văn A\\n2,\\"HTX Đức Chính, Tuệ Tĩnh\\"")
    ['Nguyễn Văn A', 'HTX Đức Chính, Tuệ Tĩnh']
    >>> read_lines("Nguyễn Văn A\\n\\n  Trần Thị B  ")
    ['Nguyễn Văn A', 'Trần Thị B']
    """
    lines = [line for line in text.replace("\x00", " ").lstrip("\ufeff").splitlines() if line]
    parts = (_cells(line) if at < MAX_READ_LINES else [line] for at, line in enumerate(lines))
    names = (next((cell for cell in cells if any(map(str.isalpha, cell))), "") for cells in parts)
    kept = [clean(name)[0][:MAX_LINE_LENGTH] for name in names]
    return [name for at, name in enumerate(kept) if name and not (at == 0 and _is_heading(lines[0]))]


def write_lines(names: Sequence[str]) -> str:
    """The names as a list from which `read_lines` reads the same names.

    >>> write_lines(["Nguyễn Văn A", "HTX Đức Chính, Tuệ Tĩnh"])
    'Nguyễn Văn A\\n"HTX Đức Chính, Tuệ Tĩnh"'
    """
    quoted = ('"' + name.replace('"', '""') + '"' if any(sign in name for sign in ',;"') else name for name in names)
    return "\n".join(quoted)


def read_file(data: bytes) -> str:
    """The text of an uploaded list: UTF-8, or UTF-16 as Excel writes "Unicode text". Invalid bytes are replaced."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def as_phrase(name: str) -> str:
    """The query for a name as one phrase.

    >>> as_phrase('HTX "Đức Chính"')
    '"HTX Đức Chính"'
    """
    return '"' + " ".join(name.translate(str.maketrans('"“”«»', "     ")).split()) + '"'


def _cells(line: str) -> list[str]:
    separator = next((sign for sign in "\t;" if sign in line), ",")
    try:
        return next(csv.reader(io.StringIO(line), delimiter=separator), [])
    except csv.Error:
        return [line]


def _is_heading(line: str) -> bool:
    return any(" ".join(fold(cell).split()) in _HEADINGS for cell in _cells(line.lstrip("\ufeff")))
