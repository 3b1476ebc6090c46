"""Take in what somebody names: a file of this machine, or an address of an article, a PDF or a feed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import Message
from itertools import chain
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urldefrag, urlsplit

from indexer.intake.feed import HEAD_BYTES, MAX_BYTES, MAX_ENTRIES, FeedMemory, Visit, entries_of, is_feed
from indexer.intake.fetch import Fetcher
from indexer.intake.folder import IntakeFolder, Origin
from indexer.intake.http import Answer
from indexer.readers.sniff import HEAD_BYTES as SNIFF_BYTES
from indexer.readers.sniff import sniff
from indexer.regular_file import open_regular_file
from kb.errors import IntakeError, TryLaterError

State = Literal["taken", "known", "refused", "later"]
_PIECE = 1 << 20
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
#: Endings of addresses that programs of web servers have; they say nothing of what is behind them.
_PROGRAMS = (".php", ".aspx", ".asp", ".jsp", ".cgi", ".do", ".vnp", ".epi", ".chn", ".tpo", ".ldo", ".ngn")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one source: it was taken, its bytes were known already, it was refused for good or only for now.

    `path` is where it is in the corpus, `reason` why it is not, or what was asked for besides and not done.
    """

    source: str
    state: State
    path: str = ""
    reason: str = ""

    @property
    def there(self) -> bool:
        return self.state in ("taken", "known")


def is_address(text: str) -> bool:
    """Whether what somebody named is an address of the web (or means to be one), and no file.

    >>> is_address("https://bao.example.vn/tin"), is_address("ke-hoach.pdf"), is_address("C:/a.txt")
    (True, False, False)
    """
    return _ADDRESS.match(text) is not None


def take_file(folder: IntakeFolder, path: Path, *, said: str = "", internal: bool = False) -> Outcome:
    """Put a file of this machine into the corpus. One that lies there already stays where it is. Raises SettingError."""
    source = str(path)
    if path.resolve().is_relative_to(folder.corpus.resolve()):
        return Outcome(source, "known", path.resolve().relative_to(folder.corpus.resolve()).as_posix())
    try:
        origin = Origin("file", said=said, internal=internal)
        with open_regular_file(path.resolve()) as file, folder.receive(path.name, origin) as incoming:
            while piece := file.read(_PIECE):
                incoming.write(piece)
            taken = incoming.keep()
    except IntakeError as error:
        return _refused(source, error)
    except OSError as error:
        return Outcome(source, "refused", reason=f"không đọc được ({error.strerror or error})")
    return Outcome(source, "taken" if taken.fresh else "known", taken.path, taken.note)


def take_address(
    folder: IntakeFolder, fetcher: Fetcher, memory: FeedMemory, address: str, *, internal: bool = False
) -> Iterator[Outcome]:
    """Fetch an address and put what it gives into the corpus; of a feed, what its new entries lead to.

    Raises SettingError (no corpus), OSError (what is remembered of feeds cannot be written).
    """
    visit = memory.visit(address)
    try:
        with fetcher.fetch(address, visit.headers) as answer:
            if answer.status == 304:
                return
            pieces = answer.pieces
            head = _head(pieces)
            if not is_feed(head):
                yield _keep(folder, answer, chain((head,), pieces), Origin("address", address, internal=internal))
                return
            size, data = len(head), [head]
            for piece in pieces:
                size += len(piece)
                if size > MAX_BYTES:
                    raise IntakeError(f"nguồn tin quá lớn (hơn {MAX_BYTES // 1_000_000} MB)")
                data.append(piece)
            entries = entries_of(b"".join(data), answer.target.url)
            version = Visit(answer.headers.get("etag", ""), answer.headers.get("last-modified", ""))
    except IntakeError as error:
        yield _refused(address, error)
        return
    yield from _take_entries(folder, fetcher, memory, address, entries, version, internal=internal)


