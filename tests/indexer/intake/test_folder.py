"""Putting a file into the corpus: names, the same bytes, limits, a full disk, and nothing half."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer.discover import discover
from indexer.intake import IntakeFolder, Origin, Taken
from indexer.intake.folder import COMING
from indexer.intake.names import MAX_NAME_BYTES, safe_name
from indexer.limits import MAX_BYTES
from indexer.manifest import MANIFEST
from indexer.pipeline import process
from indexer.provenance import INTAKE, RECORDS, TAKEN_FROM, read_provenances
from kb.errors import IntakeError, SettingError, TryLaterError
from tests.indexer.intake.conftest import NOVEMBER

UPLOAD = Origin("upload")
TEXT = "Kế hoạch phát động phong trào thi đua".encode()


def put(folder: IntakeFolder, name: str, data: bytes, origin: Origin = UPLOAD) -> Taken:
    with folder.receive(name, origin, len(data)) as incoming:
        for at in range(0, len(data), 1000):
            incoming.write(data[at : at + 1000])
        return incoming.keep()


def seen(corpus: Path) -> list[str]:
    return [file.path for file in discover(corpus).files]


def test_a_file_is_kept_whole_by_month(folder: IntakeFolder, corpus: Path) -> None:
    taken = put(folder, "Kế hoạch.txt", TEXT * 500)
    assert taken == Taken("da-nap/2026-11/Kế hoạch.txt")
    assert (corpus / taken.path).read_bytes() == TEXT * 500
    assert seen(corpus) == [taken.path]
    assert list((corpus / INTAKE / COMING).iterdir()) == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/cron.d/x.txt", "x.txt"),
        ("..\\..\\Windows\\System32\\a.txt", "a.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\Lan\\Tờ trình.docx", "Tờ trình.docx"),
        ("Tơ\u0300 tri\u0300nh.txt", "Tờ trình.txt"),
        ("con.txt", "_con.txt"),
        ("COM¹.tar.gz", "_COM¹.tar.gz"),
        ("a\u202egpj.txt", "agpj.txt"),
        ("a\x00b\x1b[31m.txt", "ab[31m.txt"),
        ("a › b.txt", "a - b.txt"),
        (".htaccess", "htaccess"),
        ("~$to trinh.txt", "to trinh.txt"),
        ("-rf.txt", "rf.txt"),
        ("a.txt ...", "a.txt"),
        ("a\n\t b.txt", "a b.txt"),
        ("", "khong-ten"),
        ("..", "khong-ten"),
        ("\ud800.txt", "txt"),
        ('<a href="x">?*|.txt', "a href=-x.txt"),
    ],
)
def test_hostile_names_lose_what_means_a_place(given: str, kept: str) -> None:
    assert safe_name(given) == kept
    assert safe_name(kept) == kept, "a safe name stays"


def test_a_long_name_is_cut_and_keeps_its_ending(folder: IntakeFolder, corpus: Path) -> None:
    name = safe_name("ế" * 400 + ".docx")
    assert name.endswith("ế.docx") and MAX_NAME_BYTES - 3 <= len(name.encode()) <= MAX_NAME_BYTES
    first, second = put(folder, "ế" * 400 + ".txt", b"a b c"), put(folder, "ế" * 400 + ".txt", b"d e f")
    assert first.path != second.path and len(seen(corpus)) == 2


def test_a_second_file_of_the_same_name_gets_a_number(folder: IntakeFolder, corpus: Path) -> None:
    paths = [put(folder, "a.txt", text).path for text in (b"one", b"two", b"three")]
    assert paths == [f"da-nap/2026-11/{name}" for name in ("a.txt", "a (2).txt", "a (3).txt")]
    assert [(corpus / path).read_bytes() for path in paths] == [b"one", b"two", b"three"]


def test_the_same_bytes_are_not_kept_twice(folder: IntakeFolder, corpus: Path) -> None:
    (corpus / "cu").mkdir()
    (corpus / "cu" / "goc.txt").write_bytes(TEXT)
    assert put(folder, "ban sao.txt", TEXT) == Taken("cu/goc.txt", fresh=False)
    assert put(folder, "khac.txt", TEXT[:-1] + b"?").fresh
    assert put(folder, "khac nua.txt", TEXT[:-1] + b"?") == Taken("da-nap/2026-11/khac.txt", fresh=False)
    assert len(seen(corpus)) == 2


def test_many_at_once_lose_nothing(folder: IntakeFolder, corpus: Path) -> None:
    texts = [f"Số {number % 12}".encode() for number in range(24)]
    taken: list[Taken] = []
    threads = [threading.Thread(target=lambda t=text: taken.append(put(folder, "a.txt", t))) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(one.fresh for one in taken) == 12 == len(seen(corpus))
    assert {(corpus / path).read_bytes() for path in seen(corpus)} == set(texts)
    assert len(read_provenances(corpus).by_path) == 12


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "rỗng"),
        ("a.txt", b"a" * (MAX_BYTES + 1), "quá lớn"),
        ("a.pdf", b"MZ\x90\0" + b"\0" * 5000, "chương trình máy tính"),
        ("phim.pdf", b"\0\0\0 ftypisom" + b"\0" * 100, "phim"),
        ("manifest.toml", b"[[folder]]", "manifest.toml chỉ có tác dụng"),
        ("README.md", b"text", "nói về chính thư mục"),
        ("Thumbs.db", b"text", "hệ điều hành"),
        ("du-lieu.json", b"{}", "không phải văn bản"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    name: str, data: bytes, reason: str, folder: IntakeFolder, corpus: Path
) -> None:
    with pytest.raises(IntakeError, match=reason) as refused:
        put(folder, name, data)
    assert not isinstance(refused.value, TryLaterError)
    assert seen(corpus) == [] and not list(corpus.rglob("*.part"))


def test_a_large_text_is_refused_before_all_of_it_came(folder: IntakeFolder) -> None:
    with folder.receive("a.txt", UPLOAD) as incoming:
        written = 0
        with pytest.raises(IntakeError, match="quá lớn"):
            while written < 10 * MAX_BYTES:
                incoming.write(b"a" * 100_000)
                written += 100_000
    assert written <= MAX_BYTES


def test_a_full_disk_is_told_before_and_while(corpus: Path, folder: IntakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    full = IntakeFolder(corpus, free_bytes=lambda place: 300_000_000)
    with pytest.raises(TryLaterError, match="đã đầy"):
        full.receive("a.txt", UPLOAD, 100_000_000)
    with folder.receive("a.txt", UPLOAD) as incoming:
        incoming.write(b"text")

        def no_space(handle: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", no_space)
        with pytest.raises(TryLaterError, match="đã đầy"):
            incoming.keep()
    assert seen(corpus) == [] and not list(corpus.rglob("*.part"))


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES])
def test_a_corpus_that_cannot_be_written_is_told(code: int, folder: IntakeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, *args: object, **kwargs: object) -> None:
        raise OSError(code, "no")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(TryLaterError, match="không ghi được vào thư mục văn bản"):
        folder.receive("a.txt", UPLOAD)


def test_without_a_corpus_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingError):
        IntakeFolder(tmp_path / "away").receive("a.txt", UPLOAD)
    assert not (tmp_path / "away").exists()


def test_an_intake_folder_that_is_a_link_is_refused(folder: IntakeFolder, corpus: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (corpus / INTAKE).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(IntakeError, match="liên kết"):
        folder.receive("a.txt", UPLOAD)


def test_what_never_came_whole_is_removed_after_a_day(folder: IntakeFolder, corpus: Path) -> None:
    coming = corpus / INTAKE / COMING
    coming.mkdir(parents=True)
    for name, at in (("old.part", 1), ("new.part", None)):
        (coming / name).write_bytes(b"half")
        if at:
            os.utime(coming / name, (at, at))
    put(folder, "a.txt", TEXT)
    assert [path.name for path in coming.iterdir()] == ["new.part"]


# What is recorded of it.


def attributes_of(corpus: Path, path: str) -> dict[str, object]:
    return next(dict(file.attributes) for file in discover(corpus).files if file.path == path)


def test_where_it_came_from_becomes_its_origin(folder: IntakeFolder, corpus: Path) -> None:
    address = "https://bao.example/tin-1"
    path = put(folder, "tin.txt", TEXT, Origin("address", address, "Báo Hải Phòng")).path
    record = read_provenances(corpus).by_path[path]
    assert (record.at, record.way, record.address) == (NOVEMBER.isoformat(), "address", address)
    found = discover(corpus).files[0]
    assert process(found, found.read()).source.origin == f"Báo Hải Phòng, {address}"


def test_the_manifest_goes_before_the_record(folder: IntakeFolder, corpus: Path) -> None:
    path = put(folder, "tin.txt", TEXT, Origin("upload", said="Văn phòng")).path
    written = f'[[file]]\npath = "{path}"\norigin = "Ban Thi đua"\n'
    (corpus / MANIFEST).write_text(written, "utf-8")
    found = discover(corpus).files[0]
    assert process(found, found.read()).source.origin == "Ban Thi đua, Văn phòng"
    assert (corpus / MANIFEST).read_text("utf-8") == written, "a person's manifest is never written to"


def test_an_internal_paper_stays_internal_without_its_record(folder: IntakeFolder, corpus: Path) -> None:
    path = put(folder, "a.txt", TEXT, Origin("upload", internal=True)).path
    assert path == "da-nap/noi-bo/2026-11/a.txt"
    (corpus / INTAKE / RECORDS).unlink()
    assert attributes_of(corpus, path) == {"internal": True}
    (corpus / MANIFEST).write_text(f'[[file]]\npath = "{path}"\ninternal = false\n', "utf-8")
    assert attributes_of(corpus, path)["internal"] is True


@pytest.mark.parametrize(
    "spoil",
    [
        lambda line: line[: len(line) // 2],
        lambda line: b"\xff\xfe\n" + line,
        lambda line: b'{"path": 3}\n["a"]\n\n{"path":"x","unknown":1}\n' + line,
        lambda line: line * 2,
        lambda line: b"x" * 100_000 + b"\n" + line,
    ],
    ids=["torn", "no UTF-8", "other JSON", "twice", "long"],
)
def test_damaged_records_spoil_no_other(spoil: Callable[[bytes], bytes], folder: IntakeFolder, corpus: Path) -> None:
    first = put(folder, "a.txt", b"one", Origin("upload", said="Văn phòng")).path
    records = corpus / INTAKE / RECORDS
    records.write_bytes(spoil(records.read_bytes()))
    second = put(folder, "b.txt", b"two", Origin("upload", said="Ban Thi đua")).path
    assert attributes_of(corpus, second)[TAKEN_FROM] == "Ban Thi đua"
    assert attributes_of(corpus, first).get(TAKEN_FROM, "Văn phòng") == "Văn phòng"
