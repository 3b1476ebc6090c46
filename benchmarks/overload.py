"""What one visitor can do to the others: a real server under lists, exports, half-open connections and floods.

    python -m benchmarks.overload [--items N] [--workers N] [--data DIR] [--seconds S] [--only PART ...] [--json FILE]

The parts are: crowd (42 lists of 200 names at once, 8 exports, 1,100 half-open connections), throughput (1 to 128 clients,
with one worker and with several), saturation (ever-new requests for --seconds), leaving (a client that leaves) and files
(more connections than files). Clients and server share the machine; on few cores the clients take a part of the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlencode

from benchmarks.records import make_corpus, sentences_of
from benchmarks.timing import percentile, report

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "corpus"
PARTS = ("crowd", "throughput", "saturation", "leaving", "files")
LISTS, NAMES, EXPORTS, HALF_OPEN = 42, 200, 8, 1_100
CLIENTS = (1, 2, 4, 8, 16, 32, 64, 128)
#: Seconds of a measurement of light pages, and of the throughput of one number of clients.
LIGHT_SECONDS, EACH_SECONDS = 15.0, 6.0
#: Seconds between two requests of one visitor of light pages, and for which an answer is waited, to heavy work too.
PAUSE, PATIENCE, HEAVY_PATIENCE = 0.1, 60.0, 400.0


@dataclass(slots=True)
class Server:
    """A real `cachhay serve`; `log` is what it wrote to standard error."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    def processes(self) -> list[int]:
        """The process and its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii").split()
        return [self.process.pid, *map(int, children)]

    def resident(self) -> list[float]:
        """MB of each process."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) for pid in self.processes()]
        return [round(number * os.sysconf("SC_PAGE_SIZE") / 1e6, 0) for number in pages]

    def cpu(self) -> float:
        """Processor seconds of all processes."""
        total = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Tally:
    """Answers by status (0: none), and the milliseconds of those with status 200."""

    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def add(self, status: int, seconds: float) -> None:
        self.statuses[status] += 1
        if status == 200:
            self.times.append(1000 * seconds)

    def at(self, share: float) -> float:
        return round(percentile(self.times, share), 1) if self.times else float("nan")

    @property
    def told(self) -> str:
        return ", ".join(f"{status or 'no answer'}: {count}" for status, count in sorted(self.statuses.items()))


