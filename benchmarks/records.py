"""Generated records for measurements on larger collections: sentences of the sample corpus, mixed anew."""

from __future__ import annotations

import random
import shutil
from collections.abc import Sequence
from pathlib import Path

_KINDS = ("exemplar", "good_deed", "new_model", "new_factor", "practice")
_FIELDS = ("agriculture", "health", "education", "environment", "party_government")
_PLACES = ("Xã Tuệ Tĩnh, thành phố Hải Phòng", "Huyện Thanh Miện, tỉnh Hải Dương", "Huyện Cẩm Giàng, tỉnh Hải Dương")


def make_corpus(source: Path, target: Path, items: int, seed: int = 1) -> None:
    """`source` copied to `target`, with as many further records as make `items` files."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    chance = random.Random(seed)
    sentences = sentences_of(source)
    have = sum(1 for path in target.rglob("*.md"))
    folder = target / "practices"
    for number in range(max(0, items - have)):
        (folder / f"made-{number:06d}.md").write_text(_record(chance, sentences, number), "utf-8")


def sentences_of(source: Path) -> list[str]:
    """The sentences of the records of a corpus."""
    found: dict[str, None] = {}
    for path in sorted((source / "practices").glob("*.md")):
        body = path.read_text("utf-8").split("---", 2)[-1]
        lines = (line for line in body.splitlines() if line and line[0].isalpha())
        found.update(dict.fromkeys(part.strip() for line in lines for part in line.split(". ") if len(part) > 30))
    return list(found)


def _record(chance: random.Random, sentences: Sequence[str], number: int) -> str:
    title = " ".join(chance.choice(sentences).split()[:10]).replace('"', "")
    body = "\n\n".join(". ".join(chance.sample(sentences, 4)) + "." for _ in range(5))
    return (
        f'---\ntitle: "{title} ({number})"\nkind: {chance.choice(_KINDS)}\nfields: [{chance.choice(_FIELDS)}]\n'
        f'place: "{chance.choice(_PLACES)}"\nyear: {chance.randint(2015, 2025)}\nstatus: reviewed\n---\n{body}\n'
    )
