"""Read tables in text (.csv, .tsv): each row is a block.

The encoding and the sign between the cells are found out, for programs in Vietnam write ";" as often as ",", and bytes of
TCVN3 as often as UTF-8.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter

from indexer.readers.legacy_fonts import decode_western
from indexer.readers.reader import Content, Paper
from indexer.readers.tables import make_table
from kb.errors import ExtractError
from vitext import compose, is_syllable

_ENDINGS = (".csv", ".tsv", ".tab")
_DELIMITERS = "\t;,|"
_SEPARATOR = re.compile(r"sep=([;,\t|])\n", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
#: Controls that no text has; VISCII writes letters as some others.
_CONTROLS = re.compile("[\x00\x01\x03\x04\x07\x08\x0e-\x13\x15-\x18\x1a-\x1d]")
#: Bytes by which text is told from other files.
_HEAD = 4096
#: Characters from the beginning by which the sign between the cells is found out.
_SAMPLE = 50_000
#: Share of the words beyond ASCII that are syllables, if the text is in Windows-1258.
_MIN_SYLLABLES = 0.8
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class CsvReader:
    """The reader of tables in text. It bids by the ending, for a text with commas is no table."""

    name = "bảng CSV"

    def bid(self, paper: Paper) -> float:
        """0.6 for text with an ending of tables."""
        if not paper.data or not paper.path.lower().endswith(_ENDINGS):
            return 0.0
        return 0.0 if _CONTROLS.search(_decode(paper.data[:_HEAD])) else 0.6

    def read(self, paper: Paper) -> Content:
        """The rows of a table. Raises ExtractError for a table without any text."""
        text = _decode(paper.data).replace("\r\n", "\n").replace("\r", "\n")
        told = _SEPARATOR.match(text)
        delimiter = told[1] if told else find_delimiter(text[:_SAMPLE])
        blocks = make_table(_read_rows(text[told.end() :] if told else text, delimiter))
        if not blocks:
            raise ExtractError(f"{paper.path}: bảng không có ô nào có chữ; hãy kiểm tra lại tệp")
        return Content(tuple(blocks))


def find_delimiter(text: str) -> str:
    """The sign between the cells: the one by which most lines have equally many cells.

    >>> find_delimiter("TT;Tên;Số\\n1;A;1,5\\n2;B;2,5"), find_delimiter("TT,Tên\\n1,'A; B'")
    (';', ',')
    """
    best, found = 0, ","
    for delimiter in _DELIMITERS:
        counts = Counter(len(row) for row in _read_rows(text, delimiter) if row)
        for cells, rows in counts.items():
            if cells > 1 and rows > best:
                best, found = rows, delimiter
    return found


def _read_rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        return list(csv.reader(text.split("\n") if '"' not in text else text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        # A quotation mark that nothing closes makes one cell of the rest.
        return [line.split(delimiter) for line in text.split("\n")]


def _decode(data: bytes) -> str:
    """The text of a file in the first encoding that fits; bytes of TCVN3 and VNI stay letters of Windows-1252."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" in data:
        return data.decode("utf-16-be" if data[::2].count(0) > data[1::2].count(0) else "utf-16-le", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        text = compose(data.decode("cp1258", "replace"))
        words = [word for word in _WORD.findall(text) if not word.isascii()]
        if sum(map(is_syllable, words)) >= _MIN_SYLLABLES * len(words):
            return text
        return decode_western(data)
