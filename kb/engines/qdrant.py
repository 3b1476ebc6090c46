"""The vector index on a Qdrant server; the only module that knows it.

One collection holds the points of all generations. States are numbers that only grow. A point is `born` in one state and
has `died` in a later one (or is alive), and an index opened at state s sees the points with born <= s < died. The folder of
a generation only records the number of its state, so that publishing is as atomic as the store's transaction: until that
commits, nobody reads the new state.

- What a run that was cut off leaves is invisible: points born after the published state, and points that die after it. The
  next build starts from the published state, deletes the former and revives the latter.
- A fresh build is given no published state. It lets every living point die in its new state and changes nothing else, so
  that open indexes see what they saw, and if it is cut off too, the rule above undoes it. It therefore needs no collection
  of its own, which no later run could know of and delete.
- Points that died by the state before the published one are deleted at the next build: `kb.library.library` keeps that
  state for processes that still read it, and none before. After a fresh build this waits until the collection has two
  states again.

One collection belongs to one data folder: two that write to it would each take the other's points for those of a run that
was cut off.
"""

from __future__ import annotations

import json
import math
import os
import time
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

import httpx
import numpy as np
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException, ResourceExhaustedResponse
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from kb.engines.item_scores import item_score
from kb.errors import EngineError, IndexMissingError, ServerAwayError
from kb.ports import ItemScore, Vector, VectorHit, VectorKey

VERSION = "qdrant1"
#: The value of `died` for a living point. The server compares integers as 64-bit floats, which are exact up to this (qdrant
#: issue 8538); so states are microseconds, because neighbouring nanoseconds would be equal.
ALIVE = 2**53 - 1
#: Up to so many vectors, all of them are compared; with more, the graph is used. 50,000 of 512 dimensions took 57 ms
#: exactly and 28 ms by the graph (Qdrant's engine in process, one of two shared cores).
MAX_EXACT = 100_000
#: Points in one request or answer: 2.7 MB of JSON at 512 dimensions, where a server takes 32.
BATCH = 256
#: Points asked for at first when all points of some items are wanted; when there are as many, more are asked for.
FIRST_POINTS = 4096
#: Waits before a writing request is repeated, in seconds. Every one can be repeated, and by then the run may have spent
#: minutes on embedding.
RETRY_WAITS = (0.5, 2.0, 5.0)

#: The file in the folder of a generation that records its state.
_FILE = "qdrant.json"
#: The fields of a point that make its `VectorKey`.
_KEY_FIELDS = ["item", "ordinal"]
#: The ids of points are UUIDs made from this namespace.
_NAMESPACE = uuid.UUID("6f0c2f0e-6c1b-5d0a-9d55-2a5f6f1c7a10")


@dataclass(frozen=True)
class QdrantVectors:
    """The vectors on one server. `open` and `build` fit an `EngineSet`; they raise IndexMissingError, EngineError and
    ServerAwayError, and nothing else connects to the server.

    The name of its collection is `collection` followed by the dimension. A `client` that is given is used as it is.
    """

    url: str = ""
    key: str = ""
    collection: str = "cachhay-vectors"
    seconds: float = 5.0
    """How long an answer may take while reading."""
    write_seconds: float = 120.0
    """How long a writing request may take."""
    client: QdrantClient | None = None

    def open(self, folder: Path) -> QdrantIndex:
        return QdrantIndex(self._connect(self.seconds), _read(folder))

    def build(self, folder: Path, dimension: int) -> QdrantBuilder:
        last = _read(folder) if (folder / _FILE).is_file() else None
        fresh = _State(f"{self.collection}-{dimension}", dimension, 0, 0, 0)
        return QdrantBuilder(self._connect(self.write_seconds), folder, last or fresh)

    def _connect(self, seconds: float) -> QdrantClient:
        with _translated():
            return self.client or _client(self.url, self.key, math.ceil(seconds))


@lru_cache(maxsize=4)
def _client(url: str, key: str, seconds: int) -> QdrantClient:
    return QdrantClient(url=url, api_key=key or None, timeout=seconds, check_compatibility=False)


@dataclass(frozen=True, slots=True)
class _State:
    """What the folder of a generation records: its state, the one before (0: not known), and how many points it has."""

    collection: str
    dimension: int
    state: int
    before: int
    count: int


