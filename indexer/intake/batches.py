"""What somebody sent at a time, so that they can look at what became of it: a small file of the data folder for each batch.

A batch is named by a secret: whoever knows the name has sent it, or was told by who did. Several processes may add to one.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from indexer.intake.collect import State
from kb.errors import IntakeError

#: Files of a batch.
MAX_FILES = 1_000
#: Days after which a batch is forgotten; its papers stay.
KEPT_DAYS = 30
_NAME = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_STATES = ("taken", "known", "refused", "later")


@dataclass(frozen=True, slots=True)
class Sent:
    """One file that was sent: its name, what became of it, `path` in the corpus or the `reason`."""

    name: str
    state: State
    path: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Batches:
    """The batches of a data folder."""

    folder: Path

    def new(self) -> str:
        """The name of a new batch; old ones are forgotten. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for old in self.folder.glob("*.jsonl"):
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > KEPT_DAYS * 86_400:
                    old.unlink()
        name = secrets.token_urlsafe(16)
        self._path(name).touch(mode=0o600)
        return name

    def add(self, name: str, sent: Sent) -> None:
        """Add a file to a batch that exists. Raises OSError."""
        line = json.dumps(asdict(sent), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        handle = os.open(self._path(name), os.O_WRONLY | os.O_APPEND | getattr(os, "O_BINARY", 0))
        try:
            os.write(handle, line)  # one call, so that lines of several processes do not mix
        finally:
            os.close(handle)

    def read(self, name: str) -> list[Sent] | None:
        """The files of a batch; None where there is no such batch."""
        if not _NAME.fullmatch(name):
            return None
        try:
            lines = self._path(name).read_bytes().splitlines()
        except OSError:
            return None
        found = []
        for line in lines[:MAX_FILES]:
            with suppress(ValueError, TypeError):
                sent = Sent(**json.loads(line))
                if sent.state in _STATES and all(isinstance(value, str) for value in asdict(sent).values()):
                    found.append(sent)
        return found

    def check_room(self, name: str) -> None:
        """Raise IntakeError where a batch is not there, or has as many files as it may."""
        sent = self.read(name)
        if sent is None:
            raise IntakeError("không có lượt nạp này, hoặc đã quá cũ; hãy mở lại trang nạp tệp")
        if len(sent) >= MAX_FILES:
            raise IntakeError(f"một lượt chỉ nhận {MAX_FILES} tệp; hãy mở lại trang nạp tệp rồi gửi tiếp")

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.jsonl"
