"""The errors of Cách Hay, in one tree.

    CachHayError                 500  exit 1   any error of this program
    ├── SettingError             500  exit 2   a setting is malformed; names the variable and the accepted form
    │   └── CorpusAwayError      500  exit 7   the corpus that the store was made of is not there; nothing is removed
    ├── TableError               500  exit 2   a shipped table (fields, kinds, ...) is malformed
    ├── ExtractError             422  exit 3   one file cannot be read, or no reader takes it; recorded, never stops a run
    │   └── UnreadableError      422  exit 7   the system does not hand out a file or folder; its items are kept
    ├── IntakeError              422  exit 3   a file or an address is not taken into the corpus; says why and what to do
    │   └── TryLaterError        503  exit 3   ... and it may be taken another time: a network, a server, a full disk
    ├── RemovalHeldError         500  exit 8   more items would be removed than is removed without being asked
    ├── StoreError               503  exit 4   the store cannot be opened or written
    │   └── StoreBusyError       503  exit 4   another run writes to the store
    ├── EngineError              503  exit 4   an index or the embedding model cannot be used
    │   ├── IndexMissingError    503  exit 4   nothing has been indexed yet, or the index no longer fits
    │   └── ServerAwayError      503  exit 4   the search server does not answer, or holds another state
    ├── NotFoundError            404  exit 5   no such item
    │   ├── OriginalAwayError    404  exit 5   the original of an item is gone, or was changed since it was read
    │   └── PageAwayError        404  exit 5   an original has no such page, or the page cannot be drawn
    ├── OriginalsBusyError       503  exit 4   too many pages of originals are being drawn
    ├── PortInUseError           500  exit 6   the address to serve on is taken
    ├── TemporarySpaceError      503  exit 4   the disk has no room for a temporary file
    └── CancelledError           503  exit 1   nobody waits for the work any longer; it was given up

A run of `cachhay index` that has several of these to tell ends with the highest exit code; 2 then means that the manifest
names what is not in the corpus. `status` is the HTTP status and `exit_code` the exit code of the process. Messages are in
Vietnamese, for operators: they say what failed, on which file, and what to do, so they may hold paths, commands and words of
an engine. A visitor never reads them: a page or a JSON answer shows `public` instead, and the message goes to the log.
"""

from __future__ import annotations


class CachHayError(Exception):
    """Every error that this program raises itself is one of these."""

    status = 500
    exit_code = 1
    #: What a visitor reads: no path, no command, no message of an engine.
    public = "Lỗi đã được ghi lại. Hãy thử lại sau ít phút."


class SettingError(CachHayError):
    """A setting is malformed; the message names the variable and the accepted form."""

    exit_code = 2


class TableError(CachHayError):
    """A shipped table is malformed; raised at start-up."""

    exit_code = 2


class CorpusAwayError(SettingError):
    """The corpus that the store was made of is missing, empty or without its manifest: nothing is removed for that."""

    exit_code = 7


class ExtractError(CachHayError):
    """One file cannot be read, or is of a format that no reader takes; the run records the error and goes on."""

    status = 422
    exit_code = 3
    public = "Không đọc được tệp này. Hãy lưu thành tệp văn bản UTF-8 rồi gửi lại."


class UnreadableError(ExtractError):
    """The system does not hand out a file or folder now (rights, a disk); what was read of it before is kept."""

    exit_code = 7


class IntakeError(CachHayError):
    """A file or an address is not taken into the corpus. The message is the reason alone, in words for whoever sent it."""

    status = 422
    exit_code = 3
    public = "Không nhận tệp này."


class TryLaterError(IntakeError):
    """A file or an address could not be taken now, and may be another time: a network, a server, a full disk."""

    status = 503


class RemovalHeldError(CachHayError):
    """A run would remove so many items that somebody must say so (`cachhay index --yes`)."""

    exit_code = 8


class StoreError(CachHayError):
    """The store cannot be opened, read or written."""

    status = 503
    exit_code = 4
    public = "Không đọc được kho lúc này. Hãy thử lại sau ít phút."


class StoreBusyError(StoreError):
    """Another run writes to the store, which has one writer and many readers at a time."""


class EngineError(CachHayError):
    """An index or the embedding model cannot be used."""

    status = 503
    exit_code = 4
    public = "Không đọc được chỉ mục lúc này. Hãy thử lại sau ít phút."


class IndexMissingError(EngineError):
    """Nothing has been indexed yet, an incompatible version made the index, or its files are gone or damaged."""

    public = "Kho đang được chuẩn bị, chưa tra cứu được. Hãy thử lại sau ít phút."


class ServerAwayError(EngineError):
    """The search server does not answer, refuses the request, or holds a state other than the requested one."""


class NotFoundError(CachHayError):
    """No such item."""

    status = 404
    exit_code = 5
    public = "Địa chỉ có thể đã gõ sai, hoặc mục này không còn trong kho."


class OriginalAwayError(NotFoundError):
    """The original of an item is not in the corpus any more, or was changed since it was read."""

    public = "Bản gốc không còn trong thư mục văn bản, hoặc đã thay đổi từ lần đọc gần nhất. Toàn văn vẫn xem được."


class PageAwayError(NotFoundError):
    """An original has no pages, no such page, or one that cannot be drawn within the limits."""

    public = "Bản gốc không có trang này, hoặc trang bị hỏng hay quá nặng nên không vẽ được. Toàn văn vẫn xem được."


class OriginalsBusyError(CachHayError):
    """Too many others wait for pages of originals."""

    status = 503
    exit_code = 4
    public = "Máy chủ đang vẽ nhiều trang bản gốc. Hãy thử lại sau ít giây."


class PortInUseError(CachHayError):
    """The address to serve on is taken by another program."""

    exit_code = 6


class TemporarySpaceError(CachHayError):
    """The disk has no room for a temporary file, in which an export is written before it is sent."""

    status = 503
    exit_code = 4
    public = "Máy chủ hết chỗ cho tệp tạm nên chưa xuất được. Hãy thử lại sau, hoặc thu hẹp kết quả rồi xuất."


class CancelledError(CachHayError):
    """Nobody waits for the work any longer, so it was given up (see `kb.cancellation`)."""

    status = 503
    public = "Việc này làm quá lâu nên đã dừng. Hãy thu hẹp câu tìm rồi thử lại."
