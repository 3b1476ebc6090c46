"""What a process takes on, what it refuses, and what it gives up: by counts, with work that ends when the test says so."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Scope

from kb.cancellation import check
from kb.errors import CancelledError
from search_api.schema import Health
from tests.waiting import until
from web import load as module
from web.health import KeptHealth
from web.load import Load, LoadControl, kind_of
from web.pools import Pool
from web.rate import RateLimit

HEAVY = [
    ("POST", "/tim-theo-danh-sach"), ("POST", "/tim-theo-danh-sach/xuat.xlsx"), ("POST", "/tim-tuong-tu"), ("GET", "/so-sanh"),
    ("GET", "/tim/xuat.docx"), ("HEAD", "/tim/xuat.csv"), ("GET", "/ho-so/xuat.json"), ("GET", "/ho-so/an-pham"),
    ("GET", "/ho-so/an-pham.docx"), ("GET", "/ho-so/in"),
]  # fmt: skip
LIGHT = [
    ("GET", "/"), ("GET", "/tim"), ("GET", "/tim-theo-danh-sach"), ("GET", "/tim-tuong-tu"), ("GET", "/ho-so"), ("GET", "/api/search"),
    ("GET", "/timxuat"), ("GET", "/static/style.css"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), HEAVY)
def test_lists_drafts_exports_and_comparisons_are_heavy(method: str, path: str) -> None:
    assert kind_of(method, path) == "heavy"


def test_a_dossier_is_heavy_when_it_is_long() -> None:
    assert kind_of("GET", "/ho-so", 300) == "light" and kind_of("GET", "/ho-so", 5_000) == "heavy"


@pytest.mark.parametrize(("method", "path"), LIGHT)
def test_pages_forms_and_the_api_are_light(method: str, path: str) -> None:
    assert kind_of(method, path) == "light"


class Work:
    """An application whose requests work until `go`, looking now and then whether anybody waits for them."""

    def __init__(self, **load: Any) -> None:
        self.go = threading.Event()
        self.begun = 0
        self.cancelled = 0
        self.bodies: list[bytes] = []

        def work(request: Request) -> Response:
            self.begun += 1
            try:
                while not self.go.wait(0.005):
                    check()
            except CancelledError:
                self.cancelled += 1
                raise
            return PlainTextResponse("done")

        async def echo(request: Request) -> Response:
            self.bodies.append(await request.body())
            return PlainTextResponse("read")

        routes = [Route("/tim", work), Route("/tim/xuat.csv", work), Route("/tim-tuong-tu", echo, methods=["POST"])]
        self.refusals = 0

        def refuse(scope: Scope, status: int, text: str) -> Response:
            self.refusals += 1
            return Response(text, status)

        self.load = Load(**load)
        self.app = LoadControl(Starlette(routes=routes), self.load, refuse)


class Visitor:
    """One request, as a server passes it on. `leave` closes its connection."""

    def __init__(
        self, work: Work, path: str, address: str = "192.0.2.1", body: list[bytes] | None = None, complete: bool = True
    ) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.gone = asyncio.Event()
        self._parts = [b""] if body is None else body
        self._complete = complete
        scope: Scope = {
            "type": "http", "method": "GET" if body is None else "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
            "headers": [], "client": (address, 1), "scheme": "http", "root_path": "",
        }  # fmt: skip
        self.task = asyncio.create_task(work.app(scope, self._receive, self._send))

    async def _receive(self) -> Message:
        if self._parts:
            part = self._parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts) or not self._complete}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}


async def settle(true: Callable[[], bool]) -> None:
    """Let the loop turn until `true()`."""
    await asyncio.to_thread(until, true)


def test_beyond_its_pool_light_work_is_refused_at_once_with_the_time_to_come_back() -> None:
    async def run() -> None:
        work = Work(light=Pool(threads=1, places=4))
        first = [Visitor(work, "/tim", f"192.0.2.{at}") for at in range(4)]
        await settle(lambda: work.begun == 1)
        late = Visitor(work, "/tim", "192.0.2.9")
        await late.task
        assert late.status == 503 and int(late.headers["retry-after"]) > 0 and late.headers["cache-control"] == "no-store"
        again = Visitor(work, "/tim", "192.0.2.10")
        await again.task
        assert (again.status, again.headers, work.refusals) == (503, late.headers, 1), "a refusal is made once"
        assert work.begun == 1, "one thread, one at work"
        work.go.set()
        await asyncio.gather(*(visitor.task for visitor in first))
        assert [visitor.status for visitor in first] == [200] * 4
        assert work.load.light.taken.total() == 0

    asyncio.run(run())


def test_full_of_heavy_work_light_pages_are_answered_and_heavy_ones_refused() -> None:
    async def run() -> None:
        work = Work(heavy=Pool(threads=1, places=2))
        heavy = [Visitor(work, "/tim/xuat.csv", f"192.0.2.{at}") for at in range(2)]
        await settle(lambda: work.begun == 1)
        late, light = Visitor(work, "/tim/xuat.csv", "192.0.2.9"), Visitor(work, "/tim", "192.0.2.9")
        await late.task
        await settle(lambda: work.begun == 2)
        work.go.set()
        await asyncio.gather(light.task, *(visitor.task for visitor in heavy))
        assert late.status == 503 and light.status == 200 and [visitor.status for visitor in heavy] == [200, 200]

    asyncio.run(run())


def test_one_address_leaves_a_place_for_another() -> None:
    async def run() -> None:
        work = Work(light=Pool(threads=1, places=4))
        own = [Visitor(work, "/tim", f"2001:db8:1:2::{at:x}") for at in range(1, 6)]
        await settle(lambda: work.begun == 1)
        other = Visitor(work, "/tim", "2001:db8:9::1")
        await settle(lambda: sum(visitor.status == 503 for visitor in own) == 2)
        work.go.set()
        await asyncio.gather(other.task, *(visitor.task for visitor in own))
        assert other.status == 200 and sorted(visitor.status for visitor in own) == [200, 200, 200, 503, 503]

    asyncio.run(run())


def test_work_for_a_visitor_who_left_is_given_up_and_its_place_is_free_again() -> None:
    async def run() -> None:
        work = Work(light=Pool(threads=1, places=4))
        at_work, waiting = Visitor(work, "/tim"), Visitor(work, "/tim")
        await settle(lambda: work.begun == 1)
        waiting.gone.set()
        await waiting.task
        at_work.gone.set()
        await at_work.task
        await settle(lambda: work.load.light.taken.total() == 0)
        assert (work.begun, work.cancelled) == (1, 1), "what had not begun never begins"
        assert at_work.status == waiting.status == 0
        work.go.set()
        next_one = Visitor(work, "/tim")
        await next_one.task
        assert next_one.status == 200

    asyncio.run(run())


def test_what_takes_too_long_is_given_up_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        work = Work()
        visitor = Visitor(work, "/tim")
        await visitor.task
        assert visitor.status == 503 and "retry-after" in visitor.headers
        await settle(lambda: work.cancelled == 1 and work.load.light.taken.total() == 0)

    monkeypatch.setattr(module, "LIGHT_SECONDS", 0.05)
    asyncio.run(run())


def test_what_waits_too_long_for_a_thread_is_never_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        work = Work(light=Pool(threads=1, places=4))
        first = Visitor(work, "/tim")
        await settle(lambda: work.begun == 1)
        monkeypatch.setitem(module.WAIT_SECONDS, "light", 0.02)
        waiting = Visitor(work, "/tim")
        await waiting.task
        work.go.set()
        await first.task
        assert (first.status, waiting.status, work.begun, work.load.light.taken.total()) == (200, 503, 1, 0)

    asyncio.run(run())


def test_a_body_is_read_before_it_takes_a_place_and_one_that_does_not_come_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        work = Work(heavy=Pool(threads=1, places=2))
        quick = Visitor(work, "/tim-tuong-tu", body=[b"van_", b"ban=x"])
        await quick.task
        assert quick.status == 200 and work.bodies == [b"van_ban=x"]
        monkeypatch.setattr(module, "BODY_GRACE", 0.05)
        slow = Visitor(work, "/tim-tuong-tu", body=[b"van"], complete=False)
        await slow.task
        assert slow.status == 408 and slow.headers["connection"] == "close"
        assert work.load.heavy.taken.total() == 0 and work.load.bodies == 0 and len(work.bodies) == 1

    asyncio.run(run())


def test_all_bodies_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        work = Work()
        visitor = Visitor(work, "/tim-tuong-tu", body=[b"x" * 600, b"x" * 600])
        await visitor.task
        assert visitor.status == 503 and work.load.bodies == 0 and work.bodies == []

    monkeypatch.setattr(module, "MAX_BODIES_BYTES", 1_000)
    asyncio.run(run())


def test_too_many_requests_of_one_address_are_told_when_to_come_back() -> None:
    async def run() -> None:
        work = Work(rate=RateLimit(3))
        work.go.set()
        own = [Visitor(work, "/tim", "192.0.2.1") for _ in range(5)]
        other = Visitor(work, "/tim", "192.0.2.2")
        await asyncio.gather(other.task, *(visitor.task for visitor in own))
        assert [visitor.status for visitor in own] == [200, 200, 200, 429, 429] and other.status == 200
        assert 1 <= int(own[-1].headers["retry-after"]) <= 20

    asyncio.run(run())


def test_healthz_answers_from_the_kept_state_while_every_place_is_taken() -> None:
    class Service:
        asked = 0

        def health(self) -> Health:
            self.asked += 1
            return Health(status="ok", items=7, generation="g", model="m")

    async def run() -> None:
        service = Service()
        kept = KeptHealth(service)  # type: ignore[arg-type]
        work = Work(light=Pool(threads=1, places=1), rate=RateLimit(1), health=kept)
        assert kept.answer() is None, "nothing is known yet"
        kept.refresh()
        busy = Visitor(work, "/tim")
        asked = [Visitor(work, "/healthz") for _ in range(50)]
        await asyncio.gather(*(visitor.task for visitor in asked))
        assert {visitor.status for visitor in asked} == {200} and service.asked == 1
        answer = kept.answer()
        assert answer and json.loads(bytes(answer.body)) == {
            "status": "ok", "items": 7, "generation": "g", "model": "m", "detail": "",
        }  # fmt: skip
        work.go.set()
        await busy.task

    asyncio.run(run())
