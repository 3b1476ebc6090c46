"""How many workers: by cores, quota and memory."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cachhay.capacity import choose_heavy, choose_workers, count_cores, count_memory

GB = 10**9


@pytest.mark.parametrize(
    ("wanted", "cores", "memory", "workers"),
    [
        (0, 1, 8 * GB, 1),
        (0, 2, 8 * GB, 2),
        (0, 64, 64 * GB, 8),
        (0, 8, 2 * GB, 2),
        (0, 8, GB, 1),
        (0, 4, 0, 4),
        (5, 1, GB, 5),
    ],
)
def test_as_many_as_cores_as_far_as_memory_goes(wanted: int, cores: int, memory: int, workers: int) -> None:
    assert choose_workers(wanted, cores, memory) == workers


def test_heavy_work_has_a_few_processes_of_its_own() -> None:
    assert [choose_heavy(workers) for workers in (2, 3, 4, 8, 64)] == [1, 1, 2, 3, 3]


def test_the_quota_and_the_memory_of_a_container_count(tmp_path: Path) -> None:
    all_cores = count_cores(tmp_path)
    assert 1 <= all_cores <= (os.cpu_count() or 1)
    (tmp_path / "cpu.max").write_text("max 100000\n", "ascii")
    assert count_cores(tmp_path) == all_cores
    (tmp_path / "cpu.max").write_text("50000 100000\n", "ascii")
    assert count_cores(tmp_path) == 1
    (tmp_path / "memory.max").write_text(f"{300_000_000}\n", "ascii")
    assert count_memory(tmp_path) == 300_000_000
    (tmp_path / "memory.max").write_text("max\n", "ascii")
    assert count_memory(tmp_path) != 300_000_000


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_process_opens_as_many_files_as_it_may_and_holds_fewer_connections() -> None:
    program = (
        "import resource; from cachhay.capacity import raise_file_limit; most = raise_file_limit(); "
        "print(most, *resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    command = ["sh", "-c", 'ulimit -Sn 200; ulimit -Hn 300; exec "$@"', "sh", sys.executable, "-c", program]
    most, soft, hard = map(int, subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())
    assert soft == hard == 300 and 16 <= most < 300
