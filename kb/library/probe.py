"""Check the files of a generation before an engine opens them, each once in a process."""

from __future__ import annotations

import logging
from pathlib import Path

from kb.errors import IndexMissingError
from kb.library.checksums import find_damage
from kb.library.snapshot import Snapshot

logger = logging.getLogger("cachhay.library")

#: Key of the store's `meta`: the SHA-256 of the checksums of the published generation.
CHECKSUMS = "checksums"


class Probe:
    """What is known about the generations below `index_dir`. Safe to share between threads."""

    def __init__(self, index_dir: Path) -> None:
        self._index_dir = index_dir
        self._expected: dict[str, str] = {}
        self._found: dict[tuple[str, str], str] = {}

    def expect(self, snapshot: Snapshot) -> None:
        """Take over from the store what the checksums of its generation are."""
        self._expected[snapshot.generation] = snapshot.meta.get(CHECKSUMS, "")

    def check(self, generation: str, part: str) -> Path:
        """The folder of a generation, whose files of one part are as they were published.

        The first generation that a process opens is read whole; of those published meanwhile only the sizes are compared.
        Raises IndexMissingError.
        """
        folder = self._index_dir / generation
        if not folder.is_dir():
            raise IndexMissingError(f"Thiếu thư mục chỉ mục {folder}. Hãy chạy `cachhay index`.")
        known = (generation, part)
        if known not in self._found:
            whole = all(part != other and other for _, other in self._found)
            self._found[known] = find_damage(folder, self._expected.get(generation, ""), part=part, whole=whole)
        if damage := self._found[known]:
            raise IndexMissingError(f"Chỉ mục {folder} bị hỏng ({damage}). Hãy chạy `cachhay index`.")
        return folder

    def damage(self, snapshot: Snapshot, *parts: str) -> str:
        """What is wrong with the files of the published generation, "" when nothing is. All of them are read.

        What is whole need not be read again when this process opens the `parts`.
        """
        folder = self._index_dir / snapshot.generation
        if not folder.is_dir():
            return f"thiếu thư mục {folder}"
        damage = find_damage(folder, snapshot.meta.get(CHECKSUMS, ""))
        if not damage:
            self._found |= {(snapshot.generation, part): "" for part in parts}
        return damage

    def is_whole(self, snapshot: Snapshot, *parts: str) -> bool:
        """Whether the published generation can be used; what is wrong is said in the log."""
        damage = self.damage(snapshot, *parts)
        if damage:
            logger.warning("Chỉ mục %s không dùng được (%s): lập lại từ kho.", snapshot.generation, damage)
        return not damage
