"""The same papers give the same answers: count what differs after edits that were taken back, and with internal items.

    python -m benchmarks.histories [--corpus DIR] [--items N] [--histories N] [--json FILE]

*Edited and restored.* Each history makes eight rounds of 25 edits (a text changes, an item is removed, renamed, added, made
internal), indexes after each round, and restores the very same files. The answers are then compared with those of a clean
build. *With internal items.* Internal items are added to the same files, and every public answer is compared with the
answer without them: searches, facets, suggestions, items, similar items, topics, and the addresses of pages, feeds and
exports. Every figure must be 0. With `--items`, copies of the records with other words fill the corpus up to that number.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi.testclient import TestClient

from benchmarks.gate import read_gate
from benchmarks.search_speed import QUERIES
from benchmarks.timing import report
from indexer import index_corpus
from kb import facets
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.errors import NotFoundError
from kb.library.library import Library
from kb.library.store import Store
from kb.papers import vocabulary
from kb.ports import Embedder, EngineSet
from kb.settings import Settings
from search_api.query.request import SearchRequest
from search_api.service import SearchService
from training.question_sets import SEED
from vitext import fold
from web.app import create_app

#: Queries that are compared.
QUERY_COUNT = 95
#: Rounds of a history.
ROUNDS = 8
#: Edits of a round.
EDITS = 25
#: Items whose pages are compared.
ITEMS = 40
#: Internal items that are added, beside the public ones.
INTERNAL = 30
#: What an answer says about when it was made, and not about the papers.
PASSING = frozenset({"took_ms", "generation", "indexed_at", "read_at", "history"})
#: The same in pages, feeds and files.
_PASSING = re.compile(r"\d+(?:[.,]\d+)? (?:ms|giây)|\d{4}-\d\d-\d\dT[\d:.+Z-]+|\d\d:\d\d(?::\d\d)?|nonce=\S+")
#: A paragraph that edits add, a word of which stands in many records.
_LINES = (
    "Hợp tác xã trồng lúa hữu cơ và nuôi rươi dưới chân ruộng.",
    "Tổ công nghệ số cộng đồng giúp người cao tuổi nộp hồ sơ qua mạng.",
    "Mô hình đường hoa thay cho bãi rác, thi đua giữa các thôn.",
    "Cách làm hay về chuyển đổi số trong trường học, thư viện và trạm y tế.",
)


def queries(count: int = QUERY_COUNT) -> list[str]:
    """Queries of all kinds: those of the speed benchmark, the same without accents, and some of each kind of the gate."""
    by_kind: dict[str, list[str]] = {}
    for judged in read_gate():
        by_kind.setdefault(judged.kind, []).append(judged.query)
    mixed = [query for group in zip(*(own * 20 for own in by_kind.values()), strict=False) for query in group]
    return list(dict.fromkeys([*QUERIES, *map(fold, QUERIES), "", *mixed]))[:count]


class Corpus:
    """Files that can be edited and restored."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept = {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}

    def records(self) -> list[Path]:
        """The records that are there now."""
        return sorted(path for path in self.folder.rglob("*.md") if "documents" not in path.parts)

    def edit(self, rng: random.Random, edits: int) -> None:
        """Make one round of edits."""
        for number in range(edits):
            path = rng.choice(self.records())
            match rng.randrange(5):
                case 0:
                    path.write_text(f"{path.read_text('utf-8')}\n{rng.choice(_LINES)}\n", "utf-8")
                case 1:
                    path.unlink()
                case 2:
                    path.rename(path.with_name(f"{path.stem}-{rng.randrange(10**6)}.md"))
                case 3:
                    text = path.read_text("utf-8")
                    path.with_name(f"them-{number}-{rng.randrange(10**6)}.md").write_text(reworded(text, rng), "utf-8")
                case 4:
                    hide(path)

    def restore(self) -> None:
        """Bring the very same files back, and nothing else."""
        for path in self.folder.rglob("*"):
            if path.is_file() and path not in self._kept:
                path.unlink()
        for path, data in self._kept.items():
            if not path.is_file() or path.read_bytes() != data:
                path.write_bytes(data)


def reworded(text: str, rng: random.Random) -> str:
    """A record with other words: the lines of its text in another order, some of them twice, some new, and another title."""
    head, _, body = text.partition("\n---\n")
    lines = [line for line in body.splitlines() if line.strip()]
    mixed = [*rng.choices(lines, k=len(lines)), rng.choice(_LINES)]
    title = rng.sample(re.findall(r"[^\W\d_]+", body), k=6) if len(body.split()) > 20 else ["Cách", "làm"]
    head = re.sub(r"(?m)^title:.*$", f"title: {' '.join(title)}", head)
    return f"{head}\n---\n\n" + "\n\n".join(mixed) + "\n"


