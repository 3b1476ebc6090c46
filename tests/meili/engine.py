"""Indexes with their documents, settings and facets, and the queue of tasks that changes them."""

from __future__ import annotations

import heapq
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from .errors import MeiliError, index_not_found
from .filters import Facet, FilterError, Node, evaluate
from .keys import now_text
from .schema import DEFAULT_SETTINGS, merge_settings
from .text import MAX_WORD_BYTES, Tokenizer, normalize_facet, truncate_facet

MAX_POSITIONS = 65_536
KINDS = (
    "documentAdditionOrUpdate", "documentEdition", "documentDeletion", "settingsUpdate", "indexCreation", "indexDeletion",
    "indexUpdate", "indexSwap", "taskCancelation", "taskDeletion", "dumpCreation", "snapshotCreation", "export",
    "upgradeDatabase", "indexCompaction", "networkTopologyChange",
)  # fmt: skip
STATUSES = ("enqueued", "processing", "succeeded", "failed", "canceled")
_ID = re.compile(r"[A-Za-z0-9_-]+\Z", re.ASCII)
_ID_RULE = (
    "A document identifier can be of type integer or string, only composed of alphanumeric characters (a-z A-Z 0-9), "
    "hyphens (-) and underscores (_), and can not be more than 511 bytes."
)


def document_id(value: Any) -> str:
    """A document's identifier as text, or the error about one that cannot be."""
    from .schema import compact

    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and _ID.match(value) and len(value.encode()) <= 511:
        return value
    raise MeiliError("invalid_document_id", f"Document identifier `{compact(value)}` is invalid. {_ID_RULE}")


