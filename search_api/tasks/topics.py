"""A field or a place by itself: counts by group, kind, year and place, and the newest items of each group.

Every number is one that a search shows: it is the count of a facet under the filter that the link beside it sets.
"""

from __future__ import annotations

from collections.abc import Mapping

from kb.library.library import View
from kb.papers import vocabulary
from kb.ports import Filters, TextQuery
from search_api.display.cards import card
from search_api.schema import BriefTopic, Card, FacetValue, Group, Topic

#: Kinds that visitors look for together: name, label, kinds.
GROUPS = (
    ("practices", "Cách làm hay, mô hình mới", ("practice", "new_model")),
    ("exemplars", "Điển hình, nhân tố mới, người tốt việc tốt", ("exemplar", "new_factor", "good_deed")),
    ("papers", "Văn bản, bài báo", ("document", "article")),
)
#: Items of each group, at most.
MAX_SHOWN = 6
#: Places of a field, or fields of a place, that its page names.
MAX_NAMED = 10
#: The query that matches every item.
ALL_ITEMS = TextQuery()


def brief(view: View, field: str) -> BriefTopic:
    """The numbers of a field, without its items."""
    filters = {"field": (field,)}
    counts = view.text.count_facets(ALL_ITEMS, Filters(filters), ("kind",))["kind"]
    groups = {name: sum(counts.get(kind, 0) for kind in kinds) for name, _, kinds in GROUPS}
    return BriefTopic(total=sum(counts.values()), groups=groups, years=_years(view, filters))


def topic(view: View, facet: str, value: str) -> Topic:
    """The items of one value of a facet (`field` or `place`), counted and grouped."""
    filters = {facet: (value,)}
    other = "place" if facet == "field" else "field"
    return Topic(
        total=view.text.count(ALL_ITEMS, Filters(filters)),
        groups=[_group(view, filters, *group) for group in GROUPS],
        kinds=_values(view, filters, "kind"),
        years=_years(view, filters),
        others=_values(view, filters, other),
        related=[v for v in _values(view, filters, facet) if v.code != value],
    )


def _group(view: View, filters: Mapping[str, tuple[str, ...]], name: str, label: str, kinds: tuple[str, ...]) -> Group:
    only = {**filters, "kind": kinds}
    return Group(
        name=name,
        label=label,
        kinds=list(kinds),
        total=view.text.count(ALL_ITEMS, Filters(only)),
        years=_years(view, only),
        cards=_newest(view, Filters(only)),
    )


def _newest(view: View, filters: Filters) -> list[Card]:
    hits = view.text.search(ALL_ITEMS, filters, limit=MAX_SHOWN, sort="newest").hits
    return [card(view.snapshot.item(hit.id)) for hit in hits]


def _years(view: View, filters: Mapping[str, tuple[str, ...]]) -> dict[int, int]:
    counts = view.text.count_facets(ALL_ITEMS, Filters(filters), ("year",))["year"]
    return {int(year): count for year, count in sorted(counts.items()) if year.isdecimal()}


def _values(view: View, filters: Mapping[str, tuple[str, ...]], facet: str) -> list[FacetValue]:
    counts = view.text.count_facets(ALL_ITEMS, Filters(filters), (facet,))[facet]
    values = [FacetValue(code=c, label=vocabulary.label(facet, c), count=n) for c, n in counts.items()]
    return sorted(values, key=lambda value: (-value.count, value.label))
