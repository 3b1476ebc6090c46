"""What the vector contract does not see of Qdrant: states beside each other, runs that are cut off, and a server in trouble."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("qdrant_client", reason="no qdrant-client: vectors on Qdrant are not tested")

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from indexer import index_corpus
from indexer.addresses import own_address
from kb.engines import qdrant
from kb.engines.open import memory_engines
from kb.engines.qdrant import ALIVE, QdrantVectors
from kb.errors import EngineError, IndexMissingError, ServerAwayError
from kb.library.library import Library
from kb.library.store import Store
from kb.ports import EngineSet, ItemScore, Vector, VectorIndex, VectorKey
from tests.kb.engines.test_vector_contract import cloud
from tests.kb.records import HashEmbedder, write

D = 16


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Payload indexes have no effect|Local mode performs exact")
        client = QdrantClient(":memory:")
        yield client
        client.close()


@pytest.fixture
def vectors(client: QdrantClient) -> QdrantVectors:
    return QdrantVectors(client=client)


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qdrant, "RETRY_WAITS", (0.0, 0.0))


def add(on: QdrantVectors, folder: Path, ids: str, *, seed: int = 0, removed: str = "") -> None:
    """Build items of one letter each, with one passage."""
    keys = [VectorKey(item_id, ordinal) for item_id in ids for ordinal in (0, 1)]
    on.build(folder, D).apply(set(removed), keys, cloud(max(1, len(keys)), D, seed)[: len(keys)])


def fresh(on: QdrantVectors, folder: Path, ids: str, seed: int = 0) -> Path:
    folder.mkdir()
    add(on, folder, ids, seed=seed)
    return folder


def after(on: QdrantVectors, last: Path, name: str, ids: str = "", *, seed: int = 0, removed: str = "") -> Path:
    """The next generation, as `kb.library.library` makes one: a clone of hard links, then the change."""
    folder = last.with_name(name)
    shutil.copytree(last, folder, copy_function=os.link)
    add(on, folder, ids, seed=seed, removed=removed)
    return folder


def seen(index: VectorIndex) -> str:
    return "".join(sorted({hit.key.item_id for hit in index.search(cloud(1, D)[0], 1000)}))


class Close:
    """Equal to scores that differ by no more than rounding."""

    def __init__(self, scores: dict[str, ItemScore]) -> None:
        self._scores = scores

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, dict) or set(other) != set(self._scores):
            return False
        return all(
            abs(score.whole - other[i].whole) < 1e-5
            and abs(score.passage - other[i].passage) < 1e-5
            and score.ordinal == other[i].ordinal
            for i, score in self._scores.items()
        )


def close(scores: dict[str, ItemScore]) -> Close:
    return Close(scores)


def points(client: QdrantClient) -> list[dict[str, Any]]:
    found, _ = client.scroll(f"cachhay-vectors-{D}", limit=10_000, with_payload=True)
    return sorted((dict(point.payload or {}) for point in found), key=lambda p: (p["item"], p["ordinal"], p["born"]))


def held(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "qdrant.json").read_text("utf-8")))


class CutOff(Exception):
    """The process ended here."""


@contextmanager
def cut_off(client: QdrantClient, call: str, after: int) -> Iterator[None]:
    """End the run at the call of this name that follows so many others, before or (by a negative number) after its work."""
    real = getattr(client, call)
    made = 0

    def ending(*args: Any, **more: Any) -> Any:
        nonlocal made
        made += 1
        if made > abs(after) and after >= 0:
            raise CutOff
        answer = real(*args, **more)
        if after < 0 and made >= -after:
            raise CutOff
        return answer

    setattr(client, call, ending)
    try:
        with pytest.raises(CutOff):
            yield
    finally:
        setattr(client, call, real)


def test_a_state_stays_readable_while_the_next_one_is_built(
    client: QdrantClient, vectors: QdrantVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = fresh(vectors, tmp_path / "1", "abc")
    old = vectors.open(one)
    want = old.score_items(cloud(1, D, 9)[0], list("abc"))
    looks: list[tuple[str, dict[str, ItemScore]]] = []
    for call in ("upsert", "set_payload", "delete"):
        real = getattr(client, call)

        def looking(*args: Any, real: Any = real, **more: Any) -> Any:
            answer = real(*args, **more)
            looks.append((seen(old), old.score_items(cloud(1, D, 9)[0], list("abcd"))))
            return answer

        monkeypatch.setattr(client, call, looking)
    two = after(vectors, one, "2", "bd", seed=5, removed="ab")
    assert len(looks) >= 3 and all(ids == "abc" and scores == close(want) for ids, scores in looks)
    new = vectors.open(two)
    assert (seen(old), seen(new)) == ("abc", "bcd")
    assert new.score_items(cloud(1, D, 9)[0], ["c"]) == close({"c": want["c"]})
    assert new.score_items(cloud(1, D, 9)[0], ["b"]) != close({"b": want["b"]})
    assert old.item_vector("a") is not None and new.item_vector("a") is None
    assert seen(vectors.open(one)) == "abc"


CLONED = [("delete", 0), ("delete", 1), ("set_payload", 0), ("set_payload", -1), ("set_payload", -2), ("upsert", 0), ("upsert", -1), ("count", -2)]  # fmt: skip
FRESH = [("create_payload_index", 1), ("set_payload", 0), ("set_payload", -1), ("upsert", 0), ("upsert", -1), ("count", -1)]


@pytest.mark.parametrize(("anew", "call", "at"), [(False, *cut) for cut in CLONED] + [(True, *cut) for cut in FRESH])
def test_a_run_that_is_cut_off_leaves_no_trace(
    anew: bool, call: str, at: int, client: QdrantClient, vectors: QdrantVectors, tmp_path: Path
) -> None:
    one = fresh(vectors, tmp_path / "1", "abc")
    two = after(vectors, one, "2", "d", removed="a")
    before = points(client)
    with cut_off(client, call, at):
        if anew:
            fresh(vectors, tmp_path / "x", "abxy", seed=3)
        else:
            after(vectors, two, "x", "bx", seed=3, removed="bcd")
    assert (seen(vectors.open(one)), seen(vectors.open(two))) == ("abc", "bcd")
    three = after(vectors, two, "3")
    assert points(client) == before
    assert seen(vectors.open(three)) == "bcd"


def test_a_run_that_was_built_and_never_published_leaves_no_trace(
    client: QdrantClient, vectors: QdrantVectors, tmp_path: Path
) -> None:
    one = fresh(vectors, tmp_path / "1", "abc")
    before = points(client)
    for n in range(2):
        shutil.rmtree(after(vectors, one, f"clone{n}", "x", removed="a"))
        shutil.rmtree(fresh(vectors, tmp_path / f"fresh{n}", "xyz", seed=n))
    assert seen(vectors.open(one)) == "abc"
    two = after(vectors, one, "2")
    assert points(client) == before and seen(vectors.open(two)) == "abc"


def test_points_go_when_no_reader_can_begin_on_them(client: QdrantClient, vectors: QdrantVectors, tmp_path: Path) -> None:
    last = fresh(vectors, tmp_path / "1", "a", seed=1)
    before = vectors.open(last)
    for n in range(2, 7):
        folder = after(vectors, last, str(n), "a", seed=n, removed="a")
        # The one published before this, and the one that was published when this was built.
        assert (seen(before), seen(vectors.open(last)), seen(vectors.open(folder))) == ("a", "a", "a")
        last, before = folder, vectors.open(last)
        assert len(points(client)) <= 3 * 2
    assert held(last)["before"] == held(tmp_path / "5")["state"]
    with pytest.raises(ServerAwayError, match="giữ 0 véc-tơ của chỉ mục này, lẽ ra 2"):
        vectors.open(tmp_path / "1")


def test_a_fresh_build_leaves_the_old_points_to_their_readers(
    client: QdrantClient, vectors: QdrantVectors, tmp_path: Path
) -> None:
    one = fresh(vectors, tmp_path / "1", "abc")
    two = after(vectors, one, "2", "d", removed="a")
    old = vectors.open(two)
    three = fresh(vectors, tmp_path / "3", "ae", seed=4)
    assert (seen(old), seen(vectors.open(two)), seen(vectors.open(three))) == ("bcd", "bcd", "ae")
    four = after(vectors, three, "4", "f")
    assert (seen(vectors.open(two)), seen(vectors.open(three)), seen(vectors.open(four))) == ("bcd", "ae", "aef")
    five = after(vectors, four, "5")
    assert seen(vectors.open(five)) == "aef"
    assert {point["item"] for point in points(client)} == set("aef")


def test_a_clock_that_goes_back_changes_nothing(
    vectors: QdrantVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = fresh(vectors, tmp_path / "1", "ab")
    monkeypatch.setattr(time, "time_ns", lambda: 5_000)
    two = after(vectors, one, "2", "c", removed="a")
    three = fresh(vectors, tmp_path / "3", "xyz")
    states = [held(folder)["state"] for folder in (one, two, three)]
    assert states == [states[0], states[0] + 1, states[0] + 2] and float(states[2]) < ALIVE == float(ALIVE)
    assert [seen(vectors.open(folder)) for folder in (one, two, three)] == ["ab", "bc", "xyz"]


def test_hard_links_stay_as_they_are(vectors: QdrantVectors, tmp_path: Path) -> None:
    one = fresh(vectors, tmp_path / "1", "abc")
    before = {path.name: path.read_bytes() for path in one.iterdir()}
    two = after(vectors, one, "2", "d", removed="a")
    assert {path.name: path.read_bytes() for path in one.iterdir()} == before
    assert sorted(path.name for path in two.iterdir()) == ["qdrant.json"]
    assert (one / "qdrant.json").stat().st_nlink == 1


def test_more_than_a_batch(vectors: QdrantVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qdrant, "BATCH", 3)
    one = fresh(vectors, tmp_path / "1", "abcdefgh")
    rows = cloud(16, D)
    query = cloud(1, D, 9)[0]
    scores = vectors.open(one).score_items(query, list("abcdefghx"))
    want = {
        letter: ItemScore(float(rows[2 * n] @ query), float(rows[2 * n + 1] @ query), 1)
        for n, letter in enumerate("abcdefgh")
    }
    assert scores == close(want)
    two = after(vectors, one, "2", removed="abcdefg")
    assert seen(vectors.open(two)) == "h"


def test_an_item_without_passages_or_without_a_whole(vectors: QdrantVectors, tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    rows = cloud(2, D)
    vectors.build(tmp_path / "v", D).apply((), [VectorKey("a", 0), VectorKey("b", 1)], rows)
    scores = vectors.open(tmp_path / "v").score_items(rows[0], ["a", "b", "a"])
    cosine = float(rows[0] @ rows[1])
    assert scores == close({"a": ItemScore(1, 1, 0), "b": ItemScore(cosine, cosine, 1)})
    assert vectors.open(tmp_path / "v").search(rows[0], 0) == []


def test_a_server_that_lost_points_is_not_read_nor_built_upon(
    client: QdrantClient, vectors: QdrantVectors, tmp_path: Path
) -> None:
    one = fresh(vectors, tmp_path / "1", "abc")
    name = held(one)["collection"]
    client.delete(name, models.FilterSelector(filter=models.Filter(must=[qdrant._is("item", ["b"])])))
    for told in ("giữ 4 véc-tơ của chỉ mục này, lẽ ra 6", "giữ 0 véc-tơ của chỉ mục này, lẽ ra 6"):
        with pytest.raises(ServerAwayError, match=told):
            vectors.open(one)
        with pytest.raises(ServerAwayError, match=told):
            add(vectors, one, "d")
        client.delete_collection(name)


def test_a_folder_that_is_not_ours(vectors: QdrantVectors, tmp_path: Path) -> None:
    with pytest.raises(IndexMissingError):
        vectors.open(tmp_path)
    for text in ("", "[]", '{"state": 1}'):
        (tmp_path / "qdrant.json").write_text(text)
        with pytest.raises(EngineError, match="Không mở được"):
            vectors.open(tmp_path)


def test_a_passing_trouble_is_waited_for(
    client: QdrantClient, vectors: QdrantVectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, troubles = client.upsert, [ResponseHandlingException(OSError()), UnexpectedResponse(503, "", b"", None)]  # type: ignore[arg-type]

    def troubled(*args: Any, **more: Any) -> Any:
        answer = real(*args, **more)  # the answer was lost, the work done
        if troubles:
            raise troubles.pop()
        return answer

    monkeypatch.setattr(client, "upsert", troubled)
    one = fresh(vectors, tmp_path / "1", "ab")
    assert not troubles and len(points(client)) == 4 and seen(vectors.open(one)) == "ab"
    refused = [UnexpectedResponse(400, "", b"", None)]  # type: ignore[arg-type]
    troubles.extend(refused)
    with pytest.raises(ServerAwayError, match="trả lời lỗi 400"):
        after(vectors, one, "2", "c")


# A server in trouble

_ANSWERS: dict[str, tuple[int, dict[str, str], bytes, str]] = {
    "refused": (401, {}, b"Must provide an API key", "từ chối khóa"),
    "forbidden": (403, {}, b"{}", "từ chối khóa"),
    "broken": (500, {}, b"secret-host", "trả lời lỗi 500"),
    "busy": (429, {"Retry-After": "1"}, b"{}", "quá tải"),
    "busy, no time": (429, {}, b"{}", "quá tải"),
    "no json": (200, {}, b"<html>", "không đúng dạng"),
    "other json": (200, {}, b'{"hits": []}', "không đúng dạng"),
    "no result": (200, {}, b'{"result": null, "status": "ok", "time": 0}', "không đúng dạng"),
}


@contextmanager
def server(status: int, headers: dict[str, str], body: bytes, seconds: float = 0.0) -> Iterator[str]:
    """A server with one answer to everything."""
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            stop.wait(seconds)
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(OSError):  # nobody waits any more
                self.wfile.write(body)

        do_GET = do_POST = do_PUT = answer

        def log_message(self, *args: object) -> None: ...

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}"
    finally:
        stop.set()
        httpd.shutdown()
        thread.join()
        httpd.server_close()


def fails(url: str, folder: Path, told: str) -> None:
    """Opening, every question to an index that was open, and building fail in our words, without an address."""
    away = QdrantVectors(url=url, seconds=1, write_seconds=1)
    index = qdrant.QdrantIndex.__new__(qdrant.QdrantIndex)
    index._client, index._state = away._connect(1), qdrant._read(folder)
    query: Vector = np.ones(D, dtype=np.float32)
    (folder.parent / "new").mkdir(exist_ok=True)
    calls: list[Callable[[], object]] = [
        lambda: away.open(folder),
        lambda: index.search(query, 3),
        lambda: index.score_items(query, ["a"]),
        lambda: index.item_vector("a"),
        lambda: add(away, folder, "b"),
        lambda: add(away, folder.parent / "new", "b"),
    ]
    for call in calls:
        with pytest.raises(ServerAwayError, match=told) as caught:
            call()
        assert "127.0.0.1" not in str(caught.value) and "secret" not in str(caught.value)


@pytest.fixture
def built(vectors: QdrantVectors, tmp_path: Path) -> Path:
    return fresh(vectors, tmp_path / "1", "abc")


@pytest.mark.parametrize("answer", _ANSWERS)
def test_an_answer_that_is_none_is_said_so(answer: str, built: Path) -> None:
    status, headers, body, told = _ANSWERS[answer]
    with server(status, headers, body) as url:
        fails(url, built, told)


def test_a_server_that_is_not_there(built: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        fails(f"http://127.0.0.1:{taken.getsockname()[1]}", built, "Không nối được")


def test_a_slow_server(built: Path) -> None:
    with server(200, {}, b"{}", seconds=30) as url, pytest.raises(ServerAwayError, match="không trả lời kịp"):
        QdrantVectors(url=url, seconds=1).open(built)


@pytest.mark.parametrize("url", ["ftp://x", "http://[", "http://a b:x"])
def test_an_address_that_is_none(url: str, built: Path) -> None:
    with pytest.raises(ServerAwayError):
        QdrantVectors(url=url, seconds=1).open(built)


def engines_with(vectors: QdrantVectors) -> EngineSet:
    own = {"open_vectors": vectors.open, "build_vectors": vectors.build, "version": qdrant.VERSION}
    return replace(memory_engines(), **own, shared_vectors=True)  # type: ignore[arg-type]


def test_internal_items_lie_in_the_same_collection_and_the_public_is_not_shown_them(
    vectors: QdrantVectors, tmp_path: Path
) -> None:
    store, embedder = Store(tmp_path / "store.sqlite"), HashEmbedder()
    inside, outside = (
        Library(store, tmp_path / "index", engines_with(vectors), embedder, internal=internal) for internal in (True, False)
    )
    query = np.ones(HashEmbedder.dimension, dtype=np.float32)

    def found(library: Library) -> set[str]:
        index_corpus(inside, tmp_path / "corpus")
        with library.view() as view:
            return {hit.key.item_id for hit in view.vectors.search(query, 99)}

    for name in "abc":
        write(tmp_path, name, f"Mô hình {name}")
    assert found(inside) == found(outside) == {"a", "b", "c"}
    write(tmp_path, "b", "Mô hình b", internal="true")
    assert found(inside) == {"a", own_address("b.md", "b"), "c"} and found(outside) == {"a", "c"}
    write(tmp_path, "b", "Mô hình b")
    assert found(inside) == found(outside) == {"a", "b", "c"}


def test_a_library_publishes_through_it(vectors: QdrantVectors, tmp_path: Path) -> None:
    engines = engines_with(vectors)
    library = Library(Store(tmp_path / "store.sqlite"), tmp_path / "index", engines, HashEmbedder())
    shown = []
    for names, removed in (("ab", ""), ("c", "a"), ("", ""), ("d", "b")):
        for name in names:
            write(tmp_path, name, f"Mô hình {name}")
        for name in removed:
            (tmp_path / "corpus" / f"{name}.md").unlink()
        index_corpus(library, tmp_path / "corpus", rebuild=not names)
        with library.view() as view:
            ids = [item.id for item in view.snapshot.items()]
            query = np.ones(HashEmbedder.dimension, dtype=np.float32)
            assert {hit.key.item_id for hit in view.vectors.search(query, 99)} == set(ids)
            assert set(view.vectors.score_items(query, ids)) == set(ids)
            shown.append((view.vectors, set(ids)))
    assert [len(ids) for _, ids in shown] == [2, 2, 2, 2]
    before, published = shown[-2]
    assert {hit.key.item_id for hit in before.search(query, 99)} == published != shown[-1][1]
