"""The tables of types, issuing bodies and provinces, and the errors of malformed ones."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import TableError
from kb.papers import document_types
from kb.papers.vocabulary import TABLES
from vitext import fold

NAMES = ("document_types.tsv", "issuers.tsv", "provinces.tsv")


@pytest.mark.parametrize("name", NAMES)
def test_tables_say_where_they_come_from_and_are_nfc(name: str) -> None:
    text = (TABLES / name).read_text("utf-8")
    head = [line for line in text.splitlines() if line.startswith("#")]
    assert all(any(word in line for line in head) for word in ("Source:", "Licence:", "Columns:", "Sorted by"))
    assert text == unicodedata.normalize("NFC", text)


def test_the_34_provinces_took_in_the_63_of_before() -> None:
    names = [row.name for row in document_types.provinces()]
    before = {document_types.bare_name(n) for row in document_types.provinces() for n in (row.name, *row.former)}
    # Huế was "Thừa Thiên Huế" then, so both names of it stand in the table.
    assert (len(names), len(before - {"Huế"})) == (34, 63)
    assert sum(name.startswith(document_types.CITY_PREFIX) for name in names) == 7


@pytest.mark.parametrize(
    ("symbol", "found"),
    [("KH", ("KH", "plan")), ("qd", ("QĐ", "decision")), ("QÐ", ("QĐ", "decision")), ("ctr", ("CTr", "programme")),
     ("HD", ("HD", "guideline")), ("HĐ", ("HĐ", "contract")), ("XYZ", ("", "")), ("UBND", ("", ""))],
)  # fmt: skip
def test_types_by_symbol(symbol: str, found: tuple[str, str]) -> None:
    assert document_types.type_of_symbol(symbol) == found


@pytest.mark.parametrize(
    ("symbol", "spelling"),
    [("ubnd", "UBND"), ("HDND", "HĐND"), ("qh15", "QH15"), ("UBTVQH14", "UBTVQH14"), ("ttg", "TTg")],
)
def test_issuers_by_symbol(symbol: str, spelling: str) -> None:
    found = document_types.issuer_of_symbol(symbol)
    assert found and found[0] == spelling


@pytest.mark.parametrize("symbol", ["", "13", "KH", "UBND13", "XYZ"])
def test_no_issuer(symbol: str) -> None:
    assert document_types.issuer_of_symbol(symbol) is None


def test_every_symbol_is_found_as_spelt_and_folded() -> None:
    for row in document_types.document_types():
        assert document_types.type_name(row.code) == row.name
        for symbol in row.symbols:
            assert document_types.type_of_symbol(symbol) == (symbol, row.code)
            assert fold(document_types.type_of_symbol(fold(symbol))[0]) == fold(symbol)
    for issuer in document_types.read_issuers():
        assert document_types.issuer_of_symbol(issuer.symbol) == (issuer.symbol, issuer)


@pytest.mark.parametrize(
    ("symbol", "place", "name"),
    [
        ("UBND", "Thành phố Hải Phòng", "Ủy ban nhân dân thành phố Hải Phòng"),
        ("LMHTX", "Tỉnh Hải Dương", "Liên minh Hợp tác xã tỉnh Hải Dương"),
        ("TU", "Tỉnh Nghệ An", "Tỉnh ủy Nghệ An"),
        ("TU", "Thành phố Huế", "Thành ủy Huế"),
        ("BNV", "Thành phố Hà Nội", "Bộ Nội vụ"),
        ("UBND", "", "Ủy ban nhân dân"),
    ],
)
def test_full_names(symbol: str, place: str, name: str) -> None:
    found = document_types.issuer_of_symbol(symbol)
    assert found and found[1].full_name(place) == name


def test_former_provinces_lead_to_those_of_today() -> None:
    assert document_types.place_names()["hai duong"].current == "Thành phố Hải Phòng"
    assert document_types.place_names()["tinh dong nai"].name == "Tỉnh Đồng Nai"
    assert document_types.place_names()["dong nai"].name == "Thành phố Đồng Nai"


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [("ke hoach", "ke hoach", True), ("k& hoach", "ke hoach", True), ("ke hoac", "ke hoach", True),
     ("kee hoach", "ke hoach", True), ("ke haoch", "ke hoach", False), ("thong tu", "thong bao", False), ("", "a", True),
     ("", "ab", False)],
)  # fmt: skip
def test_near_is_one_letter(a: str, b: str, expected: bool) -> None:
    assert document_types.near(a, b) is document_types.near(b, a) is expected


@pytest.mark.parametrize(
    ("reader", "rows", "line"),
    [
        (document_types.read_types, "plan\tKế hoạch\tKH\nnotice\tThông báo\tTB\n", 2),
        (document_types.read_types, "notice\tThông báo\tTB\nplan\tThông báo\tKH\n", 2),
        (document_types.read_types, "# đầu bảng\nplan\t\tKH\n", 2),
        (document_types.read_types, "notice\tThông báo\tTB\nplan\tKế hoạch\tTB\n", 2),
        (document_types.read_types, "plan\tKế hoạch\tKH\tA\tB\n", 1),
        (document_types.read_types, "plan\tKe\u0302 hoạch\tKH\n", 1),
        (document_types.read_issuers, "SNV\tSở Nội vụ\tcity\n", 1),
        (document_types.read_issuers, "SNV\tSở Nội vụ\tlocal\nSNV\tSở Nội vụ\tlocal\n", 2),
        (document_types.read_provinces, "Hải Phòng\tTỉnh Hải Dương\n", 1),
        (document_types.read_provinces, "Tỉnh A\tTỉnh C\nTỉnh B\tTỉnh C\n", 2),
    ],
)
def test_a_malformed_table_names_its_line(tmp_path: Path, reader: Callable[[str], object], rows: str, line: int) -> None:
    table = tmp_path / "table.tsv"
    table.write_text(rows, "utf-8")
    with pytest.raises(TableError, match=rf"table\.tsv:{line}:"):
        reader(str(table))
