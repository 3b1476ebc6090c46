"""The sections of a practice record whose headings no format marks: recognised pages and plain texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer.discover import FoundFile
from indexer.enrich import enrich
from indexer.pipeline import process
from kb.item import Block, Item, Kind, Source

SCANS = Path(__file__).parents[2] / "corpus" / "practices" / "scans"
RECORD = (
    "TỔ DỆT KHĂN BẢN LÁC\n"
    "Đơn vị: Tổ dệt bản Lác\n"
    "Bản Lác có 14 khung cửi, mỗi năm khách mua chừng 3.000 chiếc khăn dệt tay.\n"
    "Vấn đề đặt ra\n"
    "Khăn công nghiệp rẻ hơn, người trẻ bỏ khung cửi.\n"
    "Cách làm\n"
    "1. Tổ chia việc nhuộm và\n"
    "dệt theo tuần.\n"
    "2. Mỗi khăn có thẻ ghi tên người dệt.\n"
    "KẾT QUẢ:\n"
    "Năm 2024 bán 3.100 chiếc.\n"
    "Tiền công tăng gấp rưỡi.\n"
    "Chi phí\n"
    "- Sợi 40 triệu đồng.\n"
    "- Thuốc nhuộm tự trồng.\n"
)


def item_of(*texts: str, kind: Kind = "practice") -> Item:
    return Item("a", kind, "Tên", Source("a.txt", ""), tuple(Block(1, text) for text in texts))


@pytest.mark.parametrize("texts", [(RECORD,), tuple(RECORD.splitlines())])
def test_headings_of_a_plain_text_open_sections(texts: tuple[str, ...]) -> None:
    practice = enrich(item_of(*texts)).practice
    assert practice
    assert practice.problem == "Khăn công nghiệp rẻ hơn, người trẻ bỏ khung cửi."
    assert practice.steps == ("Tổ chia việc nhuộm và dệt theo tuần.", "Mỗi khăn có thẻ ghi tên người dệt.")
    assert practice.results.split() == ["Năm", "2024", "bán", "3.100", "chiếc.", "Tiền", "công", "tăng", "gấp", "rưỡi."]
    assert practice.cost.splitlines() == ["Sợi 40 triệu đồng.", "Thuốc nhuộm tự trồng."]
    assert enrich(item_of(*texts)).summary.startswith("Bản Lác có 14 khung cửi")


def test_damaged_headings_are_found_in_the_corrected_or_the_printed_letters() -> None:
    texts = ("Van dé dat ra", "Gao re.", "Cach lam", "Ban chung.", "Két qua", "Gia tang.", "Diéu kién nhan réng", "Co kho.")
    item = enrich(item_of(*texts))
    assert item.practice and (item.practice.problem, item.practice.conditions) == ("Gao re.", "Co kho.")
    assert [block.role for block in item.blocks] == ["heading", "paragraph"] * 4
    assert [block.original for block in item.blocks] == list(texts)
    assert enrich(item) == item


def test_one_line_that_looks_like_a_heading_makes_no_practice() -> None:
    assert enrich(item_of("Kết quả", "Cả xã trồng 2.000 cây.")).practice is None
    assert enrich(item_of(RECORD, kind="document")).practice is None


@pytest.mark.parametrize("scan", sorted(SCANS.glob("*.txt")), ids=lambda path: path.name[:20])
def test_a_scanned_practice_has_every_section(scan: Path) -> None:
    item = process(FoundFile(scan.name, scan, {"kind": "practice"}), scan.read_bytes())
    assert item.practice and len(item.practice.steps) >= 5
    assert item.practice.problem and item.practice.results and item.practice.cost and item.practice.conditions
