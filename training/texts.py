"""Read the texts that the repair model learns from, and hold some of them out.

A data folder holds `train/{vietnews,phapdien,newdocs,laws}.jsonl.xz` and `places/*.json`. Every text gets a register
(`press`, `law`, `places`). One text in fifty is held out, by the checksum of its identifier, and every text that is on the
pages of `eval/ocr_pairs`. Nothing is learned from held-out texts; the held-out pages are rendered from them.
"""

from __future__ import annotations

import csv
import json
import lzma
import random
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitext.damage import measure_damage
from vitext.normalise import normalise

#: One text in this many of a register is held out. Place names are a closed list, and all of them are learned.
ONE_IN = {"press": 50, "law": 50}
#: Two texts that share this many words in a row count as one text.
RUN_LENGTH = 12
# Cross-references that a codification added behind its articles, and the marks of Markdown.
CROSS_REFERENCES = re.compile(r"\(Điều này có nội dung liên quan đến.*", re.DOTALL)
_KINDS = "Xã|Phường|Thị trấn|Thị xã|Huyện|Thành phố|Tỉnh|Đặc khu"
_KIND, _KIND_ANYWHERE = re.compile(rf"^(?:{_KINDS}) "), re.compile(rf"\b(?:{_KINDS})\b")
_MARKDOWN = re.compile(r"[*_`#>|]+|^-{3,}$|\[([^\]]*)\]\([^)]*\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class TrainingText:
    """One text, normalised, with one paragraph per line."""

    register: str
    name: str
    text: str
    #: Whether it is on pages with which repair is measured.
    measured: bool = False

    @property
    def held_out(self) -> bool:
        return self.measured or zlib.crc32(self.name.encode()) % ONE_IN.get(self.register, 1 << 32) == 0


def read_texts(data: Path) -> Iterator[TrainingText]:
    """Every text of the data folder, always in the same order."""
    measured = _measured_runs(data / "eval" / "ocr_pairs" / "pages.jsonl.xz")
    for row in read_json_lines(data / "train" / "vietnews.jsonl.xz"):
        text = normalise("\n".join((row["title"], row["abstract"], row["body"])))
        yield TrainingText("press", row["id"], text, not measured.isdisjoint(_runs(text, RUN_LENGTH)))
    for row in read_json_lines(data / "train" / "phapdien.jsonl.xz"):
        text = "\n".join((row["title"], CROSS_REFERENCES.sub("", row["body"]), row["source"]))
        yield TrainingText("law", f"phapdien/{row['id']}", _without_marks(text))
    for row in read_json_lines(data / "train" / "laws.jsonl.xz"):
        yield TrainingText("law", f"laws/{row['id']}", _without_marks(row["text"]))
    for row in read_json_lines(data / "train" / "newdocs.jsonl.xz"):
        # Some of these texts were recognised from scans: only paragraphs with undamaged letters are kept.
        whole = (line for line in row["text"].split("\n") if measure_damage(line).kind in ("clean", "short"))
        yield TrainingText("law", f"newdocs/{row['id']}", _without_marks("\n".join((row["title"], *whole))))
    yield from _places(data / "places")


def read_phrases() -> Iterator[TrainingText]:
    """The fixed phrases of official papers (register `phrases`), a line a phrase: motto, bodies, formulas, titles."""
    text = (Path(__file__).parent / "phrases.txt").read_text("utf-8")
    yield TrainingText("phrases", "phrases", normalise(text))


def read_own(corpus: Path) -> Iterator[TrainingText]:
    """The clean documents and records of the collection itself (register `own`)."""
    for path in sorted((*corpus.glob("documents/*.md"), *corpus.glob("practices/*.md"))):
        yield TrainingText("own", f"own/{path.name}", _without_marks(path.read_text("utf-8")))


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a file of JSON lines, compressed (.xz) or not."""
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _measured_runs(pages: Path) -> set[str]:
    """Every run of RUN_LENGTH words on the printed side of the pages."""
    found: set[str] = set()
    for page in read_json_lines(pages) if pages.exists() else ():
        found.update(_runs(normalise(" ".join(page["gold"])), 1))
    return found


def _runs(text: str, every: int) -> Iterator[str]:
    """Runs of `RUN_LENGTH` words; a run begins at every `every`-th word."""
    words = text.split()
    return (" ".join(words[at : at + RUN_LENGTH]) for at in range(0, len(words) - RUN_LENGTH + 1, every))


def _without_marks(text: str) -> str:
    return normalise(_MARKDOWN.sub(r" \1 ", text))


def _places(folder: Path) -> Iterator[TrainingText]:
    """The administrative units in sentences like those of resolutions, with one text per province."""
    merges = json.loads((folder / "merges.json").read_text("utf-8"))["data"]
    for province in merges:
        rng = random.Random(zlib.crc32(province["level1_id"].encode()))
        lines = [_merged(unit, province["name"], rng) for unit in province["level2s"]]
        yield TrainingText("places", f"merges/{province['level1_id']}", normalise("\n".join(lines)))
    splits = json.loads((folder / "splits.json").read_text("utf-8"))["data"]
    for province in splits:
        names = ", ".join(unit["name"][:1].lower() + unit["name"][1:] for unit in province["level3s"])
        yield TrainingText("places", f"splits/{province['level1_id']}", normalise(f"{province['name']}: {names}."))
    by_district: dict[str, list[str]] = {}
    with (folder / "haiphong_old_new_wards.csv").open(encoding="utf-8") as rows:
        for row in csv.DictReader(rows):
            place = f"{row['old_district']}, {row['old_province']}"
            by_district.setdefault(place, []).append(f"{row['old_ward']} nay thuộc {row['new_ward']}")
    for place, wards in by_district.items():
        yield TrainingText("places", f"wards/{place}", normalise(f"{place}: {'; '.join(wards)}."))


def _merged(unit: dict[str, object], province: str, rng: random.Random) -> str:
    """One unit in two of the sentences in which resolutions tell of it, each with another list of the old units."""
    new = _lower_kinds(str(unit["name"]))
    merges = unit["merges"]
    assert isinstance(merges, list)
    names = [str(old["name"]) for old in merges]
    single, grouped, province = _lower_kinds(_joined(names)), _grouped(names), _lower_kinds(province)
    kind = new.split(" ")[0]
    area, people = f"{rng.randrange(8, 120)},{rng.randrange(10, 99)}", f"{rng.randrange(8, 70)}.{rng.randrange(100, 999)}"
    sentences = (
        f"Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của {single} thành {kind} mới có tên gọi là {new}.",
        f"Sắp xếp toàn bộ diện tích tự nhiên, quy mô dân số của {grouped} thành {kind} mới có tên gọi là {new}.",
        f"Thành lập {new} trên cơ sở nhập {grouped}, {province}.",
        f"Nhập toàn bộ diện tích tự nhiên, quy mô dân số của {grouped} để thành lập {new}.",
        f"{new[0].upper() + new[1:]} có diện tích {area} km2 và quy mô dân số {people} người, giáp {single}, {province}.",
        f"{new[0].upper() + new[1:]} ({single})",
        f"{grouped[0].upper() + grouped[1:]} nay là {new}, {province}.",
        f"Ủy ban nhân dân {new}, {province} chịu trách nhiệm thực hiện tại {grouped}.",
        f"Bí thư Đảng ủy, Chủ tịch Hội đồng nhân dân {new}; Hội Nông dân các xã, phường: {', '.join(map(_bare, names))}.",
    )
    return "\n".join(rng.sample(sentences, 2))


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} và {names[-1]}"


def _grouped(names: list[str]) -> str:
    """The names as resolutions list them, each kind once: "thị trấn A và các xã B, C"."""
    by_kind: dict[str, list[str]] = {}
    for name in names:
        by_kind.setdefault(name[: len(name) - len(_bare(name))].strip().lower(), []).append(_bare(name))
    groups = [f"{'các ' if len(found) > 1 else ''}{kind} {_joined(found)}" for kind, found in by_kind.items()]
    return _joined(groups) if len(groups) < 3 else "; ".join(groups)


def _bare(name: str) -> str:
    return _KIND.sub("", name, count=1)


def _lower_kinds(names: str) -> str:
    return _KIND_ANYWHERE.sub(lambda m: m[0].lower(), names)


_OPEN = re.compile(r"([ouOU])([\u0300\u0301\u0309\u0303\u0323])([aeyAEY])(?![^\W\d_]|[\u0300-\u036f])")


def modern_tone(text: str) -> str:
    """The text with the tone mark of open oa, oe, uy on the second vowel, as many papers write it.

    >>> modern_tone("hòa thủy quý toàn")
    'hoà thuỷ quý toàn'
    """
    moved = _OPEN.sub(lambda m: m[1] + m[3] + m[2], unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", moved)


def sample_paragraphs(texts: Iterable[TrainingText], share: float, rng: random.Random) -> Iterator[str]:
    """Some paragraphs of some texts: `share` (0..1) of the texts, a run of paragraphs from each."""
    for text in texts:
        if rng.random() >= share:
            continue
        paragraphs = [line for line in text.text.split("\n") if line]
        start = rng.randrange(len(paragraphs)) if paragraphs else 0
        yield "\n".join(paragraphs[start : start + 6])
