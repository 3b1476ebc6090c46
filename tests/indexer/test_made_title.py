"""A text that names no title gets one: a heading, a first line that stands apart, or a shortened sentence."""

from __future__ import annotations

import pytest

from indexer.enrich import enrich
from indexer.enrich.made_title import ELLIPSIS, MAX_SENTENCE
from kb.item import Block, BlockRole, Item, Source

BODY = "Từ năm 2021, tổ có 12 thành viên. Mỗi sáng họ đi thu gom."


def titled(*blocks: Block | str, title: str = "") -> tuple[str, str]:
    """The title that an item gets, and the rule that made it."""
    made = tuple(block if isinstance(block, Block) else Block(1, block) for block in blocks)
    item = enrich(Item("a", "document", title, Source("a.doc", ""), made))
    rules = [evidence.rule for evidence in item.evidence if evidence.attribute == "title"]
    return item.title, "".join(rules)


def block(text: str, role: BlockRole) -> Block:
    return Block(1, text, role, 1 if role == "heading" else 0)


@pytest.mark.parametrize(
    ("blocks", "title", "rule"),
    [
        ((block("Tổ thu gom rác làng Hạ", "heading"), BODY), "Tổ thu gom rác làng Hạ", "first_heading"),
        (("Tổ thu gom rác làng Hạ", BODY), "Tổ thu gom rác làng Hạ", "first_line"),
        ((f"Tổ thu gom rác làng Hạ\n{BODY}",), "Tổ thu gom rác làng Hạ", "first_line"),
        ((BODY, "Hai năm sau, cả xã làm theo."), "Từ năm 2021, tổ có 12 thành viên.", "first_sentence"),
        (("UBND XÃ ĐÔNG\nSố: 12", "----------", "Nhà sàn đón khách", BODY), "Nhà sàn đón khách", "first_line"),
        (
            ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc", "Lễ hội xuân", BODY),
            "Lễ hội xuân",
            "first_line",
        ),
        ((block("STT | Họ tên", "table_row"), block("1 | Nguyễn Thị Lan", "table_row")), "", ""),
        (("2024", "---"), "", ""),
    ],
)
def test_a_title_is_made_of_what_stands_first(blocks: tuple[Block | str, ...], title: str, rule: str) -> None:
    assert titled(*blocks) == (title, rule)


def test_a_long_sentence_is_shortened_at_a_word_and_says_so() -> None:
    title, rule = titled("Ông " + "chăm chỉ " * 40 + "làm vườn.", BODY)
    assert rule == "first_sentence"
    assert title.endswith(f"chỉ{ELLIPSIS}") or title.endswith(f"chăm{ELLIPSIS}")
    assert len(title) <= MAX_SENTENCE + len(ELLIPSIS)


def test_a_title_that_is_told_or_found_stays() -> None:
    assert titled("Tổ thu gom rác", BODY, title="Tên đã khai") == ("Tên đã khai", "")
    assert titled("KẾ HOẠCH\nThu gom rác thải năm 2024", BODY)[1] == "heading_and_abstract"


def test_a_corrected_title_keeps_the_letters_as_recognised() -> None:
    read = Block(1, "T6 thu gom rac lang Ha", repaired="Tổ thu gom rác làng Hạ")
    item = enrich(Item("a", "document", "", Source("a.txt", ""), (read, Block(1, BODY))))
    assert (item.title, item.title_original) == ("Tổ thu gom rác làng Hạ", "T6 thu gom rac lang Ha")
    long = "Ong " + "cham chi " * 40
    read = Block(1, long, repaired=long.replace("Ong", "Ông").replace("cham chi", "chăm chỉ"))
    item = enrich(Item("a", "document", "", Source("a.txt", ""), (read,)))
    assert item.title.startswith("Ông chăm chỉ") and item.title.endswith(ELLIPSIS)
    assert item.title_original.startswith("Ong cham chi") and item.title_original.endswith(ELLIPSIS)
