"""A feed (RSS, Atom): the addresses of its entries, and what is remembered of it between two visits.

lxml reads it, with the parser closed against entities and the network, as it reads every other XML here. A library for
feeds would know more of their hundred fields; the entries' own pages say all that is taken of them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from urllib.parse import urldefrag, urljoin

from lxml import etree

from kb.errors import IntakeError

#: Bytes of a feed.
MAX_BYTES = 5_000_000
#: Entries that are looked at, and those that are fetched in one visit: a feed has its newest ones first.
MAX_LISTED, MAX_ENTRIES = 500, 50
#: Bytes from the beginning that say whether something is a feed.
HEAD_BYTES = 2_000
_START = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<\?.*?\?>\s*)*(?:<!DOCTYPE\s+rss[^>]*>\s*)?<(?:rss|feed|rdf:RDF)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_feed(head: bytes) -> bool:
    """Whether something begins as a feed does.

    >>> is_feed(b'<?xml version="1.0"?>\\n<rss version="2.0">'), is_feed(b"<html><feed>")
    (True, False)
    """
    return _START.match(head[:HEAD_BYTES].removeprefix(b"\xef\xbb\xbf")) is not None


def entries_of(data: bytes, address: str) -> list[str]:
    """The addresses of the entries of a feed at `address`, in its order. Raises IntakeError if it is no XML at all."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise IntakeError("nguồn tin (RSS, Atom) bị hỏng, không đọc được") from error
    if root is None:
        raise IntakeError("nguồn tin (RSS, Atom) bị hỏng, không đọc được")
    found: dict[str, None] = {}
    for entry in root.iter("{*}item", "{*}entry"):
        if link := _link(entry):
            with suppress(ValueError):
                there = urldefrag(urljoin(address, link))[0]
                if there.startswith(("http://", "https://")):
                    found[there] = None
        if len(found) >= MAX_LISTED:
            break
    return list(found)


def _link(entry: etree._Element) -> str:
    """The address of an entry: its link, or an identifier that is one."""
    for link in entry.iterchildren("{*}link"):
        if link.get("rel", "alternate") == "alternate" and (address := (link.get("href") or link.text or "").strip()):
            return address
    for guid in entry.iterchildren("{*}guid"):
        text = (guid.text or "").strip()
        if guid.get("isPermaLink", "true") == "true" and text.startswith(("http://", "https://")):
            return text
    return ""


@dataclass(frozen=True, slots=True)
class Visit:
    """What is remembered of a feed: what its server said of its version, and the entries that are done with."""

    etag: str = ""
    modified: str = ""
    done: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request that asks only for what is new."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in given.items() if value}


@dataclass(slots=True)
class FeedMemory:
    """The last visit to each feed, in a file of the data folder. If it cannot be read, every feed is read anew."""

    path: Path
    _visits: dict[str, Visit] | None = field(default=None)

    def visit(self, address: str) -> Visit:
        return self._read().get(address, Visit())

    def remember(self, address: str, visit: Visit) -> None:
        """Keep a visit. Raises OSError."""
        visits = self._read()
        visits[address] = visit
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({key: asdict(value) for key, value in visits.items()}), "utf-8")
        os.replace(part, self.path)

    def _read(self) -> dict[str, Visit]:
        if self._visits is None:
            self._visits = {}
            with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
                self._visits = {key: _visit(value) for key, value in json.loads(self.path.read_text("utf-8")).items()}
        return self._visits


def _visit(kept: Mapping[str, object]) -> Visit:
    done = kept["done"]
    if not isinstance(done, list):
        raise TypeError
    return Visit(str(kept["etag"]), str(kept["modified"]), tuple(map(str, done)))
