from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from kb.item import Block, Item, Source
from kb.ports import Clause, Term
from search_api.display.item_tokens import tokenise_item
from search_api.display.snippets import SNIPPET_LENGTH, Matcher, segments, snippets
from vitext import Words, tokenise


def terms(text: str) -> list[Term]:
    return [Term(t.folded, t.accented) for t in tokenise(text)]


def item(*texts: str) -> Item:
    return Item("x", "practice", "Tên", Source("x", ""), tuple(Block(1, text) for text in texts))


def marked(text: str, query: str) -> str:
    tokens = Words(text)
    runs = Matcher(terms(query), held={t.accented for t in tokens}).runs(tokens)
    return "".join(f"[{s.text}]" if s.hit else s.text for s in segments(text, runs))


def test_hits_are_exact_on_the_original_characters() -> None:
    assert marked("Con đường, con DƯƠNG", "duong") == "Con [đường], con [DƯƠNG]"
    assert marked("Con đường, con dương", "đường") == "Con [đường], con dương"
    assert marked("Con duong, con dương", "đường") == "Con [duong], con [dương]", "where no accents agree, none count"
    nfd = unicodedata.normalize("NFD", "Đẩy mạnh")
    assert marked(f"x {nfd} y", "day manh") == f"x [{nfd}] y"
    assert marked("a nhi¢m vụ 👨‍👩‍👧 b", "nhiem vu") == "a [nhi¢m vụ] 👨‍👩‍👧 b"


@given(st.text(), st.text(max_size=12))
def test_segments_are_the_text(text: str, query: str) -> None:
    runs = Matcher(terms(query)).runs(Words(text))
    parts = segments(text, runs)
    assert "".join(s.text for s in parts) == text
    assert all(s.text for s in parts)


def test_lone_words_stay_dark_where_a_run_is() -> None:
    text = tokenise_item(item("Mô hình mới", "Một mô đất, một hình tròn"))
    assert [len(runs) for runs in Matcher(terms("mô hình")).in_blocks(text)] == [1, 0]
    lone = tokenise_item(item("Một mô đất, một hình tròn"))
    assert len(Matcher(terms("mô hình")).in_blocks(lone)[0]) == 2


def test_a_phrase_lights_up_whole() -> None:
    clause = Clause(tuple(terms("hợp tác xã")), literal=True)
    runs = Matcher([], [clause]).runs(Words("hợp tác, hợp tác xã, xã"))
    assert [(r.start, r.end) for r in runs] == [(9, 19)]


def test_snippets_show_the_passage_that_matched() -> None:
    long = "Mở đầu không liên quan gì. " * 30 + "Ở đây có lúa hữu cơ và rươi. " + "Kết thúc cũng vậy. " * 30
    text = tokenise_item(item("Không có gì.", long, "Chỉ có lúa."))
    found = snippets(text.item, Matcher(terms("lúa hữu cơ rươi")).in_blocks(text))
    assert found[0].block == 1
    shown = "".join(s.text for s in found[0].segments)
    assert "lúa hữu cơ và rươi" in shown and shown.startswith("… ") and shown.endswith(" …")
    assert len(shown) <= SNIPPET_LENGTH + 4
    assert shown.strip("… ") in long
