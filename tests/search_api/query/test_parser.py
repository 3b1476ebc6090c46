"""What is syntax in a query and what is text, what fields mean, and that no input is an error."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.ports import Clause, Filters, Term
from search_api.query.parser import MAX_CHARACTERS, MAX_WORDS, Query, parse_query
from search_api.query.spans.span import Span
from tests.corpus.test_corpus import RECORDS
from vitext import analyse, fold, tokenise

PLACES = (
    "Huyện Vĩnh Bảo, thành phố Hải Phòng",
    "Xã Vĩnh Bảo, thành phố Hải Phòng",
    "Quận Lê Chân, thành phố Hải Phòng",
    "Xã Cẩm Vũ, huyện Cẩm Giàng, thành phố Hải Phòng",
)
VALUES = {"place": PLACES, "issuer": ("Sở Nội vụ thành phố Hải Phòng", "Sở Y tế"), "year": ("2023", "2024", "2025")}


def values(facet: str) -> tuple[str, ...]:
    return VALUES.get(facet, ())


def show(clause: Clause) -> str:
    text = " ".join(term.accented for term in clause.terms)
    return f'"{text}"' if clause.literal else text


def shape(query: Query) -> tuple[list[list[str]], list[str]]:
    """Variants as words, phrases in quotes, and what is excluded."""
    return [[show(c) for c in r.clauses] for r in query.variants], [show(c)[1:-1] for c in query.excluded]


def terms(text: str) -> tuple[Term, ...]:
    return tuple(Term(token.folded, token.accented) for token in tokenise(text))


def span_of(text: str, piece: str, *forms: str, optional: bool = False) -> Span:
    """What a recogniser gives for a piece of the text."""
    start = text.index(piece)
    return Span("synonym", start, start + len(piece), (terms(piece), *map(terms, forms)), f"cả {piece}", optional=optional)


@pytest.mark.parametrize(
    ("typed", "variants", "excluded"),
    [
        ("mô hình", [["mô", "hình"]], []),
        ('"mô hình" mới', [['"mô hình"', "mới"]], []),
        ("“mô hình” «mới»", [['"mô hình"', '"mới"']], []),
        ("lúa -rươi", [["lúa"]], ["rươi"]),
        ('lúa -"con rươi"', [["lúa"]], ["con rươi"]),
        ("-rươi", [], ["rươi"]),
        ("lúa OR rươi", [["lúa"], ["rươi"]], []),
        ("mô hình lúa HOẶC cáy", [["mô", "hình", "lúa"], ["cáy"]], []),
        ("OR lúa OR", [["lúa"]], []),
        ("lúa or rươi", [["lúa"], ["rươi"]], []),
        ("one or two", [["one", "or", "two"]], []),
        ("LÚA HOẶC RƯƠI", [["lúa", "hoặc", "rươi"]], []),
        ("lúa AND rươi && cáy", [["lúa", "rươi", "cáy"]], []),
        ("lúa NOT hữu cơ", [["lúa"]], ["hữu cơ"]),
        ("lúa|rươi || cáy", [["lúa"], ["rươi"], ["cáy"]], []),
        ("Bốn người giữ lửa | Báo Hải Phòng", [["bốn", "người", "giữ", "lửa", "báo", "hải", "phòng"]], []),
        ("(lúa OR rươi) sạch", [["lúa", "sạch"], ["rươi", "sạch"]], []),
        ("sạch (lúa OR (rươi OR cáy)", [["sạch", "lúa"], ["sạch", "rươi"], ["sạch", "cáy"]], []),
        ("chợ -(lúa OR khoai lang)", [["chợ"]], ["lúa", "khoai lang"]),
        ("chợ -(khoai lang)", [["chợ"]], ["khoai lang"]),
        ("lúa -hữu cơ bền vững", [["lúa", "bền", "vững"]], ["hữu cơ"]),
        ("lua -huu co", [["lua"]], ["huu co"]),
        ("-Giữ gìn phố nghề", [["giữ", "gìn", "phố", "nghề"]], []),
        ('-HTX "lúa"', [['"lúa"']], ["htx"]),
        ("-giữ gìn phố nghề -Trồng cây", [["giữ", "gìn", "phố", "nghề", "trồng", "cây"]], []),
        ("việc làm: -giữ gìn phố; -trồng cây", [["việc", "làm", "giữ", "gìn", "phố", "trồng", "cây"]], []),
        ("lúa -hữu cơ Hải Phòng", [["lúa", "hải", "phòng"]], ["hữu cơ"]),
        ("AND lúa AND NOT rươi", [["lúa"]], ["rươi"]),
        ("máy bay Su -30", [["máy", "bay", "su", "30"]], []),
        ("ai làm?Vì sao", [["ai", "làm", "vì", "sao"]], []),
        ("khuyến h?c", [["khuyến", "hc"]], []),
        ("kinh tế - xã hội", [["kinh", "tế", "xã", "hội"]], []),
        ("xã -", [["xã"]], []),
        ('mô "hình', [["mô", "hình"]], []),
        ('""', [], []),
        ("(lúa) [rươi] {cáy}~2^3 AND NOT *:*", [["lúa", "rươi", "cáy", "2", "3", "not"]], []),
        ("mầu: đỏ", [["mầu", "đỏ"]], []),
        ("", [], []),
        ("   ", [], []),
        ("!!!", [], []),
        ("anh-em", [["anh", "em"]], []),
    ],
)
def test_syntax(typed: str, variants: list[list[str]], excluded: list[str]) -> None:
    assert shape(parse_query(typed, values)) == (variants, excluded)


@pytest.mark.parametrize(
    ("typed", "facets", "rest"),
    [
        ("năm:2024 lúa", {"year": ("2024",)}, ["lúa"]),
        ("lua nam:2024", {"year": ("2024",)}, ["lua"]),
        ("lúa năm: 2024", {"year": ("2024",)}, ["lúa"]),
        ("Năm: 2024 lúa", {"year": ("2024",)}, ["lúa"]),
        ("lĩnh vực:y tế", {"field": ("health",)}, []),
        ("linh vuc:nông nghiệp mô hình", {"field": ("agriculture",)}, ["mô", "hình"]),
        ('LĨNH VỰC:"giáo dục và đào tạo" lớp', {"field": ("education",)}, ["lớp"]),
        ("loại:cách làm hay chợ", {"kind": ("practice",)}, ["chợ"]),
        ("trạng thái:chờ thẩm định", {"status": ("pending",)}, []),
        ("chất lượng:kém", {"quality": ("poor",)}, []),
        ("địa bàn:vinh bao rươi", {"place": PLACES[:2]}, ["rươi"]),
        ('địa bàn:"huyện Vĩnh Bảo"', {"place": PLACES[:1]}, []),
        ("địa bàn:Vĩnh Bảo nuôi rươi", {"place": PLACES[:2]}, ["nuôi", "rươi"]),
        ("nơi:q. Lê Chân", {"place": PLACES[2:3]}, []),
        ("nơi:Cẩm Giàng", {"place": PLACES[3:]}, []),
        ("cơ quan:nội vụ", {"issuer": ("Sở Nội vụ thành phố Hải Phòng",)}, []),
    ],
)
def test_fields(typed: str, facets: dict[str, tuple[str, ...]], rest: list[str]) -> None:
    query = parse_query(typed, values)
    assert query.constraints == (Filters(facets),)
    assert [t.accented for t in query.free] == rest and query.problems == query.unknown == ()
    assert [chip.kind for chip in query.chips] == ["constraint"]
    assert shape(parse_query(typed, values, as_text=[query.chips[0].piece]))[0] == [list(analyse(typed).accented)]


@pytest.mark.parametrize(
    "typed",
    [
        "Quảng Nam: 2024 hộ giữ nghề",
        "quang nam:2024 ho giu nghe",
        "Bà Nội: Vĩnh Bảo là quê",
        "bà nội: Vĩnh Bảo là quê",
        "ba noi: vinh bao",
        "Sau một năm: 2024 cây xanh",
        "Tiếng hát từ ba nơi: Vĩnh Bảo",
        "Chuyện các đơn vị: Sở Y tế",
        "Làng rác phân loại: cách làm hay",
        "Những nơi: bến sông, chợ quê",
        '"Phố cũ năm:2024"',
    ],
)
def test_a_name_before_a_colon_may_be_text(typed: str) -> None:
    query = parse_query(typed, values)
    assert not (query.constraints or query.chips or query.problems)
    assert [term.accented for term in query.word_terms] == list(analyse(typed).accented)


@pytest.mark.parametrize(
    ("typed", "value", "rest"),
    [
        ("địa bàn:Cà Mau", "Cà Mau", []),
        ("địa bàn:Cảm Vũ", "Cảm Vũ", []),
        ("địa bàn:Cẩm", "Cẩm", []),
        ("nơi:cà mau nuôi cua", "cà mau", ["nuôi", "cua"]),
        ("chợ nơi:Sao Kim xanh", "Sao Kim", ["chợ", "xanh"]),
        ("cơ quan:Sở Ngoại vụ", "Sở Ngoại vụ", []),
        ("năm:1990 chợ", "1990", ["chợ"]),
    ],
)
def test_a_value_that_the_collection_lacks_is_met_by_nothing_and_said_so(typed: str, value: str, rest: list[str]) -> None:
    query = parse_query(typed, values)
    assert [values for only in query.constraints for values in only.facets.values()] == [(value,)]
    assert len(query.unknown) == 1 and value in query.unknown[0]
    assert [t.accented for t in query.free] == rest


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_no_title_is_taken_for_syntax(path: Path) -> None:
    """With what people paste around it, with accents and without, in any case."""
    title = re.search('^title: "?(.*?)"?$', path.read_text("utf-8"), re.MULTILINE)[1]  # type: ignore[index]
    around = [
        "{}",
        "Hà Nội: {}",
        "ha noi: {}",
        "Quảng Nam: {}",
        "- {}",
        "-{}",
        '"{}"',
        "({})",
        "[{}]",
        "{}:",
        "{} -",
        "a) {}",
    ]
    for written in (title, fold(title), title.upper()):
        for frame in around:
            text = frame.format(written)
            query = parse_query(text, values)
            required = [term.accented for variant in query.variants for clause in variant.clauses for term in clause.terms]
            assert required == list(analyse(text).accented)
            assert not (query.chips or query.problems) and len(query.variants) == 1


def test_an_exclusion_has_the_accents_of_the_query() -> None:
    assert parse_query("Nguyễn Thị Hoa -Hòa").excluded == (Clause(terms("hòa"), literal=True, accents="exact"),)
    assert parse_query("Lê Thị Hòa -Hoa").excluded == (Clause(terms("hoa"), literal=True, accents="exact"),)
    assert parse_query("nguyen thi hoa -hoan").excluded == (Clause(terms("hoan"), literal=True, accents="any"),)


def test_the_collection_tells_which_syllables_are_one_excluded_word() -> None:
    def pair_counts(firsts: Collection[str], seconds: Collection[str]) -> dict[tuple[str, str], int]:
        return {("tác", "xã"): 40} if "tác" in firsts and "xã" in seconds else {}

    query = parse_query("lúa -hợp tác xã ven sông", pair_counts=pair_counts)
    assert shape(query) == ([["lúa", "ven", "sông"]], ["hợp tác xã"])
    assert [(chip.kind, chip.piece, chip.reading) for chip in query.chips] == [
        ("exclusion", "-hợp tác xã", "Trừ: hợp tác xã")
    ]
    assert shape(parse_query("lúa -hợp tác xã", pair_counts=pair_counts, as_text=["-hợp tác xã"]))[1] == []


def test_a_span_is_one_clause_and_nothing_is_looked_for_inside() -> None:
    text = 'chợ năm:2024 -x "y OR z lúa'
    span = span_of(text, 'năm:2024 -x "y OR z', "hai bốn")
    query = parse_query(text, spans=[span])
    assert query.variants[0].clauses == (
        Clause(terms("chợ")),
        Clause(span.forms[0], others=span.forms[1:]),
        Clause(terms("lúa")),
    )
    assert (query.free_words, query.excluded, query.constraints, query.spans) == (("chợ", "lúa"), (), (), (span,))
    assert [(chip.kind, chip.reading) for chip in query.chips] == [("synonym", span.reading)]
    assert query.with_words(terms("cho lua")).clauses == (
        Clause(terms("cho")),
        query.variants[0].clauses[1],
        Clause(terms("lua")),
    )
    assert query.rewritten(["cho", "lua"]) == 'cho năm:2024 -x "y OR z lua'


def test_spans_are_excluded_optional_quoted_or_text() -> None:
    text = "lúa -HTX mô hình"
    spans = [span_of(text, "HTX", "hợp tác xã"), span_of(text, "mô hình", optional=True)]
    query = parse_query(text, spans=spans)
    assert query.excluded == (Clause(terms("HTX"), True, "exact", (terms("hợp tác xã"),)),)
    assert (query.variants[0].clauses, query.variants[0].optional) == ((Clause(terms("lúa")),), (Clause(terms("mô hình")),))
    plain = parse_query(text, spans=spans, as_text=["-HTX", "mô hình"])
    assert [chip.piece for chip in plain.chips] == ["HTX"] and not plain.excluded and not plain.variants[0].optional
    assert parse_query("mô hình", spans=[span_of("mô hình", "mô hình", optional=True)]).variants[0].clauses
    quoted = parse_query('"lúa HTX"', spans=[span_of('"lúa HTX"', "HTX", "hợp tác xã")])
    assert shape(quoted) == ([['"lúa htx"']], []) and quoted.chips == ()


def test_fields_follow_each_other() -> None:
    query = parse_query("năm: 2024 cơ quan: Sở Y tế nơi:Lê Chân", values)
    assert [list(only.facets) for only in query.constraints] == [["year"], ["issuer"], ["place"]]
    assert not query.found and [chip.piece for chip in query.chips] == ["năm: 2024", "cơ quan: Sở Y tế", "nơi:Lê Chân"]


def test_what_was_quoted_is_plain_words_and_spans_stay() -> None:
    text = '"chợ quê" HTX "bến" lúa'
    query = parse_query(text, spans=[span_of(text, "HTX", "hợp tác xã")]).unquoted()
    assert query.free_words == ("chợ", "quê", "bến", "lúa") and not query.literal
    changed = query.with_words(terms("một hai ba bốn")).clauses
    assert [show(clause) for clause in changed] == ["một", "hai", "htx", "ba", "bốn"] and changed[2].others


def test_without_any_word_there_is_nothing_to_search() -> None:
    assert parse_query("🙂 !").empty_words and parse_query('""').empty_words
    assert not any(parse_query(typed, values).empty_words for typed in ("", "  ", "-rươi", "năm:2024", "9"))


def test_operators_that_mean_nothing_are_said() -> None:
    for typed in ("OR lúa", "khuyến h?c", "khuyến*"):
        assert len(parse_query(typed).problems) == 1
    assert parse_query("lúa OR rươi ngô?").problems == ()


@pytest.mark.parametrize("typed", ["năm:hai nghìn", "lĩnh vực:bóng đá", "số:abc", "địa bàn:", "năm:", "năm:20245"])
def test_a_value_that_means_nothing_is_text_and_said_so(typed: str) -> None:
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
    chips = tuple(chip.piece for chip in parse_query(query.text, values).chips)
    assert not set(chips) & {chip.piece for chip in parse_query(query.text, values, as_text=chips).chips}


@given(
    st.lists(st.sampled_from([*'"()|-: ', "lúa", "hữu cơ", "OR", "NOT", "năm:2024", "nơi:Vĩnh Bảo", "HTX"]), max_size=30),
    st.data(),
)
def test_any_spans_may_be_given(parts: list[str], data: st.DataObject) -> None:
    text = " ".join(parts)
    places = st.integers(-2, len(text) + 2)
    spans = [span_of("x", "x")]
    for _ in range(3):
        start, end = sorted((data.draw(places), data.draw(places)))
        spans.append(Span("place", start, end, (terms("a b"), terms("c")), "a b", optional=data.draw(st.booleans())))
    query = parse_query(text, values, spans=spans)
    assert all(a.end <= b.start for a, b in pairwise(query.spans))
    if len(query.variants) == 1:
        assert query.with_words(query.free) == query.variants[0]
    assert query.rewritten(query.free_words) == query.text
    assert query.unquoted().words == query.words
