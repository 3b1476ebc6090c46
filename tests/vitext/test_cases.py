"""Cases as data: in the wild, synthetic, negative, and known failures (strict)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vitext import analyse, fold, measure_damage, repair, replay

CASES = Path(__file__).parent / "cases"


def load(name: str) -> list[Any]:
    lines = (CASES / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [pytest.param(json.loads(line), id=json.loads(line)["text"][:40]) for line in lines]


def run(function: str, text: str) -> str:
    if function == "fold":
        return fold(text)
    if function == "keys":
        return " ".join(analyse(text).folded)
    if function == "damage":
        return measure_damage(text).kind
    repaired = repair(text)
    assert replay(text, repaired.steps) == repaired.text
    return repaired.text


@pytest.mark.parametrize("case", load("in-the-wild") + load("synthetic"))
def test_in_the_wild_and_synthetic(case: dict[str, str]) -> None:
    assert run(case["function"], case["text"]) == case["expected"]


@pytest.mark.parametrize("case", load("negative"))
def test_negative(case: dict[str, str]) -> None:
    result = run(case["function"], case["text"])
    assert result != case["unexpected"] if "unexpected" in case else result == case["text"]


@pytest.mark.parametrize("case", load("known-failures"))
@pytest.mark.xfail(strict=True, reason="known failure")
def test_known_failures(case: dict[str, str]) -> None:
    assert run(case["function"], case["text"]) == case["expected"]
