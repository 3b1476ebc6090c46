"""Find the files to index: every file below the corpus folder, with what the manifest declares about it.

A file without an entry is indexed too, and nothing is left out without being told: what holds no paper (hidden files, those
about the corpus), what is passed over (links out of the corpus, pipes, devices) and what the system does not hand out
(rights, a broken disk) is listed with the reason. Only a file that is not there any more is gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.declared import UNCLEAR
from indexer.limits import check_bytes
from indexer.manifest import Manifest, merge, read_manifest
from indexer.provenance import INTAKE, read_provenances
from indexer.readers.registry import check_format
from indexer.readers.set_aside import why_set_aside
from indexer.readers.sniff import HEAD_BYTES, sniff
from indexer.regular_file import open_regular_file
from kb.errors import CorpusAwayError, SettingError, UnreadableError
from kb.item import PART_JOIN

#: Bytes of the beginning of a file that a `Look` keeps.
LOOK_BYTES = 64_000
_PIECE = 1 << 20
# Surrogates that do not stand for a byte of a file name.
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a file without keeping it in memory: SHA-256 (hex), bytes, and its first `LOOK_BYTES`."""

    sha256: str
    size: int
    head: bytes


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to index: `path` relative to the corpus with "/", `attributes` from the manifest."""

    path: str
    location: Path
    attributes: Mapping[str, Any]

    def look(self) -> Look:
        """The digest and the beginning of the file. Raises as `read` does."""
        digest, size, head = hashlib.sha256(), 0, b""
        for piece in self._pieces():
            digest.update(piece)
            head = head or piece[:LOOK_BYTES]
            size += len(piece)
        return Look(digest.hexdigest(), size, head)

    def read(self) -> bytes:
        """The bytes.

        Raises UnreadableError, and ExtractError for a file that is too large or of a family that no reader takes; of such a
        file only the beginning is read.
        """
        return b"".join(self._pieces())

    def _check(self, status: os.stat_result) -> None:
        """Raise UnreadableError for a file that is not to be read now."""

    def _pieces(self) -> Iterator[bytes]:
        try:
            with open_regular_file(self.location) as file:
                self._check(os.fstat(file.fileno()))
                piece = file.read(LOOK_BYTES)
                check_format(self.path, piece)
                limits = sniff(self.path, piece[:HEAD_BYTES]).limits
                size = len(piece)
                check_bytes(self.path, max(size, os.fstat(file.fileno()).st_size), limits)
                while piece:
                    yield piece
                    piece = file.read(_PIECE)
                    size += len(piece)
                    check_bytes(self.path, size, limits)
        except OSError as error:
            raise UnreadableError(f"{self.path}: không đọc được ({error.strerror or error})") from error


Stamp = tuple[int, int]
"""Size of a file in bytes and time of its last change, in nanoseconds."""


def stamp_of(status: os.stat_result) -> Stamp:
    return status.st_size, status.st_mtime_ns


@dataclass(frozen=True, slots=True)
class QuietFile(FoundFile):
    """A file that is read only while it is as it was when it was seen to be quiet: others may be at work on it."""

    stamp: Stamp | None = None

    def _check(self, status: os.stat_result) -> None:
        if stamp_of(status) != self.stamp:
            raise UnreadableError(f"{self.path}: đang được chép vào, lượt sau sẽ đọc")


@dataclass(slots=True)
class Listing:
    """What is in the corpus: the files to index, sorted by path, and by path why the rest is not read.

    `set_aside` are files that hold no paper; `skipped` is passed over for good (a link that leads outside, a pipe); `unread`
    files and folders were refused by the system; `failed` files have a name that cannot be stored.
    """

    manifest: Manifest
    files: list[FoundFile] = field(default_factory=list)
    set_aside: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many files there are: regular ones, and links to them that are followed."""
        return len(self.files) + len(self.set_aside) + len(self.failed)

    def only_quiet(self, corpus: Path, quiet: Mapping[str, Stamp]) -> None:
        """Read only files that have a stamp in `quiet`, and only as long as they have it. What was taken in came whole."""
        root = corpus.resolve()
        for at, file in enumerate(self.files):
            if not file.path.startswith(f"{INTAKE}/"):
                stamp = quiet.get(file.path) or quiet.get(os.path.relpath(file.location, root))  # a link: its target's
                self.files[at] = QuietFile(file.path, file.location, file.attributes, stamp)

    def hides(self, path: str) -> bool:
        """Whether the file at `path` may be there, although it is not among the files to index."""
        parents = (parent.as_posix() for parent in PurePosixPath(path).parents)
        return path in self.unread or path in self.skipped or any(p in self.unread or p in self.skipped for p in parents)


