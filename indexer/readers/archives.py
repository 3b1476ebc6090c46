"""Open ZIP and TAR archives (also packed by gzip, bzip2, xz): hand out the files inside, one after another.

Nothing is ever written by the name of an entry; the name is a label. Links and devices are told and not followed, and bytes
are counted while they are decompressed.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import stat
import struct
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, cast

from indexer.readers.budget import MAX_PART_BYTES, Budget, BudgetError, PartError
from indexer.readers.reader import Content, Paper, Part
from indexer.readers.sniff import HEAD_BYTES, PACKED, TAR, ZIP, sniff
from kb.errors import ExtractError

#: The flag of a ZIP entry whose name is UTF-8, and that of an entry with a password.
_UTF8_NAME = 0x800
_ENCRYPTED = 0x1
#: Entries by which a ZIP archive is a document or a program, and no archive of papers.
_NO_ARCHIVE = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml"})
_MAX_NAME = 200
_DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, ValueError,
    RuntimeError, IndexError, KeyError, OverflowError,
)  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
#: Why a link in an archive is not read.
LINK = "là liên kết trong kho nén, không đi theo; hãy nén tệp thật"


class ZipReader:
    """A ZIP archive that is no office document."""

    name = "kho nén ZIP"
    has_text = False

    def bid(self, paper: Paper) -> float:
        if sniff(paper.path, paper.data[:HEAD_BYTES]) is not ZIP:
            return 0.0
        try:
            with zipfile.ZipFile(io.BytesIO(paper.data)) as archive:
                return 0.0 if _NO_ARCHIVE.intersection(archive.namelist()) else 0.6
        except _DAMAGE:
            return 0.1

    def read(self, paper: Paper) -> Content:
        raise no_text(paper)

    def parts(self, paper: Paper, budget: Budget) -> Iterator[Part]:
        names: set[str] = set()
        try:
            archive = zipfile.ZipFile(io.BytesIO(paper.data))
        except _DAMAGE as error:
            raise damaged(paper, error) from error
        with archive:
            for entry in archive.infolist():
                if entry.filename.endswith("/"):  # `is_dir` fails on an empty name
                    continue
                name = label(_zip_name(entry), names)
                try:
                    budget.take_part()
                    yield _read_zip_entry(archive, entry, name, budget)
                except BudgetError as error:
                    raise ExtractError(f"{paper.path}: {error}; từ “{name}” trở đi chưa đọc") from error


def _read_zip_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str, budget: Budget) -> Part:
    if entry.flag_bits & _ENCRYPTED:
        return Part(name, b"", "có mật khẩu; hãy giải nén bằng mật khẩu rồi chép tệp vào thư mục")
    if stat.S_ISLNK(entry.external_attr >> 16):
        return Part(name, b"", LINK)
    try:
        with archive.open(entry) as stream:
            return Part(name, budget.read(stream, entry.compress_size))
    except PartError as error:
        return Part(name, b"", str(error))
    except _DAMAGE as error:
        return Part(name, b"", f"hỏng trong kho nén ({_what(error)}); hãy nén lại")


class TarReader:
    """A TAR archive, packed or not; a packed file that is no TAR archive has one part."""

    name = "kho nén TAR"
    has_text = False

    def bid(self, paper: Paper) -> float:
        return 0.6 if sniff(paper.path, paper.data[:HEAD_BYTES]) in (TAR, PACKED) else 0.0

    def read(self, paper: Paper) -> Content:
        raise no_text(paper)

    def parts(self, paper: Paper, budget: Budget) -> Iterator[Part]:
        stream = _Counted(_unpacked(paper.data), budget, len(paper.data))
        try:
            try:
                head = stream.read(HEAD_BYTES)
            except PartError as error:
                raise ExtractError(f"{paper.path}: {error}") from error
            stream.give_back(head)
            if sniff("", head) is TAR:
                yield from self._entries(paper, stream, budget)
            else:
                budget.take_part()
                yield Part(label(PurePosixPath(paper.path).stem, set()), stream.read_all())
        except (BudgetError, PartError) as error:
            raise ExtractError(f"{paper.path}: {error}; phần còn lại chưa đọc") from error
        except _DAMAGE as error:
            raise damaged(paper, error) from error

    def _entries(self, paper: Paper, stream: _Counted, budget: Budget) -> Iterator[Part]:
        names: set[str] = set()
        # The counted stream lies below: what tarfile skips is counted as well.
        with tarfile.open(fileobj=cast("IO[bytes]", stream), mode="r|") as archive:
            for entry in archive:
                if entry.isdir():
                    continue
                name = label(entry.name, names)
                budget.take_part()
                if not entry.isreg():
                    yield Part(name, b"", LINK if entry.issym() or entry.islnk() else "không phải tệp thường")
                elif entry.size > MAX_PART_BYTES:
                    yield Part(name, b"", f"tệp quá lớn (hơn {MAX_PART_BYTES // 1_000_000} MB)")
                elif file := archive.extractfile(entry):
                    yield Part(name, file.read())


class _Counted:
    """A stream of decompressed bytes that counts them against the budget and the ratio."""

    def __init__(self, stream: IO[bytes], budget: Budget, packed: int) -> None:
        self._stream = stream
        self._budget = budget
        self._packed = packed
        self._size = 0
        self._ahead = b""

    def give_back(self, data: bytes) -> None:
        self._ahead = data

    def read(self, size: int) -> bytes:
        if self._ahead:
            data, self._ahead = self._ahead[:size], self._ahead[size:]
            return data
        data = self._stream.read(size)
        self._size += len(data)
        self._budget.take_bytes(len(data))
        self._budget.check_ratio(self._size, self._packed)
        return data

    def read_all(self) -> bytes:
        pieces = []
        while piece := self.read(1 << 16):
            pieces.append(piece)
        return b"".join(pieces)


def _unpacked(data: bytes) -> IO[bytes]:
    file = io.BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=file))
    if data.startswith(b"BZh"):
        return cast("IO[bytes]", bz2.BZ2File(file))
    if data.startswith(b"\xfd7zXZ\0"):
        return cast("IO[bytes]", lzma.LZMAFile(file))
    return file


def _zip_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. One without the flag of UTF-8 was read as cp437, and is UTF-8 or a Vietnamese code page.

    >>> entry = zipfile.ZipInfo("Kế hoạch.txt".encode().decode("cp437"))
    >>> _zip_name(entry)
    'Kế hoạch.txt'
    """
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return entry.filename
    for encoding in ("utf-8", "cp1258"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def label(name: str, taken: set[str]) -> str:
    r"""A name for people, which no other part has: composed, printable, without ways out of the folder. `taken` gets it.

    >>> label("..\\hồ sơ\\a.txt", taken := set()), label("hồ sơ/a.txt", taken)
    ('hồ sơ/a.txt', 'hồ sơ/a.txt (2)')
    """
    name = _CONTROL.sub("", unicodedata.normalize("NFC", name)).replace("\\", "/").replace("›", ">")
    parts = [part.strip() for part in name.split("/")]
    name = "/".join(part for part in parts if part not in ("", ".", ".."))[-_MAX_NAME:] or "không tên"
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    taken.add(free)
    return free


def no_text(paper: Paper) -> ExtractError:
    """The error of reading an archive as a text."""
    return ExtractError(f"{paper.path}: là kho nén, không có chữ của chính nó; mỗi tệp bên trong được đọc riêng")


def damaged(paper: Paper, error: Exception) -> ExtractError:
    """The error of an archive that cannot be opened, or not to its end."""
    return ExtractError(f"{paper.path}: kho nén hỏng hoặc chép dở ({_what(error)}); hãy chép hoặc nén lại")


def _what(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
