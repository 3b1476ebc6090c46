"""Files that only LibreOffice reads. Where it is installed, it makes the files of these tests itself."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.discover import FoundFile
from indexer.pipeline import process
from indexer.read_worker import Reading, ReadWorker
from indexer.readers import libre_office
from indexer.readers.libre_office import PROGRAMS, LibreOfficeReader, is_cut_off
from indexer.readers.reader import Paper
from indexer.readers.registry import choose
from kb.errors import ExtractError
from tests.indexer.readers.ole import compound
from tests.indexer.readers.test_odf import odf, p

READER = LibreOfficeReader()
SLIDES = compound({"PowerPoint Document": b"x", "Current User": b"y"})
OLD_WORD = compound({"WordDocument": b"\xdc\xa5\x65\x00" + bytes(100)})
PROGRAM = next((path for path in PROGRAMS if os.access(path, os.X_OK)), "")
INSTALLED = pytest.mark.skipif(not PROGRAM, reason="LibreOffice is missing")


def read_in_worker(folder: Path, name: str, data: bytes) -> Reading:
    (folder / name).write_bytes(data)
    with ReadWorker(process) as worker:
        return worker.read(FoundFile(name, folder / name, {}), hashlib.sha256(data).hexdigest())


def made_by_office(folder: Path, source: bytes, ending: str, form: str) -> bytes:
    given = folder / f"a.{ending}"
    given.write_bytes(source)
    command = [PROGRAM, f"-env:UserInstallation={(folder / 'p').as_uri()}", "--headless", "--convert-to", form]
    made = given.with_suffix(f".{form.partition(':')[0]}")
    for _ in range(2):
        subprocess.run([*command, "--outdir", str(folder), str(given)], check=False, capture_output=True, timeout=100)
        if made.exists():
            return made.read_bytes()
    raise AssertionError(f"no {form} was made")


def with_manifest(package: bytes) -> bytes:
    """A package as LibreOffice wants it: it lists its own parts."""
    file = io.BytesIO(package)
    name = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    listed = (("/", "application/vnd.oasis.opendocument.presentation"), ("content.xml", "text/xml"))
    entries = "".join(f'<m:file-entry m:full-path="{path}" m:media-type="{kind}"/>' for path, kind in listed)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{name}" m:version="1.2">{entries}</m:manifest>')
    return file.getvalue()


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A server of the loopback network that keeps what it is asked."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(100))

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked


@pytest.mark.parametrize("data", [SLIDES, OLD_WORD])
def test_without_it_the_file_says_what_to_install(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libre_office, "PROGRAMS", ("/nowhere/soffice.bin",))
    assert type(choose(Paper("a.doc", data))) is LibreOfficeReader
    with pytest.raises(ExtractError, match=r"^a\.ppt: cần LibreOffice để mở"):
        READER.read(Paper("a.ppt", data))


def test_it_is_not_started_with_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libre_office, "PROGRAMS", ("/bin/sh",))
    monkeypatch.setattr(socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0")])
    assert not is_cut_off()
    with pytest.raises(ExtractError, match="không cắt được mạng"):
        READER.read(Paper("a.ppt", SLIDES))


@INSTALLED
def test_slides_are_read_and_nothing_is_fetched(tmp_path: Path, listener: tuple[str, list[bytes]]) -> None:
    address, asked = listener
    picture = (
        f'<draw:frame><draw:image xlink:href="{address}/a.png" xmlns:xlink="http://www.w3.org/1999/xlink"/></draw:frame>'
    )
    box = f'<draw:frame svg:width="9cm" svg:height="3cm"><draw:text-box>{p("Mô hình chợ quê")}</draw:text-box></draw:frame>'
    body = f'<draw:page draw:name="a">{box}{picture}</draw:page>'
    slides = made_by_office(tmp_path, with_manifest(odf(body, "presentation")), "odp", "ppt")
    asked.clear()
    reading = read_in_worker(tmp_path, "b.ppt", slides)
    if error := reading.errors.get("b.ppt"):
        assert "không cắt được mạng" in str(error)
        pytest.skip("the system does not let a process leave its network")
    assert "Mô hình chợ quê" in [block.original for block in reading.items["b.ppt"].blocks]
    assert asked == []


@INSTALLED
def test_a_damaged_file_is_told_and_no_folder_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    reading = read_in_worker(tmp_path, "b.ppt", SLIDES)
    assert "LibreOffice" in str(reading.errors["b.ppt"])
    assert list((tmp_path / "t").iterdir()) == []
