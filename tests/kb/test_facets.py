"""The rows of facets: complete, told apart, and read from an item as they say."""

from __future__ import annotations

import datetime as dt

import pytest

from kb import facets
from kb.engines.meili import layout
from kb.facets import Facet
from kb.item import Block, DocumentAttributes, Item, Source
from kb.papers import vocabulary
from kb.ports import IndexDocument
from search_api.query.parser import NUMBER, field_names
from search_api.routes import ArrivalsParameters
from vitext import fold
from web.contexts.advanced import FORM_PARAMETERS, form_parameter
from web.urls import ACCENTS_PARAMETER, ITEM_PARAMETER, TYPED_PARAMETER, VERSION_PARAMETER


def test_every_facet_has_a_label_and_every_label_a_facet() -> None:
    assert set(vocabulary.codes("facet")) == set(facets.codes())
    assert all(facet.label != facet.code for facet in facets.FACETS)


@pytest.mark.parametrize("facet", [f for f in facets.FACETS if f.values == "table"], ids=lambda facet: facet.code)
def test_a_table_lists_the_values_of_a_closed_facet(facet: Facet) -> None:
    assert len(vocabulary.codes(facet.code)) > 1 and not facet.is_open
    assert facet.about.endswith(vocabulary.codes(facet.code)[-1])


def test_values_that_no_table_lists_are_not_ordered_by_one() -> None:
    for facet in facets.FACETS:
        assert (facet.order == "table") <= (facet.values == "table"), facet.code
        assert (facet.order == "places") == (facet.values == "places"), facet.code


def test_codes_and_names_are_told_apart() -> None:
    codes = facets.codes()
    assert len(set(codes)) == len(codes)
    names = [fold(name) for facet in facets.FACETS for name in facet.names]
    assert len(set(names)) == len(names) == len(facets.by_name())
    assert NUMBER not in codes and len(field_names()) > len(names)
    parameters = [form_parameter(facet) for facet in facets.FACETS]
    assert len(set(parameters)) == len(parameters) and not set(parameters) & set(FORM_PARAMETERS.values())


def test_no_code_is_the_name_of_something_else() -> None:
    """A code is the name of a field of an index, of a parameter of the API and of one of the pages."""
    stored = set(layout.document(IndexDocument("a", "", "", "", {}))) - set(facets.codes())
    taken = (
        stored
        | set(ArrivalsParameters.model_fields)
        | {ACCENTS_PARAMETER, ITEM_PARAMETER, VERSION_PARAMETER, TYPED_PARAMETER}
        | {layout.MARKER, "title", "id"}
    )
    for code in facets.codes():
        assert code.isidentifier() and code == code.lower() and code not in taken and not code.startswith("not_")


def test_an_unknown_code_is_an_error_and_never_ignored() -> None:
    facets.check_codes(["kind", "year"])
    with pytest.raises(ValueError, match="colour"):
        facets.by_code("colour")
    with pytest.raises(ValueError, match="colour"):
        facets.check_codes(["kind", "colour"])


def test_the_values_of_an_item() -> None:
    paper = Item(
        "a",
        "document",
        "Kế hoạch",
        Source("a.md", ""),
        (Block(1, "Một việc."),),
        fields=("health", "education"),
        place="Xã Tuệ Tĩnh, thành phố Hải Phòng",
        year=2024,
        unit="Trạm Y tế",
        subject="collective",
        document=DocumentAttributes(issuer="Sở Y tế", date=dt.date(2024, 3, 1)),
    )
    values = facets.values_of(paper)
    assert set(values) == set(facets.codes())
    assert values.pop("place")[:2] == ("Thành phố Hải Phòng", "Xã Tuệ Tĩnh, thành phố Hải Phòng")
    assert values == {
        "kind": ("document",),
        "field": ("health", "education"),
        "year": ("2024",),
        "subject": ("collective",),
        "issuer": ("Sở Y tế",),
        "quality": ("good",),
        "status": (),
    }
    bare = facets.values_of(Item("b", "article", "Tin", Source("b.md", ""), ()))
    assert {code for code, given in bare.items() if given} == {"kind", "quality"}
