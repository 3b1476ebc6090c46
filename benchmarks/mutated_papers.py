"""Damaged files of every format, read as a run reads them: none may end the worker, take too long, or raise anything else
than an error that names the file.

    python -m benchmarks.mutated_papers FOLDER [--count 10000] [--seed 0] [--keep FOLDER]

FOLDER holds whole files (PDF, Word, Excel, mail, archives ...), which are damaged one after another: bytes are flipped,
cut, repeated, put elsewhere, or replaced by numbers that are limits; in a package (DOCX, ODT, XLSX) the damage is also done
inside a member, which is then packed again. The same seed makes the same files. Each is read in the sandbox by its format's
reader, without correction. The exit status is 1 if a file ends the worker, is not told, or leaves a process behind. `--keep`
saves such files.
"""

from __future__ import annotations

import hashlib
import io
import os
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

import click

from indexer.discover import FoundFile
from indexer.extract import extract
from indexer.read_worker import Reading, ReadWorker
from kb.errors import ExtractError
from kb.item import PART_JOIN, Item

#: Numbers that lengths and places of a format are put to.
LIMITS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1\0\0\0", b"\xff\xff", b"\0\0")
#: What ended the worker, in the words of `indexer.read_worker`.
ENDED = ("dừng đột ngột", "giây xử lý", "hệ thống đã dừng", "bộ nhớ")


def mutate(data: bytes, chance: random.Random) -> bytes:
    """Other bytes, damaged once to eight times; those of a package inside a member half of the time."""
    if data.startswith(b"PK\x03\x04") and chance.random() < 0.5:
        try:
            return _mutate_member(data, chance)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError):
            pass
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        data = _damage(data, chance)
    return data


def _mutate_member(data: bytes, chance: random.Random) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = chance.choice(names)
        for name in names:
            content = old.read(name)
            new.writestr(name, _damage(content, chance) if name == chosen else content)
    return made.getvalue()


def _damage(data: bytes, chance: random.Random) -> bytes:
    if not data:
        return bytes(chance.randrange(9))
    at = chance.randrange(len(data))
    to = min(len(data), at + chance.choice((1, 4, 64, 1024, 65536)))
    match chance.randrange(7):
        case 0:
            return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
        case 1:
            return data[:at]
        case 2:
            return data[:at] + data[to:]
        case 3:
            return data[:to] + data[at:to] * chance.choice((1, 2, 50)) + data[to:]
        case 4:
            other = chance.randrange(len(data))
            return data[:at] + data[other : other + to - at] + data[to:]
        case 5:
            number = chance.choice(LIMITS)
            return data[:at] + number + data[at + len(number) :]
        case _:
            return data[:at] + chance.randbytes(to - at if to - at < 5000 else 16) + data[to:]


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--count", default=10_000, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path))
def main(folder: Path, count: int, seed: int, keep: Path | None) -> None:
    """Read damaged files and count what becomes of them."""
    chance = random.Random(seed)
    whole = [path for path in sorted(folder.rglob("*")) if path.is_file() and 0 < path.stat().st_size < 3_000_000]
    # Each format gets as many damaged files, however many whole ones there are.
    formats: dict[str, list[Path]] = {}
    for path in whole:
        formats.setdefault(path.suffix.lower(), []).append(path)
    told: dict[str, Counter[str]] = {form: Counter() for form in formats}
    bad = 0
    started = time.process_time()
    with tempfile.TemporaryDirectory() as temporary, ReadWorker(_extract) as worker:
        for number in range(count):
            form = sorted(formats)[number % len(formats)]
            data = mutate(chance.choice(formats[form]).read_bytes(), chance)
            path = Path(temporary, f"{number}{form}")
            path.write_bytes(data)
            outcome = _read(worker, FoundFile(path.name, path, {}), hashlib.sha256(data).hexdigest())
            told[form][outcome] += 1
            if outcome.startswith("!"):
                bad += 1
                click.echo(f"{path.name}: {outcome}")
                if keep:
                    keep.mkdir(parents=True, exist_ok=True)
                    (keep / path.name).write_bytes(data)
            path.unlink()
    left = _children()
    click.echo(f"{count} files, {time.process_time() - started:.0f} s of this process, children left: {left}")
    for form, outcomes in sorted(told.items()):
        click.echo(f"{form or '(no ending)':12} " + ", ".join(f"{outcome} {n}" for outcome, n in outcomes.most_common()))
    sys.exit(1 if bad or left else 0)


def _extract(found: FoundFile, data: bytes) -> Item:
    return extract(found.path, data, {})


def _read(worker: ReadWorker, found: FoundFile, sha256: str) -> str:
    """What became of a file: "read", "told", or "!" and what was wrong."""
    try:
        reading: Reading = worker.read(found, sha256)
    except ExtractError as error:
        return f"! {error}" if any(words in str(error) for words in ENDED) else "told"
    except Exception as error:
        return f"! {type(error).__name__}: {error}"
    for path, raised in reading.errors.items():
        if not isinstance(raised, ExtractError) or not str(raised).startswith(path.partition(PART_JOIN)[0]):
            return f"! {path}: {type(raised).__name__}: {raised}"
        if any(words in str(raised) for words in ENDED):
            return f"! {raised}"
    return "read" if reading.items else "told" if reading.errors or reading.aside else "! nothing is told"


def _children() -> int:
    """Processes that this one started and that live on."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    return len(listed.read_text("utf-8").split()) if listed.exists() else 0


if __name__ == "__main__":
    main()
