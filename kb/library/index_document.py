"""Turn an item into the document that the full-text index takes."""

from __future__ import annotations

from kb import facets
from kb.item import Item
from kb.papers import vocabulary
from kb.papers.document_types import type_name
from kb.papers.places import places_of
from kb.ports import IndexDocument


def describe(item: Item) -> str:
    """The attributes of an item as text, so that "cách làm hay nông nghiệp" or the name of a unit finds it."""
    document = item.document
    parts = [
        item.number.text if item.number else "",
        type_name(document.type) if document and document.type else "",
        vocabulary.label("kind", item.kind),
        item.unit,
        document.issuer if document else "",
        document.signer if document else "",
        *dict.fromkeys((item.place, item.place_former, *places_of(item.place, item.place_former))),
        str(item.year) if item.year else "",
        *(vocabulary.label("field", code) for code in item.fields),
    ]
    return "\n".join(part for part in parts if part)


def index_document(item: Item) -> IndexDocument:
    """The item as the full-text index takes it: every version of every block is searchable."""
    attributes = describe(item)
    body = "\n".join(text for block in item.blocks for text in block.versions)
    printed = "\n".join(text for block in item.blocks for text in block.printed)
    as_printed = (item.title_original or item.title, printed, attributes)
    return IndexDocument(
        id=item.id,
        title=item.title,
        body=body,
        attributes=attributes,
        facets=facets.values_of(item),
        number=item.number_key,
        sort_date=item.sort_date,
        printed=() if as_printed == (item.title, body, attributes) else as_printed,
        internal=item.internal,
    )