def bits(mask: int) -> Iterator[int]:
    """The numbers in a bitmap, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def under(pattern: str, name: str) -> bool:
    """Whether a plain attribute takes in a field: itself, or something inside it."""
    return name == pattern or name.startswith(pattern + ".")


def pattern_takes(pattern: str, name: str) -> bool:
    """Whether an attribute pattern (a star at one or both ends) takes in a field."""
    if pattern == "*":
        return True
    if pattern.startswith("*") and pattern.endswith("*"):
        return pattern[1:-1] in name
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    if pattern.endswith("*"):
        return name.startswith(pattern[:-1])
    return name == pattern


def field_names(value: Any, prefix: str = "") -> Iterator[str]:
    """Every field of a document, nested ones with dots."""
    if isinstance(value, dict):
        for key, item in value.items():
            name = f"{prefix}{key}"
            yield name
            yield from field_names(item, name + ".")
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, dict | list):
                yield from field_names(item, prefix)


@dataclass
class Values:
    """What a document has at one field."""

    strings: dict[str, str] = field(default_factory=dict)
    numbers: set[float] = field(default_factory=set)
    null: bool = False
    empty: bool = False
    found: bool = False

    def take(self, value: Any, base: bool) -> None:
        """Add what stands at the field."""
        self.found = True
        if isinstance(value, bool):
            self.strings["true" if value else "false"] = "true" if value else "false"
        elif isinstance(value, int | float):
            self.numbers.add(float(value))
        elif isinstance(value, str) and value:
            self.strings[truncate_facet(normalize_facet(value))] = value
        elif value is None:
            self.null |= base
        elif isinstance(value, list) and value:
            for item in value:
                if not isinstance(item, dict):
                    self.take(item, False)
        elif not value:
            self.empty |= base


def values_at(document: dict[str, Any], path: str) -> Values:
    """The values of a document at a field."""
    out = Values()

    def walk(node: dict[str, Any], prefix: str, base: bool) -> None:
        for key, item in node.items():
            name = prefix + key
            if name == path:
                out.take(item, base)
            elif path.startswith(name + "."):
                if isinstance(item, dict):
                    walk(item, name + ".", base)
                elif isinstance(item, list):
                    for inner in item:
                        if isinstance(inner, dict):
                            walk(inner, name + ".", False)

    walk(document, "", True)
    return out


def select(value: dict[str, Any], selectors: Iterable[str]) -> dict[str, Any]:
    """The parts of a document that dotted names select."""
    chosen = list(selectors)
    whole = frozenset(chosen)

    def keep(node: Any, path: str) -> Any:
        if isinstance(node, dict):
            out = {}
            for key, item in node.items():
                name = f"{path}.{key}" if path else key
                if name in whole or any(under(s, name) for s in chosen):
                    out[key] = item
                elif isinstance(item, dict | list) and any(s.startswith(name + ".") for s in chosen):
                    inner = keep(item, name)
                    if inner:
                        out[key] = inner
            return out
        if isinstance(node, list):
            return [got for item in node if isinstance(item, dict | list) and (got := keep(item, path))]
        return node

    return dict(keep(value, ""))


class Index:
    """One index."""

    def __init__(self, uid: str, primary_key: str | None) -> None:
        self.uid, self.primary_key = uid, primary_key
        self.created_at = self.updated_at = now_text()
        self.settings: dict[str, Any] = dict(DEFAULT_SETTINGS)
        #: What `features` found under these settings.
        self._features: dict[str, tuple[int, bool, bool] | None] = {}
        self.docs: dict[int, dict[str, Any]] = {}
        self.ids: dict[str, int] = {}
        self.fields: dict[str, int] = {}
        self.vectors: dict[int, dict[str, list[list[float]]]] = {}
        self.all = 0
        self._free: list[int] = []
        self._next = 0
        self._facets: dict[str, Facet] = {}
        self.words: dict[str, int] = {}
        self.places: dict[int, dict[str, list[int]]] = {}
        self.lengths: dict[int, dict[int, int]] = {}
        self._untold: set[int] = set()
        self._vocabulary: list[str] | None = None
        self._tokenizer: Tokenizer | None = None
        if primary_key:
            self.know([primary_key])

    # --- what filters need

    def universe(self) -> int:
        """All documents as a bitmap."""
        return self.all

    def facet(self, name: str) -> Facet | None:
        """The values of a field that at least one document had, else None."""
        if name not in self.fields:
            return None
        found = self._facets.get(name)
        if found is None:
            found = self._facets[name] = Facet()
            for number, document in self.docs.items():
                got = values_at(document, name)
                if got.found:
                    found.put(1 << number, set(got.strings), got.numbers, got.null, got.empty)
        return found

    def features(self, name: str) -> tuple[int, bool, bool] | None:
        """The place of the first rule that matches a field, and the operators it allows."""
        if name not in self._features:
            self._features[name] = self._find_features(name)
        return self._features[name]

    def _find_features(self, name: str) -> tuple[int, bool, bool] | None:
        for place, rule in enumerate(self.settings["filterableAttributes"]):
            if isinstance(rule, str):
                if under(rule, name):
                    return place, True, True
            elif any(pattern_takes(p, name) for p in rule["attributePatterns"]):
                allowed = rule["features"]["filter"]
                return place, allowed["equality"], allowed["comparison"]
        return None

    def filterable_patterns(self) -> list[str]:
        """Patterns that allow filtering."""
        out: list[str] = []
        for rule in self.settings["filterableAttributes"]:
            if isinstance(rule, str):
                out.append(rule)
            elif any(rule["features"]["filter"].values()):
                out += rule["attributePatterns"]
        return out

    def filtered(self, node: Node | None, code: str, prefix: str = "") -> int:
        """The documents a filter selects."""
        if node is None:
            return self.all
        try:
            return evaluate(node, self)
        except FilterError as error:
            # A known oddity of the original: an operator that a rule forbids is always an error of searching.
            forbidden = str(error).startswith("Filter operator")
            raise MeiliError("invalid_search_filter" if forbidden else code, prefix + str(error)) from None

    def sortable(self, name: str) -> bool:
        """Whether a field may be sorted by."""
        return any(under(s, name) for s in self.settings["sortableAttributes"])

    def order(self, name: str, ascending: bool) -> Callable[[int], tuple[int, float]]:
        """A sort key for documents: numbers, then text, then those without a value."""
        facet = self.facet(name)
        ranks: dict[int, tuple[int, float]] = {}
        if facet is not None:
            tables: list[list[int]] = [
                [facet.numbers[n] for n in facet.ordered_numbers()],
                [facet.strings[t] for t in facet.ordered_strings()],
            ]
            for group, masks in enumerate(tables):
                for rank, mask in enumerate(masks if ascending else masks[::-1]):
                    for number in bits(mask):
                        ranks.setdefault(number, (group, rank))
        return lambda number: ranks.get(number, (2, 0))

    # --- documents

    def know(self, names: Iterable[str]) -> None:
        """Remember fields; none is ever forgotten."""
        for name in names:
            self.fields.setdefault(name, len(self.fields))

    def put(self, key: str, document: dict[str, Any]) -> None:
        """Add or replace a document; a replaced one keeps its place."""
        number = self.ids.get(key)
        if number is None:
            number = heapq.heappop(self._free) if self._free else self._next
            self._next = max(self._next, number + 1)
            self.ids[key] = number
        else:
            self._unfacet(number)
        bit = 1 << number
        self.docs[number] = document
        self.all |= bit
        self.know(field_names(document))
        for name, facet in self._facets.items():
            got = values_at(document, name)
            if got.found:
                facet.put(bit, set(got.strings), got.numbers, got.null, got.empty)
        self._unword(number)
        self._untold.add(number)

    def drop(self, key: str) -> bool:
        """Delete a document; whether there was one."""
        number = self.ids.pop(key, None)
        if number is None:
            return False
        self._unfacet(number)
        self._unword(number)
        self._untold.discard(number)
        del self.docs[number]
        self.vectors.pop(number, None)
        self.all &= ~(1 << number)
        heapq.heappush(self._free, number)
        return True

    def _unfacet(self, number: int) -> None:
        for name, facet in self._facets.items():
            got = values_at(self.docs[number], name)
            if got.found:
                facet.drop(1 << number, set(got.strings), got.numbers)

    def key_of(self, number: int) -> str:
        """The identifier of a document as text."""
        node: Any = self.docs[number]
        return str(_at(node, self.primary_key or ""))

    def clear(self) -> int:
        """Delete every document; their number."""
        gone = len(self.docs)
        self.docs, self.ids, self.vectors, self.all = {}, {}, {}, 0
        self._free, self._next, self._facets = [], 0, {}
        self.forget_words()
        self._untold = set()
        return gone

    def visible(self, number: int, vectors: bool) -> dict[str, Any]:
        """A document as answers show it."""
        document = {k: v for k, v in self.docs[number].items() if k != "_vectors"}
        if vectors:
            raw = self.docs[number].get("_vectors")
            shown = dict(raw) if isinstance(raw, dict) else {}
            for name, embeddings in self.vectors.get(number, {}).items():
                shown[name] = {"embeddings": embeddings, "regenerate": False}
            document["_vectors"] = {k: v for k, v in shown.items() if v is not None}
        return document

    # --- words

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that the settings ask for."""
        if self._tokenizer is None:
            s = self.settings
            self._tokenizer = Tokenizer(s["separatorTokens"], s["nonSeparatorTokens"], s["dictionary"], s["stopWords"])
        return self._tokenizer

    def forget_words(self) -> None:
        """Have every document's words read again."""
        self.words, self.places, self.lengths = {}, {}, {}
        self._untold = set(self.docs)
        self._vocabulary = self._tokenizer = None

    def _unword(self, number: int) -> None:
        for word in self.places.pop(number, {}):
            left = self.words[word] & ~(1 << number)
            if left:
                self.words[word] = left
            else:
                del self.words[word]
                self._vocabulary = None
        self.lengths.pop(number, None)

    def searchable(self, name: str) -> int | None:
        """The weight of a field in searches: its place among the searchable ones; None where it is not one."""
        wanted = self.settings["searchableAttributes"]
        if wanted == ["*"]:
            return 0
        return next((i for i, w in enumerate(wanted) if under(w, name)), None)

    def vocabulary(self) -> list[str]:
        """All words, ordered."""
        self.read_words()
        if self._vocabulary is None:
            self._vocabulary = sorted(self.words)
        return self._vocabulary

    def read_words(self) -> None:
        """Read the words of documents that have not been read yet."""
        while self._untold:
            number = self._untold.pop()
            places: dict[str, list[int]] = {}
            ends: dict[str, int] = {}
            counts: dict[int, int] = {}
            for name, text in _texts(self.docs[number], ""):
                if name.split(".")[0] == "_vectors" or self.searchable(name) is None:
                    continue
                start = ends[name] + 8 if name in ends else 0
                ends[name] = start
                if start >= MAX_POSITIONS:
                    continue
                fid = self.fields[name]
                for at, token in self.tokenizer.positions(text, start):
                    if at >= MAX_POSITIONS:
                        break
                    if len(token.lemma.encode()) > MAX_WORD_BYTES:
                        continue
                    if token.kind == "word":
                        places.setdefault(token.lemma, []).append(fid << 17 | at)
                        counts[fid] = counts.get(fid, 0) + 1
                    ends[name] = at
            self.places[number], self.lengths[number] = places, counts
            for word in places:
                if word not in self.words:
                    self._vocabulary = None
                self.words[word] = self.words.get(word, 0) | 1 << number

    # --- settings

    def change(self, change: dict[str, Any]) -> None:
        """Apply a settings change."""
        new = merge_settings(self.settings, change)
        typo = new["typoTolerance"]["minWordSizeForTypos"]
        if typo["oneTypo"] > typo["twoTypos"]:
            raise MeiliError(
                "invalid_settings_typo_tolerance",
                f"Index `{self.uid}`: `minWordSizeForTypos` setting is invalid. `oneTypo` and `twoTypos` fields should be between "
                "`0` and `255`, and `twoTypos` should be greater or equals to `oneTypo` but found "
                f"`oneTypo: {typo['oneTypo']}` and twoTypos: {typo['twoTypos']}`.",
            )
        if new["embedders"] != self.settings["embedders"]:
            for number, document in self.docs.items():
                self.vectors[number] = embeddings(self.uid, new["embedders"], self.key_of(number), document)
        self.settings = new
        self._features.clear()
        for name in ("searchableAttributes", "displayedAttributes"):
            self.know(n for n in new[name] if n != "*")
        words = {"searchableAttributes", "stopWords", "nonSeparatorTokens", "separatorTokens", "dictionary"}
        if words & set(change):
            self.forget_words()

    def view(self) -> dict[str, Any]:
        """The index as answers show it."""
        return {
            "uid": self.uid,
            "createdAt": self.created_at,
            "updatedAt": self.updated_at,
            "primaryKey": self.primary_key,
        }

    def stats(self, indexing: bool) -> dict[str, Any]:
        """The index's statistics."""
        counts: dict[str, int] = {}
        for document in self.docs.values():
            for name in document:
                counts[name] = counts.get(name, 0) + 1
        vectors = [v for v in self.vectors.values() if v]
        return {
            "numberOfDocuments": len(self.docs),
            "rawDocumentDbSize": 4096,
            "avgDocumentSize": 0,
            "isIndexing": indexing,
            "numberOfEmbeddings": sum(len(e) for v in vectors for e in v.values()),
            "numberOfEmbeddedDocuments": len(vectors),
            "fieldDistribution": dict(sorted(counts.items())),
        }


