"""Lists: how many items come out of them, and what a long one and one with a stray cell cost.

    python -m benchmarks.lists [--rows 20000] [--json FILE]

The lists are made here. Every one is read in processes of its own: the fastest of five runs counts, and the memory is the
most that a process took beyond what it had when everything was imported. Seconds are those of the processor: "read" from the
bytes to the blocks, "found" from the blocks to the entries of the list, "items" from these to the items of the rows.
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import resource
import time
import zipfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import openpyxl

from benchmarks.timing import report
from indexer.extract import extract
from indexer.lists.divide import divide, sheets_of
from indexer.lists.grid import read_grids
from indexer.lists.recognise import FoundList, find_list
from vitext import repair

RUNS = 5
FAMILY = "Nguyễn Trần Lê Phạm Hoàng Vũ Đặng Bùi".split()  # noqa: SIM905
GIVEN = "An Bình Chi Dũng Giang Hà Hùng Khánh Lan Mai Nam".split()  # noqa: SIM905
HEADING = ["TT", "Họ và tên", "Chức vụ", "Đơn vị", "Tóm tắt thành tích", "Hình thức khen thưởng"]


def make_rows(count: int) -> list[list[object]]:
    """The rows of a list of `count` people."""
    rows: list[list[object]] = [["DANH SÁCH ĐỀ NGHỊ KHEN THƯỞNG NĂM 2024"], list(HEADING)]
    for at in range(count):
        name = f"{FAMILY[at % 8]} {GIVEN[at % 11]} {GIVEN[at // 11 % 11]}"
        achievement = f"Thu gom {at} tấn rác thải, trồng {at} km đường hoa, vận động nhân dân giữ gìn thôn xóm"
        rows.append([at + 1, name, "Trưởng thôn", "UBND xã Tuệ Tĩnh", achievement, "Bằng khen"])
    return rows


def as_xlsx(rows: Sequence[Sequence[object]], *, stray: bool = False) -> bytes:
    """The rows as a workbook; `stray` puts a cell into the last row of the sheet."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Danh sách")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    if not stray:
        return out.getvalue()
    changed = io.BytesIO()
    cell = b'<row r="1048576"><c r="C1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"</sheetData>", cell))
    return changed.getvalue()


def as_csv(rows: Sequence[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode()


def measure(name: str, data: bytes) -> dict[str, float]:
    """Seconds of the processor of each step, megabytes added, and items of one reading."""
    repair("Xin chào")  # opens the model
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = [time.process_time()]
    item = extract(name, data, {})
    times.append(time.process_time())
    found = [find_list(item, grid) for grid in read_grids(item, sheets_of(item, data))]
    assert any(isinstance(one, FoundList) for one in found)
    times.append(time.process_time())
    rows = divide(item, data)[1:]
    times.append(time.process_time())
    read, recognised, divided = (round(b - a, 2) for a, b in pairwise(times))
    added = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {"items": len(rows), "read": read, "found": recognised, "items s": divided - recognised, "MB": added / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    many = make_rows(arguments.rows)
    files = {
        "long.xlsx": as_xlsx(many),
        "long.csv": as_csv(many),
        "46 rows.xlsx": as_xlsx(make_rows(46)),
        "46 rows, stray cell.xlsx": as_xlsx(make_rows(46), stray=True),
    }
    table: list[dict[str, object]] = []
    for name, data in files.items():
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
            runs = [pool.apply(measure, (name, data)) for _ in range(RUNS)]
        best = min(runs, key=lambda run: run["read"] + run["found"] + run["items s"])
        seconds = {key: round(best[key], 2) for key in ("read", "found", "items s")}
        table.append({"list": name, "items": int(best["items"]), **seconds, "MB added": round(best["MB"])})
    report(table, arguments.json)


if __name__ == "__main__":
    main()
