"""Put a file into the corpus: its bytes under a temporary name first, then at once and whole under its own name.

A file that was cut off, a second file of the same name and a failure of the machine leave nothing half. The same bytes are
not kept twice, wherever in the corpus they are.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from types import TracebackType

from filelock import FileLock, Timeout

from indexer.discover import check_corpus
from indexer.intake.names import numbered, safe_name
from indexer.limits import check_bytes
from indexer.provenance import INTAKE, INTERNAL, Provenance, Way, add_provenance, read_provenances
from indexer.readers.registry import check_format
from indexer.readers.set_aside import why_set_aside
from indexer.readers.sniff import HEAD_BYTES, Format, sniff
from kb.errors import ExtractError, IntakeError, TryLaterError
from kb.library.durable import put_on_disk

#: The folder of the files that are still coming, in the intake folder, and the lock of whoever puts one in its place.
COMING, LOCK = ".dang-nhan", ".khoa"
#: Bytes that stay free on the disk of the corpus: the store may lie there too, and must be able to go on.
RESERVED_BYTES = 256_000_000
#: Bytes between two looks at the free place.
_LOOK_EVERY = 16_000_000
#: Seconds after which a file that never came whole is removed.
_STALE_SECONDS = 86_400
#: Seconds to wait for others who put files in their places.
_WAIT_SECONDS = 60.0
_NOT_HIDDEN = "tệp đã có từ trước nên không đổi thành nội bộ; muốn ẩn thì ghi internal = true cho nó trong manifest.toml"
_FULL = "ổ đĩa chứa văn bản đã đầy; hãy báo người quản trị dọn bớt rồi gửi lại"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file comes from: the way it came, an address of the web, what a person says of it, whether it is internal."""

    way: Way
    address: str = ""
    said: str = ""
    internal: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """A file of the corpus: its path there. `fresh` is false where the same bytes were there before; `note` says what was
    asked for and not done then."""

    path: str
    fresh: bool = True
    note: str = ""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class IntakeFolder:
    """The intake folder of a corpus. `now` and `free_bytes` are the clock and the free place of a folder's disk."""

    corpus: Path
    now: Callable[[], dt.datetime] = _now
    free_bytes: Callable[[Path], int] = field(default=lambda folder: shutil.disk_usage(folder).free)

    def receive(self, name: str, origin: Origin, size: int = 0) -> Incoming:
        """A file that is coming, to be written and kept; `name` is what its sender calls it, `size` what is announced.

        Raises SettingError (no corpus), IntakeError (a name of what holds no paper), TryLaterError.
        """
        check_corpus(self.corpus)
        if (self.corpus / INTAKE).is_symlink():
            raise IntakeError(
                f"thư mục {INTAKE} là liên kết nên không được đọc; hãy báo người quản trị thay bằng thư mục thật"
            )
        name = safe_name(name)
        if aside := why_set_aside(f"{INTAKE}/{name}"):
            raise IntakeError(f"{aside}; nếu đây là văn bản thì hãy đổi tên rồi gửi lại")
        coming = self.corpus / INTAKE / COMING
        with told_as_reasons():
            coming.mkdir(parents=True, exist_ok=True)
            _remove_stale(coming)
            self.check_free(size)
            return Incoming(self, name, origin, coming / f"{secrets.token_hex(8)}.part")

    def check_free(self, size: int) -> None:
        """Raise TryLaterError if the disk has no place for so many bytes."""
        if self.free_bytes(self.corpus) < size + RESERVED_BYTES:
            raise TryLaterError(_FULL)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the right to put a file in its place. Raises TryLaterError."""
        lock = FileLock(self.corpus / INTAKE / LOCK, _WAIT_SECONDS, thread_local=False, poll_interval=0.05)
        try:
            lock.acquire()
        except Timeout as error:
            raise TryLaterError("nhiều tệp đang được nạp cùng lúc; hãy gửi lại sau ít phút") from error
        try:
            yield
        finally:
            lock.release()

    def find_same(self, size: int, sha256: str) -> str:
        """The path of a file of the corpus with these bytes, "" where there is none. Hidden files are not looked at."""
        waiting = [""]
        while waiting:
            folder = waiting.pop()
            with suppress(OSError), os.scandir(self.corpus / folder) as entries:
                for entry in entries:
                    path = f"{folder}/{entry.name}".lstrip("/")
                    if entry.name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(path)
                    elif entry.is_file(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_size == size:
                        with open(entry.path, "rb") as file:
                            if hashlib.file_digest(file, "sha256").hexdigest() == sha256:
                                return path
        return ""

    def path_of_address(self, address: str, *, internal: bool) -> str:
        """The path of the file that was taken from an address and is still there, "" where there is none. One that is not as
        internal as asked for is another file."""
        for record in read_provenances(self.corpus).by_path.values():
            hidden = record.path.startswith(f"{INTAKE}/{INTERNAL}/")
            if record.address == address and hidden is internal and (self.corpus / record.path).is_file():
                return record.path
        return ""


class Incoming:
    """One file that is coming: write its pieces, then `keep` it. Used as a context, it leaves nothing behind."""

    def __init__(self, folder: IntakeFolder, name: str, origin: Origin, part: Path) -> None:
        self.name = name
        self.size = 0
        self._folder = folder
        self._origin = origin
        self._part = part
        self._file = open(part, "xb")  # noqa: SIM115 - closed by `keep` or at the end of the context
        self._hash = hashlib.sha256()
        self._head = b""
        self._form: Format | None = None
        self._look_at = _LOOK_EVERY

    def __enter__(self) -> Incoming:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Drop what was not kept."""
        self._file.close()
        self._part.unlink(missing_ok=True)

    def write(self, piece: bytes) -> None:
        """Take the next bytes. Raises IntakeError: too large, or of a format that no reader takes. Raises TryLaterError."""
        self.size += len(piece)
        self._hash.update(piece)
        if self._form is None:
            self._head += piece[:HEAD_BYTES]
            if len(self._head) >= HEAD_BYTES:
                self._recognise()
        self._check_size()
        if self.size > self._look_at:
            self._look_at = self.size + _LOOK_EVERY
            self._folder.check_free(0)
        with told_as_reasons():
            self._file.write(piece)

    @property
    def form(self) -> Format:
        """The family of the file, by the bytes that came up to now."""
        return self._form or sniff(self.name, self._head)

    def keep(self, replaces: str = "") -> Taken:
        """Put the file in its place in the corpus; of a family that is known by now, and not larger than it may be.

        `replaces` is the path of an older file that this one is a new version of. Raises IntakeError, TryLaterError.
        """
        if not self.size:
            raise IntakeError("tệp rỗng (0 byte), có lẽ chép hoặc tải dở; hãy kiểm tra rồi gửi lại")
        self._recognise()
        self._check_size()
        sha256 = self._hash.hexdigest()
        with told_as_reasons():
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            with self._folder.locked():
                if same := self._folder.find_same(self.size, sha256):
                    hidden = same.startswith(f"{INTAKE}/{INTERNAL}/")
                    return Taken(same, fresh=False, note=_NOT_HIDDEN if self._origin.internal and not hidden else "")
                path = replaces or self._free_path()
                self._move(path, sha256)
        return Taken(path)

    def _recognise(self) -> None:
        self._form = sniff(self.name, self._head)
        with _without_name(self.name):
            check_format(self.name, self._head)

    def _check_size(self) -> None:
        with _without_name(self.name):
            check_bytes(self.name, self.size, self.form.limits)

    def _free_path(self) -> str:
        """A path that nothing has yet: by month, the internal papers apart."""
        month = self._folder.now().strftime("%Y-%m")
        place = PurePosixPath(INTAKE, INTERNAL, month) if self._origin.internal else PurePosixPath(INTAKE, month)
        (self._folder.corpus / place).mkdir(parents=True, exist_ok=True)
        name, number = self.name, 1
        while os.path.lexists(self._folder.corpus / place / name):
            number += 1
            name = numbered(self.name, number)
        return (place / name).as_posix()

    def _move(self, path: str, sha256: str) -> None:
        """The record comes first: one of a file that never came does no harm, and no file is without its own."""
        at = self._folder.now().isoformat(timespec="seconds")
        origin = self._origin
        add_provenance(self._folder.corpus, Provenance(path, sha256, at, origin.way, origin.address, origin.said))
        target = self._folder.corpus / path
        os.replace(self._part, target)
        put_on_disk(target.parent)


@contextmanager
def told_as_reasons() -> Iterator[None]:
    """What the system refuses, as a reason for whoever sent the file."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", -1)):
            raise TryLaterError(_FULL) from error
        if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise TryLaterError(
                "máy chủ không ghi được vào thư mục văn bản (chỉ đọc, hoặc thiếu quyền); hãy báo người quản trị"
            ) from error
        raise TryLaterError(f"không ghi được tệp vào thư mục văn bản ({error.strerror or error})") from error


@contextmanager
def _without_name(name: str) -> Iterator[None]:
    """A reader's refusal as ours, without the name of the file, which its sender knows."""
    try:
        yield
    except ExtractError as error:
        raise IntakeError(str(error).removeprefix(f"{name}: ")) from error


def _remove_stale(folder: Path) -> None:
    """Remove what never came whole: of a program that was killed."""
    for left in folder.glob("*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _STALE_SECONDS:
                left.unlink()
