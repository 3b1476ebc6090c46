"""What other machines and people are told to run: CI, pre-commit, the forms for issues."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.release.test_dependencies import PROJECT

FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")


def load(name: str) -> dict[Any, Any]:
    read: dict[Any, Any] = yaml.safe_load((ROOT / name).read_text("utf-8"))
    return read


def versions() -> list[str]:
    """The versions of Python that the classifiers name."""
    found = (re.fullmatch(r"Programming Language :: Python :: (3\.\d+)", name) for name in PROJECT["classifiers"])
    return [match[1] for match in found if match]


def test_ci_runs_our_command_for_every_version_that_is_named() -> None:
    workflow = load(".github/workflows/ci.yml")
    assert {"push", "pull_request"} <= set(workflow[True]), "YAML reads the key `on` as true"
    job = workflow["jobs"]["test"]
    assert job["strategy"]["matrix"]["python"] == versions() and len(versions()) >= 3
    assert job["env"]["PYTHON"] == "python${{ matrix.python }}"
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert workflow["permissions"] == {"contents": "read"}


def test_the_first_version_that_is_named_is_the_one_that_is_required() -> None:
    assert PROJECT["requires-python"] == f">={versions()[0]}"


def run_ci(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of `.ci/run` in a folder where `make test` only tells what it was given."""
    (folder / ".ci").mkdir()
    script = folder / ".ci/run"
    script.write_bytes((ROOT / ".ci/run").read_bytes())
    script.chmod(0o755)
    (folder / "Makefile").write_text('test:\n\t@echo "$(PYTHON) $(VENV)"\n')
    # Without dpkg and apt-get on the path, nothing of the system is touched.
    tools = folder / "bin"
    tools.mkdir()
    for name in ("bash", "env", "dirname", "make", "id", "sh"):
        found = next(Path(part) / name for part in os.environ["PATH"].split(os.pathsep) if (Path(part) / name).exists())
        (tools / name).symlink_to(found)
    return subprocess.run([str(script)], env={"PATH": str(tools)} | env, capture_output=True, text=True, check=False)


def test_ci_takes_the_python_that_is_named_in_an_environment_of_its_own(tmp_path: Path) -> None:
    done = run_ci(tmp_path, PYTHON=sys.executable)
    assert done.stdout.split() == [sys.executable, f".venv-{sys.version_info[0]}.{sys.version_info[1]}"], done.stderr


def test_ci_with_a_python_that_is_not_there_fails(tmp_path: Path) -> None:
    done = run_ci(tmp_path, PYTHON="python9.9")
    assert done.returncode != 0 and "python9.9" in done.stderr and not done.stdout


def test_ci_can_be_run() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_pre_commit_calls_make_check() -> None:
    (repository,) = load(".pre-commit-config.yaml")["repos"]
    (hook,) = repository["hooks"]
    assert repository["repo"] == "local" and hook["entry"] == "make check" and hook["language"] == "system"
    assert hook["pass_filenames"] is False
    assert re.search(r"^check:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_there_are_forms_for_a_bug_a_text_and_a_search() -> None:
    assert [path.stem for path in FORMS] == ["1-bug", "2-text", "3-search"]
    assert load(".github/ISSUE_TEMPLATE/config.yml") == {"blank_issues_enabled": True}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_asks_in_both_languages_and_for_something(path: Path) -> None:
    form = load(path.relative_to(ROOT).as_posix())
    fields = [part for part in form["body"] if part["type"] != "markdown"]
    ids = [part["id"] for part in fields]
    assert len(set(ids)) == len(ids) and " · " in form["name"] and " · " in form["description"]
    assert all(" · " in part["attributes"]["label"] for part in fields)
    assert any(part.get("validations", {}).get("required") for part in fields)
    assert {part["type"] for part in fields} <= {"input", "textarea", "dropdown"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_commands_that_a_form_asks_for_exist(path: Path) -> None:
    from cachhay.cli import main

    asked = set(re.findall(r"`cachhay ([a-z]+)", path.read_text("utf-8")))
    assert asked <= set(main.commands)
