"""Server time and size of every page on the sample corpus, in process.

    python -m benchmarks.page_speed [--rounds 40]

Every page is requested with different parameters, so that few answers come from a cache. Times are those of the whole
answer (routing, search, template, compression) in this process, after one request as a warm-up.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from starlette.testclient import TestClient

from benchmarks.gate import read_gate
from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from kb.papers.vocabulary import codes
from kb.settings import Settings
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from web.app import create_app

#: The sample corpus.
CORPUS = Path(__file__).parent.parent / "corpus"


def addresses(service: SearchService) -> dict[str, list[str]]:
    """The addresses of every kind of page."""
    with service.found_records(SearchRequest()) as found:
        ids = list(found.ids)
    queries = [quote(judged.query) for judged in read_gate()]
    places = ["hai-phong", "hai-phong.xa-tue-tinh", "hai-duong.huyen-cam-giang", "hai-duong", "ha-noi"]
    pairs = [f"muc={a}&muc={b}" for a, b in zip(ids, ids[7:], strict=False)]
    tens = ["&".join(f"muc={i}" for i in ids[at : at + 10]) for at in range(0, 90, 3)]
    return {
        "/": ["/"],
        "/tim": [f"/tim?q={q}" for q in queries],
        "/tim, filters": [f"/tim?q={q}&field=agriculture&not_kind=document&year=2025" for q in queries],
        "/tim, nothing found": [f"/tim?q={q}&year=1900" for q in queries],
        "/tim, all": [f"/tim?page={n}" for n in range(1, 12)],
        "/muc": [f"/muc/{i}" for i in ids],
        "/muc, with hits": [f"/muc/{i}?q={q}" for i, q in zip(ids, queries, strict=False)],
        "/so-sanh": [f"/so-sanh?{p}" for p in pairs],
        "/ho-so, ten records": [f"/ho-so?{t}" for t in tens],
        "/ho-so/in, ten records": [f"/ho-so/in?{t}" for t in tens],
        "/ho-so/an-pham, ten records": [f"/ho-so/an-pham?{t}" for t in tens],
        "/linh-vuc": ["/linh-vuc"],
        "/linh-vuc/{code}": [f"/linh-vuc/{code}" for code in codes("field")],
        "/dia-ban": ["/dia-ban", "/dia-ban?ten=cam+giang"],
        "/dia-ban/{code}": [f"/dia-ban/{code}" for code in places],
        "/moi": ["/moi", "/moi?field=health"],
        "/tim.atom": [f"/tim.atom?q={q}" for q in queries],
        "/nhung/khoi": [f"/nhung/khoi?q={q}" for q in queries],
        "/tim-nang-cao": ["/tim-nang-cao"],
        "/tro-giup": ["/tro-giup"],
        "/api/suggest": [f"/api/suggest?q={q[:12]}" for q in queries if "%" not in q[:12]],
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Store(Path(folder) / "s.sqlite"), Path(folder) / "i", embedded_engines(), open_embedder())
        index_corpus(library, CORPUS)
        service = SearchService(library)
        client = TestClient(create_app(service, Settings()), follow_redirects=False)
        print("| page | median ms | p95 ms | largest kB | compressed kB |\n|---|---|---|---|---|")
        for name, urls in addresses(service).items():
            client.get(urls[0])
            times, largest = [], b""
            for at in range(max(rounds, min(len(urls), 3 * rounds))):
                url = urls[at % len(urls)]
                start = time.perf_counter()
                answer = client.get(url)
                times.append(time.perf_counter() - start)
                assert answer.status_code in (200, 303), url
                largest = max(largest, answer.content, key=len)
            times.sort()
            middle, high = times[len(times) // 2], times[int(0.95 * (len(times) - 1))]
            packed = len(gzip.compress(largest, 5)) / 1000
            print(f"| `{name}` | {1000 * middle:.0f} | {1000 * high:.0f} | {len(largest) / 1000:.0f} | {packed:.0f} |")


if __name__ == "__main__":
    main()
