"""Tables that cost as much as they can: everything about lists is linear in their cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from indexer.lists import divide
from indexer.lists.grid import read_grids
from indexer.readers.tables import Merged, Sheet, make_table
from kb.item import Block, Item, Source
from tests.work import LINEAR, growth
from vitext import CorrectedWord

HEADING = ["TT", "Họ và tên", "Đơn vị", "Thành tích"]
TITLE = ["DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG"]


def namesakes(count: int) -> list[list[str]]:
    return [TITLE, HEADING, *([str(at), "Lê Văn An", "Xã A", f"Việc {at}"] for at in range(count))]


def sections(count: int) -> list[list[str]]:
    return [TITLE, HEADING, ["1", "Lê Văn An", "Xã A", "Việc"], *([f"{'IVX'[at % 3]}. MỤC {at}"] for at in range(count))]


def continued(count: int) -> list[list[str]]:
    return [TITLE, HEADING, ["1", "Lê Văn An", "Xã A", "việc"], *(["", "", "", f"thêm {at}"] for at in range(count))]


def nameless(count: int) -> list[list[str]]:
    return [TITLE, HEADING, *([str(at), "", "Xã A", f"Việc {at}"] for at in range(count))]


def wide(count: int) -> list[list[str]]:
    return [
        ["Họ và tên", "Thành tích", *(f"cột khác hẳn {at}" for at in range(count))],
        ["Lê Văn An", "Việc tốt", *["x"] * count],
    ]


def headings(count: int) -> list[list[str]]:
    return [[f"Họ và ten {at}", f"Thanh tich {at % 7}", "Noi dung la"] for at in range(count)]


def item_of(rows: Sequence[Sequence[str]]) -> Item:
    blocks = tuple(row.block for row in make_table(rows))
    return Item("a", "document", "", Source("a.docx", ""), tuple(Block(1, b.original, "table_row") for b in blocks))


@pytest.mark.parametrize(
    ("make", "size"),
    [(namesakes, 400), (sections, 2000), (continued, 2000), (nameless, 1000), (wide, 2000), (headings, 2000)],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_tables(make: Callable[[int], list[list[str]]], size: int) -> None:
    assert growth(lambda count: item_of(make(count)), lambda item: divide(item, b"PK"), size) <= LINEAR


def test_many_tables_of_one_document() -> None:
    def make(count: int) -> Item:
        table = [Block(1, "Họ và tên | Nội dung lạ | Điều khác", "table_row"), Block(1, "a | b | c", "table_row")]
        blocks = [block for _ in range(count) for block in (*table, *[Block(1, "chữ")] * 5)]
        return Item("a", "document", "", Source("a.docx", ""), tuple(blocks))

    assert growth(make, lambda item: divide(item, b"PK"), 500) <= LINEAR


def test_merged_cells_over_each_other() -> None:
    rows = make_table(namesakes(500))
    merged = [Merged(1, 0, 1_048_576, 3)] * 100_000
    item = Item("a", "document", "", Source("a.xlsx", ""), tuple(row.block for row in rows))
    (grid,) = read_grids(item, [Sheet("", rows, merged=merged)])
    assert len(grid.lines) == 502 and grid.lines[-1].own.keys() == {0, 1, 2, 3}


def test_doubtful_words_of_a_row_go_to_their_cells() -> None:
    text = "1 | Le Van An | Xa A | Hien dat"
    words = [CorrectedWord(at, at + 2, at, at + 2, text[at : at + 2], "x", 0.5) for at in (4, 16, 23)]
    table = [Block(1, " | ".join(HEADING), "table_row"), Block(1, text, "table_row", doubts=tuple(words))]
    blocks = (Block(1, TITLE[0]), *table)
    _, row = divide(Item("a", "document", "", Source("a.docx", ""), blocks), b"PK")
    assert [[b.original[w.original_start : w.original_end] for w in b.doubts] for b in row.blocks] == [
        ["Le"],
        ["Xa"],
        ["Hi"],
    ]
    assert next(e.confidence for e in row.evidence if e.attribute == "unit") == 0.5
