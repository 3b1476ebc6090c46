"""The item: one record or paper of the knowledge base, as frozen dataclasses.

An item has a kind, common attributes, text in blocks with page numbers, and optional groups of attributes for documents and
for practices. The text as the file holds it (`Block.original`) is never overwritten; a repaired version and one that a
person edited (Hiệu đính) stand beside it. Every attribute that a rule found carries its `Evidence`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Annotated, Literal

from pydantic import PlainSerializer, PlainValidator

from kb.papers.numbers import DocumentNumber
from vitext import DOUBTFUL_CONFIDENCE, CorrectedWord, Damage

Kind = Literal["exemplar", "good_deed", "new_model", "new_factor", "practice", "document", "article"]
Subject = Literal["collective", "individual"]
Status = Literal["pending", "reviewed", "revoked"]
Quality = Literal["good", "fair", "poor"]
BlockRole = Literal["heading", "paragraph", "list_item", "table_row"]
Relation = Literal["basis", "implements", "mentions"]

#: The share of words expected to be wrong from which recognised text is fair, and from which it is poor.
FAIR_ERROR = 0.03
POOR_ERROR = 0.08

WrittenNumber = Annotated[
    DocumentNumber, PlainValidator(DocumentNumber.from_text), PlainSerializer(attrgetter("text"), return_type=str)
]
"""A number that JSON holds as its canonical text ("238/KH-UBND"), so that queries of the store and people can use it."""


@dataclass(frozen=True, slots=True)
class Block:
    """A heading, paragraph, list item or table row of one page.

    `original` is the text as the file holds it, without markup; line breaks inside it are "\\n". `level` is the heading
    level (1-6; 0 for a block that is not a heading). `marker` is the printed list marker ("-", "1."), which is shown but not
    searched.

    `repaired` is None where repair changed nothing; it has the same lines as `original`. `corrected` counts the words whose
    letters the machine corrected; `doubts` are those of them below `vitext.SURE_CONFIDENCE`, with their places in `repaired`
    (in `original` where that is None) and in `original`. `edited` is what a person made of the block (Hiệu đính).

    `other` is a second reading of the same place of the page: what an earlier recogniser left in the file, or another model
    read. `expected_error` (0..1) is the share of the words that the recogniser expects to be wrong, None where the text was
    not recognised by this program.
    """

    page: int
    original: str
    role: BlockRole = "paragraph"
    level: int = 0
    marker: str = ""
    repaired: str | None = None
    edited: str | None = None
    damage: Damage | None = None
    corrected: int = 0
    doubts: tuple[CorrectedWord, ...] = ()
    other: str = ""
    expected_error: float | None = None

    @property
    def quality(self) -> Quality:
        """Recognition quality (Chất lượng nhận dạng): the worse of what the letters and what the recogniser say."""
        return _worse(self.damage.quality if self.damage else "good", _expected_quality([self]))

    @property
    def best(self) -> str:
        """The best version: edited, otherwise repaired, otherwise original."""
        return self.edited or self.repaired or self.original

    @property
    def alternative(self) -> str:
        """The repaired text with the second best correction of every guess (below `vitext.DOUBTFUL_CONFIDENCE`).

        It is searched, never shown.
        """
        pieces, at = [], 0
        text = self.repaired or self.original
        for word in self.doubts:
            if word.confidence < DOUBTFUL_CONFIDENCE and word.alternatives:
                pieces += [text[at : word.start], word.alternatives[0][0]]
                at = word.end
        return "".join((*pieces, text[at:]))

    @property
    def printed(self) -> tuple[str, ...]:
        """The versions without corrections by the machine: the edited one and the letters as recognised, by each reading."""
        return tuple(dict.fromkeys(r for r in (self.edited, self.original, self.other) if r))

    @property
    def versions(self) -> tuple[str, ...]:
        """Every distinct version, the best first; search covers all of them."""
        every = (self.best, self.repaired, self.original, self.alternative, self.other)
        return tuple(dict.fromkeys(r for r in every if r))


def _expected_error(blocks: Sequence[Block]) -> float | None:
    """The expected error of some blocks, weighted by their letters."""
    read = [(len(block.original), block.expected_error) for block in blocks if block.expected_error is not None]
    letters = sum(length for length, _ in read)
    return sum(length * error for length, error in read) / letters if letters else None


def _expected_quality(blocks: Sequence[Block]) -> Quality:
    error = _expected_error(blocks) or 0.0
    return "good" if error < FAIR_ERROR else "fair" if error < POOR_ERROR else "poor"


def _worse(a: Quality, b: Quality) -> Quality:
    order: tuple[Quality, ...] = ("good", "fair", "poor")
    return max(a, b, key=order.index)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where a rule found an attribute: `block` indexes `Item.blocks`, `start`/`end` are characters of `Block.original`.

    The rules work on the repaired text, but the evidence is what the file holds. Therefore its place is mapped back to the
    letters as recognised (`kb.library.alignment`). `confidence` (0..1) is not higher than that of the corrected letters.
    """

    attribute: str
    value: str
    rule: str
    confidence: float
    page: int = 0
    block: int = -1
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Citation:
    """A document that the item names. `text` is the phrase as printed, from the type's name to the date."""

    number: WrittenNumber
    relation: Relation
    text: str
    date: dt.date | None = None
    page: int = 0
    block: int = -1
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class DocumentAttributes:
    """Attributes of an official paper (Thuộc tính văn bản). `type` is a code of the table of document types."""

    number: WrittenNumber | None = None
    type: str = ""
    issuer: str = ""
    date: dt.date | None = None
    signer: str = ""
    recipients: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeAttributes:
    """The sections of a practice record, for those who want to repeat it. Texts are plain, with one line per paragraph."""

    problem: str = ""
    steps: tuple[str, ...] = ()
    results: str = ""
    cost: str = ""
    conditions: str = ""
    replicated_at: str = ""
    contact: str = ""
    source: str = ""


