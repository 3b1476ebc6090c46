"""What is found in a corpus, what is passed over, what the manifest says of it; and that reading never waits."""

from __future__ import annotations

import hashlib
import os
import socket
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.discover import LOOK_BYTES, FoundFile, Listing, discover, stamp_of, storable
from indexer.limits import MAX_BYTES
from indexer.readers.set_aside import ABOUT, HIDDEN, SYSTEM, TEMPORARY
from kb.errors import CorpusAwayError, ExtractError, SettingError, UnreadableError


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    (folder / "xa" / "thon").mkdir(parents=True)
    for name in ("a.md", "xa/b.txt", "xa/thon/c.MD", "xa/ảnh.png", "README.md", ".an.txt"):
        (folder / name).write_text("Việc tốt", "utf-8")
    return folder


def paths(listing: Listing) -> list[str]:
    return [file.path for file in listing.files]


def test_every_file_is_found_in_order_or_said_to_hold_no_paper(corpus: Path) -> None:
    for name in ("~$a.docx", "xa/Thumbs.db", "xa/README.md", ".git/config", "manifest.toml"):
        (corpus / name).parent.mkdir(exist_ok=True)
        (corpus / name).write_bytes(b"")
    listing = discover(corpus)
    assert paths(listing) == ["a.md", "xa/b.txt", "xa/thon/c.MD", "xa/ảnh.png"]
    assert listing.set_aside == {
        "README.md": ABOUT, "xa/README.md": ABOUT, "manifest.toml": ABOUT, ".an.txt": HIDDEN, ".git/config": HIDDEN,
        "xa/Thumbs.db": SYSTEM, "~$a.docx": TEMPORARY,
    }  # fmt: skip
    assert listing.count == sum(path.is_file() for path in corpus.rglob("*"))
    assert not (listing.skipped or listing.unread or listing.failed or listing.misfits)


def test_what_is_no_file_of_the_corpus_is_passed_over_and_told(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ngoai").mkdir()
    (tmp_path / "ngoai" / "kin.txt").write_text("kín", "utf-8")
    links = {
        "ra.txt": "../ngoai/kin.txt", "thu-muc": "../ngoai", "trong": "xa", "hong.md": "khong-co.md", "vong.md": "vong.md",
        "xa/len": "..", "anh.png": "xa/ảnh.png",
    }  # fmt: skip
    for name, target in links.items():
        (corpus / name).symlink_to(target)
    (corpus / "cung.txt").symlink_to("xa/b.txt")
    os.mkfifo(corpus / "ong.md")
    with socket.socket(socket.AF_UNIX) as plug:
        monkeypatch.chdir(corpus)  # the address of a socket is short
        plug.bind("cam.txt")
    listing = discover(corpus)
    assert paths(listing) == ["a.md", "anh.png", "cung.txt", "xa/b.txt", "xa/thon/c.MD", "xa/ảnh.png"]
    assert listing.files[2].read() == "Việc tốt".encode()
    assert set(listing.skipped) == {"ra.txt", "thu-muc", "trong", "hong.md", "vong.md", "xa/len", "ong.md", "cam.txt"}
    assert "ra ngoài" in listing.skipped["ra.txt"] and "ống dẫn" in listing.skipped["ong.md"]
    assert "hỏng hoặc vòng tròn" in listing.skipped["vong.md"]


def test_a_name_that_is_no_utf8_is_told_in_letters_that_can_be_printed(corpus: Path) -> None:
    os.mkdir(os.fsencode(corpus) + b"/h\xe5 s\xbf")
    for name in (b"/c\xf2.txt", b"/h\xe5 s\xbf/x.md"):
        Path(os.fsdecode(os.fsencode(corpus) + name)).write_text("x")
    (corpus / "a › b.txt").write_text("x")
    listing = discover(corpus)
    assert paths(listing) == ["a.md", "xa/b.txt", "xa/thon/c.MD", "xa/ảnh.png"]
    assert "›" in listing.failed.pop("a › b.txt"), "the sign stands between an archive and what is inside it"
    assert set(listing.failed) == {"c\\xf2.txt", "h\\xe5 s\\xbf/x.md"}
    for path, reason in listing.failed.items():
        assert "đổi tên" in reason and (path + reason).encode() and storable(path) == path


def test_what_the_system_refuses_is_told(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.scandir

    def scandir(path: str | Path) -> Iterator[os.DirEntry[str]]:
        if Path(path).name == "xa":
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    listing = discover(corpus)
    assert paths(listing) == ["a.md"] and list(listing.unread) == ["xa"]
    assert listing.hides("xa/b.txt") and listing.hides("xa/thon/c.MD") and not listing.hides("xab.txt")
    monkeypatch.setattr(os, "scandir", lambda path: (_ for _ in ()).throw(OSError(5, "Input/output error")))
    with pytest.raises(CorpusAwayError, match="Input/output error"):
        discover(corpus)


def test_reading_takes_regular_files_only_and_never_waits(corpus: Path) -> None:
    found = FoundFile("a.md", corpus / "a.md", {})
    (corpus / "a.md").unlink()
    with pytest.raises(UnreadableError):
        found.read()
    os.mkfifo(corpus / "a.md")
    with pytest.raises(UnreadableError, match="không phải tệp thường"):
        found.read()
    (corpus / "a.md").unlink()
    (corpus / "a.md").symlink_to("/dev/zero")
    with pytest.raises(UnreadableError):
        found.read()
    (corpus / "a.md").unlink()
    with open(corpus / "a.md", "wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ExtractError, match="quá lớn"):
        found.read()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"8BPS", "ảnh Photoshop: chưa đọc được định dạng này"),
        (b"!BDN", "hộp thư Outlook"),
        (b"\0\0\0 ftypisom", "tệp phim"),
    ],
)
def test_a_format_that_no_reader_takes_is_named_and_not_read_whole(corpus: Path, data: bytes, said: str) -> None:
    """Whatever its name says; only the beginning is read, however large the file is."""
    with open(corpus / "a.md", "wb") as file:
        file.write(data)
        file.truncate(1 << 40)
    with pytest.raises(ExtractError, match=f"^a.md: {said}"):
        FoundFile("a.md", corpus / "a.md", {}).look()


