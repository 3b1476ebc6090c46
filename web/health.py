"""The state that /healthz answers with: refreshed in a thread of its own, so that the answer never waits for anything."""

from __future__ import annotations

import asyncio
import time

from starlette.responses import Response

from search_api.service import SearchService
from search_api.tasks.health import for_visitors

#: Seconds between two refreshes.
EVERY_SECONDS = 1.0
#: Seconds after which a state that could not be refreshed is no longer believed.
OLD_SECONDS = 30.0


class KeptHealth:
    """The last state of the search, as an answer."""

    def __init__(self, service: SearchService) -> None:
        self._service = service
        self._answer: Response | None = None
        self._at = 0.0

    async def keep(self) -> None:
        """Refresh the state for ever."""
        while True:
            await asyncio.to_thread(self.refresh)
            await asyncio.sleep(EVERY_SECONDS)

    def refresh(self) -> None:
        """Look at the store and the indexes now."""
        health = for_visitors(self._service.health())
        status = 200 if health.status in ("ok", "empty") else 503
        headers = {"Cache-Control": "no-store"}
        self._answer = Response(health.model_dump_json(), status, headers, media_type="application/json")
        self._at = time.monotonic()

    def answer(self) -> Response | None:
        """The answer; None before the first refresh, and when the last one is too long ago."""
        return self._answer if time.monotonic() - self._at < OLD_SECONDS else None
