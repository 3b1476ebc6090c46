"""The time of suggestions on the sample corpus, and of searching the names of a large collection.

python -m benchmarks.autocomplete_speed
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.gate import read_gate
from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from search_api.tasks.autocomplete import Name, Names

#: The sample corpus.
CORPUS = Path(__file__).parent.parent / "corpus"


def percentiles(times: list[float]) -> str:
    times = sorted(times)
    return f"median {1000 * times[len(times) // 2]:.2f} ms, p95 {1000 * times[int(0.95 * (len(times) - 1))]:.2f} ms"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Store(Path(folder) / "s.sqlite"), Path(folder) / "i", embedded_engines(), open_embedder())
        index_corpus(library, CORPUS)
        service = SearchService(library)
        typed = [judged.query[:n] for judged in read_gate() for n in (3, 6, 10, 20)]
        service.suggest("hop tac")
        times = []
        for text in typed:
            start = time.perf_counter()
            service.suggest(text)
            times.append(time.perf_counter() - start)
        print(f"corpus, {len(typed)} beginnings of queries: {percentiles(times)}")
        with service.found_records(SearchRequest()) as found:
            titles = [record.card.title for record in found.records()]
    start = time.perf_counter()
    names = Names(Name("title", f"{titles[n % 102]} {titles[n * 7 % 102][:40]} {n}", str(n)) for n in range(100_000))
    print(f"100,000 titles: prepared in {time.perf_counter() - start:.1f} s")
    times = []
    for text in typed[::4]:
        words = text.lower().split() or ["a"]
        start = time.perf_counter()
        list(names.find(words))
        times.append(time.perf_counter() - start)
    print(f"100,000 titles: {percentiles(times)}")


if __name__ == "__main__":
    main()