@contextmanager
def serving(data: Path, workers: int, files: int = 0) -> Iterator[Server]:
    """The server on a free port; `files` bounds the files that it may open."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "cachhay", "serve", "--data", str(data), "--port", str(port)]
    if files:
        command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
    log = data / "serve.log"
    environment = {**os.environ, "CACHHAY_WORKERS": str(workers), "PYTHONPATH": str(ROOT)}
    with log.open("wb") as written:
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=written)
    server = Server(process, port, log)
    try:
        while process.poll() is None:
            with suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=60).read()
                break
            time.sleep(0.2)
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


async def ask(port: int, path: str, body: bytes = b"", patience: float = PATIENCE) -> int:
    """The status of one request over a connection of its own; 0 where no answer came."""
    head = f"{'POST' if body else 'GET'} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    if body:
        head += f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n"
    writer = None
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(head.encode() + b"\r\n" + body)
            answer = await reader.read(12)
            while await reader.read(65_536):
                pass
        return int(answer[9:12])
    except (OSError, TimeoutError, ValueError):
        return 0
    finally:
        if writer:
            writer.close()


async def visit(port: int, paths: Iterator[str], tally: Tally, end: float, pause: float = 0.0) -> None:
    """One visitor who asks for one page after the other until `end`."""
    while (start := time.perf_counter()) < end:
        tally.add(await ask(port, next(paths)), time.perf_counter() - start)
        await asyncio.sleep(pause or 0.05 * (not tally.statuses[200]))


def new_searches(seed: int = 0) -> Iterator[str]:
    """Searches that were never asked before: words of the sample corpus, drawn by chance."""
    chance = random.Random(seed)
    while True:
        yield "/tim?q=" + quote(" ".join(chance.sample(corpus_words(), chance.randint(2, 5))))


@lru_cache(maxsize=1)
def corpus_words() -> list[str]:
    return sorted({word for sentence in sentences_of(CORPUS) for word in sentence.split() if word.isalpha()})


def light_pages(seed: int = 0) -> Iterator[str]:
    """The pages that visitors open one after the other."""
    for search in new_searches(seed):
        yield from ("/", search, "/api/suggest?q=tuy", "/linh-vuc", "/muc/238-kh-ubnd", "/moi")


async def measure_light(port: int, seconds: float) -> tuple[Tally, Tally]:
    """(/healthz, light pages) as two visitors meet them."""
    health, light = Tally(), Tally()
    end = time.perf_counter() + seconds
    await asyncio.gather(
        visit(port, itertools.repeat("/healthz"), health, end, PAUSE), visit(port, light_pages(7), light, end, PAUSE)
    )
    return health, light


async def crowd(server: Server) -> list[dict[str, object]]:
    port = server.port
    await measure_light(port, LIGHT_SECONDS / 2)  # fills the caches
    idle = await measure_light(port, LIGHT_SECONDS)
    chance, sentences = random.Random(3), sentences_of(CORPUS)

    def names() -> bytes:
        chosen = (" ".join(chance.choice(sentences).split()[:4]) for _ in range(NAMES))
        return urlencode({"danh_sach": "\n".join(chosen)}).encode()

    lists, exports = Tally(), Tally()
    half: list[asyncio.StreamWriter] = []
    for _ in range(HALF_OPEN):
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /tim?q=a HTTP/1.1\r\nHost: ")
            half.append(writer)

    async def heavy(tally: Tally, path: str, body: bytes = b"") -> None:
        start = time.perf_counter()
        tally.add(await ask(port, path, body, HEAVY_PATIENCE), time.perf_counter() - start)

    works = [asyncio.create_task(heavy(lists, "/tim-theo-danh-sach", names())) for _ in range(LISTS)]
    works += [asyncio.create_task(heavy(exports, f"/tim/xuat.{('docx', 'json')[at % 2]}")) for at in range(EXPORTS)]
    busy = await measure_light(port, LIGHT_SECONDS)
    await asyncio.gather(*works)
    for writer in half:
        writer.close()
    rows: list[dict[str, object]] = []
    for name, tallies in (("idle", idle), ("crowd", busy)):
        for what, tally in zip(("/healthz", "light pages"), tallies, strict=True):
            rows.append(
                {"": name, "what": what, "p50 ms": tally.at(0.5), "p95 ms": tally.at(0.95), "p99 ms": tally.at(0.99)}
            )
            rows[-1]["answers"] = tally.told
    for what, tally in (("lists", lists), ("exports", exports)):
        rows.append({"": "crowd", "what": what, "p50 ms": tally.at(0.5), "p95 ms": tally.at(0.95), "p99 ms": tally.at(0.99)})
        rows[-1]["answers"] = tally.told
    return rows


async def throughput(server: Server, workers: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for clients in CLIENTS:
        tally = Tally()
        start = time.perf_counter()
        end = start + EACH_SECONDS
        await asyncio.gather(*(visit(server.port, new_searches(1000 * clients + at), tally, end) for at in range(clients)))
        rate = round(tally.statuses[200] / (time.perf_counter() - start), 1)
        row: dict[str, object] = {"workers": workers, "clients": clients, "answers a second": rate, "p50 ms": tally.at(0.5)}
        rows.append(row | {"p95 ms": tally.at(0.95), "answers": tally.told})
    return rows


async def saturation(server: Server, seconds: float) -> list[dict[str, object]]:
    """Ever-new searches of more visitors than there are places, with the memory of each process meanwhile."""
    tally, rows = Tally(), list[dict[str, object]]()
    start = time.perf_counter()
    end = start + seconds
    visitors = [asyncio.create_task(visit(server.port, new_searches(at), tally, end)) for at in range(400)]
    for step in range(1, 11):
        await asyncio.sleep(max(0.0, start + step * seconds / 10 - time.perf_counter()))
        rows.append({"second": round(time.perf_counter() - start), "MB of each process": server.resident()})
        rows[-1] |= {"p95 ms": tally.at(0.95), "answers": tally.told}
    await asyncio.gather(*visitors)
    return rows


async def leaving(server: Server) -> list[dict[str, object]]:
    """The work of the server after a client has left that had asked for a list, a draft or an export."""
    rows: list[dict[str, object]] = []
    sentences = sentences_of(CORPUS)
    asked = {
        "/tim-theo-danh-sach": urlencode({"danh_sach": "\n".join(s[:150] for s in sentences[:NAMES])}).encode(),
        "/tim-tuong-tu": urlencode({"van_ban": "\n".join(sentences[:400])}).encode(),
        "/tim/xuat.docx": b"",
    }
    for path, body in asked.items():
        task = asyncio.create_task(ask(server.port, path, body))
        await asyncio.sleep(0.6)
        task.cancel()
        before = server.cpu()
        await asyncio.sleep(5)
        rows.append({"what": path, "CPU seconds after it left": round(server.cpu() - before, 2)})
    return rows


async def files(server: Server) -> list[dict[str, object]]:
    """More connections than the server may open files, for some seconds."""
    kept: list[asyncio.StreamWriter] = []
    for _ in range(3 * HALF_OPEN):
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                _, writer = await asyncio.open_connection("127.0.0.1", server.port)
                writer.write(b"GET / HTTP/1.1\r\n")
                kept.append(writer)
    await asyncio.sleep(5)
    for writer in kept:
        writer.close()
    await asyncio.sleep(1)
    after = await ask(server.port, "/healthz")
    return [{"connections": len(kept), "bytes of log": server.log.stat().st_size, "/healthz after it": after}]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=0, help="0: as the server chooses")
    parser.add_argument("--data", type=Path, help="a folder that keeps the collection for the next time")
    parser.add_argument("--seconds", type=float, default=600.0, help="of the saturation")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        data = given.data or Path(folder)
        if not (data / "store.sqlite").exists():
            make_corpus(CORPUS, data / "corpus", given.items)
            command = [sys.executable, "-m", "cachhay", "index", "--corpus", str(data / "corpus"), "--data", str(data)]
            subprocess.run(command, check=False, stdout=subprocess.DEVNULL, cwd=ROOT)
        for part in given.only:
            print(f"\n## {part}\n")
            rows: list[dict[str, object]] = []
            for workers in (1, given.workers) if part == "throughput" else (given.workers,):
                with serving(data, workers, files=256 if part == "files" else 0) as server:
                    match part:
                        case "crowd":
                            rows += asyncio.run(crowd(server))
                        case "throughput":
                            rows += asyncio.run(throughput(server, workers))
                        case "saturation":
                            rows += asyncio.run(saturation(server, given.seconds))
                        case "leaving":
                            rows += asyncio.run(leaving(server))
                        case _:
                            rows += asyncio.run(files(server))
            report(rows, given.json and given.json.with_suffix(f".{part}.json"))


if __name__ == "__main__":
    main()
