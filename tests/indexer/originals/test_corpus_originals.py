"""Originals are found by the path of their item, checked by their digest, and drawn in a process that a page may end."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import sys
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.originals import CorpusOriginals
from indexer.originals import caller as caller_module
from indexer.originals.child import MAX_OPEN, Desk
from indexer.originals.drawing import MAX_PIXELS
from indexer.originals.media import _BY_ENDING, OPAQUE, PAGED, kind_of
from kb.errors import OriginalAwayError, OriginalsBusyError, PageAwayError
from kb.item import Source
from kb.originals import Picture, Rectangle
from kb.page_text import PageText, PageWord
from tests.indexer.readers.pdf_files import A4, PdfFile, PdfPage, Text, Widget, lines
from tests.waiting import until
from tests.work import children_of
from web.downloads import ORIGINAL_TYPES

WORDS = PdfFile([PdfPage(lines(["Thực hiện Kế hoạch số 238", "của thành phố"])), PdfPage(lines(["Trang hai"]))]).data()


def put(corpus: Path, path: str, data: bytes, inside: bytes | None = None) -> Source:
    """A file of the corpus, and the source of the item at `path`, whose own bytes are `inside` where it is a part."""
    location = corpus / path.partition(" › ")[0]
    location.parent.mkdir(parents=True, exist_ok=True)
    location.write_bytes(data)
    return Source(path, hashlib.sha256(data if inside is None else inside).hexdigest())


def packed(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("đọc trước.txt", "xem tệp kia")
        archive.writestr(name, data)
    return out.getvalue()


def taped(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all tests: it takes a second to start the process. A file that is written again has another digest."""
    return tmp_path_factory.mktemp("corpus")


@pytest.fixture(scope="module")
def originals(corpus: Path) -> Iterator[CorpusOriginals]:
    made = CorpusOriginals(corpus)
    yield made
    made.close()


def copied(originals: CorpusOriginals, source: Source) -> bytes:
    out = io.BytesIO()
    originals.copy(source, out)
    return out.getvalue()


def opened(picture: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(picture.data))
    assert (image.width, image.height) == (
        picture.width,
        picture.height,
    ) and picture.media_type == f"image/{(image.format or '').lower()}"
    return image


def test_a_file_and_the_parts_of_archives_come_back_byte_by_byte(corpus: Path, originals: CorpusOriginals) -> None:
    large = os.urandom(3_000_000)
    inner = packed("quyết định.pdf", WORDS)
    sources = {
        put(corpus, "năm 2024/kế hoạch.pdf", WORDS): WORDS,
        put(corpus, "lớn.bin", large): large,
        put(corpus, "hồ sơ.zip › văn bản/quyết định.pdf", packed("văn bản/quyết định.pdf", WORDS), WORDS): WORDS,
        put(corpus, "gói.tgz › trong.zip › quyết định.pdf", taped("trong.zip", inner), WORDS): WORDS,
    }
    for source, data in sources.items():
        assert copied(originals, source) == data, source.path


def test_a_row_of_a_list_has_the_file_of_the_list(corpus: Path, originals: CorpusOriginals) -> None:
    table = "STT,Họ tên\n1,Nguyễn Văn An\n".encode()
    put(corpus, "danh sách.csv", table)
    assert copied(originals, Source("danh sách.csv › dòng 2", hashlib.sha256(table).hexdigest())) == table


