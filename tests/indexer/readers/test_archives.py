"""Files inside files: names, what cannot be read, and budgets that are counted while bytes are decompressed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import struct
import tarfile
import zipfile
import zlib

import pytest

from indexer.extract import Leaf, unpack
from indexer.readers import budget as budgets
from indexer.readers.archives import TarReader, ZipReader
from indexer.readers.budget import Budget
from indexer.readers.reader import Paper, Part
from kb.errors import ExtractError

TEXT = "Đẩy mạnh phong trào thi đua yêu nước.".encode()


def made_zip(entries: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def made_tar(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def parts(data: bytes) -> list[Part]:
    return list(ZipReader().parts(Paper("a.zip", data), Budget()))


def leaves(data: bytes, name: str = "a.zip") -> dict[str, Leaf]:
    return {leaf.path: leaf for leaf in unpack(name, data)}


def test_entries_come_in_order_with_their_bytes() -> None:
    entries = {"b.txt": TEXT, "thư mục/a.txt": TEXT * 2, "c/": b""}
    assert parts(made_zip(entries)) == [Part("b.txt", TEXT), Part("thư mục/a.txt", TEXT * 2)]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Quyết định số 5.txt".encode(), "Quyết định số 5.txt"),
        ("Tơ\u0300 tri\u0300nh.txt".encode("cp1258"), "Tờ trình.txt"),
    ],
)
def test_names_without_the_flag_of_utf8_are_read(raw: bytes, name: str) -> None:
    """Programs of Windows wrote names in its code page, and others wrote UTF-8 without saying so."""
    plain = b"n" * len(raw)
    data = made_zip({plain.decode(): TEXT}).replace(plain, raw)
    assert [part.name for part in parts(data)] == [name]


def test_an_entry_without_a_name_is_read() -> None:
    data = bytearray(made_zip({"n": TEXT}))
    for at in (26, data.index(b"PK\x01\x02") + 28):  # The length of the name, and behind it that of an extra field.
        data[at : at + 4] = struct.pack("<2H", 0, 1)
    assert parts(bytes(data)) == [Part("không tên", TEXT)]


def test_names_are_labels_only() -> None:
    entries = {"../../etc/passwd": TEXT, "/etc/passwd": TEXT, "C:\\a\\..\\b.txt": TEXT, "d › e.txt": TEXT, "\x07.txt": TEXT}
    names = [part.name for part in parts(made_zip(entries))]
    assert names == ["etc/passwd", "etc/passwd (2)", "C:/a/b.txt", "d > e.txt", ".txt"]


def test_what_cannot_be_read_of_an_archive_is_told_and_the_rest_is_read() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        link = zipfile.ZipInfo("lien-ket")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("khoa.txt", b"KHOA" + TEXT)
        archive.writestr("hong.txt", b"HONG" + TEXT)
        archive.writestr("tot.txt", TEXT)
    data = bytearray(file.getvalue())
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"khoa.txt"))
    data[at + 8] |= 1  # The directory says that it has a password, and so does the entry.
    data[data.index(b"khoa.txt") - 24] |= 1
    data[data.index(b"HONG")] = 0
    found = leaves(bytes(data))
    assert found["a.zip › tot.txt"].data == TEXT
    told = {path: leaf.refused for path, leaf in found.items() if leaf.refused}
    assert list(told) == ["a.zip › lien-ket", "a.zip › khoa.txt", "a.zip › hong.txt"]
    assert (
        "liên kết" in told["a.zip › lien-ket"]
        and "mật khẩu" in told["a.zip › khoa.txt"]
        and "hỏng" in told["a.zip › hong.txt"]
    )
    assert all(reason.startswith(f"{path}: ") and "; hãy " in reason for path, reason in told.items())


def test_an_archive_that_is_cut_off_is_told() -> None:
    data = made_zip({"a.txt": TEXT})
    found = leaves(data[:-10])
    assert "kho nén hỏng" in found["a.zip"].refused
    tar = gzip.compress(made_tar({"a.txt": TEXT, "b.txt": TEXT * 9000}))
    found = leaves(tar[: len(tar) // 2], "a.tgz")
    assert "kho nén hỏng" in found["a.tgz"].refused


def test_a_part_that_is_packed_too_tightly_is_not_read() -> None:
    found = leaves(made_zip({"bom.txt": b"0" * 5_000_000, "tot.txt": TEXT}))
    assert "200 lần" in found["a.zip › bom.txt"].refused and found["a.zip › tot.txt"].data == TEXT


def test_an_archive_of_bombs_is_given_up_with_one_line_a_level() -> None:
    data = made_zip({f"{number}.txt": b"0" * 2_000_000 for number in range(30)})
    data = made_zip({f"{number}.zip": data for number in range(9)}, zipfile.ZIP_STORED)
    told = {path: leaf.refused for path, leaf in leaves(made_zip({"x.zip": data, "y.zip": data})).items()}
    tight = [path for path, reason in told.items() if "có thể là tệp phá hoại" in reason]
    given_up = [path for path, reason in told.items() if "có thể là kho phá hoại" in reason]
    assert len(tight) == budgets.MAX_TIGHT
    assert given_up == ["a.zip › x.zip › 0.zip", "a.zip › x.zip", "a.zip"] and len(told) == len(tight) + len(given_up)


def test_the_directory_is_not_believed() -> None:
    """It says that the entry has ten bytes in the archive and ten outside."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(b"0" * 50_000_000) + packed.flush()
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(body), 10, 5, 0) + b"a.txt"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(body), 10, 5, 0, 0, 0, 0, 0, 0) + b"a.txt"
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local) + len(body), 0)
    (part,) = parts(local + body + entry + end)
    assert part.refused and len(part.data) == 0


