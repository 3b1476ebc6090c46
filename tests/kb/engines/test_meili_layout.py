"""Values and documents as they lie on the server: told apart there, and read back as they were."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb import facets
from kb.engines.meili import layout
from kb.engines.meili.expressions import all_of, any_of, at_least, equals, none_of, one_of, some_of_each
from kb.engines.meili.spelling import is_long, spell, unspell
from kb.engines.scoring import texts_of
from kb.errors import ServerAwayError
from kb.ports import IndexDocument


def compared(spelt: str) -> str:
    """What Meilisearch compares: trimmed, decomposed, in lower case."""
    return unicodedata.normalize("NFKD", spelt.strip()).lower()


@given(st.text(max_size=30))
def test_a_spelt_value_comes_back(value: str) -> None:
    spelt = spell(value)
    assert unspell(spelt) == value
    assert not set("\"\\'\n\r\t\0") & set(spelt)


letters = st.text(alphabet="aàảấậ AÀĐđdeéê\u0301\u0323ﬁ½İıßſK하한=^;2#\"'", max_size=8)


@given(letters, letters)
def test_two_values_never_become_one(one: str, other: str) -> None:
    if one != other:
        assert compared(spell(one)) != compared(spell(other))


def test_a_long_value_goes_by_its_digest() -> None:
    name = "Ủy ban nhân dân " * 20
    assert is_long(spell(name)) and len(spell(name)) < 50
    assert unspell(spell(name), ["khác", name]) == name
    assert spell(name) != spell(name + "x")


def test_ids_that_the_server_takes() -> None:
    for item_id in ("238-kh-ubnd", "Số 1/KH", "ABC", "abc", "x-1", layout.MARKER_KEY, "a" * 600, "\ud800"):
        key = layout.document_key(item_id)
        assert len(key) <= 511 and all(c.isascii() and (c.isalnum() or c in "_-") for c in key) and key == key.lower()
    keys = [layout.document_key(i) for i in ("ABC", "abc", "Abc", "x-1", "cachhay-state", "so-1", "Số-1")]
    assert len(set(keys)) == len(keys) and layout.MARKER_KEY not in keys


def test_texts_come_back_from_a_document() -> None:
    entry = IndexDocument(
        "238-kh-ubnd",
        "Kế hoạch số 238/KH-UBND",
        "Đẩy mạnh công tác tuyên truyền\nPay manh cdng tac",
        "Hải Phòng",
        {"issuer": ("Ủy ban nhân dân thành phố Hải Phòng",), "kind": ("document",)},
        "238/kh-ubnd",
        20241018,
        ("Kế hoạch số 238/KH-UBND", "Pay manh cdng tac", "Hải Phòng"),
    )
    document = layout.document(entry)
    assert layout.texts_from(document) == (entry.id, texts_of(entry))
    assert document["number"] == "238/kh-ubnd" and document["issuer"] == ["^ủy ban nhân dân thành phố ^hải ^phòng"]
    assert "đẩy_mạnh" in document["all_p"] and "day_manh" in document["all_b"] and "đẩy" not in document["printed_r"]
    patterns = {pattern for rule in layout.settings()["filterableAttributes"] for pattern in rule["attributePatterns"]}
    stored_only = {"id", "title", "body", "attributes", "printed", "open", "long"}
    assert set(document) - patterns == stored_only
    assert patterns - set(document) == {"marker"} and set(facets.codes()) < patterns


def test_expressions() -> None:
    a, b, c = (equals("f", key) for key in "abc")
    assert all_of([a, True, a]) == 'f = "a"' and all_of([a, False]) is False and all_of([]) is True
    assert any_of([a, False]) == 'f = "a"' and any_of([a, True]) is True and any_of([]) is False
    assert all_of([a, b]) == '(f = "a") AND (f = "b")'
    assert none_of(True) is False and none_of(a) == 'NOT (f = "a")'
    assert equals("f", "") is False and one_of("f", ["", "a"]) == 'f IN ["a"]' and one_of("f", []) is False
    assert at_least(2, [a, b, c]) == any_of([all_of([a, b]), all_of([a, c]), all_of([b, c])])
    assert at_least(2, [True, a, False]) == a and at_least(3, [a, b]) is False and at_least(0, [a]) is True
    many = [equals("f", str(n)) for n in range(40)]
    assert at_least(20, many) is None


@pytest.mark.parametrize(("size", "needed"), [(5, 3), (5, 5), (6, 1), (7, 4), (12, 8)])
def test_what_stands_in_for_a_threshold_loses_nothing(size: int, needed: int) -> None:
    parts = [equals("f", str(n)) for n in range(size)]
    likely = some_of_each(needed, parts)
    for chosen in range(1 << size):
        if chosen.bit_count() >= needed:
            groups = str(likely).replace("(", "").replace(")", "").split(" AND ")
            assert all(any(chosen >> n & 1 and f'"{n}"' in group for n in range(size)) for group in groups)


@pytest.mark.parametrize("hit", [{}, {"id": "a"}, {"id": "a", "title": "", "body": "", "attributes": "", "printed": None}])
def test_a_document_that_is_not_ours(hit: dict[str, object]) -> None:
    with pytest.raises(ServerAwayError):
        layout.texts_from(hit)
