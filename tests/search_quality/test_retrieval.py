"""`benchmarks.retrieval` itself: what it writes, that damage and slips are repeatable, that its peers and legs answer."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

from benchmarks import retrieval
from training.damage import damage_text, mistype
from training.measures import interval, measure
from training.question_sets import damaged, read_set
from vitext import fold, repair

pytestmark = pytest.mark.slow

TEXTS = {
    "lua": "Mô hình trồng lúa hữu cơ ở xã Hùng Thắng không dùng thuốc trừ sâu, nông dân bán được giá cao hơn.",
    "mau": "Ngân hàng máu sống trên đảo cứu người bệnh cần truyền máu gấp giữa mùa biển động.",
    "rac": "Ngõ phố phân loại rác tại nguồn, rác hữu cơ ủ làm phân bón cho cây xanh của khu dân cư.",
}
QUERIES = {"1": ("Trồng lúa hữu cơ ở đâu và bán có được giá không?", "lua"), "2": ("hiến máu cứu người", "mau")}


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    rows = ({"_id": name, "title": "", "text": text} for name, text in TEXTS.items())
    (folder / "corpus.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    asked = ({"_id": name, "text": text} for name, (text, _) in QUERIES.items())
    (folder / "queries.jsonl").write_text("\n".join(json.dumps(row) for row in asked), "utf-8")
    judged = "".join(f"{name}\t{wanted}\t1\n" for name, (_, wanted) in QUERIES.items())
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + judged, "utf-8")
    return folder


def test_every_condition_and_leg_is_written(questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "out.json"
    arguments = ["retrieval", "--data", str(questions), "--peers", "", "--json", str(out)]
    monkeypatch.setattr(sys, "argv", arguments)
    retrieval.main()
    rows = json.loads(out.read_text())
    keys = {(row["query"], row["documents"], row["system"]) for row in rows}
    systems = ("lexical", "semantic", "hybrid")
    assert keys == {(q, d, s) for q in ("clean", "stripped", "typos") for d in ("clean", "ocr") for s in systems}
    for row in rows:
        assert row["set"] == "small" and {"R@1", "R@10", "MRR@10", "nDCG@10", "p50_ms", "p95_ms"} <= set(row)
    clean = next(row for row in rows if (row["query"], row["documents"], row["system"]) == ("clean", "clean", "hybrid"))
    assert clean["R@1"] == 100.0 and clean["nDCG@10"] == 100.0


def test_a_peer_that_is_not_installed_is_left_out_aloud(
    questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    monkeypatch.setitem(sys.modules, "milli", None)
    arguments = ["retrieval", "--data", str(questions), "--queries", "clean", "--documents", "clean", "--peers", "milli"]
    monkeypatch.setattr(sys, "argv", [*arguments, "--json", str(out)])
    retrieval.main()
    assert {row["system"] for row in json.loads(out.read_text())} == {"lexical", "semantic", "hybrid"}
    assert "milli left out" in capsys.readouterr().err


def test_damage_is_repeatable_and_like_a_scan(questions: Path) -> None:
    documents = read_set(questions).documents
    once, again = damaged(documents), damaged(documents)
    assert once == again and all(a.text != b.text for a, b in zip(documents, once, strict=True))
    text = " ".join(TEXTS.values())
    hurt = damage_text(text, random.Random(5))
    words = list(zip(text.split(), hurt.split(), strict=True))
    assert 0.6 < sum(a != b for a, b in words) / len(words) < 1.0
    assert sum(fold(a) != fold(b) for a, b in words) / len(words) > 0.1, "more than the accents is lost"
    read = repair(hurt, assume="ocr").text
    assert sum(a == b for a, b in zip(text.split(), read.split(), strict=True)) > 0.7 * len(words), "and can be read again"


def test_slips_change_few_words_and_are_repeatable() -> None:
    query = "mô hình trồng lúa hữu cơ ở xã Hùng Thắng"
    typed = mistype(query, random.Random(1))
    assert typed == mistype(query, random.Random(1)) != query
    assert sum(a != b for a, b in zip(query.split(), typed.split(), strict=True)) == 2


def test_measures() -> None:
    judged = {"a": 3, "b": 1}
    best = measure(["a", "b", "x"], judged)
    assert best == {"R@1": 1.0, "R@10": 1.0, "MRR@10": 1.0, "nDCG@10": 1.0}
    worse = measure(["x", "b"], judged)
    assert worse["R@1"] == 0.0 and worse["R@10"] == 0.5 and worse["MRR@10"] == 0.5 and 0 < worse["nDCG@10"] < 0.1
    assert measure([], judged)["nDCG@10"] == 0.0
    low, high = interval([0.0, 1.0] * 50, 1)
    assert 0.35 < low < 0.5 < high < 0.65
