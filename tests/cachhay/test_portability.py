"""The program where the system is not POSIX, as far as that can be seen without such a system: what is missing is hidden."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cachhay import server, terminal
from kb.embedding import adapted
from kb.library import library as library_module
from tests.conftest import CORPUS, ROOT

#: Modules of the standard library that Windows does not have.
POSIX_ONLY = ("fcntl", "grp", "posix_ipc", "pty", "pwd", "resource", "syslog", "termios", "tty")
#: Needs packages of the extra `qdrant` or `models`, which bring what they need on each system.
OPTIONAL = ("kb.engines.qdrant", "kb.embedding.sentence_transformers")

HIDDEN = f"""
import sys
for name in {POSIX_ONLY!r}:
    sys.modules[name] = None
import os
def refuse(*arguments, **options):
    raise OSError(1, "no hard links")
os.link = refuse
for name in ("fork", "getuid", "geteuid", "fchmod", "O_NOFOLLOW"):
    if hasattr(os, name):
        delattr(os, name)
"""
IMPORT_ALL = (
    HIDDEN
    + f"""
import importlib, pkgutil
for package in ("vitext", "kb", "indexer", "search_api", "web", "cachhay"):
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if found.name not in {OPTIONAL!r} and not found.name.endswith("__main__") and ".models" not in found.name:
            importlib.import_module(found.name)
            print(found.name)
"""
)
COMMAND = HIDDEN + "import sys\nfrom cachhay.cli import start\nstart()\n"


def python(code: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *arguments],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_every_module_can_be_imported() -> None:
    done = python(IMPORT_ALL)
    assert done.returncode == 0, done.stderr
    assert {"kb.library.store", "cachhay.cli", "web.app", "kb.engines.faiss"} <= set(done.stdout.split())


@pytest.mark.slow
def test_it_indexes_updates_and_tells_its_state(tmp_path: Path) -> None:
    corpus, data = tmp_path / "corpus", tmp_path / "var"
    corpus.mkdir()
    shutil.copy(CORPUS / "documents/238-KH-UBND.md", corpus)
    for added in (1, 2):
        done = python(COMMAND, "index", "--corpus", str(corpus), "--data", str(data), "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["items"] == added
        (corpus / "hai.txt").write_text("Phong trào thi đua yêu nước", "utf-8")
    done = python(COMMAND, "status", "--data", str(data), "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["items"] == 2, done.stderr


def test_vietnamese_is_written_as_utf8_into_files_and_pipes() -> None:
    done = python("from cachhay.cli import start\nstart()", "--help", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0 and "điển hình tiên tiến" in done.stdout
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="cp1252"), io.StringIO()]
    terminal.write_utf8(*streams)
    assert [stream.encoding for stream in streams] == ["utf-8", None]


# Files and folders.


def test_a_clone_shares_its_files_where_it_can(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("a")
    library_module._clone(str(tmp_path / "one"), str(tmp_path / "two"))
    assert (tmp_path / "one").samefile(tmp_path / "two")


@pytest.mark.parametrize("system", ["linux without links", "win32"])
def test_a_clone_is_a_copy_where_files_cannot_be_shared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    (tmp_path / "one").write_text("a")
    if system == "win32":
        monkeypatch.setattr(sys, "platform", system)
    else:
        monkeypatch.setattr(os, "link", lambda source, target: (_ for _ in ()).throw(OSError(errno.EPERM, "no links")))
    library_module._clone(str(tmp_path / "one"), str(tmp_path / "two"))
    monkeypatch.undo()
    assert (tmp_path / "two").read_text() == "a" and not (tmp_path / "one").samefile(tmp_path / "two")


@pytest.fixture
def windows_files(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Folders cannot be opened, and only what was opened for writing can be written out; yields what was written out."""
    real_open, real_fsync = os.open, os.fsync
    writable: dict[int, bool] = {}
    synced: list[int] = []

    def open_file(path: Path, flags: int, mode: int = 0o777) -> int:
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, "a folder", str(path))
        handle = real_open(path, flags, mode)
        writable[handle] = bool(flags & (os.O_RDWR | os.O_WRONLY))
        return handle

    def fsync(handle: int) -> None:
        if not writable[handle]:
            raise OSError(errno.EBADF, "not opened for writing")
        real_fsync(handle)
        synced.append(handle)

    monkeypatch.setattr(os, "open", open_file)
    monkeypatch.setattr(os, "fsync", fsync)
    yield synced
    monkeypatch.undo()


def test_a_fine_tuned_model_can_be_kept(tmp_path: Path, windows_files: list[int]) -> None:
    half = adapted.new_folder(tmp_path)
    (half / "inner").mkdir()
    (half / "inner" / "config.json").write_text("{}")
    (half / "README.md").write_text("x")
    folder = adapted.finish(half, "m-adapted-01234567")
    assert len(windows_files) == 2 and (folder / "inner" / "config.json").is_file()
    adapted.point_to(tmp_path, adapted.Adapted(folder.name, "d", "m", "b", {}))
    assert len(windows_files) == 3 and adapted.read_pointer(tmp_path) is not None


def test_a_file_that_cannot_be_written_out_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("x")

    def refuse(path: Path, flags: int) -> int:
        raise PermissionError(errno.EACCES, "refused", str(path))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(PermissionError):
        adapted._sync(tmp_path / "file")


# The port.


def test_a_port_is_taken_alone_where_a_system_would_share_it(monkeypatch: pytest.MonkeyPatch) -> None:
    done = python(
        "import socket\nsocket.SO_EXCLUSIVEADDRUSE = -5\nfrom cachhay import server\nprint(server._SHARING == -5)",
    )
    assert done.stdout.strip() == "True", done.stderr
    assert getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR) == server._SHARING
