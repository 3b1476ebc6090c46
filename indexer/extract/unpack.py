"""Walk through one file and the files inside it, each of which becomes an item of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from indexer.readers.budget import MAX_DEPTH, Budget
from indexer.readers.reader import Archive, Paper
from indexer.readers.registry import choose
from indexer.readers.set_aside import ARCHIVE, why_set_aside
from kb.errors import ExtractError
from kb.item import PART_JOIN


@dataclass(frozen=True, slots=True)
class Leaf:
    """One paper to make an item of, or why it is not read.

    `aside` says that it holds no paper (a file of the system, an archive whose parts come after it); `refused` says why it
    cannot be read, as a whole sentence that begins with the path. `more` is false where nothing comes after it.
    """

    path: str
    data: bytes = b""
    aside: str = ""
    refused: str = ""
    more: bool = True


def unpack(path: str, data: bytes, budget: Budget | None = None, depth: int = 0) -> Iterator[Leaf]:
    """The paper at `path`, and those inside it in the order of the file. What fails is a leaf with its reason.

    >>> [leaf.path for leaf in unpack("a.txt", b"Plan")]
    ['a.txt']
    """
    budget = budget or Budget()
    paper = Paper(path, data)
    try:
        reader = choose(paper)
    except ExtractError as error:
        yield Leaf(path, refused=str(error), more=depth > 0)
        return
    if not isinstance(reader, Archive):
        yield Leaf(path, data, more=depth > 0)
        return
    if depth >= MAX_DEPTH:
        yield Leaf(path, refused=f"{path}: nằm sâu hơn {MAX_DEPTH} lớp kho nén; hãy giải nén rồi chép tệp vào thư mục")
        return
    if reader.has_text:
        yield Leaf(path, data)
    try:
        for part in reader.parts(paper, budget):
            inside = f"{path}{PART_JOIN}{part.name}"
            if aside := why_set_aside(part.name):
                yield Leaf(inside, aside=aside)
            elif part.refused:
                yield Leaf(inside, refused=f"{inside}: {part.refused}")
            else:
                yield from unpack(inside, part.data, budget, depth + 1)
    except ExtractError as error:
        rest = f"{path}{PART_JOIN}(phần còn lại)" if reader.has_text else path
        yield Leaf(rest, refused=str(error))
    else:
        if not reader.has_text:
            yield Leaf(path, aside=ARCHIVE)
