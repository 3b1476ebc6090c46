"""The Meilisearch adapter as an `EngineSet` for the contract: a folder names its index, and keeps the entries to build it from."""

from __future__ import annotations

import os
import pickle
import uuid
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kb.engines.meili.index import MeiliIndex
from kb.engines.meili.server import MeiliServer
from kb.engines.meili.wire import Access
from kb.engines.open import memory_engines
from kb.errors import IndexMissingError, ServerAwayError
from kb.ports import EngineSet, IndexDocument
from tests.meili import MeiliDouble

_FILE = "meili.pickle"


class MeiliText:
    """Indexes of one server, each named by a folder."""

    def __init__(self, access: Access, candidates: int = 400) -> None:
        self.access = access
        self.candidates = candidates
        self.made: set[str] = set()

    def server(self, uid: str) -> MeiliServer:
        return MeiliServer(self.access, self.access, uid, self.candidates)

    def build(self, folder: Path) -> Builder:
        return Builder(self, folder / _FILE)

    def open(self, folder: Path) -> MeiliIndex:
        if not (folder / _FILE).is_file():
            raise IndexMissingError("nothing built")
        uid, generation, _ = pickle.loads((folder / _FILE).read_bytes())
        return self.server(uid).open(generation)

    def engines(self) -> EngineSet:
        return replace(memory_engines(), open_text=self.open, build_text=self.build)

    def drop(self) -> None:
        """Leave nothing on the server."""
        for uid in self.made:
            with suppress(ServerAwayError):
                self.server(uid)._writer().drop(uid)


class Builder:
    """A folder's own index is changed in place; a clone of a folder gets an index of its own."""

    def __init__(self, text: MeiliText, path: Path) -> None:
        self._text = text
        self._path = path

    def apply(self, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        uid, base, entries = "", "", {}
        if self._path.is_file():
            uid, base, entries = pickle.loads(self._path.read_bytes())
        new = list(added)
        entries = {k: v for k, v in entries.items() if k not in removed} | {entry.id: entry for entry in new}
        own = f"cachhay-test-{uuid.uuid5(uuid.NAMESPACE_URL, str(self._path)).hex[:12]}"
        generation = uuid.uuid4().hex[:8]
        if uid == own:
            self._text.server(own).update(base, generation, removed, new)
        else:
            self._text.server(own).rebuild(generation, entries.values())
        self._text.made.add(own)
        self._path.unlink(missing_ok=True)
        self._path.write_bytes(pickle.dumps((own, generation, entries)))


@contextmanager
def meili_text(candidates: int = 400, *, live: bool = False) -> Iterator[MeiliText]:
    """The adapter over the double, or over the server that CACHHAY_TEST_MEILI_URL names."""
    if live:
        url = os.environ.get("CACHHAY_TEST_MEILI_URL", "")
        if not url:
            pytest.skip("no CACHHAY_TEST_MEILI_URL: not run against a real Meilisearch")
        text = MeiliText(Access(url, os.environ.get("CACHHAY_TEST_MEILI_KEY", ""), seconds=30.0), candidates)
        try:
            yield text
        finally:
            text.drop()
        return
    with MeiliDouble() as double:
        yield MeiliText(Access(double.url), candidates)
