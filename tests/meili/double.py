"""The wire: routes, authentication, request log, faults, and starting and stopping the server."""

from __future__ import annotations

import contextlib
import errno
import gzip
import json
import re
import socket
import threading
import time
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import schema
from .engine import KINDS, STATUSES, Engine, Index, Task, bits, document_id, parse_date, select
from .errors import MeiliError, error_body
from .filters import read as read_filter
from .keys import Access, Keyring
from .schema import REQUIRED, Field, array, boolean, index_uid, obj, query_params, string
from .search import answer, check_sort, facet_search, sort_rules

#: Times that a port is tried again, a tenth of a second apart.
_BIND_TRIES = 100
_JSON_TYPES = ("application/json", "application/x-ndjson", "text/csv")
_TASK_FILTERS: dict[str, tuple[str, str, Any]] = {
    "uids": ("ids", "invalid_task_uids", None),
    "batchUids": ("ids", "invalid_batch_uids", None),
    "canceledBy": ("ids", "invalid_task_canceled_by", None),
    "types": ("list", "invalid_task_types", None),
    "statuses": ("list", "invalid_task_statuses", None),
    "indexUids": ("list", "invalid_index_uid", None),
    **{
        name: ("text", "invalid_task_" + re.sub(r"[A-Z]", lambda m: "_" + m.group().lower(), name), None)
        for name in (
            "afterEnqueuedAt", "beforeEnqueuedAt", "afterStartedAt", "beforeStartedAt", "afterFinishedAt", "beforeFinishedAt",
        )
    },
}  # fmt: skip
_TASK_LIST: dict[str, tuple[str, str, Any]] = {
    "limit": ("size", "invalid_task_limit", 20),
    "from": ("size", "invalid_task_from", None),
    "reverse": ("bool", "invalid_task_reverse", None),
    **_TASK_FILTERS,
}
_SUB_SETTINGS = {re.sub(r"[A-Z]", lambda m: "-" + m.group().lower(), n): n for n in schema.DEFAULT_SETTINGS}
_META = {"customMetadata": ("text", "invalid_index_custom_metadata", None)}
_EXPERIMENTAL = (
    "metrics", "logsRoute", "editDocumentsByFunction", "containsFilter", "dynamicSearchRules", "network",
    "getTaskDocumentsRoute", "taskQueueCompactionRoute", "compositeEmbedders", "chatCompletions", "multimodal",
    "foreignKeys", "disableDocumentsFetchQueue", "legacySearch", "renderRoute", "mcpRoute",
)  # fmt: skip


@dataclass(frozen=True)
class Recorded:
    """A request that came in, and the status it was answered with (0: the connection was cut before any).

    Names of headers are in small letters; the body is what JSON or NDJSON (a list) says, None where there was none.
    """

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    status: int


@dataclass(frozen=True)
class Fault:
    """Something that goes wrong with a request; make one with the class methods.

    `applied` says whether the request has its effect all the same.
    """

    kind: str
    code: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    applied: bool = False

    @classmethod
    def status(cls, code: int, body: Any = b"", headers: dict[str, str] | None = None, applied: bool = False) -> Fault:
        """Answer with a status, a body (bytes, text, or a value sent as JSON) and more headers."""
        more = dict(headers or {})
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
            more.setdefault("Content-Type", "application/json")
        return cls("answer", code, body, more, applied=applied)

    @classmethod
    def error(cls, code: str, message: str = "Planned.", headers: dict[str, str] | None = None) -> Fault:
        """Answer with one of the server's own errors, under its real status."""
        return cls.status(MeiliError(code, message).status, error_body(code, message), headers)

    @classmethod
    def cut(cls, applied: bool = False) -> Fault:
        """Close the connection without a word."""
        return cls("cut", applied=applied)

    @classmethod
    def cut_body(cls) -> Fault:
        """Close the connection in the middle of the (real) answer's body."""
        return cls("cut_body", applied=True)

    @classmethod
    def delay(cls, seconds: float) -> Fault:
        """Answer as usual, but late."""
        return cls("delay", seconds=seconds, applied=True)

    @classmethod
    def malformed(cls) -> Fault:
        """200 with something that is not JSON."""
        return cls("answer", 200, b'{"hits": [', {"Content-Type": "application/json"})

    @classmethod
    def shape(cls, value: Any = None) -> Fault:
        """200 with JSON of another shape."""
        return cls("answer", 200, json.dumps(value).encode(), {"Content-Type": "application/json"})

    @classmethod
    def empty(cls) -> Fault:
        """200 with nothing in it."""
        return cls("answer", 200, b"", {"Content-Type": "application/json"})


@dataclass
class _Planned:
    pattern: re.Pattern[str]
    fault: Fault
    left: int | None
    after: int


@dataclass
class _Request:
    method: str
    path: str
    pairs: list[tuple[str, str]]
    raw_query: str
    headers: Any
    raw: bytes
    access: Access = field(default_factory=Access)


@dataclass
class _Answer:
    status: int
    body: Any = None


Handler = Callable[..., _Answer]


