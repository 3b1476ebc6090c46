"""What an indexing run did, and the exit status that says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from kb.errors import ExtractError, RemovalHeldError, SettingError, UnreadableError


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, in counts of files; `items` are all in the store. The mappings go from a path to the reason.

    `found` are the files in the folder, `parts` those inside them (of an archive, of a mail) and the rows of lists. Each of
    both is one of `unchanged`, `added`, `changed`, `moved`, `left_out`, or stands in `failed`, `unread`, `set_aside`, or in
    `kept`: nothing is left out without being told. `failed` files were not taken, because they cannot be read or no reader
    takes their format. `set_aside` files hold no paper of their own: hidden files, those about the corpus, archives whose
    parts are counted. `notes` say what of a file that was taken was not read. `hidden` items are hidden because nothing says
    clearly whether they are internal. `skipped` is passed over for good: links that lead outside, pipes, devices. `unread`
    files and folders were refused by the system. `kept` files are not there or cannot be read, and their items stay; `held`
    of them wait for `cachhay index --yes`. `empty` says that the corpus had no file and the store has items. `misfits` are
    sentences about entries of the manifest that fit nothing.
    """

    found: int = 0
    parts: int = 0
    unchanged: int = 0
    added: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0
    left_out: int = 0
    held: int = 0
    rebuilt: bool = False
    empty: bool = False
    failed: Mapping[str, str] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    set_aside: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    kept: Mapping[str, str] = field(default_factory=dict)
    misfits: tuple[str, ...] = ()
    items: int = 0
    seconds: float = 0.0

    @property
    def exit_code(self) -> int:
        """0 if everything was done, else the highest code of what was not (see `kb.errors`)."""
        told = {
            SettingError.exit_code: self.misfits,
            ExtractError.exit_code: self.failed,
            UnreadableError.exit_code: self.unread or self.empty or len(self.kept) > self.held,
            RemovalHeldError.exit_code: self.held,
        }
        return max((code for code, found in told.items() if found), default=0)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
