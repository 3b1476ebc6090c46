"""One visitor is never everybody: which requests are worked on, which wait, and which are refused at once.

`LoadControl` is the middleware around the application. Light requests, heavy work (lists, drafts, exports, comparisons) and
pages of originals each have a bounded pool; beyond it the answer is 503 with Retry-After at once. An address that asks too
often gets 429. A body that comes too slowly gets 408, and before a body is complete it takes no place; files that are sent
go past all that in a lane of their own (`web.upload_lane`). When a visitor leaves, or the time for a request is over, the
work is given up (`kb.cancellation`). `/healthz` is answered from a kept state, outside all of it.
"""

from __future__ import annotations

import asyncio
import math
import re
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Literal

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.cancellation import giving_up_on
from web.backstage import AllBusyError, Backstage
from web.health import KeptHealth
from web.pools import Pool, PoolFullError, Seat
from web.rate import RateLimit, network_of
from web.security import MAX_BODY_BYTES, is_upload
from web.upload_lane import BODY_GRACE, LEAST_BODY_RATE, TooLateError, UploadLane, before

Kind = Literal["light", "heavy", "original"]
Refuse = Callable[[Scope, int, str], Response]
"""Makes the answer of a refusal from the request, a status and a sentence for the visitor."""

#: Threads of light work in a process: one searches in the engine while another has the interpreter; more only fight for it.
LIGHT_THREADS = 2
#: Light requests in a process, at work and waiting: at 20 a second, the last one waits six seconds.
LIGHT_PLACES = 128
#: Threads of heavy work in a process.
HEAVY_THREADS = 1
#: Heavy requests in a process, at work and waiting: the last one waits for three lists of 200 names.
HEAVY_PLACES = 4
#: Threads that wait for pages of originals, which another process draws one by one, and requests for them at work and
#: waiting: the thumbnails of a long paper for several visitors.
ORIGINAL_THREADS, ORIGINAL_PLACES = 2, 96
#: Seconds for which a request waits for a thread. It is short of the next limit, so that what is begun can be finished.
WAIT_SECONDS: dict[Kind, float] = {"light": 8.0, "heavy": 60.0, "original": 30.0}
#: Seconds after which a light request is given up, waiting and work together.
LIGHT_SECONDS = 20.0
#: Seconds after which heavy work is given up, the sending of its answer included.
HEAVY_SECONDS = 300.0
#: Seconds after which a refused visitor is asked to come back.
RETRY_SECONDS: dict[Kind, int] = {"light": 5, "heavy": 15, "original": 5}
#: What a request costs of the rate of its address.
PRICE: dict[Kind, int] = {"light": 1, "heavy": 20, "original": 1}

#: Bytes of all bodies that a process holds at a time.
MAX_BODIES_BYTES = 64_000_000
#: Seconds that the longest body may take.
BODY_SECONDS = 120.0

#: The heavy addresses.
_HEAVY = re.compile(
    r"/tim-theo-danh-sach(/.*)?|/mau-danh-sach/.*|/tim-tuong-tu|/tim/xuat\..*|/ho-so/xuat\..*|/ho-so/an-pham.*|/ho-so/in|/so-sanh"
)
#: The addresses for which an original is opened.
_ORIGINAL = re.compile(r"/muc/[^/]+/(trang/.*|ban-goc)|/api/items/[^/]+/(original|pages/.*|blocks/.*)")
#: Characters of the query of a dossier above which its page is heavy work: with 200 items,
#: each of which can be moved, it has 8 MB.
LONG_DOSSIER = 2_000
#: Where only what is sent is heavy, and the form is light.
_FORMS = ("/tim-theo-danh-sach", "/tim-tuong-tu")
_BODILESS = ("GET", "HEAD", "OPTIONS")


def kind_of(method: str, path: str, query: int = 0) -> Kind:
    """Whether a request is light, heavy work, or opens an original; `query` is the length of its query string.

    >>> kind_of("GET", "/tim"), kind_of("GET", "/tim/xuat.docx"), kind_of("POST", "/tim-tuong-tu")
    ('light', 'heavy', 'heavy')
    >>> kind_of("GET", "/tim-tuong-tu"), kind_of("GET", "/muc/238-kh-ubnd/trang/2")
    ('light', 'original')
    """
    if _ORIGINAL.fullmatch(path):
        return "original"
    if path == "/ho-so" and query > LONG_DOSSIER:
        return "heavy"
    if not _HEAVY.fullmatch(path) or (path in _FORMS and method != "POST"):
        return "light"
    return "heavy"


