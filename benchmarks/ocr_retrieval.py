"""How much search loses when the texts are scans: the gate over records that were printed, scanned and recognised.

    python -m benchmarks.ocr_retrieval [--json FILE]

The body of every record of `corpus/practices` is printed on pages of A4 (`benchmarks.ocr_pages`), rendered at 150 and 200
dots per inch in turn, damaged as a scanner does it, and recognised; its front matter stays, its title too. The queries of
the gate are asked over these texts and over the same paragraphs as they were printed. Both are indexed by the whole product.
It takes about 2.5 seconds of the processor a page.
"""

from __future__ import annotations

import argparse
import os
import re
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.gate import read_gate, run
from benchmarks.ocr_pages import FACES, as_read, print_page, scanned
from benchmarks.timing import report
from indexer import index_corpus
from indexer.extract import extract
from indexer.ocr import lay_out, recognise_sheet
from indexer.readers.pdf_blocks import blocks_of
from indexer.readers.pdf_file import Page
from indexer.readers.pdf_pages import PageDecision
from search_api.service import SearchService
from training.question_sets import open_library
from vitext import correction_version

CORPUS = Path("corpus")
#: Words of one page.
PAGE_WORDS = 300
_FRONT_MATTER = re.compile(r"---\n.*?\n---\n", re.DOTALL)


def pages_of(paragraphs: list[str]) -> Iterator[list[str]]:
    """The paragraphs of each page."""
    page: list[str] = []
    for paragraph in paragraphs:
        if page and sum(len(text.split()) for text in page) + len(paragraph.split()) > PAGE_WORDS:
            yield page
            page = []
        page.append(paragraph)
    if page:
        yield page


def read_again(number: int, path: Path) -> tuple[str, str, str, int]:
    """(the name of a record, its paragraphs as printed, the same as recognised, pages)."""
    text = path.read_text("utf-8")
    head = _FRONT_MATTER.match(text)
    paragraphs = [" ".join(block.original.split()) for block in extract(path.name, path.read_bytes(), {}).blocks]
    recognised: list[str] = []
    count = 0
    for at, page in enumerate(pages_of(paragraphs), 1):
        dpi = (150, 200)[(number + at) % 2]
        image = scanned(print_page(page, dpi, FACES[number % len(FACES)]), "scan", dpi, number * 100 + at).image
        read = lay_out(recognise_sheet(as_read(image, dpi)))
        recognised += [block.best for block in blocks_of(Page(at, read.lines, (), PageDecision("recognised", "text")))]
        count += 1
    front = head[0] if head else ""
    return path.name, front + "\n\n".join(paragraphs), front + "\n\n".join(recognised), count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    correction_version()  # Opens the model here: what is compiled with threads cannot be compiled in a forked process.
    records = sorted(path for path in (CORPUS / "practices").glob("*.md"))
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(os.cpu_count()) as pool:
        pages = 0
        for name, printed, recognised, count in pool.map(read_again, range(len(records)), records):
            pages += count
            for kind, text in (("printed", printed), ("recognised", recognised)):
                path = Path(folder, kind, name)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, "utf-8")
        rows = []
        for kind in ("printed", "recognised"):
            library = open_library(Path(folder, f"library-{kind}"))
            index_corpus(library, Path(folder, kind))
            rows += [{"texts": kind, "pages": pages} | row for row in run(SearchService(library), read_gate())[:1]]
    report(rows, arguments.json)


if __name__ == "__main__":
    main()
