"""Make the damaged sample records: about one in eight of `corpus/practices`, rendered and read by an English model.

    python -m training.make_scans        (make scans)

Writes `corpus/practices/scans/<record>.scan.txt` (what the English model read), its clean twin line for line as printed
`tests/corpus/twins/<record>.txt`, and the scans' entries in `corpus/practices/scans/manifest.tsv` is not needed: the
pairing is by name. Same Tesseract, same fonts: same files.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import zlib
from pathlib import Path

from indexer.extract import extract
from training.ocr_pages import PageLook, read_page, render, wrap

ROOT = Path(__file__).parent.parent
PRACTICES = ROOT / "corpus" / "practices"
TWINS = ROOT / "tests" / "corpus" / "twins"
#: One record in so many gets a damaged twin.
ONE_IN = 8


def printed(path: Path) -> list[str]:
    """The record as an office would print it: title in capitals, then its blocks."""
    item = extract(path.name, path.read_bytes(), {})
    paragraphs = [item.title.upper(), "", f"Đơn vị: {item.unit}", f"Địa bàn: {item.place}", f"Năm: {item.year}", ""]
    for block in item.blocks:
        if block.role == "heading":
            paragraphs += ["", block.original]
        else:
            paragraphs.append(f"{block.marker} {block.original}".strip())
    return wrap("\n".join(paragraphs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    scans = PRACTICES / "scans"
    for folder in (scans, TWINS):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.txt"):
            old.unlink()
    records = sorted(PRACTICES.glob("*.md"))
    for path in records[ONE_IN // 2 :: ONE_IN]:
        seed = zlib.crc32(path.stem.encode())
        lines = printed(path)
        with tempfile.TemporaryDirectory() as work:
            damaged = read_page(render(lines, PageLook.draw(random.Random(seed)), seed), Path(work))
        (scans / f"{path.stem}.scan.txt").write_text(damaged, "utf-8")
        (TWINS / f"{path.stem}.txt").write_text("\n".join(lines) + "\n", "utf-8")
        print(path.stem)


if __name__ == "__main__":
    main()
