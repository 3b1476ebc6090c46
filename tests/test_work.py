"""The measure of work tells linear from quadratic."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.work import LINEAR, cpu_seconds, cpu_seconds_of, cpu_seconds_of_children, growth


def numbers(size: int) -> list[int]:
    return list(range(size))


def test_linear_work_is_linear() -> None:
    assert growth(numbers, lambda values: sum(value * value for value in values), 50_000) <= LINEAR


def test_quadratic_work_is_not() -> None:
    assert growth(numbers, lambda values: sum(a ^ b for a in values for b in values), 150) > LINEAR


def test_waiting_is_no_work() -> None:
    assert cpu_seconds(lambda: time.sleep(0.5)) < 0.4
    assert cpu_seconds(lambda: sum(range(3_000_000))) > 0.005


def test_the_work_of_another_program() -> None:
    code = "sum(range(20_000_000)); print('done', flush=True); input()"

    def work() -> None:
        with subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout and process.stdout.readline() == "done\n"
            assert cpu_seconds_of(process.pid) > 0.05 or not Path("/proc").exists()
            process.communicate("\n")

    assert cpu_seconds_of_children(work) > 0.05
