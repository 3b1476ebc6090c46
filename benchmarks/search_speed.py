"""Latency of search in process and over HTTP, time to index and to start, on the sample corpus.

    python -m benchmarks.search_speed [--corpus DIR] [--json FILE]

Each query is searched as typed, without accents, and with filters. The first round is cold (nothing is planned or
tokenised), and later rounds are warm. The HTTP server is a process of its own on 127.0.0.1.
"""

from __future__ import annotations

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

from benchmarks.timing import percentile, report
from indexer import index_corpus
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from training.question_sets import open_library
from vitext import fold

#: Queries of the kinds that visitors type.
QUERIES = [
    "đẩy mạnh công tác tuyên truyền", "Pay manh cdng tac tuyén truyén", "hợp tác xã", "238/KH-UBND",
    "mô hình trồng lúa hữu cơ",
    "cách làm hay nông nghiệp", "người cao tuổi được khám bệnh tại nhà", "chống lừa đảo qua mạng", "lĩnh vực:y tế trẻ em",
    '"thi đua" -"kế hoạch"', "học sinh OR giáo viên", "cải cách thủ tục hành chính một cửa xã phường", "rác thải nhựa",
    "bộ đội giúp dân", "sáng kiến tiết kiệm điện", "chuyển đổi số", "thư viện", "năm:2024", "đường hoa", "vay vốn",
]  # fmt: skip
#: Rounds, the first of which is cold.
ROUNDS = 20


def requests() -> list[SearchRequest]:
    forms = [query for original in QUERIES for query in dict.fromkeys((original, fold(original)))]
    return [SearchRequest(query) for query in forms] + [SearchRequest(query, {"kind": ("practice",)}) for query in QUERIES]


def in_process(service: SearchService) -> tuple[list[float], list[float]]:
    cold: list[float] = []
    warm: list[float] = []
    for number in range(ROUNDS):
        for request in requests():
            start = time.perf_counter()
            service.search(request)
            (warm if number else cold).append(1000 * (time.perf_counter() - start))
    return cold, warm


def over_http(corpus: Path, data: Path) -> tuple[float, float, list[float], list[float]]:
    """(seconds to start with indexing, seconds to start again, page times, API times in ms)."""
    first = start_and_wait(corpus, data, [])
    stop(first[0])
    process, port, again = start_and_wait(corpus, data, [])
    pages: list[float] = []
    answers: list[float] = []
    link = http.client.HTTPConnection("127.0.0.1", port)
    try:
        for _ in range(ROUNDS):
            for path, times in (("/tim", pages), ("/api/search", answers)):
                for query in QUERIES:
                    target = f"{path}?q={urllib.parse.quote(query)}"
                    start = time.perf_counter()
                    link.request("GET", target)
                    link.getresponse().read()
                    times.append(1000 * (time.perf_counter() - start))
    finally:
        stop(process)
    return first[2], again, pages, answers


def start_and_wait(corpus: Path, data: Path, arguments: list[str]) -> tuple[subprocess.Popen[bytes], int, float]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {**os.environ, "CACHHAY_DATA_DIR": str(data), "CACHHAY_CORPUS_DIR": str(corpus), "CACHHAY_PORT": str(port)}
    start = time.perf_counter()
    command = [sys.executable, "-m", "cachhay", "serve", "--index", *arguments]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        try:
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            link.request("GET", "/tim?q=thi+dua")
            if link.getresponse().status == 200:
                return process, port, time.perf_counter() - start
        except OSError:
            time.sleep(0.02)
    raise RuntimeError("the server did not start")


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        start = time.perf_counter()
        library = open_library(data / "a")
        opened = time.perf_counter() - start
        start = time.perf_counter()
        made = index_corpus(library, arguments.corpus)
        indexed = time.perf_counter() - start
        start = time.perf_counter()
        index_corpus(library, arguments.corpus)
        unchanged = time.perf_counter() - start
        cold, warm = in_process(SearchService(library))
        first, again, pages, answers = over_http(arguments.corpus, data / "b")
    rows: list[dict[str, object]] = [
        {"what": f"index {made.items} items, from nothing", "p50": f"{indexed:.2f} s", "p95": ""},
        {"what": "index again, nothing changed", "p50": f"{unchanged:.3f} s", "p95": ""},
        {"what": "open store and model", "p50": f"{opened:.2f} s", "p95": ""},
        {"what": "process start to first answer, indexing included", "p50": f"{first:.2f} s", "p95": ""},
        {"what": "process start to first answer, nothing changed", "p50": f"{again:.2f} s", "p95": ""},
    ]
    for name, times in (
        ("search in process, cold", cold),
        ("search in process, warm", warm),
        ("results page over HTTP", pages),
        ("JSON over HTTP", answers),
    ):
        p50, p95 = percentile(times, 0.5), percentile(times, 0.95)
        rows.append({"what": f"{name} (n={len(times)})", "p50": f"{p50:.1f} ms", "p95": f"{p95:.1f} ms"})
    report(rows, arguments.json)


if __name__ == "__main__":
    main()