def digest_of(sha256: str, attributes: Mapping[str, Any], pipeline: str) -> str:
    """SHA-256 (hex) of the bytes (by theirs), the manifest entry and the pipeline's version: if it changes, the file is read
    again."""
    extra = json.dumps(dict(attributes), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(bytes.fromhex(sha256) + f"{pipeline}\n{extra}".encode()).hexdigest()


def check_corpus(corpus: Path) -> Manifest:
    """The manifest of a corpus.

    Raises SettingError if the manifest is malformed or the folder is missing: a missing folder does not mean that all files
    were removed.
    """
    try:
        if not corpus.is_dir():
            raise SettingError(f"Không có thư mục văn bản {corpus}. Đặt CACHHAY_CORPUS_DIR hoặc dùng --corpus.")
        return read_manifest(corpus)
    except OSError as error:
        raise CorpusAwayError(f"Không đọc được thư mục văn bản {corpus}: {error.strerror or error}.") from error


def storable(text: str) -> str:
    r"""A path or reason that can be stored and printed: bytes that are no UTF-8, and lone surrogates, become escapes.

    >>> storable("hồ sơ\udce9.txt")
    'hồ sơ\\xe9.txt'
    """
    return text.encode("utf-8", "surrogateescape" if _LONE.search(text) is None else "backslashreplace").decode(
        "utf-8", "backslashreplace"
    )


def discover(corpus: Path) -> Listing:
    """What is in the corpus.

    Raises SettingError as `check_corpus` does.
    """
    listing = Listing(check_corpus(corpus))
    walk = _Walk(corpus, listing)
    walk.run()
    listing.files.sort(key=lambda file: PurePosixPath(file.path))
    listing.misfits.extend(listing.manifest.misfits(walk.folders, walk.names, {*listing.unread, *listing.skipped}))
    return listing


class _Walk:
    """A walk over the folders of a corpus, one after another, without following links to folders."""

    def __init__(self, corpus: Path, listing: Listing) -> None:
        self.corpus = corpus
        self.root = corpus.resolve()
        self.listing = listing
        self.folders = {""}
        self.names: set[str] = set()
        self._provenances = read_provenances(corpus)
        self._waiting = [""]

    def run(self) -> None:
        while self._waiting:
            folder = self._waiting.pop()
            try:
                with os.scandir(self.corpus / folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError as error:
                if not folder:
                    raise CorpusAwayError(
                        f"Không đọc được thư mục văn bản {self.corpus}: {error.strerror or error}."
                    ) from error
                # Disks have hidden folders of their own that nobody may open: no paper was ever in them.
                told = self.listing.skipped if why_set_aside(folder) else self.listing.unread
                told[storable(folder)] = f"không mở được thư mục ({error.strerror or error})"
                continue
            for entry in listed:
                self._take(f"{folder}/{entry.name}".lstrip("/"), entry)

    def _take(self, path: str, entry: os.DirEntry[str]) -> None:
        location = Path(entry.path)
        aside = why_set_aside(path)
        try:
            if entry.is_symlink():
                self.names.add(path)
                if not aside:
                    self._take_link(path, location)
            elif entry.is_dir(follow_symlinks=False):
                self.folders.add(path)
                self._waiting.append(path)
            elif entry.is_file(follow_symlinks=False):
                self.names.add(path)
                if aside:
                    self.listing.set_aside[storable(path)] = aside
                else:
                    self._add(path, location)
            else:
                mode = entry.stat(follow_symlinks=False).st_mode
                self.listing.skipped[storable(path)] = (
                    f"là {_KINDS.get(stat.S_IFMT(mode), 'tệp đặc biệt')}, không phải tệp thường"
                )
        except OSError as error:
            self.listing.unread[storable(path)] = f"không đọc được ({error.strerror or error})"

    def _take_link(self, path: str, location: Path) -> None:
        """A link to a regular file inside the corpus is that file under another name; every other is passed over."""
        try:
            target = location.resolve(strict=True)
            mode = target.stat().st_mode
        except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
            self.listing.skipped[storable(path)] = "là liên kết hỏng hoặc vòng tròn; hãy sửa hoặc bỏ liên kết"
            return
        inside = target.is_relative_to(self.root)
        if stat.S_ISREG(mode) and inside:
            self._add(path, target, target.relative_to(self.root).as_posix())
        elif stat.S_ISREG(mode) or not inside:
            self.listing.skipped[storable(path)] = "là liên kết ra ngoài thư mục văn bản; hãy chép tệp thật vào đây"
        elif stat.S_ISDIR(mode):
            self.listing.skipped[storable(path)] = "là liên kết tới thư mục, không đi theo"
        else:
            self.listing.skipped[storable(path)] = "là liên kết tới thứ không phải tệp thường"

    def _add(self, path: str, location: Path, target: str = "") -> None:
        """Take a file; what is declared about the `target` of a link hides it as well."""
        try:
            path.encode()
        except UnicodeEncodeError:
            self.listing.failed[storable(path)] = "tên tệp hoặc thư mục không phải UTF-8; hãy đổi tên (ví dụ bằng convmv)"
            return
        if PART_JOIN in path:
            self.listing.failed[path] = f"tên tệp hoặc thư mục có dấu “{PART_JOIN.strip()}”; hãy đổi tên"
            return
        attributes = self._attributes(path)
        if target:
            declared = self._attributes(target)
            attributes = merge({key: declared[key] for key in ("internal", UNCLEAR) if key in declared}, attributes)
        self.listing.files.append(FoundFile(path, location, attributes))

    def _attributes(self, path: str) -> dict[str, Any]:
        return merge(self._provenances.attributes(path), self.listing.manifest.attributes(path))


_KINDS = {
    stat.S_IFIFO: "ống dẫn",
    stat.S_IFSOCK: "ổ cắm mạng",
    stat.S_IFCHR: "thiết bị",
    stat.S_IFBLK: "thiết bị",
}