@dataclass(slots=True)
class Load:
    """What one process does with its requests.

    `backstage` are the processes that do the heavy work; without them this process does it itself. `behind` says that this
    process is one of them: whatever it is asked was asked for at another process already, and counted there.
    """

    light: Pool = field(default_factory=lambda: Pool(LIGHT_THREADS, LIGHT_PLACES))
    heavy: Pool = field(default_factory=lambda: Pool(HEAVY_THREADS, HEAVY_PLACES))
    original: Pool = field(default_factory=lambda: Pool(ORIGINAL_THREADS, ORIGINAL_PLACES))
    backstage: Backstage | None = None
    rate: RateLimit | None = None
    health: KeptHealth | None = None
    behind: bool = False
    bodies: int = 0


class LoadControl:
    """The ASGI middleware."""

    def __init__(self, app: ASGIApp, load: Load, refuse: Refuse, uploads: bool = False) -> None:
        self._app = app
        self._lane = UploadLane(app) if uploads else None
        self._load = load
        self._refuse = refuse
        self._given_up: set[asyncio.Task[None]] = set()
        self._refusals: dict[tuple[int, str, bool], Response] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        load, path = self._load, scope["path"]
        if path == "/healthz" and scope["method"] in ("GET", "HEAD") and load.health and (kept := load.health.answer()):
            await kept(scope, receive, send)
            return
        kind = kind_of(scope["method"], path, len(scope.get("query_string", b"")))
        client = (scope.get("client") or ("",))[0]
        address = network_of(client)
        seconds = load.rate.wait(client, PRICE[kind]) if load.rate and not load.behind else 0.0
        if seconds:
            text = "Địa chỉ này gửi quá nhiều yêu cầu trong một phút. Hãy chờ rồi thử lại."
            await self._say(429, text, math.ceil(seconds))(scope, receive, send)
            return
        held = _Held(load)
        try:
            if self._lane and is_upload(scope):
                await self._lane(address, scope, receive, send)
                return
            body = b"" if scope["method"] in _BODILESS else await held.read(receive)
            await self._work(kind, address, body, scope, receive, send)
        except TooLateError:
            await self._say(408, "Nội dung gửi lên đến quá chậm. Hãy gửi lại.")(scope, receive, send)
        except PoolFullError:
            await self._busy(kind)(scope, receive, send)
        except HTTPException as error:
            await self._say(error.status_code, "")(scope, receive, send)
        except ConnectionError:
            return  # the visitor left before the body was complete
        finally:
            held.release()

    async def _work(self, kind: Kind, address: str, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        """Do the work of a request, and watch meanwhile whether its visitor still waits."""
        visit = _Visit(body, send, kind)
        if kind == "heavy" and self._load.backstage:
            run = asyncio.create_task(self._forward(self._load.backstage, scope, body, visit))
        else:
            pools = {"light": self._load.light, "heavy": self._load.heavy, "original": self._load.original}
            visit.seat = pools[kind].enter(address)
            run = asyncio.create_task(self._run(visit, scope))
        watch = asyncio.create_task(_watch(receive))
        seconds = LIGHT_SECONDS if kind == "light" else HEAVY_SECONDS
        try:
            left = await _first(run, watch, seconds)
        except asyncio.CancelledError:
            self._give_up(run, visit)
            raise
        finally:
            watch.cancel()
        if run.done():
            run.result()
            return
        self._give_up(run, visit)
        if not left and not visit.started:
            await self._busy(kind)(scope, receive, send)

    def _give_up(self, run: asyncio.Task[None], visit: _Visit) -> None:
        """Nobody waits any longer. A thread that works cannot be stopped from outside: it stops at its next `check`, and
        keeps its place until then."""
        visit.gone.set()
        visit.left.set()
        if visit.seat is None or not visit.seat.working:
            run.cancel()
        self._given_up.add(run)
        run.add_done_callback(self._ended)

    def _ended(self, run: asyncio.Task[None]) -> None:
        self._given_up.discard(run)
        if not run.cancelled():
            run.exception()

    async def _run(self, visit: _Visit, scope: Scope) -> None:
        """The application itself, as soon as a thread is free for it. Raises PoolFullError when none is for too long."""
        assert visit.seat
        try:
            await visit.seat.begin(WAIT_SECONDS[visit.kind])
            with giving_up_on(visit.gone):
                await self._app(scope, visit.receive, visit.send)
        finally:
            visit.seat.leave()

    async def _forward(self, backstage: Backstage, scope: Scope, body: bytes, visit: _Visit) -> None:
        """Let a process for heavy work do it."""
        try:
            await backstage.ask(scope, body, visit.send)
        except AllBusyError:
            if not visit.started:
                await self._busy("heavy")(scope, visit.receive, visit.send)

    def _busy(self, kind: Kind) -> ASGIApp:
        text = (
            "Máy chủ đang làm nhiều việc lớn (danh sách, dự thảo, tệp xuất, so sánh). Hãy thử lại sau ít phút."
            if kind == "heavy"
            else "Máy chủ đang có quá nhiều người dùng. Hãy thử lại sau ít giây."
        )
        return self._say(503, text, RETRY_SECONDS[kind])

    def _say(self, status: int, text: str, retry: int = 0) -> ASGIApp:
        """The answer that refuses a request."""

        async def answer(scope: Scope, receive: Receive, send: Send) -> None:
            response = self._made(scope, status, text)
            response.headers["Cache-Control"] = "no-store"
            if retry:
                response.headers["Retry-After"] = str(retry)
            if status == 408:
                response.headers["Connection"] = "close"
            if self._load.behind:
                response.headers[Backstage.BUSY] = "1"
            await response(scope, receive, send)

        return answer

    def _made(self, scope: Scope, status: int, text: str) -> Response:
        """The page or the JSON of a refusal, made once: a flood of refusals must cost nothing. A process behind another one
        makes none, since nobody sees it."""
        if self._load.behind:
            return Response(text, status)
        key = status, text, scope["path"].startswith("/api/")
        made = self._refusals.get(key)
        if made is None:
            made = self._refusals[key] = self._refuse(scope, status, text)
        return Response(made.body, made.status_code, dict(made.headers))


class _Visit:
    """One request while it is worked on: what the application receives and sends."""

    def __init__(self, body: bytes, send: Send, kind: Kind) -> None:
        self.seat: Seat | None = None
        self.gone = threading.Event()
        self.left = asyncio.Event()
        self.started = False
        self._body: bytes | None = body
        self._send = send
        self.kind = kind

    async def receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: MutableMapping[str, Any]) -> None:
        if self.gone.is_set():
            return
        self.started = True
        if self.kind != "heavy" and self.seat:
            self.seat.leave()  # the work is done; a visitor who reads slowly keeps nobody else waiting
        await self._send(message)


