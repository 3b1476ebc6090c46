"""Vectors on a Qdrant server: the one file that knows it.

One collection holds the points of all generations. A state is a number that only grows; a point is `born` in one and has
`died` in a later one (or is alive), and a reader of state s sees the points with born <= s < died. The folder of a
generation only says which state is its own, so a publish is as atomic as the store's transaction: until that commits,
nobody reads the new state.

- Whenever a run is cut off, what it leaves is invisible: points born after the published state, and points that die
  after it. The next build begins at the published state, deletes the former and lets the latter live again.
- A fresh build is given no published state. It lets every living point die in its new state and touches nothing else, so
  readers see what they saw, and if it is cut off too, the rule above undoes it. It therefore needs no collection of its own,
  which nobody could tell to drop.
- Points that died by the state before the published one are deleted at the next build: `kb.library.library` keeps that state
  for readers who began on it, and none before. After a fresh build this waits until its collection has two states again.

One collection belongs to one data folder: two that write to it would take each other's points for those of a cut-off run.
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

from kb.errors import EngineError, IndexMissingError, ServerAwayError
from kb.ports import ItemScore, Vector, VectorHit, VectorKey, item_score

VERSION = "qdrant1"
#: Where a living point dies. Servers compare integers as 64-bit floats, which are exact up to here (qdrant issue 8538), so
#: states are microseconds: of nanoseconds, neighbours would be equal.
ALIVE = 2**53 - 1
#: Up to so many vectors, every one is compared; beyond, the graph is asked. 50,000 of 512 dimensions took 57 ms exactly and
#: 28 by the graph (Qdrant's engine in process, one of two shared cores).
EXACT_UP_TO = 100_000
#: Points in one request or answer: 2.7 MB of JSON at 512 dimensions, where a server takes 32.
BATCH = 256
#: Points of a batch of items asked for at first, where all are wanted; more, when there are as many.
POINTS = 4096
#: Waits before a writing request is made again, in seconds. All may be: and a run may have embedded for minutes by then.
WAITS = (0.5, 2.0, 5.0)

_FILE = "qdrant.json"
_KEY = ["item", "ordinal"]
_NAMESPACE = uuid.UUID("6f0c2f0e-6c1b-5d0a-9d55-2a5f6f1c7a10")


@dataclass(frozen=True)
class QdrantVectors:
    """Vectors on one server; `open` and `build` fit an `EngineSet`, and only they ask it anything. They raise
    IndexMissingError, EngineError, ServerAwayError.

    Its collections are named `collection` and the dimension. A `client` that is given is used as it is.
    """

    url: str = ""
    key: str = ""
    collection: str = "cachhay-vectors"
    seconds: float = 5.0
    """How long an answer to a reader may take."""
    write_seconds: float = 120.0
    """How long a writing request may take."""
    client: QdrantClient | None = None

    def open(self, folder: Path) -> QdrantIndex:
        return QdrantIndex(self._connect(self.seconds), _read(folder))

    def build(self, folder: Path, dimension: int) -> QdrantBuilder:
        last = _read(folder) if (folder / _FILE).is_file() else None
        fresh = _Held(f"{self.collection}-{dimension}", dimension, 0, 0, 0)
        return QdrantBuilder(self._connect(self.write_seconds), folder, last or fresh)

    def _connect(self, seconds: float) -> QdrantClient:
        with _translated():
            return self.client or _client(self.url, self.key, math.ceil(seconds))


@lru_cache(maxsize=4)
def _client(url: str, key: str, seconds: int) -> QdrantClient:
    return QdrantClient(url=url, api_key=key or None, timeout=seconds, check_compatibility=False)


@dataclass(frozen=True, slots=True)
class _Held:
    """What a folder says: its state, the one before that (0: not known), and how many points its readers see."""

    collection: str
    dimension: int
    state: int
    before: int
    count: int


def _read(folder: Path) -> _Held:
    if not (folder / _FILE).is_file():
        raise IndexMissingError(f"Thiếu chỉ mục véc-tơ {folder}. Hãy chạy `cachhay index --rebuild`.")
    try:
        return _Held(**json.loads((folder / _FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise EngineError(f"Không mở được chỉ mục véc-tơ {folder}: {error}") from error


class QdrantBuilder:
    """Makes the state after the one that its folder holds; state 0 is none."""

    def __init__(self, client: QdrantClient, folder: Path, last: _Held) -> None:
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
        held = _Held(self._name, self._last.dimension, state, self._last.state, count)
        (self._folder / "qdrant.new").write_text(json.dumps(asdict(held)), "utf-8")
        os.replace(self._folder / "qdrant.new", self._folder / _FILE)
        self._last = held

    def _prepare(self) -> None:
        """The collection, where it is not there, and the payload indexes, which filters and orders need."""
        if not self._client.collection_exists(self._name):
            size = models.VectorParams(size=self._last.dimension, distance=models.Distance.COSINE)
            self._client.create_collection(self._name, vectors_config=size)
        self._client.create_payload_index(self._name, "item", models.PayloadSchemaType.KEYWORD)
        for field in ("ordinal", "born", "died"):
            self._client.create_payload_index(self._name, field, models.PayloadSchemaType.INTEGER)

    def _tidy(self) -> None:
        """Undo what a run that was cut off has done, and delete what no reader can see."""
        _check(self._client, self._last)
        self._delete(_range("born", gt=self._last.state))
        self._mark(ALIVE, _range("died", gt=self._last.state, lt=ALIVE))
        self._delete(_range("died", lte=self._last.before))

    def _newest(self, field: str) -> int:
        """The largest state that any point names in this field."""
        order = models.OrderBy(key=field, direction=models.Direction.DESC)
        only = models.Filter(must=[_range(field, lt=ALIVE)])
        found, _ = self._client.scroll(self._name, only, limit=1, order_by=order, with_payload=[field])
        return max((int((point.payload or {})[field]) for point in found), default=0)

    def _mark(self, died: int, *which: models.FieldCondition) -> None:
        points = models.FilterSelector(filter=models.Filter(must=list(which)))
        _patiently(lambda: self._client.set_payload(self._name, {"died": died}, points, wait=True))

    def _delete(self, *which: models.FieldCondition) -> None:
        points = models.FilterSelector(filter=models.Filter(must=list(which)))
        _patiently(lambda: self._client.delete(self._name, points, wait=True))

    def _add(self, keys: Sequence[VectorKey], vectors: Vector, born: int) -> None:
        points = [
            models.PointStruct(
                id=str(uuid.uuid5(_NAMESPACE, f"{born}/{key.ordinal}/{key.item_id}")),
                vector=row,
                payload={"item": key.item_id, "ordinal": key.ordinal, "born": born, "died": ALIVE},
            )
            for key, row in zip(keys, vectors.tolist(), strict=True)
        ]
        _patiently(lambda: self._client.upsert(self._name, points, wait=True))


class QdrantIndex:
    """One published state. Opening raises ServerAwayError when the server does not have all of its points."""

    def __init__(self, client: QdrantClient, held: _Held) -> None:
        self._client = client
        self._held = held
        with _translated():
            _check(client, held)

    def search(self, vector: Vector, limit: int) -> list[VectorHit]:
        if limit <= 0:
            return []
        return self._near(vector, limit, exact=self._held.count <= EXACT_UP_TO)

    def _near(self, vector: Vector, limit: int, *which: models.FieldCondition, exact: bool) -> list[VectorHit]:
        with _translated():
            found = self._client.query_points(
                self._held.collection,
                query=vector.tolist(),
                query_filter=_visible(self._held.state, *which),
                search_params=models.SearchParams(exact=exact),
                limit=limit,
                with_payload=_KEY,
            ).points
            return [VectorHit(_key(point), float(point.score)) for point in found]

    def score_items(self, vector: Vector, ids: Sequence[str]) -> dict[str, ItemScore]:
        scores: dict[str, dict[int, float]] = {}
        for some in _batches(ids):
            limit = POINTS
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
        name, only, after = self._held.collection, _visible(self._held.state, *which), None
        while True:
            found, after = self._client.scroll(name, only, limit=BATCH, offset=after, with_payload=_KEY, with_vectors=True)
            if found:
                rows = np.asarray([point.vector for point in found], dtype=np.float32)
                yield [_key(point) for point in found], rows
            if after is None:
                return


def _check(client: QdrantClient, held: _Held) -> None:
    """Raise ServerAwayError unless the server has every point of a state: it may have lost some, or be another."""
    count = _count(client, held.collection, held.state) if client.collection_exists(held.collection) else 0
    if count != held.count:
        raise ServerAwayError(
            f"Máy chủ Qdrant giữ {count} véc-tơ của chỉ mục này, lẽ ra {held.count}. Hãy chạy `cachhay index --rebuild`."
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


def _patiently(call: Callable[[], object]) -> None:
    """Make a request, again where the trouble may pass."""
    for wait in WAITS:
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
    """Whatever the client raises, as ServerAwayError."""
    try:
        yield
    except (ApiException, QdrantException, ValueError, TypeError, LookupError, AttributeError, AssertionError) as error:
        raise ServerAwayError(_told(error)) from error


def _told(error: Exception) -> str:
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
