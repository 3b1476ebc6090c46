"""Open a ZIP package of an office format (DOCX, PPTX, ODT, ODP) and its XML, whatever the package claims of itself.

The directory of a ZIP file is written by whoever made the file, so the bytes are counted while they are unpacked. XML is
parsed without a DTD, without entities and without the network.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

import olefile
from lxml import etree

from indexer.readers.reader import Paper
from kb.errors import ExtractError

#: An element of lxml, which has no types.
Element = Any

#: Bytes of one member that are unpacked.
MAX_MEMBER = 64 << 20
#: Bytes of all members together.
MAX_TOTAL = 256 << 20
#: How many times longer a member may become,
MAX_RATIO = 200
#: where it is longer than this: a short text of equal letters is no bomb.
RATIO_FROM = 1 << 20
#: Bytes that are unpacked at once.
_CHUNK = 1 << 16

#: The first bytes of an OLE file.
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
#: The namespaces of strict Office Open XML; those of the usual, transitional one are put in their place.
_STRICT = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/(main|relationships)\b")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, RuntimeError)


def list_members(data: bytes) -> tuple[str, ...]:
    """The names in the directory of a ZIP file, none where the bytes are no ZIP file. It never raises."""
    if not data.startswith(b"PK"):
        return ()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple(archive.namelist())
    except _DAMAGED:
        return ()


def list_streams(data: bytes) -> frozenset[str]:
    """The names of the streams at the root of an OLE file, none where the bytes are no OLE file. It never raises.

    A file inside the file (an attachment of a message, a table in a Word file) lies deeper.
    """
    if not data.startswith(OLE_MAGIC):
        return frozenset()
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as file:
            return frozenset(path[0] for path in file.listdir() if len(path) == 1)
    except (OSError, ValueError, IndexError, struct.error, TypeError, AttributeError):
        return frozenset()


class Package:
    """The members of one package, unpacked within the limits. Raises ExtractError where the package is damaged."""

    def __init__(self, paper: Paper) -> None:
        self.path = paper.path
        self._left = MAX_TOTAL
        self._related: dict[str, dict[str, tuple[str, str]]] = {}
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(paper.data))
        except _DAMAGED as error:
            raise self._damaged() from error
        self.names = frozenset(self._archive.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises ExtractError: missing, encrypted, damaged or too large."""
        if name not in self.names:
            raise ExtractError(f"{self.path}: tệp hỏng, thiếu phần {name}; hãy mở bằng phần mềm văn phòng rồi lưu lại")
        info = self._archive.getinfo(name)
        if info.flag_bits & 1:
            raise ExtractError(f"{self.path}: tệp có mật khẩu; hãy bỏ mật khẩu rồi thử lại")
        pieces: list[bytes] = []
        size = 0
        try:
            with self._archive.open(info) as stream:
                while piece := stream.read(_CHUNK):
                    size += len(piece)
                    if size > min(MAX_MEMBER, self._left) or size > max(RATIO_FROM, MAX_RATIO * info.compress_size):
                        raise self._too_large()
                    pieces.append(piece)
        except _DAMAGED as error:
            raise self._damaged() from error
        self._left -= size
        return b"".join(pieces)

    def xml(self, name: str) -> Element:
        """The root element of a member that is XML. Raises ExtractError as `read` does, and for a DTD or damaged XML."""
        return parse_xml(self.path, self.read(name))

    def optional(self, name: str) -> Element | None:
        """The root element of a member, None where the package has no such member."""
        return self.xml(name) if name in self.names else None

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """What a member of an Office Open XML package refers to: by id, the last word of the type and the member's name.

        The package itself is the member "". What lies outside the package is left out.
        """
        if name not in self._related:
            self._related[name] = self._read_related(name)
        return self._related[name]

    def _read_related(self, name: str) -> dict[str, tuple[str, str]]:
        folder, base = posixpath.split(name)
        root = self.optional(posixpath.join(folder, "_rels", f"{base}.rels"))
        found: dict[str, tuple[str, str]] = {}
        for relation in root.iter(_RELATIONS) if root is not None else ():
            target = relation.get("Target", "")
            if relation.get("TargetMode") != "External":
                inside = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
                found[relation.get("Id", "")] = (relation.get("Type", "").rpartition("/")[2], inside)
        return found

    def related_as(self, name: str, kind: str) -> Iterator[str]:
        """The members of one type to which a member refers, in the order of the relations."""
        return (target for type_, target in self.related(name).values() if type_ == kind and target in self.names)

    def main(self) -> str:
        """The name of the main part of an Office Open XML package. Raises ExtractError where it has none."""
        for target in self.related_as("", "officeDocument"):
            return target
        raise self._damaged()

    def _damaged(self) -> ExtractError:
        return ExtractError(f"{self.path}: tệp hỏng hoặc tải về chưa hết; hãy mở bằng phần mềm văn phòng rồi lưu lại")

    def _too_large(self) -> ExtractError:
        return ExtractError(f"{self.path}: phần nén bung ra quá lớn; hãy chia thành nhiều tệp hoặc lưu lại thành PDF")


def parse_xml(path: str, data: bytes) -> Element:
    """The root element of XML. Raises ExtractError for XML with a DTD, which no office program writes, and damaged XML."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        if b"purl.oclc.org" in data:
            data = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/\2", data)
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ExtractError(f"{path}: XML bên trong bị hỏng; hãy mở bằng phần mềm văn phòng rồi lưu lại") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ExtractError(f"{path}: XML bên trong khai báo DTD nên không được đọc; hãy lưu lại bằng phần mềm văn phòng")
    return root
