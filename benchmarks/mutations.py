"""Damaged and hostile files, sent through every step that a file meets: none may raise anything but ExtractError, cost more
than 5 seconds of the processor, or take the program beyond 500 MB.

    python -m benchmarks.mutations [--count 1000] [--seed 0] [--keep FOLDER]

The files are made from those of `corpus/` and from `benchmarks.hostile_texts`: bits and characters are flipped, pieces are
cut, repeated and put elsewhere, headers are rewritten, encodings changed, and some grow to 10 MB. Some are put into archives
and mail before they are damaged. The same seed makes the same files. Each, and each file inside it, is read, measured,
repaired and enriched, written as JSON and read back, laid out for the index, cut into passages and embedded, and its words
are counted; then the run of `cachhay index` publishes them by the batch, and each item is shown on its page and as a hit.
`--keep` saves the files that fail. The exit status is 1 if a figure is missed.
"""

from __future__ import annotations

import io
import logging
import random
import resource
import sys
import tarfile
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path

import click
from fastapi.testclient import TestClient

from benchmarks.hostile_texts import FAMILIES
from indexer.discover import FoundFile, discover
from indexer.extract import unpack
from indexer.pipeline import index_corpus, process
from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.errors import ExtractError
from kb.item import Item
from kb.library.index_document import index_document
from kb.library.library import Library, embed_items
from kb.library.passages import split_passages
from kb.library.records import ITEM
from kb.library.store import Store
from kb.library.word_counts import count_words
from kb.ports import Embedder
from kb.settings import Settings
from search_api.display.item_text import show_blocks
from search_api.display.item_tokens import tokenise_item
from search_api.display.key_figures import find_figures
from search_api.service import SearchService
from web.app import create_app

CORPUS = Path(__file__).parent.parent / "corpus"
#: Files that are published together.
BATCH = 50
#: What is asked of a file: seconds of the processor,
MAX_SECONDS = 5.0
#: and megabytes of the whole process.
MAX_MB = 500
#: Sizes of the texts of a family, from which one is drawn.
SIZES = (50, 500, 5_000, 50_000)
#: Sizes of the few that grow.
LARGE_SIZES = (300_000, 599_000, 3_000_000, 10_000_000)
#: One file in so many grows.
LARGE_EVERY = 40
#: Characters that programs take for something else than letters.
ODD = "\0\x07\x1b\x85\u00a0\u00ad\u0301\u0323\u200b\u200d\u200f\u202e\u2028\ufeff\ufffd\ufffe\ufb01😀/\\'\"<%{}\r\f\v"
#: Lines of a header, right and wrong.
HEADERS = (
    "kind: document", "kind: practice", "kind:", "kind: [a]", "title: {t}", "title: 2024", "title: [a, b]", "year: 2024",
    "fields: [health]", "fields: health", "year: 0x7e8", "year: -1", "year: 99999999999999999999", "date: 2024-02-31",
    "place: {t}", "place: Xã Tuệ Tĩnh, thành phố Hải Phòng", "place_former: {t}", "unit: {t}", "internal: true",
    "internal: có", "internal:", "sample: yes", "id: {t}", "id: ../x", "status: revoked", "satus: revoked",
    "subject: individual", "a: &a [*a]", "? x", "title: 'a", 'title: "\\ud800"', "title: |\n  {t}", "<<: {a: b}",
    "origin: {t}", "- a", "\tx: y", "{t}: {t}",
)  # fmt: skip

Mutation = Callable[[random.Random, bytes], bytes]


