"""Visitors, an indexer and a search server that comes, goes, forgets and stumbles, all at once: no answer is ever wrong."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.engines.meili import wire
from kb.engines.meili.server import MeiliServer
from kb.engines.meili.wire import Access
from kb.engines.open import embedded_engines
from kb.errors import EngineError
from kb.library import mirror as mirror_module
from kb.library.library import TEXT, Library
from kb.library.store import Store
from kb.ports import Clause, Filters, Term, TextQuery, Variant
from tests.kb.records import HashEmbedder, write
from tests.meili import Fault, MeiliDouble
from tests.waiting import until
from vitext import tokenise

pytestmark = pytest.mark.slow

#: Enough of each that every stumble meets every kind of work; on a busy machine this takes longer.
MIN_STUMBLES = 16
MIN_PUBLISHES = 7
MIN_ANSWERS = 10
QUERIES = ("mô hình", "nuôi", "trồng cây", "hộ", "khác")


def words(text: str) -> TextQuery:
    return TextQuery((Variant(tuple(Clause((Term(t.folded, t.accented),)) for t in tokenise(text))),))


def library_of(folder: Path, double: MeiliDouble) -> Library:
    access = Access(double.url, seconds=0.5, task_seconds=5.0)
    store = Store(folder / "store.sqlite")
    return Library(store, folder / "index", embedded_engines(), HashEmbedder(), MeiliServer(access, access))


def test_no_answer_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror_module, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(mirror_module, "MAX_BACKOFF", 1)
    monkeypatch.setattr(wire, "RETRY_WAITS", (0.02,))
    rng = random.Random(20261125)
    for n in range(30):
        write(tmp_path, f"m{n}", f"Mô hình {n}")
    stop = threading.Event()
    failed: list[BaseException] = []
    answers = {"server": 0, "embedded": 0}
    done = {"publishes": 0, "stumbles": 0}
    views: dict[int, int] = {}

    with MeiliDouble() as double:
        library = library_of(tmp_path, double)
        index_corpus(library, tmp_path / "corpus")
        assert library.mirror
        library.mirror.catch_up()

        def guard(work: Callable[[], None]) -> None:
            try:
                while not stop.is_set():
                    work()
            except BaseException as error:
                failed.append(error)
                stop.set()

        def read() -> None:
            asked = random.Random(threading.get_ident())
            views[threading.get_ident()] = views.get(threading.get_ident(), 0) + 1
            with library.view() as view:
                own = embedded_engines().open_text(tmp_path / "index" / view.generation / TEXT)
                for _ in range(3):
                    query = words(asked.choice(QUERIES))
                    one, two = view.text.search(query, Filters(), limit=100), own.search(query, Filters(), limit=100)
                    assert {(h.id, h.tier) for h in one.hits} == {
                        (h.id, h.tier) for h in two.hits
                    } and one.total == two.total
                    assert (
                        view.text.count_facets(query, Filters(), ("kind",))["kind"]
                        == own.count_facets(query, Filters(), ("kind",))["kind"]
                    )
                    for hit in one.hits[:3]:
                        view.snapshot.item(hit.id)
                by_server = getattr(view.text, "_server", None) is not None
                answers["server" if by_server else "embedded"] += 1

        def index() -> None:
            again = library_of(tmp_path, double)
            for _ in range(3):
                write(tmp_path, f"m{rng.randrange(40)}", rng.choice(["Mô hình khác", "Nuôi ong", "Trồng cây bên đường"]))
            (tmp_path / f"corpus/m{rng.randrange(40)}.md").unlink(missing_ok=True)
            index_corpus(again, tmp_path / "corpus", wait=10)
            done["publishes"] += 1
            # A view keeps the last generation but one and no older: every visitor moves on before the next publish.
            begun = dict(views)
            until(lambda: stop.is_set() or all(views[name] > begun[name] + 1 for name in begun))

        def stumble() -> None:
            match rng.randrange(5):
                case 0:
                    double.stop()
                    time.sleep(rng.random() / 2)
                    double.start()
                case 1:
                    double.wipe()
                case 2:
                    faults = [Fault.cut(), Fault.cut_body(), Fault.malformed(), Fault.status(500), Fault.delay(0.7)]
                    double.fault("POST|GET|PATCH|DELETE", rng.choice(faults), times=rng.randrange(1, 4))
                case 3:
                    double.fail_tasks(".*", code="internal", message="x")
                case 4:
                    double.task_delay = rng.random() / 20
            done["stumbles"] += 1
            time.sleep(rng.random())

        def enough() -> bool:
            return stop.is_set() or (
                done["stumbles"] >= MIN_STUMBLES
                and done["publishes"] >= MIN_PUBLISHES
                and min(answers.values()) >= MIN_ANSWERS
            )

        watcher = threading.Thread(target=library.mirror.watch, args=(stop, 0.1))
        others = [threading.Thread(target=guard, args=(work,)) for work in (read, read, index, stumble)]
        for thread in (watcher, *others):
            thread.start()
        try:
            until(enough, lambda: (answers, done))
        finally:
            stop.set()
            for thread in (watcher, *others):
                thread.join()
        if failed:
            raise failed[0]

        # Left alone, the server catches up, and nothing was lost on the way.
        double.clear_faults()
        double.task_delay = 0
        mirror = library.mirror

        def caught_up() -> bool:
            try:
                mirror.catch_up()
            except EngineError:
                return False
            return True

        until(caught_up, pause=0.1)
        with library.view() as view:
            own = embedded_engines().open_text(tmp_path / "index" / view.generation / TEXT)
            assert view.text.count(TextQuery(), Filters()) == own.count(TextQuery(), Filters()) == view.snapshot.count()
            assert getattr(view.text, "_server", None) is not None