@pytest.mark.parametrize(
    "path",
    ["../ngoài.pdf", "không có.pdf", "kho.zip › không có.pdf", "liên kết.pdf", "thư mục", "", "a\0b", "/etc/hostname"],
)
def test_what_is_not_in_the_corpus_is_away(path: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    (corpus / "thư mục").mkdir(parents=True)
    (tmp_path / "ngoài.pdf").write_bytes(WORDS)
    (corpus / "liên kết.pdf").symlink_to(tmp_path / "ngoài.pdf")
    (corpus / "kho.zip").write_bytes(packed("a.pdf", WORDS))
    source = Source(path, hashlib.sha256(WORDS).hexdigest())
    desk = Desk(corpus)
    with pytest.raises(OriginalAwayError):
        desk.answer({"what": "copy", "path": source.path, "digest": source.digest})


def test_a_file_that_was_changed_is_another_paper(corpus: Path, originals: CorpusOriginals) -> None:
    source = put(corpus, "a.pdf", WORDS + b"% 1")
    (corpus / "a.pdf").write_bytes(WORDS + b"% 2")
    with pytest.raises(OriginalAwayError, match="đã thay đổi"):
        copied(originals, source)
    with pytest.raises(OriginalAwayError):
        originals.page(source, 1)


def test_the_page_has_its_shape_and_its_words(corpus: Path, originals: CorpusOriginals) -> None:
    page = originals.page(put(corpus, "a.pdf", WORDS), 1)
    assert (page.number, page.count, page.width, page.height) == (1, 2, *A4)
    (reading,) = page.readings
    assert [word.text for word in reading.words] == ["Thực", "hiện", "Kế", "hoạch", "số", "238", "của", "thành", "phố"]
    assert reading.source == "layer"


def test_recognised_words_come_first(tmp_path: Path) -> None:
    source = put(tmp_path, "a.pdf", WORDS)
    read = PageText(1, *A4, (PageWord("Kế", 0.9, 0.1, 0.1, 0.2, 0.2),), "recognised", "tesseract")

    class Kept:
        def get(self, digest: str, number: int) -> PageText | None:
            return read if (digest, number) == (source.digest, 1) else None

    originals = CorpusOriginals(tmp_path, Kept())
    assert [reading.source for reading in originals.page(source, 1).readings] == ["recognised", "layer"]
    assert [reading.source for reading in originals.page(source, 2).readings] == ["layer"]
    originals.close()


@pytest.mark.parametrize(("number", "name"), [(0, "a.pdf"), (3, "a.pdf"), (1, "a.docx"), (1, "a.txt"), (2, "a.png")])
def test_there_is_no_such_page(number: int, name: str, corpus: Path, originals: CorpusOriginals) -> None:
    png = io.BytesIO()
    Image.new("L", (4, 4)).save(png, "PNG")
    data = {"a.pdf": WORDS, "a.docx": packed("x", b"y"), "a.txt": b"x", "a.png": png.getvalue()}[name]
    with pytest.raises(PageAwayError):
        originals.picture(put(corpus, name, data), number, 320)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_words_lie_on_their_ink_however_the_page_is_turned(rotation: int, corpus: Path, originals: CorpusOriginals) -> None:
    """A black bar is drawn over one word: where the picture is black, the word must be."""
    bar = b"0 g 120 646 56 14 re f"  # under "thi đua" of a line that begins at 85 with letters 7 points wide
    page = PdfPage([Text(85, 650, "Nhan thi-dua nam 2024")], rotation=rotation, extra=bar)
    source = put(corpus, "a.pdf", PdfFile([page]).data())
    words = originals.page(source, 1).readings[0].words
    word = next(word for word in words if word.text == "thi-dua")
    grey = np.asarray(opened(originals.picture(source, 1, 1280)).convert("L"))
    rows, columns = np.nonzero(grey < 60)
    bars = np.bincount(rows, minlength=len(grey)) if rotation % 180 == 0 else np.bincount(columns, minlength=len(grey[0]))
    assert bars.max() > 60, "the bar is there"
    dark = grey < 60
    top, left = int(word.top * len(dark)), int(word.left * len(dark[0]))
    bottom, right = int(word.bottom * len(dark)) + 1, int(word.right * len(dark[0])) + 1
    assert dark[top:bottom, left:right].mean() > 0.7
    others = [other for other in words if other.text in ("nam", "2024")]
    assert len(others) == 2
    for other in others:
        box = dark[
            int(other.top * len(dark)) : int(other.bottom * len(dark)),
            int(other.left * len(dark[0])) : int(other.right * len(dark[0])),
        ]
        assert box.mean() < 0.4


def test_what_a_signature_shows_has_its_place(corpus: Path, originals: CorpusOriginals) -> None:
    page = PdfPage(lines(["Kế hoạch"]), widgets=[Widget(250, 100, ("Người ký: An", "Ngày 2/9/2024"))])
    source = put(corpus, "a.pdf", PdfFile([page]).data())
    originals.picture(source, 1, 320)
    words = {word.text: word for word in originals.page(source, 1).readings[0].words}
    assert list(words) == ["Kế", "hoạch", "Người", "ký:", "An", "Ngày", "2/9/2024"]
    assert 250 / 595 < words["Người"].left < 0.45 and 1 - 140 / 842 < words["Người"].top < 1 - 100 / 842


def test_a_part_of_a_page_is_drawn_as_large_as_the_page_allows(corpus: Path, originals: CorpusOriginals) -> None:
    source = put(corpus, "a.pdf", PdfFile([PdfPage([], extra=b"0 g 0 421 297.5 421 re f")]).data())
    whole = opened(originals.picture(source, 1, 320))
    assert whole.width == 320 and abs(whole.height - 453) <= 1
    corner = np.asarray(opened(originals.picture(source, 1, 320, Rectangle(0, 0, 0.5, 0.5))))
    assert corner.max() < 40 and corner.shape[1] == 320
    assert np.asarray(opened(originals.picture(source, 1, 320, Rectangle(0.55, 0.55, 1, 1)))).min() > 200
    tiny = opened(originals.picture(source, 1, 2560, Rectangle(0.5, 0.5, 0.51, 0.505)))
    assert tiny.width < 100, "not more than 300 dots per inch"


def test_letters_on_even_paper_are_png_and_a_scan_is_jpeg(corpus: Path, originals: CorpusOriginals) -> None:
    assert originals.picture(put(corpus, "a.pdf", WORDS), 1, 640).media_type == "image/png"
    noise = np.random.default_rng(3).integers(150, 255, (400, 300), np.uint8)
    assert originals.picture(put(corpus, "b.png", as_file(Image.fromarray(noise), "PNG")), 1, 300).media_type == "image/jpeg"


def test_the_process_ends_when_it_is_idle_and_nobody_notices(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = put(corpus, "a.pdf", WORDS)
    originals = CorpusOriginals(corpus)
    originals.page(source, 1)
    originals.picture(source, 1, 160)
    process = originals._process._process
    assert process is not None and process.stdin is not None
    process.stdin.close()  # as it ends without requests
    assert process.wait(30) == 0
    assert originals.page(source, 2).count == 2
    originals.close()


@pytest.mark.parametrize("size", [(14_400, 14_400), (3, 14_400), (14_400, 3)])
def test_a_page_of_any_shape_is_drawn_within_bounds_or_refused(
    size: tuple[float, float], corpus: Path, originals: CorpusOriginals
) -> None:
    source = put(corpus, "a.pdf", PdfFile([PdfPage([], size=size)]).data())
    try:
        picture = originals.picture(source, 1, 2560)
    except PageAwayError:
        return
    assert picture.width * picture.height <= 2 * MAX_PIXELS


def as_file(image: Image.Image, form: str, **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **more)
    return out.getvalue()


def half_black(mode: str = "L") -> Image.Image:
    """White above, black below."""
    grey = np.full((200, 100), 255, np.uint8)
    grey[100:] = 0
    return Image.fromarray(grey).convert(mode)


def test_pages_of_a_tiff_in_order_and_of_every_depth(corpus: Path, originals: CorpusOriginals) -> None:
    pages = [
        half_black("1"),
        half_black("RGB").rotate(180),
        Image.fromarray(np.asarray(half_black()).astype(np.uint16) * 257),
    ]
    source = put(corpus, "a.tif", as_file(pages[0], "TIFF", save_all=True, append_images=pages[1:], compression="tiff_lzw"))
    assert originals.page(source, 2).count == 3 and originals.page(source, 2).readings == ()
    tops = [np.asarray(opened(originals.picture(source, number, 100)))[:90].mean() for number in (1, 2, 3)]
    bottoms = [np.asarray(opened(originals.picture(source, number, 100)))[110:].mean() for number in (1, 2, 3)]
    assert tops[0] > 240 > 15 > bottoms[0] and tops[1] < 15 and bottoms[1] > 240 and tops[2] > 240 > 15 > bottoms[2]


def test_a_photograph_stands_upright_and_glass_is_white(corpus: Path, originals: CorpusOriginals) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6  # the camera was turned: the left side is the top
    turned = half_black().rotate(90, expand=True)
    source = put(corpus, "a.jpg", as_file(turned, "JPEG", exif=tags, quality=95))
    page = originals.page(source, 1)
    assert page.width < page.height
    grey = np.asarray(opened(originals.picture(source, 1, 100)))
    assert grey.shape == (200, 100) and grey[:90].mean() > 240 > 15 > grey[110:].mean()
    glass = Image.new("RGBA", (50, 50), (0, 0, 0, 0))
    clear = put(corpus, "b.png", as_file(glass, "PNG"))
    assert np.asarray(opened(originals.picture(clear, 1, 50))).min() > 250
    red = put(corpus, "c.png", as_file(Image.new("RGB", (50, 50), (200, 0, 0)), "PNG"))
    assert opened(originals.picture(red, 1, 50)).mode == "RGB"


def test_a_photo_of_a_phone(corpus: Path, originals: CorpusOriginals) -> None:
    heif = pytest.importorskip("pillow_heif")
    file = heif.from_pillow(half_black("RGB"))
    out = io.BytesIO()
    file.save(out)
    source = put(corpus, "a.heic", out.getvalue())
    assert originals.kind(source).paged
    grey = np.asarray(opened(originals.picture(source, 1, 100)).convert("L"))
    assert grey[:90].mean() > 240 > 15 > grey[110:].mean()


def test_an_image_of_too_many_pixels_is_refused_before_it_is_unpacked(corpus: Path, originals: CorpusOriginals) -> None:
    bomb = put(corpus, "a.png", as_file(Image.new("1", (40_000, 8_000)), "PNG"))
    with pytest.raises(PageAwayError):
        originals.picture(bomb, 1, 320)
    assert originals.page(put(corpus, "b.pdf", WORDS), 1).count == 2, "the process goes on"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n%%EOF", b"%PDF-1.7" + bytes(100), b"\xff\xd8\xff\xe0" + bytes(50), b"II*\0" + bytes(50)]
)
def test_a_damaged_original_is_no_error_of_the_program(data: bytes, corpus: Path, originals: CorpusOriginals) -> None:
    source = put(corpus, "a", data)
    with pytest.raises(PageAwayError):
        originals.page(source, 1)
    assert copied(originals, source) == data


def test_the_name_and_the_type_of_a_download() -> None:
    def kind(path: str, head: bytes) -> str:
        return kind_of(path, head).media_type

    assert kind("a.pdf", b"<html><script>") == kind("a.html", b"<!doctype html>") == OPAQUE
    assert kind("a.svg", b"<svg xmlns=") == kind("a.docx", b"<svg ") == kind("a.xml", b"<?xml ") == OPAQUE
    assert kind("a.txt", "Kế hoạch".encode()) == kind("a.md", b"# K") == OPAQUE
    assert kind("x.bin", b"%PDF-1.4") == "application/pdf" and kind("a.docx", b"PK\3\4") == _BY_ENDING[".docx"]
    assert kind_of("a.zip › b/c.PDF", None).name == "c.PDF" and kind_of("a.zip › b/c.PDF", None).paged
    for media_type in {OPAQUE, *PAGED.values(), *_BY_ENDING.values()} - {
        "image/jpeg",
        "image/png",
        "image/gif",
        "image/webp",
    }:
        assert media_type in ORIGINAL_TYPES, "its size is told, so it is not compressed on its way"


def test_the_process_begins_again_after_it_was_ended(corpus: Path, originals: CorpusOriginals) -> None:
    source = put(corpus, "a.pdf", WORDS)
    assert originals.page(source, 1).count == 2
    process = originals._process._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert originals.page(source, 2).count == 2, "another process took the request"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound the time of the processor so")
def test_a_page_that_takes_too_long_ends_its_process_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of many huge curves takes more seconds of the processor than one page may."""
    curve = b"0 0 m " + b"9999 -9999 -9999 9999 300 300 c -9999 9999 9999 -9999 10 800 c " * 4000 + b"f* "
    slow = put(tmp_path, "a.pdf", PdfFile([PdfPage([], extra=curve * 60)]).data())
    good = put(tmp_path, "b.pdf", WORDS)
    desk = CorpusOriginals(tmp_path)
    monkeypatch.setattr(caller_module, "HANG_SECONDS", 2.0)
    with pytest.raises(PageAwayError):
        desk.picture(slow, 1, 2560)
    assert desk.page(good, 1).count == 2
    desk.close()


def test_who_waits_too_long_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = put(tmp_path, "a.pdf", WORDS)
    originals = CorpusOriginals(tmp_path)
    monkeypatch.setattr(caller_module, "WAIT_SECONDS", 0.01)
    with originals._process._one, pytest.raises(OriginalsBusyError):
        originals.page(source, 1)
    assert originals.page(source, 1).count == 2
    originals.close()


def test_many_threads_share_one_process(corpus: Path, originals: CorpusOriginals) -> None:
    sources = [put(corpus, f"{at}.pdf", WORDS + b"\n" * at) for at in range(MAX_OPEN + 3)]
    found: list[int] = []
    threads = [threading.Thread(target=lambda s=s: found.append(originals.page(s, 2).count)) for s in sources]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [2] * len(sources)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the processes in /proc")
def test_the_process_is_locked_up_and_ends_with_its_caller(tmp_path: Path) -> None:
    source = put(tmp_path, "a.pdf", WORDS)
    originals = CorpusOriginals(tmp_path)
    originals.page(source, 1)
    (child,) = [process for process in [originals._process._process] if process]
    status = Path(f"/proc/{child.pid}/environ").read_bytes()
    assert b"CACHHAY" not in status and b"HOME=" not in status
    assert Path(f"/proc/{child.pid}/limits").read_text("ascii").count("536870912") >= 1, "what it may write"
    assert child.pid in children_of(os.getpid())
    originals.close()
    until(lambda: child.pid not in children_of(os.getpid()))


def test_pictures_are_kept_and_not_too_many(
    corpus: Path, originals: CorpusOriginals, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = put(corpus, "a.pdf", WORDS)
    first = originals.picture(source, 1, 160)
    assert originals.picture(source, 1, 160) is first
    monkeypatch.setattr(originals._pictures, "_most", 2)
    originals.picture(source, 2, 160)
    originals.picture(source, 1, 320)
    kept = originals._pictures._values
    assert len(kept) == 2 and originals._pictures._held == sum(len(picture.data) for picture in kept.values())
    assert originals.picture(source, 1, 160) is not first
