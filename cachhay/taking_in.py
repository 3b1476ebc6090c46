"""What `cachhay index` is given: a folder to index, and files and addresses that are taken into it first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from cachhay.terminal import printable
from indexer.intake import (
    FeedMemory,
    Fetcher,
    FileState,
    IntakeFolder,
    Outcome,
    is_address,
    state_of,
    take_address,
    take_file,
)
from kb.errors import IntakeError, SettingError
from kb.library.library import Library
from kb.settings import Settings

#: The file of the data folder that remembers the visits to feeds.
FEEDS = "feeds.json"


@dataclass(frozen=True, slots=True)
class Sources:
    """What somebody named: one folder at most, and files and addresses in their order."""

    folder: Path | None
    others: tuple[str, ...]


def sort_sources(given: Sequence[str]) -> Sources:
    """Which of the names are the folder of the papers, and which are to be taken in. Raises SettingError."""
    folders = [name for name in given if not is_address(name) and Path(name).is_dir()]
    if len(folders) > 1:
        raise SettingError("Chỉ lập chỉ mục một thư mục mỗi lần; hãy chép mọi thứ vào một thư mục rồi chạy lại.")
    others = tuple(name for name in given if name not in folders)
    for name in others:
        if not is_address(name) and not Path(name).exists():
            raise SettingError(
                f"Không có tệp hay thư mục “{printable(name)}”. Địa chỉ web phải bắt đầu bằng http:// hay https://"
            )
    return Sources(Path(folders[0]) if folders else None, others)


def make_fetcher(settings: Settings) -> Fetcher:
    """The way to the web, under the contact of the settings."""
    return Fetcher(settings.fetch_contact or settings.origin, version("cachhay"))


def take_sources(settings: Settings, others: Sequence[str], *, internal: bool = False) -> Iterator[Outcome]:
    """Take in files and addresses, one after another. Raises SettingError where there is no corpus."""
    folder, fetcher = IntakeFolder(settings.corpus_dir), make_fetcher(settings)
    memory = FeedMemory(settings.intake_dir / FEEDS)
    for name in others:
        if is_address(name):
            yield from take_address(folder, fetcher, memory, name, internal=internal)
        else:
            yield take_file(folder, Path(name), internal=internal)


def tell_outcome(outcome: Outcome) -> None:
    """A line on standard error as soon as something is done: fetching may take minutes."""
    said = {"taken": "Đã nhận", "known": "Đã có sẵn", "refused": "Không nhận", "later": "Chưa nhận được"}[outcome.state]
    told = "; ".join(filter(None, (outcome.path, outcome.reason)))
    click.echo(printable(f"{said} {outcome.source}: {told}"), err=True)


def exit_code_of(outcomes: Sequence[Outcome]) -> int:
    return 0 if all(outcome.there for outcome in outcomes) else IntakeError.exit_code


def found_states(library: Library, outcomes: Sequence[Outcome]) -> list[tuple[Outcome, FileState | None]]:
    """What became of each source; None for what was not taken."""
    with library.store.snapshot() as snapshot:
        return [(outcome, state_of(snapshot, outcome.path) if outcome.there else None) for outcome in outcomes]


def as_dicts(found: Sequence[tuple[Outcome, FileState | None]]) -> list[dict[str, Any]]:
    """For JSON: each source, what became of it, and the ids of its items."""
    return [
        asdict(outcome) | {"items": list(state.items) if state else [], "not_read": list(state.reasons) if state else []}
        for outcome, state in found
    ]


def as_lines(found: Sequence[tuple[Outcome, FileState | None]]) -> str:
    """Where what was taken in is found, or why it is not."""
    lines = []
    for outcome, state in found:
        if state:
            lines += [f"{outcome.path} → {item}" for item in state.items]
            lines += [f"{outcome.path}: chưa đọc được: {reason}" for reason in state.reasons]
    return "\n".join(map(printable, lines))
