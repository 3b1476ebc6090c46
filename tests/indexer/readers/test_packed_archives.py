"""7z, RAR and CAB: names, what cannot be read, and budgets."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from indexer.extract import unpack
from indexer.readers import packed_archives
from indexer.readers.budget import Budget
from indexer.readers.packed_archives import PackedArchiveReader
from indexer.readers.reader import Paper, Part
from indexer.readers.registry import choose
from kb.errors import ExtractError
from tests.indexer.readers.packed_files import cab, rar5, seven_zip
from tests.indexer.readers.test_archives import made_zip

if packed_archives._library() is None:
    pytest.skip("libarchive is missing", allow_module_level=True)

TEXT = "Tổ hợp tác đan lát giữ nghề.".encode()
READER = PackedArchiveReader()
Make = Callable[[Mapping[str, bytes]], bytes]
KINDS = pytest.mark.parametrize("make", [seven_zip, rar5, cab])


def parts(data: bytes, budget: Budget | None = None) -> list[Part]:
    return list(READER.parts(Paper("a.7z", data), budget or Budget()))


@KINDS
def test_entries_come_with_their_names_and_bytes(make: Make) -> None:
    data = make({"hồ sơ/đề án.txt": TEXT, "../../ngoài.txt": TEXT * 9})
    assert choose(Paper("a.doc", data)) == choose(Paper("b", data))
    assert type(choose(Paper("a", data))) is PackedArchiveReader
    assert parts(data) == [Part("hồ sơ/đề án.txt", TEXT), Part("ngoài.txt", TEXT * 9)]


@KINDS
def test_names_do_not_depend_on_the_locale(make: Make, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(make({"Kế hoạch.txt": TEXT}))
    said = (
        "import sys; from indexer.readers.packed_archives import *; data = open(sys.argv[1], 'rb').read(); "
        "print([ascii(p.name) for p in PackedArchiveReader().parts(Paper('a', data), Budget())])"
    )
    environment = {**os.environ, "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", said, str(tmp_path / "a")], env=environment, capture_output=True, text=True, check=True
    )
    assert ascii("Kế hoạch.txt") in done.stdout.replace("\\\\", "\\")


def test_archives_in_archives_show_their_path() -> None:
    inner = rar5({"c.txt": TEXT})
    found = {leaf.path: leaf.data for leaf in unpack("a.zip", made_zip({"b.7z": seven_zip({"d.rar": inner})}))}
    assert found["a.zip › b.7z › d.rar › c.txt"] == TEXT


def test_a_link_is_told_and_not_followed() -> None:
    (one, other) = parts(rar5({"a.txt": TEXT}, links={"b.txt": "/etc/passwd"}))
    assert one.data == TEXT
    assert not other.data and "liên kết" in other.refused


def test_a_name_that_is_no_text_is_shown_all_the_same() -> None:
    data = cab({"b.txt": TEXT}).replace(b"b.txt\0", b"b\xff\xfe\xd5t\0")
    (part,) = parts(data)
    assert part.data == TEXT and part.name


def test_a_bomb_is_told_and_the_budget_ends_it() -> None:
    bomb = seven_zip({f"{at}.txt": bytes(3_000_000) for at in range(30)})
    assert len(bomb) < 100_000
    with pytest.raises(ExtractError, match="bung ra quá"):
        parts(bomb)
    with pytest.raises(ExtractError, match="bung ra hơn 1 GB"):
        parts(rar5({"a": bytes(2_000), "b": bytes(2_000)}), Budget(bytes_left=3_000))


@KINDS
def test_damage_is_told_and_ends_nothing(make: Make) -> None:
    whole = make({"a.txt": TEXT * 20, "b.txt": TEXT})
    chance = random.Random(3)
    for _ in range(150):
        at = chance.randrange(8, len(whole))
        cut = chance.random() < 0.3
        data = whole[:at] if cut else whole[:at] + bytes([chance.randrange(256)]) + whole[at + 1 :]
        try:
            for part in parts(data):
                assert part.data or part.refused or part.name
        except ExtractError as error:
            assert str(error).startswith("a.7z: ")


def test_without_the_library_the_file_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed_archives, "_library", lambda: None)
    with pytest.raises(ExtractError, match=r"a\.7z: cần thư viện libarchive"):
        parts(seven_zip({"a.txt": TEXT}))