def test_a_look_tells_the_digest_and_keeps_the_beginning_only(corpus: Path) -> None:
    data = "Việc tốt. ".encode() * 20_000
    (corpus / "a.md").write_bytes(data)
    look = FoundFile("a.md", corpus / "a.md", {}).look()
    assert (look.sha256, look.size, look.head) == (hashlib.sha256(data).hexdigest(), len(data), data[:LOOK_BYTES])


MANIFEST = """
[[folder]]
path = "./Xa/"
kind = "article"
internal = "có"
[[folder]]
path = "xa"
kind = "practice"
[[folder]]
path = "xã khác"
internal = true
[[file]]
path = "A.md"
year = 2020
[[file]]
path = "da-bo.md"
"""


def test_a_path_in_another_case_or_unicode_form_applies_and_is_told(corpus: Path) -> None:
    (corpus / "manifest.toml").write_text(MANIFEST, "utf-8")
    other = unicodedata.normalize("NFD", "xã khác")
    (corpus / other).mkdir()
    (corpus / other / "d.txt").write_text("Việc kín", "utf-8")
    listing = discover(corpus)
    declared = {file.path: dict(file.attributes) for file in listing.files}
    assert declared["a.md"] == {"year": 2020} and declared[f"{other}/d.txt"] == {"internal": True}
    assert declared["xa/b.txt"]["kind"] == "practice" and declared["xa/b.txt"]["internal"] is True, "either entry hides"
    assert "có" in declared["xa/b.txt"]["internal_unclear"] and "Xa" in declared["xa/b.txt"]["internal_unclear"]
    told = "\n".join(listing.misfits)
    assert len(listing.misfits) == 4 and "“da-bo.md” không có" in told and "“A.md”, trên đĩa là “a.md”" in told


def test_a_link_is_hidden_as_its_target_is(corpus: Path) -> None:
    (corpus / "manifest.toml").write_text("[[folder]]\npath = 'xa'\ninternal = true\nkind = 'article'\n", "utf-8")
    (corpus / "mo.txt").symlink_to("xa/b.txt")
    declared = {file.path: dict(file.attributes) for file in discover(corpus).files}
    assert declared["mo.txt"] == {"internal": True} and declared["a.md"] == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[folders]]\npath = 'xa'", "folders"),
        ("[[folder]]\npath = 'xa'\nintenral = true", "“internal”"),
        ("[[folder]]\npath = 'xa'\nnote = 'x'", "note"),
        ("[[folder]]\npath = 'xa'\nyear = '2020'", "year"),
        ("[[folder]]\npath = 'xa'\nfields = [['x']]", "fields"),
        ("[[folder]]\npath = 1", "path"),
        ("[[folder]]\ninternal = true", "path"),
        ("[folder]\npath = 'xa'", "[[folder]]"),
        ("[[folder]]\npath = '../xa'", ".."),
        ("[[folder]]\npath = 'xa'\n[[folder]]\npath = 'xa/'", "hai lần"),
        ("[[file]]\npath = 'a.md'\nsha256 = 'abc'", "sha256"),
        ("a = " + "[" * 5000, "bản kê"),
        ("a = " + "9" * 5000, "bản kê"),
        ("\udcff", "bản kê"),
    ],
    ids=lambda value: value[:40],
)
def test_a_manifest_that_is_not_as_it_must_be_names_what_is_wrong(corpus: Path, text: str, said: str) -> None:
    (corpus / "manifest.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SettingError) as caught:
        discover(corpus)
    assert "manifest.toml" in str(caught.value) and said in str(caught.value)


def test_a_manifest_that_is_no_file_or_has_another_name_is_refused(corpus: Path) -> None:
    (corpus / "Manifest.toml").write_text("", "utf-8")
    with pytest.raises(SettingError, match="đổi tên"):
        discover(corpus)
    (corpus / "Manifest.toml").unlink()
    os.mkfifo(corpus / "manifest.toml")
    with pytest.raises(SettingError, match="bản kê"):
        discover(corpus)


def test_a_file_is_read_only_while_it_is_as_it_was_seen(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt", "da-nap/d.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name, "utf-8")
    (tmp_path / "link.txt").symlink_to(tmp_path / "a.txt")
    quiet = {name: stamp_of((tmp_path / name).stat()) for name in ("a.txt", "b.txt")}
    listing = discover(tmp_path)
    listing.only_quiet(tmp_path, quiet)
    (tmp_path / "b.txt").write_text("b, and more", "utf-8")  # after the folder was listed
    read, busy = [], []
    for file in listing.files:
        try:
            assert file.look().size == len(file.read())
            read.append(file.path)
        except UnreadableError as error:
            assert "đang được chép" in str(error)
            busy.append(file.path)
    assert (read, busy) == (["a.txt", "da-nap/d.txt", "link.txt"], ["b.txt", "c.txt"])
