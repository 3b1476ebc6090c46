"""No step of a file and no part of a page costs more than linear time in a text: each on the texts that cost it most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from unicodedata import normalize as normalize_unicode

import pytest

from benchmarks.hostile_texts import FAMILIES
from indexer.enrich import enrich
from indexer.enrich.citations import find_citations
from indexer.enrich.header import find_header
from indexer.enrich.recipients import find_recipients
from indexer.enrich.signer import find_signer
from indexer.readers.markdown import split_markdown
from indexer.readers.text import split_text
from kb.item import Block, Item, Source
from kb.library.alignment import pair_words
from kb.library.passages import split_passages
from kb.library.word_counts import count_words
from kb.papers.numbers import find_dates, find_numbers
from kb.ports import Term
from search_api.display.item_text import show_blocks
from search_api.display.item_tokens import tokenise_item
from search_api.display.key_figures import find_figures
from search_api.display.snippets import Matcher, snippets
from search_api.tasks.batch import read_lines
from tests.vitext.linear import is_linear
from vitext import CorrectedWord, analyse, compose, convert_legacy, measure_damage, normalise, repair, repair_blocks


def item_of(text: str, repaired: str | None = None) -> Item:
    return Item("a", "document", "", Source("a.txt", ""), (Block(1, text, repaired=repaired),))


def cite_in_repaired(text: str) -> object:
    """Every citation of a repaired block is looked for in its original."""
    return enrich(item_of(text, text.replace("cua UBND", "của UBND")))


def mark_hits(text: str) -> object:
    item = item_of(text)
    return snippets(item, Matcher([Term("a", "a")]).in_blocks(tokenise_item(item)))


def show_doubts(text: str) -> object:
    words = text.split()
    doubts = tuple(CorrectedWord(2 * at, 2 * at + 1, 2 * at, 2 * at + 1, "a", "a", 0.95) for at in range(len(words)))
    item = item_of(text)
    return show_blocks(None, tokenise_item(item.with_(blocks=(replace(item.blocks[0], doubts=doubts),))))


def split_words(text: str) -> object:
    return pair_words(text, text.replace("cdng", "cd ng"))


def other_words(text: str) -> object:
    """One word between spaces that is many tokens, of another number in the other version."""
    return tokenise_item(item_of(text, text + "-b"))


#: What is done with a text, the family of the text, and a size at which it takes milliseconds.
CASES: list[tuple[Callable[[str], object], str, int]] = [
    (compose, "marks out of order", 20_000),
    (analyse, "marks out of order", 20_000),
    (normalise, "marks of many classes", 20_000),
    (normalise, "char \\u200d", 20_000),
    (measure_damage, "marks out of order", 20_000),
    (repair, "char \\u200d", 10_000),
    (repair, "letters with two marks", 5_000),
    (lambda text: repair_blocks([text]), "clean and damaged lines", 3_000),
    (lambda text: convert_legacy(text, "vni"), "char 1", 20_000),
    (lambda text: convert_legacy(text, "tcvn3"), "char /", 20_000),
    (convert_legacy, "tcvn3 lines", 3_000),
    (split_text, "newlines and spaces", 50_000),
    (split_markdown, "char [", 800),
    (split_markdown, "emphasis", 3_000),
    (split_markdown, "nested list", 3_000),
    (split_markdown, "backticks", 10_000),
    (split_markdown, "references", 2_000),
    (lambda text: find_citations([text], "", official=True), "citations", 6_000),
    (lambda text: find_citations([text], "", official=True), "char ;", 3_000),
    (lambda text: find_citations([text], "", official=True), "char \\n", 6_000),
    (lambda text: find_citations([text], "", official=True), "stops", 3_000),
    (lambda text: find_recipients([text]), "recipients", 3_000),
    (lambda text: find_recipients([text]), "recipient of bare lines", 30_000),
    (lambda text: find_recipients([text]), "blanks before recipients", 30_000),
    (lambda text: find_recipients([text]), "newlines and spaces", 30_000),
    (lambda text: find_signer([text]), "offices", 20_000),
    (lambda text: find_signer([text]), "ranks", 20_000),
    (lambda text: find_header([text]), "spaces and a letter", 30_000),
    (find_numbers, "many numbers of a line", 10_000),
    (find_numbers, "numbers with a long symbol", 20_000),
    (find_dates, "short dates", 10_000),
    (cite_in_repaired, "damaged citations", 3_000),
    (split_words, "damaged, joined words", 6_000),
    (other_words, "letter, hyphen", 2_000),
    (lambda text: split_passages(item_of(text)), "clean line", 30_000),
    (lambda text: count_words(item_of(text)), "char a", 50_000),
    (mark_hits, "foreign line", 20_000),
    (show_doubts, "word", 4_000),
    (find_figures, "figures", 6_000),
    (find_figures, "changes", 10_000),
    (find_figures, "digit, dot", 10_000),
    (read_lines, "word, then spaces", 20_000),
]


@pytest.mark.parametrize(("run", "family", "size"), CASES, ids=[f"{at}-{family}" for at, (_, family, _) in enumerate(CASES)])
def test_twice_the_text_is_twice_the_work(run: Callable[[str], object], family: str, size: int) -> None:
    assert is_linear(FAMILIES[family], run, size)


def test_every_family_has_about_the_size_that_is_asked_for() -> None:
    for name, make in FAMILIES.items():
        assert 200 < len(make(1000)) < 2500, name
        assert 4 * len(make(1000)) > len(make(2000)) > 1.2 * len(make(1000)), name


def test_any_number_of_marks_is_composed_as_unicode_says() -> None:
    for text in (
        "tuye\u0302\u0301n",
        "a" + "\u0301\u0323" * 15,
        "─" * 100 + "e\u0301",
        "a\u0323\u0301" * 200,
        "é" + "\u0345\u0301\u0327\u0344" * 90,
    ):
        assert compose(text) == normalize_unicode("NFC", text)
