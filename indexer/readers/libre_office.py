"""Read files for which there is no reader of our own (.ppt, Word before 97) by LibreOffice, where it is installed.

LibreOffice fetches what a file names (a remote picture, a template). So it is only started by a process that has no network
(`indexer.sandbox`), with a profile of its own that knows no macros, and it ends with that process.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from indexer.parent_death import end_with_parent
from indexer.readers.doc import is_older_word
from indexer.readers.odf import OdfReader
from indexer.readers.package import list_streams
from indexer.readers.reader import Content, Paper
from kb.errors import ExtractError

#: Where the program itself lies; the script before it starts a second process that nothing would end.
PROGRAMS = (
    "/usr/lib/libreoffice/program/soffice.bin",
    "/usr/lib64/libreoffice/program/soffice.bin",
    "/opt/libreoffice/program/soffice.bin",
)
#: Seconds after which it is given up: many times what a long file takes.
TIMEOUT = 100
#: What it returns after it has made a new profile: it must be started again.
_START_AGAIN = 81
_FOLDER = "cachhay-libreoffice-"
#: A folder that is older (in seconds) was left behind by a process that was killed.
_LEFT_BEHIND = 3600
_OPTIONS = ("--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo")
_INSTALL = (
    "cần LibreOffice để mở (Debian, Ubuntu: apt install libreoffice-impress-nogui libreoffice-writer-nogui), "
    "hoặc hãy lưu lại thành PDF, DOCX hay PPTX"
)


class LibreOfficeReader:
    """PowerPoint 97-2003 and Word files before 97."""

    name = "PowerPoint 97-2003, Word trước 1997 (qua LibreOffice)"

    def bid(self, paper: Paper) -> float:
        """.5 for the streams of such files, also where LibreOffice is missing: then reading says what to install."""
        streams = list_streams(paper.data)
        return 0.5 if "PowerPoint Document" in streams or is_older_word(paper.data) else 0.0

    def read(self, paper: Paper) -> Content:
        """The text as LibreOffice hands it over. Raises ExtractError: LibreOffice is missing or fails, the network cannot be
        cut off, the file has a password or no text."""
        is_slides = "PowerPoint Document" in list_streams(paper.data)
        converted = convert(paper, "odp" if is_slides else "odt", ".ppt" if is_slides else ".doc")
        return OdfReader().read(Paper(paper.path, converted))


def convert(paper: Paper, form: str, ending: str) -> bytes:
    """The file as LibreOffice writes it as "odt" or "odp"; `ending` tells it what the file is. Raises ExtractError."""
    program = next((path for path in PROGRAMS if os.access(path, os.X_OK)), None)
    if program is None:
        raise ExtractError(f"{paper.path}: {_INSTALL}")
    if not is_cut_off():
        reason = "không cắt được mạng của LibreOffice trên hệ thống này nên không mở; hãy lưu lại thành PDF, DOCX hay PPTX"
        raise ExtractError(f"{paper.path}: {reason}")
    _sweep()
    with tempfile.TemporaryDirectory(prefix=_FOLDER) as folder:
        source = Path(folder, f"a{ending}")
        source.write_bytes(paper.data)
        target = source.with_suffix(f".{form}")
        profile = f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"
        command = [program, profile, *_OPTIONS, "--convert-to", form, "--outdir", folder, str(source)]
        for _ in range(2):
            code = _run(paper.path, command, folder)
            if code != _START_AGAIN and target.exists():
                return target.read_bytes()
    raise ExtractError(f"{paper.path}: LibreOffice không mở được (hỏng hoặc có mật khẩu); hãy lưu lại thành PDF hay PPTX")


def is_cut_off() -> bool:
    """Whether this process has no network but the one to itself.

    >>> isinstance(is_cut_off(), bool)
    True
    """
    try:
        return {name for _, name in socket.if_nameindex()} <= {"lo"}
    except OSError:
        return False


def _run(path: str, command: list[str], folder: str) -> int:
    environment = {"HOME": folder, "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TMPDIR": folder}
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
            preexec_fn=end_with_parent if os.name == "posix" else None,
        )
    except subprocess.TimeoutExpired as error:
        raise ExtractError(f"{path}: LibreOffice mở quá {TIMEOUT} giây nên đã dừng; hãy lưu lại thành PDF") from error
    except (OSError, subprocess.SubprocessError) as error:
        raise ExtractError(f"{path}: không chạy được LibreOffice ({error}); {_INSTALL}") from error
    return done.returncode


def _sweep() -> None:
    """Remove the folders of processes that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < time.time() - _LEFT_BEHIND:
                shutil.rmtree(folder)
