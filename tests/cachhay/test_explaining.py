"""`cachhay explain-ranking`: every feature has a name, the contributions are those of the score that a search shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cachhay.cli import main
from cachhay.explaining import FACTS, FEATURES
from search_api.retrieval import features

pytestmark = pytest.mark.slow


def test_every_feature_and_fact_has_a_name() -> None:
    assert set(FEATURES) == {*features.FEATURES, "at_place", "offered", "poor"}
    assert {"always", *FACTS} == set(features.FACTS)


def test_it_tells_place_score_and_contributions(tmp_path: Path) -> None:
    corpus = tmp_path / "c"
    corpus.mkdir()
    (corpus / "ong.txt").write_text("Nuôi ong lấy mật dưới tán rừng, mỗi hộ mười đàn.", "utf-8")
    (corpus / "ca.txt").write_text("Nuôi cá lồng trên sông, cho cá ăn hai lần một ngày.", "utf-8")
    data = ["--data", str(tmp_path / "var")]
    assert CliRunner().invoke(main, ["index", "--corpus", str(corpus), *data]).exit_code == 0
    found = CliRunner().invoke(main, ["explain-ranking", "nuôi ong", "ong", *data, "--json"])
    told = json.loads(found.stdout)
    assert told["place"] == 1 and told["match"]["id"] == "ong"
    assert sum(added for _, added in told["features"].values()) == pytest.approx(told["match"]["score"], abs=1e-4)
    answer = json.loads(CliRunner().invoke(main, ["search", "nuôi ong", "--json", *data]).stdout)
    assert answer["hits"][0]["score"] == pytest.approx(told["match"]["score"], abs=1e-4)
    written = CliRunner().invoke(main, ["explain-ranking", "nuôi ong", "ong", *data]).stdout
    assert written.startswith("Hạng 1 trong ") and all(name in written for name in FEATURES.values())
    missing = CliRunner().invoke(main, ["explain-ranking", "nuôi ong", "khong-co", *data])
    assert missing.exit_code == 5 and "khong-co" in missing.stderr