def _take_entries(
    folder: IntakeFolder,
    fetcher: Fetcher,
    memory: FeedMemory,
    feed: str,
    entries: list[str],
    version: Visit,
    *,
    internal: bool,
) -> Iterator[Outcome]:
    """Fetch the entries that are not done with. What may come later is asked for at the next visit."""
    done = {entry for entry in memory.visit(feed).done if entry in entries}
    left = [entry for entry in entries if entry not in done]
    complete = len(left) <= MAX_ENTRIES
    for entry in left[:MAX_ENTRIES]:
        outcome = _take_entry(folder, fetcher, entry, internal=internal)
        yield outcome
        if outcome.state == "later":
            complete = False
        else:
            done.add(entry)
    kept = tuple(entry for entry in entries if entry in done)
    memory.remember(feed, Visit(version.etag, version.modified, kept) if complete else Visit(done=kept))


def _take_entry(folder: IntakeFolder, fetcher: Fetcher, address: str, *, internal: bool) -> Outcome:
    try:
        with fetcher.fetch(address) as answer:
            head = _head(answer.pieces)
            if is_feed(head):
                raise IntakeError("là một nguồn tin khác, không phải bài")
            return _keep(folder, answer, chain((head,), answer.pieces), Origin("feed", address, internal=internal))
    except IntakeError as error:
        return _refused(address, error)


def _head(pieces: Iterator[bytes]) -> bytes:
    """The first bytes of a body, enough to know what it is."""
    head = b""
    for piece in pieces:
        head += piece
        if len(head) >= max(SNIFF_BYTES, HEAD_BYTES):
            break
    return head


def _keep(folder: IntakeFolder, answer: Answer, pieces: Iterator[bytes], origin: Origin) -> Outcome:
    """Put the body of an answer into the corpus, in the place of what was taken from the same address before."""
    first = next(pieces)
    name = name_of(answer.target.url, answer.headers, first)
    size = answer.headers.get("content-length", "")
    announced = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0
    with folder.receive(name, origin, announced) as incoming:
        for piece in chain((first,), pieces):
            incoming.write(piece)
        taken = incoming.keep(replaces=folder.path_of_address(origin.address, internal=origin.internal))
    return Outcome(origin.address, "taken" if taken.fresh else "known", taken.path, taken.note)


def name_of(url: str, headers: Mapping[str, str], head: bytes) -> str:
    """What to call the file behind an address: as its server says, else as the address ends; the ending says what it is.

    >>> name_of("https://bao.example.vn/tin/mo-hinh-moi-12.aspx?p=1", {"content-type": "text/html"}, b"<html>")
    'mo-hinh-moi-12.html'
    >>> name_of("https://bao.example.vn/", {}, b"%PDF-1.7")
    'bao.example.vn.pdf'
    """
    parts = urlsplit(urldefrag(url)[0])
    name = _disposition(headers.get("content-disposition", "")) or unquote(parts.path.rstrip("/").rpartition("/")[2])
    lower = (name or "").lower()
    if ending := next((ending for ending in _PROGRAMS if lower.endswith(ending)), ""):
        name = name[: -len(ending)]
    name = name or parts.hostname or ""
    code = sniff(name, head[:SNIFF_BYTES]).code
    is_page = code == "html" or headers.get("content-type", "").lower().startswith(("text/html", "application/xhtml"))
    if code == "pdf":
        return name if lower.endswith(".pdf") else f"{name}.pdf"
    if is_page and code in ("html", "text", "machine", "xml"):
        return name if lower.endswith((".html", ".htm")) else f"{name}.html"
    return name


def _disposition(value: str) -> str:
    """The name of a file in a header Content-Disposition, "" where there is none."""
    if not value:
        return ""
    message = Message()
    message["Content-Disposition"] = value.encode("latin-1", "replace").decode("utf-8", "replace")
    return message.get_filename("") or ""


def _refused(source: str, error: IntakeError) -> Outcome:
    return Outcome(source, "later" if isinstance(error, TryLaterError) else "refused", reason=str(error))
