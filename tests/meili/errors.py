"""Error codes: the name, the HTTP status and the family of each, and the exception that carries one."""

from __future__ import annotations

from typing import Any

_AUTH = {"invalid_api_key": 403, "missing_authorization_header": 401, "missing_master_key": 401}
_SYSTEM = {
    "io_error": 422,
    "no_space_left_on_device": 422,
    "too_many_open_files": 422,
    "too_many_search_requests": 503,
}
_INTERNAL = {
    "database_size_limit_reached": 500,
    "index_creation_failed": 500,
    "internal": 500,
    "invalid_state": 500,
    "invalid_store_file": 500,
    "unretrievable_document": 400,
}
_STATUS = {
    "api_key_already_exists": 409,
    "api_key_not_found": 404,
    "document_not_found": 404,
    "index_already_exists": 409,
    "index_not_found": 404,
    "invalid_content_type": 415,
    "missing_content_type": 415,
    "payload_too_large": 413,
    "task_not_found": 404,
    "unsupported_media_type": 415,
}


def family(code: str) -> str:
    """The `type` that goes with a code."""
    if code in _AUTH:
        return "auth"
    if code in _SYSTEM:
        return "system"
    return "internal" if code in _INTERNAL else "invalid_request"


def http_status(code: str) -> int:
    """The HTTP status that goes with a code (400 where the table has no other)."""
    return _AUTH.get(code) or _SYSTEM.get(code) or _INTERNAL.get(code) or _STATUS.get(code) or 400


def error_body(code: str, message: str) -> dict[str, str]:
    """The JSON object of an error, in an answer and in a failed task alike."""
    return {
        "message": message,
        "code": code,
        "type": family(code),
        "link": f"https://docs.meilisearch.com/errors#{code}",
    }


class MeiliError(Exception):
    """An error that the server answers with, or that fails a task."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or http_status(code)

    def body(self) -> dict[str, Any]:
        """The JSON object of the error."""
        return error_body(self.code, self.message)

    def prefixed(self, prefix: str) -> MeiliError:
        """The same error with words in front of its message."""
        return MeiliError(self.code, prefix + self.message, self.status)


def index_not_found(uid: str) -> MeiliError:
    """The error about an index that does not exist."""
    return MeiliError("index_not_found", f"Index `{uid}` not found.")
