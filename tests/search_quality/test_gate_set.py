"""The form of `gate.tsv`: what every reader of the set may rely on. What the search makes of it is measured elsewhere."""

from __future__ import annotations

import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from kb.library.library import Library
from training.make_ranker import is_frozen

#: Syllables that are written without accents and mean just that.
NO_MARKS = {"tre"}
GATE = Path(__file__).parent / "gate.tsv"
NEEDS = {"board", "journalist", "replication"}
KINDS = {
    *("abbreviation", "accents", "damaged", "date", "document", "figure", "formal", "joined", "meaning", "name"),
    *("number", "numeral", "place", "question", "slip", "stripped", "syntax", "typing", "words"),
}

Row = tuple[str, str, str, list[tuple[str, int]]]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    read: list[Row] = []
    for line in GATE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        cells = line.split("\t")
        assert len(cells) == 4 and all(cell == cell.strip() != "" for cell in cells), line
        need, kind, query, judgements = cells
        pairs = [judgement.split(":") for judgement in judgements.split("|")]
        assert all(len(pair) == 2 and pair[1] in {"1", "2", "3"} for pair in pairs), line
        read.append((need, kind, query, [(beginning, int(grade)) for beginning, grade in pairs]))
    return read


@pytest.fixture(scope="module")
def ids(library: Library) -> list[str]:
    with library.view() as view:
        return list(view.snapshot.ids())


def test_the_file_says_what_it_is() -> None:
    text = GATE.read_text("utf-8")
    assert text == unicodedata.normalize("NFC", text) and text.endswith("\n") and "\r" not in text
    lines = text.splitlines()
    header = [line for line in lines if line.startswith("#")]
    assert lines[: len(header)] == header and all(len(line) <= 125 for line in header)
    assert "Licence: Apache-2.0" in "\n".join(header) and "before any ranking weight was tuned" in "\n".join(header)


def test_sorted_and_no_query_twice(rows: list[Row]) -> None:
    keys = [row[:3] for row in rows]
    assert keys == sorted(keys)
    assert [query for query, count in Counter(row[2].casefold() for row in rows).items() if count > 1] == []


def test_enough_for_each_reader_and_each_kind(rows: list[Row]) -> None:
    assert len(rows) >= 400
    needs, kinds = Counter(row[0] for row in rows), Counter(row[1] for row in rows)
    assert set(needs) == NEEDS and min(needs.values()) >= 100, needs
    assert set(kinds) == KINDS and min(kinds.values()) >= 6, kinds


def test_a_third_is_frozen_of_every_large_kind(rows: list[Row]) -> None:
    frozen = Counter(kind for _, kind, query, _ in rows if is_frozen(query))
    assert len(rows) * 0.28 <= frozen.total() <= len(rows) * 0.38
    kinds = Counter(row[1] for row in rows)
    assert [kind for kind, size in kinds.items() if size >= 12 and not 0.15 * size <= frozen[kind] <= 0.6 * size] == []


def test_queries_are_of_their_kind(rows: list[Row]) -> None:
    for _, kind, query, _ in rows:
        syllables = len(query.split())
        if kind == "words":
            assert 2 <= syllables <= 5 and not query.isascii(), query
        if kind == "question":
            assert 8 <= syllables <= 25 and not query.isascii(), query
        if kind in ("stripped", "typing"):
            assert query.isascii(), query
        if kind == "accents":
            assert (syllables <= 5 and not query.isascii()) or query in NO_MARKS, query
        if kind in ("date", "figure", "numeral"):
            assert any(sign.isdigit() for sign in query), query


def test_judgements_are_graded(rows: list[Row]) -> None:
    for _, _, query, judgements in rows:
        assert max(grade for _, grade in judgements) >= 2, query
        assert judgements == sorted(judgements, key=lambda judgement: (-judgement[1], judgement[0])), query


def test_each_beginning_names_one_record(rows: list[Row], ids: list[str]) -> None:
    for _, _, query, judgements in rows:
        named: list[str] = []
        for beginning, _ in judgements:
            records = {item_id.removesuffix("-scan") for item_id in ids if item_id.startswith(beginning)}
            assert len(records) == 1, (query, beginning, records)
            named += records
        assert len(named) == len(set(named)), query


def test_every_record_is_wanted_by_some_query(rows: list[Row], ids: list[str]) -> None:
    wanted = tuple(beginning for row in rows for beginning, grade in row[3] if grade == 3)
    assert [item_id for item_id in ids if not item_id.startswith(wanted)] == []
