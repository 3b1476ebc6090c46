"""Readers, an indexer and a search server that comes, goes, forgets and stumbles, all at once: no answer is ever wrong."""

from __future__ import annotations

import random
import threading
import time
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.engines.meili import wire
from kb.engines.meili.server import MeiliServer
from kb.engines.meili.wire import Access
from kb.engines.open import embedded_engines
from kb.library import mirror as mirror_module
from kb.library.library import TEXT, Library
from kb.library.store import Store
from kb.ports import Clause, Filters, Term, TextQuery, Variant
from tests.kb.records import HashEmbedder, write
from tests.meili import Fault, MeiliDouble
from vitext import tokenise

SECONDS = 12.0
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

    with MeiliDouble() as double:
        library = library_of(tmp_path, double)
        index_corpus(library, tmp_path / "corpus")
        assert library.mirror
        library.mirror.catch_up()

        def guard(work: object) -> None:
            try:
                while not stop.is_set():
                    work()  # type: ignore[operator]
            except BaseException as error:
                failed.append(error)
                stop.set()

        def read() -> None:
            asked = random.Random(threading.get_ident())
            with library.view() as view:
                own = embedded_engines().open_text(tmp_path / "index" / view.generation / TEXT)
                for _ in range(3):
                    query = words(asked.choice(QUERIES))
                    one, two = view.text.search(query, Filters(), limit=100), own.search(query, Filters(), limit=100)
                    assert {(h.id, h.tier) for h in one.hits} == {
                        (h.id, h.tier) for h in two.hits
                    } and one.total == two.total
                    assert view.text.count_facet(query, Filters(), "kind") == own.count_facet(query, Filters(), "kind")
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
            time.sleep(1.0)  # a view keeps the last generation but one, no older

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
            time.sleep(rng.random())

        watcher = threading.Thread(target=library.mirror.watch, args=(stop, 0.1))
        others = [threading.Thread(target=guard, args=(work,)) for work in (read, read, index, stumble)]
        for thread in (watcher, *others):
            thread.start()
        stop.wait(SECONDS)
        # On a busy machine it may take longer until both have answered.
        end = time.monotonic() + 120
        while min(answers.values()) < 5 and time.monotonic() < end and not stop.wait(0.5):
            pass
        stop.set()
        for thread in (watcher, *others):
            thread.join(30)
        if failed:
            raise failed[0]
        assert min(answers.values()) >= 5, answers

        # Left alone, the server catches up, and nothing was lost on the way.
        double.clear_faults()
        double.task_delay = 0
        end = time.monotonic() + 20
        while True:
            try:
                library.mirror.catch_up()
                break
            except Exception:
                assert time.monotonic() < end
                time.sleep(0.1)
        with library.view() as view:
            own = embedded_engines().open_text(tmp_path / "index" / view.generation / TEXT)
            assert view.text.count(TextQuery(), Filters()) == own.count(TextQuery(), Filters()) == view.snapshot.count()
            assert getattr(view.text, "_server", None) is not None
