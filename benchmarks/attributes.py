"""Measure the attributes that the rules read in official papers against those that a person wrote down.

    python -m benchmarks.attributes DATA [--variant NAME] [--attribute NAME] [--wrong] [--told]

DATA is a file of JSON lines (also .xz) with `id`, `variant` (how the paper came: clean, flattened, recognised), `text`, and
`gold`: number, type (a code), issuer, date, signer, title, and the lists recipients and citations. An attribute that a paper
lacks is "" there, and must be empty. Every text goes through the whole pipeline, as a file of plain text.

An attribute is right if its words agree. In a text whose letters were damaged a word counts as the same without regard to
accents and case (`folded`); `exact` wants every letter. For recipients and citations each entry counts. The table prints
right / wrong / missing for every attribute and every group of variants. `--wrong` prints what is wrong, `--told` what the
evidence told of its confidence and how often that was right.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from indexer.discover import FoundFile
from indexer.pipeline import process
from kb.item import DocumentAttributes, Item
from vitext import compose, fold

SINGLE = ("number", "type", "issuer", "date", "signer", "title")
LISTS = ("recipients", "citations")
#: Bounds of the classes of told confidence.
CLASSES = (0.0, 0.6, 0.75, 0.85, 0.92, 0.96, 0.985, 1.01)
#: What variants are reported together, by how their names begin.
GROUPS = {"clean": "clean", "pdf": "clean", "ocr-vie": "vie", "stripped": "stripped", "ocr-eng": "eng", "ocr-fra": "fra"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One attribute of one paper: what was wanted and found, and how sure the evidence was (None: there is none)."""

    paper: str
    variant: str
    attribute: str
    wanted: str
    found: str
    told: float | None

    def verdict(self, exact: bool) -> str:
        """ "right", "wrong" (also: found where there is nothing) or "missing"."""
        if key(self.wanted, exact) == key(self.found, exact):
            return "right"
        return "wrong" if self.found else "missing"

    @property
    def group(self) -> str:
        return next((name for start, name in GROUPS.items() if self.variant.startswith(start)), self.variant)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the file of JSON lines, or .jsonl.xz")
    parser.add_argument("--variant", default="", help="only variants whose names begin so")
    parser.add_argument("--attribute", default="", help="only this attribute")
    parser.add_argument("--wrong", action="store_true", help="print every attribute that is not right")
    parser.add_argument("--told", action="store_true", help="print told confidence against right")
    options = parser.parse_args()
    findings = [
        finding
        for row in read_rows(options.data)
        if row["variant"].startswith(options.variant)
        for finding in compare(row, read(row))
        if options.attribute in ("", finding.attribute)
    ]
    if options.wrong:
        for finding in findings:
            if finding.verdict(exact=False) != "right":
                told = "    " if finding.told is None else f"{finding.told:.2f}"
                print(f"{finding.paper} {finding.variant} {finding.attribute} {told}")
                print(f"    wanted {finding.wanted!r}\n    found  {finding.found!r}")
    if options.told:
        print(*told_against_right(findings), sep="\n")
    for exact in (True, False):
        print(f"\n{'exact' if exact else 'folded'}: right / wrong / missing")
        print(*table(findings, exact), sep="\n")


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The papers of a data file."""
    data = path.read_bytes()
    text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode()
    yield from map(json.loads, text.splitlines())


def read(row: Mapping[str, Any]) -> Item:
    """The item that the pipeline makes of a paper's text."""
    return process(FoundFile(f"{row['id']}.txt", Path(), {}), row["text"].encode())


def compare(row: Mapping[str, Any], item: Item) -> Iterator[Finding]:
    """Every attribute of a paper against what was found. The entries of lists are compared as multisets."""
    document = item.document or DocumentAttributes()
    told = {e.attribute: e.confidence for e in item.evidence}
    found = {
        "number": document.number.text if document.number else "",
        "type": document.type,
        "issuer": document.issuer,
        "date": document.date.isoformat() if document.date else "",
        "signer": document.signer,
        "title": item.title,
    }
    for name in SINGLE:
        sure = told.get(name) if found[name] else None
        yield Finding(row["id"], row["variant"], name, row["gold"][name], found[name], sure)
    entries = {"recipients": document.recipients, "citations": tuple(c.number.text for c in document.citations)}
    for name in LISTS:
        every = {e.value: e.confidence for e in item.evidence if e.attribute == name}
        for wanted, value in pair(row["gold"][name], entries[name]):
            yield Finding(row["id"], row["variant"], name, wanted, value, every.get(value))


def pair(wanted: Sequence[str], found: Sequence[str]) -> list[tuple[str, str]]:
    """Entries that agree, then the others in order, "" where one side has none.

    >>> pair(["A", "B"], ["b", "C"])
    [('B', 'b'), ('A', 'C')]
    """
    left = list(found)
    pairs, rest = [], []
    for entry in wanted:
        same = next((value for value in left if key(value, False) == key(entry, False)), None)
        if same is None:
            rest.append(entry)
        else:
            left.remove(same)
            pairs.append((entry, same))
    width = max(len(rest), len(left))
    return pairs + list(zip(rest + [""] * (width - len(rest)), left + [""] * (width - len(left)), strict=True))


def key(text: str, exact: bool) -> str:
    """The form in which values are compared: composed, one space, quotes alike; without accents and case unless `exact`."""
    text = re.sub("[“”„″]", '"', " ".join(compose(text).split())).strip(" .,;")
    return text if exact else fold(text)


def table(findings: Iterable[Finding], exact: bool) -> Iterator[str]:
    """A line for each attribute and one for all: right / wrong / missing of each group of variants, and the share right."""
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for finding in findings:
        verdict = finding.verdict(exact)
        for row in (finding.attribute, "all"):
            counts[row, finding.group][verdict] += 1
    groups = sorted({group for _, group in counts}, key=[*GROUPS.values()].index)
    yield f"{'':12}" + "".join(f"{group:>22}" for group in groups)
    for name in (*SINGLE, *LISTS, "all"):
        cells = [counts[name, group] for group in groups]
        if any(cells):
            yield f"{name:12}" + "".join(
                f"{c['right']:6}/{c['wrong']:3}/{c['missing']:3} {c['right'] / max(c.total(), 1):6.3f} " for c in cells
            )


def told_against_right(findings: Iterable[Finding]) -> Iterator[str]:
    """A line for each class of told confidence: how many, the mean that was told, and the share that was right."""
    rows: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for finding in findings:
        if finding.found and finding.told is not None:
            for name in (finding.attribute, "all"):
                rows[name].append((finding.told, finding.verdict(exact=False) == "right"))
    for name, told in rows.items():
        yield f"\n{name}: told, right, findings"
        for low, high in pairwise(CLASSES):
            here = [(sure, right) for sure, right in told if low <= sure < high]
            if here:
                mean = sum(sure for sure, _ in here) / len(here)
                yield f"  {mean:.3f}  {sum(right for _, right in here) / len(here):.3f}  {len(here):5}"


if __name__ == "__main__":
    main()