def hide(path: Path) -> None:
    """Mark a record as internal."""
    text = path.read_text("utf-8")
    if text.startswith("---\n") and "\ninternal:" not in text:
        path.write_text(text.replace("---\n", "---\ninternal: true\n", 1), "utf-8")


def fill(folder: Path, items: int) -> None:
    """Add records with other words until there are so many files."""
    rng = random.Random(SEED)
    texts = [path.read_text("utf-8") for path in sorted(folder.rglob("*.md")) if "documents" not in path.parts]
    for number in range(max(0, items - len(texts))):
        target = folder / "practices" / f"khac-{number:05d}.md"
        target.write_text(reworded(texts[number % len(texts)], rng), "utf-8")


def open_service(data: Path, engines: EngineSet, embedder: Embedder) -> tuple[Library, SearchService]:
    """(the library that indexes, what the public is answered by)."""
    store = Store(data / "store.sqlite")
    inside = Library(store, data / "index", engines, embedder)
    return inside, SearchService(Library(store, data / "index", engines, embedder, internal=False))


def index(library: Library, folder: Path) -> None:
    """Index a corpus, of which much may have been removed."""
    index_corpus(library, folder, yes=True)


def answers(service: SearchService, asked: Sequence[str], ids: Sequence[str]) -> dict[str, Any]:
    """Everything that the service answers to these queries and about these items, by what was asked."""
    out: dict[str, Any] = {}
    practice = {"kind": ("practice",)}
    for query in asked:
        for name, request in (
            ("search", SearchRequest(query)),
            ("second page", SearchRequest(query, page=2)),
            ("newest", SearchRequest(query, sort="newest")),
            ("filtered", SearchRequest(query, practice)),
            ("accents", SearchRequest(query, accents=True)),
        ):
            out[f"{name}: {query}"] = lasting(service.search(request).model_dump(mode="json"))
        out[f"suggest: {query}"] = lasting(service.suggest(query[:20]).model_dump(mode="json"))
    for item_id in ids:
        try:
            out[f"item: {item_id}"] = lasting(service.item(item_id, "hợp tác xã").model_dump(mode="json"))
        except NotFoundError:
            out[f"item: {item_id}"] = None
    long = [query for query in asked if len(query.split()) > 5]
    out["nomination"] = lasting(service.check_nomination("\n".join(long)).model_dump(mode="json"))
    out["list"] = lasting(service.batch(list(asked[:20])).model_dump(mode="json"))
    with service.found_records(SearchRequest("mô hình")) as found:
        out["records"] = [lasting(record.model_dump(mode="json")) for record in found.records()]
    out["overview"] = lasting(service.overview().model_dump(mode="json"))
    out["fields"] = {code: lasting(brief.model_dump(mode="json")) for code, brief in service.fields().items()}
    for code in vocabulary.codes("field"):
        out[f"topic: {code}"] = lasting(service.topic("field", code).model_dump(mode="json"))
    for code in facets.codes():
        out[f"values: {code}"] = list(service.count_values(code).items())
    return out


def lasting(answer: Any) -> Any:
    """The answer without what depends on the moment."""
    match answer:
        case dict():
            return {name: lasting(value) for name, value in answer.items() if name not in PASSING}
        case list():
            return [lasting(value) for value in answer]
        case _:
            return answer


def differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, int]:
    """How many answers differ, and in what: totals, facets, first pages and first hits are those of searches."""
    counts = Counter({"answers": 0, "totals": 0, "facets": 0, "first pages": 0, "first hits": 0})
    for name in first.keys() | second.keys():
        one, two = first.get(name), second.get(name)
        counts["answers"] += one != two
        if name.startswith("search: ") and one and two:
            pages = [[hit["card"]["id"] for hit in answer["hits"]] for answer in (one, two)]
            counts["totals"] += one["total"] != two["total"]
            counts["facets"] += one["facets"] != two["facets"]
            counts["first pages"] += pages[0] != pages[1]
            counts["first hits"] += pages[0][:1] != pages[1][:1]
    return dict(counts)


