"""Document numbers and dates: parsing what is typed, finding what is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.papers.numbers import DocumentNumber, find_dates, find_numbers, parse_number, read_own_number


@pytest.mark.parametrize(
    ("typed", "text", "key"),
    [
        ("238/KH-UBND", "238/KH-UBND", "238/kh-ubnd"),
        ("238/kh-ubnd", "238/KH-UBND", "238/kh-ubnd"),
        ("Số: 238 /KH-UBND", "238/KH-UBND", "238/kh-ubnd"),
        ("238/KH–UBND", "238/KH-UBND", "238/kh-ubnd"),
        ("S6:43 /KH - LMHTX", "43/KH-LMHTX", "43/kh-lmhtx"),
        ("so 43/KH-LMHTX", "43/KH-LMHTX", "43/kh-lmhtx"),
        ("so43/kh-lmhtx", "43/KH-LMHTX", "43/kh-lmhtx"),
        ("39/CTr-\nLMHTX", "39/CTr-LMHTX", "39/ctr-lmhtx"),
        ("kế hoạch số 238/KH-UBND", "238/KH-UBND", "238/kh-ubnd"),
        ("07/2023/TT-BNV", "07/2023/TT-BNV", "7/2023/tt-bnv"),
        ("12 / 2024 / nd-cp", "12/2024/NĐ-CP", "12/2024/nd-cp"),
        ("12/2024/NÐ-CP", "12/2024/NĐ-CP", "12/2024/nd-cp"),
        ("34-CT/TW", "34-CT/TW", "34-ct/tw"),
        ("34 - ct / tw", "34-CT/TW", "34-ct/tw"),
        ("91/2015/qh13", "91/2015/QH13", "91/2015/qh13"),
        ("64/CP", "64/CP", "64/cp"),
        ("1234/UBND-VX", "1234/UBND-VX", "1234/ubnd-vx"),
        ("l65/KH-UBND", "165/KH-UBND", "165/kh-ubnd"),
        ("12/HD-SNV", "12/HD-SNV", "12/hd-snv"),
        ("12/HĐ-SNV", "12/HĐ-SNV", "12/hd-snv"),
    ],
)
def test_parses_what_people_type(typed: str, text: str, key: str) -> None:
    number = parse_number(typed)
    assert number is not None
    assert (number.text, number.key) == (text, key)


@pytest.mark.parametrize(
    "typed",
    ["", "238", "KH-UBND", "HTX/DN", "18/10/2024", "07/4/2014", "11/6", "3/4", "24/7", "0225.3821.055", "(0225) 3821055",
     "1/2 kg-abc", "100 km/h", "điển hình 238/KH-UBND", "238/KH-UBND và 43/KH-LMHTX", "5/ngày", "2/lúa-rươi"],
)  # fmt: skip
def test_is_no_number(typed: str) -> None:
    assert parse_number(typed) is None


def test_leading_zeros_and_letters_compare_equal() -> None:
    first, second = parse_number("07/2023/TT-BNV"), parse_number("7/2023/tt-bnv")
    assert first and second and first.key == second.key and first.text != second.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kế hoạch số 238 /KH-UBND ngày 18/10/2024", [("238/KH-UBND", "238 /KH-UBND", 1.0)]),
        ("S6:43 /KH - LMHTX o ‘ , 5", [("43/KH-LMHTX", "43 /KH - LMHTX", 1.0)]),
        ("s6 39/CTr-\nLMHTX ngay 21/02/2025", [("39/CTr-LMHTX", "39/CTr-\nLMHTX", 1.0)]),
        ("Chỉ thị số 34-CT/TW; 15/KH-UBND", [("34-CT/TW", "34-CT/TW", 1.0), ("15/KH-UBND", "15/KH-UBND", 1.0)]),
        ("78/2025/NĐ-CPngày 5", [("78/2025/NĐ-CP", "78/2025/NĐ-CP", 1.0)]),
        ("57/2014/TTLT-BTC-\nBNV", [("57/2014/TTLT-BTC-BNV", "57/2014/TTLT-BTC-\nBNV", 1.0)]),
        ("Số 12/KH-UBND - Hải Phòng", [("12/KH-UBND", "12/KH-UBND", 1.0)]),
        ("Số 12/KH - Từ ngày", [("12/KH", "12/KH", 1.0)]),
        ("Nghị định 64/CP", [("64/CP", "64/CP", 1.0)]),
        ("số l65/KH-UBND", [("165/KH-UBND", "l65/KH-UBND", 0.9)]),
        ("công văn số 57/ĐS - KHKD", [("57/ĐS-KHKD", "57/ĐS - KHKD", 0.8)]),
        ("số 31/2004/Q§-BGT, mẫu 5/H§-LHT", [("31/2004/QĐ-BGT", "31/2004/Q§-BGT", 1.0), ("5/HĐ-LHT", "5/H§-LHT", 1.0)]),
        ("Quyeát ñònh soá 31/QÑ-UBT", [("31/QĐ-UBT", "31/QÑ-UBT", 1.0)]),
        ("chuyến bay VN 208/SGN-HAN", [("208/SGN-HAN", "208/SGN-HAN", 0.5)]),
        ("ke\u0302\u0301 hoa\u0323ch 238/KH-UBND", [("238/KH-UBND", "238/KH-UBND", 1.0)]),
    ],
)
def test_finds_numbers_with_exact_spans(text: str, expected: list[tuple[str, str, float]]) -> None:
    assert [(n.number.text, text[n.start : n.end], n.confidence) for n in find_numbers(text)] == expected


@pytest.mark.parametrize(
    "text",
    ["KH-UBND", "ngày 18/10/2024", "có 12/15 HTX, 3/4 UBND xã", "24/7", "HTX/DN", "1.234/QĐ-UBND", "2/3 hộ", "| 5/SP |",
     "giữ 90/SV từng lớp", "số 31/¦B-KH", "số 31/2004/Q¢-UBND", "quý 3/kh-từng xã"],
)  # fmt: skip
def test_finds_nothing(text: str) -> None:
    assert find_numbers(text) == []


def test_party_papers_keep_their_shape() -> None:
    assert parse_number("34-CT/TW") == DocumentNumber("34", "", "CT/TW")
    assert DocumentNumber("34", "", "CT/TW").parts == ("CT", "TW")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hải Phòng, ngày 18 tháng 10 năm 2024", [("2024-10-18", True)]),
        ("Hai Phong, ngay 25 thang 02 nam 2025", [("2025-02-25", False)]),
        ("ngdy 25 thdng 02 ndm 2025", [("2025-02-25", False)]),
        ("ngày 07/4/2014", [("2014-04-07", True)]),
        ("18-10-2024 và 1.2.2023", [("2024-10-18", True), ("2023-02-01", True)]),
        ("ngày l8/1O/2024", [("2024-10-18", False)]),
        ("ngày O5 tháng l2 năm 2O24", [("2024-12-05", False)]),
        ("l8/1O/2024", []),
        ("ngày 31/02/2024, ngày 40 tháng 13 năm 2024", []),
        ("ngày    tháng 10 năm 2024", []),
        ("ngày 2/9/1045", []),
        ("18/10-2024", []),
    ],
)
def test_finds_dates(text: str, expected: list[tuple[str, bool]]) -> None:
    assert [(d.date.isoformat(), d.clean) for d in find_dates(text)] == expected


def test_dates_have_exact_spans() -> None:
    text = "Ha\u0309i Pho\u0300ng, ngày 18 tháng 10 năm 2024."
    (found,) = find_dates(text)
    assert text[found.start : found.end] == "ngày 18 tháng 10 năm 2024"


_PIECES = st.sampled_from(
    ["Số: ", "S6:", "238", "l65", "/", " /", "-", " - ", "–", "KH", "QĐ", "CTr", "TTr", "UBND", "LMHTX", "NĐ-CP", "2024",
     "TW", "\n", " ", "ngày 18/10/2024", ";", "Từ", "XYZ", "qh13", "ﬁ", "\u0301"]
)  # fmt: skip


@given(st.one_of(st.text(max_size=60), st.lists(_PIECES, max_size=12).map("".join)))
def test_never_raises_and_spans_read_as_the_same_number(text: str) -> None:
    parse_number(text)
    find_dates(text)
    end = 0
    for found in find_numbers(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
        assert parse_number(text[found.start : found.end]) == found.number
        assert parse_number(found.number.text) == found.number
        assert DocumentNumber.from_text(found.number.text) == found.number


_SYMBOLS = st.lists(
    st.sampled_from(["KH", "kh", "QĐ", "UBND", "HĐND", "CTr", "QH15", "NĐ", "CP", "X&Y", "A1", "TW", "ﬀ"]),
    min_size=1,
    max_size=4,
)


@given(
    st.sampled_from(["1", "07", "238", "123456", "12a", "O7", "l2", "00"]),
    st.sampled_from(["/", " / ", "/2024/", "-", " – "]),
    _SYMBOLS,
    st.sampled_from(["-", "–", "/", " - "]),
)
def test_a_number_is_its_canonical_text(ordinal: str, mark: str, symbols: list[str], dash: str) -> None:
    typed = f"Số {ordinal}{mark}{dash.join(symbols)}"
    numbers = [found.number for found in find_numbers(typed)]
    if number := parse_number(typed):
        numbers.append(number)
    for number in numbers:
        assert parse_number(number.text) == number
        assert DocumentNumber.from_text(number.text) == number


def test_the_canonical_text_is_read_for_numbers_of_every_shape() -> None:
    for number in (
        DocumentNumber("238", "", "KH-UBND"),
        DocumentNumber("07", "2023", "TT-BNV"),
        DocumentNumber("12a", "", "CP"),
        DocumentNumber("34", "", "CT/TW"),
        DocumentNumber("110", "", "KH/TU-BTG"),
    ):
        assert DocumentNumber.from_text(number.text) == number


@pytest.mark.parametrize(
    "text", ["", "238", "238/", "/KH-UBND", "Số 238/KH-UBND", "34-CT", "12/2024/", "1/KH/UBND/VX", "a/KH"]
)
def test_other_text_is_no_canonical_text(text: str) -> None:
    with pytest.raises(ValueError, match="canonical"):
        DocumentNumber.from_text(text)


def test_both_ways_to_write_the_central_committee_are_one_number() -> None:
    assert parse_number("12-CT/TƯ") == parse_number("12-CT/TW") != parse_number("12-CT/TU")
    assert [span.number.text for span in find_numbers("Chỉ thị số 12-CT/TƯ ngày 3/4/2020")] == ["12-CT/TW"]


@pytest.mark.parametrize("text", ["144/2002/QĐ/BTC", "66/QĐ/UB", "1234/QĐ/UBND-TH"])
def test_a_slash_in_the_symbol_stays(text: str) -> None:
    (found,) = find_numbers(f"Số: {text} ngày")
    assert found.number.text == text and found.number.slashed
    assert DocumentNumber.from_text(text) == found.number
    assert found.number.key.count("/") == text.count("/")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("45/THCS", "45/THCS"),
        ("9/CV/HTX", "9/CV/HTX"),
        ("8/ABC/DEF", "8/ABC/DEF"),
        ("7/BC-BQLDA  Hà Nội", "7/BC-BQLDA"),
        ("3 km", ""),
        ("/KH-UBND", ""),
    ],
)
def test_an_own_number_needs_no_known_abbreviation(text: str, number: str) -> None:
    found = read_own_number(text)
    assert (found.number.text if found else "") == number


def test_the_second_abbreviation_of_a_number_is_no_type() -> None:
    assert [n.number.text for n in find_numbers("Số: 2/CTr-PN-ND")] == ["2/CTr-PN-ND"]
