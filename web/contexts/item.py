"""Context of the page of one item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kb.papers import places, vocabulary
from search_api.display.key_figures import find_figures
from search_api.schema import Doubt, ItemAnswer, RelatedDocument, TextBlock, TextPart, TextSegment
from web.charts import Node, RelationGraph, relation_graph
from web.exports import EXPORTS
from web.urls import (
    ORIGINAL,
    PROPOSED,
    SIDE_BY_SIDE,
    VERSIONS,
    PageState,
    ids_url,
    item_url,
    letters_image_url,
    original_url,
)

#: Kinds of items that another unit can repeat.
PRACTICE_KINDS = ("practice", "new_model")
#: The sections that another unit needs to repeat one.
NEEDED_SECTIONS = ("problem", "steps", "results", "cost", "conditions", "replicated_at")
#: Characters of a heading in the list of contents, at most.
MAX_HEADING = 300
#: Other parts that hold words of the query and are linked above the text, at most.
MAX_HOLDING = 12


@dataclass(frozen=True, slots=True)
class VersionLink:
    """A version of the text that the page can show; `url` is "" for the one that it shows."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class PartLink:
    """A part of a very long text; `url` is "" for the one that the page shows."""

    part: TextPart
    url: str


Line = Sequence[TextSegment]


@dataclass(frozen=True, slots=True)
class ItemPage:
    """The page of an item. `version` is a key of `web.urls.VERSIONS`; it changes nothing where no block has two versions."""

    item: ItemAnswer
    query: str
    back: str
    version: str = PROPOSED

    @property
    def versions(self) -> list[VersionLink]:
        """The switch between the versions of the text, empty where there is only one."""
        if not any(block.original for block in self.item.blocks):
            return []
        card = self.item.card
        return [
            VersionLink(
                label, "" if code == self.version else item_url(card.id, self.query, "toan-van", code, self.item.part)
            )
            for code, label in VERSIONS.items()
        ]

    @property
    def contents(self) -> list[tuple[str, str]]:
        """(anchor, words) of the headings of the text; empty where there are fewer than three."""
        headings = [(b.id, " ".join(s.text for s in b.segments)) for b in self.item.blocks if b.role == "heading"]
        return [(anchor, " ".join(words[:MAX_HEADING].split())) for anchor, words in headings] if len(headings) > 2 else []

    @property
    def parts(self) -> list[PartLink]:
        """The parts of a very long text; empty where it has one."""
        now = self.item.part
        return [PartLink(part, "" if part.number == now else self._part_url(part.number)) for part in self.item.parts]

    @property
    def near_parts(self) -> list[tuple[str, str]]:
        """(label, address) of the part before and of the part after this one."""
        now, last = self.item.part, len(self.item.parts)
        beside = (("← Phần trước", now - 1), ("Phần sau →", now + 1))
        return [(label, self._part_url(number)) for label, number in beside if 1 <= number <= last]

    @property
    def holding_parts(self) -> list[PartLink]:
        """The first other parts in which words of the query stand."""
        return [link for link in self.parts if link.part.holds and link.url][:MAX_HOLDING]

    @property
    def first_blocks(self) -> list[int]:
        """The index of the first block of every part: a script leads an address with "#b1234" to the right part."""
        return [part.first_block for part in self.item.parts]

    def _part_url(self, number: int) -> str:
        return item_url(self.item.card.id, self.query, "toan-van", self.version, number)

    @property
    def unsaid(self) -> list[str]:
        """The labels of the sections that a practice record should have and this one does not have."""
        if self.item.card.kind.code not in PRACTICE_KINDS:
            return []
        said = {section.name for section in self.item.sections}
        return [vocabulary.label("section", name) for name in NEEDED_SECTIONS if name not in said]

    @property
    def figures(self) -> Sequence[str]:
        """The key figures of the results of a practice."""
        results = next((s for s in self.item.sections if s.name == "results"), None)
        return find_figures(" ".join(results.paragraphs)) if results else ()

    @property
    def graph(self) -> RelationGraph | None:
        """The graph of the papers around this one; None where there are none."""
        if not self.item.cites and not self.item.cited_by:
            return None
        card = self.item.card
        return relation_graph(
            card.number or card.title, [_node(d) for d in self.item.cites], [_node(d) for d in self.item.cited_by]
        )

    @property
    def place_url(self) -> str:
        """The page of the place, "" where the gazetteer does not know it."""
        place = places.resolve(self.item.card.place) if self.item.card.place else None
        return f"/dia-ban/{place.code}" if place else ""

    @property
    def compare_url(self) -> str:
        """The address of the comparison with the two most similar items, "" where there are none."""
        others = [similar.card.id for similar in self.item.similar if not similar.duplicate][:2]
        return ids_url("/so-sanh", [self.item.card.id, *others]) if others else ""

    @property
    def exports(self) -> list[tuple[str, str]]:
        """(label, address) of every export format of the item."""
        return [(label, ids_url(f"/ho-so/xuat.{form}", [self.item.card.id])) for form, label in EXPORTS]

    @property
    def side_by_side(self) -> bool:
        return self.version == SIDE_BY_SIDE and bool(self.versions)

    @property
    def title(self) -> str:
        return (self.version == ORIGINAL and self.item.title_original) or self.item.card.title

    def shown(self, block: TextBlock) -> Line:
        """The text of a block in the version that the visitor chose."""
        return block.original if self.version == ORIGINAL and block.original else block.segments

    def pairs(self, block: TextBlock) -> list[tuple[Line, Line]]:
        """The lines of the original beside those of the proposed version, which may have fewer or more."""
        return list(zip_longest(_lines(block.original), _lines(block.segments), fillvalue=()))

    @property
    def original_url(self) -> str:
        """The address of the original as a file, "" where there is none."""
        return original_url(self.item.card.id) if self.item.original else ""

    def page_url(self, number: int = 0, hit: int = 0) -> str:
        """The address of a page of the original (without a number, of the page of the first hit), "" where it has none."""
        if not self.item.original or not self.item.original.paged:
            return ""
        first = next((block for block in self.item.blocks if block.first_hit), None)
        if not number and first:
            number, hit = first.page, first.first_hit
        return PageState(self.item.card.id, number or 1, self.query, hit).url()

    def letters(self, block: TextBlock, doubt: Doubt) -> str:
        """The address of the image of an uncertain word, "" where the original has no pages."""
        if not self.item.original or not self.item.original.paged:
            return ""
        return letters_image_url(self.item.card.id, block.id, doubt.original_start, doubt.original_end)

    @property
    def hits(self) -> int:
        """The number of places that match in the shown version, or in the proposed one of two side by side."""
        return sum(s.hit and not s.more for block in self.item.blocks for s in self.shown(block))

    @property
    def doubtful(self) -> bool:
        """Whether some of the shown words are marked as uncertain."""
        return any(segment.doubt is not None for block in self.item.blocks for segment in self.shown(block))

    @property
    def warning(self) -> str:
        """What a visitor must check before quoting, "" for text that can be quoted as it is."""
        if self.item.correction:
            return self.item.correction.warning
        return "Chữ nhận dạng tự động, đối chiếu bản gốc khi trích dẫn." if self.damaged else ""

    @property
    def paged(self) -> bool:
        """Whether the file marks its pages, so that page numbers can be shown."""
        return self.item.card.pages > 1

    @property
    def pages(self) -> list[tuple[int, list[TextBlock]]]:
        """The blocks by page."""
        pages: list[tuple[int, list[TextBlock]]] = []
        for block in self.item.blocks:
            if not pages or pages[-1][0] != block.page:
                pages.append((block.page, []))
            pages[-1][1].append(block)
        return pages

    @property
    def damaged(self) -> bool:
        return self.item.card.quality.code != "good"

    @property
    def revoked(self) -> bool:
        return self.item.card.status is not None and self.item.card.status.code == "revoked"


def _node(document: RelatedDocument) -> Node:
    url = item_url(document.id) if document.id else ""
    return Node(document.number or document.title or document.text, document.relation.label, url)


def _lines(segments: Line) -> list[list[TextSegment]]:
    """The segments of each printed line, without the line ends."""
    lines: list[list[TextSegment]] = [[]]
    for segment in segments:
        first, *rest = segment.text.split("\n")
        for number, piece in enumerate((first, *rest)):
            if number:
                lines.append([])
            if piece:
                lines[-1].append(segment.model_copy(update={"text": piece}))
    return lines
