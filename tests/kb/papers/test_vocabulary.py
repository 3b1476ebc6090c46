from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from kb.errors import TableError
from kb.papers import vocabulary

ROOT = Path(__file__).parents[3]


def test_the_14_fields_are_those_of_plan_238_in_its_order() -> None:
    plan = " ".join((ROOT / "corpus/documents/238-KH-UBND.md").read_text("utf-8").split())
    listed = plan[plan.index("trên các lĩnh vực: Xây dựng Đảng") : plan.index("trong đời sống xã hội.") + 22].lower()
    positions = [
        listed.index(field.name.lower().replace("tài chính, ngân", "tài chính ngân")) for field in vocabulary.fields()
    ]
    assert positions == sorted(positions)
    assert [field.number for field in vocabulary.fields()] == list(range(1, 15))


def test_every_code_of_the_model_has_a_label() -> None:
    from typing import get_args

    from kb.item import Kind, Quality, Relation, Status, Subject

    for group, codes in (
        ("kind", Kind),
        ("status", Status),
        ("subject", Subject),
        ("quality", Quality),
        ("relation", Relation),
    ):
        assert set(vocabulary.codes(group)) == set(get_args(codes))
    assert set(vocabulary.codes("inverse")) == set(get_args(Relation))


def test_labels_are_nfc_and_distinct_within_a_group() -> None:
    for group in ("kind", "field", "status", "subject", "quality", "relation", "match", "facet", "section"):
        labels = [vocabulary.label(group, code) for code in vocabulary.codes(group)]
        assert len(set(labels)) == len(labels)
        assert all(unicodedata.is_normalized("NFC", label) for label in labels)


def test_a_value_outside_a_table_is_its_own_label() -> None:
    assert vocabulary.label("place", "Xã Vĩnh Bảo") == "Xã Vĩnh Bảo"


def test_a_malformed_table_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "bad.tsv").write_text("# head\na\tb\n" + "x\ty\tz\n", "utf-8")
    with pytest.raises(TableError, match=r"bad\.tsv:3"):
        list(vocabulary.read_table(tmp_path / "bad.tsv", 2))
    (tmp_path / "nfd.tsv").write_text(unicodedata.normalize("NFD", "a\tHải Phòng\n"), "utf-8")
    with pytest.raises(TableError, match="NFC"):
        list(vocabulary.read_table(tmp_path / "nfd.tsv", 2))
