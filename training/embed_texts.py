"""Read the texts that the embedding model learns from, as titled documents, and hold some of them out.

A data folder holds `train/{vietnews,phapdien,newdocs,laws}.jsonl.xz`. Held out, and never seen by vocabulary or training:
one press article in fifty and one topic of the codified law in sixteen (by checksum), with every other text that shares
a run of words with a held-out one (a law printed twice must not be learned from its other print).
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from training.texts import CROSS_REFERENCES, read_json_lines
from vitext import fold

Register = Literal["press", "law"]

#: One press article in this many is held out.
PRESS_ONE_IN = 50
#: One topic of the law in this many is held out.
TOPIC_ONE_IN = 16
#: Two law texts that share this many words in a row count as one text.
RUN_LENGTH = 24
#: Words between the starts of two runs that are looked up.
RUN_STEP = 6
_ARTICLE = re.compile(r"^[#* ]*Điều\s+(\d+[a-zđ]?)\s*[.:]\s*([^\n]*)$", re.MULTILINE)
_LAW_NAME = re.compile(r"^Điều \S+ (.*?)(?: ngày \d|, có hiệu lực|$)")
_MARKS = re.compile(r"[*_`#>|]+|^-{3,}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Titled:
    """One article of the press or of a law. `name` is the law it stands in, `lead` the abstract; either may be empty."""

    register: Register
    id: str
    title: str
    name: str
    lead: str
    body: str
    held_out: bool = False


def read_titled(data: Path, registers: tuple[Register, ...] = ("press", "law")) -> Iterator[Titled]:
    """Every document of the data folder, always in the same order."""
    if "press" in registers:
        for row in read_json_lines(data / "train" / "vietnews.jsonl.xz"):
            out = zlib.crc32(row["id"].encode()) % PRESS_ONE_IN == 0
            yield Titled("press", row["id"], row["title"], "", row["abstract"], row["body"], out)
    if "law" in registers:
        yield from _read_law(data)


def _read_law(data: Path) -> Iterator[Titled]:
    rows = list(read_json_lines(data / "train" / "phapdien.jsonl.xz"))
    held = [zlib.crc32(row["topic"].encode()) % TOPIC_ONE_IN == 0 for row in rows]
    bodies = [CROSS_REFERENCES.sub("", row["body"]) for row in rows]
    runs = {run for body, out in zip(bodies, held, strict=True) if out for run in _runs(body, 1)}
    for row, body, out in zip(rows, bodies, held, strict=True):
        if out or runs.isdisjoint(_runs(body, RUN_STEP)):
            yield Titled("law", f"phapdien/{row['id']}", row["title"], _law_name(row["source"]), "", body, out)
    for file in ("laws", "newdocs"):
        for row in read_json_lines(data / "train" / f"{file}.jsonl.xz"):
            for article in _articles(f"{file}/{row['id']}", row.get("title", ""), row["text"]):
                if runs.isdisjoint(_runs(article.body, RUN_STEP)):
                    yield article


def _law_name(source: str) -> str:
    """ "Điều 1 Luật số 24/2018/QH14 An ninh mạng ngày 12/06/2018 của …" -> "Luật số 24/2018/QH14 An ninh mạng"."""
    found = _LAW_NAME.match(source)
    return found[1] if found else ""


def _articles(name: str, title: str, text: str) -> Iterator[Titled]:
    """The articles of a whole law: "Điều 5. Title" and the text up to the next."""
    text = _MARKS.sub(" ", text)
    heads = list(_ARTICLE.finditer(text))
    for at, head in enumerate(heads):
        end = heads[at + 1].start() if at + 1 < len(heads) else len(text)
        body = text[head.end() : end].strip()
        if len(body.split()) >= 12:
            yield Titled("law", f"{name}/{head[1]}", head[2].strip(), title, "", body)


def _runs(text: str, step: int) -> set[int]:
    """Checksums of the runs of RUN_LENGTH words that begin at every `step`-th word; a shorter text is one run."""
    words = fold(text).split()
    return {hash(" ".join(words[at : at + RUN_LENGTH])) for at in range(0, max(1, len(words) - RUN_LENGTH + 1), step)}
