"""The gazetteer: every name leads to one place and back, old names to new ones, and items lie where it is certain."""

from __future__ import annotations

import pytest

from indexer.discover import discover
from kb.papers import places
from kb.papers.places import Place, places_of
from tests.conftest import CORPUS


def every() -> list[Place]:
    tops = places.provinces()
    found = list(tops)
    for place in found:
        found.extend(places.children(place))
    return found


def test_every_name_and_code_is_one_place() -> None:
    found = every()
    assert len([p for p in found if p.level == "province"]) == 34
    assert len([p for p in found if p.level == "commune"]) == 3321
    assert len([p for p in found if p.level == "former_commune"]) > 9500
    assert len({p.name for p in found}) == len({p.code for p in found}) == len(found)
    for place in found:
        assert places.by_name(place.name) is place and places.by_code(place.code) is place
        assert place.code.isascii() and place.code == place.code.lower() and " " not in place.code


def test_old_leads_to_new_and_back() -> None:
    for place in every():
        for part in places.successors(place):
            assert place.former and not part.place.former
            assert place in [back.place for back in places.predecessors(part.place)]
        if place.level == "former_commune":
            assert places.successors(place), place.name
        if place.level == "province":
            assert places.parent(place) is None


def test_a_whole_unit_went_to_one_place() -> None:
    for place in every():
        parts = places.successors(place)
        if any(part.whole for part in parts):
            assert len(parts) == 1, place.name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Xã Tuệ Tĩnh, thành phố Hải Phòng", "Xã Tuệ Tĩnh, thành phố Hải Phòng"),
        ("xa tue tinh, hai phong", "Xã Tuệ Tĩnh, thành phố Hải Phòng"),
        ("X. Tuệ Tĩnh, TP. Hải Phòng", "Xã Tuệ Tĩnh, thành phố Hải Phòng"),
        ("tp hải phòng", "Thành phố Hải Phòng"),
        ("Hải Dương", "Tỉnh Hải Dương"),
        ("Q. Lê Chân", "Quận Lê Chân, thành phố Hải Phòng"),
        ("huyện Cẩm Giàng, tỉnh Hải Dương", "Huyện Cẩm Giàng, tỉnh Hải Dương"),
        ("Huyện Thủy Nguyên, thành phố Hải Phòng", "Thành phố Thủy Nguyên, thành phố Hải Phòng"),
        ("Huyện Thuỷ Nguyên, TP Hải Phòng", "Thành phố Thủy Nguyên, thành phố Hải Phòng"),
        ("Xã Quang Trung", None),
        ("Quang Trung", None),
        ("", None),
        (",,,", None),
        ("a" * 10_000, None),
        ("\ud800", None),
    ],
)  # fmt: skip
def test_loosely_written_names(text: str, name: str | None) -> None:
    found = places.resolve(text)
    assert (found.name if found else None) == name


def test_candidates_agree_in_accents_first() -> None:
    found = [place.name for place in places.candidates("cẩm giàng")]
    assert found[0].startswith("Xã Cẩm Giàng, ") and "Huyện Cẩm Giàng, tỉnh Hải Dương" in found


@pytest.mark.parametrize(
    ("place", "former", "names"),
    [
        (
            "Xã Tuệ Tĩnh, thành phố Hải Phòng",
            "Xã Đức Chính, huyện Cẩm Giàng",
            [
                "Thành phố Hải Phòng",
                "Xã Tuệ Tĩnh, thành phố Hải Phòng",
                "Tỉnh Hải Dương",
                "Huyện Cẩm Giàng, tỉnh Hải Dương",
                "Xã Đức Chính, huyện Cẩm Giàng, tỉnh Hải Dương",
            ],
        ),
        ("Quận Lê Chân, thành phố Hải Phòng", "", ["Thành phố Hải Phòng", "Quận Lê Chân, thành phố Hải Phòng"]),
        (
            "Xã Đức Chính, huyện Cẩm Giàng, tỉnh Hải Dương",
            "",
            [
                "Thành phố Hải Phòng",
                "Xã Tuệ Tĩnh, thành phố Hải Phòng",
                "Tỉnh Hải Dương",
                "Huyện Cẩm Giàng, tỉnh Hải Dương",
                "Xã Đức Chính, huyện Cẩm Giàng, tỉnh Hải Dương",
            ],
        ),
        ("Xã Không Có, thành phố Hải Phòng", "", ["Thành phố Hải Phòng", "Xã Không Có, thành phố Hải Phòng"]),
        ("Nơi nào đó", "", ["Nơi nào đó"]),
        ("", "", []),
    ],
)
def test_where_an_item_lies(place: str, former: str, names: list[str]) -> None:
    assert sorted(places_of(place, former)) == sorted(names)


def test_every_place_of_the_corpus_is_known() -> None:
    from indexer.pipeline import process

    unknown = set()
    for found in discover(CORPUS).files:
        item = process(found, found.read())
        if item.place:
            names = places_of(item.place, item.place_former)
            assert "Thành phố Hải Phòng" in names, item.place
            unknown |= {name for name in names if places.by_name(name) is None}
    assert unknown == {"Huyện Bạch Long Vĩ"}, "a district without communes, so that no list of communes names it"
