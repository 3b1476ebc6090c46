"""The rectangles of hits lie on their words: on text pages of known places, on turned pages, in tables, on scans."""

from __future__ import annotations

import math
import os
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from PIL import ImageFont

from indexer import index_corpus
from indexer.originals import CorpusOriginals
from indexer.originals.paged import open_paged
from indexer.readers.pdf import PdfReader
from indexer.readers.reader import Paper
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.item import Block
from kb.library.library import Library
from kb.library.page_store import NAME as PAGES
from kb.library.page_store import PageStore
from kb.library.store import Store
from kb.originals import OriginalPage, Rectangle
from kb.page_text import PageText, PageWord, pack, unpack
from search_api.display.page_places import MAX_WORDS, PagePlaces
from tests.fake_corrector import correct
from tests.indexer.ocr.scans import Scan, font_file, need_tesseract
from tests.indexer.readers.pdf_files import A4, LETTER_WIDTH, Drawn, PdfFile, PdfPage, Rule, Text, Widget
from tests.work import LINEAR, growth

#: The share of words whose middle must lie in their rectangle.
RIGHT = 0.98
SENTENCE = [
    "Thực",
    "hiện",
    "phong",
    "trào",
    "thi",
    "đua",
    "yêu",
    "nước,",
    "Ủy",
    "ban",
    "nhân",
    "dân",
    "thành",
    "phố",
    "phát",
    "hiện,",
    "bồi",
    "dưỡng",
    "và",
    "nhân",
    "rộng",
    "điển",
    "hình",
    "tiên",
    "tiến",
    "trong",
    "phong",
    "trào",
    "thi",
    "đua;",
    "khen",
    "thưởng",
    "các",
    "tập",
    "thể,",
    "cá",
    "nhân",
    "có",
    "thành",
    "tích",
    "trong",
    "phong",
    "trào",
    "thi",
    "đua",
    "của",
    "thành",
    "phố.",
]


@dataclass(frozen=True)
class Known:
    """A word and the middle of it, in shares of the page as it is shown."""

    text: str
    x: float
    y: float


def write(x: float, y: float, text: str, size: float = 12, rotation: int = 0) -> tuple[list[Drawn], list[Known]]:
    """A line of text, and where its words stand."""
    known, at = [], x
    width, height = A4
    for word in text.split():
        wide = len(word) * size * LETTER_WIDTH / 1000
        across, down = (at + wide / 2) / width, 1 - (y + size / 4) / height
        known.append(
            Known(
                word,
                *{0: (across, down), 90: (1 - down, across), 180: (1 - across, 1 - down), 270: (down, 1 - across)}[rotation],
            )
        )
        at += wide + size * LETTER_WIDTH / 1000
    return [Text(x, y, text, size)], known


def page_of(drawn: Sequence[Drawn], rotation: int = 0, widgets: Sequence[Widget] = ()) -> tuple[list[Block], OriginalPage]:
    """The blocks that the reader makes of a page, and its words."""
    data = PdfFile([PdfPage(drawn, widgets, rotation)]).data()
    paged = open_paged("a.pdf", data)
    reading = paged.words(1)
    assert reading
    found = OriginalPage(1, 1, *paged.shape(1), (unpack(pack(reading)),))
    paged.close()
    return list(PdfReader().read(Paper("a.pdf", data)).blocks), found


def right(blocks: Sequence[Block], page: OriginalPage, known: Sequence[Known]) -> float:
    """The share of the known words, which are those of the blocks in their order, whose middle lies in their rectangle."""
    places = PagePlaces(blocks, page)
    found = words_of(blocks)
    assert [text for _, text, _, _ in found] == [word.text for word in known]
    good = [
        any(holds(box, word) for box in places.of_original(at, *span))
        for (at, _, *span), word in zip(found, known, strict=True)
    ]
    return sum(good) / len(good)


def words_of(blocks: Sequence[Block]) -> list[tuple[int, str, int, int]]:
    """(block, word, start, end) of every word, without what parts the cells of a row."""
    found = [
        (at, match[0], *match.span()) for at, block in enumerate(blocks) for match in re.finditer(r"\S+", block.original)
    ]
    return [word for word in found if word[1] != "|"]


def holds(box: Rectangle, word: Known) -> bool:
    small = box.right - box.left < 0.5 and box.bottom - box.top < 0.5
    return small and box.left <= word.x <= box.right and box.top <= word.y <= box.bottom


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_of_paragraphs_however_the_page_is_turned(rotation: int) -> None:
    drawn, known = [], []
    for paragraph in range(6):
        for line in range(4):
            more = write(85, 780 - 100 * paragraph - 16 * line, " ".join(SENTENCE[11 * line : 11 * line + 11]), 11, rotation)
            drawn += more[0]
            known += more[1]
    blocks, page = page_of(drawn, rotation)
    assert len(known) > 200 and right(blocks, page, known) == 1.0