def _texts(value: Any, prefix: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, prefix)
    elif isinstance(value, bool):
        yield prefix, "true" if value else "false"
    elif isinstance(value, int | float):
        yield prefix, str(value)
    elif isinstance(value, str):
        yield prefix, value


def _at(document: Any, path: str) -> Any:
    if isinstance(document, dict):
        if path in document:
            return document[path]
        head, _, tail = path.partition(".")
        if tail and head in document:
            return _at(document[head], tail)
    return None


def embeddings(
    uid: str, embedders: dict[str, Any], key: str, document: dict[str, Any], rest: int = 0
) -> dict[str, list[list[float]]]:
    """The vectors that a document brings for the user-provided embedders, or the error that fails its task."""
    start = f"Index `{uid}`: "
    given = document.get("_vectors", {})
    if given is None:
        given = {}
    if not isinstance(given, dict):
        from .schema import compact

        raise MeiliError(
            "invalid_vectors_type",
            f"{start}The `_vectors` field in the document with id: `{key}` is not an object. Was expecting an object with a key "
            f"for each embedder with manually provided vectors, but instead got `{compact(given)}`",
        )
    out: dict[str, list[list[float]]] = {}
    for name, config in embedders.items():
        if config.get("source") != "userProvided":
            continue
        value = given.get(name, ...)
        if isinstance(value, dict):
            value = value.get("embeddings", ...)
        if value is None:
            continue
        if value is ...:
            more = f" and at least {rest} other document(s)" if rest else ""
            raise MeiliError(
                "vector_embedding_error",
                f"{start}While embedding documents for embedder `{name}`: no vectors provided for document `{key}`{more}\n"
                f"- Note: `{name}` has `source: userProvided`, so documents must provide embeddings as an array in "
                f"`_vectors.{name}`.\n- Hint: opt-out for a document with `_vectors.{name}: null`",
            )
        many = value if value and isinstance(value[0], list) else [value] if value else []
        for place, vector in enumerate(many):
            if not all(isinstance(x, int | float) and not isinstance(x, bool) for x in vector):
                raise MeiliError(
                    "invalid_vectors_type",
                    f"{start}Bad embedder configuration in the document with id: `{key}`. Invalid value type at "
                    f"`._vectors.{name}`: expected a number",
                )
            if len(vector) != config["dimensions"]:
                raise MeiliError(
                    "invalid_vector_dimensions",
                    f"{start}Invalid vector dimensions in document with id `{key}` in `._vectors.{name}`.\n"
                    f"  - note: embedding #{place} has dimensions {len(vector)}\n"
                    f"  - note: embedder `{name}` requires {config['dimensions']}",
                )
        out[name] = [[float(x) for x in v] for v in many]
    return out


