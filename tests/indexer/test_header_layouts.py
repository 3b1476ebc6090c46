"""The heads of papers of many bodies, types and provinces, in every way in which a reader of files may give them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from indexer.enrich import enrich
from indexer.extract import extract
from kb.item import DocumentAttributes, Item
from vitext import fold, strip_marks

CASES = Path(__file__).parent / "cases" / "headers.jsonl"
_GAP = re.compile(" {3,}")


def cases() -> list[Any]:
    rows = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    return [pytest.param(row["text"], row["expect"], id=row["name"]) for row in rows]


def without_blank_lines(text: str) -> str:
    return re.sub(r"\n{2,}", "\n", text)


def on_one_line(text: str) -> str:
    """Both columns with one space between them, as a recogniser gives them; a line of the right column keeps none."""
    return "\n".join(_GAP.sub(" ", line).strip() for line in text.split("\n"))


def one_below_the_other(text: str) -> str:
    """The left column of each paragraph, then its right column."""
    paragraphs = []
    for paragraph in text.split("\n\n"):
        rows = [_GAP.split(line) for line in paragraph.split("\n")]
        left = [row[0] for row in rows if row[0].strip()]
        paragraphs.append("\n".join(left + [cell for row in rows for cell in row[1:]]))
    return "\n\n".join(paragraphs)


def read(text: str) -> Item:
    return enrich(extract("a.txt", text.encode(), {}))


def attributes_of(item: Item) -> dict[str, Any]:
    found = item.document or DocumentAttributes()
    return {
        "number": found.number.text if found.number else "",
        "type": found.type,
        "issuer": found.issuer,
        "date": found.date.isoformat() if found.date else "",
        "signer": found.signer,
        "recipients": list(found.recipients),
        "title": item.title,
        "place": item.place,
    }


@pytest.mark.parametrize("change", [str, without_blank_lines, on_one_line, one_below_the_other])
@pytest.mark.parametrize(("text", "expect"), cases())
def test_the_attributes_of_a_head_in_every_layout(text: str, expect: dict[str, Any], change: Callable[[str], str]) -> None:
    found = attributes_of(read(change(text)))
    assert {name: found[name] for name in expect} == expect


@pytest.mark.parametrize("change", [str, without_blank_lines])
@pytest.mark.parametrize(("text", "expect"), cases())
def test_the_attributes_of_a_head_without_accents(text: str, expect: dict[str, Any], change: Callable[[str], str]) -> None:
    found = attributes_of(read(strip_marks(change(text))))
    assert {name: fold(str(found[name])) for name in expect} == {name: fold(str(value)) for name, value in expect.items()}


@pytest.mark.parametrize(("text", "expect"), cases())
def test_no_rule_is_certain_and_every_place_is_in_the_text(text: str, expect: dict[str, Any]) -> None:
    item = read(text)
    assert item.evidence
    for evidence in item.evidence:
        assert 0.5 <= evidence.confidence < 1
        assert item.blocks[evidence.block].original[evidence.start : evidence.end].strip()


def test_two_who_sign_side_by_side_are_both_named() -> None:
    text = "KẾ HOẠCH\nVề thi đua\n\nGIÁM ĐỐC SỞ        CHỦ TỊCH HỘI\n(Đã ký)        (Đã ký)\nNông Văn Thuyên        Hoàng Thị Slen\n"
    assert attributes_of(read(text))["signer"] == "Nông Văn Thuyên, Hoàng Thị Slen"
