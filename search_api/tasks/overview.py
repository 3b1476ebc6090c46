"""An overview of the collection for the home page."""

from __future__ import annotations

from kb.library.library import View
from kb.papers import vocabulary
from kb.ports import Filters, TextQuery
from search_api.display.cards import card
from search_api.schema import FacetValue, FieldCount, Overview

#: Newest items, at most.
MAX_NEWEST = 6


def overview(view: View) -> Overview:
    """Counts by kind and field, and the newest items."""
    by_kind = view.text.count_facets(TextQuery(), Filters(), ("kind",))["kind"]
    by_field = view.text.count_facets(TextQuery(), Filters(), ("field",))["field"]
    return Overview(
        total=view.size,
        kinds=[
            FacetValue(code=code, label=vocabulary.label("kind", code), count=by_kind.get(code, 0))
            for code in vocabulary.codes("kind")
        ],
        fields=[
            FieldCount(number=field.number, code=field.code, label=field.name, count=by_field.get(field.code, 0))
            for field in vocabulary.fields()
        ],
        newest=[card(item) for item in view.snapshot.newest(MAX_NEWEST)],
        indexed_at=view.snapshot.meta.get("indexed_at", ""),
    )
