"""Files that visitors send: taken into the corpus, told one by one, and looked up again in what was made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from anyio.to_thread import run_sync
from fastapi import Request

from indexer.intake import Incoming, IntakeFolder, Origin
from indexer.intake.batches import Batches, Sent
from indexer.intake.desk import Desk, RunState
from indexer.intake.folder import told_as_reasons
from indexer.intake.names import safe_name
from indexer.intake.states import WAITING, FileState, state_of
from kb.errors import IntakeError, NotFoundError, StoreError, TryLaterError
from kb.item import PART_JOIN, Item
from kb.library.store import Store
from kb.settings import Settings
from search_api.display.cards import show_title
from web.errors import RefusedError
from web.hosts import is_local
from web.multipart import FormReader

#: The fields of the form: the files, and before them where they come from, whether they are internal, and their batch.
FILES, ORIGIN, INTERNAL, BATCH = "tep", "nguon", "noi_bo", "luot"
#: Characters of what somebody says of the origin.
MAX_ORIGIN = 200


@dataclass(frozen=True, slots=True)
class Progress:
    """A file that was sent, and what is known of it by now. `items` are (id, title) of what a visitor may see."""

    sent: Sent
    state: FileState = WAITING
    items: Sequence[tuple[str, str]] = ()


def _title(item: Item) -> str:
    """What an item is called; where it has no title, what its file is called."""
    title = show_title(item)
    return title if title != item.id else PurePosixPath(item.source.path.rpartition(PART_JOIN)[2]).name


def may_upload(request: Request) -> bool:
    """Whether the settings let whoever asks send files."""
    settings: Settings = request.app.state.settings
    return settings.upload == "on" or (settings.upload == "local" and is_local(request))


class Uploads:
    """What the routes need of the intake, over the folders of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._batches = Batches(settings.intake_dir / "batches")
        self._desk = Desk(settings.intake_dir)
        self._store: Store | None = None

    async def receive(self, content_type: str, size: int, body: AsyncIterator[bytes]) -> tuple[str, list[Sent]]:
        """Take the files of a form as they come, and ask for a run. Returns the name of their batch, and these files of it.

        Raises RefusedError (no such form), IntakeError (nothing can be taken at
        all), SettingError (there is no corpus).
        """
        taking = _Taking(IntakeFolder(self._settings.corpus_dir), self._batches)
        try:
            reader = FormReader(content_type, taking)
            await run_sync(taking.folder.check_free, size)
            async for piece in body:
                if piece:
                    await run_sync(reader.write, piece)
            reader.close()
            if not taking.sent:
                raise RefusedError(422, "Chưa chọn tệp nào. Hãy mở lại trang, chọn tệp rồi gửi.")
            batch = await run_sync(taking.batch_name)
        except BaseException:
            taking.give_up()  # without waiting: the visitor may have left
            raise
        finally:
            if taking.fresh:
                with suppress(OSError):
                    self._desk.ask()
        return batch, taking.sent

    def sent(self, batch: str) -> list[Sent]:
        """The files of a batch. Raises NotFoundError."""
        sent = self._batches.read(batch)
        if sent is None:
            raise NotFoundError("Không có lượt nạp này.")
        return sent

    def progress(self, sent: Sequence[Sent]) -> list[Progress]:
        """What became of files that were sent. Raises StoreError."""
        store = self._opened()
        if store is None:
            return [Progress(one) for one in sent]
        found = []
        with store.snapshot() as snapshot:
            internal = frozenset() if self._settings.internal else snapshot.hidden()
            for one in sent:
                state = state_of(snapshot, one.path, internal) if one.path else WAITING
                items = [(item, _title(snapshot.item(item))) for item in state.items]
                found.append(Progress(one, state, items))
        return found

    def run_state(self) -> RunState:
        return self._desk.state()

    def _opened(self) -> Store | None:
        """The store, None where there is none yet or it cannot be read: then everything waits."""
        if self._store is None and self._settings.store_path.exists():
            with suppress(StoreError):
                self._store = Store(self._settings.store_path, make=False)
        return self._store


@dataclass(slots=True)
class _Taking:
    """The receiver of one form: puts each file into the corpus when it is whole, and notes what became of it.

    What is said of all files must stand before them; where it comes later, what was already taken is taken back, because
    it may have been published against the will of whoever sent it.
    """

    folder: IntakeFolder
    batches: Batches
    fresh: list[Path] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    _batch: str = ""
    _origin: str = ""
    _internal: bool = False
    _begun: bool = False
    _name: str = ""
    _incoming: Incoming | None = None
    _reason: IntakeError | None = None

    def batch_name(self) -> str:
        if not self._batch:
            with told_as_reasons():
                self._batch = self.batches.new()
        return self._batch

    def field(self, name: str, value: str) -> None:
        if self._begun and name in (ORIGIN, INTERNAL, BATCH):
            for path in self.fresh:
                path.unlink(missing_ok=True)
            self.fresh.clear()
            raise RefusedError(422, f"Ô “{name}” phải đứng trước các tệp. Chưa nhận tệp nào.")
        if name == ORIGIN:
            self._origin = " ".join(value.split())[:MAX_ORIGIN]
        elif name == INTERNAL:
            self._internal = value not in ("", "0", "false")
        elif name == BATCH and value:
            self.batches.check_room(value)
            self._batch = value

    def begin(self, name: str, filename: str) -> None:
        self._begun = True
        self._name, self._reason, self._incoming = safe_name(filename), None, None
        self.batches.check_room(self.batch_name())
        try:
            self._incoming = self.folder.receive(filename, Origin("upload", said=self._origin, internal=self._internal))
        except IntakeError as error:
            self._reason = error

    def data(self, piece: bytes) -> None:
        if self._incoming and not self._reason:
            try:
                self._incoming.write(piece)
            except IntakeError as error:
                self._reason = error
                self._drop()

    def end(self) -> None:
        sent = self._keep()
        self._drop()
        self.sent.append(sent)
        with told_as_reasons():
            self.batches.add(self.batch_name(), sent)

    def give_up(self) -> None:
        """The form broke off: what was not whole leaves nothing."""
        self._drop()

    def _keep(self) -> Sent:
        if self._incoming and not self._reason:
            try:
                taken = self._incoming.keep()
            except IntakeError as error:
                self._reason = error
            else:
                if taken.fresh:
                    self.fresh.append(self.folder.corpus / taken.path)
                return Sent(self._name, "taken" if taken.fresh else "known", taken.path, taken.note)
        later = isinstance(self._reason, TryLaterError)
        return Sent(self._name, "later" if later else "refused", reason=str(self._reason))

    def _drop(self) -> None:
        if self._incoming:
            self._incoming.close()
            self._incoming = None