def _read(folder: Path) -> _State:
    if not (folder / _FILE).is_file():
        raise IndexMissingError(f"Thiếu chỉ mục véc-tơ {folder}. Hãy chạy `cachhay index --rebuild`.")
    try:
        return _State(**json.loads((folder / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"Không mở được chỉ mục véc-tơ {folder}: {error}") from error


class QdrantBuilder:
    """Makes the state after `last`, the one that its folder records; state 0 means none."""

    def __init__(self, client: QdrantClient, folder: Path, last: _State) -> None:
        self._client = client
        self._folder = folder
        self._last = last
        self._name = last.collection

    def apply(self, removed: Collection[str], keys: Sequence[VectorKey], vectors: Vector) -> None:
        with _translated():
            if self._last.state:
                self._tidy()
            else:
                self._prepare()
            used = max(self._last.state, self._newest("born"), self._newest("died"))
            state = max(time.time_ns() // 1000, used + 1)
            if self._last.state:
                for some in _batches(removed):
                    self._mark(state, _is("item", some), _range("died", gte=ALIVE))
            else:
                self._mark(state, _range("died", gte=ALIVE))
            for at in range(0, len(keys), BATCH):
                self._add(keys[at : at + BATCH], vectors[at : at + BATCH], state)
            count = _count(self._client, self._name, state)
        made = _State(self._name, self._last.dimension, state, self._last.state, count)
        (self._folder / "qdrant.new").write_text(json.dumps(asdict(made)), "utf-8")
        os.replace(self._folder / "qdrant.new", self._folder / _FILE)
        self._last = made

    def _prepare(self) -> None:
        """Make the collection, when it is missing, and the payload indexes, which filters and orders need."""
        if not self._client.collection_exists(self._name):
            size = models.VectorParams(size=self._last.dimension, distance=models.Distance.COSINE)
            self._client.create_collection(self._name, vectors_config=size)
        self._client.create_payload_index(self._name, "item", models.PayloadSchemaType.KEYWORD)
        for field in ("ordinal", "born", "died"):
            self._client.create_payload_index(self._name, field, models.PayloadSchemaType.INTEGER)

    def _tidy(self) -> None:
        """Undo what a run that was cut off has done, and delete the points that no open index can see."""
        _check(self._client, self._last)
        self._delete(_range("born", gt=self._last.state))
        self._mark(ALIVE, _range("died", gt=self._last.state, lt=ALIVE))
        self._delete(_range("died", lte=self._last.before))

    def _newest(self, field: str) -> int:
        """The largest state in this field of any point."""
        order = models.OrderBy(key=field, direction=models.Direction.DESC)
        only = models.Filter(must=[_range(field, lt=ALIVE)])
        found, _ = self._client.scroll(self._name, only, limit=1, order_by=order, with_payload=[field])
        return max((int((point.payload or {})[field]) for point in found), default=0)

    def _mark(self, died: int, *which: models.FieldCondition) -> None:
        points = models.FilterSelector(filter=models.Filter(must=list(which)))
        _retried(lambda: self._client.set_payload(self._name, {"died": died}, points, wait=True))

    def _delete(self, *which: models.FieldCondition) -> None:
        points = models.FilterSelector(filter=models.Filter(must=list(which)))
        _retried(lambda: self._client.delete(self._name, points, wait=True))

    def _add(self, keys: Sequence[VectorKey], vectors: Vector, born: int) -> None:
        points = [
            models.PointStruct(
                id=str(uuid.uuid5(_NAMESPACE, f"{born}/{key.ordinal}/{key.item_id}")),
                vector=row,
                payload={"item": key.item_id, "ordinal": key.ordinal, "born": born, "died": ALIVE},
            )
            for key, row in zip(keys, vectors.tolist(), strict=True)
        ]
        _retried(lambda: self._client.upsert(self._name, points, wait=True))


class QdrantIndex:
    """One published state, open for reading. Opening raises ServerAwayError when the server lacks some of its points."""

    def __init__(self, client: QdrantClient, state: _State) -> None:
        self._client = client
        self._state = state
        with _translated():
            _check(client, state)

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        if limit <= 0:
            return []
        return self._near(vector, limit, exact=self._state.count <= MAX_EXACT)

    def _near(self, vector: Vector, limit: int, *which: models.FieldCondition, exact: bool) -> list[VectorHit]:
        with _translated():
            found = self._client.query_points(
                self._state.collection,
                query=vector.tolist(),
                query_filter=_visible(self._state.state, *which),
                search_params=models.SearchParams(exact=exact),
                limit=limit,
                with_payload=_KEY_FIELDS,
            ).points
            hits = [VectorHit(_key(point), float(point.score)) for point in found]
            return sorted(hits, key=lambda hit: (-hit.score, hit.key.item_id, hit.key.ordinal))

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        scores: dict[str, dict[int, float]] = {}
        for some in _batches(ids):
            limit = FIRST_POINTS
            while len(found := self._near(vector, limit, _is("item", some), exact=True)) == limit:
                limit *= 4
            for hit in found:
                scores.setdefault(hit.key.item_id, {})[hit.key.ordinal] = hit.score
        return {item_id: item_score(own) for item_id, own in scores.items()}

    def item_vector(self, item_id: str) -> Vector | None:
        with _translated():
            return next((rows[0] for _, rows in self._rows(_is("item", [item_id]), _is("ordinal", [0]))), None)

    def _rows(self, *which: models.FieldCondition) -> Iterator[tuple[list[VectorKey], Vector]]:
        """The keys and vectors of the points that meet the conditions, a batch at a time, none empty."""
        name, only, after = self._state.collection, _visible(self._state.state, *which), None
        while True:
            found, after = self._client.scroll(
                name, only, limit=BATCH, offset=after, with_payload=_KEY_FIELDS, with_vectors=True
            )
            if found:
                rows = np.asarray([point.vector for point in found], dtype=np.float32)
                yield [_key(point) for point in found], rows
            if after is None:
                return


def _check(client: QdrantClient, state: _State) -> None:
    """Raise ServerAwayError unless the server has every point of a state: it may have lost some, or be another server."""
    count = _count(client, state.collection, state.state) if client.collection_exists(state.collection) else 0
    if count != state.count:
        raise ServerAwayError(
            f"Máy chủ Qdrant giữ {count} véc-tơ của chỉ mục này, lẽ ra {state.count}. Hãy chạy `cachhay index --rebuild`."
        )


def _count(client: QdrantClient, collection: str, state: int) -> int:
    return int(client.count(collection, _visible(state), exact=True).count)


def _visible(state: int, *which: models.FieldCondition) -> models.Filter:
    return models.Filter(must=[*which, _range("born", lte=state), _range("died", gt=state)])


def _range(field: str, **bounds: float) -> models.FieldCondition:
    return models.FieldCondition(key=field, range=models.Range(**bounds))


def _is(field: str, values: list[str] | list[int]) -> models.FieldCondition:
    return models.FieldCondition(key=field, match=models.MatchAny(any=values))


def _batches(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, BATCH)):
        yield some


def _key(point: models.Record | models.ScoredPoint) -> VectorKey:
    payload = point.payload or {}
    return VectorKey(str(payload["item"]), int(payload["ordinal"]))


def _retried(call: Callable[[], object]) -> None:
    """Make a request, and repeat it while the error may be a passing one."""
    for wait in RETRY_WAITS:
        try:
            call()
            return
        except (ApiException, QdrantException) as error:
            if isinstance(error, UnexpectedResponse) and error.status_code in range(400, 500) and error.status_code != 429:
                raise
            time.sleep(wait)
    call()


@contextmanager
def _translated() -> Iterator[None]:
    """Raise every error of the client as ServerAwayError."""
    try:
        yield
    except (ApiException, QdrantException, ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise ServerAwayError(_message_of(error)) from error


def _message_of(error: Exception) -> str:
    match error:
        case ResourceExhaustedResponse() | UnexpectedResponse(status_code=429):
            return "Máy chủ Qdrant đang quá tải (429)."
        case UnexpectedResponse(status_code=401 | 403 as status):
            return f"Máy chủ Qdrant từ chối khóa ({status}); xem CACHHAY_QDRANT_KEY."
        case UnexpectedResponse(status_code=status):
            return f"Máy chủ Qdrant trả lời lỗi {status}."
        case ResponseHandlingException(source=httpx.TimeoutException()):
            return "Máy chủ Qdrant không trả lời kịp."
        case ResponseHandlingException(source=httpx.TransportError()):
            return "Không nối được với máy chủ Qdrant."
        case _:
            return "Máy chủ trả lời không đúng dạng của Qdrant."
