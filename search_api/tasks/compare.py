"""Compare records side by side (So sánh): one row for each attribute or section, marked where the records differ."""

from __future__ import annotations

from collections.abc import Sequence

from kb.item import Item
from kb.papers import vocabulary
from search_api.display import cards
from search_api.schema import ComparedRow, Comparison
from vitext import fold

#: Records that stand side by side, at most.
MAX_COMPARED = 4


def compare(items: Sequence[Item]) -> Comparison:
    """The records by attribute, then by section. Rows that no record fills are left out.

    Values differ where they differ when folded (`vitext.fold`): case, accents and spaces make no difference.
    """
    attributes = [{a.name: a for a in cards.attributes(item)} for item in items]
    order = list(dict.fromkeys(name for row in attributes for name in row))
    labels = {name: attribute.label for row in attributes for name, attribute in row.items()}
    rows = [_row(name, labels[name], [[row[name].value] if name in row else [] for row in attributes]) for name in order]
    parts = [{section.name: section for section in cards.sections(item)} for item in items]
    for name in vocabulary.codes("section"):
        values = [row[name].paragraphs if name in row else [] for row in parts]
        if any(values):
            rows.append(_row(name, vocabulary.label("section", name), values, section=True, ordered=name == "steps"))
    return Comparison(cards=[cards.card(item) for item in items], rows=rows, fields=_shared_fields(items))


def _row(
    name: str, label: str, values: Sequence[Sequence[str]], *, section: bool = False, ordered: bool = False
) -> ComparedRow:
    folded = {" ".join(fold(" ".join(value)).split()) for value in values}
    return ComparedRow(
        name=name,
        label=label,
        values=[list(value) for value in values],
        differs=len(folded) > 1,
        missing=sum(not value for value in values),
        section=section,
        ordered=ordered,
    )


def _shared_fields(items: Sequence[Item]) -> list[str]:
    """The names of the fields that every record lies in."""
    if not items:
        return []
    return [vocabulary.label("field", code) for code in items[0].fields if all(code in item.fields for item in items)]