class _Held:
    """The body of one request in memory, counted among all bodies of the process."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._bytes = 0

    async def read(self, receive: Receive) -> bytes:
        """The whole body. Raises TooLateError, PoolFullError, ConnectionError and HTTPException (413)."""
        parts: list[bytes] = []
        start = asyncio.get_running_loop().time()
        while True:
            limit = start + min(BODY_SECONDS, BODY_GRACE + self._bytes / LEAST_BODY_RATE)
            message = await before(limit, receive)
            if message["type"] == "http.disconnect":
                raise ConnectionError
            part = message.get("body", b"")
            self._bytes += len(part)
            self._load.bodies += len(part)
            if self._bytes > MAX_BODY_BYTES:
                raise HTTPException(413)
            if self._load.bodies > MAX_BODIES_BYTES:
                raise PoolFullError
            parts.append(part)
            if not message.get("more_body", False):
                return b"".join(parts)

    def release(self) -> None:
        self._load.bodies -= self._bytes
        self._bytes = 0


async def _watch(receive: Receive) -> bool:
    """Wait until the visitor leaves; False where this cannot be known. Parts of a body that nobody asked for are dropped."""
    ended = False
    while True:
        try:
            message = await receive()
        except HTTPException:
            return True  # more of a body than is accepted
        if message["type"] == "http.disconnect":
            return True
        if ended:
            return False
        ended = not message.get("more_body", False)


async def _first(run: asyncio.Task[None], watch: asyncio.Task[bool], seconds: float) -> bool:
    """Wait until the work ends, the visitor leaves, or the time is over. Returns whether the visitor left."""
    end = asyncio.get_running_loop().time() + seconds
    done, _ = await asyncio.wait({run, watch}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if run in done or watch not in done:
        return False
    if watch.result():
        return True
    await asyncio.wait({run}, timeout=max(0.0, end - asyncio.get_running_loop().time()))
    return False
