"""Find the files to index: every file of a known format below the corpus folder, with what the manifest declares about it.

A file without an entry is indexed too. What is passed over (links out of the corpus, pipes, devices) and what the system
does not hand out (rights, a broken disk) is listed with the reason: only a file that is not there any more is gone.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.declared import UNCLEAR
from indexer.manifest import Manifest, merge, read_manifest
from indexer.regular_file import read_regular_file
from kb.errors import CorpusAwayError, ExtractError, SettingError, UnreadableError

#: File name endings for which there is an extractor.
SUFFIXES = (".md", ".txt")
#: Names of files that are about the corpus and do not belong to it.
EXCLUDED_NAMES = ("README.md", "LICENSE.txt")
# Surrogates that do not stand for a byte of a file name.
_LONE = re.compile("[\ud800-\udc7f\udd00-\udfff]")
#: The most bytes of a file.
MAX_FILE_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to index: `path` relative to the corpus with "/", `attributes` from the manifest."""

    path: str
    location: Path
    attributes: Mapping[str, Any]

    def read(self) -> bytes:
        """The bytes. Raises UnreadableError, and ExtractError for a file that is too large."""
        try:
            data = read_regular_file(self.location, MAX_FILE_BYTES)
        except OSError as error:
            raise UnreadableError(f"{self.path}: không đọc được ({error.strerror or error})") from error
        if len(data) > MAX_FILE_BYTES:
            raise ExtractError(f"{self.path}: lớn hơn {MAX_FILE_BYTES // 1_000_000} MB; hãy chia thành nhiều tệp")
        return data


@dataclass(slots=True)
class Listing:
    """What is in the corpus: the files to index, sorted by path, and by path why the rest is not read.

    `skipped` is passed over for good (a link that leads outside, a pipe); `unread` files and folders were refused by the
    system; `failed` files have a name that cannot be stored.
    """

    manifest: Manifest
    files: list[FoundFile] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    misfits: list[str] = field(default_factory=list)

    def hides(self, path: str) -> bool:
        """Whether the file at `path` may be there, although it is not among the files to index."""
        parents = (parent.as_posix() for parent in PurePosixPath(path).parents)
        return path in self.unread or path in self.skipped or any(p in self.unread or p in self.skipped for p in parents)


def digest_of(data: bytes, attributes: Mapping[str, Any], pipeline: str) -> str:
    """SHA-256 (hex) of the bytes, the manifest entry and the pipeline's version: if it changes, the file is read again."""
    extra = json.dumps(dict(attributes), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(hashlib.sha256(data).digest() + f"{pipeline}\n{extra}".encode()).hexdigest()


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
    """What is in the corpus. Hidden files and files of other formats are not mentioned.

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
                self.listing.unread[storable(folder)] = f"không mở được thư mục ({error.strerror or error})"
                continue
            for entry in listed:
                if not entry.name.startswith("."):
                    self._take(f"{folder}/{entry.name}".lstrip("/"), entry)

    def _take(self, path: str, entry: os.DirEntry[str]) -> None:
        known = PurePosixPath(path).suffix.lower() in SUFFIXES and entry.name not in EXCLUDED_NAMES
        location = Path(entry.path)
        try:
            if entry.is_symlink():
                self.names.add(path)
                self._take_link(path, location, known)
            elif entry.is_dir(follow_symlinks=False):
                self.folders.add(path)
                self._waiting.append(path)
            elif entry.is_file(follow_symlinks=False):
                self.names.add(path)
                if known:
                    self._add(path, location)
            else:
                mode = entry.stat(follow_symlinks=False).st_mode
                self.listing.skipped[storable(path)] = (
                    f"là {_KINDS.get(stat.S_IFMT(mode), 'tệp đặc biệt')}, không phải tệp thường"
                )
        except OSError as error:
            self.listing.unread[storable(path)] = f"không đọc được ({error.strerror or error})"

    def _take_link(self, path: str, location: Path, known: bool) -> None:
        """A link to a regular file inside the corpus is that file under another name; every other is passed over."""
        try:
            target = location.resolve(strict=True)
            mode = target.stat().st_mode
        except (OSError, RuntimeError):  # RuntimeError: a loop, before Python 3.13
            self.listing.skipped[storable(path)] = "là liên kết hỏng hoặc vòng tròn; hãy sửa hoặc bỏ liên kết"
            return
        inside = target.is_relative_to(self.root)
        if stat.S_ISREG(mode) and not known:
            return
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
        attributes = self.listing.manifest.attributes(path)
        if target:
            declared = self.listing.manifest.attributes(target)
            attributes = merge({key: declared[key] for key in ("internal", UNCLEAR) if key in declared}, attributes)
        self.listing.files.append(FoundFile(path, location, attributes))


_KINDS = {
    stat.S_IFIFO: "ống dẫn",
    stat.S_IFSOCK: "ổ cắm mạng",
    stat.S_IFCHR: "thiết bị",
    stat.S_IFBLK: "thiết bị",
}
