"""Nothing is left out without being told: every file, and every file inside a file, is of exactly one kind."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Mapping
from email.message import EmailMessage
from pathlib import Path

import pytest

from indexer import Report, index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.errors import ExtractError
from kb.library.account import Account
from kb.library.library import Library
from kb.library.store import Store
from kb.library.verification import verify
from search_api.query.request import SearchRequest
from search_api.service import SearchService

TEXT = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước tại {}."
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def zipped(entries: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def mail(text: str, attached: str, head: str = "") -> bytes:
    message = EmailMessage()
    message["From"], message["Subject"], message["MIME-Version"] = "xa@haiphong.example", "Báo cáo của xã", "1.0"
    message.set_content(head + TEXT.format(text))
    message.add_attachment(TEXT.format(attached).encode(), maintype="text", subtype="plain", filename="đính kèm.txt")
    return message.as_bytes()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A folder with files of every kind."""
    folder = tmp_path / "corpus"
    for sub in ("xa", ".git"):
        (folder / sub).mkdir(parents=True)
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w:gz") as archive:
        entry = tarfile.TarInfo("tờ trình.txt")
        data = TEXT.format("An Dương").encode()
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    files: dict[str, str | bytes] = {
        "mot.txt": TEXT.format("Vĩnh Hải"),
        "hai.md": "---\nkind: practice\n---\n# Cách làm\n\n" + TEXT.format("Tuệ Tĩnh"),
        "sai.md": "---\nkimd: practice\n---\n# Cách làm\n\n" + TEXT.format("đâu đó"),
        "rong.txt": b"",
        "hong.zip": zipped({"a.txt": TEXT})[:-9],
        "xa/anh 1.png": PNG,
        "xa/anh 2.jpg": PNG + b"1",
        "xa/phim.mp4": b"\0\0\0 ftypisom" + bytes(99),
        "ho so.zip": zipped(
            {
                "a.txt": TEXT.format("Kiến Thụy"),
                "anh.png": PNG,
                "ben trong.zip": zipped({"b.md": "# " + TEXT.format("Tiên Lãng")}),
                ".DS_Store": b"\0",
            }
        ),
        "to trinh.tgz": tar.getvalue(),
        "thu.eml": mail("Cát Hải", "Đồ Sơn"),
        "README.md": "# Về thư mục này",
        "manifest.toml": "",
        ".an.txt": "ẩn",
        ".git/config": "x",
        "~$mot.docx": b"\0",
        "nhi phan.bin": bytes(range(256)) * 20,
    }
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(Store(tmp_path / "var" / "store.sqlite"), tmp_path / "var" / "index", memory_engines(), open_embedder())


def balance(report: Report) -> int:
    """Files that are of no kind (more than 0) or of two (less)."""
    taken = report.unchanged + report.added + report.changed + report.moved + report.left_out
    told = {*report.failed, *report.unread, *report.set_aside, *report.kept}
    assert len(told) == len(report.failed) + len(report.unread) + len(report.set_aside) + len(report.kept)
    return report.found + report.parts - taken - len(told)


def test_every_file_is_read_or_told_with_its_reason(library: Library, corpus: Path) -> None:
    report = index_corpus(library, corpus)
    assert report.found == sum(path.is_file() for path in corpus.rglob("*"))
    assert balance(report) == 0 and report.exit_code == ExtractError.exit_code
    assert set(report.failed) == {
        "sai.md", "rong.txt", "hong.zip", "xa/anh 1.png", "xa/anh 2.jpg", "xa/phim.mp4", "nhi phan.bin", "ho so.zip › anh.png",
    }  # fmt: skip
    assert set(report.set_aside) == {
        "README.md", "manifest.toml", ".an.txt", ".git/config", "~$mot.docx", "ho so.zip", "ho so.zip › ben trong.zip",
        "ho so.zip › .DS_Store", "to trinh.tgz",
    }  # fmt: skip
    assert "Các khóa dùng được: kind, title" in report.failed["sai.md"]
    assert report.failed["xa/anh 2.jpg"].removeprefix("xa/anh 2.jpg: ").startswith("ảnh PNG bị hỏng")
    assert report.items == report.added == 7


def test_the_next_run_reads_nothing_again_and_tells_the_same(library: Library, corpus: Path) -> None:
    first = index_corpus(library, corpus)
    with library.view() as view:
        generation = view.generation
    again = index_corpus(library, corpus)
    assert (again.unchanged, again.added, again.changed, again.removed) == (first.added, 0, 0, 0)
    assert balance(again) == 0 and again.found == first.found and again.parts == first.parts
    assert (again.failed, again.set_aside) == (first.failed, first.set_aside)
    with library.view() as view:
        assert view.generation == generation, "nothing changed, nothing is published"


