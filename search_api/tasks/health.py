"""Whether searching works now, and which full-text index answers. No state of the store or the indexes raises an error."""

from __future__ import annotations

from contextlib import suppress

from kb.errors import CachHayError, IndexMissingError, StoreError
from kb.library.library import Library
from search_api.schema import Health, Readiness, SearchServer


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


def check_readiness(library: Library) -> Readiness:
    """Which index answers now, and the state of the search server."""
    health = check_health(library)
    server, indexed_at = None, ""
    with suppress(StoreError), library.store.snapshot() as snapshot:
        indexed_at = snapshot.meta.get("indexed_at", "")
        if library.mirror:
            state = library.mirror.state(snapshot)
            server = SearchServer(code=state.code, queued=state.queued, detail=state.detail)
    ready = health.status in ("ok", "empty")
    by_server = ready and server is not None and server.code == "in_step"
    return Readiness(
        ready=ready,
        text="server" if by_server else "embedded" if ready else "none",
        items=health.items,
        generation=health.generation,
        indexed_at=indexed_at,
        detail=health.detail,
        server=server,
    )
