"""Whether searching works now, and which full-text index answers. No state of the store or the indexes raises an error."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import asdict
from functools import lru_cache
from typing import TypeVar

from kb.errors import CachHayError, IndexMissingError, StoreError
from kb.library.account import Account, group_by_cause
from kb.library.library import Library
from search_api.schema import FileCause, FileCounts, Health, Readiness, SearchServer

logger = logging.getLogger("cachhay.health")


def check_health(library: Library) -> Health:
    """Whether searching works now."""
    model = library.embedder.name
    try:
        with library.view() as view:
            items = view.snapshot.count()
            return Health(status="ok" if items else "empty", items=items, generation=view.generation, model=model)
    except IndexMissingError as error:
        return Health(status="outdated", items=0, generation="", model=model, detail=str(error))
    except CachHayError as error:
        return Health(status="error", items=0, generation="", model=model, detail=str(error))


_PUBLIC = {
    "outdated": "Kho đang được chuẩn bị, chưa tra cứu được.",
    "error": "Không đọc được kho hoặc chỉ mục; nguyên nhân có trong nhật ký của máy chủ.",
}

A = TypeVar("A", Health, Readiness)


def for_visitors(answer: A) -> A:
    """The same state in words for everybody. `detail` may name paths, commands and an engine's words: the log has these."""
    _tell(answer.detail)
    changes: dict[str, object] = {"detail": _PUBLIC.get(answer.status, "")}
    if isinstance(answer, Readiness):
        _tell(answer.server.detail if answer.server else "")
        changes["server"] = answer.server and answer.server.model_copy(update={"detail": ""})
    return answer.model_copy(update=changes)


def _tell(detail: str) -> None:
    """Log what is wrong, once an hour: the state is asked for every few seconds."""
    if detail:
        _tell_in(int(time.time() // 3600), detail)


@lru_cache(maxsize=64)
def _tell_in(hour: int, detail: str) -> None:
    logger.error("%s", detail)


def check_readiness(library: Library) -> Readiness:
    """Which index answers now, and the state of the search server."""
    health = check_health(library)
    server, indexed_at, files = None, "", None
    with suppress(StoreError), library.store.snapshot() as snapshot:
        if written := snapshot.meta.get("account"):
            files = FileCounts(**asdict(Account.read(written)))
        indexed_at = snapshot.meta.get("indexed_at", "")
        if library.mirror:
            state = library.mirror.state(snapshot)
            server = SearchServer(code=state.code, queued=state.queued, detail=state.detail)
    ready = health.status in ("ok", "empty")
    by_server = ready and server is not None and server.code == "in_step"
    return Readiness(
        ready=ready,
        status=health.status,
        text="server" if by_server else "embedded" if ready else "none",
        items=health.items,
        generation=health.generation,
        indexed_at=indexed_at,
        detail=health.detail,
        server=server,
        files=files,
    )


def list_not_read(library: Library) -> list[FileCause]:
    """The files that are not in the collection, by reason; for operators, because it names files. Empty where the store
    cannot be read."""
    with suppress(StoreError), library.store.snapshot() as snapshot:
        causes = group_by_cause(snapshot.not_read())
        return [FileCause(reason=cause.reason, count=len(cause.paths), paths=list(cause.paths)) for cause in causes]
    return []
