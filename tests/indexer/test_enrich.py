"""Attributes by rule: the two plans, small cases, and what must never happen."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.enrich import enrich
from indexer.enrich.attributes import MIN_CONFIDENCE
from kb.item import Block, DocumentAttributes, Item, Kind, Source
from kb.papers.numbers import DocumentNumber
from vitext import fold

HERE = Path(__file__).parent
DOCUMENTS = HERE.parents[1] / "corpus" / "documents"


def make_item(texts: list[str], kind: Kind = "document", **attributes: Any) -> Item:
    blocks = tuple(Block(1, text) for text in texts)
    return Item("x", kind, attributes.pop("title", ""), Source("documents/x.txt", "0"), blocks, **attributes)


def read_plan(name: str) -> Item:
    """A plan cut at empty lines, Markdown marks taken off; the same without `indexer.extract`."""
    pieces = re.split(r"\n[ \t]*\n\s*", (DOCUMENTS / name).read_text("utf-8"))
    texts = [re.sub(r"(?m)^(?:#+ |- )|\*\*", "", piece).strip() for piece in pieces]
    return make_item([text for text in texts if text])


def cases(name: str) -> list[Any]:
    rows = [json.loads(line) for line in (HERE / "cases" / f"{name}.jsonl").read_text("utf-8").splitlines()]
    return [pytest.param(row, id=row["name"]) for row in rows]


def test_plan_238() -> None:
    item = enrich(read_plan("238-KH-UBND.md"))
    document = item.document
    assert document and document.number
    assert (document.number.text, document.type, document.date) == ("238/KH-UBND", "plan", dt.date(2024, 10, 18))
    assert document.issuer == "Ủy ban nhân dân thành phố Hải Phòng"
    assert (item.year, item.place, document.signer) == (2024, "Thành phố Hải Phòng", "Nguyễn Văn Tùng")
    assert item.title.startswith("Kế hoạch Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước,")
    assert item.title.endswith("lần thứ X - năm 2025")
    assert (document.recipients[0], document.recipients[-1], len(document.recipients)) == (
        "Bộ Nội vụ",
        "Lưu VT, KSTTHC2",
        14,
    )
    assert [(c.number.text, c.relation, c.date, c.text) for c in document.citations] == [
        ("34-CT/TW", "implements", dt.date(2014, 4, 7), "Chỉ thị số 34-CT/TW ngày 07/4/2014"),
        ("294/KH-UBND", "implements", dt.date(2022, 12, 29), "Kế hoạch 294/KH-UBND ngày 29/12/2022"),
        ("165/KH-UBND", "implements", dt.date(2024, 7, 18), "Kế hoạch số 165/KH-UBND ngày 18/7/2024"),
    ]


def test_plan_43_damaged() -> None:
    item = enrich(read_plan("43-KH-LMHTX.scan.txt"))
    document = item.document
    assert document and document.number
    assert (document.number.text, document.type, document.date) == ("43/KH-LMHTX", "plan", dt.date(2025, 2, 25))
    assert document.issuer == "Liên minh Hợp tác xã thành phố Hải Phòng"
    assert (item.year, item.place, document.signer) == (2025, "Thành phố Hải Phòng", "")
    assert item.title.startswith("Kế hoạch Pay manh cdng tac tuyén truyén phong trao") and item.title.endswith(
        "X - ndm 2025"
    )
    assert document.recipients == (
        "UBND TP (d¢ B/c)",
        "Ban TKT, S¢ NV",
        "CT, céc PCT LM",
        "Cac Phong, TT, Quy HT",
        "Lưu: VT, PTTTT",
    )
    assert [(c.number.text, c.relation, c.date) for c in document.citations] == [
        ("238/KH-UBND", "implements", dt.date(2024, 10, 18)),
        ("39/CTr-LMHTX", "implements", dt.date(2025, 2, 21)),
    ]
    assert document.citations[1].text == "Chuong trinh cong tac s6 39/CTr- LMHTX ngay 21/02/2025"


@pytest.mark.parametrize("name", ["238-KH-UBND.md", "43-KH-LMHTX.scan.txt"])
def test_every_attribute_of_a_plan_has_evidence_that_says_so(name: str) -> None:
    item = enrich(read_plan(name))
    assert {"number", "type", "issuer", "date", "year", "place", "title", "recipients", "citations"} <= {
        e.attribute for e in item.evidence
    }
    for evidence in item.evidence:
        printed = item.blocks[evidence.block].original[evidence.start : evidence.end]
        assert printed and evidence.page == 1 and MIN_CONFIDENCE <= evidence.confidence <= 1
        if evidence.attribute == "recipients":
            # "Luu: VT" is a formula of every list, and told as it is spelt.
            assert fold(" ".join(printed.split())) == fold(evidence.value)
        if evidence.attribute == "title":
            assert evidence.value == "Kế hoạch " + " ".join(printed.split())
    assert item.document
    for citation in item.document.citations:
        printed = item.blocks[citation.block].original[citation.start : citation.end]
        assert " ".join(printed.split()) == citation.text


@pytest.mark.parametrize("case", cases("attributes-clean") + cases("attributes-damaged") + cases("attributes-negative"))
def test_attributes(case: dict[str, Any]) -> None:
    item = enrich(make_item(case["texts"]))
    for attribute, expected in case["expect"].items():
        value = getattr(item if attribute in ("title", "year", "place") else item.document, attribute)
        shown = value.text if isinstance(value, DocumentNumber) else "" if value is None else str(value)
        assert shown == expected, attribute


@pytest.mark.parametrize("case", cases("attributes-damaged"))
def test_damaged_text_is_believed_less(case: dict[str, Any]) -> None:
    item = enrich(make_item(case["texts"]))
    assert item.evidence and all(e.confidence < 1 for e in item.evidence)


@pytest.mark.parametrize("case", cases("citations"))
def test_citations(case: dict[str, Any]) -> None:
    item = enrich(make_item(case["texts"], case["kind"]))
    found = item.document.citations if item.document else ()
    assert [[c.number.text, c.relation, c.date.isoformat() if c.date else ""] for c in found] == case["citations"]


def test_what_is_known_is_never_overwritten() -> None:
    plan = read_plan("238-KH-UBND.md")
    known = DocumentAttributes(
        number=DocumentNumber("1", "", "KH-UBND"), type="report", signer="Ai đó", recipients=("Một nơi",)
    )
    item = enrich(plan.with_(title="Tên", year=1999, place="Tỉnh Nghệ An", document=known))
    assert item.document
    assert (item.title, item.year, item.place) == ("Tên", 1999, "Tỉnh Nghệ An")
    assert replace(item.document, issuer="", date=None, citations=()) == known
    assert item.document.date == dt.date(2024, 10, 18)
    assert not {"number", "type", "signer", "title", "year", "place", "recipients"} & {e.attribute for e in item.evidence}


def test_evidence_that_agrees_with_what_is_known_is_kept() -> None:
    item = enrich(make_item(["Số: 238/KH-UBND"], document=DocumentAttributes(number=DocumentNumber("238", "", "KH-UBND"))))
    assert [e.start for e in item.evidence if e.attribute == "number"] == [4]


def test_what_is_uncertain_sets_nothing_but_is_kept() -> None:
    item = enrich(make_item(["Số: 9/KH-UBND", "KẾ HOẠCH", "Về thi đua"]))
    assert item.document and item.document.issuer == ""
    (issuer,) = [e for e in item.evidence if e.attribute == "issuer"]
    assert (issuer.value, issuer.confidence < MIN_CONFIDENCE) == ("Ủy ban nhân dân", True)


def test_other_kinds_keep_everything_but_citations() -> None:
    texts = ["Số: 238/KH-UBND", "Hải Phòng, ngày 18 tháng 10 năm 2024", "KẾ HOẠCH", "Về thi đua"]
    item = enrich(make_item(texts, "practice", title="Mô hình"))
    assert item.document == DocumentAttributes(citations=item.document.citations if item.document else ())
    assert (item.title, item.year, item.place) == ("Mô hình", 0, "")
    assert enrich(make_item(["Không có văn bản nào."], "practice")).document is None


def test_a_repaired_block_grounds_evidence_in_the_original() -> None:
    block = Block(3, "S6: 238/KH-UBND", repaired="Văn bản\nSố: 238/KH-UBND")
    item = enrich(Item("x", "document", "", Source("x", "0"), (block,)))
    (number,) = [e for e in item.evidence if e.attribute == "number"]
    assert (number.page, number.start, number.end) == (3, 0, len(block.original))


_PIECES = st.sampled_from(
    ["Số: 238/KH-UBND", "S6:43 /KH - LMHTX", "Hải Phòng, ngày 18 tháng 10 năm 2024", "KẾ HOẠCH", "KE HOACH\nPay manh", "\n",
     "Căn cứ Nghị định số 98/2023/NĐ-CP;", "Thực hiện ", "Kế hoạch 1/KH-UBND", "Nơi nhận:", "- Lưu: VT.", "CHỦ TỊCH", "; ",
     "Nguyễn Văn Tùng", "Nơi nhận:\n- Bộ Nội vụ;", "I. MỤC ĐÍCH", "Pho\u0300ng", "ﬁ", ". ", "XÃ VĨNH BẢO", "V/v thi đua"]
)  # fmt: skip
_TEXTS = st.lists(
    st.one_of(st.text(min_size=1, max_size=30), st.lists(_PIECES, min_size=1, max_size=4).map(" ".join)), max_size=8
)


@given(_TEXTS, st.sampled_from(["document", "practice"]))
def test_never_raises_twice_is_once_and_spans_are_inside(texts: list[str], kind: Kind) -> None:
    item = enrich(make_item(texts, kind))
    assert enrich(item) == item
    assert [b.original for b in item.blocks] == texts
    for evidence in item.evidence:
        assert 0 <= evidence.start < evidence.end <= len(texts[evidence.block])
