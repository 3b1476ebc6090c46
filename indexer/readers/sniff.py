"""Recognise the family of a file by its first bytes, and know what a file of that family may cost.

This costs one look at the beginning of a file. It decides how much of a file is read into memory, and it names the formats
that no reader takes, with what would help. Which reader takes a file is decided by their bids (`indexer.readers.registry`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.limits import BINARY, TEXT, TEXT_TABLE, WEB_PAGE, Limits

#: Bytes from the beginning of a file that are enough to recognise it.
HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """A family of formats: its code, its name for people, and the limits of a file.

    `help` says what would help where no reader takes it; it is "" for a family that readers bid for.
    """

    code: str
    name: str
    limits: Limits = BINARY
    help: str = ""


_UNPACK = "chưa mở được loại kho nén này; hãy giải nén rồi chép các tệp vào thư mục"
_NO_TEXT = "không có chữ để tra cứu; có thể bỏ khỏi thư mục văn bản"
_CONVERT = "chưa đọc được định dạng này; hãy lưu thành PDF, DOCX hoặc .txt"

PLAIN = Format("text", "văn bản", TEXT)
TABLE = Format("table", "bảng CSV", TEXT_TABLE)
HTML = Format("html", "trang web (HTML)", WEB_PAGE)
MAIL = Format("mail", "thư điện tử (EML) hoặc trang web lưu (MHT)")
XML = Format("xml", "tệp XML", WEB_PAGE, "là dữ liệu cho máy; " + _CONVERT)
PDF = Format("pdf", "PDF")
RTF = Format("rtf", "RTF")
ZIP = Format("zip", "kho nén ZIP hoặc tệp Office (.docx, .xlsx, .odt ...)")
OLE = Format("ole", "tệp Office cũ hoặc thư Outlook (.doc, .xls, .ppt, .msg)")
TAR = Format("tar", "kho nén TAR")
SEVEN_ZIP = Format("7z", "kho nén 7z")
RAR = Format("rar", "kho nén RAR")
CAB = Format("cab", "kho nén CAB")
PACKED = Format("packed", "tệp nén (gzip, bzip2, xz)")

#: (offset, bytes there, format). The first that fits decides.
_MAGIC: tuple[tuple[int, bytes, Format], ...] = (
    (0, b"PK\x03\x04", ZIP),
    (0, b"PK\x05\x06", ZIP),
    (0, b"PK\x07\x08", ZIP),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (0, b"{\\rtf", RTF),
    (257, b"ustar", TAR),
    (0, b"\x1f\x8b", PACKED),
    (0, b"BZh", PACKED),
    (0, b"\xfd7zXZ\0", PACKED),
    (0, b"\xff\xd8\xff", Format("jpeg", "ảnh JPEG")),
    (0, b"\x89PNG\r\n\x1a\n", Format("png", "ảnh PNG")),
    (0, b"II*\0", Format("tiff", "ảnh TIFF")),
    (0, b"MM\0*", Format("tiff", "ảnh TIFF")),
    (0, b"GIF8", Format("gif", "ảnh GIF")),
    (8, b"WEBP", Format("webp", "ảnh WebP")),
    (4, b"ftypheic", Format("heic", "ảnh HEIC")),
    (4, b"ftypheix", Format("heic", "ảnh HEIC")),
    (4, b"ftypmif1", Format("heic", "ảnh HEIC")),
    (0, b"AT&TFORM", Format("djvu", "tài liệu DjVu", help=_CONVERT)),
    (0, b"%!PS", Format("postscript", "PostScript", help=_CONVERT)),
    (0, b"8BPS", Format("psd", "ảnh Photoshop", help=_CONVERT)),
    (0, b"7z\xbc\xaf\x27\x1c", SEVEN_ZIP),
    (0, b"Rar!\x1a\x07", RAR),
    (0, b"MSCF", CAB),
    (0, b"\x78\x9f\x3e\x22", Format("tnef", "tệp đính kèm của Outlook (winmail.dat)", help=_UNPACK)),
    (0, b"!BDN", Format("pst", "hộp thư Outlook (PST)", help="chưa đọc được; hãy lưu từng thư thành .eml")),
    (0, b"SQLite format 3\0", Format("sqlite", "cơ sở dữ liệu SQLite", help=_NO_TEXT)),
    (0, b"\0\x01\0\0Standard", Format("access", "cơ sở dữ liệu Access", help=_CONVERT)),
    (4, b"ftyp", Format("video", "tệp phim hoặc tiếng", help=_NO_TEXT)),
    (0, b"ID3", Format("audio", "tệp tiếng", help=_NO_TEXT)),
    (0, b"\xff\xfb", Format("audio", "tệp tiếng", help=_NO_TEXT)),
    (0, b"OggS", Format("audio", "tệp tiếng", help=_NO_TEXT)),
    (0, b"fLaC", Format("audio", "tệp tiếng", help=_NO_TEXT)),
    (8, b"WAVE", Format("audio", "tệp tiếng", help=_NO_TEXT)),
    (8, b"AVI ", Format("video", "tệp phim hoặc tiếng", help=_NO_TEXT)),
    (0, b"\x1aE\xdf\xa3", Format("video", "tệp phim hoặc tiếng", help=_NO_TEXT)),
    (0, b"0&\xb2u\x8ef\xcf\x11", Format("video", "tệp phim hoặc tiếng", help=_NO_TEXT)),
    (0, b"\x7fELF", Format("program", "chương trình máy tính", help=_NO_TEXT)),
    (0, b"MZ\x90\0", Format("program", "chương trình máy tính", help=_NO_TEXT)),
    (0, b"\xca\xfe\xba\xbe", Format("program", "chương trình máy tính", help=_NO_TEXT)),
    (0, b"\0asm", Format("program", "chương trình máy tính", help=_NO_TEXT)),
    (0, b"L\0\0\0\x01\x14\x02\0", Format("shortcut", "lối tắt của Windows", help="hãy chép tệp thật vào đây")),
    (0, b"\0\x01\0\0\0", Format("font", "phông chữ", help=_NO_TEXT)),
    (0, b"OTTO", Format("font", "phông chữ", help=_NO_TEXT)),
    (0, b"wOF", Format("font", "phông chữ", help=_NO_TEXT)),
)
_PDF_AT = 1024
_HTML_START = re.compile(rb"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S)
_XML_START = re.compile(rb"<\?xml\b|<!DOCTYPE\b|<svg\b", re.I)
#: A line of the header of a mail.
HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
_MAIL_SURE = re.compile(rb"^(?:MIME-Version|Message-ID|Received|Return-Path|DKIM-Signature):", re.I | re.M)
_MAIL_FROM = re.compile(rb"^(?:From|Subject|Content-Type):", re.I | re.M)
#: Endings of files that programs write for programs: they hold letters, and nothing to read.
_MACHINE = (
    ".json", ".jsonl", ".geojson", ".xml", ".xsd", ".xsl", ".svg", ".css", ".js", ".mjs", ".ts", ".py", ".java", ".c", ".h",
    ".cpp", ".cs", ".php", ".sh", ".bat", ".ps1", ".sql", ".toml", ".ini", ".cfg", ".conf", ".yaml", ".yml", ".lock", ".ics",
    ".vcf", ".tex",
)  # fmt: skip
_RENAME = "không phải văn bản; muốn tìm trong đó thì đổi đuôi thành .txt"
MACHINE = Format("machine", "tệp dữ liệu hoặc mã chương trình", TEXT, _RENAME)


def sniff(path: str, head: bytes) -> Format:
    """The family of a file, from its first `HEAD_BYTES` bytes; the ending of `path` only tells apart what is text.

    >>> sniff("a.pdf", b"\\xff\\xd8\\xff\\xe0").name, sniff("a.jpg", b"%PDF-1.7").code, sniff("a", "Kế hoạch".encode()).code
    ('ảnh JPEG', 'pdf', 'text')
    """
    for offset, magic, form in _MAGIC:
        if head.startswith(magic, offset):
            return form
    if b"%PDF-" in head[:_PDF_AT] and not _HTML_START.match(head):
        return PDF
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return Format("bmp", "ảnh BMP")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    ending = path.lower()
    if _HTML_START.match(start):
        return HTML
    if is_mail(start) or ending.endswith((".eml", ".mht", ".mhtml")):
        return MAIL
    if ending.endswith(_MACHINE):
        return MACHINE
    if ending.endswith((".csv", ".tsv")):
        return TABLE
    if ending.endswith((".html", ".htm", ".xhtml")):
        return HTML
    return XML if _XML_START.match(start) and not ending.endswith((".md", ".markdown", ".txt")) else PLAIN


def is_mail(start: bytes) -> bool:
    """Whether a file begins with the header of a mail (RFC 5322): one line is of a kind that only programs write."""
    if not HEADER.match(start):
        return False
    header = start.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    return bool(_MAIL_SURE.search(header) and _MAIL_FROM.search(header))
