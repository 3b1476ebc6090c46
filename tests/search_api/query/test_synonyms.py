"""Abbreviations and synonyms of the field: the form of the table, what each row expands, and what no row may expand."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import TableError
from search_api.query.synonyms import KINDS, SYNONYMS, Form, Row, find_expansions, read_synonyms
from tests.corpus.test_corpus import RECORDS
from vitext import analyse, fold, is_skeleton, tokenise

ROWS = read_synonyms()
RECOGNISED = [(row, form) for row in ROWS for form in row.forms if form.recognised]
FORMS = [word for row in ROWS for form in row.forms for word in form.words]


def split(text: str) -> list[str]:
    """The words of a query as typed."""
    return [text[token.start : token.end] for token in tokenise(text)]


def found(query: str) -> dict[str, list[str]]:
    """Each expanded span of a query, with what it may also be written as."""
    words = split(query)
    spans: dict[str, list[str]] = {}
    for expansion in find_expansions(words):
        spans.setdefault(" ".join(words[expansion.start : expansion.end]), []).append(" ".join(expansion.words))
    return spans


def by_row(row: Row, query: str) -> dict[str, list[str]]:
    """What of `found` comes from one row."""
    recognised = {analyse(" ".join(form.words)).folded for form in row.forms if form.recognised}
    written = {" ".join(form.words) for form in row.forms}
    return {
        span: mine
        for span, others in found(query).items()
        if analyse(span).folded in recognised and (mine := [other for other in others if other in written])
    }


def identify(value: Row | Form) -> str:
    return " ".join((value.forms[0] if isinstance(value, Row) else value).words)


def test_the_table_says_where_it_comes_from_and_is_sorted_and_unique() -> None:
    lines = SYNONYMS.read_text("utf-8").splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert all(any(word in line for line in head) for word in ("Source:", "Licence:", "Columns:", "Sorted by"))
    shorts = [line.split("\t")[0] for line in lines if not line.startswith("#")]
    assert shorts == sorted(set(shorts)) and len(shorts) == len(ROWS)
    assert all(line.count("\t") == 4 for line in lines if not line.startswith("#"))
    assert {row.kind for row in ROWS} == set(KINDS)


def test_no_two_rows_say_the_same() -> None:
    pairs = [
        (form.words, other.words)
        for row in ROWS
        for form in row.forms
        if form.recognised
        for other in row.forms
        if other != form
    ]
    assert len(pairs) == len(set(pairs))


def test_no_syllable_is_written_for_a_longer_form() -> None:
    """The index knows no capitals: AI for "trí tuệ nhân tạo" would find every "ai"."""
    short = [form.words[0] for row in ROWS for form in row.forms if len(form.words) == 1 and form.words[0].isupper()]
    written = {other.words[0] for row, form in RECOGNISED for other in row.forms if other != form and len(other.words) == 1}
    assert {word for word in short if is_skeleton(word) and word in written} == {"TYT"}  # no word of the language


@pytest.mark.parametrize(
    "row",
    [
        "B\tb c\tabbreviation\tB\t-\nA\ta b\tabbreviation\tA\t-\n",
        "A\ta b\tabbreviation\tA\t-\nA\ta c\tabbreviation\tA\t-\n",
        "A\ta b\tabbreviation\tA\t-\nB\tb c\tabbreviation\tB\n",
        "A\ta b\tabbreviation\tA\t-\nB\tb c\tslang\tB\t-\n",
        "A\ta b\tabbreviation\tA\t-\nB\tb c|\tabbreviation\tB\t-\n",
        "A\ta b\tabbreviation\tA\t-\nB\tb-c|b c\tabbreviation\tB\t-\n",
        "1\ta b\tabbreviation\tA\t-\n>B\tb c\tabbreviation\tB\t-\n",
        "A\ta b\tabbreviation\tA\t-\nB\tb c\tabbreviation\tB\t-\tmore\n",
        "A\ta b\tabbreviation\tA\t-\nB\tba\u0300\tabbreviation\tB\t-\n",
    ],
)
def test_a_malformed_table_names_its_line(tmp_path: Path, row: str) -> None:
    table = tmp_path / "table.tsv"
    table.write_text(row, "utf-8")
    with pytest.raises(TableError, match=r"table\.tsv:2:"):
        read_synonyms(table)


@pytest.mark.parametrize("row", ROWS, ids=identify)
def test_examples_expand_and_counters_do_not(row: Row) -> None:
    assert by_row(row, row.example)
    assert row.counter == "-" or by_row(row, row.counter) == {}


@pytest.mark.parametrize(("row", "form"), RECOGNISED, ids=identify)
def test_every_form_that_is_read_gives_every_other(row: Row, form: Form) -> None:
    """Both ways: as spelt, in small letters unless capitals decide, and without accents unless the table wants them."""
    typed = " ".join(form.words)
    others = [" ".join(other.words) for other in row.forms if analyse(" ".join(other.words)).folded != analyse(typed).folded]
    assert set(others) <= set(found(f"mô hình {typed}").get(typed, []))
    lower = by_row(row, f"mô hình {typed.lower()}")
    assert bool(lower) == (bool(others) and not form.ambiguous)
    plain = fold(typed) if not form.ambiguous else typed
    assert set(others) <= set(found(f"mo hinh {plain}").get(plain, [])) or not form.folds
    if not form.folds:
        assert by_row(row, f"mo hinh {plain}") == {}


@pytest.mark.parametrize(
    ("query", "spans"),
    [
        ("hợp tác xã", {"hợp tác xã": ["HTX"]}),
        ("HỢP TÁC XÃ", {"HỢP TÁC XÃ": ["HTX"]}),
        ("hop tac xa", {"hop tac xa": ["HTX"]}),
        ("mô hình hop tac xa", {"hop tac xa": ["HTX", "hợp tác xã"]}),
        ("hợp tác xa bờ", {}),
        ("hợp tắc xã", {}),
        ("nuôi heo đất", {}),
        ("tre em", {"tre em": ["trẻ con", "trẻ nhỏ"]}),
        ("khóm tre em trồng", {}),
        ("uỷ ban nhân dân", {"uỷ ban nhân dân": ["UBND"]}),
        ("kỷ niệm chương", {"kỷ niệm chương": ["KNC"]}),
        ("kỉ niệm chương", {"kỉ niệm chương": ["KNC"]}),
        ("TDKT", {"TDKT": ["thi đua khen thưởng", "thi đua và khen thưởng", "TĐ KT"]}),
        ("công tác CDS", {}),
        ("cong tac cds", {"cds": ["chuyển đổi số"]}),
        ("phòng GD-ÐT", {"GD ÐT": ["GDĐT", "giáo dục và đào tạo", "giáo dục đào tạo"]}),
        ("TP.HCM", {"TP HCM": ["TPHCM", "thành phố Hồ Chí Minh", "Tp Hồ Chí Minh"]}),
        ("TP. Hải Phòng", {"TP": ["thành phố"]}),
        ("thành phố Hồ Chí Minh", {"thành phố Hồ Chí Minh": ["TPHCM", "TP HCM", "Tp Hồ Chí Minh"]}),
        ("BCH quân sự xã", {"BCH quân sự": ["BCHQS", "ban chỉ huy quân sự"]}),
        ("người cao tuổi", {"người cao tuổi": ["NCT", "người già", "người lớn tuổi"]}),
        ("Đắk Lắk", {"Đắk Lắk": ["Đắc Lắc", "Đăk Lăk", "Đắc Lắk", "Đắk Lắc"]}),
        ("dak lak", {"dak lak": ["Đắc Lắc", "Đắc Lắk", "Đắk Lắc"]}),
        ("Bắc Cạn", {"Bắc Cạn": ["Bắc Kạn"]}),
        ("", {}),
        ("lúa", {}),
        (
            "Sở VH và TT",
            {"VH và TT": ["VHTT", "văn hóa và thể thao", "văn hóa thể thao", "văn hóa và thông tin", "văn hóa thông tin"]},
        ),
        ("BÀN VÀ GHẾ", {}),
    ],
)
def test_spans(query: str, spans: dict[str, list[str]]) -> None:
    assert found(query) == spans


@pytest.mark.parametrize(
    ("query", "span"),
    [
        ("AI", "AI"),
        ("dạy AI cho trẻ", "AI"),
        ("ai dạy trẻ", ""),
        ("Ai dạy trẻ", ""),
        ("AI DẠY TRẺ", ""),
        ("AI DAY TRE", ""),
        ("UBND TP HP", "HP"),
        ("CẢNG HP", ""),
        ("cảng HP 2025", "HP"),
        ("cảng hp", ""),
    ],
)
def test_ambiguous_abbreviations_want_capitals_that_tell(query: str, span: str) -> None:
    spans = found(query)
    assert span in spans if span else not {"AI", "Ai", "ai", "HP", "hp"} & spans.keys()


def test_ambiguous_are_two_letters_or_a_syllable_in_capitals() -> None:
    spelt = [Form(("TP",)), Form(("Tp",)), Form(("THAN",)), Form(("than",)), Form(("HTX",)), Form(("TP", "HCM"))]
    assert [form.ambiguous for form in spelt] == [True, False, True, False, False, False]


def test_places_and_longer_forms_win_over_what_they_hold() -> None:
    assert list(found("TTYT và thành phố Cảng")) == ["TTYT", "thành phố Cảng"]
    assert list(found("vệ sinh an toàn thực phẩm")) == ["vệ sinh an toàn thực phẩm"]


def test_titles_gain_nothing_without_accents() -> None:
    """Accents taken off, a title of the corpus reads no form that it does not hold."""
    titles = [
        match[1] for path in RECORDS if (match := re.search(r'^title: "(.*)"$', path.read_text("utf-8"), re.MULTILINE))
    ]
    assert len(titles) == len(RECORDS)
    for title in titles:
        for plain in (fold(title), fold(title).upper()):
            assert {fold(span) for span in found(plain)} <= {fold(span) for span in found(title)}


@given(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(FORMS)), max_size=48))
def test_whatever_is_typed_spans_are_inside_and_apart(words: list[str]) -> None:
    expansions = find_expansions(words)
    spans = sorted({(expansion.start, expansion.end) for expansion in expansions})
    assert all(0 <= start < end <= len(words) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert [expansion.start for expansion in expansions] == sorted(expansion.start for expansion in expansions)
    assert len(expansions) == len(set(expansions))
    assert all(expansion.words and expansion.kind in KINDS for expansion in expansions)
