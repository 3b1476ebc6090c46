"""The search server of the port `FullTextServer`: write its index, and ask what it holds."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from meilisearch import Client

from kb.engines.meili import layout
from kb.engines.meili.expressions import one_of
from kb.engines.meili.index import MeiliIndex
from kb.engines.meili.layout import KEY, MARKER, MARKER_KEY
from kb.engines.meili.spelling import unspell
from kb.engines.meili.wire import Access, RefusedError, TaskFailedError, Wire
from kb.errors import ServerAwayError
from kb.ports import IndexDocument, ServerContent

#: Documents added in one request.
BATCH = 1000
#: About how many bytes one request may have (Meilisearch accepts 100 MB).
BATCH_BYTES = 16_000_000
#: Documents deleted in one request.
DELETION_BATCH = 1000


class MeiliServer:
    """The index `uid` of a server. `reading` and `writing` may have different keys; without `writing` it is only read."""

    def __init__(self, reading: Access, writing: Access | None, uid: str = "cachhay", candidates: int = 400) -> None:
        self._reading = Wire(reading)
        self._writing = Wire(writing) if writing else None
        self._uid = uid
        self._candidates = candidates

    @property
    def address(self) -> str:
        return self._reading.access.url

    @property
    def writes(self) -> bool:
        return self._writing is not None

    def open(self, generation: str, *, public: bool = False) -> MeiliIndex:
        return MeiliIndex(self._reading, self._uid, generation, self._candidates, public=public)

    def content(self) -> ServerContent | None:
        try:
            (answer,) = self._reading.search([{"indexUid": self._uid, **layout.marker_query()}])
        except RefusedError as error:
            # There is no index, or its settings were never set, so that it is not one of this program.
            if error.reason.code in ("index_not_found", "invalid_search_filter"):
                return None
            raise
        if not answer["hits"]:
            return None
        found = answer["hits"][0]
        ready = found.get("phase") == "ready"
        return ServerContent(unspell(str(found.get(MARKER))), ready, found.get("version") == layout.version())

    def update(self, base: str, generation: str, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        writer = self._writer()
        writer.mark(self._uid, base, "writing")
        writer.change(self._uid, removed, added)
        writer.mark(self._uid, generation, "ready")

    def rebuild(self, generation: str, documents: Iterable[IndexDocument]) -> None:
        writer = self._writer()
        fresh = f"{self._uid}-new"
        writer.drop(fresh)
        writer.create(fresh)
        writer.change(fresh, (), documents)
        writer.mark(fresh, generation, "ready")
        writer.create(self._uid, missing=True)
        # A repeated swap would undo the first, so it is made once; the marker shows whether it was made.
        try:
            writer.wire.do(lambda client: client.swap_indexes([{"indexes": [self._uid, fresh]}]), again=False)
        except ServerAwayError:
            content = self.content()
            if content is None or content.generation != generation:
                raise
        writer.drop(fresh)

    def _writer(self) -> _Writer:
        if self._writing is None:
            raise ServerAwayError("Chương trình này không có khóa ghi của Meilisearch (CACHHAY_MEILI_ADMIN_KEY).")
        return _Writer(self._writing)


class _Writer:
    """The steps of writing; each one returns when the server has finished it."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    def create(self, uid: str, *, missing: bool = False) -> None:
        """Create an index with our settings. With `missing`, create it only when there is none, and without settings."""
        try:
            self.wire.do(lambda client: client.create_index(uid, {"primaryKey": KEY}))
        except TaskFailedError as error:
            if error.code != "index_already_exists":
                raise
        if not missing:
            self.wire.do(lambda client: client.index(uid).update_settings(layout.settings()))

    def drop(self, uid: str) -> None:
        try:
            self.wire.do(lambda client: client.delete_index(uid))
        except TaskFailedError as error:
            if error.code != "index_not_found":
                raise

    def mark(self, uid: str, generation: str, phase: str) -> None:
        self._add(uid, [layout.marker(generation, phase)])

    def change(self, uid: str, removed: Collection[str], added: Iterable[IndexDocument]) -> None:
        """Add or replace the documents in `added`, and delete those of `removed` that are not added again."""
        gone = {layout.document_key(item_id) for item_id in removed}
        for batch in _batches(map(layout.document, added)):
            gone -= {document[KEY] for document in batch}
            self._add(uid, batch)
        keys = sorted(gone - {MARKER_KEY})
        for at in range(0, len(keys), DELETION_BATCH):
            some = one_of(KEY, keys[at : at + DELETION_BATCH])
            self.wire.do(lambda client, some=some: client.index(uid).delete_documents(filter=some))  # type: ignore[misc]

    def _add(self, uid: str, documents: Sequence[dict[str, Any]]) -> None:
        def add(client: Client) -> Any:
            return client.index(uid).add_documents(list(documents), KEY)

        try:
            self.wire.do(add)
        except RefusedError as error:
            if error.reason.status != 413 or len(documents) < 2:
                raise
            half = len(documents) // 2
            self._add(uid, documents[:half])
            self._add(uid, documents[half:])


def _batches(documents: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for document in documents:
        length = len(json.dumps(document))
        if batch and (len(batch) >= BATCH or size + length > BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(document)
        size += length
    if batch:
        yield batch
