"""A file beyond a limit is refused in words; one beyond the bound of a step is read, searchable as printed, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from indexer import limits
from indexer.discover import FoundFile
from indexer.enrich import attributes, citations, recipients
from indexer.pipeline import process
from kb.errors import ExtractError
from kb.library.index_document import index_document
from kb.library.passages import split_passages
from search_api.display.cards import explain_quality

DAMAGED = "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc, guong dién hinh tién tién, cac mé hinh mdi"


def read(data: bytes, name: str = "a.md", **attributes: str) -> object:
    return process(FoundFile(name, Path(name), attributes), data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a" * (limits.MAX_CHARACTERS + 1), "600.000"),
        (b"a\n" * (limits.MAX_LINES + 1), "30.000"),
        (b"a\f" * (limits.MAX_PAGES + 1), "5.000"),
    ],
)
def test_a_file_beyond_a_limit_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ExtractError, match=f"^a.md: .*{reason}.*hãy chia thành nhiều tệp"):
        read(data)


def test_too_many_blocks_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_BLOCKS", 3)
    with pytest.raises(ExtractError, match="4 đoạn"):
        read(b"a\n\nb\n\nc\n\nd")


@pytest.mark.parametrize("name", ["title", "place", "unit", "origin"])
def test_an_attribute_that_is_too_long_is_refused(name: str) -> None:
    with pytest.raises(ExtractError, match=f"{name} dài 700 ký tự"):
        read(b"a", **{name: "x" * 700})


def test_a_file_that_is_too_large_is_refused_without_reading_all_of_it(tmp_path: Path) -> None:
    with open(tmp_path / "a.txt", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ExtractError, match=r"^a\.txt: .*3 MB.*hãy chia thành nhiều tệp"):
        FoundFile("a.txt", tmp_path / "a.txt", {}).read()


def test_damaged_letters_beyond_the_bound_stay_as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("indexer.repair.MAX_CORRECTED", 150)
    item = process(FoundFile("a.txt", Path("a.txt"), {}), "\n\n".join([DAMAGED] * 3).encode())
    assert item.blocks[0].best.startswith("Đẩy mạnh công tác")
    assert item.blocks[2].best == DAMAGED
    assert item.bounds == ("correction",)
    assert "cdng" in index_document(item).body
    assert "chỉ phần đầu của chữ hỏng được sửa" in explain_quality(item, 60)


def test_citations_and_recipients_beyond_the_bound_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citations, "MAX_NUMBERS", 5)
    monkeypatch.setattr(attributes, "MAX_RECIPIENTS", 3)
    monkeypatch.setattr(recipients, "MAX_RECIPIENTS", 3)
    text = "".join(f"Căn cứ Nghị định số {n}/2024/NĐ-CP;\n" for n in range(1, 10)) + "\nNơi nhận:\n" + "- Bộ Nội vụ;\n" * 9
    item = process(FoundFile("a.txt", Path("a.txt"), {}), text.encode())
    assert item.document is not None
    assert (len(item.document.citations), len(item.document.recipients)) == (5, 3)
    assert item.bounds == ("citations", "recipients")


def test_a_text_of_signs_is_read_as_plain_text() -> None:
    item = process(FoundFile("a.md", Path("a.md"), {}), b"[a](b) **c**\n\n" + b"[" * limits.MAX_SIGNS)
    assert item.blocks[0].original == "[a](b) **c**"
    assert item.bounds == ("markup",)


def test_usual_papers_reach_no_bound() -> None:
    assert process(FoundFile("a.md", Path("a.md"), {}), b"# Plan\n\nText").bounds == ()


def test_a_text_without_spaces_makes_short_passages() -> None:
    item = process(FoundFile("a.txt", Path("a.txt"), {}), b"|---" * 20_000)
    assert max(len(passage.text) for passage in split_passages(item)) < 12_000
