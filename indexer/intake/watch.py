"""When to index a folder that people fill: as soon as something in it has changed and is quiet again.

The folder is looked at again and again, which also sees what others write on a network drive; the messages of a system about
changed files do not come from there. A look costs one call of the system a file; the pause between two looks grows with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from indexer.discover import Stamp, stamp_of
from indexer.provenance import INTAKE

#: Seconds for which nothing of a file may change before it is read.
QUIET_SECONDS = 5.0
#: Seconds after which the files that are quiet are read although others still change.
PATIENCE_SECONDS = 120.0


@dataclass(slots=True)
class FolderWatch:
    """What a corpus folder looked like, since when, and what of it has been indexed. Times are seconds of any clock.

    What is quiet is known at the last look only: between two looks, anything may be written.
    """

    corpus: Path
    quiet: float = QUIET_SECONDS
    patience: float = PATIENCE_SECONDS
    _seen: dict[str, tuple[Stamp, float]] = field(default_factory=dict)
    _indexed: dict[str, Stamp] = field(default_factory=dict)
    _looked_at: float = 0.0
    _gone_at: float | None = None
    _changed_at: float | None = None
    _due: bool = False

    def look(self, now: float) -> None:
        """Look at the folder. Raises OSError if it cannot be opened (a drive that is not there): nothing is then known."""
        seen: dict[str, tuple[Stamp, float]] = {}
        for path, stamp in _walk(self.corpus):
            before = self._seen.get(path)
            seen[path] = before if before and before[0] == stamp else (stamp, now)
        if self._seen.keys() - seen.keys():
            self._gone_at = now
        self._seen, self._looked_at = seen, now
        changed = self._changed()
        if not changed:
            self._changed_at = None
        elif self._changed_at is None:
            self._changed_at = now
        self._due = self._decide(changed)

    def due(self) -> bool:
        """Whether to index now: something has changed, and all of that is quiet, or some of it has waited too long."""
        return self._due

    def _decide(self, changed: set[str]) -> bool:
        if not changed:
            return False
        if self._gone_at is not None and self._looked_at - self._gone_at < self.quiet:
            return False
        waiting = changed & self.busy()
        if not waiting:
            return True
        late = self._changed_at is not None and self._looked_at - self._changed_at >= self.patience
        return late and changed != waiting

    def busy(self) -> frozenset[str]:
        """The files that somebody may still be writing. What was taken in came whole."""
        return frozenset(
            path
            for path, (_, since) in self._seen.items()
            if self._looked_at - since < self.quiet and not path.startswith(f"{INTAKE}/")
        )

    def quiet_files(self) -> dict[str, Stamp]:
        """What a run may read that begins now: to be given to `indexed` when it is done."""
        busy = self.busy()
        return {path: stamp for path, (stamp, _) in self._seen.items() if path not in busy}

    def indexed(self, quiet: dict[str, Stamp]) -> None:
        """A run has read what `quiet_files` said when it began; what was busy then is as it was before."""
        kept = {path: self._indexed[path] for path in self._seen if path in self._indexed and path not in quiet}
        self._indexed = kept | quiet
        self._changed_at, self._due = None, False

    def _changed(self) -> set[str]:
        """The paths that are new, other than they were indexed, or gone."""
        now = {(path, stamp) for path, (stamp, _) in self._seen.items()}
        return {path for path, _ in now ^ set(self._indexed.items())}


def _walk(corpus: Path) -> Iterator[tuple[str, Stamp]]:
    """Every file that is not hidden. A folder that cannot be opened holds nothing, but the corpus itself must open."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            entries = os.scandir(corpus / folder)
        except OSError:
            if not folder:
                raise
            continue
        with entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                path = f"{folder}/{entry.name}".lstrip("/")
                with suppress(OSError):  # it went away between two calls
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif entry.is_file(follow_symlinks=False):
                        yield path, stamp_of(entry.stat(follow_symlinks=False))
