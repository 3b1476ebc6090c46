"""Find the files to index: every file of a known format below the corpus folder, with its entry in the manifest.

`manifest.toml` may hold `[[folder]]` and `[[file]]` tables with a `path` (relative, "/"), a provenance (`origin`,
`licence`) and attributes of the item (`kind`, `fields`, `place`, `year`, `sample`, `internal`, ...). The entry of a file
takes precedence over the entry of its folder. A file without an entry is indexed too.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.limits import MAX_BYTES
from kb.errors import ExtractError, SettingError

#: File name endings for which there is an extractor.
SUFFIXES = (".md", ".txt")
#: The file that describes the files of a corpus.
MANIFEST = "manifest.toml"
#: Names of files that are about the corpus and do not belong to it.
EXCLUDED_NAMES = ("README.md", "LICENSE.txt")


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to index: `path` relative to the corpus with "/", `attributes` from the manifest."""

    path: str
    location: Path
    attributes: Mapping[str, Any]

    def read(self) -> bytes:
        """The bytes, no more than one beyond `MAX_BYTES`. Raises ExtractError."""
        try:
            with self.location.open("rb") as handle:
                return handle.read(MAX_BYTES + 1)
        except OSError as error:
            raise ExtractError(f"{self.path}: không đọc được ({error.strerror or error})") from error


def digest_of(data: bytes, attributes: Mapping[str, Any], pipeline: str) -> str:
    """SHA-256 (hex) of the bytes, the manifest entry and the pipeline's version: if it changes, the file is read again."""
    extra = json.dumps(dict(attributes), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(hashlib.sha256(data).digest() + f"{pipeline}\n{extra}".encode()).hexdigest()


def read_manifest(corpus: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """(folder entries, file entries) by path; both are empty without a manifest. Raises SettingError if it is malformed."""
    path = corpus / MANIFEST
    if not path.is_file():
        return {}, {}
    try:
        data = tomllib.loads(path.read_text("utf-8"))
        folders = {entry["path"].strip("/"): entry for entry in data.get("folder", [])}
        files = {entry["path"]: entry for entry in data.get("file", [])}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, AttributeError, TypeError) as error:
        raise SettingError(f"{path}: bản kê không đúng mẫu ({error})") from error
    missing = [name for name in files if not (corpus / name).is_file()]
    if missing:
        raise SettingError(f"{path}: bản kê nêu tệp không có: {', '.join(missing)}")
    return folders, files


def check_corpus(corpus: Path) -> tuple[dict[str, dict[str, Any]], dict[str, dict[str, Any]]]:
    """The manifest of a corpus, as `read_manifest` returns it.

    Raises SettingError if the manifest is malformed or the folder is missing: a missing folder does not mean that all files
    were removed.
    """
    if not corpus.is_dir():
        raise SettingError(f"Không có thư mục văn bản {corpus}. Đặt CACHHAY_CORPUS_DIR hoặc dùng --corpus.")
    return read_manifest(corpus)


def discover(corpus: Path) -> Iterator[FoundFile]:
    """Every file to index, sorted by path. Hidden files and links that lead outside the corpus are skipped.

    Raises SettingError as `check_corpus` does.
    """
    folders, files = check_corpus(corpus)
    root = corpus.resolve()
    for location in sorted(corpus.rglob("*")):
        relative = location.relative_to(corpus)
        path = relative.as_posix()
        hidden = any(part.startswith(".") for part in relative.parts)
        if hidden or location.suffix.lower() not in SUFFIXES or location.name in EXCLUDED_NAMES:
            continue
        if not location.is_file() or not location.resolve().is_relative_to(root):
            continue
        attributes: dict[str, Any] = {}
        for parent in reversed(relative.parents):
            attributes |= folders.get(parent.as_posix(), {})
        attributes |= files.get(path, {})
        attributes.pop("path", None)
        yield FoundFile(path, location, attributes)
