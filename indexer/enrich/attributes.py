"""Find the attributes of official papers by rules, and the papers that any text cites.

What an item already has (from a manifest or front matter) is never overwritten. Every attribute set here carries its
`Evidence`. Evidence below `MIN_CONFIDENCE` is kept for the review queue and sets nothing. Exemplars and practices get
citations only: their other attributes are in their front matter.

The rules work on the repaired text. Their evidence points to the letters as recognised, and its confidence is not higher
than the confidence of the correction of those letters.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from indexer.enrich.citations import read_citations
from indexer.enrich.header import CLEAN_CONFIDENCE, DAMAGED_CONFIDENCE, NEAR_CONFIDENCE, find_header
from indexer.enrich.made_title import ELLIPSIS, find_made_title
from kb.item import Block, Citation, DocumentAttributes, Evidence, Item
from kb.library.alignment import OriginalPlaces
from kb.papers.numbers import DocumentNumber, find_numbers
from vitext import compose, fold, fold_with_offsets, is_syllable

#: The lowest confidence with which an attribute is set.
MIN_CONFIDENCE = 0.6
#: Blocks after "Nơi nhận" that may list recipients.
MAX_RECIPIENT_BLOCKS = 30
#: Recipients that are kept.
MAX_RECIPIENTS = 500
#: Lines after a signatory's office that may hold the name.
MAX_NAME_LINES = 4

_RECIPIENTS = re.compile(r"(?m)^[^\w\n]*n[o0]\w{1,2}\s+nh\w{2}\s*(?::|$)")
_PIECE = re.compile(r"[^;\n]+(?:\n(?![^\S\n]*[-–+~*])[^;\n]+)*")
_ARCHIVE = re.compile(r"\W*l\w{1,2}\b\W*vt\b|\W*luu\b")
_OFFICE = re.compile(
    r"\b(?:chu\s+tich|chu\s+nhiem|giam\s+doc|bo\s+truong|thu\s+truong|thu\s+tuong|truong\s+ban|truong\s+phong|bi\s+thu|"
    r"hieu\s+truong|chanh\s+van\s+phong|chanh\s+thanh\s+tra|tong\s+giam\s+doc|thong\s+doc|vien\s+truong|chanh\s+an|"
    r"tong\s+thu\s+ky|cuc\s+truong|vu\s+truong|truong\s+doan|chi\s+huy\s+truong)\b"
)
_RANK = re.compile(r"(?:GS|PGS|TS|ThS|BS|KS|CN|Đại tướng|Thượng tướng|Trung tướng|Thiếu tướng|Đại tá|Thượng tá)\b[. ]*")


def enrich(item: Item) -> Item:
    """The item with the attributes that the rules find in its text; running it again changes nothing.

    Number, type, issuer, date, signer, recipients, year and place are looked for in documents only. A text whose title
    nothing tells gets one that is made (`indexer.enrich.made_title`).
    """
    texts = [_rule_text(block) for block in item.blocks]
    attributes = item.document or DocumentAttributes()
    found: list[Evidence] = []
    if item.kind == "document":
        found = find_header(texts) + find_recipients(texts) + find_signer(texts)
    titled = item.title or any(e.attribute == "title" and e.confidence >= MIN_CONFIDENCE for e in found)
    is_paper = attributes.number is not None or not {"number", "type"}.isdisjoint(e.attribute for e in found)
    if not titled and (made := find_made_title(item.blocks, texts, is_paper=is_paper)):
        found = [*(e for e in found if e.attribute != "title"), made]
    places = OriginalPlaces(item.blocks)
    evidence = [_ground(e, item.blocks, places) for e in found]
    sure = {e.attribute: e.value for e in evidence if e.confidence >= MIN_CONFIDENCE and e.attribute != "recipients"}
    number = attributes.number or (DocumentNumber.from_text(sure["number"]) if "number" in sure else None)
    read, more = _citations(item, texts, number, places) if not attributes.citations else ((), False)
    citations = attributes.citations or read
    title, title_original = item.title or sure.get("title", ""), item.title_original
    if title and not item.title:
        title_original = _title_original(found, item.blocks, places)
    attributes = replace(
        attributes,
        number=number,
        type=attributes.type or sure.get("type", ""),
        issuer=attributes.issuer or sure.get("issuer", ""),
        date=attributes.date or (dt.date.fromisoformat(sure["date"]) if "date" in sure else None),
        signer=attributes.signer or sure.get("signer", ""),
        recipients=attributes.recipients or tuple(e.value for e in evidence if e.attribute == "recipients"),
        citations=citations,
    )
    result = item.with_(
        title=title,
        title_original=title_original,
        year=item.year or int(sure.get("year", 0)),
        place=item.place or sure.get("place", ""),
        document=attributes if item.kind == "document" or citations else item.document,
    )
    known = frozenset(item.evidence)
    recipients = frozenset(attributes.recipients)
    every = evidence + [_evidence_of(c, item.blocks) for c in citations]
    kept = [e for e in every if e not in known and _belongs(e, result, recipients)]
    reached = {"citations": more, "recipients": len(attributes.recipients) >= MAX_RECIPIENTS}
    bounds = dict.fromkeys((*item.bounds, *(code for code, yes in reached.items() if yes)))
    return result.with_(evidence=item.evidence + tuple(kept), bounds=tuple(bounds))


def _rule_text(block: Block) -> str:
    """The version of a block that the rules work on."""
    return block.repaired or block.original


def _ground(evidence: Evidence, blocks: Sequence[Block], places: OriginalPlaces) -> Evidence:
    """The evidence with its page and its span on `Block.original`; its confidence is limited by that of the correction."""
    block = blocks[evidence.block]
    start, end = places.span(evidence.block, evidence.start, evidence.end)
    sure = min(evidence.confidence, DAMAGED_CONFIDENCE if block.repaired else CLEAN_CONFIDENCE)
    if evidence.attribute not in ("title", "recipients"):
        # One doubtful word does not make a whole title doubtful, but it does so for a number, a date or a name. Words that
        # the correction left unchanged do not lower the confidence.
        inside = (w for w in block.doubts if w.start < evidence.end and w.end > evidence.start)
        sure = min([sure, *(w.confidence for w in inside if w.before != w.after)])
    return replace(evidence, page=block.page, start=start, end=end, confidence=sure)


def _title_original(found: Sequence[Evidence], blocks: Sequence[Block], places: OriginalPlaces) -> str:
    """The title with its letters as recognised, after the name of its type; "" where they are the same."""
    title = next(e for e in found if e.attribute == "title")
    block = blocks[title.block]
    repaired = " ".join(_rule_text(block)[title.start : title.end].split())
    original = " ".join(block.original[slice(*places.span(title.block, title.start, title.end))].split())
    if original == repaired:
        return ""
    whole = title.value.removesuffix(ELLIPSIS)
    return whole.removesuffix(repaired) + original + title.value[len(whole) :]


def _citations(
    item: Item, texts: Sequence[str], own: DocumentNumber | None, places: OriginalPlaces
) -> tuple[tuple[Citation, ...], bool]:
    """The papers that the item cites, and whether it may cite more."""
    found, more = read_citations(texts, own.key if own else "", official=item.kind == "document")
    grounded = []
    for citation in found:
        start, end = places.span(citation.block, citation.start, citation.end)
        grounded.append(replace(citation, page=item.blocks[citation.block].page, start=start, end=end))
    return tuple(grounded), more


def _evidence_of(citation: Citation, blocks: Sequence[Block]) -> Evidence:
    c = citation
    block = blocks[c.block]
    phrases = (c.text, block.original[c.start : c.end])
    confidence = next((n.confidence for p in phrases for n in find_numbers(p) if n.number == c.number), NEAR_CONFIDENCE)
    confidence = min(confidence, DAMAGED_CONFIDENCE if block.repaired else CLEAN_CONFIDENCE)
    return Evidence("citations", c.number.text, f"cited_{c.relation}", confidence, c.page, c.block, c.start, c.end)


def _belongs(evidence: Evidence, item: Item, recipients: frozenset[str]) -> bool:
    """Whether evidence is kept: it is for the value that the item has, or it was too uncertain to set one."""
    if evidence.confidence < MIN_CONFIDENCE or evidence.attribute == "citations":
        return True
    if evidence.attribute == "recipients":
        return evidence.value in recipients
    holder: Any = item if evidence.attribute in ("title", "year", "place") else item.document
    value = getattr(holder, evidence.attribute)
    if isinstance(value, DocumentNumber):
        value = value.text
    return evidence.value == str(value)


def find_recipients(texts: Sequence[str]) -> list[Evidence]:
    """The entries of the list "Nơi nhận", in order, from the block that begins the list and the blocks that follow.

    >>> [e.value for e in find_recipients(["Nơi nhận:\\n- Bộ Nội vụ;\\n- Lưu: VT."])]
    ['Bộ Nội vụ', 'Lưu: VT']
    """
    for first, text in enumerate(texts):
        folded = fold_with_offsets(text)
        label = _RECIPIENTS.search(folded.text)
        if label:
            clean = "nơi nhận" in compose(text).lower()
            start = folded.span(*label.span())[1]
            # Two columns that were recognised as one line: "Nơi nhận: KT. CHỦ TỊCH".
            beside = text[start:].partition("\n")[0]
            start += len(beside) if _is_office(beside) else 0
            return _list_recipients(texts, first, start, CLEAN_CONFIDENCE if clean else DAMAGED_CONFIDENCE)
    return []


def _list_recipients(texts: Sequence[str], first: int, start: int, confidence: float) -> list[Evidence]:
    found: list[Evidence] = []
    for block in range(first, min(first + MAX_RECIPIENT_BLOCKS, len(texts))):
        text = texts[block].strip()
        entry = ";" in text or text[:1] in ("-", "–", "+") or (text[-1:] == "." and len(text) < 80)
        if block > first and not entry:
            break
        for piece in _PIECE.finditer(texts[block], start if block == first else 0):
            words = piece[0].strip(" \t\n-–+~*•:.,‘'")
            if not any(c.isalpha() for c in words) or _is_office(words):
                continue
            at = piece.start() + piece[0].index(words)
            value, end = " ".join(words.split()), at + len(words)
            found.append(Evidence("recipients", value, "recipients", confidence, block=block, start=at, end=end))
            if len(found) == MAX_RECIPIENTS or _ARCHIVE.match(fold(words)):
                return found
    return found


def _is_office(line: str) -> bool:
    return line.isupper() and bool(_OFFICE.search(fold(line)))


def find_signer(texts: Sequence[str]) -> list[Evidence]:
    """The signer: the first personal name after a line that is an office in capitals (CHỦ TỊCH, KT. GIÁM ĐỐC).

    >>> [e.value for e in find_signer(["CHỦ TỊCH", "Nguyễn Văn Tùng"])]
    ['Nguyễn Văn Tùng']
    """
    left = 0
    for block, text in enumerate(texts):
        at = 0
        for line in text.split("\n"):
            if line.strip():
                words = list(re.finditer(r"\S+", line))
                name = next((i for i, word in enumerate(words) if not word[0].isupper()), len(words))
                office = _is_office(" ".join(word[0] for word in words[:name]))
                left = MAX_NAME_LINES + 1 if office else left - 1
                # "CHỦ TỊCH Nguyễn Văn Tùng": the file format joined two lines.
                start = words[name].start() if office and name < len(words) else 0
                if left > 0 and (start or not office) and (found := _person(line[start:])):
                    value, confidence, offset = found
                    start += at + offset
                    end = start + len(line[start - at :].rstrip(" .*\t"))
                    return [Evidence("signer", value, "office_and_name", confidence, block=block, start=start, end=end)]
            at += len(line) + 1
    return []


def _person(line: str) -> tuple[str, float, int] | None:
    """(name, confidence, where it begins) if the line is a personal name; a rank or degree before it is left out."""
    offset = len(line) - len(line.lstrip(" *\t"))
    while rank := _RANK.match(line, offset):
        offset = rank.end()
    words = compose(line[offset:]).strip(" .*\t").split()
    if not 2 <= len(words) <= 5 or not all(word.isalpha() and word.istitle() for word in words):
        return None
    return " ".join(words), CLEAN_CONFIDENCE if all(map(is_syllable, words)) else NEAR_CONFIDENCE, offset
