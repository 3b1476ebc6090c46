"""A small home (papers, store, indexes) for the drills of damage, kills and backups, and what it answers.

    python -m benchmarks.homes answers DATA

prints what a home answers, as JSON; it runs in a process of its own, because a damaged index might end it.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

from kb.embedding.open import open_embedder
from kb.engines.open import embedded_engines
from kb.library.library import Library
from kb.library.store import Store
from search_api.query.request import SearchRequest
from search_api.service import SearchService

_PLACES = ("Xã An Khánh, Hải Phòng", "Phường Lê Chân, Hải Phòng", "Xã Vĩnh Bảo, Hải Phòng")
_WORK = (
    "trồng cây chắn sóng",
    "dọn bờ kênh",
    "dạy nghề đan lưới",
    "nuôi cá trong ao",
    "đọc sách ở nhà văn hóa",
    "thu gom vỏ chai",
)
_WHO = ("hội nông dân", "đoàn thanh niên", "tổ dân phố", "nhóm phụ nữ", "câu lạc bộ người cao tuổi")
QUERIES = (
    "bờ kênh",
    "trong cay",
    '"dạy nghề"',
    "hội nông dân nuôi cá",
    "kế hoạch 12/KH-UBND",
    "người cao tuổi đọc sách",
    "",
)


def paper(number: int, version: int = 0) -> str:
    """The text of one paper; another `version` has other words."""
    choose = random.Random(number * 1000 + version)
    work, who = choose.choice(_WORK), choose.choice(_WHO)
    kind = "document" if number % 4 == 0 else "practice"
    lines = ["---", f"title: {who.capitalize()} {work}, lần {number}", f"kind: {kind}", f"place: {choose.choice(_PLACES)}"]
    lines += [f"year: {2018 + number % 8}", "sample: true", "---", ""]
    if kind == "document":
        lines += [f"Số: {number}/KH-UBND", "", f"Căn cứ Kế hoạch số {max(1, number - 4)}/KH-UBND về phong trào;", ""]
    for _ in range(4):
        lines += [f"Năm nay {choose.choice(_WHO)} cùng {choose.choice(_WHO)} {choose.choice(_WORK)} và {work}.", ""]
    return "\n".join(lines)


def write_papers(corpus: Path, numbers: range, version: int = 0) -> None:
    corpus.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        (corpus / f"{number:04}.md").write_text(paper(number, version), "utf-8")


def run(*arguments: object, home: Path, before: tuple[str, ...] = (), **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command `cachhay` on a home, whose papers are in `corpus` and whose data are in `var`."""
    return subprocess.run(
        [*before, sys.executable, "-m", "cachhay", *map(str, arguments)],
        env=environment(home),
        capture_output=True,
        text=True,
        **more,
    )


def environment(home: Path) -> dict[str, str]:
    own = {"CACHHAY_DATA_DIR": str(home / "var"), "CACHHAY_CORPUS_DIR": str(home / "corpus"), "CACHHAY_INTERNAL": "false"}
    return {**os.environ, **own}


def index(home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return run("index", *options, home=home)


def answers(home: Path) -> Any:
    """What a home answers, None where it does not answer."""
    command = [sys.executable, "-m", "benchmarks.homes", "answers", str(home / "var")]
    done = subprocess.run(command, capture_output=True, text=True)
    return json.loads(done.stdout) if done.returncode == 0 else None


def _answers(data: Path) -> dict[str, Any]:
    library = Library(Store(data / "store.sqlite", make=False), data / "index", embedded_engines(), open_embedder())
    service = SearchService(library)
    found: dict[str, Any] = {}
    for query in QUERIES:
        answer = service.search(SearchRequest(query, per_page=20))
        found[query] = [answer.total, [(hit.card.id, hit.match.label) for hit in answer.hits]]
    with library.view() as view:
        items = [f"{item!r}" for item in view.snapshot.items()]
        found["items"] = [len(items), hashlib.sha256("\n".join(items).encode()).hexdigest()]
        found["similar"] = [
            (hit.key.item_id, round(hit.score, 3)) for hit in view.vectors.search(view.embedder.encode(["kênh"])[0], 5)
        ]
    return found


def history(home: Path) -> dict[str, list[str]]:
    """The events of every item."""
    with Store(home / "var" / "store.sqlite", make=False).snapshot() as snapshot:
        return {item_id: [event.event for event in snapshot.history(item_id)] for item_id in snapshot.ids()}


if __name__ == "__main__":
    print(json.dumps(_answers(Path(sys.argv[2])), ensure_ascii=False))
