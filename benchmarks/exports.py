"""The cost of every export through the real routes: processor seconds and memory, over collections of growing size.

    python -m benchmarks.exports                     # 500, 1,000 and 2,000 items, every format
    python -m benchmarks.exports --sizes 500 --at-once 8

The collection is generated from the records of `corpus/`: new items with the sentences of ten of them, mixed, so that each
has the size of a record there. Each measurement runs in a process of its own, which reads the answer in pieces as a server
sends it. Seconds are those of the processor, of all threads; memory is what the process needs beyond what it needed before.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.item import Item, Source
from kb.library.library import Library
from kb.library.store import Store
from kb.settings import Settings
from search_api.service import SearchService
from web.app import create_app

CORPUS = Path("corpus")
#: The addresses that are measured; a query that every record answers makes the tables explain each match.
ADDRESSES = {
    "Word, all results": "/tim/xuat.docx",
    "Word, a query": "/tim/xuat.docx?q=c%C3%B4ng+t%C3%A1c",
    "Excel, all results": "/tim/xuat.xlsx",
    "Excel, a query": "/tim/xuat.xlsx?q=c%C3%B4ng+t%C3%A1c",
    "CSV, a query": "/tim/xuat.csv?q=c%C3%B4ng+t%C3%A1c",
    "JSON, all results": "/tim/xuat.json",
    "JSON, a query": "/tim/xuat.json?q=c%C3%B4ng+t%C3%A1c",
}
#: Records whose sentences make up one new item.
MIXED = 10


def open_library(folder: Path) -> Library:
    return Library(Store(folder / "store.sqlite"), folder / "index", embedded_engines(), open_embedder())


def make_collection(folder: Path, size: int) -> None:
    """Publish `size` items into `folder`."""
    from indexer import index_corpus

    with tempfile.TemporaryDirectory() as own:
        corpus = open_library(Path(own))
        index_corpus(corpus, CORPUS)
        with corpus.view() as view:
            models = [item for item in view.snapshot.items() if item.practice and not item.machine_corrected]
    items = [_mixed(models, number) for number in range(size)]
    library = open_library(folder)
    with library.store.write() as transaction:
        for item in items:
            transaction.put_item(item)
        library.publish(transaction, [], items)


def _mixed(models: Sequence[Item], number: int) -> Item:
    chance = random.Random(number)
    model = models[number % len(models)]
    sources = chance.sample(models, MIXED)
    blocks = []
    for block in model.blocks:
        pool = chance.choice(sources).blocks
        other = chance.choice([b for b in pool if b.role == block.role] or [block])
        blocks.append(block if block.role == "heading" else replace(block, original=f"Công tác {number}: {other.best}"))
    source = Source(f"generated/{number}.md", f"{number:064x}", model.source.origin, model.source.licence)
    return model.with_(id=f"muc-{number}", title=f"{model.title}, số {number}", blocks=tuple(blocks), source=source)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def measure(folder: Path, address: str, at_once: int) -> tuple[float, int, int]:
    """(processor seconds of one export, bytes of memory beyond those before, bytes of the file) in this process."""
    app = create_app(SearchService(open_library(folder)), Settings())
    asyncio.run(_ask(app, "/tim?q=a"))
    before, start = resident_bytes(), time.process_time()

    async def together() -> list[int]:
        return await asyncio.gather(*(_ask(app, address) for _ in range(at_once)))

    sizes = asyncio.run(together())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return (time.process_time() - start) / at_once, peak - before, sizes[0]


async def _ask(app: Any, address: str) -> int:
    """Asks the application as a server does; the answer is counted and not kept. Returns its bytes."""
    path, _, query = address.partition("?")
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "root_path": "", "query_string": query.encode(), "headers": [(b"host", b"testserver")],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    received, done = 0, asyncio.Event()
    asked = False

    async def receive() -> dict[str, Any]:
        nonlocal asked
        if asked:
            await done.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal received
        if message["type"] == "http.response.start":
            assert message["status"] == 200, message
        received += len(message.get("body", b""))

    await app(scope, receive, send)
    done.set()
    return received


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 1000, 2000])
    parser.add_argument("--at-once", type=int, default=1, help="exports of the same kind at the same time")
    parser.add_argument("--only", default="", help="names of exports that begin so")
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    print("| export | items | CPU s | growth | memory MB | file MB |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as work:
        for size in given.sizes:
            context.Process(target=make_collection, args=(Path(work) / str(size), size)).start()
            for child in multiprocessing.active_children():
                child.join()
        for name, address in ADDRESSES.items():
            before = 0.0
            for size in given.sizes if name.startswith(given.only) else ():
                with context.Pool(1) as pool:
                    seconds, memory, file = pool.apply(partial(measure, Path(work) / str(size), address, given.at_once))
                growth = f"{seconds / before:.2f}" if before else ""
                before = seconds
                print(f"| {name} | {size} | {seconds:.2f} | {growth} | {memory / 1e6:.0f} | {file / 1e6:.1f} |", flush=True)


if __name__ == "__main__":
    main()
