"""The data that ship: unchanged plans, enough records, honest labels, twins of the damaged ones."""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from indexer.extract import extract
from kb.item import Item
from kb.papers import vocabulary
from tests.conftest import CORPUS
from vitext import analyse, measure_damage, repair

RECORDS = sorted((CORPUS / "practices").glob("*.md"))
SCANS = sorted((CORPUS / "practices" / "scans").glob("*.scan.txt"))
TWINS = Path(__file__).parent / "twins"


@pytest.fixture(scope="module")
def items() -> dict[str, Item]:
    return {path.name: extract(path.name, path.read_bytes(), {}) for path in RECORDS}


def test_the_plans_are_unchanged() -> None:
    manifest = tomllib.loads((CORPUS / "manifest.toml").read_text("utf-8"))
    recorded = {entry["path"]: entry["sha256"] for entry in manifest["file"] if "sha256" in entry}
    assert len(recorded) == 2
    for path, digest in recorded.items():
        assert hashlib.sha256((CORPUS / path).read_bytes()).hexdigest() == digest


def test_there_are_six_or_more_for_each_field_and_all_kinds(items: dict[str, Item]) -> None:
    assert len(items) >= 84
    by_field = Counter(item.fields[0] for item in items.values())
    assert set(by_field) == set(vocabulary.codes("field")) and min(by_field.values()) >= 6
    assert {item.kind for item in items.values()} == set(vocabulary.codes("kind")) - {"document"}
    assert {item.subject for item in items.values()} == {"collective", "individual"}
    assert {item.status for item in items.values()} == {"pending", "reviewed", "revoked"}
    assert {item.year for item in items.values()} == set(range(2021, 2027))
    kinds = defaultdict(set)
    for item in items.values():
        kinds[item.fields[0]].add(item.kind)
    assert all(len(found) >= 3 for found in kinds.values())


def test_every_attribute_of_every_record_is_filled(items: dict[str, Item]) -> None:
    for name, item in items.items():
        assert item.title and item.unit and item.place and item.summary and item.sample, name
        assert item.practice is not None, name
        for section in vocabulary.codes("section"):
            assert getattr(item.practice, section), (name, section)
        assert len(item.practice.steps) >= 3, name
        assert re.search(r"\d", item.practice.results + item.practice.cost), name
        assert "minh họa" in item.practice.source, name
    titles = [item.title for item in items.values()]
    assert len(set(titles)) == len(titles)


def test_old_and_new_place_names_occur(items: dict[str, Item]) -> None:
    places = [item.place for item in items.values()]
    assert sum(place.startswith(("Huyện", "Quận")) for place in places) >= 10
    assert sum(place.startswith(("Xã", "Phường", "Đặc khu")) for place in places) >= 30
    assert all(place.endswith(("thành phố Hải Phòng", "tỉnh Hải Dương")) for place in places)
    assert sum(bool(item.place_former) for item in items.values()) >= 30


def test_records_are_clean_vietnamese() -> None:
    for path in RECORDS:
        text = path.read_text("utf-8")
        assert unicodedata.is_normalized("NFC", text), path.name
        assert repair(text).steps == (), path.name
        assert measure_damage(text).kind == "clean", path.name


def test_one_in_eight_is_also_a_damaged_scan() -> None:
    assert len(SCANS) == len(RECORDS) // 8
    assert [path.name.removesuffix(".scan.txt") for path in SCANS] == [path.stem for path in sorted(TWINS.glob("*.txt"))]


@pytest.mark.parametrize("scan", SCANS, ids=lambda path: path.name[:24])
def test_a_scan_is_a_damaged_reading_of_its_twin(scan: Path) -> None:
    damaged, clean = scan.read_text("utf-8"), (TWINS / f"{scan.name.removesuffix('.scan.txt')}.txt").read_text("utf-8")
    assert measure_damage(damaged).quality == "poor" and measure_damage(clean).quality == "good"
    assert abs(len(damaged.split()) / len(clean.split()) - 1) < 0.1
    read, printed = Counter(analyse(damaged).folded), Counter(analyse(clean).folded)
    agreeing = sum((read & printed).values()) / printed.total()
    assert 0.45 < agreeing < 0.98, "folded, about four syllables in five survive"
    raw = Counter(analyse(damaged).accented) & Counter(analyse(clean).accented)
    assert raw.total() / printed.total() < 0.5, "with accents, most do not"


def test_twins_print_their_records(items: dict[str, Item]) -> None:
    for twin in TWINS.glob("*.txt"):
        words = " ".join(twin.read_text("utf-8").split())
        item = items[f"{twin.stem}.md"]
        assert item.title.upper() in words
        assert all(" ".join(block.original.split()) in words for block in item.blocks)
