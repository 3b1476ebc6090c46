"""Make PDF files for tests, byte by byte: text in any font, images, rules, signatures, turned and hostile pages.

Letters are not embedded. A text layer needs only the codes and the table that says which letters they are (ToUnicode), and a
font without a file still has widths; so what is tested is what the reader reads, and no page is drawn as people see it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

A4 = (595, 842)
#: The width of every letter, in thousandths of the size of the text.
LETTER_WIDTH = 500


@dataclass(frozen=True)
class Text:
    """A line of text with its lower left corner at (`x`, `y`), in points. `mode` 3 is text that is not drawn. `font` is the
    name of the font; one in `LATIN` holds the bytes as letters of Western Europe."""

    x: float
    y: float
    text: str
    size: float = 14
    font: str = "Times"
    mode: int = 0


@dataclass(frozen=True)
class Image:
    """A grey picture, drawn as large as it says: `across` by `down` pixels, one byte each."""

    x: float
    y: float
    width: float
    height: float
    across: int = 2
    down: int = 2
    pixels: bytes = bytes([200, 60, 60, 200])


@dataclass(frozen=True)
class Rule:
    """A ruled line from one point to another."""

    x: float
    y: float
    to_x: float
    to_y: float


@dataclass(frozen=True)
class Widget:
    """The visible field of a signature: lines of text in a box."""

    x: float
    y: float
    lines: tuple[str, ...]


Drawn = Text | Image | Rule


@dataclass
class PdfPage:
    """A page: what is drawn, its signatures, by how many degrees it is turned, its size, and operators to add as they are."""

    drawn: Sequence[Drawn] = ()
    widgets: Sequence[Widget] = ()
    rotation: int = 0
    size: tuple[float, float] = A4
    extra: bytes = b""


def lines(texts: Sequence[str], x: float = 85, y: float = 770, step: float = 20, **more: object) -> list[Drawn]:
    """Lines of text under each other."""
    return [Text(x, y - step * at, text, **more) for at, text in enumerate(texts)]  # type: ignore[arg-type]


@dataclass
class _Font:
    """The codes that a document's letters have in one font: two bytes each, or the bytes of Windows-1252."""

    name: str
    latin: bool
    codes: dict[str, int] = field(default_factory=dict)

    def encode(self, text: str) -> bytes:
        if self.latin:
            return text.encode("latin-1").hex().encode()
        return b"".join(b"%04x" % self.codes.setdefault(letter, len(self.codes) + 1) for letter in text)