#: Between the path of a file and the name of a file inside it: "hồ sơ.zip › kế hoạch.docx".
PART_JOIN = " › "
#: The end of the path of a row of a list: "danh sách.xlsx › Xã A, dòng 12".
_ROW = re.compile(r"(?:^|, )dòng [0-9]+$")


def container_of(path: str) -> str:
    """The path of the file on the disk that holds the paper at `path`.

    >>> container_of("a/hồ sơ.zip › thư.eml › kế hoạch.docx"), container_of("a/b.txt")
    ('a/hồ sơ.zip', 'a/b.txt')
    """
    return path.partition(PART_JOIN)[0]


def list_of(path: str) -> str:
    """The path of the paper in which a row of a list stands; the path itself for everything else.

    >>> list_of("a.zip › danh sách.xlsx › Xã A, dòng 12"), list_of("a.zip › b.docx")
    ('a.zip › danh sách.xlsx', 'a.zip › b.docx')
    """
    paper, _, part = path.rpartition(PART_JOIN)
    return paper if paper and _ROW.search(part) else path


@dataclass(frozen=True, slots=True)
class Source:
    """Where the text came from: `path` is relative to the corpus, `digest` is the SHA-256 (hex) of the file's bytes.

    The path of a file inside another one has `PART_JOIN` between the two. A row of a list (`list_of`) has the digest of
    the list.
    """

    path: str
    digest: str
    origin: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One record or paper. `fields` are field codes, the main one first; `year` is 0 where it is unknown.

    `bounds` are the codes of the bounds that the text reached, so that a step did not do all of its work: "correction"
    (damaged letters beyond it stay as printed), "citations", "recipients" and "markup" (the signs of Markdown stay in it).
    `waiting` are the numbers of pages whose letters are still to be recognised. Public visitors cannot see `internal` items.
    `title_original` holds the letters as recognised where `title` is their
    repaired version, and is "" elsewhere.
    """

    id: str
    kind: Kind
    title: str
    source: Source
    blocks: tuple[Block, ...]
    fields: tuple[str, ...] = ()
    place: str = ""
    place_former: str = ""
    year: int = 0
    unit: str = ""
    subject: Subject | None = None
    status: Status | None = None
    sample: bool = False
    internal: bool = False
    summary: str = ""
    damage: Damage | None = None
    document: DocumentAttributes | None = None
    practice: PracticeAttributes | None = None
    evidence: tuple[Evidence, ...] = ()
    title_original: str = ""
    bounds: tuple[str, ...] = ()
    waiting: tuple[int, ...] = ()

    @property
    def machine_corrected(self) -> bool:
        """Whether the machine corrected some of the text: it must then be checked before anybody quotes it."""
        uncorrected = (block for block in self.blocks if block.edited is None)
        return any(block.repaired is not None or block.doubts for block in uncorrected)

    @property
    def quality(self) -> Quality:
        """Recognition quality (Chất lượng nhận dạng) of the whole text."""
        return _worse(self.damage.quality if self.damage else "good", _expected_quality(self.blocks))

    @property
    def expected_error(self) -> float | None:
        """The share of the recognised words (0..1) that are expected to be wrong, None where none were recognised."""
        return _expected_error(self.blocks)

    @property
    def issuer(self) -> str:
        """The issuer of a paper (Cơ quan ban hành), otherwise the unit that did the work."""
        return (self.document.issuer if self.document else "") or self.unit

    @property
    def number(self) -> DocumentNumber | None:
        """The document number (Số hiệu), None where there is none."""
        return self.document.number if self.document else None

    @property
    def number_key(self) -> str:
        """The key by which the document number is looked up, "" where there is none."""
        return self.number.key if self.number else ""

    @property
    def sort_date(self) -> int:
        """The date as a number YYYYMMDD, to sort by newest; YYYY0000 where only the year is known, 0 where nothing is."""
        if self.document and self.document.date:
            d = self.document.date
            return d.year * 10000 + d.month * 100 + d.day
        return self.year * 10000

    @property
    def page_count(self) -> int:
        return max((b.page for b in self.blocks), default=1)

    def with_(self, **changes: object) -> Item:
        """A copy with some attributes replaced: what the steps of the pipeline return."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Passage:
    """Consecutive whole blocks of about 110 syllables, which are embedded together. `first`/`last` index `Item.blocks`, both
    inclusive."""

    item_id: str
    ordinal: int
    page: int
    first: int
    last: int
    text: str
