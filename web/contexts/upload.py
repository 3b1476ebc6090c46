"""Contexts of the pages that take files, and the answers of their API, which say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field

from indexer.intake.desk import RunState
from indexer.limits import MAX_BINARY_BYTES
from search_api.schema import Answer
from web.formats import show_moment
from web.security import MAX_UPLOAD_BYTES
from web.uploads import Progress
from web.urls import item_url

#: What a file is said to be, by its code.
LABELS = {
    "refused": "Không nhận",
    "later": "Chưa nhận được",
    "waiting": "Đã nhận, đang chờ đọc",
    "found": "Đã vào kho",
    "partly": "Đọc được một phần",
    "not_read": "Chưa đọc được",
}


@dataclass(frozen=True, slots=True)
class UploadPage:
    """The form; `max_file` and `max_form` are bytes."""

    max_file: int = MAX_BINARY_BYTES
    max_form: int = MAX_UPLOAD_BYTES


@dataclass(frozen=True, slots=True)
class UploadOffPage:
    """No files are taken. `local` says that whoever keeps the site is looking, and may read how that is changed."""

    local: bool


class SentItem(Answer):
    """What was made of a file."""

    id: str
    title: str
    url: str = Field(description="Địa chỉ của trang mục, trong trang này")


class SentFile(Answer):
    """One file that was sent. `code` is one of the keys of `LABELS`; `items` is what was read of it, `hidden` of that are
    internal and not shown; `reasons` say what was not read, and what would help."""

    name: str
    code: str = Field(description="refused, later, waiting, found, partly, not_read")
    label: str
    known: bool = Field(description="Tệp đã có sẵn từ trước, không chép lần nữa")
    path: str = Field("", description="Đường dẫn trong thư mục văn bản của tệp mới nhận")
    items: tuple[SentItem, ...] = ()
    hidden: int = 0
    reasons: tuple[str, ...] = ()


class SentFiles(Answer):
    """The files that were sent together. `waiting` of them are not read yet; `run` says how the reading goes."""

    batch: str
    files: list[SentFile]
    waiting: int
    run: str = Field("", description="Việc đọc đang đến đâu")

    @property
    def settled(self) -> str:
        """A sentence about all of them."""
        counts = {code: sum(file.code == code for file in self.files) for code in LABELS}
        said = {
            "found": "tệp đã vào kho",
            "partly": "tệp đọc được một phần",
            "not_read": "tệp chưa đọc được",
            "refused": "tệp không nhận",
            "later": "tệp chưa nhận được",
            "waiting": "tệp đang chờ đọc",
        }
        return ", ".join(f"{counts[code]} {words}" for code, words in said.items() if counts[code]) or "Chưa có tệp nào"


@dataclass(frozen=True, slots=True)
class SentPage:
    sent: SentFiles


def describe(batch: str, files: Sequence[Progress], run: RunState, *, local: bool) -> SentFiles:
    """The answer about a batch. Why a run failed is told to whoever sits at this machine."""
    rows = [_row(progress) for progress in files]
    waiting = sum(row.code == "waiting" for row in rows)
    return SentFiles(batch=batch, files=rows, waiting=waiting, run=_say_run(run, local=local) if waiting else "")


def _row(progress: Progress) -> SentFile:
    sent, state = progress.sent, progress.state
    code = state.state if sent.state in ("taken", "known") else sent.state
    return SentFile(
        name=sent.name,
        code=code,
        label=LABELS[code],
        known=sent.state == "known",
        path=sent.path if sent.state == "taken" else "",
        items=tuple(SentItem(id=item, title=title, url=item_url(item)) for item, title in progress.items),
        hidden=state.hidden,
        reasons=((sent.reason,) if sent.reason else ()) + state.reasons,
    )


def _say_run(run: RunState, *, local: bool) -> str:
    if run.state == "failed":
        reason = f" ({run.reason})" if local and run.reason else ""
        when = f" lúc {show_moment(run.again_at)}" if run.again_at else " sau ít phút"
        return f"Lượt đọc vừa rồi chưa xong{reason}; sẽ thử lại{when}."
    if run.state == "running":
        doing = {"read": "Đang đọc tệp", "index": "Đang lập chỉ mục", "rebuild": "Đang lập lại chỉ mục"}.get(run.stage)
        return f"{doing}: {run.done}/{run.total}." if doing and run.total else "Đang đọc."
    return "Sẽ đọc trong giây lát."
