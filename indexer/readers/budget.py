"""What the files inside one file may hold, counted while they are decompressed: the directory of an archive lies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, NoReturn

#: Bytes that all parts of one file may hold, with the parts of parts.
MAX_BYTES = 1 << 30
#: Parts that one file may hold, with the parts of parts.
MAX_PARTS = 10_000
#: How deep files may lie in each other.
MAX_DEPTH = 5
#: How many times larger a part may be than it is in the archive.
MAX_RATIO = 200
#: Parts up to this many bytes may be packed as tightly as they are.
FREE_BYTES = 1 << 20
#: Parts of one file that may be packed so tightly; each of them is told and not read.
MAX_TIGHT = 20
#: Bytes of one part: more than any reader takes.
MAX_PART_BYTES = 200_000_000
_PIECE = 1 << 16


class BudgetError(Exception):
    """The parts of a file hold more than they may; the message is the reason in Vietnamese. Nothing more is read of it."""


class PartError(Exception):
    """One part cannot be taken; the message is the reason in Vietnamese. The parts after it can."""


@dataclass(slots=True)
class Budget:
    """What is left for one file of the corpus. Once it is used up, nothing more is read of that file, however deep.

    >>> budget = Budget(bytes_left=3)
    >>> budget.take_part(); budget.take_bytes(2)
    >>> budget.take_bytes(2)
    Traceback (most recent call last):
    ...
    indexer.readers.budget.BudgetError: các tệp bên trong bung ra hơn 1 GB; hãy giải nén và chỉ chép tệp cần tìm
    """

    bytes_left: int = MAX_BYTES
    parts_left: int = MAX_PARTS
    tight_left: int = MAX_TIGHT
    spent: str = ""

    def take_part(self) -> None:
        """Count one part. Raises BudgetError."""
        if self.spent:
            raise BudgetError(self.spent)
        self.parts_left -= 1
        if self.parts_left < 0:
            self._end("có hơn 10.000 tệp bên trong; hãy giải nén và chỉ chép tệp cần tìm")

    def take_bytes(self, count: int) -> None:
        """Count bytes of a part. Raises BudgetError."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            self._end("các tệp bên trong bung ra hơn 1 GB; hãy giải nén và chỉ chép tệp cần tìm")

    def check_ratio(self, size: int, packed: int) -> None:
        """Raise PartError for more than `FREE_BYTES` bytes that were packed more than `MAX_RATIO` times smaller, and
        BudgetError after `MAX_TIGHT` such parts."""
        if size <= FREE_BYTES or size <= MAX_RATIO * packed:
            return
        self.tight_left -= 1
        if self.tight_left < 0:
            self._end(f"có hơn {MAX_TIGHT} tệp bung ra quá {MAX_RATIO} lần, có thể là kho phá hoại; hãy bỏ hoặc nén lại")
        raise PartError(f"bung ra hơn {MAX_RATIO} lần cỡ đã nén, có thể là tệp phá hoại; hãy bỏ tệp này")

    def read(self, stream: IO[bytes], packed: int) -> bytes:
        """The bytes of a part from a stream that decompresses it; `packed` is how many bytes it has in the archive.

        Raises BudgetError, and PartError where the part alone is too large or too tightly packed.
        """
        pieces, size = [], 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            self.take_bytes(len(piece))
            if size > MAX_PART_BYTES:
                raise PartError(f"tệp quá lớn (hơn {MAX_PART_BYTES // 1_000_000} MB)")
            self.check_ratio(size, packed)
            pieces.append(piece)
        return b"".join(pieces)

    def _end(self, reason: str) -> NoReturn:
        self.spent = reason
        raise BudgetError(reason)
