"""Files of the data folder through which processes tell each other of runs: that one is wanted, and how the last one goes.

Whoever puts a file into the corpus asks for a run; one process of the server, or `cachhay watch`, does it and says how far
it is. Several processes may read and ask at a time.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

_ASKED, _TAKEN, _STATE = "asked", "asked.taken", "run.json"


@dataclass(frozen=True, slots=True)
class RunState:
    """What the runs in the background are doing: nothing, one at work (`done` of `total` of its stage), or one that failed
    and is tried again at an ISO moment (UTC)."""

    state: Literal["idle", "running", "failed"] = "idle"
    stage: str = ""
    done: int = 0
    total: int = 0
    reason: str = ""
    again_at: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """The folder of these files. Nothing here raises but `ask`: without it, a run is only later or less well described."""

    folder: Path

    def ask(self) -> None:
        """Ask for a run. Raises OSError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / _ASKED).touch()

    def asked(self) -> bool:
        """Whether a run is wanted, also one that began and did not end well."""
        return (self.folder / _ASKED).exists() or (self.folder / _TAKEN).exists()

    def fresh(self) -> bool:
        """Whether somebody asked since the last run began."""
        return (self.folder / _ASKED).exists()

    def begin(self) -> None:
        """A run begins: whoever asks from now on asks for the next one."""
        with suppress(OSError):
            os.replace(self.folder / _ASKED, self.folder / _TAKEN)

    def finish(self) -> None:
        """The run that began has done what was asked for."""
        with suppress(OSError):
            (self.folder / _TAKEN).unlink(missing_ok=True)

    def tell(self, state: RunState) -> None:
        """Say how the runs go."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            part = self.folder / f"{_STATE}.{os.getpid()}.part"
            part.write_text(json.dumps(asdict(state), ensure_ascii=False), "utf-8")
            os.replace(part, self.folder / _STATE)

    def state(self) -> RunState:
        """How the runs go, as far as is known."""
        with suppress(OSError, ValueError, TypeError):
            state = RunState(**json.loads((self.folder / _STATE).read_text("utf-8")))
            if isinstance(state.done, int) and isinstance(state.total, int):
                return state
        return RunState()