class MeiliDouble:
    """A server that behaves as Meilisearch does, for tests."""

    def __init__(self, master_key: str = "", version: str = "1.54.0") -> None:
        self.version = version
        self.keys = Keyring(master_key)
        self.engine = Engine()
        #: Bytes a request body may have.
        self.payload_limit = 100 * 1024 * 1024
        #: Whether totals stop at `maxTotalHits`; releases before the fix of issue 6482 report more than can be read.
        self.cap_totals = True
        #: Whether answers are compressed where the client accepts it.
        self.gzip = False
        #: What /health says.
        self.health = "available"
        self._log: list[Recorded] = []
        self._faults: list[_Planned] = []
        self._guard = threading.Lock()
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._port = 0
        self._routes = self._table()

    # --- life

    def start(self, port: int = 0) -> MeiliDouble:
        """Listen; after a stop, on the same port again."""
        self._server = self._listen(port or self._port)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.engine.start()
        return self

    def _listen(self, port: int) -> _Server:
        """A server on a port. While it was stopped, the system may have lent the port to a connection of another program:
        that is waited out."""
        for _ in range(_BIND_TRIES):
            try:
                return _Server(self, port)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or not port:
                    raise
            time.sleep(0.1)
        return _Server(self, port)

    def stop(self) -> None:
        """Refuse connections and break those that are open; data are kept."""
        if self._server is None:
            return
        self._server.shutdown()
        self._server.server_close()
        self._server.break_all()
        self._server = None
        self.engine.stop()

    def wipe(self, keys: bool = False) -> None:
        """Lose all indexes and tasks, and with `keys` all keys but new default ones."""
        self.engine.wipe()
        if keys:
            self.keys.reset()

    def __enter__(self) -> MeiliDouble:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._port}"

    # --- for tests

    @property
    def requests(self) -> list[Recorded]:
        """The requests so far, in the order of their answers."""
        with self._guard:
            return list(self._log)

    def clear(self) -> None:
        """Forget the requests so far."""
        with self._guard:
            self._log.clear()

    @property
    def task_delay(self) -> float:
        """Seconds a task is in work before its effect shows."""
        return self.engine.delay

    @task_delay.setter
    def task_delay(self, seconds: float) -> None:
        with self.engine.lock:
            self.engine.delay = seconds
            self.engine.wake.notify_all()

    def hold(self, at_work: bool = False) -> None:
        """Leave tasks in the queue; with `at_work` the first shows as `processing`."""
        self.engine.hold(at_work)

    def release(self, tasks: int | None = None) -> None:
        """Let tasks go on: all, or only so many."""
        self.engine.release(tasks)

    def idle(self, timeout: float = 10.0) -> bool:
        """Wait until every task is finished."""
        return self.engine.idle(timeout)

    def fail_tasks(
        self,
        type_pattern: str = ".*",
        code: str = "no_space_left_on_device",
        message: str = "There is no more space left on the device. Consider increasing the size of the disk/partition.",
        times: int = 1,
    ) -> None:
        """Have the next tasks whose type matches fail."""
        self.engine.fail(type_pattern, code, message, times)

    def fault(self, pattern: str, fault: Fault, times: int | None = 1, after: int = 0) -> None:
        """Plan a fault for requests whose "METHOD /path" matches: so many times (None: always), after so many good ones."""
        with self._guard:
            self._faults.append(_Planned(re.compile(pattern), fault, times, after))

    def clear_faults(self) -> None:
        """Plan none any more."""
        with self._guard:
            self._faults.clear()

    def enable(self, **features: bool) -> None:
        """Switch experimental features, e.g. `containsFilter=True`."""
        self.engine.features.update(features)

    def _fault_for(self, line: str) -> Fault | None:
        with self._guard:
            for planned in self._faults:
                if planned.left == 0 or not planned.pattern.search(line):
                    continue
                if planned.after > 0:
                    planned.after -= 1
                    continue
                if planned.left is not None:
                    planned.left -= 1
                return planned.fault
        return None

    def _record(self, entry: Recorded) -> None:
        with self._guard:
            self._log.append(entry)

    # --- routing

    def _table(self) -> list[tuple[re.Pattern[str], dict[str, tuple[str, Handler]]]]:
        uid = r"/indexes/(?P<uid>[^/]+)"
        table: list[tuple[str, dict[str, tuple[str, Handler]]]] = [
            (r"/health", {"GET": ("", self._health)}),
            (r"/version", {"GET": ("version", self._version)}),
            (r"/stats", {"GET": ("stats.get", self._stats)}),
            (r"/indexes", {"GET": ("indexes.get", self._list_indexes), "POST": ("indexes.create", self._create_index)}),
            (
                uid,
                {
                    "GET": ("indexes.get", self._get_index),
                    "PATCH": ("indexes.update", self._update_index),
                    "DELETE": ("indexes.delete", self._delete_index),
                },
            ),
            (uid + "/stats", {"GET": ("stats.get", self._index_stats)}),
            (
                uid + "/documents",
                {
                    "GET": ("documents.get", self._list_documents),
                    "POST": ("documents.add", self._add),
                    "PUT": ("documents.add", self._merge),
                    "DELETE": ("documents.delete", self._clear),
                },
            ),
            (uid + "/documents/fetch", {"POST": ("documents.get", self._fetch)}),
            (uid + "/documents/delete-batch", {"POST": ("documents.delete", self._delete_batch)}),
            (uid + "/documents/delete", {"POST": ("documents.delete", self._delete_filtered)}),
            (
                uid + r"/documents/(?P<key>[^/]+)",
                {
                    "GET": ("documents.get", self._document),
                    "DELETE": ("documents.delete", self._delete_document),
                },
            ),
            (uid + "/search", {"POST": ("search", self._search), "GET": ("search", self._search_get)}),
            (uid + "/facet-search", {"POST": ("search", self._facet_search)}),
            (
                uid + "/settings",
                {
                    "GET": ("settings.get", self._settings),
                    "PATCH": ("settings.update", self._set),
                    "DELETE": ("settings.update", self._reset),
                },
            ),
            (
                uid + r"/settings/(?P<name>[^/]+)",
                {
                    "GET": ("settings.get", self._setting),
                    "PUT": ("settings.update", self._set_one),
                    "PATCH": ("settings.update", self._set_one),
                    "DELETE": ("settings.update", self._reset_one),
                },
            ),
            (r"/multi-search", {"POST": ("search", self._multi_search)}),
            (r"/swap-indexes", {"POST": ("indexes.swap", self._swap)}),
            (r"/tasks", {"GET": ("tasks.get", self._tasks), "DELETE": ("tasks.delete", self._delete_tasks)}),
            (r"/tasks/cancel", {"POST": ("tasks.cancel", self._cancel)}),
            (r"/tasks/(?P<task>[^/]+)", {"GET": ("tasks.get", self._task)}),
            (r"/keys", {"GET": ("keys.get", self._list_keys), "POST": ("keys.create", self._create_key)}),
            (
                r"/keys/(?P<key>[^/]+)",
                {
                    "GET": ("keys.get", self._get_key),
                    "PATCH": ("keys.update", self._update_key),
                    "DELETE": ("keys.delete", self._delete_key),
                },
            ),
            (
                r"/experimental-features",
                {
                    "GET": ("experimental.get", self._features),
                    "PATCH": ("experimental.update", self._set_features),
                },
            ),
        ]
        return [(re.compile(pattern + r"/?\Z"), methods) for pattern, methods in table]

    def _dispatch(self, request: _Request) -> _Answer:
        for pattern, methods in self._routes:
            found = pattern.match(request.path)
            if not found:
                continue
            entry = methods.get(request.method)
            if entry is None:
                return _Answer(405)
            action, handler = entry
            named = {k: unquote(v) for k, v in found.groupdict().items()}
            try:
                if action:
                    request.access = self.keys.access(request.headers.get("Authorization"), action, named.get("uid"))
                if len(request.raw) > self.payload_limit:
                    unit = self.payload_limit / 1024 / 1024
                    shown = f"{unit:g} MiB" if unit >= 1 else f"{self.payload_limit} B"
                    raise MeiliError(
                        "payload_too_large",
                        f"The provided payload reached the size limit. The maximum accepted payload size is {shown}.",
                    )
                return handler(request, **named)
            except MeiliError as error:
                return _Answer(error.status, error.body())
        return _Answer(404)

    def _json(self, request: _Request) -> Any:
        kind = request.headers.get("Content-Type")
        accepted = "Accepted values for the Content-Type header are: `application/json`"
        if kind is None:
            raise MeiliError("missing_content_type", f"A Content-Type header is missing. {accepted}")
        if kind.split(";")[0].strip().lower() != "application/json":
            raise MeiliError("invalid_content_type", f"The Content-Type `{kind}` is invalid. {accepted}")
        if not request.raw.strip():
            raise MeiliError("missing_payload", "A json payload is missing.")
        try:
            return _loads(request.raw)
        except ValueError as error:
            raise MeiliError("malformed_payload", f"The json payload provided is malformed. `{error}`.") from None

    def _uid(self, uid: str) -> str:
        if not schema.is_uid(uid):
            raise schema.uid_error(uid)
        return uid

    def _index(self, uid: str) -> Index:
        return self.engine.index(self._uid(uid))

    def _filter(self, value: Any, code: str) -> Any:
        return None if value is None else read_filter(value, code, self.engine.features.get("containsFilter", False))

    def _metadata(self, request: _Request) -> str | None:
        given: str | None = query_params(request.pairs, _META)["customMetadata"]
        return given

    def _enqueue(self, *args: Any, **more: Any) -> _Answer:
        return _Answer(202, self.engine.enqueue(*args, **more).summary())

    # --- instance

    def _health(self, _: _Request) -> _Answer:
        return _Answer(200, {"status": self.health})

    def _version(self, _: _Request) -> _Answer:
        return _Answer(200, {"commitSha": "unknown", "commitDate": "unknown", "pkgVersion": self.version})

    def _stats(self, request: _Request) -> _Answer:
        with self.engine.lock:
            own = {u: i for u, i in sorted(self.engine.indexes.items()) if request.access.index(u)}
            last = max((i.updated_at for i in own.values()), default=None)
            each = {u: i.stats(self.engine.busy(u)) for u, i in own.items()}
        return _Answer(200, {"databaseSize": 4096, "usedDatabaseSize": 4096, "lastUpdate": last, "indexes": each})

    def _features(self, _: _Request) -> _Answer:
        return _Answer(200, {name: self.engine.features.get(name, False) for name in _EXPERIMENTAL})

    def _set_features(self, request: _Request) -> _Answer:
        got = schema.read(self._json(request), obj({n: Field(boolean, null=True) for n in _EXPERIMENTAL}))
        self.engine.features.update({n: v for n, v in got.items() if v is not None})
        return self._features(request)

    # --- indexes

    def _list_indexes(self, request: _Request) -> _Answer:
        got = query_params(
            request.pairs,
            {"offset": ("size", "invalid_index_offset", 0), "limit": ("size", "invalid_index_limit", 20)},
        )
        with self.engine.lock:
            own = [i.view() for u, i in sorted(self.engine.indexes.items()) if request.access.index(u)]
        return _Answer(200, _page(own, got["offset"], got["limit"]))

    def _create_index(self, request: _Request) -> _Answer:
        fields = {
            "uid": Field(index_uid, "invalid_index_uid", default=REQUIRED, missing="missing_index_uid"),
            "primaryKey": Field(string, "invalid_index_primary_key", True),
        }
        got = schema.read(self._json(request), obj(fields))
        uid, key = got["uid"], got["primaryKey"]
        if not request.access.creates(uid):
            raise MeiliError("invalid_api_key", "The provided API key is invalid.")
        details = {"primaryKey": key}
        return self._enqueue(
            "indexCreation", uid, lambda _: self.engine.create(uid, key), details, metadata=self._metadata(request)
        )

    def _get_index(self, _: _Request, uid: str) -> _Answer:
        with self.engine.lock:
            return _Answer(200, self._index(uid).view())

    def _update_index(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        fields = {
            "primaryKey": Field(string, "invalid_index_primary_key", True),
            "uid": Field(index_uid, "invalid_index_uid", True),
        }
        frozen = {"createdAt": "immutable_index_created_at", "updatedAt": "immutable_index_updated_at"}
        got = schema.read(self._json(request), obj(fields, frozen))
        key, new = got["primaryKey"], got["uid"]
        if new and not request.access.index(new):
            raise MeiliError("invalid_api_key", "The provided API key is invalid.")
        details = {"primaryKey": key}
        if new:
            details |= {"oldIndexUid": uid, "newIndexUid": new}
        return self._enqueue("indexUpdate", uid, lambda _: self.engine.update(uid, key, new), details)

    def _delete_index(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        return self._enqueue(
            "indexDeletion", uid, self.engine.remove, {"deletedDocuments": None}, metadata=self._metadata(request)
        )

    def _index_stats(self, _: _Request, uid: str) -> _Answer:
        with self.engine.lock:
            return _Answer(200, self._index(uid).stats(self.engine.busy(uid)))

    def _swap(self, request: _Request) -> _Answer:
        fields = {
            "indexes": Field(array(index_uid), "invalid_swap_indexes", default=REQUIRED, missing="missing_swap_indexes"),
            "rename": Field(boolean, "invalid_swap_rename", default=False),
        }
        swaps: list[dict[str, Any]] = schema.read(self._json(request), array(obj(fields)))
        seen: list[str] = []
        for swap in swaps:
            names = swap["indexes"]
            if len(names) != 2:
                shown = ", ".join(f'"{n}"' for n in names)
                message = f"Two indexes must be given for each swap. The list `[{shown}]` contains {len(names)} indexes."
                raise MeiliError("invalid_swap_indexes", message)
            if not all(request.access.index(n) for n in names):
                raise MeiliError("invalid_api_key", "The provided API key is invalid.")
            seen += names
        twice = sorted({n for n in seen if seen.count(n) > 1})
        if twice:
            shown = ", ".join(f"`{n}`" for n in twice)
            message = f"Indexes must be declared only once during a swap. {shown} {'was' if len(twice) == 1 else 'were'} specified several times."
            raise MeiliError("invalid_swap_duplicate_index_found", message)
        details = {"swaps": swaps}
        return self._enqueue("indexSwap", None, lambda t: self.engine.swap(t, swaps), details, touched=seen)

    # --- settings

    def _settings(self, _: _Request, uid: str) -> _Answer:
        with self.engine.lock:
            return _Answer(200, self._index(uid).settings)

    def _set(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        change = schema.settings(self._json(request))
        return self._change(request, uid, change, request.access.creates(uid))

    def _change(self, request: _Request, uid: str, change: dict[str, Any], may_create: bool) -> _Answer:
        return self._enqueue(
            "settingsUpdate",
            uid,
            lambda t: self.engine.set(t, change, may_create),
            dict(change),
            metadata=self._metadata(request),
        )

    def _reset(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        return self._change(request, uid, dict.fromkeys(schema.DEFAULT_SETTINGS), False)

    def _setting(self, _: _Request, uid: str, name: str) -> _Answer:
        if name not in _SUB_SETTINGS:
            return _Answer(404)
        with self.engine.lock:
            return _Answer(200, self._index(uid).settings[_SUB_SETTINGS[name]])

    def _set_one(self, request: _Request, uid: str, name: str) -> _Answer:
        if name not in _SUB_SETTINGS:
            return _Answer(404)
        verb = "PATCH" if name in {"typo-tolerance", "faceting", "pagination", "embedders"} else "PUT"
        if request.method != verb:
            return _Answer(405)
        self._uid(uid)
        key = _SUB_SETTINGS[name]
        value = self._json(request)
        if value is not None:
            value = schema.SETTING_CHECKS[key](value, "", schema.CODES[key])
        return self._change(request, uid, {key: value}, request.access.creates(uid))

    def _reset_one(self, request: _Request, uid: str, name: str) -> _Answer:
        if name not in _SUB_SETTINGS:
            return _Answer(404)
        self._uid(uid)
        return self._change(request, uid, {_SUB_SETTINGS[name]: None}, False)

    # --- documents

    def _add(self, request: _Request, uid: str) -> _Answer:
        return self._write(request, uid, False)

    def _merge(self, request: _Request, uid: str) -> _Answer:
        return self._write(request, uid, True)

    def _write(self, request: _Request, uid: str, partial: bool) -> _Answer:
        self._uid(uid)
        got = query_params(
            request.pairs,
            {
                "primaryKey": ("text", "invalid_index_primary_key", None),
                "csvDelimiter": ("text", "invalid_document_csv_delimiter", None),
                "skipCreation": ("bool", "invalid_skip_creation", False),
                **_META,
            },
        )
        kind = request.headers.get("Content-Type")
        accepted = "Accepted values for the Content-Type header are: " + ", ".join(f"`{t}`" for t in _JSON_TYPES)
        if kind is None:
            raise MeiliError("missing_content_type", f"A Content-Type header is missing. {accepted}")
        media = kind.split(";")[0].strip().lower()
        if media not in _JSON_TYPES:
            raise MeiliError("invalid_content_type", f"The Content-Type `{kind}` is invalid. {accepted}")
        short = {"application/json": "json", "application/x-ndjson": "ndjson", "text/csv": "csv"}[media]
        if got["csvDelimiter"] is not None and short != "csv":
            message = f"The Content-Type `{media}` does not support the use of a csv delimiter. The csv delimiter can only be used with the Content-Type `text/csv`."
            raise MeiliError("invalid_content_type", message)
        if not request.raw:
            raise MeiliError("missing_payload", f"A {short} payload is missing.")
        documents = _documents(request.raw, short)
        key = got["primaryKey"]
        creates = request.access.creates(uid)
        return self._enqueue(
            "documentAdditionOrUpdate",
            uid,
            lambda t: self.engine.add(t, documents, key, partial, creates),
            {"receivedDocuments": len(documents), "indexedDocuments": None},
            metadata=got["customMetadata"],
        )

    def _browse(self, uid: str, got: dict[str, Any]) -> _Answer:
        self._uid(uid)
        keys = None
        if got["ids"] is not None:
            keys = []
            for place, value in enumerate(got["ids"]):
                try:
                    keys.append(document_id(value))
                except MeiliError as error:
                    raise MeiliError("invalid_document_ids", f"In `.ids[{place}]`: {error.message}") from None
        with self.engine.lock:
            index = self._index(uid)
            node = self._filter(got["filter"], "invalid_document_filter")
            mask = index.filtered(node, "invalid_document_filter")
            if keys is not None:
                mask &= sum(1 << index.ids[k] for k in set(keys) if k in index.ids)
            order = list(bits(mask))
            if got["sort"] is not None:
                rules = sort_rules(index, got["sort"], "invalid_document_sort")
                check_sort(index, rules, "invalid_document_sort", "")
                sorters = [index.order(n, up) for n, up in rules]
                order.sort(key=lambda n: ([s(n) for s in sorters], n))
            shown = order[got["offset"] : got["offset"] + got["limit"]]
            results = [index.visible(n, got["retrieveVectors"]) for n in shown]
        if got["fields"] is not None:
            chosen = [*got["fields"], *(["_vectors"] if got["retrieveVectors"] else [])]
            results = [select(r, chosen) if "*" not in chosen else r for r in results]
        answer = {"results": results, "offset": got["offset"], "limit": got["limit"], "total": len(order)}
        return _Answer(200, answer)

    def _fetch(self, request: _Request, uid: str) -> _Answer:
        return self._browse(uid, schema.read(self._json(request), obj(schema.FETCH)))

    def _list_documents(self, request: _Request, uid: str) -> _Answer:
        got = query_params(
            request.pairs,
            {
                "offset": ("size", "invalid_document_offset", 0),
                "limit": ("size", "invalid_document_limit", 20),
                "fields": ("list", "invalid_document_fields", None),
                "retrieveVectors": ("bool", "invalid_document_retrieve_vectors", False),
                "ids": ("text", "invalid_document_ids", None),
                "filter": ("text", "invalid_document_filter", None),
                "sort": ("text", "invalid_document_sort", None),
                "useNetwork": ("bool", "invalid_document_use_network", None),
            },
        )
        for name in ("ids", "sort"):
            got[name] = None if got[name] is None else got[name].split(",")
        if got["filter"] is not None:
            with contextlib.suppress(ValueError):
                got["filter"] = json.loads(got["filter"])
        return self._browse(uid, got)

    def _document(self, request: _Request, uid: str, key: str) -> _Answer:
        got = query_params(
            request.pairs,
            {
                "fields": ("list", "invalid_document_fields", None),
                "retrieveVectors": ("bool", "invalid_document_retrieve_vectors", False),
            },
        )
        with self.engine.lock:
            index = self._index(uid)
            if key not in index.ids:
                raise MeiliError("document_not_found", f"Document `{key}` not found.")
            document = index.visible(index.ids[key], got["retrieveVectors"])
        if got["fields"] is not None:
            document = select(document, [*got["fields"], *(["_vectors"] if got["retrieveVectors"] else [])])
        return _Answer(200, document)

    def _delete_document(self, request: _Request, uid: str, key: str) -> _Answer:
        return self._delete(request, uid, [key])

    def _delete_batch(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        body = self._json(request)
        if not isinstance(body, list):
            text = f"Json deserialize error: invalid type: {type(body).__name__}, expected a sequence at line 1 column 1"
            raise MeiliError("bad_request", text)
        return self._delete(request, uid, [k if isinstance(k, str) else schema.compact(k) for k in body])

    def _delete(self, request: _Request, uid: str, keys: list[str]) -> _Answer:
        self._uid(uid)
        details = {"providedIds": len(keys), "deletedDocuments": None, "originalFilter": None}
        return self._enqueue(
            "documentDeletion",
            uid,
            lambda t: self.engine.delete(t, keys),
            details,
            metadata=self._metadata(request),
        )

    def _delete_filtered(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        fields = {
            "filter": Field(schema.anything, "invalid_document_filter", default=REQUIRED, missing="missing_document_filter")
        }
        got = schema.read(self._json(request), obj(fields))
        node = read_filter(got["filter"], "invalid_document_filter", self.engine.features.get("containsFilter", False))
        if node is None:
            raise MeiliError("invalid_document_filter", "Sending an empty filter is forbidden.")
        text = schema.compact(got["filter"])
        details = {"providedIds": 0, "deletedDocuments": None, "originalFilter": text}
        return self._enqueue(
            "documentDeletion",
            uid,
            lambda t: self.engine.delete_filtered(t, node),
            details,
            metadata=self._metadata(request),
        )

    def _clear(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        details = {"providedIds": 0, "deletedDocuments": None, "originalFilter": None}
        return self._enqueue("documentDeletion", uid, self.engine.clear, details, metadata=self._metadata(request))

    # --- searches

    def _search(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        query = schema.read(self._json(request), obj(schema.SEARCH))
        return self._searched(request, uid, query)

    def _search_get(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        kinds: dict[str, tuple[str, str, Any]] = {}
        for name, entry in schema.SEARCH.items():
            kind = "size" if entry.check is schema.size else "bool" if entry.check is schema.boolean else "text"
            if name in {"attributesToRetrieve", "attributesToCrop", "attributesToHighlight", "facets", "locales"}:
                kind = "names"
            if name == "attributesToSearchOn":
                kind = "names"
            if name in {"hybrid", "vector", "media", "personalize"}:
                continue
            kinds[name] = (kind, entry.code, entry.default)
        query: dict[str, Any] = query_params(request.pairs, kinds)
        for name, (kind, _, _) in kinds.items():
            if (kind == "names" or name == "sort") and isinstance(query[name], str):
                query[name] = query[name].split(",")
        if isinstance(query["filter"], str):
            with contextlib.suppress(ValueError):
                query["filter"] = json.loads(query["filter"])
        return self._searched(request, uid, query)

    def _searched(self, request: _Request, uid: str, query: dict[str, Any]) -> _Answer:
        with self.engine.lock:
            index = self._index(uid)
            out = self._answer(request, index, query)
        out["requestUid"] = str(uuid.uuid4())
        return _Answer(200, out)

    def _answer(self, request: _Request, index: Index, query: dict[str, Any]) -> dict[str, Any]:
        if query.get("media") is not None:
            raise MeiliError(
                "feature_not_enabled",
                "passing `media` in a search query requires enabling the `multimodal` experimental feature.",
            )
        if query.get("useNetwork") is not None:
            raise MeiliError(
                "feature_not_enabled",
                "passing `useNetwork` in a search query requires enabling the `network` experimental feature.",
            )
        rule = request.access.filter(index.uid)
        query = {**query, "filter": _fuse(query.get("filter"), rule)}
        node = self._filter(query["filter"], "invalid_search_filter")
        begun = time.monotonic()
        out = answer(index, query, node, self.cap_totals)
        out["processingTimeMs"] = int((time.monotonic() - begun) * 1000)
        return out

    def _multi_search(self, request: _Request) -> _Answer:
        got = schema.read(self._json(request), obj(schema.MULTI_SEARCH))
        queries = got["queries"]
        if got["federation"] is not None:
            raise MeiliError("invalid_multi_search_federated", "Federated searches are not part of this double.")
        for place, query in enumerate(queries):
            if not request.access.index(query["indexUid"]):
                raise MeiliError("invalid_api_key", f"Inside `.queries[{place}]`: The provided API key is invalid.")
        results = []
        request_uid = str(uuid.uuid4())
        for place, query in enumerate(queries):
            try:
                if query["federationOptions"] is not None:
                    raise MeiliError(
                        "invalid_multi_search_federation_options",
                        "Using `federationOptions` is not allowed in a non-federated search.\n"
                        f" - Hint: remove `federationOptions` from query #{place} or add `federation` to the request.",
                    )
                # Every query reads the state at its own time: the request as a whole is no snapshot.
                with self.engine.lock:
                    index = self._index(query["indexUid"])
                    out = self._answer(request, index, query)
            except MeiliError as error:
                status = 400 if error.code == "index_not_found" else error.status
                raise MeiliError(error.code, f"Inside `.queries[{place}]`: {error.message}", status) from None
            results.append({"indexUid": query["indexUid"], **out, "requestUid": request_uid})
        return _Answer(200, {"results": results})

    def _facet_search(self, request: _Request, uid: str) -> _Answer:
        self._uid(uid)
        query = schema.read(self._json(request), obj(schema.FACET_SEARCH))
        with self.engine.lock:
            index = self._index(uid)
            query["filter"] = _fuse(query["filter"], request.access.filter(uid))
            node = self._filter(query["filter"], "invalid_search_filter")
            hits = facet_search(index, query, node)
        return _Answer(200, {"facetHits": hits, "facetQuery": query["facetQuery"], "processingTimeMs": 0})

    # --- tasks

    def _chosen(self, request: _Request, got: dict[str, Any]) -> list[Task]:
        for name, known, what in (("types", KINDS, "type"), ("statuses", STATUSES, "status")):
            for value in got[name] or []:
                if value not in known:
                    shown = ", ".join(f"`{k}`" for k in known)
                    raise MeiliError(
                        f"invalid_task_{name}",
                        f"Invalid value in parameter `{name}`: `{value}` is not a valid task {what}. Available "
                        f"{'types' if what == 'type' else 'statuses'} are {shown}.",
                    )
        for value in got["indexUids"] or []:
            if not schema.is_uid(value):
                raise MeiliError(
                    "invalid_index_uid",
                    f"Invalid value in parameter `indexUids`: `{value}` is not a valid index uid. {schema.UID_RULE}",
                )
        dates = {n: parse_date(got[n], _TASK_FILTERS[n][1], n) for n in got if n.endswith("At") and got[n]}
        out = []
        for task in self.engine.tasks:
            if request.access.key is not None and not all(request.access.index(t) for t in task.touched):
                continue
            if got["uids"] is not None and str(task.uid) not in got["uids"]:
                continue
            if got["batchUids"] is not None and str(task.batch_uid) not in got["batchUids"]:
                continue
            if got["canceledBy"] is not None and str(task.canceled_by) not in got["canceledBy"]:
                continue
            if got["types"] is not None and task.kind not in got["types"]:
                continue
            if got["statuses"] is not None and task.status not in got["statuses"]:
                continue
            if got["indexUids"] is not None and not set(task.touched) & set(got["indexUids"]):
                continue
            if all(_dated(task, name, at) for name, at in dates.items()):
                out.append(task)
        return out

    def _tasks(self, request: _Request) -> _Answer:
        got = query_params(request.pairs, _TASK_LIST)
        with self.engine.lock:
            chosen = self._chosen(request, got)
            total = len(chosen)
            if not got["reverse"]:
                chosen.reverse()
            if got["from"] is not None:
                chosen = [t for t in chosen if (t.uid >= got["from"] if got["reverse"] else t.uid <= got["from"])]
            shown, rest = chosen[: got["limit"]], chosen[got["limit"] :]
            results = [t.view() for t in shown]
        start = shown[0].uid if shown else None
        following = rest[0].uid if rest else None
        return _Answer(200, {"results": results, "total": total, "limit": got["limit"], "from": start, "next": following})

    def _task(self, request: _Request, task: str) -> _Answer:
        if not re.fullmatch(r"\d+", task, re.ASCII):
            message = f"Task uid `{task}` is invalid. It should only contain numeric characters."
            raise MeiliError("invalid_task_uids", message)
        with self.engine.lock:
            found = next((t for t in self.engine.tasks if t.uid == int(task)), None)
            if found is None or (request.access.key is not None and not all(request.access.index(t) for t in found.touched)):
                raise MeiliError("task_not_found", f"Task `{task}` not found.")
            return _Answer(200, found.view())

    def _filters(self, request: _Request, verb: str) -> list[Task]:
        got = query_params(request.pairs, _TASK_FILTERS)
        if not request.pairs:
            names = (
                "`uids`, `indexUids`, `statuses`, `types`, `canceledBy`, `beforeEnqueuedAt`, `afterEnqueuedAt`, "
                "`beforeStartedAt`, `afterStartedAt`, `beforeFinishedAt`, `afterFinishedAt`"
            )
            raise MeiliError(
                "missing_task_filters",
                f"Query parameters to filter the tasks to {verb} are missing. Available query parameters are: {names}.",
            )
        return self._chosen(request, got)

    def _cancel(self, request: _Request) -> _Answer:
        with self.engine.lock:
            matched = self._filters(request, "cancel")
            details = {
                "matchedTasks": len(matched),
                "canceledTasks": None,
                "originalFilter": f"?{request.raw_query}",
            }
            task = self.engine.enqueue("taskCancelation", None, lambda t: self.engine.cancel(t, matched), details)
        return _Answer(200, task.summary())

    def _delete_tasks(self, request: _Request) -> _Answer:
        with self.engine.lock:
            matched = self._filters(request, "delete")
            details = {
                "matchedTasks": len(matched),
                "deletedTasks": None,
                "originalFilter": f"?{request.raw_query}",
            }

            def run(task: Task) -> None:
                gone = [t for t in matched if t.status in {"succeeded", "failed", "canceled"}]
                task.details["deletedTasks"] = len(gone)
                self.engine.forget(gone)

            task = self.engine.enqueue("taskDeletion", None, run, details)
        return _Answer(200, task.summary())

    # --- keys

    def _list_keys(self, request: _Request) -> _Answer:
        got = query_params(
            request.pairs,
            {"offset": ("size", "invalid_api_key_offset", 0), "limit": ("size", "invalid_api_key_limit", 20)},
        )
        keys = sorted(self.keys.keys.values(), key=lambda k: k.created_at, reverse=True)
        return _Answer(200, _page([self.keys.view(k) for k in keys], got["offset"], got["limit"]))

    def _create_key(self, request: _Request) -> _Answer:
        return _Answer(201, self.keys.view(self.keys.create(self._json(request))))

    def _get_key(self, _: _Request, key: str) -> _Answer:
        return _Answer(200, self.keys.view(self.keys.find(key)))

    def _update_key(self, request: _Request, key: str) -> _Answer:
        body = self._json(request)
        return _Answer(200, self.keys.view(self.keys.update(self.keys.find(key), body)))

    def _delete_key(self, _: _Request, key: str) -> _Answer:
        del self.keys.keys[self.keys.find(key).uid]
        return _Answer(204)


def _page(items: list[Any], offset: int, limit: int) -> dict[str, Any]:
    return {"results": items[offset : offset + limit], "offset": offset, "limit": limit, "total": len(items)}


def _dated(task: Task, name: str, at: Any) -> bool:
    moment = {"Enqueued": task.enqueued, "Started": task.started, "Finished": task.finished}[
        re.sub(r"^(after|before)|At$", "", name)
    ]
    return moment is not None and (moment > at if name.startswith("after") else moment < at)


def _fuse(left: Any, right: Any) -> Any:
    if left is None or right is None:
        return right if left is None else left
    return [*(left if isinstance(left, list) else [left]), *(right if isinstance(right, list) else [right])]


def _constant(name: str) -> Any:
    raise ValueError(f"expected value, found {name}")


def _loads(raw: bytes) -> Any:
    return json.loads(raw.decode("utf-8"), parse_constant=_constant)


def _documents(raw: bytes, kind: str) -> list[dict[str, Any]]:
    def bad(why: object) -> MeiliError:
        message = f"The `{kind}` payload provided is malformed. `Couldn't serialize document value: {why}`."
        return MeiliError("malformed_payload", message)

    if kind == "csv":
        raise MeiliError("malformed_payload", "CSV is not part of this double.")
    try:
        if kind == "json":
            got = _loads(raw)
            got = [got] if isinstance(got, dict) else got
        else:
            got = [_loads(line) for line in raw.split(b"\n") if line.strip()]
    except ValueError as error:
        raise bad(error) from None
    if not isinstance(got, list) or not all(isinstance(d, dict) for d in got):
        raise bad("data are neither an object nor a list of objects")
    return got


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, double: MeiliDouble, port: int) -> None:
        self.double = double
        self.open: set[socket.socket] = set()
        self.guard = threading.Lock()
        super().__init__(("127.0.0.1", port), _Wire)

    def break_all(self) -> None:
        """Close every connection."""
        with self.guard:
            connections = list(self.open)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that go away are part of the tests."""


class _Cut(Exception):
    """The connection is to be closed now."""


class _Wire(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()
        with self.server.guard:
            self.server.open.add(self.request)

    def finish(self) -> None:
        with self.server.guard:
            self.server.open.discard(self.request)
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def _body(self) -> bytes:
        if "chunked" in (self.headers.get("Transfer-Encoding") or "").lower():
            parts = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
            raw = b"".join(parts)
        else:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        coding = (self.headers.get("Content-Encoding") or "").lower()
        if coding == "gzip":
            return gzip.decompress(raw)
        return zlib.decompress(raw) if coding == "deflate" else raw

    def _serve(self) -> None:
        double = self.server.double
        parts = urlsplit(self.path)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        raw = self._body()
        request = _Request(self.command, parts.path, pairs, parts.query, self.headers, raw)
        fault = double._fault_for(f"{self.command} {parts.path}")
        if fault is None:
            reply = double._dispatch(request)
        else:
            reply = double._dispatch(request) if fault.applied else _Answer(fault.code)
            if fault.kind == "delay":
                time.sleep(fault.seconds)
        data = b"" if reply.body is None else json.dumps(reply.body, ensure_ascii=False).encode()
        status, headers = reply.status, {"Content-Type": "application/json"} if data else {}
        if status == 503:
            headers["Retry-After"] = "10"
        if fault is not None and fault.kind == "answer":
            status, data, headers = fault.code, fault.body, dict(fault.headers)
        shown = 0 if fault is not None and fault.kind == "cut" else status
        double._record(
            Recorded(
                self.command,
                parts.path,
                dict(pairs),
                {k.lower(): v for k, v in self.headers.items()},
                _logged(raw, self.headers),
                shown,
            )
        )
        if shown == 0:
            raise _Cut
        if double.gzip and data and "gzip" in (self.headers.get("Accept-Encoding") or ""):
            data = gzip.compress(data, 1)
            headers["Content-Encoding"] = "gzip"
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault is not None and fault.kind == "cut_body":
            self.wfile.write(data[: len(data) // 2])
            self.wfile.flush()
            raise _Cut
        if self.command != "HEAD" and status != 204:
            self.wfile.write(data)

    def _do(self) -> None:
        try:
            self._serve()
        except (_Cut, OSError, ValueError, zlib.error):
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.request.shutdown(socket.SHUT_RDWR)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _do


def _logged(raw: bytes, headers: Any) -> Any:
    if not raw:
        return None
    kind = (headers.get("Content-Type") or "").split(";")[0].strip().lower()
    try:
        if kind == "application/x-ndjson":
            return [json.loads(line) for line in raw.split(b"\n") if line.strip()]
        return json.loads(raw)
    except ValueError:
        return raw.decode("utf-8", "replace")


__all__ = ["Fault", "MeiliDouble", "Recorded"]
