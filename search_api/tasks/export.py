"""Export items as `Record`s, from a dossier or from a whole result; and list the newest arrivals of a search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from kb import cancellation
from kb.item import Item
from kb.library.library import View
from search_api.display import cards
from search_api.display.citation import cite
from search_api.display.shortening import shorten
from search_api.retrieval.result_set import ResultSet
from search_api.schema import Arrival, ClosedGroup, Hit, Record

#: Results in an exported table, at most; where there are more, the page and the file say that only the first ones are in it.
EXPORT_LIMIT = 10_000
#: Results in a Word document, at most: each has a page of its own, and Word opens no longer document in good time.
WORD_LIMIT = 2_000
#: Characters of the text of one record, at most: two hundred printed pages.
MAX_RECORD_LENGTH = 500_000
#: Characters of the summary of one record, at most.
MAX_RECORD_SUMMARY = 5_000
#: Characters of the texts of all records of one document, at most.
MAX_DOCUMENT_LENGTH = 30_000_000
#: The same for a page, which a browser has to lay out.
MAX_PAGE_LENGTH = 3_000_000
#: Items of a dossier, at most: every browser can hold an address with so many ids.
DOSSIER_LIMIT = 200
#: Characters of the summary of an arrival.
MAX_SUMMARY_LENGTH = 300
#: Arrivals that are matched against a search at a time.
ARRIVALS_BATCH = 500
#: Arrivals that are matched against a search in all.
MAX_ARRIVALS = 20_000


@dataclass(frozen=True, slots=True)
class RecordReader:
    """The items of an export in their order, the first of `total`; their records are made one at a time. `group` are the
    items that match only when accents are dropped, as in `SearchAnswer`.

    It reads in one view, therefore only in the thread and in the block that opened it.
    """

    ids: Sequence[str]
    total: int
    make: Callable[[str, int], Record]
    group: ClosedGroup | None = None

    @property
    def left_out(self) -> int:
        return self.total - len(self.ids)

    def records(
        self, ids: Sequence[str] | None = None, *, most: int = MAX_DOCUMENT_LENGTH, each: int = MAX_RECORD_LENGTH
    ) -> Iterator[Record]:
        """The records of all items, or of `ids` of them. Their texts have at most `each` characters, and `most` together;
        what is left out is said at the end of a text. Raises CancelledError when nobody waits for them any longer."""
        left = most
        for item_id in self.ids if ids is None else ids:
            cancellation.check()
            made = self.make(item_id, min(each, left))
            left -= text_length(made)
            yield made


def record(item: Item, today: dt.date, hit: Hit | None = None, length: int = MAX_RECORD_LENGTH) -> Record:
    """An item as an export has it; `hit` says why and where it matched. Its text, and each of its sections, have at most
    `length` characters."""
    found = next((s for s in hit.snippets if any(segment.hit for segment in s.segments)), None) if hit else None
    card = cards.card(item)
    sections = cards.sections(item)
    return Record(
        card=card,
        summary="".join(shorten([item.summary], MAX_RECORD_SUMMARY)),
        attributes=cards.attributes(item),
        sections=[s.model_copy(update={"paragraphs": shorten(s.paragraphs, length)}) for s in sections],
        paragraphs=shorten((f"{block.marker} {block.best}".strip() for block in item.blocks), length),
        citations=cite(item, today),
        origin=item.source.origin,
        licence=item.source.licence,
        digest=item.source.digest,
        match=hit.match if hit else None,
        page=found.page if found and card.pages > 1 else 0,
        snippet="".join(segment.text for segment in found.segments) if found else "",
    )


def text_length(record: Record) -> int:
    """Characters of the text of a record."""
    texts = (record.paragraphs, *(section.paragraphs for section in record.sections))
    return sum(len(paragraph) for paragraphs in texts for paragraph in paragraphs)


def known_ids(view: View, ids: Sequence[str]) -> list[str]:
    """The first DOSSIER_LIMIT of `ids`, each once, without those that the collection does not have."""
    return [item_id for item_id in list(dict.fromkeys(ids))[:DOSSIER_LIMIT] if view.snapshot.has_item(item_id)]


def known_items(view: View, ids: Sequence[str], most: int = DOSSIER_LIMIT) -> list[Item]:
    """The first `most` items of `ids`, in their order, each one once. Ids that the collection does not have are left out."""
    return [view.snapshot.item(item_id) for item_id in islice(known_ids(view, ids), most)]


def arrivals(view: View, results: ResultSet, limit: int) -> list[Arrival]:
    """The results of a search, the newest arrival first. Semantic-only hits count like any other result."""
    semantic_only = results.semantic_only(results.chosen)
    found: list[Arrival] = []
    for came in _batches(view):
        only = results.chosen.among(frozenset(came))
        matched = {hit.id for hit in view.text.search(results.plan.text, only, limit=len(came)).hits}
        for item_id, at in came.items():
            if item_id in matched or item_id in semantic_only:
                item = view.snapshot.item(item_id)
                found.append(Arrival(card=cards.card(item), summary=_summary(item), at=at))
                if len(found) == limit:
                    return found
    return found


def _batches(view: View) -> Iterator[dict[str, str]]:
    for offset in range(0, MAX_ARRIVALS, ARRIVALS_BATCH):
        came = view.snapshot.arrivals(ARRIVALS_BATCH, offset)
        if came:
            yield came
        if len(came) < ARRIVALS_BATCH:
            return


def _summary(item: Item) -> str:
    """The summary; where there is none, the first paragraph."""
    first = next((block.best for block in item.blocks if block.role == "paragraph"), "")
    words = " ".join((item.summary or first).split())
    return words if len(words) <= MAX_SUMMARY_LENGTH else words[:MAX_SUMMARY_LENGTH].rsplit(" ", 1)[0] + " …"