def test_words_of_a_table_that_is_read_by_its_cells() -> None:
    rows, edges = 14, [80, 120, 260, 420, 520]
    drawn: list[Drawn] = [Rule(edges[0], 760 - 40 * row, edges[-1], 760 - 40 * row) for row in range(rows + 1)]
    drawn += [Rule(x, 760 - 40 * rows, x, 760) for x in edges]
    known: list[Known] = []
    texts: list[Drawn] = []
    for row in range(rows):
        top = 745 - 40 * row
        cells = [
            (f"{row + 1}", ""),
            (f"Nguyễn Văn {'ABC'[row % 3]}", ""),
            ("Hợp tác xã nông", f"nghiệp số {row % 4}"),
            ("Bằng khen", "của thành phố"),
        ]
        for column, cell in enumerate(cells):
            for at, text in enumerate(filter(None, cell)):
                more = write(edges[column] + 4, top - 14 * at, text, 9)
                known += more[1]
                texts += more[0]
    # A program writes the first lines of all cells, then the second ones.
    blocks, page = page_of([*drawn, *sorted(texts, key=lambda text: -text.y if isinstance(text, Text) else 0)])
    assert {block.role for block in blocks} == {"table_row"} and len(blocks) == rows
    assert right(blocks, page, known) >= RIGHT


def test_words_of_two_columns_and_of_a_signature() -> None:
    drawn, known = [], []
    for x in (60, 320):
        for line in range(20):
            more = write(x, 780 - 14 * line, " ".join(SENTENCE[line : line + 6]), 9)
            drawn += more[0]
            known += more[1]
    blocks, page = page_of(drawn, widgets=[Widget(250, 100, ("Người ký: Ủy ban", "Ngày ký: 18/10/2024"))])
    blocks, signature = blocks[:-1], blocks[-1]
    assert right(blocks, page, known) >= RIGHT
    (box,) = PagePlaces([*blocks, signature], page).of_original(len(blocks), 0, len("Người ký:"))
    assert 0.4 < box.left < 0.45 and 0.82 < box.top < box.bottom < 0.9


def test_blocks_in_any_order_and_with_any_words_left_out() -> None:
    chance = random.Random(4)
    for _ in range(30):
        lines = [
            [f"{chance.choice('abcdefgh')}{chance.randrange(4)}" for _ in range(chance.randrange(2, 9))] for _ in range(40)
        ]
        words, known = [], []
        for at, line in enumerate(lines):
            for step, word in enumerate(line):
                words.append(PageWord(word, 1.0, step / 10, at / 40, step / 10 + 0.08, at / 40 + 0.02))
                known.append(Known(word, step / 10 + 0.04, at / 40 + 0.01))
        kept = [at for at in range(40) if chance.random() < 0.9]
        # The upper half behind the lower one, as columns may be.
        kept = [at for at in kept if at >= 20] + [at for at in kept if at < 20]
        blocks = [Block(1, " ".join(lines[at])) for at in kept]
        starts = [sum(map(len, lines[:at])) for at in range(40)]
        wanted = [known[starts[at] + step] for at in kept for step in range(len(lines[at]))]
        assert right(blocks, OriginalPage(1, 1, 595, 842, (PageText(1, 595, 842, tuple(words)),)), wanted) > 0.9


def page_with(*texts: str) -> OriginalPage:
    """A page with a line for each text; its words are as wide as their letters."""
    words = []
    for at, text in enumerate(texts):
        start = 0
        for word in text.split():
            start = text.index(word, start)
            words.append(PageWord(word, 0.9, start / 100, at / 10, (start + len(word)) / 100, at / 10 + 0.012))
            start += len(word)
    return OriginalPage(1, 1, 595, 842, (PageText(1, 595, 842, tuple(words), "recognised"),))


def test_a_hit_in_a_repaired_word_lies_on_the_damaged_letters() -> None:
    text = "Pay manh cdng tac tuyén truyén phong trao"
    block = Block(1, text, repaired=correct(text).text)
    assert block.best == "Đẩy mạnh công tác tuyên truyền phong trao"
    start = block.best.index("tuyên truyền")
    (box,) = PagePlaces([block], page_with(text)).of_best(0, start, start + len("tuyên truyền"))
    assert (box.left, box.right) == pytest.approx((text.index("tuyén") / 100, text.index(" phong") / 100))


def test_a_hit_that_a_person_edited_or_that_has_fewer_letters() -> None:
    block = Block(1, "Cong tac thidua yeu nuoc", repaired="Công tác thi đua yêu nước", edited="Công tác thi đua yêu nước")
    places = PagePlaces([block], page_with(block.original))
    (box,) = places.of_best(0, 9, 16)
    assert (box.left, box.right) == pytest.approx((0.09, 0.15))
    (box,) = PagePlaces([replace(block, edited=None)], page_with(block.original)).of_best(0, 9, 16)
    assert (box.left, box.right) == pytest.approx((0.09, 0.15))


