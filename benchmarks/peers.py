"""Other engines over the same documents: bm25s over folded syllables, over folded syllables with their bigrams and over
accented syllables; and Meilisearch's own engine (`milli`).

`milli` gets d for đ, which its server does too. Each engine gets damaged text as it is, because none of them repairs it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from typing import Protocol

from training.question_sets import Document
from vitext import analyse

#: The peers by name.
PEERS = ("bm25s-folded", "bm25s-pairs", "bm25s-accented", "milli")
#: Bytes that milli may map; the file is sparse.
MAP_SIZE = 32 << 30


class Peer(Protocol):
    """An engine; `search` gives the ids of the ten best documents."""

    def search(self, query: str) -> list[str]: ...


def open_peer(name: str, documents: Sequence[Document]) -> Peer:
    """Build a peer's index. Raises ImportError where its package is missing."""
    return Milli(documents) if name == "milli" else Bm25s(documents, name.removeprefix("bm25s-"))


class Bm25s:
    """BM25 (k1 1.2, b .75) over syllables: `folded`, folded with bigrams (`pairs`), or `accented`."""

    def __init__(self, documents: Sequence[Document], keys: str) -> None:
        import bm25s

        self._keys_of = keys
        self._ids = [document.id for document in documents]
        self._index = bm25s.BM25(k1=1.2, b=0.75)
        self._index.index([self._keys(f"{d.title}\n{d.text}") for d in documents], show_progress=False)

    def _keys(self, text: str) -> list[str]:
        keys = analyse(text)
        return {"accented": [*keys.accented], "folded": [*keys.folded], "pairs": [*keys.folded, *keys.bigrams]}[
            self._keys_of
        ]

    def search(self, query: str) -> list[str]:
        words = self._keys(query)
        if not words:
            return []
        found, scores = self._index.retrieve([words], k=min(10, len(self._ids)), show_progress=False)
        return [self._ids[int(at)] for at, score in zip(found[0], scores[0], strict=True) if score > 0]


class Milli:
    """Meilisearch's engine as it is installed; only what its server does to Vietnamese (đ) is done here."""

    def __init__(self, documents: Sequence[Document]) -> None:
        import milli

        self._folder = tempfile.TemporaryDirectory(prefix="milli")
        self._index = milli.Index(self._folder.name, MAP_SIZE)
        self._ids = [document.id for document in documents]
        for start in range(0, len(documents), 2000):
            self._index.add_documents(
                [
                    {"id": str(at), "title": _plain(d.title), "text": _plain(d.text)}
                    for at, d in enumerate(documents[start : start + 2000], start)
                ]
            )

    def search(self, query: str) -> list[str]:
        found = self._index.get_documents(self._index.search(_plain(query))[:10])
        return [self._ids[int(row["id"])] for row in found]


def _plain(text: str) -> str:
    return text.replace("đ", "d").replace("Đ", "D")
