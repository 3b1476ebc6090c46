"""Open archives of 7z, RAR and CAB by libarchive, which decompresses them as a stream; nothing is extracted by name.

The library belongs to the system (Debian: libarchive13). Where it is missing, such a file is listed with what to install.
"""

from __future__ import annotations

import codecs
import locale
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

from indexer.readers.archives import LINK, damaged, label, no_text
from indexer.readers.budget import MAX_PART_BYTES, Budget, BudgetError, PartError
from indexer.readers.reader import Content, Paper, Part
from indexer.readers.sniff import CAB, HEAD_BYTES, RAR, SEVEN_ZIP, sniff
from kb.errors import ExtractError

_FAMILIES = frozenset({SEVEN_ZIP.code, RAR.code, CAB.code})
_INSTALL = "cần thư viện libarchive để mở (Debian, Ubuntu: apt install libarchive13), hoặc hãy giải nén rồi chép các tệp vào"
_PASSWORD = "có mật khẩu; hãy giải nén bằng mật khẩu rồi chép tệp vào thư mục"
_PASSWORD_WORDS = ("passphrase", "encrypt", "password")


# It logs what it finds damaged; such a part is told by its error.
logging.getLogger("libarchive").setLevel(logging.CRITICAL)


class PackedArchiveReader:
    """A 7z, RAR or CAB archive."""

    name = "kho nén 7z, RAR, CAB"
    has_text = False

    def bid(self, paper: Paper) -> float:
        """.9 for a file that begins as such an archive does, also where libarchive is missing."""
        return 0.9 if sniff(paper.path, paper.data[:HEAD_BYTES]).code in _FAMILIES else 0.0

    def read(self, paper: Paper) -> Content:
        """Raises ExtractError: such an archive has no text of its own."""
        raise no_text(paper)

    def parts(self, paper: Paper, budget: Budget) -> Iterator[Part]:
        """The files inside. Raises ExtractError: libarchive is missing, damage, a budget that is used up."""
        library = _library()
        if library is None:
            raise ExtractError(f"{paper.path}: {_INSTALL}")
        names: set[str] = set()
        unpacked = _Unpacked(budget, len(paper.data))
        try:
            with library.memory_reader(paper.data, filter_name="none") as archive:
                for entry in archive:
                    if entry.isdir:
                        continue
                    name = label(_name(entry.pathname), names)
                    budget.take_part()
                    yield _read(library, entry, name, unpacked)
        except BudgetError as error:
            raise ExtractError(f"{paper.path}: {error}; phần còn lại chưa đọc") from error
        except library.ArchiveError as error:
            if _is_password(error):
                raise ExtractError(f"{paper.path}: {_PASSWORD}") from error
            raise damaged(paper, error) from error
        except (UnicodeError, ValueError, OSError) as error:
            raise damaged(paper, error) from error
        if not names:
            raise ExtractError(f"{paper.path}: kho nén không có tệp nào bên trong; hãy nén lại")


@cache
def _library() -> ModuleType | None:
    """The binding of libarchive; None where the system lacks the library.

    It hands out names in the encoding of the process, which must have all letters.
    """
    try:
        import libarchive
    except (ImportError, OSError, AttributeError, TypeError):
        return None
    if codecs.lookup(locale.nl_langinfo(locale.CODESET)).name != "utf-8":
        with suppress(locale.Error):
            locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    return libarchive  # type: ignore[no-any-return]


@dataclass(slots=True)
class _Unpacked:
    """Counts the bytes of all entries: they may be packed together, so only the whole archive has a ratio."""

    budget: Budget
    packed: int
    size: int = 0

    def count(self, more: int) -> None:
        self.size += more
        self.budget.take_bytes(more)
        self.budget.check_ratio(self.size, self.packed)


def _read(library: Any, entry: Any, name: str, unpacked: _Unpacked) -> Part:
    if entry.issym or entry.islnk:
        return Part(name, b"", LINK)
    if not entry.isreg:
        return Part(name, b"", "không phải tệp thường")
    too_large = Part(name, b"", f"tệp quá lớn (hơn {MAX_PART_BYTES // 1_000_000} MB)")
    if (entry.size or 0) > MAX_PART_BYTES:
        return too_large
    pieces, size = [], 0
    try:
        for piece in entry.get_blocks():
            size += len(piece)
            unpacked.count(len(piece))
            if size > MAX_PART_BYTES:
                return too_large
            pieces.append(piece)
    except PartError as error:
        return Part(name, b"", str(error))
    except library.ArchiveError as error:
        return Part(name, b"", _PASSWORD if _is_password(error) else f"hỏng trong kho nén ({str(error)[:100]}); hãy nén lại")
    return Part(name, b"".join(pieces))


def _name(raw: str | bytes | None) -> str:
    """A name as libarchive hands it out: it leaves the bytes of one that it cannot decode."""
    return raw.decode("cp1258", "replace") if isinstance(raw, bytes) else raw or ""


def _is_password(error: Exception) -> bool:
    return any(word in str(error).lower() for word in _PASSWORD_WORDS)