def test_the_budget_of_bytes_holds_for_all_parts_and_their_parts() -> None:
    inner = made_zip({"c.txt": TEXT * 20, "d.txt": TEXT * 20}, zipfile.ZIP_STORED)
    data = made_zip({"a.txt": TEXT, "b.zip": inner, "e.txt": TEXT}, zipfile.ZIP_STORED)
    paths = [leaf.path for leaf in unpack("a.zip", data)]
    assert paths == [
        "a.zip › a.txt", "a.zip › b.zip › c.txt", "a.zip › b.zip › d.txt", "a.zip › b.zip", "a.zip › e.txt", "a.zip",
    ]  # fmt: skip
    found = {leaf.path: leaf for leaf in unpack("a.zip", data, Budget(bytes_left=len(inner) + len(TEXT) * 30))}
    assert "1 GB" in found["a.zip › b.zip"].refused and "1 GB" in found["a.zip"].refused
    assert "a.zip › e.txt" not in found, "nothing is read beyond the budget, and the archive says so"


def test_the_budget_of_parts() -> None:
    data = made_zip({f"{number}.txt": TEXT for number in range(5)})
    found = {leaf.path: leaf for leaf in unpack("a.zip", data, Budget(parts_left=3))}
    assert list(found) == ["a.zip › 0.txt", "a.zip › 1.txt", "a.zip › 2.txt", "a.zip"]
    assert "“3.txt” trở đi chưa đọc" in found["a.zip"].refused


def test_archives_in_each_other_end_at_a_depth() -> None:
    data = made_zip({"a.txt": TEXT})
    for _ in range(8):
        data = made_zip({"a.zip": data})
    told = [leaf.refused for leaf in unpack("a.zip", data) if leaf.refused]
    assert len(told) == 1 and f"sâu hơn {budgets.MAX_DEPTH} lớp" in told[0]


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_tar_packed_in_every_way(pack: object) -> None:
    data = pack(made_tar({"hồ sơ/a.txt": TEXT, "b.txt": TEXT}))  # type: ignore[operator]
    assert list(TarReader().parts(Paper("a.tar", data), Budget())) == [Part("hồ sơ/a.txt", TEXT), Part("b.txt", TEXT)]


def test_a_packed_file_that_is_no_tar_has_one_part() -> None:
    assert list(TarReader().parts(Paper("x/a.txt.gz", gzip.compress(TEXT)), Budget())) == [Part("a.txt", TEXT)]


def test_a_packed_bomb_ends_early() -> None:
    bomb = gzip.compress(b"0" * 30_000_000)
    with pytest.raises(ExtractError, match="200 lần"):
        list(TarReader().parts(Paper("a.gz", bomb), Budget()))
    with pytest.raises(ExtractError, match="1 GB"):
        list(TarReader().parts(Paper("a.gz", gzip.compress(TEXT * 100)), Budget(bytes_left=2000)))


def test_links_and_devices_of_a_tar_are_told() -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"x{kind.decode()}")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    found = leaves(file.getvalue(), "a.tar")
    assert sum(bool(leaf.refused) for leaf in found.values()) == 2


def test_files_of_systems_in_an_archive_are_set_aside() -> None:
    found = leaves(made_zip({"__MACOSX/._a.txt": b"\0", "a/Thumbs.db": b"\0", "a.txt": TEXT}))
    assert [path for path, leaf in found.items() if leaf.aside] == [
        "a.zip › __MACOSX/._a.txt",
        "a.zip › a/Thumbs.db",
        "a.zip",
    ]