def _flip(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 1 + len(data) // 200)):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _flip_letters(rng: random.Random, data: bytes) -> bytes:
    letters = list(_text(data))
    for _ in range(rng.randint(1, 1 + len(letters) // 20)):
        if letters:
            letters[rng.randrange(len(letters))] = rng.choice(ODD + "aăđéơ01I|.,;:-–/ \n\t#*[]_`")
    return _bytes("".join(letters))


def _cut(rng: random.Random, data: bytes) -> bytes:
    start, end = sorted((rng.randint(0, len(data)), rng.randint(0, len(data))))
    return data[start:end] if rng.random() < 0.3 else data[:start] + data[end:]


def _repeat(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    start = rng.randint(0, len(text))
    piece = text[start : start + rng.choice((1, 3, 20, 300))]
    return _bytes(text[:start] + piece * rng.choice((2, 30, 1000)) + text[start:])


def _splice(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    start = rng.randint(0, len(text))
    return _bytes(text[:start] + _family(rng, rng.choice(SIZES[:3])) + text[start:])


def _shuffle_lines(rng: random.Random, data: bytes) -> bytes:
    lines = _text(data).split("\n")
    rng.shuffle(lines)
    return _bytes(rng.choice(("\n", "\n\n", "\r\n", "\f", " ")).join(lines))


def _head(rng: random.Random, data: bytes) -> bytes:
    text = _text(data)
    if text.startswith("---\n") and rng.random() < 0.7:
        text = text.partition("\n---\n")[2]
    lines = [line.replace("{t}", _family(rng, rng.choice((5, 50, 5000)))) for line in rng.sample(HEADERS, rng.randint(1, 5))]
    first, last = (
        rng.choice(("---\n", "---\n", "---\n", "\n---\n", "--- \n", "")),
        rng.choice(("\n---\n", "\n---\n", "\n...\n", "\n")),
    )
    return _bytes(first + "\n".join(lines) + last + text)


def _encode(rng: random.Random, data: bytes) -> bytes:
    return _text(data).encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "utf-32", "cp1258", "latin-1")), "replace")


def _nest(rng: random.Random, data: bytes) -> bytes:
    opening, closing = rng.choice((("[", "]"), ("> ", ""), ("- ", ""), ("(", ")"), ("**", "**"), ("{", "}"), ("|", "|")))
    depth = rng.choice((3, 30, 500))
    return _bytes("\n".join(opening * depth + line + closing * depth for line in _text(data).split("\n")[:50]))


def _join_lines(rng: random.Random, data: bytes) -> bytes:
    return _bytes(_text(data).replace("\n", rng.choice((" ", "", ";", "\u2028"))))


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _flip_letters, _cut, _repeat, _splice, _shuffle_lines, _head, _encode, _nest, _join_lines,
)  # fmt: skip


#: Mutations that keep the form of a file that is no text.
BYTE_MUTATIONS: tuple[Mutation, ...] = (_flip, _flip, _cut)


def _in_zip(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.md", data)
        archive.writestr("thư mục/b.txt", data[:1000])
    return file.getvalue()


def _in_tar(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        entry = tarfile.TarInfo("a.md")
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return file.getvalue()


def _in_mail(data: bytes) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["MIME-Version"] = "a@b.example", "Kế hoạch", "1.0"
    mail.set_content(data[:2000].decode("utf-8", "replace").replace("\0", ""))
    mail.add_attachment(data, maintype="text", subtype="plain", filename="đính kèm.md")
    return mail.as_bytes()


#: Files that hold others, by their ending.
HOLDERS: dict[str, Callable[[bytes], bytes]] = {".zip": _in_zip, ".tgz": _in_tar, ".eml": _in_mail}
#: The share of files that are put into one.
HELD_SHARE = 0.2


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _family(rng: random.Random, size: int) -> str:
    return FAMILIES[rng.choice(sorted(FAMILIES))](size)


def make_files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of `count` files."""
    rng = random.Random(seed)
    originals = [found.read() for found in discover(CORPUS).files]
    for number in range(count):
        if rng.random() < HELD_SHARE:
            ending = rng.choice(sorted(HOLDERS))
            data = HOLDERS[ending](rng.choice(originals))
            if rng.random() < 0.3:
                ending = ".zip"
                data = _in_zip(data)
            for _ in range(rng.choice((0, 1, 1, 3))):
                data = rng.choice(BYTE_MUTATIONS)(rng, data)
            yield f"{number:06d}{ending}", data
            continue
        if number % LARGE_EVERY == LARGE_EVERY - 1:
            data = _bytes(_family(rng, rng.choice(LARGE_SIZES)))
        else:
            data = rng.choice(originals) if rng.random() < 0.7 else _bytes(_family(rng, rng.choice(SIZES)))
            for _ in range(rng.choice((1, 1, 2, 3))):
                data = rng.choice(MUTATIONS)(rng, data)
        yield f"{number:06d}{rng.choice(('.md', '.md', '.txt'))}", data


@dataclass(slots=True)
class Figures:
    """What was seen: the failures by kind, how many files were refused, and what the costliest file cost."""

    files: int = 0
    refused: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    def note(self, path: str, error: BaseException) -> None:
        place = traceback.extract_tb(error.__traceback__)[-1]
        self.failures[f"{type(error).__name__} in {Path(place.filename).name}:{place.lineno}: {str(error)[:80]}"] += 1
        self.failed.append(path)


def read_all(found: FoundFile, embedder: Embedder) -> None:
    """Read a file, and each file inside it. Raises ExtractError if one is refused, and whatever must not be raised."""
    refused = None
    for leaf in unpack(found.path, found.read()):
        try:
            if leaf.refused:
                raise ExtractError(leaf.refused)
            if not leaf.aside:
                read(replace(found, path=leaf.path), leaf.data, embedder)
        except ExtractError as error:
            refused = error
    if refused:
        raise refused


def read(found: FoundFile, data: bytes, embedder: Embedder) -> Item:
    """Every step but those that need a published index. Raises ExtractError, and whatever must not be raised."""
    item = process(found, data)
    again = ITEM.validate_json(ITEM.dump_json(item))
    assert again == item, "an item that was stored comes back as another"
    index_document(item)
    split_passages(item)
    count_words(item)
    embed_items(embedder, [item])
    show_blocks(None, tokenise_item(item))
    find_figures("\n".join(block.best for block in item.blocks))
    return item


def run_batch(folder: Path, embedder: Embedder, figures: Figures) -> None:
    """Send the files of a corpus folder through everything."""
    costs: dict[str, float] = {}
    logging.getLogger("cachhay").setLevel(logging.CRITICAL)
    for found in discover(folder).files:
        figures.files += 1
        start = time.process_time()
        try:
            read_all(found, embedder)
        except ExtractError:
            figures.refused += 1
        except Exception as error:
            figures.note(found.path, error)
        costs[found.path] = time.process_time() - start
    home = folder.parent / "home"
    library = Library(Store(home / "store.sqlite"), home / "index", embedded_engines(), embedder)
    service = SearchService(library)
    try:
        index_corpus(library, folder)
        client = TestClient(create_app(service, Settings()), raise_server_exceptions=True)
        client.get("/tim", params={"q": "thi đua"})  # What is made once for a published state belongs to no file.
        with library.store.snapshot() as snapshot:
            items = list(snapshot.items())
        for item in items:
            start = time.process_time()
            try:
                for address in (f"/muc/{item.id}?q=thi+%C4%91ua", f"/api/items/{item.id}"):
                    answer = client.get(address)
                    assert answer.status_code == 200, f"{answer.status_code} for a page"
                words = " ".join(item.title.split()[:6])
                assert client.get("/tim", params={"q": words}).status_code == 200, "no page of results"
            except Exception as error:
                figures.note(item.source.path, error)
            costs[item.source.path] = costs.get(item.source.path, 0.0) + time.process_time() - start
    except Exception as error:
        figures.note("", error)
        traceback.print_exc()
    figures.slowest = max([figures.slowest, *((cost, path) for path, cost in costs.items())])


@click.command()
@click.option("--count", default=1000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Where the files that fail are saved.")
def main(count: int, seed: int, keep: Path | None) -> None:
    """Make files, send them through everything, and tell what it cost."""
    embedder = open_embedder()
    figures = Figures()
    files = make_files(count, seed)
    for first in range(0, count, BATCH):
        with tempfile.TemporaryDirectory() as home:
            folder = Path(home) / "corpus"
            folder.mkdir()
            for name, data in [next(files) for _ in range(min(BATCH, count - first))]:
                (folder / name).write_bytes(data)
            before = len(figures.failed)
            run_batch(folder, embedder, figures)
            wanted = {*figures.failed[before:], *([figures.slowest[1]] if figures.slowest[0] > MAX_SECONDS else [])}
            for name in wanted if keep else ():
                if keep and (folder / name).is_file():
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / name).write_bytes((folder / name).read_bytes())
        click.echo(
            f"\r{first + BATCH} of {count}; slowest {figures.slowest[0]:.2f} s ({figures.slowest[1]}); {_megabytes()} MB",
            nl=False,
            err=True,
        )
    click.echo(err=True)
    for kind, times in figures.failures.most_common():
        click.echo(f"{times:5} × {kind}")
    seconds, path = figures.slowest
    megabytes = _megabytes()
    click.echo(f"{figures.files} files, {figures.refused} refused; uncaught: {len(figures.failed)}")
    click.echo(f"slowest: {seconds:.2f} s ({path}); most memory: {megabytes} MB")
    sys.exit(bool(figures.failed) or seconds > MAX_SECONDS or megabytes > MAX_MB)


def _megabytes() -> int:
    """The most memory that this process or one of its workers has had."""
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return kilobytes // (1024 if sys.platform != "darwin" else 1024 * 1024)


if __name__ == "__main__":
    main()