def test_a_hit_over_a_line_end_has_a_rectangle_on_each_line() -> None:
    places = PagePlaces([Block(1, "phong trào thi đua yêu nước")], page_with("phong trào thi", "đua yêu nước"))
    first, second = places.of_best(0, 6, 18)
    assert (first.top, second.top) == (0.0, 0.1) and first.left == pytest.approx(0.06) and second.left == 0


def test_only_the_letters_of_a_hit_inside_a_word() -> None:
    (box,) = PagePlaces([Block(1, "(thi-đua)")], page_with("(thi-đua)")).of_original(0, 1, 4)
    assert (box.left, box.right) == pytest.approx((0.01, 0.04))


def test_words_that_a_reader_writes_otherwise_and_words_that_are_nowhere() -> None:
    places = PagePlaces([Block(1, "một hai- ba bốn"), Block(1, "không có đâu cả")], page_with("một hai\u00ad b@ bốn"))
    assert places.share == 0.5 and [len(places.of_original(0, start, start + 2)) for start in (4, 9)] == [1, 1]
    assert places.of_original(1, 0, 15) == []
    assert PagePlaces([], page_with("x")).share == 1.0


def test_words_of_the_other_reading_where_the_first_has_none() -> None:
    first, second = page_with("chữ của trang"), page_with("Người ký: An")
    page = OriginalPage(1, 1, 595, 842, (*first.readings, *second.readings))
    assert PagePlaces([Block(1, "chữ của trang"), Block(1, "Người ký: An")], page).share == 1.0


def test_the_work_grows_with_the_words_also_where_all_are_equal() -> None:
    def make(size: int) -> tuple[list[Block], OriginalPage]:
        words = tuple(PageWord("a", 1.0, 0, 0, 0.1, 0.1) for _ in range(size))
        return [Block(1, "a " * size)], OriginalPage(1, 1, 595, 842, (PageText(1, 595, 842, words),))

    assert growth(make, lambda made: PagePlaces(*made), 3_000) <= LINEAR
    huge = PagePlaces(*make(MAX_WORDS + 50))
    assert huge.share == 1.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="pages are recognised in forked processes")
@pytest.mark.parametrize("form", ["a.pdf", "a.tif", "turned.pdf", "askew.pdf"])
def test_words_of_scans_lie_on_their_ink(form: str, tmp_path: Path) -> None:
    """A hundred and sixty words that a run recognises in an image, and shows on its page."""
    need_tesseract()
    texts = [" ".join(SENTENCE[at : at + 9]) for at in range(0, 36, 4)] * 2
    scan = Scan().write(70, 80, texts, 13, 34)
    font = ImageFont.truetype(str(font_file()), int(13 * scan.dpi / 72))
    known = []
    for line, text in enumerate(texts):
        for at, word in enumerate(text.split()):
            before = font.getlength(" ".join(text.split()[:at]) + (" " if at else ""))
            x = 70 + (before + font.getlength(word) / 2) * 72 / scan.dpi
            known.append(Known(word, x / A4[0], (80 + 34 * line + 8) / A4[1]))
    if form == "askew.pdf":
        scan, angle = scan.turned(0.5), math.radians(0.5)
        known = [Known(word.text, *_askew(word, angle)) for word in known]
    if form == "turned.pdf":
        known = [Known(word.text, 1 - word.y, word.x) for word in known]
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    if form == "a.tif":
        scan.image.save(corpus / form, dpi=(scan.dpi, scan.dpi))
    else:
        page = PdfPage([scan.drawn()], rotation=90 if form == "turned.pdf" else 0)
        (corpus / form).write_bytes(PdfFile([page]).data())
    library = Library(Store(tmp_path / "store.sqlite"), tmp_path / "index", memory_engines(), open_embedder())
    assert not index_corpus(library, corpus).failed
    with library.store.snapshot() as snapshot:
        (item,) = snapshot.items()
    originals = CorpusOriginals(corpus, PageStore(tmp_path / PAGES))
    shown = originals.page(item.source, 1)
    originals.close()
    places = PagePlaces(item.blocks, shown)
    own = words_of(item.blocks)
    same = SequenceMatcher(None, [text for _, text, _, _ in own], [word.text for word in known], autojunk=False)
    pairs = [(own[a + step], known[b + step]) for a, b, size in same.get_matching_blocks() for step in range(size)]
    assert len(pairs) > 0.9 * len(known)
    good = [any(holds(box, word) for box in places.of_original(at, *span)) for (at, _, *span), word in pairs]
    assert sum(good) >= RIGHT * len(good)


def _askew(word: Known, angle: float) -> tuple[float, float]:
    """Where a word stands once the page is turned about its middle, against the clock."""
    x, y = (word.x - 0.5) * A4[0], (word.y - 0.5) * A4[1]
    across, down = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    return 0.5 + across / A4[0], 0.5 + down / A4[1]