@dataclass(eq=False)
class Task:
    """One entry of the queue."""

    uid: int
    kind: str
    index_uid: str | None
    run: Callable[[Task], None] = field(repr=False)
    details: dict[str, Any] = field(default_factory=dict)
    done: dict[str, Any] = field(default_factory=dict)
    touched: tuple[str, ...] = ()
    status: str = "enqueued"
    error: dict[str, Any] | None = None
    canceled_by: int | None = None
    batch_uid: int | None = None
    enqueued: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: datetime | None = None
    finished: datetime | None = None
    metadata: str | None = None

    def summary(self) -> dict[str, Any]:
        """The short form that answers a write."""
        out = {
            "taskUid": self.uid,
            "indexUid": self.index_uid,
            "status": "enqueued",
            "type": self.kind,
            "enqueuedAt": _stamp(self.enqueued),
        }
        return out if self.metadata is None else {**out, "customMetadata": self.metadata}

    def view(self) -> dict[str, Any]:
        """The full form."""
        took = self.finished - self.started if self.finished and self.started else None
        out: dict[str, Any] = {
            "uid": self.uid,
            "batchUid": self.batch_uid,
            "indexUid": self.index_uid,
            "status": self.status,
            "type": self.kind,
            "canceledBy": self.canceled_by,
            "details": self.details,
            "error": self.error,
            "duration": None if took is None else f"PT{took.total_seconds():.6f}S",
            "enqueuedAt": _stamp(self.enqueued),
            "startedAt": _stamp(self.started),
            "finishedAt": _stamp(self.finished),
        }
        if not self.details:
            del out["details"]
        return out if self.metadata is None else {**out, "customMetadata": self.metadata}


