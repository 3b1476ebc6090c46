"""The manifest of a corpus: what `manifest.toml` declares about folders and files.

It may hold `[[folder]]` and `[[file]]` tables with a `path` (relative, "/"), a provenance (`origin`, `licence`) and
attributes of the item (`kind`, `fields`, `place`, `year`, `sample`, `internal`, ...; see `indexer.declared`). The entry of a
file takes precedence over the entry of its folder; but whichever asks to hide an item hides it. A path spelt in another case
or Unicode form than on the disk applies too, because a file system may change both, and is told.
"""

from __future__ import annotations

import os
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.declared import UNCLEAR, DeclarationError, check_declared
from indexer.regular_file import read_regular_file
from kb.errors import SettingError

#: The file that describes the files of a corpus.
MANIFEST = "manifest.toml"
#: The most bytes of it.
MAX_BYTES = 20_000_000
_TABLES = {"folder": "thư mục", "file": "tệp"}

Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Manifest:
    """The entries of folders and of files, by path ("" is the corpus folder). `found` is false without a manifest."""

    found: bool = False
    folders: Mapping[str, Attributes] = field(default_factory=dict)
    files: Mapping[str, Attributes] = field(default_factory=dict)
    _by_key: Mapping[tuple[str, str], list[str]] = field(default_factory=dict)

    def attributes(self, path: str) -> Attributes:
        """What is declared about the file at `path`, with that about its folders."""
        declared: Attributes = {}
        for parent in reversed(PurePosixPath(path).parents):
            declared = self._apply(declared, "folder", "" if parent.as_posix() == "." else parent.as_posix())
        return self._apply(declared, "file", path)

    def _apply(self, declared: Attributes, table: str, path: str) -> Attributes:
        entries = self.folders if table == "folder" else self.files
        written = self._by_key.get((table, _key(path)), [])
        for name in sorted(written, key=lambda name: name == path):  # the entry that is spelt the same goes last
            declared = merge(declared, entries[name])
        return declared

    def misfits(self, folders: Collection[str], files: Collection[str], unread: Collection[str]) -> Iterator[str]:
        """What the manifest names that is not there, or is there under another spelling; one sentence each.

        Nothing is said of what lies below the folders in `unread`.
        """
        for table, entries, there in (("folder", self.folders, folders), ("file", self.files, files)):
            spelt: dict[str, list[str]] = {}
            for path in there:
                spelt.setdefault(_key(path), []).append(path)
            for name in entries:
                if name in there or any(f"{name}/".startswith(f"{folder}/") for folder in unread):
                    continue
                others = spelt.get(_key(name), [])
                what = f"{MANIFEST} nêu {_TABLES[table]} “{name}”"
                if others:
                    yield f"{what}, trên đĩa là “{'”, “'.join(others)}”: vẫn áp dụng, nhưng hãy viết đúng như trên đĩa"
                else:
                    hidden = ", và yêu cầu ẩn nội dung ở đó" if entries[name].get("internal") else ""
                    yield f"{what} không có trong thư mục văn bản{hidden}: hãy sửa đường dẫn hoặc bỏ mục đó"


def read_manifest(corpus: Path) -> Manifest:
    """The manifest of a corpus; an empty one where there is none. Raises SettingError if it is malformed or unreadable."""
    path = corpus / MANIFEST
    if not os.path.lexists(path):
        if other := next((name for name in os.listdir(corpus) if name.casefold() == MANIFEST), ""):
            raise SettingError(f"{corpus / other}: bản kê phải mang đúng tên {MANIFEST}; hãy đổi tên tệp này")
        return Manifest()
    try:
        data = tomllib.loads(read_regular_file(path.resolve(), MAX_BYTES).decode("utf-8"))
        return _checked(data)
    except OSError as error:
        raise SettingError(f"{path}: không đọc được bản kê ({error.strerror or error})") from error
    except (ValueError, RecursionError, AttributeError, TypeError, KeyError) as error:
        raise SettingError(f"{path}: bản kê không đúng mẫu: {str(error) or type(error).__name__}") from error


def _checked(data: Mapping[str, Any]) -> Manifest:
    if wrong := [name for name in data if name not in _TABLES]:
        raise ValueError(f"không có bảng “{', '.join(wrong)}”; chỉ dùng [[folder]] và [[file]]")
    entries: dict[str, dict[str, Attributes]] = {table: {} for table in _TABLES}
    by_key: dict[tuple[str, str], list[str]] = {}
    for table in _TABLES:
        listed = data.get(table, [])
        if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
            raise ValueError(f"“{table}” phải là các bảng [[{table}]]")
        for entry in listed:
            written = entry.get("path")
            if not isinstance(written, str):
                raise ValueError(f"một bảng [[{table}]] thiếu `path`, phải là chữ")
            path = _normal(written)
            if path in entries[table]:
                raise ValueError(f"{_TABLES[table]} “{path}” được nêu hai lần; hãy gộp làm một")
            try:
                attributes = check_declared({k: v for k, v in entry.items() if k != "path"}, manifest=True)
            except DeclarationError as error:
                raise ValueError(f"{_TABLES[table]} “{path}”: {error}") from error
            if UNCLEAR in attributes:
                attributes[UNCLEAR] = f"{MANIFEST}, {_TABLES[table]} “{path}”: {attributes[UNCLEAR]}"
            entries[table][path] = attributes
            by_key.setdefault((table, _key(path)), []).append(path)
    return Manifest(True, entries["folder"], entries["file"], by_key)


def merge(outer: Attributes, inner: Attributes) -> Attributes:
    """The inner attributes go before the outer ones; but either may hide the item."""
    merged = {**outer, **inner}
    if "internal" in merged:
        merged["internal"] = bool(outer.get("internal")) or bool(inner.get("internal"))
    reasons = [place[UNCLEAR] for place in (outer, inner) if UNCLEAR in place]
    return merged | ({UNCLEAR: "; ".join(reasons)} if reasons else {})


def _normal(path: str) -> str:
    r"""A path as the corpus has it: "/" between its parts, without "./" and a "/" at the end.

    >>> _normal("./noi-bo/"), _normal("a\\b"), _normal(".")
    ('noi-bo', 'a/b', '')
    """
    parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(f"“{path}”: đường dẫn không được có “..”")
    return "/".join(parts)


def _key(path: str) -> str:
    """A path without case, Unicode form and stray spaces."""
    letters = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
    return "/".join(" ".join(part.split()) for part in letters.split("/"))
