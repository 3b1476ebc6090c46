"""Where papers came from that the program took in itself: a line for each, in a hidden file of the intake folder.

A person's `manifest.toml` is never written to. What it says of a paper goes before what is recorded here; but what lies in
the internal part of the intake folder is hidden by its place alone, so that no lost record can publish it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from indexer.limits import MAX_ATTRIBUTE_LENGTH
from indexer.regular_file import open_regular_file

#: The folder of the corpus that papers are taken into, and the folder inside it whose papers are internal.
INTAKE, INTERNAL = "da-nap", "noi-bo"
#: The file of the records, in the intake folder.
RECORDS = ".nguon.jsonl"
#: The attribute that says where a paper was taken from; what the paper itself says of its origin stands before it.
TAKEN_FROM = "taken_from"
#: Bytes of a line; a longer one is damage.
MAX_LINE = 16_000

Way = Literal["upload", "file", "address", "feed"]


@dataclass(frozen=True, slots=True)
class Provenance:
    """How one paper came in: `path` in the corpus, SHA-256 (hex) of its bytes, `at` an ISO moment (UTC), `address` of the
    web, and `origin`, what a person said of it."""

    path: str
    sha256: str
    at: str
    way: Way
    address: str = ""
    origin: str = ""

    @property
    def taken_from(self) -> str:
        """What the attribute says: the words of a person and the address, short enough for an attribute.

        >>> Provenance("a.html", "", "", "address", "https://bao.example/tin?id=1", "Báo Hải Phòng").taken_from
        'Báo Hải Phòng, https://bao.example/tin?id=1'
        """
        parts = urlsplit(self.address)
        for address in (self.address, parts._replace(query="").geturl(), f"{parts.scheme}://{parts.netloc}/", ""):
            if len(said := ", ".join(filter(None, (self.origin, address)))) <= MAX_ATTRIBUTE_LENGTH:
                return said
        return self.origin[:MAX_ATTRIBUTE_LENGTH]


@dataclass(frozen=True, slots=True)
class Provenances:
    """The records of a corpus, by path; of several about one path, the last one."""

    by_path: Mapping[str, Provenance] = field(default_factory=dict)

    def attributes(self, path: str) -> dict[str, Any]:
        """What the place and the record of the file at `path` say, as the manifest says it."""
        hidden = {"internal": True} if path.startswith(f"{INTAKE}/{INTERNAL}/") else {}
        record = self.by_path.get(path)
        return hidden | ({TAKEN_FROM: record.taken_from} if record and record.taken_from else {})


def read_provenances(corpus: Path) -> Provenances:
    """The records of a corpus; none where there are none, or where they cannot be read: they are no condition for anything.

    A line that is damaged (the disk was full, the machine failed) is passed over.
    """
    found: dict[str, Provenance] = {}
    with suppress(OSError), open_regular_file(corpus / INTAKE / RECORDS) as file:
        while line := file.readline(MAX_LINE):
            with suppress(ValueError, TypeError):
                record = Provenance(**json.loads(line))
                if all(isinstance(value, str) for value in asdict(record).values()):
                    found[record.path] = record
    return Provenances(found)


def add_provenance(corpus: Path, record: Provenance) -> None:
    """Write a record behind the others. Raises OSError. Only whoever holds the lock of the intake folder may call it."""
    line = json.dumps({key: value for key, value in asdict(record).items() if value}, ensure_ascii=False)
    with open(corpus / INTAKE / RECORDS, "ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            torn = file.read(1) != b"\n"  # a line that was not finished must not spoil this one
        else:
            torn = False
        file.write((b"\n" if torn else b"") + line.encode("utf-8", "replace") + b"\n")
        file.flush()
        os.fsync(file.fileno())


def join_origins(own: str, taken_from: str) -> str:
    """What a paper says of its origin, and behind it where it was taken from, where it does not say that itself.

    >>> join_origins("Báo Hải Phòng, 18/10/2024", "https://bao.example/tin")
    'Báo Hải Phòng, 18/10/2024, https://bao.example/tin'
    >>> join_origins("Báo, https://bao.example/tin", "https://bao.example/tin")
    'Báo, https://bao.example/tin'
    """
    if not taken_from or taken_from in own:
        return own
    both = ", ".join(filter(None, (own, taken_from)))
    return both if len(both) <= MAX_ATTRIBUTE_LENGTH else own