def addresses(asked: Sequence[str], ids: Sequence[str]) -> Iterator[str]:
    """Addresses of every kind that show items."""
    for query in asked:
        typed = quote(query)
        yield from (
            f"/tim?q={typed}",
            f"/tim?q={typed}&page=2&sort=newest",
            f"/api/search?q={typed}",
            f"/tim.atom?q={typed}",
        )
        yield from (f"/api/facets?q={typed}", f"/api/suggest?q={quote(query[:20])}", f"/nhung/khoi?q={typed}")
    for query in asked[:5]:
        yield from (f"/tim/xuat.{form}?q={quote(query)}" for form in ("csv", "json"))
    for item_id in ids:
        yield from (f"/muc/{quote(item_id)}", f"/api/items/{quote(item_id)}", f"/api/items/{quote(item_id)}/similar")
    yield from ("/", "/linh-vuc", "/dia-ban", "/moi", "/tim-nang-cao", "/api/arrivals", "/ho-so?ids=" + ",".join(ids[:5]))
    yield from (f"/linh-vuc/{code}" for code in vocabulary.codes("field"))


def pages(service: SearchService, listed: Sequence[str]) -> dict[str, str]:
    """What is answered at each address, without what depends on the moment. Raises ValueError for an error."""
    with TestClient(create_app(service, Settings()), raise_server_exceptions=False) as client:
        got = {address: client.get(address) for address in listed}
    if failed := {address: answer.status_code for address, answer in got.items() if answer.status_code != 200}:
        raise ValueError(f"not answered: {failed}")
    return {address: _clean(answer.text) for address, answer in got.items()}


def _clean(text: str) -> str:
    """The text without moments and durations, and without the name of the generation."""
    return re.sub(r'"took_ms": ?[\d.]+|\d{6}-[0-9a-f]{8}', "", _PASSING.sub("", text))


def edited_and_restored(source: Path, work: Path, histories: int) -> list[dict[str, object]]:
    """A row for each history: what differs from a clean build of the same files."""
    engines, embedder, asked = embedded_engines(), open_embedder(), queries()
    shutil.copytree(source, work / "corpus")
    corpus = Corpus(work / "corpus")
    inside, public = open_service(work / "clean", engines, embedder)
    index(inside, corpus.folder)
    with inside.view() as view:
        ids = view.snapshot.ids()[:: max(1, view.snapshot.count() // ITEMS)]
    clean = answers(public, asked, ids)
    rows: list[dict[str, object]] = []
    for number in range(histories):
        rng = random.Random(SEED + number)
        inside, public = open_service(work / f"history{number}", engines, embedder)
        index(inside, corpus.folder)
        for _ in range(ROUNDS):
            corpus.edit(rng, EDITS)
            index(inside, corpus.folder)
        corpus.restore()
        index(inside, corpus.folder)
        found = differences(clean, answers(public, asked, ids))
        rows.append({"what": f"history {number + 1}", "compared": len(clean), "differ": found.pop("answers"), **found})
    return rows


def with_internal_items(source: Path, work: Path) -> dict[str, object]:
    """A row: what differs for the public once there are internal items."""
    engines, embedder, asked = embedded_engines(), open_embedder(), queries()
    shutil.copytree(source, work / "corpus")
    inside, public = open_service(work / "data", engines, embedder)
    index(inside, work / "corpus")
    with inside.view() as view:
        ids = view.snapshot.ids()[:: max(1, view.snapshot.count() // ITEMS)]
    listed = list(addresses(asked, ids))
    without, shown = answers(public, asked, ids), pages(public, listed)
    rng = random.Random(SEED)
    for number, path in enumerate(rng.sample(Corpus(work / "corpus").records(), INTERNAL)):
        secret = path.with_name(f"noi-bo-{number}.md")
        secret.write_text(reworded(path.read_text("utf-8"), rng), "utf-8")
        hide(secret)
    index(inside, work / "corpus")
    found = differences(without, answers(public, asked, ids))
    changed = pages(public, listed)
    differ = found.pop("answers") + sum(shown[address] != changed[address] for address in listed)
    return {"what": f"with {INTERNAL} internal items", "compared": len(without) + len(listed), "differ": differ, **found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    parser.add_argument("--items", type=int, default=0)
    parser.add_argument("--histories", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copytree(arguments.corpus, work / "corpus")
        fill(work / "corpus", arguments.items)
        rows = edited_and_restored(work / "corpus", work / "a", arguments.histories)
        rows.append(with_internal_items(work / "corpus", work / "b"))
    report(rows, arguments.json)


if __name__ == "__main__":
    main()
