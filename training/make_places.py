"""Make `kb/papers/tables/places.tsv`, the gazetteer, from a folder with the lists of the reorganisation of July 2025.

    python -m training.make_places DATA

DATA holds `provinces_wards_2025.json` (MIT, thanglequoc), `merges.json`, `splits.json` and `haiphong_old_new_wards.csv`
(MIT, dvhcvn); their licences stand in `kb/papers/tables/LICENSE.places.txt`. Running it again leaves no diff.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from vitext import fold, normalise

#: The table that is written.
TABLE = Path(__file__).parent.parent / "kb" / "papers" / "tables" / "places.tsv"
#: The comment at the top of the table.
HEADER = """\
# Places: provinces and communes since July 2025, and what they were made of (districts of Hải Phòng and Hải Dương only).
# Made by training/make_places.py from lists under the MIT licence (LICENSE.places.txt); do not edit by hand.
# Columns: level (province, commune, former_province, former_district, former_commune), code (in addresses), name (without
# what it lies in), parent (code), successors (codes; "~" after one that only a part went to). Sorted by level, then code.
"""
#: The levels of places, in the order of the table.
LEVELS = ("province", "commune", "former_province", "former_district", "former_commune")
_KIND = re.compile(r"^(Thành phố|Tỉnh) ")


@dataclass
class Row:
    """A place that is being collected; `wanted` is its preferred code, `successors` tells of each whether only a part went
    there."""

    level: str
    name: str
    parent: str
    wanted: str
    successors: dict[str, bool] = field(default_factory=dict)
    code: str = ""


def clean(name: str) -> str:
    return normalise(" ".join(name.split()))


def slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")


def province_slug(name: str) -> str:
    return slug(_KIND.sub("", name))


def give_codes(rows: list[Row], taken: set[str]) -> None:
    """Give every row its preferred code, with a number added where another place has that code."""
    for row in rows:
        row.code, number = row.wanted, 2
        while row.code in taken:
            row.code, number = f"{row.wanted}-{number}", number + 1
        taken.add(row.code)


def collect(data: Path) -> Iterator[Row]:
    """Every place; the units in which others lie come first."""
    taken: set[str] = set()
    provinces: dict[str, Row] = {}
    communes: dict[str, Row] = {}
    for entry in json.loads((data / "provinces_wards_2025.json").read_text("utf-8")):
        name = clean(entry["FullName"])
        provinces[entry["Code"]] = Row("province", name, "", province_slug(name))
    give_codes(list(provinces.values()), taken)
    for entry in json.loads((data / "provinces_wards_2025.json").read_text("utf-8")):
        parent = provinces[entry["Code"]].code
        wards = sorted(entry["Wards"], key=lambda ward: ward["Code"])
        for ward in wards:
            name = clean(ward["FullName"])
            communes[ward["Code"]] = Row("commune", name, parent, f"{parent}.{slug(name)}")
    give_codes(list(communes.values()), taken)
    yield from provinces.values()
    yield from communes.values()
    yield from collect_former(data, provinces, communes, taken)


def collect_former(data: Path, provinces: dict[str, Row], communes: dict[str, Row], taken: set[str]) -> Iterator[Row]:
    by_name = {(row.parent, row.name): row for row in communes.values()}
    today_names = {row.name: row for row in provinces.values()}
    districts = read_districts(data)
    partial = read_partial(data)
    former: dict[str, Row] = {}
    found: dict[tuple[str, str], Row] = {}
    children: dict[str, list[Row]] = defaultdict(list)
    for entry in json.loads((data / "splits.json").read_text("utf-8"))["data"]:
        name = clean(entry["name"])
        today = provinces[entry["splits"][0]["new_id"]]
        if name in today_names:
            parent = today_names[name].code
        else:
            row = Row("former_province", name, today.code, province_slug(name), {today.code: False})
            give_codes([row], taken)
            former[name] = row
            parent = row.code
        for ward in entry["level3s"]:
            district = districts.get(ward["level3_id"], "")
            above = parent
            if district:
                key = (parent, district)
                if key not in found:
                    found[key] = Row("former_district", district, parent, f"{parent}.{slug(district)}")
                    give_codes([found[key]], taken)
                above = found[key].code
            own = clean(ward["name"])
            key = (above, own)
            if key not in found:
                found[key] = Row("former_commune", own, above, f"{above}.{slug(own)}")
                children[above].append(found[key])
            for split in ward["splits"]:
                new = communes.get(split["new_id"]) or by_name[(today.code, clean(split["name"]))]
                part = (ward["level3_id"], new.name) in partial or len(ward["splits"]) > 1
                found[key].successors[new.code] = found[key].successors.get(new.code, False) or part
    yield from former.values()
    for row in found.values():
        if row.level == "former_commune":
            if not any(row.parent == other.code for other in found.values() if other.level == "former_district"):
                # A unit of today has the same name: a word tells them apart.
                twin = by_name.get((row.parent, row.name))
                row.name = f"{row.name} cũ" if twin else row.name
                row.wanted = f"{row.wanted}-cu" if twin else row.wanted
            if len(row.successors) > 1:  # it was divided, or several units had one name
                row.successors = dict.fromkeys(row.successors, True)
            give_codes([row], taken)
        else:
            went = {code for child in children[row.code] for code in child.successors}
            row.successors = dict.fromkeys(sorted(went), len(went) > 1)
        yield row


def read_districts(data: Path) -> dict[str, str]:
    """Code of a former commune -> name of its former district, as far as the list has it."""
    with (data / "haiphong_old_new_wards.csv").open(encoding="utf-8", newline="") as lines:
        return {row["old_ward_id"]: clean(row["old_district"]) for row in csv.DictReader(lines)}


def read_partial(data: Path) -> set[tuple[str, str]]:
    """(code of a former commune, name of a commune of today) for each pair where only a part became part of the latter."""
    merges = json.loads((data / "merges.json").read_text("utf-8"))["data"]
    pairs = {
        (merge["old_id"], clean(commune["name"]))
        for province in merges
        for commune in province["level2s"]
        for merge in commune["merges"]
        if merge["type"] == "partial"
    }
    with (data / "haiphong_old_new_wards.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["merge_type"] == "partial"]
    return pairs | {(row["old_ward_id"], clean(row["new_ward"])) for row in rows}


def main() -> None:
    rows = sorted(collect(Path(sys.argv[1])), key=lambda row: (LEVELS.index(row.level), row.code))
    lines = []
    for row in rows:
        went = ",".join(code + ("~" if part else "") for code, part in sorted(row.successors.items()))
        lines.append("\t".join((row.level, row.code, row.name, row.parent, went)).rstrip())
    TABLE.write_text(HEADER + "\n".join(lines) + "\n", "utf-8")
    print(f"{len(rows)} places in {TABLE}")


if __name__ == "__main__":
    main()