class PdfFile:
    """A PDF that is being written; `data` finishes it.

    `latin` names the fonts that hold one byte a letter, as `.VnTime` does; `unmapped` those that do not say which letters
    their codes are. `to_unicode` replaces letters in the table of every font, as broken programs do.
    """

    def __init__(
        self,
        pages: Sequence[PdfPage],
        latin: Sequence[str] = (),
        unmapped: Sequence[str] = (),
        to_unicode: dict[str, str] | None = None,
        encrypted: bool = False,
    ) -> None:
        self._pages, self._latin, self._unmapped = pages, latin, unmapped
        self._to_unicode, self._encrypted = to_unicode or {}, encrypted
        self._fonts: dict[str, _Font] = {}
        self._images: dict[Image, int] = {}
        self._objects: list[bytes] = []

    def data(self) -> bytes:
        """The bytes of the file."""
        catalog, tree, resources = (self._reserve() for _ in range(3))
        kids = [self._page(page, tree, resources) for page in self._pages]
        fonts = b" ".join(b"/%s %d 0 R" % (_key(name), self._font(font)) for name, font in self._fonts.items())
        images = b" ".join(b"/Im%d %d 0 R" % (number, number) for number in self._images.values())
        names = b"<< /Font << %s >> /XObject << %s >> >>" % (fonts, images)
        self._objects[resources - 1] = names
        self._objects[tree - 1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), _refs(kids))
        self._objects[catalog - 1] = b"<< /Type /Catalog /Pages %d 0 R >>" % tree
        return self._file(catalog)

    def _reserve(self, body: bytes = b"") -> int:
        self._objects.append(body)
        return len(self._objects)

    def _page(self, page: PdfPage, tree: int, resources: int) -> int:
        content = b"\n".join([*map(self._operators, page.drawn), page.extra])
        stream = self._reserve(_stream(content))
        widgets = [self._widget(widget, resources) for widget in page.widgets]
        return self._reserve(
            b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %g %g] /Rotate %d /Contents %d 0 R /Resources %d 0 R /Annots [%s] >>"
            % (tree, *page.size, page.rotation, stream, resources, _refs(widgets))
        )

    def _operators(self, drawn: Drawn) -> bytes:
        match drawn:
            case Text():
                return self._text(drawn)
            case Image():
                where = (drawn.width, drawn.height, drawn.x, drawn.y, self._image(drawn))
                return b"q %g 0 0 %g %g %g cm /Im%d Do Q" % where
            case Rule():
                return b"q 0.5 w %g %g m %g %g l S Q" % (drawn.x, drawn.y, drawn.to_x, drawn.to_y)

    def _image(self, image: Image) -> int:
        if image not in self._images:
            shape = b"/Type /XObject /Subtype /Image /ColorSpace /DeviceGray /BitsPerComponent 8 /Width %d /Height %d"
            self._images[image] = self._reserve(_stream(image.pixels, shape % (image.across, image.down)))
        return self._images[image]

    def _text(self, text: Text) -> bytes:
        font = self._fonts.setdefault(text.font, _Font(text.font, text.font in self._latin))
        where = (_key(text.font), text.size, text.mode, text.x, text.y, font.encode(text.text))
        return b"BT /%s %g Tf %d Tr %g %g Td <%s> Tj ET" % where

    def _widget(self, widget: Widget, resources: int) -> int:
        height = 14 * len(widget.lines) + 6
        texts = [Text(4, height - 14 * (at + 1), text, 10) for at, text in enumerate(widget.lines)]
        shape = b"/Type /XObject /Subtype /Form /BBox [0 0 300 %d] /Resources %d 0 R" % (height, resources)
        form = self._reserve(_stream(b"\n".join(map(self._text, texts)), shape))
        return self._reserve(
            b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (Signature1) /F 4 /Rect [%g %g %g %g] /AP << /N %d 0 R >> >>"
            % (widget.x, widget.y, widget.x + 300, widget.y + height, form)
        )

    def _font(self, font: _Font) -> int:
        base = font.name.encode()
        if font.latin:
            return self._reserve(
                b"<< /Type /Font /Subtype /TrueType /BaseFont /%s /Encoding /WinAnsiEncoding /FirstChar 0 /LastChar 255 /Widths [%s] >>"
                % (base, b" ".join([b"%d" % LETTER_WIDTH] * 256))
            )
        table = b"" if font.name in self._unmapped else b"/ToUnicode %d 0 R" % self._reserve(_stream(self._table(font)))
        descriptor = self._reserve(
            b"<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [0 -250 1000 900] /ItalicAngle 0 /Ascent 891 /Descent -216 /StemV 80 /CapHeight 660 >>"
            % base
        )
        inner = self._reserve(
            b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW %d /FontDescriptor %d 0 R >>"
            % (base, LETTER_WIDTH, descriptor)
        )
        return self._reserve(
            b"<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] %s >>"
            % (base, inner, table)
        )

    def _table(self, font: _Font) -> bytes:
        """The table from codes to letters."""
        rows = [
            b"<%04x> <%s>" % (code, self._to_unicode.get(letter, letter).encode("utf-16-be").hex().encode())
            for letter, code in font.codes.items()
        ]
        parts = [rows[at : at + 100] for at in range(0, len(rows), 100)]
        body = b"\n".join(b"%d beginbfchar\n%s\nendbfchar" % (len(part), b"\n".join(part)) for part in parts)
        return (
            b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
            b"1 begincodespacerange <0000> <ffff> endcodespacerange\n%s\nendcmap end end" % body
        )

    def _file(self, catalog: int) -> bytes:
        out = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self._objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        key = b"11" * 16
        lock = b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >> /ID [<%s> <%s>]" % (
            key * 2,
            key * 2,
            key,
            key,
        )
        out += b"trailer << /Size %d /Root %d 0 R %s >>\n" % (len(places) + 1, catalog, lock if self._encrypted else b"")
        return bytes(out + b"startxref\n%d\n%%%%EOF\n" % start)


def _stream(content: bytes, entries: bytes = b"") -> bytes:
    packed = zlib.compress(content)
    return b"<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream" % (entries, len(packed), packed)


def _refs(numbers: Sequence[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)


def _key(font: str) -> bytes:
    """The name of a font among the resources."""
    return b"F" + "".join(c for c in font if c.isalnum()).encode()
