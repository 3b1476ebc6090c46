"""Hostile files beside good ones: the run ends by itself, tells every bad file, and the good ones are found."""

from __future__ import annotations

import gzip
import io
import random
import resource
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from indexer import index_corpus
from kb.embedding.open import open_embedder
from kb.engines.open import memory_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService

pytestmark = pytest.mark.slow

GOOD = 20
TEXT = "Đẩy mạnh phong trào thi đua yêu nước ở thôn số {}."


def zipped(entries: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return file.getvalue()


def bomb(levels: int) -> bytes:
    """Archives in each other, each with ten copies of the next: ten times the bytes a level."""
    data = zipped({f"{n}.txt": b"0" * 4_000_000 for n in range(10)})
    for _ in range(levels):
        data = zipped({f"{n}.zip": data for n in range(10)})
    return data


def document(body: bytes) -> bytes:
    """A Word document with this XML."""
    types = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return zipped({"[Content_Types].xml": types, "word/document.xml": body})


WORD = b'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
LAUGHS = b'<!DOCTYPE w:document [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def pdf_bomb() -> bytes:
    """A page whose content is 200 MB of spaces in 200 kB."""
    content = zlib.compress(b" " * 200_000_000, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(content), content),
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer<</Size %d/Root 1 0 R>>startxref %d %%%%EOF"
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer % (len(objects) + 1, len(out))


def liar() -> bytes:
    """An archive whose directory says ten bytes, and which holds 50 million."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(b"0" * 50_000_000) + packed.flush()
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(body), 10, 5, 0) + b"a.txt"
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, len(body), 10, 5, 0, 0, 0, 0, 0, 0) + b"a.txt"
    return local + body + entry + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(local) + len(body), 0)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "bom.zip": lambda: bomb(3),
    "doi.zip": liar,
    "bom.gz": lambda: gzip.compress(b"0" * 100_000_000),
    "thoat.zip": lambda: zipped({"../../thoat.bin": b"\0\1\2" * 99}),
    "bom.docx": lambda: document(b"<w:document %s><w:body>" % WORD + b"<w:p/>" * 15_000_000),
    "cuoi.docx": lambda: document(LAUGHS + b"]><w:document %s><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body>" % WORD),
    "ngoai.docx": lambda: document(
        b'<!DOCTYPE w:document [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document %s><w:body>&a;</w:body>' % WORD
    ),
    "bom.pdf": pdf_bomb,
    "cut.pdf": lambda: pdf_bomb()[:5000],
    "ngau nhien.pdf": lambda: b"%PDF-1.7\n" + random.Random(5).randbytes(50_000),
    "ngau nhien.doc": lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(6).randbytes(50_000),
    "ngau nhien.zip": lambda: b"PK\x03\x04" + random.Random(7).randbytes(50_000),
    "sau.html": lambda: b"<html>" + b"<div>" * 200_000,
    "sau.rtf": lambda: b"{\\rtf1" + b"{" * 200_000,
    "sau.eml": lambda: b"From: a\nMIME-Version: 1.0\n" + b"Content-Type: message/rfc822\n\n" * 5000,
}


def test_the_run_ends_by_itself_and_tells_every_bad_file(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    for number in range(GOOD):
        (corpus / f"tot {number}.txt").write_text(TEXT.format(f"{number:03}"), "utf-8")
    for name, make in HOSTILE.items():
        (corpus / name).write_bytes(make())
    library = Library(
        Store(tmp_path / "var" / "store.sqlite"), tmp_path / "var" / "index", memory_engines(), open_embedder()
    )
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    report = index_corpus(library, corpus)
    assert report.exit_code == 3 and report.found == GOOD + len(HOSTILE)
    told = {path.partition(" › ")[0] for path in (*report.failed, *report.unread)}
    with library.store.snapshot() as snapshot:
        items = list(snapshot.items())
    taken = {item.source.path.partition(" › ")[0] for item in items}
    assert not [item.id for item in items if "root:" in str(item.blocks)], "no file of the system came in"
    assert not set(HOSTILE) - told - taken and not {f"tot {number}.txt" for number in range(GOOD)} - taken
    for number in range(GOOD):
        assert SearchService(library).search(SearchRequest(f'"thôn số {number:03}"')).total == 1
    assert not [path for path in tmp_path.rglob("*") if "thoat.bin" in path.name or path.name == "passwd"]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1000
    assert grown < 400, f"this process took {grown:.0f} MB more"
