"""The tree and its import contracts."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("vitext", "kb", "indexer", "search_api", "web", "cachhay")


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_says_which_stretch_it_owns(package: str) -> None:
    text = (ROOT / package / "__init__.py").read_text("utf-8")
    assert text.startswith('"""')
    assert not re.search(r"^(def|class|if|for) ", text, re.MULTILINE), "a public face holds no logic"


def test_only_settings_read_the_environment() -> None:
    readers = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "models" not in path.parts and re.search(r"os\.environ|getenv", path.read_text("utf-8"))
    ]
    assert readers == ["indexer/sandbox.py"], "it clears the environment of the process that reads files"


#: What tests may not look at: under load it measures the machine.
CLOCKS = frozenset({"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"})
#: Tests' own modules that need a clock all the same, and what for.
WITH_A_CLOCK = {
    "tests/waiting.py": "gives up what hangs",
    "tests/meili/double.py": "a server tells in its answers how long it took",
    "tests/meili/engine.py": "a server waits while a task is at work",
    "tests/meili/keys.py": "keys of a server expire",
    "tests/meili/test_double.py": "makes keys that have expired or will",
}


def clocks_in(source: str) -> list[str]:
    """The wall clocks that a module reads: `time.monotonic()`, or the same imported by its name."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "time":
            found += [node.attr] if node.attr in CLOCKS else []
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            found += [alias.name for alias in node.names if alias.name in CLOCKS]
        elif isinstance(node, ast.Import):
            assert not [alias for alias in node.names if alias.name in ("time", "timeit") and alias.asname], "hides a clock"
            found += [alias.name for alias in node.names if alias.name == "timeit"]
    return found


def test_no_test_measures_the_time_of_the_wall() -> None:
    """Work is measured by `tests.work`, waiting done by `tests.waiting`, speed shown by `benchmarks`."""
    readers = {
        path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py") if clocks_in(path.read_text("utf-8"))
    }
    assert readers == set(WITH_A_CLOCK)


def test_a_clock_is_seen() -> None:
    assert clocks_in("import time\nstart = time.perf_counter()") == ["perf_counter"]
    assert clocks_in("from time import monotonic") == ["monotonic"]
    assert clocks_in("import time\ntime.sleep(1)\ntime.process_time()\ntime.thread_time()") == []


def test_one_module_knows_each_engine() -> None:
    known: dict[str, list[str]] = {
        "tantivy": [],
        "faiss": [],
        "sentence_transformers": [],
        "unidecode": [],
        "safetensors": [],
    }
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "models" in path.parts:
                continue
            for name, users in known.items():
                if re.search(rf"^\s*(from|import) {name}\b", path.read_text("utf-8"), re.MULTILINE):
                    users.append(path.relative_to(ROOT / "kb").as_posix() if name == "tantivy" else path.name)
    assert {Path(path).parent.as_posix() for path in known.pop("tantivy")} == {"engines/tantivy"}
    assert known == {
        "faiss": ["faiss.py"],
        "sentence_transformers": ["sentence_transformers.py"],
        "unidecode": ["fold.py"],
        "safetensors": ["package.py", "static_embedder.py"],
    }


def test_nothing_strips_diacritics_but_vitext() -> None:
    users = [
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "models" not in path.parts and "combining(" in path.read_text("utf-8")
    ]
    assert sorted(users) == ["vitext/compose.py", "vitext/fold.py"]