def _stamp(at: datetime | None) -> Any:
    return None if at is None else at.isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass
class _Failure:
    pattern: re.Pattern[str]
    code: str
    message: str
    left: int


class Engine:
    """All indexes and the queue; one worker thread applies the tasks in order."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.wake = threading.Condition(self.lock)
        self.indexes: dict[str, Index] = {}
        self.tasks: list[Task] = []
        self.delay = 0.0
        self.features: dict[str, bool] = {}
        self._failures: list[_Failure] = []
        self._held = False
        self._held_at_work = False
        self._allowed = 0
        self._batches = self._numbers = 0
        self._running = False
        self._thread: threading.Thread | None = None

    # --- the queue

    def start(self) -> None:
        """Let tasks be processed."""
        with self.lock:
            self._running = True
            self._thread = threading.Thread(target=self._work, name="meili-double-tasks", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Process no more tasks; those waiting stay."""
        with self.lock:
            self._running = False
            self.wake.notify_all()
        if self._thread is not None:
            self._thread.join(5)

    def hold(self, at_work: bool) -> None:
        """Keep tasks waiting; with `at_work` the first of them shows as being processed."""
        with self.lock:
            self._held, self._held_at_work, self._allowed = True, at_work, 0

    def release(self, number: int | None) -> None:
        """Let the tasks go on: all of them, or the next few."""
        with self.lock:
            if number is None:
                self._held, self._held_at_work = False, False
            else:
                self._allowed += number
            self.wake.notify_all()

    def fail(self, pattern: str, code: str, message: str, times: int) -> None:
        """Have the next tasks of a type fail."""
        with self.lock:
            self._failures.append(_Failure(re.compile(pattern), code, message, times))

    def wipe(self) -> None:
        """Lose every index and task."""
        with self.lock:
            self.indexes, self.tasks = {}, []
            self._batches = self._numbers = 0
            self.wake.notify_all()

    def enqueue(
        self,
        kind: str,
        index_uid: str | None,
        run: Callable[[Task], None],
        details: dict[str, Any],
        touched: Iterable[str] = (),
        metadata: str | None = None,
    ) -> Task:
        """Register a task."""
        with self.lock:
            task = Task(self._numbers, kind, index_uid, run, details, touched=tuple(touched), metadata=metadata)
            self._numbers += 1
            if not task.touched and index_uid:
                task.touched = (index_uid,)
            self.tasks.append(task)
            self.wake.notify_all()
            return task

    def forget(self, gone: list[Task]) -> None:
        """Drop finished tasks from the list."""
        self.tasks = [t for t in self.tasks if t not in gone]

    def idle(self, timeout: float) -> bool:
        """Wait until nothing is left to do."""
        end = time.monotonic() + timeout
        with self.lock:
            while any(t.status in {"enqueued", "processing"} for t in self.tasks):
                left = end - time.monotonic()
                if left <= 0:
                    return False
                self.wake.wait(min(left, 0.2))
        return True

    def _next(self) -> Task | None:
        waiting = [t for t in self.tasks if t.status == "enqueued"]
        urgent = [t for t in waiting if t.kind in {"taskCancelation", "taskDeletion"}]
        return next(iter(urgent or waiting), None)

    def _work(self) -> None:
        while True:
            with self.lock:
                task = self._next()
                while self._running and (task is None or not self._may(task)):
                    if task is not None and self._held_at_work and not self._urgent(task) and task.status == "enqueued":
                        break
                    self.wake.wait()
                    task = self._next()
                if not self._running or task is None:
                    return
                task.status, task.started = "processing", datetime.now(UTC)
                task.batch_uid = self._batches
                self._batches += 1
                if not self._urgent(task):
                    if not self._wait_at_work(task):
                        continue
                    if self._held:
                        self._allowed -= 1
                self._sleep()
                if task not in self.tasks or task.status != "processing":
                    continue
                self._process(task)
                self.wake.notify_all()

    def _urgent(self, task: Task) -> bool:
        return task.kind in {"taskCancelation", "taskDeletion"}

    def _may(self, task: Task) -> bool:
        return self._urgent(task) or not self._held or self._allowed > 0

    def _wait_at_work(self, task: Task) -> bool:
        while self._running and self._held and self._allowed <= 0:
            self.wake.wait()
            other = self._next()
            if other is not None and self._urgent(other):
                other.status, other.started = "processing", datetime.now(UTC)
                other.batch_uid = self._batches
                self._batches += 1
                self._process(other)
                self.wake.notify_all()
            if task not in self.tasks or task.status != "processing":
                return False
        if not self._running:
            task.status, task.started, task.batch_uid = "enqueued", None, None
            return False
        return True

    def _sleep(self) -> None:
        begun = time.monotonic()
        while self._running and (left := begun + self.delay - time.monotonic()) > 0:
            self.wake.wait(left)

    def _process(self, task: Task) -> None:
        try:
            for failure in self._failures:
                if failure.left > 0 and failure.pattern.fullmatch(task.kind):
                    failure.left -= 1
                    raise MeiliError(failure.code, failure.message)
            task.run(task)
            task.status = "succeeded"
        except MeiliError as error:
            task.status, task.error = "failed", error.body()
            for name in ("indexedDocuments", "deletedDocuments"):
                if name in task.details:
                    task.details[name] = 0
        task.finished = datetime.now(UTC)

    # --- what tasks do

    def index(self, uid: str) -> Index:
        """An index that must exist."""
        found = self.indexes.get(uid)
        if found is None:
            raise index_not_found(uid)
        return found

    def ensure(self, uid: str, allowed: bool) -> Index:
        """An index, made if need be."""
        if uid not in self.indexes:
            if not allowed:
                raise index_not_found(uid)
            self.indexes[uid] = Index(uid, None)
        return self.indexes[uid]

    def touch(self, index: Index) -> None:
        """Note that an index has changed."""
        index.updated_at = now_text()

    def create(self, uid: str, primary_key: str | None) -> None:
        """Make an index."""
        if uid in self.indexes:
            raise MeiliError("index_already_exists", f"Index `{uid}` already exists.")
        self.indexes[uid] = Index(uid, primary_key)

    def update(self, uid: str, primary_key: str | None, new_uid: str | None) -> None:
        """Give an index a primary key, or another name."""
        index = self.index(uid)
        if new_uid and new_uid != uid and new_uid in self.indexes:
            raise MeiliError("index_already_exists", f"Index `{new_uid}` already exists.")
        if primary_key is not None:
            if index.docs and primary_key != index.primary_key:
                message = f"Index `{uid}`: Index already has a primary key: `{index.primary_key}`."
                raise MeiliError("index_primary_key_already_exists", message)
            index.primary_key = primary_key
            index.know([primary_key])
        if new_uid and new_uid != uid:
            self._rename(uid, new_uid)
        self.touch(index)

    def _rename(self, old: str, new: str) -> None:
        index = self.indexes.pop(old)
        index.uid = new
        self.indexes[new] = index

    def swap(self, task: Task, swaps: list[dict[str, Any]]) -> None:
        """Exchange (or rename) indexes, all or none; finished tasks follow their index."""
        missing = []
        for swap in swaps:
            first, second = swap["indexes"]
            wanted = [first] if swap["rename"] else [first, second]
            missing += [uid for uid in wanted if uid not in self.indexes]
            if swap["rename"] and second in self.indexes:
                raise MeiliError(
                    "index_already_exists", f"Cannot rename `{first}` to `{second}` as the index already exists."
                )
        if missing:
            shown = ", ".join(f"`{m}`" for m in missing)
            raise MeiliError("index_not_found", f"Index{'es' if len(missing) > 1 else ''} {shown} not found.")
        for swap in swaps:
            first, second = swap["indexes"]
            if swap["rename"]:
                self._rename(first, second)
            else:
                a, b = self.indexes.pop(first), self.indexes.pop(second)
                a.uid, b.uid = second, first
                self.indexes[second], self.indexes[first] = a, b
            for other in self.tasks:
                if other.uid >= task.uid or other.status in {"enqueued", "processing"}:
                    continue
                if other.index_uid == first:
                    other.index_uid = second
                elif other.index_uid == second:
                    other.index_uid = first
                names = {first: second, second: first}
                other.touched = tuple(names.get(t, t) for t in other.touched)

    def add(
        self, task: Task, documents: list[dict[str, Any]], primary_key: str | None, partial: bool, may_create: bool
    ) -> None:
        """Add documents, all or none."""
        uid = task.index_uid or ""
        index = self.ensure(uid, may_create)
        start = f"Index `{uid}`: "
        known = index.primary_key
        if known and primary_key and primary_key != known:
            raise MeiliError("index_primary_key_already_exists", f"{start}Index already has a primary key: `{known}`.")
        key = known or primary_key
        if key is None and documents:
            key = _guess_key(documents[0], start)
        keyed: list[tuple[str, dict[str, Any]]] = []
        for document in documents:
            value = _at(document, key or "")
            if value is None and not (key and key in document):
                from .schema import compact

                raise MeiliError(
                    "missing_document_id", f"{start}Document doesn't have a `{key}` attribute: `{compact(document)}`."
                )
            try:
                keyed.append((document_id(value), document))
            except MeiliError as error:
                raise error.prefixed(start) from None
        latest: dict[str, dict[str, Any]] = {}
        for name, document in keyed:
            old = latest.get(name)
            if old is None and partial and name in index.ids:
                old = index.docs[index.ids[name]]
            latest[name] = {**old, **document} if partial and old is not None else document
        embedders = index.settings["embedders"]
        vectors = {}
        for place, (name, document) in enumerate(latest.items()):
            vectors[name] = embeddings(uid, embedders, name, document, min(len(latest) - place - 1, 4))
        if documents:
            index.primary_key = key
            if key:
                index.know([key])
        for name, document in latest.items():
            index.put(name, document)
            index.vectors[index.ids[name]] = vectors[name]
        task.details["indexedDocuments"] = len(documents)
        self.touch(index)

    def delete(self, task: Task, keys: list[str]) -> None:
        """Delete documents by their identifiers."""
        index = self.index(task.index_uid or "")
        task.details["deletedDocuments"] = sum(index.drop(k) for k in keys)
        self.touch(index)

    def delete_filtered(self, task: Task, node: Node | None) -> None:
        """Delete the documents a filter selects."""
        index = self.index(task.index_uid or "")
        found = index.filtered(node, "invalid_document_filter", f"Index `{index.uid}`: ")
        gone = [k for k, n in index.ids.items() if found >> n & 1]
        task.details["deletedDocuments"] = sum(index.drop(k) for k in gone)
        self.touch(index)

    def clear(self, task: Task) -> None:
        """Delete every document of an index."""
        index = self.index(task.index_uid or "")
        task.details["deletedDocuments"] = index.clear()
        self.touch(index)

    def remove(self, task: Task) -> None:
        """Delete an index."""
        index = self.index(task.index_uid or "")
        task.details["deletedDocuments"] = len(index.docs)
        del self.indexes[index.uid]

    def set(self, task: Task, change: dict[str, Any], may_create: bool) -> None:
        """Change an index's settings."""
        index = self.ensure(task.index_uid or "", may_create)
        index.change(change)
        self.touch(index)

    def cancel(self, task: Task, matched: list[Task]) -> None:
        """Cancel those of the matched tasks that are not finished."""
        gone = [t for t in matched if t.status in {"enqueued", "processing"}]
        for other in gone:
            other.status, other.canceled_by = "canceled", task.uid
            other.finished = datetime.now(UTC)
            for name in ("indexedDocuments", "deletedDocuments"):
                if name in other.details:
                    other.details[name] = 0
        task.details["canceledTasks"] = len(gone)

    def busy(self, uid: str) -> bool:
        """Whether a task of an index is being processed."""
        return any(t.status == "processing" and uid in t.touched for t in self.tasks)


def _guess_key(document: dict[str, Any], start: str) -> str:
    names = sorted(n for n in document if n.lower().endswith("id"))
    if not names:
        raise MeiliError(
            "index_primary_key_no_candidate_found",
            f"{start}The primary key inference failed as the engine did not find any field ending with `id` in its name. Please "
            "specify the primary key manually using the `primaryKey` query parameter.",
        )
    if len(names) > 1:
        raise MeiliError(
            "index_primary_key_multiple_candidates_found",
            f"{start}The primary key inference failed as the engine found {len(names)} fields ending with `id` in their names: "
            f"'{names[0]}' and '{names[1]}'. Please specify the primary key manually using the `primaryKey` query parameter.",
        )
    return names[0]


def parse_date(text: str, code: str, name: str) -> datetime:
    """A date of a task filter."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        message = (
            f"Invalid value in parameter `{name}`: `{text}` is an invalid date-time. It should follow the YYYY-MM-DD or "
            "RFC 3339 date-time format."
        )
        raise MeiliError(code, message) from None
    if len(text) == 10 and name.startswith("after"):
        at += timedelta(days=1)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
