"""Static files. Only an address with the digest of what the file holds may be kept for ever."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from web.render import digest_of

FOR_EVER = "public, max-age=31536000, immutable"
#: For an address without a digest, or with that of another version of the file.
ASKED_AGAIN = "no-cache"


class KeptStaticFiles(StaticFiles):
    """The files of `web/static`, each with the time for which a browser may keep it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code < 400:
            asked = QueryParams(scope["query_string"]).get("v")
            response.headers["Cache-Control"] = FOR_EVER if asked == digest_of(path) else ASKED_AGAIN
        return response
