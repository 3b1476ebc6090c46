"""Talk to a Meilisearch server: the official client, with time limits, retries and one kind of error.

Every failure (no connection, a broken or slow answer, a refusal, an answer that is no JSON or not of the documented form)
becomes a `ServerAwayError` that says what happened, so that reading can go on from the embedded index.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests
from meilisearch import Client
from meilisearch._httprequests import HttpRequests
from meilisearch.config import Config
from meilisearch.errors import MeilisearchApiError, MeilisearchCommunicationError, MeilisearchError, MeilisearchTimeoutError

from kb.errors import ServerAwayError

T = TypeVar("T")

#: HTTP statuses of refusals that may pass by themselves; others will not.
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
#: Waits before a writing call is repeated, in seconds.
RETRY_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Access:
    """The address of the server and its key, or a file that holds the key (read again when the key is refused)."""

    url: str
    key: str = ""
    key_file: Path | None = None
    seconds: float = 5.0
    """How long an answer may take."""
    task_seconds: float = 900.0
    """How long a task may take until it is done."""

    def read_key(self) -> str:
        """The key now. Raises ServerAwayError when its file cannot be read."""
        if self.key_file is None:
            return self.key
        try:
            return self.key_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", "") or "không phải chữ"
            raise ServerAwayError(f"Không đọc được tệp khóa Meilisearch ({reason}); xem CACHHAY_MEILI_KEY_FILE.") from error


@dataclass(frozen=True)
class ApiError:
    """A refusal: the HTTP status, Meilisearch's code and its message."""

    status: int
    code: str
    message: str


class RefusedError(ServerAwayError):
    """The server answered with a refusal."""

    def __init__(self, message: str, reason: ApiError) -> None:
        super().__init__(message)
        self.reason = reason


class CutError(ServerAwayError):
    """There was no connection, or it broke: one that was kept open may have been closed meanwhile."""


class TaskFailedError(ServerAwayError):
    """The server accepted a task, which then failed or was cancelled; `code` is Meilisearch's."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class _KeptOpen(HttpRequests):
    """Posts over one connection that stays open. The client itself opens one for each request, and a busy process would run
    out of connections."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._session = requests.Session()

    def post(self, path: str, body: Any = None, content_type: str | None = "application/json", **more: Any) -> Any:
        return self.send_request(self._session.post, path, body, content_type, **more)


@dataclass
class Wire:
    """The connection to one server. Safe to share between threads: each thread has a client of its own."""

    access: Access
    _local: threading.local = field(default_factory=threading.local, repr=False)

    def call(self, ask: Callable[[Client], T], *, again: bool = False) -> T:
        """The answer to one request; with `again` it is repeated while the error may pass. Raises ServerAwayError."""
        waits = RETRY_WAITS if again else ()
        for wait in (*waits, None):
            try:
                return self._once(ask)
            except RefusedError as error:
                if wait is None or error.reason.status not in _PASSING:
                    raise
            except ServerAwayError:
                if wait is None:
                    raise
            time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _once(self, ask: Callable[[Client], T]) -> T:
        key = self.access.read_key()
        try:
            return self._translated(ask, key)
        except RefusedError as error:
            fresh = self.access.read_key()
            if error.reason.status not in (401, 403) or fresh == key:
                raise
            return self._translated(ask, fresh)  # the key was rotated

    def _translated(self, ask: Callable[[Client], T], key: str) -> T:
        try:
            return ask(self._client(key))
        except MeilisearchApiError as error:
            reason = ApiError(error.status_code, str(error.code or ""), str(error.message)[:300])
            raise RefusedError(_message_of(reason), reason) from error
        except (MeilisearchTimeoutError, requests.exceptions.Timeout) as error:
            raise ServerAwayError(f"Máy chủ Meilisearch không trả lời trong {self.access.seconds:g} giây.") from error
        except (MeilisearchCommunicationError, requests.exceptions.RequestException) as error:
            if isinstance(error, requests.exceptions.JSONDecodeError):
                raise ServerAwayError("Máy chủ trả lời không đúng dạng của Meilisearch.") from error
            raise CutError("Không nối được với máy chủ Meilisearch.") from error
        except (MeilisearchError, ValueError, TypeError, LookupError, AttributeError) as error:
            raise ServerAwayError("Máy chủ trả lời không đúng dạng của Meilisearch.") from error

    def _client(self, key: str) -> Client:
        kept: tuple[str, Client] | None = getattr(self._local, "client", None)
        if kept is None or kept[0] != key:
            # The client announces a number of whole seconds, but hands it on to requests as it is.
            client = Client(self.access.url.rstrip("/"), key or None, timeout=self.access.seconds)  # type: ignore[arg-type]
            client.http = _KeptOpen(client.config)
            kept = self._local.client = (key, client)
        return kept[1]

    def search(self, queries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The answers to queries, which the server takes one after the other. Asked once more when the error may pass."""

        def ask(client: Client) -> list[dict[str, Any]]:
            results = client.multi_search(list(queries))["results"]
            if len(results) != len(queries) or not all(isinstance(result["hits"], list) for result in results):
                raise ValueError("results do not fit the queries")
            return list(results)

        try:
            return self.call(ask)
        except CutError:
            pass
        except RefusedError as error:
            if error.reason.status not in _PASSING:
                raise
        return self.call(ask)

    def wait(self, task_uid: int) -> None:
        """Return when a task has succeeded. Raises TaskFailedError, ServerAwayError (also when it takes too long)."""
        end = time.monotonic() + self.access.task_seconds
        pause = 0.01
        while True:
            task = self.call(lambda client: client.get_task(task_uid), again=True)
            if task.status == "succeeded":
                return
            if task.status in ("failed", "canceled"):
                reason = dict(task.error or {})
                code = str(reason.get("code", task.status))
                raise TaskFailedError(
                    f"Meilisearch không làm được tác vụ {task_uid} ({task.type}): {reason.get('message', task.status)}", code
                )
            if time.monotonic() > end:
                raise ServerAwayError(f"Tác vụ {task_uid} của Meilisearch chưa xong sau {self.access.task_seconds:g} giây.")
            time.sleep(pause)
            pause = min(1.0, 2 * pause)

    def do(self, ask: Callable[[Client], Any], *, again: bool = True) -> None:
        """Give the server a task and wait until it is done. Raises TaskFailedError, ServerAwayError."""
        task = self.call(ask, again=again)
        uid = getattr(task, "task_uid", None)
        if not isinstance(uid, int):
            raise ServerAwayError("Máy chủ Meilisearch nhận việc nhưng không cho số tác vụ.")
        self.wait(uid)


def _message_of(reason: ApiError) -> str:
    if reason.status in (401, 403):
        return f"Máy chủ Meilisearch từ chối khóa ({reason.code or reason.status}); xem CACHHAY_MEILI_KEY."
    if reason.status == 429:
        return "Máy chủ Meilisearch đang quá tải (429)."
    # Without a code the message is not Meilisearch's own, and may name its address.
    return f"Máy chủ Meilisearch trả lời lỗi {reason.status}" + (
        f" ({reason.code}): {reason.message}" if reason.code else "."
    )
