"""Pages of PDF text a second on one core, and the memory that a long file takes.

    python -m benchmarks.pdf_text [FILE ...] [--pages 500] [--json FILE]

Without FILE it makes a PDF: 40 lines of 70 letters a page, one text object a line, as word processors write them. Every file
is read in processes of its own: the fastest of five runs counts, and the memory is the most that a process took beyond what
it had when everything was imported. Seconds are those of the processor, from the bytes to the blocks.
"""

from __future__ import annotations

import argparse
import ctypes
import io
import multiprocessing
import resource
import time
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from benchmarks.timing import report
from indexer.readers.pdf import PdfReader
from indexer.readers.reader import Paper

RUNS = 5
LINES = 40
WORDS = "Dong nay co bay muoi chu de do xem mot giay doc duoc bao nhieu trang giay".split()  # noqa: SIM905


def make_pdf(pages: int) -> bytes:
    """A PDF of `pages` pages of text."""
    document = pypdfium2.PdfDocument.new()
    for number in range(pages):
        page = document.new_page(595, 842)
        for line in range(LINES):
            turn = (number + line) % len(WORDS)
            text = " ".join((*WORDS[turn:], *WORDS[:turn]))
            written = pdfium.FPDFPageObj_NewTextObj(document.raw, b"Times-Roman", 11.0)
            units = (text + "\0").encode("utf-16-le")
            pdfium.FPDFText_SetText(written, (ctypes.c_ushort * (len(units) // 2)).from_buffer_copy(units))
            pdfium.FPDFPageObj_Transform(written, 1, 0, 0, 1, 85, 790 - 18 * line)
            pdfium.FPDFPage_InsertObject(page.raw, written)
        page.gen_content()
        page.close()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def read(name: str, data: bytes) -> tuple[float, float, int, int]:
    """(seconds of the processor, megabytes added, pages, characters) of one reading."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    content = PdfReader().read(Paper(name, data))
    seconds = time.process_time() - start
    added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return seconds, added / 1024, content.blocks[-1].page, sum(len(block.original) for block in content.blocks)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=500)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    files = {path.name: path.read_bytes() for path in arguments.files} or {"own": make_pdf(arguments.pages)}
    rows: list[dict[str, object]] = []
    for name, data in files.items():
        # A process for every run: memory that an earlier run took is not given back.
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            runs = [pool.apply(read, (name, data)) for _ in range(RUNS)]
        seconds, added, pages, characters = min(runs)
        row = {"file": name, "pages": pages, "characters": characters, "pages/s": round(pages / seconds)}
        rows.append({**row, "CPU s": round(seconds, 2), "MB added": round(added)})
    report(rows, arguments.json)


if __name__ == "__main__":
    main()
