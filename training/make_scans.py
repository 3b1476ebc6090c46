"""Make the damaged sample records: about one in eight of `corpus/practices`, rendered and recognised by an English model.

    python -m training.make_scans        (make scans)

It writes `corpus/practices/scans/<record>.scan.txt` (what was recognised) and its clean twin of the same name, line by line
as printed, `tests/corpus/twins/<record>.txt`. `corpus/manifest.toml` describes the scans. The same Tesseract and fonts give
the same files (made with Tesseract 5.3.0, fonts-croscore 20201225).
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import zlib
from pathlib import Path

from indexer.extract import extract
from training.ocr_pages import PageLook, recognise_page, render, wrap

ROOT = Path(__file__).parent.parent
PRACTICES = ROOT / "corpus" / "practices"
TWINS = ROOT / "tests" / "corpus" / "twins"
MANIFEST = ROOT / "corpus" / "manifest.toml"
#: The line before the generated part of the manifest.
BEGIN = "# Scans: written by `make scans`, do not edit."
#: The line after the generated part of the manifest.
END = "# End of the scans."
#: One record in this many gets a damaged twin.
ONE_IN = 8


def printed(path: Path) -> list[str]:
    """The lines of a record as an office would print it: the title in capitals, then the blocks."""
    item = extract(path.name, path.read_bytes(), {})
    paragraphs = [item.title.upper(), "", f"Đơn vị: {item.unit}", f"Địa bàn: {item.place}", f"Năm: {item.year}", ""]
    for block in item.blocks:
        if block.role == "heading":
            paragraphs += ["", block.original]
        else:
            paragraphs.append(f"{block.marker} {block.original}".strip())
    return wrap("\n".join(paragraphs))


def manifest_entry(path: Path) -> str:
    """The manifest entry of a scan: what a cataloguer knows without its text. All other attributes come from the text."""
    item = extract(path.name, path.read_bytes(), {})
    lines = [
        "[[file]]",
        f'path = "practices/scans/{path.stem}.scan.txt"',
        f'kind = "{item.kind}"',
        f"fields = {json.dumps(list(item.fields))}",
        f"place = {json.dumps(item.place, ensure_ascii=False)}",
        f"year = {item.year}",
        'origin = "Bản in của dữ liệu minh họa, đọc bằng mô hình nhận dạng tiếng Anh (training/make_scans.py)"',
        "",
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.parse_args()
    scans = PRACTICES / "scans"
    for folder in (scans, TWINS):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.txt"):
            old.unlink()
    entries = []
    records = sorted(PRACTICES.glob("*.md"))
    for path in records[ONE_IN // 2 :: ONE_IN]:
        seed = zlib.crc32(path.stem.encode())
        lines = printed(path)
        with tempfile.TemporaryDirectory() as work:
            damaged = recognise_page(render(lines, PageLook.draw(random.Random(seed)), seed), Path(work))
        (scans / f"{path.stem}.scan.txt").write_text(damaged, "utf-8")
        (TWINS / f"{path.stem}.txt").write_text("\n".join(lines) + "\n", "utf-8")
        entries.append(manifest_entry(path))
        print(path.stem)
    head, _, rest = MANIFEST.read_text("utf-8").partition(BEGIN)
    MANIFEST.write_text(head + BEGIN + "\n\n" + "\n".join(entries) + END + rest.partition(END)[2], "utf-8")


if __name__ == "__main__":
    main()
