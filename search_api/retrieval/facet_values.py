"""The values of a facet as visitors see them: with labels, in the order that the facet's row says (`kb.facets`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from kb import facets
from kb.papers import places, vocabulary
from search_api.schema import Facet, FacetValue


def show_facet(code: str, counts: Mapping[str, int], chosen: Collection[str]) -> Facet:
    """A facet with the values that are counted or chosen."""
    facet = facets.by_code(code)
    values = [
        FacetValue(code=value, label=vocabulary.label(code, value), count=counts.get(value, 0), selected=value in chosen)
        for value in dict.fromkeys((*counts, *chosen))
    ]
    return Facet(name=code, label=facet.label, values=_ordered(facet, values))


def _ordered(facet: facets.Facet, values: list[FacetValue]) -> list[FacetValue]:
    match facet.order:
        case "places":
            return _as_tree(values)
        case "newest":
            return sorted(values, key=lambda value: value.code, reverse=True)
        case "table":
            order = {code: at for at, code in enumerate(vocabulary.codes(facet.code))}
            return sorted(values, key=lambda value: (order.get(value.code, len(order)), value.code))
        case "count":
            return _by_count(values)


def _by_count(values: list[FacetValue]) -> list[FacetValue]:
    return sorted(values, key=lambda value: (-value.count, value.label))


def _as_tree(values: list[FacetValue]) -> list[FacetValue]:
    """Provinces by count, each followed by its communes; then the names used before July 2025, by count."""
    by_count = _by_count(values)
    known = {value.code: place for value in values if (place := places.by_name(value.code))}
    top = {place.code for place in known.values() if place.level == "province"}
    tree: list[FacetValue] = []
    for value in by_count:
        place = known.get(value.code)
        if place and (place.former or place.parent in top):
            continue
        tree.append(value)
        within = ((v, known.get(v.code)) for v in by_count) if place else ()
        tree += [
            v.model_copy(update={"label": commune.own_name, "depth": 1})
            for v, commune in within
            if place and commune and commune.level == "commune" and commune.parent == place.code
        ]
    return tree + [v.model_copy(update={"former": True}) for v in by_count if v.code in known and known[v.code].former]
