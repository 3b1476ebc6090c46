"""What is recognised in a query before its words are looked at: kinds, borders, forms."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_api.query.spans.recognise import recognise
from search_api.query.synonyms import read_synonyms
from tests.search_api.query.spans.known import NOTHING, SmallCollection, only, spans_of, written

PAPERS = SmallCollection(numbers=["57/kh-ubnd", "57/qd-ubnd", "9-nq/tu", "12-ct/tw", "31/2023/nd-cp", "4/kh-ubnd"])


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("57/KH-UBND", "57/kh-ubnd"),
        ("KH 57", "57/kh-ubnd"),
        ("KH57", "57/kh-ubnd"),
        ("kh 57", "57/kh-ubnd"),
        ("kế hoạch số 57", "57/kh-ubnd"),
        ("ke hoach 57", "57/kh-ubnd"),
        ("57-QĐ-UBND", "57/qd-ubnd"),
        ("57 KH UBND", "57/kh-ubnd"),
        ("09/NQ-TU", "9-nq/tu"),
        ("9-NQ/TU", "9-nq/tu"),
        ("12-CT/TƯ", "12-ct/tw"),
        ("057/KH-UBND", "57/kh-ubnd"),
        ("số:57", "57/kh-ubnd 57/qd-ubnd"),
        ("Số 57", "57/kh-ubnd 57/qd-ubnd"),
        ("[57/KH-UBND]", "57/kh-ubnd"),
        ("31/2023/NĐ-CP", "31/2023/nd-cp"),
        ("31-2023-ND-CP", "31/2023/nd-cp"),
        ("NĐ 31/2023/NĐ-CP", "31/2023/nd-cp"),
        ('"57/KH-UBND"', "57/kh-ubnd"),
        ("999/KH-UBND", ""),
    ],
)
def test_a_number_in_every_form_leads_to_the_paper(query: str, keys: str) -> None:
    numbers = [span for span in recognise(query, PAPERS) if span.kind == "number"]
    assert [" ".join(span.numbers) for span in numbers] == [keys]


@pytest.mark.parametrize(
    ("query", "piece"),
    [
        ("Quyết định số 57/QĐ-UBND ngày 03/4/2024 của Ủy ban nhân dân tỉnh về khen thưởng", "của Ủy ban nhân dân tỉnh"),
        ("theo QĐ 57 ngày 3 tháng 4 năm 2024 tặng bằng khen", "QĐ 57 ngày 3 tháng 4 năm 2024"),
        ("(57/KH-UBND)", "(57/KH-UBND)"),
    ],
)
def test_date_and_issuer_belong_to_a_number_and_are_not_required(query: str, piece: str) -> None:
    span = recognise(query, PAPERS)[0]
    assert query[span.start : span.end].endswith(piece)
    assert all("2024" not in form and "nhân" not in form for form in written(span))
    assert "57" in min(written(span), key=len)


def test_a_number_is_found_where_other_papers_cite_it() -> None:
    assert {"12 ct tư", "12 ct tw"} <= written(only("12-CT/TƯ"))
    assert {"7 kh ubnd", "07 kh ubnd"} <= written(only("7/KH-UBND"))
    assert "31 2023 nđ cp" in written(only("31/2023/ND-CP", PAPERS))


@pytest.mark.parametrize(
    "query",
    [
        "46 bài viết",
        "2024",
        "tiêu chí số 57 là gì",
        "kế hoạch 4 năm",
        "3/4 dân số",
        "kế hoạch 2024",
        "24/7",
        "báo cáo 8 hộ",
        "57 hộ",
    ],
)
def test_a_bare_figure_is_no_number_of_a_paper(query: str) -> None:
    assert "number" not in dict(spans_of(query, PAPERS))


@pytest.mark.parametrize(
    "query", ["7/4/2023", "07/04/2023", "7/4/23", "7-4-2023", "7.4.2023", "ngày 7 tháng 4 năm 2023", "07/4/2023"]
)
def test_a_day_in_every_form_is_the_same_day(query: str) -> None:
    span = only(query)
    assert (span.kind, span.date) == ("date", "20230407")
    assert {"7 4 2023", "07 4 2023", "07 04 2023", "7 tháng 4 năm 2023", "07 tháng 4 năm 2023"} <= written(span)


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("tháng 9/2023", "9 năm 2023"),
        ("tháng 9 năm 2023", "09 2023"),
        ("quý II/2023", "quí 2 năm 2023"),
        ("quý 4 năm 2023", "quí iv 2023"),
    ],
)
def test_months_and_quarters(query: str, form: str) -> None:
    assert only(query).kind == "date" and form in written(only(query)) and not only(query).date


@pytest.mark.parametrize("query", ["31/02/2024", "40/10/2024", "1.2.3", "7/4/1066", "ngày 45 tháng 3"])
def test_what_is_no_date(query: str) -> None:
    assert "date" not in dict(spans_of(query))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("45000 đồng", "45 000 đồng"),
        ("45.000 đồng", "45000 đồng"),
        ("45,000", "45000"),
        ("7ha", "7 ha"),
        ("7 ha", "7 héc ta"),
        ("8.500m²", "8500 m2"),
        ("8500 m2", "8 500 m2"),
        ("45%", "45 phần trăm"),
        ("2,5 tỷ", "2 500 triệu"),
        ("3000000 đồng", "3 triệu đồng"),
        ("9km", "9 km"),
        ("0987654321", "0987 654 321"),
        ("0987.654.321", "0987654321"),
        ("0987 654 321", "0987654321"),
    ],
)
def test_figures_however_their_digits_are_parted(query: str, form: str) -> None:
    assert only(query).kind == "figure" and form in written(only(query))


@pytest.mark.parametrize("query", ["46 bài", "năm 2024", "5 đông", "lớp 9", "10 xã"])
def test_what_is_no_figure(query: str) -> None:
    assert "figure" not in dict(spans_of(query))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("3 sao", "ba sao"),
        ("ba sao", "3 sao"),
        ("ocop bon sao", "4 sao"),
        ("thứ tư", "thứ 4"),
        ("thứ 7", "thứ bảy"),
        ("khóa XIV", "khóa 14"),
        ("khóa 14", "khóa xiv"),
        ("quý III", "quí 3"),
        ("hạng Ba", "hạng iii"),
        ("4 tại chỗ", "bốn tại chỗ"),
        ("đại hội XIII", "đại hội 13"),
        ("mười hai người", "12 người"),
    ],
)
def test_digits_words_and_roman_figures(query: str, form: str) -> None:
    span = recognise(query, NOTHING)[-1]
    assert span.kind == "numeral" and form in written(span)


@pytest.mark.parametrize("query", ["năm người", "cam xã đoài", "năm 2024", "vitamin C", "ba mẹ", "tư người"])
def test_words_that_are_numerals_elsewhere(query: str) -> None:
    assert "numeral" not in dict(spans_of(query))


SHORT = [
    row.forms[0].words[0] for row in read_synonyms() if len(row.forms[0].words) == 1 and row.forms[0].words[0][:2].isupper()
]


@pytest.mark.parametrize("short", SHORT)
def test_an_abbreviation_alone_is_read(short: str) -> None:
    span = recognise(short, NOTHING)[0]
    assert (span.start, span.end) == (0, len(short)) and len(span.forms) > 1


def test_several_abbreviations_in_one_query_are_all_read() -> None:
    assert spans_of("CCB HTX NTM") == [("abbreviation", "CCB"), ("abbreviation", "HTX"), ("abbreviation", "NTM")]


@pytest.mark.parametrize("query", ["GD&ĐT", "GD và ĐT", "GD-ĐT", "GDĐT", "GD ĐT", "GD - ĐT"])
def test_the_parts_of_an_abbreviation_meet(query: str) -> None:
    span = only(query)
    assert span.end == len(query) and {"giáo dục và đào tạo", "gdđt"} <= written(span)


def test_an_abbreviation_is_looked_for_in_the_parts_that_the_collection_writes() -> None:
    known = SmallCollection("Phòng VH và TT, Sở LĐ-TBXH")
    assert {"vh tt", "vh và tt"} <= written(only("VHTT", known))
    assert "lđ tbxh" in written(only("LĐTBXH", known))
    assert "vh tt" not in written(only("VHTT"))


def test_a_piece_asked_as_plain_words_is_no_span() -> None:
    assert spans_of("HTX  trồng 7 ha", as_text=["htx", "7 HA"]) == []
    assert spans_of("HTX trồng 7 ha", as_text=["7  ha"]) == [("abbreviation", "HTX")]


def test_quotation_marks_are_walls() -> None:
    assert spans_of('"HTX" 7 ha') == [("figure", "7 ha")]
    assert spans_of('an "sinh xã hội" 7" ha') == []
    assert spans_of("hợp tác: xã") == []


def test_a_pasted_sentence_gets_only_what_is_certain() -> None:
    sentence = "các thôn đã vận động bà con trồng 7 ha cà rốt, thu 45% lãi, đạt OCOP 3 sao và trẻ em được đi học thứ tư"
    assert spans_of(sentence) == [("figure", "7 ha"), ("figure", "45%"), ("abbreviation", "OCOP")]


@given(
    st.lists(
        st.one_of(
            st.text(max_size=8),
            st.sampled_from(["57", "KH", "ngày", "/", "-", "HTX", "sao", "thứ", "%", "quý", "XV", '"', ","]),
        )
    )
)
def test_whatever_is_typed_spans_are_inside_and_apart(pieces: list[str]) -> None:
    query = " ".join(" ".join(pieces).split())
    spans = recognise(query, PAPERS)
    assert all(
        0 <= span.start < span.end <= len(query) and span.forms and all(span.forms) and span.reading for span in spans
    )
    assert all(first.end <= second.start for first, second in pairwise(spans))
