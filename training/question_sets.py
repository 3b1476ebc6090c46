"""Read question sets (corpus, queries, judgements) and index their documents as the product does."""

from __future__ import annotations

import csv
import json
import lzma
import random
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from training.damage import damage_text, mistype
from vitext import strip_marks

#: The seed of every random draw, together with the name of what is drawn.
SEED = 20261124


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a question set; `title` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """Documents, queries and judgements. `judged` maps the id of a query to its relevant documents with grades from 1 up."""

    name: str
    documents: tuple[Document, ...]
    queries: dict[str, str]
    judged: dict[str, dict[str, int]]


def read_set(folder: Path) -> QuestionSet:
    """The question set of a folder: `corpus.jsonl[.xz]`, `queries.jsonl[.xz]`, `qrels.tsv`.

    A folder without a corpus (title -> article of the codified law) takes the articles of `../../train/phapdien.jsonl.xz`.
    """
    if _found(folder, "corpus"):
        documents = [Document(row["_id"], row.get("title") or "", row["text"]) for row in _rows(folder, "corpus")]
    else:
        articles = _rows(folder.parent.parent / "train", "phapdien")
        documents = [Document(row["id"], "", row["body"]) for row in articles if row["in_ir_corpus"]]
    judged: dict[str, dict[str, int]] = defaultdict(dict)
    with open(folder / "qrels.tsv", encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            if int(row["score"]) > 0:
                judged[row["query-id"]][row["corpus-id"]] = int(row["score"])
    queries = {row["_id"]: row["text"] for row in _rows(folder, "queries") if row["_id"] in judged}
    return QuestionSet(folder.name, tuple(documents), queries, dict(judged))


def _found(folder: Path, name: str) -> Path | None:
    return next((path for ending in (".jsonl", ".jsonl.xz") if (path := folder / f"{name}{ending}").is_file()), None)


def _rows(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    path = _found(folder, name)
    if path is None:
        raise SystemExit(f"{folder}: no {name}.jsonl or {name}.jsonl.xz")
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else open(path, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def damaged(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The documents as an English recogniser might damage them (`training.damage`), each from a seed of its own."""
    out = []
    for document in documents:
        rng = random.Random(SEED ^ zlib.crc32(document.id.encode()))
        whole = damage_text(f"{document.title}\f{document.text}", rng)
        title, _, text = whole.partition("\f")
        out.append(Document(document.id, title, text))
    return tuple(out)


def change(query: str, condition: str) -> str:
    """The query as a visitor in a hurry types it."""
    if condition == "stripped":
        return strip_marks(query)
    return mistype(query, random.Random(SEED ^ zlib.crc32(query.encode()))) if condition == "typos" else query


def open_library(folder: Path, model: str = "") -> Library:
    """The product's store and engines in a folder of their own, with the shipped or another embedding model."""
    return Library(Store(folder / "store.sqlite"), folder / "index", embedded_engines(), open_embedder(model))


def index_set(
    library: Library, documents: tuple[Document, ...], folder: Path, progress: Callable[..., None]
) -> dict[str, str]:
    """Write the documents as text files and index them as `cachhay index` does. Returns item id -> document id.

    A title is the first line of its file. Documents without any text are left out.
    """
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text('[[folder]]\npath = "."\nkind = "article"\n', "utf-8")
    ids: dict[str, str] = {}
    for number, document in enumerate(documents):
        text = "\n\n".join(part for part in (document.title, document.text) if part.strip())
        if text.strip():
            ids[f"{number:06d}.txt"] = document.id
            (folder / f"{number:06d}.txt").write_text(text, "utf-8")
    report = index_corpus(library, folder, progress=progress)
    if report.failed:
        raise SystemExit(f"{len(report.failed)} documents could not be read: {next(iter(report.failed.items()))}")
    with library.store.snapshot() as snapshot:
        return {record.item_id: ids[path] for path, record in snapshot.files().items()}
