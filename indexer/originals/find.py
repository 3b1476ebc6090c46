"""Find the bytes of an original: a file in the corpus folder, or a part of an archive or a mail there."""

from __future__ import annotations

import hashlib
from pathlib import Path

from indexer.limits import MAX_BINARY_BYTES
from indexer.readers.budget import MAX_DEPTH, Budget
from indexer.readers.reader import Archive, Paper
from indexer.readers.registry import choose
from indexer.regular_file import read_regular_file
from kb.errors import ExtractError, OriginalAwayError
from kb.item import PART_JOIN


def locate(corpus: Path, path: str) -> Path:
    """Where the file lies that holds the paper at `path`. Raises OriginalAwayError, also for a way out of the corpus."""
    container = path.partition(PART_JOIN)[0]
    try:
        location = (corpus / container).resolve(strict=True)
        inside = location.is_relative_to(corpus.resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise OriginalAwayError(f"{container}: không thấy trong {corpus} ({error})") from error
    if not inside:
        raise OriginalAwayError(f"{container}: nằm ngoài thư mục văn bản {corpus}")
    return location


def find_original(corpus: Path, path: str, digest: str) -> bytes:
    """The bytes of the paper at `path`, whose SHA-256 (hex) is `digest`. Raises OriginalAwayError.

    Only the archives on the way to the paper are opened, and what they unpack is counted as it is when they are read. Where
    a name in the path is no part but a piece of a paper (the row of a list), the original is that paper.
    """
    try:
        data = read_regular_file(locate(corpus, path), MAX_BINARY_BYTES)
    except OSError as error:
        raise OriginalAwayError(f"{path}: không đọc được ({error.strerror or error})") from error
    container, *names = path.split(PART_JOIN)
    try:
        data = _descend(container, data, names, Budget())
    except ExtractError as error:
        raise OriginalAwayError(f"{path}: không mở được kho chứa ({error})") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise OriginalAwayError(f"{path}: đã thay đổi từ lần đọc gần nhất; hãy chạy `cachhay index`")
    return data


def _descend(path: str, data: bytes, names: list[str], budget: Budget, depth: int = 0) -> bytes:
    """The part that is reached by `names` one inside the other."""
    if not names or depth > MAX_DEPTH:
        return data
    paper = Paper(path, data)
    reader = choose(paper)
    if not isinstance(reader, Archive):
        return data
    for part in reader.parts(paper, budget):
        if part.name == names[0]:
            return _descend(f"{path}{PART_JOIN}{part.name}", part.data, names[1:], budget, depth + 1)
    raise OriginalAwayError(f"{path}: không còn “{names[0]}” bên trong")
