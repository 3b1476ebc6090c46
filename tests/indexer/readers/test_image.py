"""Images of every kind are pages in order, the right way up, on white paper; what cannot be opened is told."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from indexer.ocr import PageImage, render_page
from indexer.ocr.page_image import MAX_PIXELS, USUAL_DPI
from indexer.readers.image import ImageReader, read_page
from indexer.readers.pdf_lines import Line
from indexer.readers.reader import Paper, WaitingError
from indexer.readers.registry import choose
from kb.errors import ExtractError


@dataclass
class Read:
    lines: tuple[Line, ...]
    other: tuple[Line, ...] = ()
    confidence: float = 0.9
    unread: bool = False


def number_of_page(path: str, data: bytes, number: int) -> Read:
    """A recogniser that reads "trang N" of page N."""
    return Read((Line(f"trang {number}", 50, 200, 712, 700, 12, expected_error=0.01),))


def corner(mode: str = "L", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A white page with a black corner at the upper left."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle([0, 0, 9, 9], fill="black")
    return image.convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def black_corner(image: Image.Image) -> str:
    grey = np.asarray(image.convert("L"))
    parts = {
        "upper left": grey[:5, :5],
        "upper right": grey[:5, -5:],
        "lower left": grey[-5:, :5],
        "lower right": grey[-5:, -5:],
    }
    return ", ".join(name for name, part in parts.items() if part.mean() < 60)


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("JPEG", "RGB", {}),
        ("PNG", "RGB", {}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("GIF", "P", {}),
        ("BMP", "RGB", {}),
        ("WEBP", "RGB", {}),
        ("TIFF", "1", {"compression": "group4"}),
        ("TIFF", "L", {"compression": "tiff_lzw"}),
        ("TIFF", "RGB", {"compression": "jpeg"}),
        ("HEIF", "RGB", {"quality": 90}),
    ],
)
def test_every_kind_is_opened(form: str, mode: str, options: dict[str, Any]) -> None:
    if form == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    data = saved(corner(mode, (160, 120)), form, **options)
    assert isinstance(choose(Paper("anh", data)), ImageReader)
    image, _ = read_page("anh", data, 1)
    assert image.size == (160, 120) and black_corner(image) == "upper left"
    assert [block.original for block in ImageReader().read(Paper("anh", data, number_of_page)).blocks] == ["trang 1"]


def test_pages_of_a_tiff_come_in_order_whatever_their_compression() -> None:
    file = io.BytesIO()
    first, *others = (corner("L", (60 + 10 * at, 40)) for at in range(3))
    first.save(file, "TIFF", save_all=True, append_images=others, compression="tiff_lzw")
    content = ImageReader().read(Paper("a.tif", file.getvalue(), number_of_page))
    assert [(block.page, block.original) for block in content.blocks] == [(1, "trang 1"), (2, "trang 2"), (3, "trang 3")]
    assert [read_page("a.tif", file.getvalue(), number)[0].width for number in (1, 2, 3)] == [60, 70, 80]
    with pytest.raises(ExtractError, match="không có trang 4"):
        read_page("a.tif", file.getvalue(), 4)


@pytest.mark.parametrize(
    ("orientation", "seen"), [(1, "upper left"), (3, "lower right"), (6, "upper right"), (8, "lower left")]
)
def test_a_photograph_is_turned_as_its_camera_says(orientation: int, seen: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image, _ = read_page("a.jpg", saved(corner("RGB", (80, 40)), "JPEG", exif=exif), 1)
    assert black_corner(image) == seen
    assert image.size == ((40, 80) if orientation in (6, 8) else (80, 40))


def test_what_is_transparent_is_white_paper() -> None:
    clear = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    ImageDraw.Draw(clear).rectangle([0, 0, 9, 9], fill=(0, 0, 0, 255))
    assert black_corner(read_page("a.png", saved(clear, "PNG"), 1)[0]) == "upper left"


def test_sixteen_bits_become_eight() -> None:
    deep = np.full((40, 40), 65535, np.uint16)
    deep[:10, :10] = 1000
    image, _ = read_page("a.png", saved(Image.fromarray(deep), "PNG"), 1)
    assert image.mode == "L" and black_corner(image) == "upper left"
    assert image.getpixel((30, 30)) == 255


def test_an_image_is_drawn_at_the_resolution_at_which_it_is_read_best() -> None:
    def drawn(size: tuple[int, int], dpi: int | None) -> PageImage:
        options = {"dpi": (dpi, dpi)} if dpi else {}
        return render_page("a.png", saved(Image.new("L", size, 255), "PNG", **options), 1)

    assert (drawn((300, 400), 150).dpi, drawn((300, 400), 150).width) == (150, 300)
    assert (drawn((300, 400), 600).dpi, drawn((300, 400), 600).width) == (300, 150)
    assert (drawn((300, 400), 100).dpi, drawn((300, 400), 100).width) == (USUAL_DPI, 600)
    assert drawn((1654, 2339), None).dpi == USUAL_DPI, "the short side is that of A4"
    huge = drawn((9000, 7000), 290)
    assert huge.width * huge.height <= 1.01 * MAX_PIXELS


def bomb() -> bytes:
    """A PNG that says that it has 60,000 by 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bomb(), "quá lớn"),
        (saved(Image.new("1", (9500, 9500)), "PNG"), "quá lớn"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "bị hỏng"),
        (saved(corner("L", (400, 400)), "PNG")[:-60], "bị hỏng"),
        (saved(corner("RGB", (400, 400)), "JPEG")[:300], "bị hỏng"),
        (b"II*\0" + bytes(30), "bị hỏng"),
    ],
)
def test_what_cannot_be_opened_is_told(data: bytes, reason: str) -> None:
    with pytest.raises(ExtractError, match=reason) as told:
        read_page("anh.bin", data, 1)
    assert str(told.value).startswith("anh.bin: ")


def test_an_image_waits_for_its_recognition_or_says_why_it_is_not_read() -> None:
    data = saved(corner(), "PNG")
    with pytest.raises(WaitingError, match="chờ nhận dạng chữ") as waiting:
        ImageReader().read(Paper("a.png", data, lambda path, data, number: None))
    assert waiting.value.pages == (1,)

    def missing(path: str, data: bytes, number: int) -> Read:
        raise ExtractError("chưa cài Tesseract; hãy cài tesseract-ocr")

    with pytest.raises(ExtractError, match="hãy cài tesseract-ocr") as told:
        ImageReader().read(Paper("a.png", data, missing))
    assert not isinstance(told.value, WaitingError)
    with pytest.raises(ExtractError, match="nét chữ nhưng không đọc được"):
        ImageReader().read(Paper("a.png", data, lambda path, data, number: Read((), unread=True)))
