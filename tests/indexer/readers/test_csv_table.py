from __future__ import annotations

import pytest

from indexer.readers.csv_table import CsvReader, find_delimiter
from indexer.readers.reader import Paper
from kb.errors import ExtractError
from vitext import encode_legacy

READER = CsvReader()
TABLE = "TT;Họ và tên;Đơn vị\r\n1;Nguyễn Thị Được;Sở Nội vụ\r\n2;Lê Văn Tường;Xã Vĩnh Hải, huyện Vĩnh Bảo\r\n"
ROWS = ["TT | Họ và tên | Đơn vị", "1 | Nguyễn Thị Được | Sở Nội vụ", "2 | Lê Văn Tường | Xã Vĩnh Hải, huyện Vĩnh Bảo"]


def texts(data: bytes, path: str = "a.csv") -> list[str]:
    paper = Paper(path, data)
    assert READER.bid(paper) > 0
    return [block.best for block in READER.read(paper).blocks]


def windows_1258(text: str) -> bytes:
    """Vietnamese as Windows-1258 writes it: the tone behind its vowel."""
    import unicodedata

    out = b""
    for c in text:
        try:
            out += c.encode("cp1258")
        except UnicodeEncodeError:
            for tone in "\u0300\u0301\u0303\u0309\u0323":
                parts = unicodedata.normalize("NFD", c)
                if tone in parts:
                    out += unicodedata.normalize("NFC", parts.replace(tone, "")).encode("cp1258") + tone.encode("cp1258")
    return out


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(), TABLE.encode("utf-8-sig"), TABLE.encode("utf-16"), TABLE.encode("utf-16-le"), TABLE.encode("utf-16-be"),
        windows_1258(TABLE), encode_legacy(TABLE, "tcvn3").encode("latin-1"), encode_legacy(TABLE, "vni").encode("latin-1"),
    ],
    ids=["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1258", "tcvn3", "vni"],
)  # fmt: skip
def test_one_text_in_every_encoding(data: bytes) -> None:
    assert texts(data) == ROWS


def test_quotes_tabs_and_a_told_separator() -> None:
    assert texts(b'a,"b, ""c""\nd",e\n1,2,3\n') == ['a | b, "c" d | e', "1 | 2 | 3"]
    assert texts(b"a\tb, c\n1\t2, 3\n", "a.TSV") == ["a | b, c", "1 | 2, 3"]
    assert texts(b"sep=|\na,b|c\n") == ["a,b | c"]


def test_the_delimiter_is_what_most_lines_agree_on() -> None:
    assert find_delimiter("TT;Số\n1;1,5\n2;2,5\n3;7\n") == ";"
    assert find_delimiter("một dòng") == ","


def test_a_quotation_mark_that_nothing_closes() -> None:
    rows = "".join(f"{number},x\n" for number in range(30_000))
    found = texts(f'a,"b\n{rows}'.encode())
    assert len(found) == 30_001 and found[0] == 'a | "b'


def test_empty_tables_and_other_files() -> None:
    with pytest.raises(ExtractError, match=r"a\.csv: bảng không có"):
        READER.read(Paper("a.csv", b";;\n;;\n"))
    assert (
        READER.bid(Paper("a.txt", b"a,b"))
        == READER.bid(Paper("a.csv", b""))
        == READER.bid(Paper("a.csv", b"PK\x03\x04"))
        == 0
    )
