"""The readers of all formats, and which of them reads a file: the one with the highest bid.

A new format is a module with a class that satisfies `Reader`, and one line here.
"""

from __future__ import annotations

from indexer.readers.archives import TarReader, ZipReader
from indexer.readers.csv_table import CsvReader
from indexer.readers.doc import DocReader
from indexer.readers.docx import DocxReader
from indexer.readers.html import HtmlReader
from indexer.readers.image import ImageReader
from indexer.readers.libre_office import LibreOfficeReader
from indexer.readers.mail import MailReader
from indexer.readers.markdown import MarkdownReader
from indexer.readers.mht import MhtReader
from indexer.readers.odf import OdfReader
from indexer.readers.outlook import OutlookReader
from indexer.readers.packed_archives import PackedArchiveReader
from indexer.readers.pdf import PdfReader
from indexer.readers.pptx import PptxReader
from indexer.readers.reader import Content, Paper, Reader
from indexer.readers.rtf import RtfReader
from indexer.readers.sniff import HEAD_BYTES, sniff
from indexer.readers.spreadsheet import SpreadsheetReader
from indexer.readers.text import TextReader
from kb.errors import ExtractError

#: Every reader. The order matters only between equal bids: the first one wins.
READERS: tuple[Reader, ...] = (
    OutlookReader(),  # before the readers of other OLE files, one of which may be attached to it
    PdfReader(),
    ImageReader(),
    DocxReader(),
    OdfReader(),
    PptxReader(),
    DocReader(),
    RtfReader(),
    SpreadsheetReader(),
    CsvReader(),
    HtmlReader(),
    MhtReader(),
    LibreOfficeReader(),
    MarkdownReader(),
    TextReader(),
    ZipReader(),
    TarReader(),
    PackedArchiveReader(),
    MailReader(),
)


def choose(paper: Paper) -> Reader:
    """The reader with the highest bid. Raises ExtractError, which names the format, where nobody bids.

    >>> choose(Paper("a.md", b"# K")).name, choose(Paper("a", b"K")).name
    ('Markdown', 'văn bản thuần')
    """
    if not paper.data:
        raise ExtractError(f"{paper.path}: tệp rỗng (0 byte), có lẽ chép hoặc tải dở; hãy chép lại tệp này")
    check_format(paper.path, paper.data)
    bids = [reader.bid(paper) for reader in READERS]
    if (highest := max(bids)) > 0:
        return READERS[bids.index(highest)]
    form = sniff(paper.path, paper.data[:HEAD_BYTES])
    if form.code == "text":
        raise ExtractError(f"{paper.path}: không phải văn bản, không rõ là định dạng gì; hãy lưu thành PDF, DOCX hoặc .txt")
    raise ExtractError(f"{paper.path}: {form.name}: chưa đọc được loại tệp này; hãy lưu thành PDF, DOCX hoặc .txt")


def check_format(path: str, head: bytes) -> None:
    """Raise ExtractError, with the name of the format and what would help, for a family that no reader takes."""
    form = sniff(path, head[:HEAD_BYTES])
    if form.help:
        raise ExtractError(f"{path}: {form.name}: {form.help}")


def read(paper: Paper) -> Content:
    """The content of a file. Raises ExtractError."""
    return choose(paper).read(paper)
