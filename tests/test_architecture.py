"""The tree and its import contracts."""

from __future__ import annotations

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
    assert readers == []


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
                    users.append(path.name)
    assert known == {
        "tantivy": ["tantivy.py"],
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
    assert users == ["vitext/fold.py"]
