from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.ports import Filters
from search_api.query.parser import MAX_CHARACTERS, MAX_WORDS, clean, parse_query

PLACES = ("Huyện Vĩnh Bảo, thành phố Hải Phòng", "Xã Vĩnh Bảo, thành phố Hải Phòng", "Quận Lê Chân, thành phố Hải Phòng")


def values(facet: str) -> tuple[str, ...]:
    return PLACES if facet == "place" else ()


def shape(typed: str) -> tuple[list[list[str]], list[str]]:
    """Variants and exclusions as words, phrases in quotes."""
    query = parse_query(typed, values)

    def show(clause: object) -> str:
        text = " ".join(term.accented for term in clause.terms)  # type: ignore[attr-defined]
        return f'"{text}"' if clause.literal else text  # type: ignore[attr-defined]

    return [[show(c) for c in r.clauses] for r in query.variants], [show(c) for c in query.excluded]


@pytest.mark.parametrize(
    ("typed", "variants", "excluded"),
    [
        ("mô hình", [["mô", "hình"]], []),
        ('"mô hình" mới', [['"mô hình"', "mới"]], []),
        ("“mô hình” «mới»", [['"mô hình"', '"mới"']], []),
        ("lúa -rươi", [["lúa"]], ["rươi"]),
        ('lúa -"con rươi"', [["lúa"]], ['"con rươi"']),
        ("-rươi", [], ["rươi"]),
        ("lúa OR rươi", [["lúa"], ["rươi"]], []),
        ("mô hình lúa HOẶC cáy", [["mô", "hình", "lúa"], ["cáy"]], []),
        ("OR lúa OR", [["lúa"]], []),
        ("lúa or rươi", [["lúa", "or", "rươi"]], []),
        ("kinh tế - xã hội", [["kinh", "tế", "xã", "hội"]], []),
        ("xã -", [["xã"]], []),
        ('mô "hình', [["mô", "hình"]], []),
        ('""', [], []),
        ("(lúa) [rươi] {cáy}~2^3 AND NOT *:*", [["lúa", "rươi", "cáy", "2", "3", "and", "not"]], []),
        ("mầu: đỏ", [["mầu", "đỏ"]], []),
        ("", [], []),
        ("   ", [], []),
        ("!!!", [], []),
        ("anh-em", [["anh", "em"]], []),
    ],
)
def test_syntax(typed: str, variants: list[list[str]], excluded: list[str]) -> None:
    assert shape(typed) == (variants, excluded)


@pytest.mark.parametrize(
    ("typed", "facets", "rest"),
    [
        ("năm:2024 lúa", {"year": ("2024",)}, ["lúa"]),
        ("lúa nam: 2024", {"year": ("2024",)}, ["lúa"]),
        ("lĩnh vực:y tế", {"field": ("health",)}, []),
        ("linh vuc:nông nghiệp mô hình", {"field": ("agriculture",)}, ["mô", "hình"]),
        ('LĨNH VỰC:"giáo dục và đào tạo" lớp', {"field": ("education",)}, ["lớp"]),
        ("loại:cách làm hay chợ", {"kind": ("practice",)}, ["chợ"]),
        ("trạng thái:chờ thẩm định", {"status": ("pending",)}, []),
        ("chất lượng:kém", {"quality": ("poor",)}, []),
        ("địa bàn:vinh bao rươi", {"place": PLACES[:2]}, ["rươi"]),
        ('địa bàn:"huyện Vĩnh Bảo"', {"place": PLACES[:1]}, []),
    ],
)
def test_fields(typed: str, facets: dict[str, tuple[str, ...]], rest: list[str]) -> None:
    query = parse_query(typed, values)
    assert query.constraints == (Filters(facets),)
    assert [t.accented for t in query.free] == rest and query.problems == ()


@pytest.mark.parametrize("typed", ["năm:hai nghìn", "lĩnh vực:bóng đá", "số:abc", "địa bàn:sao hỏa", "năm:", "năm:20245"])
def test_a_value_nobody_knows_is_text_and_said_so(typed: str) -> None:
    query = parse_query(typed, values)
    assert query.constraints == () and query.free
    assert len(query.problems) == 1 and typed.split(":")[0] in query.problems[0]


def test_a_number_in_a_field_is_a_constraint_and_alone_a_jump() -> None:
    with_words = parse_query("số:238/kh-ubnd tuyên truyền")
    assert with_words.constraints == (Filters(numbers=("238/kh-ubnd",)),) and len(with_words.free) == 2
    for typed in ("238/KH-UBND", "số:238/kh-ubnd", "Số: 238 /KH–UBND", "  238/kh-ubnd ", "kế hoạch số 238/KH-UBND"):
        query = parse_query(typed)
        assert query.number is not None and query.number.key == "238/kh-ubnd"
    damaged = parse_query("S6:43 /KH - LMHTX")
    assert damaged.number is not None and damaged.number.text == "43/KH-LMHTX"
    assert parse_query("18/10/2024").number is None


def test_long_queries_are_cut_and_said_so() -> None:
    query = parse_query("thi đua " * 5000)
    assert query.shortened and len(query.text) <= MAX_CHARACTERS
    assert len(query.free) == MAX_WORDS
    assert not parse_query("thi đua " * 10).shortened


@given(st.one_of(st.text(), st.text(alphabet='"“”«»-:()*~^\\ ORsốnăm:0123456789/\n\t\0\ud800\u202e')))
def test_no_input_is_an_error(typed: str) -> None:
    query = parse_query(typed, values)
    assert len(query.terms) <= MAX_WORDS
    query.text.encode("utf-8")
    assert parse_query(query.text, values).variants == query.variants or query.shortened


def test_clean_takes_out_what_cannot_be_seen() -> None:
    assert clean("a\0b\u202ec\ud800d\u200be") == ("a b c d e", False)