def test_what_is_inside_a_file_is_found_and_says_where_it_is(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    for words, path in (
        ("Kiến Thụy", "ho so.zip › a.txt"),
        ("Tiên Lãng", "ho so.zip › ben trong.zip › b.md"),
        ("An Dương", "to trinh.tgz › tờ trình.txt"),
        ("Cát Hải", "thu.eml"),
        ("Đồ Sơn", "thu.eml › đính kèm.txt"),
    ):
        answer = SearchService(library).search(SearchRequest(f'"{words}"'))
        with library.store.snapshot() as snapshot:
            assert [snapshot.item(hit.card.id).source.path for hit in answer.hits] == [path]
    with library.store.snapshot() as snapshot:
        assert {"ho-so-a", "ho-so-ben-trong-b", "to-trinh-to-trinh", "thu", "thu-dinh-kem"} <= set(snapshot.ids())


def test_an_archive_that_changes_moves_and_goes(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    (corpus / "ho so.zip").write_bytes(zipped({"a.txt": TEXT.format("Kiến An"), "c.txt": TEXT.format("Lê Chân")}))
    report = index_corpus(library, corpus)
    assert (report.changed, report.added, report.removed, balance(report)) == (1, 1, 1, 0)
    (corpus / "ho so.zip").rename(corpus / "xa" / "khac.zip")
    report = index_corpus(library, corpus)
    assert (report.moved, report.added, report.removed, report.kept, balance(report)) == (2, 0, 0, {}, 0)
    with library.store.snapshot() as snapshot:
        assert {"xa/khac.zip › a.txt", "xa/khac.zip › c.txt"} <= set(snapshot.files())
        assert not [path for path in snapshot.files() if path.startswith("ho so.zip")]
    (corpus / "xa" / "khac.zip").unlink()
    report = index_corpus(library, corpus, yes=True)
    assert (report.removed, balance(report)) == (2, 0)
    assert not [path for path in index_corpus(library, corpus).failed if "khac.zip" in path]


def test_an_archive_that_breaks_loses_its_items_and_one_that_is_away_keeps_them(library: Library, corpus: Path) -> None:
    items = index_corpus(library, corpus).items
    whole = (corpus / "ho so.zip").read_bytes()
    (corpus / "ho so.zip").write_bytes(b"")
    report = index_corpus(library, corpus)
    assert report.items == items and {"ho so.zip › a.txt", "ho so.zip › ben trong.zip › b.md"} <= set(report.kept)
    (corpus / "ho so.zip").write_bytes(whole)
    assert index_corpus(library, corpus).items == items
    (corpus / "ho so.zip").write_bytes(whole[:-9])
    report = index_corpus(library, corpus)
    assert report.items == items - 2 and "hỏng" in report.failed["ho so.zip"] and balance(report) == 0


def test_what_is_inside_is_hidden_as_the_file_is(library: Library, corpus: Path) -> None:
    (corpus / "manifest.toml").write_text(
        '[[file]]\npath = "ho so.zip"\ninternal = true\ntitle = "Hồ sơ"\nid = "x"\n', "utf-8"
    )
    (corpus / "kin.eml").write_bytes(mail("Kín", "Rất kín", head="Internal: yes\n\n"))
    index_corpus(library, corpus)
    with library.store.snapshot() as snapshot:
        hidden = {item.source.path: item.title for item in snapshot.items() if item.internal}
        assert set(hidden) == {"ho so.zip › a.txt", "ho so.zip › ben trong.zip › b.md", "kin.eml", "kin.eml › đính kèm.txt"}
        assert "Hồ sơ" not in hidden.values()
    public = Library(library.store, library.index_dir, library.engines, library.embedder, internal=False)
    assert not SearchService(public).search(SearchRequest('"Kiến Thụy"')).total


def test_a_public_archive_that_is_to_be_hidden_and_cannot_be_read_loses_its_items(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    (corpus / "manifest.toml").write_text('[[file]]\npath = "ho so.zip"\ninternal = true\n', "utf-8")
    (corpus / "ho so.zip").write_bytes(b"")
    report = index_corpus(library, corpus)
    assert {"ho so.zip › a.txt", "ho so.zip › ben trong.zip › b.md"} <= set(report.unread) and balance(report) == 0
    with library.store.snapshot() as snapshot:
        assert not [item for item in snapshot.items() if item.source.path.startswith("ho so.zip")]


def test_samples_inside_an_archive_come_and_go(library: Library, corpus: Path) -> None:
    sample = "---\nkind: practice\nsample: true\n---\n" + TEXT.format("mẫu")
    (corpus / "mau.zip").write_bytes(zipped({"m.md": sample, "n.txt": TEXT.format("thật")}))
    without = index_corpus(library, corpus, samples=False)
    assert without.left_out == 1 and balance(without) == 0
    whole = index_corpus(library, corpus)
    assert whole.items == without.items + 1 and balance(whole) == 0
    less = index_corpus(library, corpus, samples=False)
    assert less.items == without.items and balance(less) == 0


def test_the_account_is_kept_and_shown(library: Library, corpus: Path) -> None:
    report = index_corpus(library, corpus)
    account = Account(report.found, report.parts, len(report.set_aside), len(report.failed))
    with library.store.snapshot() as snapshot:
        assert Account.read(snapshot.meta["account"]) == account and snapshot.not_read() == report.failed
    files = SearchService(library).readiness().files
    assert files and files.model_dump() == {
        "found": report.found, "parts": report.parts, "set_aside": len(report.set_aside), "not_read": len(report.failed),
    }  # fmt: skip
    causes = SearchService(library).not_read()
    assert causes[0].count == 3 and causes[0].paths == ["ho so.zip › anh.png", "xa/anh 1.png", "xa/anh 2.jpg"]
    assert sum(cause.count for cause in causes) == len(report.failed)


def test_verifying_knows_files_inside_files(library: Library, corpus: Path) -> None:
    index_corpus(library, corpus)
    assert not verify(library, corpus).missing
    (corpus / "thu.eml").unlink()
    assert verify(library, corpus).missing == ["thu.eml", "thu.eml › đính kèm.txt"]
