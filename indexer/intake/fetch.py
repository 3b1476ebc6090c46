"""Fetch from the web as a guest should: under our own name, as robots.txt allows, slowly, and only what may be asked.

Redirects are followed by hand, and each of their addresses is checked as the first one was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urldefrag, urljoin

from indexer.intake.addresses import Guard, Target
from indexer.intake.http import Answer, Clock, ask
from indexer.intake.robots import MAX_BYTES, Robots, parse_robots
from kb.errors import IntakeError, TryLaterError

#: The name that robots.txt calls this program by.
NAME = "CachHay"
#: Redirects that are followed, one after another.
MAX_REDIRECTS = 5
#: Seconds between two requests to one host, where it asks for no longer pause.
DELAY_SECONDS = 1.0
_REDIRECTS = (301, 302, 303, 307, 308)
_ROBOTS_SECONDS = 20.0
_REFUSALS = {
    401: "trang này cần đăng nhập",
    402: "trang này phải trả tiền",
    403: "máy chủ không cho tải trang này",
    404: "không có trang này (404)",
    410: "trang này đã bị gỡ (410)",
    451: "trang này bị chặn vì lý do pháp lý (451)",
}


@dataclass(slots=True)
class Fetcher:
    """Fetches for one run. `contact` is how a site reaches whoever runs this program: an address of mail or of the web.

    `guard` says what may be asked; `clock`, `sleep` and `delay` are the time between requests.
    """

    contact: str = ""
    version: str = "0"
    guard: Guard = field(default_factory=Guard)
    clock: Clock = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    delay: float = DELAY_SECONDS
    _robots: dict[str, Robots | IntakeError] = field(default_factory=dict)
    _asked: dict[str, float] = field(default_factory=dict)

    @property
    def user_agent(self) -> str:
        """The name of this program, with the contact in ASCII."""
        contact = "".join(c for c in self.contact if c.isascii() and c.isprintable() and c not in "()\\")
        return f"{NAME}/{self.version}" + (f" (+{contact})" if contact else "")

    @contextmanager
    def fetch(self, address: str, headers: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """The answer to GET for an address: status 200, or 304 to a conditional request in `headers`.

        Raises IntakeError where the address may not be asked, or gives nothing; TryLaterError where it may later.
        """
        given, asked = dict(headers or {}), urldefrag(address)[0]
        for _ in range(MAX_REDIRECTS + 1):
            target = self.guard.check(asked)
            self._wait(target, self._permitted(target))
            with ask(target, {"User-Agent": self.user_agent, "Accept": "*/*", **given}, clock=self.clock) as answer:
                self._asked[target.host] = self.clock()
                if answer.status not in _REDIRECTS:
                    _check(answer, conditional=bool(given))
                    yield answer
                    return
                asked = _redirected(answer)
        raise IntakeError(f"địa chỉ chuyển hướng hơn {MAX_REDIRECTS} lần")

    def _wait(self, target: Target, robots: Robots) -> None:
        if target.host in self._asked:
            pause = self._asked[target.host] + max(self.delay, robots.delay) - self.clock()
            if pause > 0:
                self.sleep(pause)

    def _permitted(self, target: Target) -> Robots:
        """The rules of the site. Raises IntakeError where they forbid the path, TryLaterError where there are none now."""
        robots = self._robots.get(target.origin)
        if robots is None:
            try:
                robots = self._read_robots(target.origin)
            except IntakeError as error:
                robots = error
            self._robots[target.origin] = robots
        if isinstance(robots, IntakeError):
            raise robots
        if not robots.allow(target.path):
            raise IntakeError(
                f"robots.txt của “{target.host}” không cho chương trình tải trang này; "
                "hãy lưu trang bằng trình duyệt rồi nạp tệp"
            )
        return robots

    def _read_robots(self, origin: str) -> Robots:
        """As RFC 9309 says: a site without the file allows everything, one that fails allows nothing for now."""
        asked = f"{origin}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            target = self.guard.check(asked)
            with ask(target, {"User-Agent": self.user_agent}, seconds=_ROBOTS_SECONDS, clock=self.clock) as answer:
                if answer.status in _REDIRECTS:
                    asked = _redirected(answer)
                elif answer.status == 200:
                    return parse_robots(_beginning(answer).decode("utf-8", "replace"), NAME)
                elif 400 <= answer.status < 500 and answer.status != 429:
                    return Robots()
                else:
                    raise TryLaterError(
                        f"chưa đọc được robots.txt của “{target.host}” ({answer.status}), nên chưa tải; hãy thử lại sau"
                    )
        return Robots()  # redirected without end: as if there were none


def _beginning(answer: Answer) -> bytes:
    data = b""
    for piece in answer.pieces:
        data += piece
        if len(data) >= MAX_BYTES:
            break
    return data[:MAX_BYTES]


def _redirected(answer: Answer) -> str:
    """Where an answer leads. Raises IntakeError."""
    location = answer.headers.get("location", "")
    try:
        # http.client reads headers as Latin-1; servers that put other letters there write UTF-8.
        location = location.encode("latin-1", "replace").decode("utf-8", "replace")
        there = urldefrag(urljoin(answer.target.url, location))[0]
    except ValueError as error:
        raise IntakeError("địa chỉ chuyển hướng đến nơi không đọc được") from error
    if not location:
        raise IntakeError("địa chỉ chuyển hướng mà không nói đến đâu")
    return there


def _check(answer: Answer, *, conditional: bool) -> None:
    status = answer.status
    if status == 200 or (status == 304 and conditional):
        return
    if status == 429 or status >= 500:
        raise TryLaterError(f"máy chủ “{answer.target.host}” đang bận hoặc có lỗi ({status}); hãy thử lại sau")
    raise IntakeError(_REFUSALS.get(status, f"máy chủ “{answer.target.host}” trả lời {status}, không phải một trang"))
