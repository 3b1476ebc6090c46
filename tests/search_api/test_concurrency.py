"""Many visitors search while one process publishes: every answer comes from one whole published state."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService

pytestmark = pytest.mark.slow

#: Publishes.
ROUNDS = 12
#: Threads that search meanwhile.
VISITORS = 4


def write(corpus: Path, number: int) -> None:
    """State `number` holds that many items, and every one of them says so."""
    for at in range(number):
        text = f"# Mục thứ {at}\n\nĐiển hình tiên tiến đợt số{number}x trên địa bàn."
        (corpus / f"m{at:02}.md").write_text(text, "utf-8")


def test_no_visitor_sees_half_a_publish(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    write(corpus, 1)
    library = Library(Store(tmp_path / "s.sqlite"), tmp_path / "i", embedded_engines(), open_embedder())
    index_corpus(library, corpus)
    service = SearchService(library)
    done = threading.Event()
    states: list[set[int]] = []
    problems: list[BaseException] = []

    def search() -> None:
        seen: set[int] = set()
        states.append(seen)
        try:
            while not done.is_set():
                answer = service.search(SearchRequest('"điển hình tiên tiến"', per_page=50))
                shown = {"".join(s.text for s in hit.snippets[0].segments) for hit in answer.hits}
                assert len(shown) == 1, shown
                number = int(shown.pop().split("đợt số")[1].split("x")[0])
                assert number == answer.total == len(answer.hits)
                assert sum(v.count for v in answer.facets[0].values) == number
                seen.add(number)
        except BaseException as error:
            problems.append(error)

    visitors = [threading.Thread(target=search) for _ in range(VISITORS)]
    for visitor in visitors:
        visitor.start()
    for number in range(2, ROUNDS + 1):
        write(corpus, number)
        index_corpus(library, corpus)
    done.set()
    for visitor in visitors:
        visitor.join(timeout=120)
    assert problems == []
    assert len(set[int]().union(*states)) >= 3, "the visitors did meet several states"
