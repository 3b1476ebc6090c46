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
from indexer.enrich.confidence import CLEAN, DAMAGED, NEAR, STRANGE
from indexer.enrich.header import find_header
from indexer.enrich.made_title import ELLIPSIS, find_made_title
from indexer.enrich.recipients import MAX_RECIPIENTS, find_recipients
from indexer.enrich.sections import with_sections
from indexer.enrich.signer import find_signer
from kb.item import Block, Citation, DocumentAttributes, Evidence, Item
from kb.library.alignment import OriginalPlaces
from kb.papers.numbers import DocumentNumber, find_numbers
from vitext import fold, is_syllable

#: The lowest confidence with which an attribute is set.
MIN_CONFIDENCE = 0.6
#: The lowest confidence of a value of whose letters only accents are guessed.
DOUBTFUL_ACCENTS = 0.62

_WORD = re.compile(r"[^\W\d_]{2,}")


def enrich(item: Item) -> Item:
    """The item with the attributes that the rules find in its text; running it again changes nothing.

    Number, type, issuer, date, signer, recipients, year and place are looked for in documents only. A text whose title
    nothing tells gets one that is made (`indexer.enrich.made_title`).
    """
    item = with_sections(item)
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
    sure = min(evidence.confidence, DAMAGED if block.repaired else CLEAN)
    if evidence.attribute not in ("title", "recipients"):
        # One doubtful word does not make a whole title doubtful, but it does so for a number, a date or a name. Words that
        # the correction left unchanged do not lower the confidence; where it only guessed accents, the letters are right.
        for word in block.doubts:
            if word.start < evidence.end and word.end > evidence.start and word.before != word.after:
                guessed = fold(word.before) == fold(word.after)
                sure = min(sure, max(word.confidence, DOUBTFUL_ACCENTS) if guessed else word.confidence)
    elif _is_strange(evidence.value):
        sure = min(sure, STRANGE)
    return replace(evidence, page=block.page, start=start, end=end, confidence=sure)


def _is_strange(value: str) -> bool:
    """Whether more than one word in eight, and more than one, has letters or an order of letters that no syllable has."""
    words = [word for word in _WORD.findall(value) if not word.isupper()]
    strange = sum(not (is_syllable(word) or word.isascii()) for word in words)
    return strange > max(1, len(words) // 8)


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
    confidence = next((n.confidence for p in phrases for n in find_numbers(p) if n.number == c.number), NEAR)
    confidence = min(confidence, DAMAGED if block.repaired else CLEAN)
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
