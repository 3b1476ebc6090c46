"""The rules that the Dockerfile keeps, and what a build is given."""

from __future__ import annotations

import doctest
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools import dockerfile
from tools.dockerfile import (
    Dockerfile,
    Stage,
    Step,
    assignments,
    build_context,
    expand,
    is_ignored,
    read_dockerfile,
    read_ignore,
    read_steps,
)

ROOT = Path(__file__).parent.parent.parent
FILE: Dockerfile = read_dockerfile(ROOT / "Dockerfile")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
CONTEXT = {path.as_posix() for path in build_context(ROOT)}
#: What is run; the builder is left behind.
FINAL = ("meilisearch", "app")

final = pytest.mark.parametrize("stage", [FILE.stage(name) for name in FINAL], ids=FINAL)


def steps(name: str) -> Iterator[Step]:
    for stage in FILE.stages:
        yield from stage.all(name)


def packages() -> list[str]:
    """The names in pyproject's packages.find."""
    return [name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]]


def test_the_program_is_the_default() -> None:
    assert [stage.name for stage in FILE.stages] == ["builder", "meilisearch", "app"]


def test_images_are_pinned_and_can_be_pinned_by_digest() -> None:
    for stage in FILE.stages:
        variable = re.fullmatch(r"\$\{(\w+)\}", stage.base)
        assert variable, "an argument, so that a digest can be given"
        name, _, tag = expand(stage.base, FILE.arguments).partition(":")
        assert name and re.search(r"\d+\.\d+", tag) and "latest" not in tag


def test_builder_and_program_have_one_python() -> None:
    assert FILE.stage("builder").base == FILE.stage("app").base


@final
def test_the_last_user_is_not_root(stage: Stage) -> None:
    uid, gid = map(int, stage.last("USER").text.split(":"))
    assert uid >= 1000 and gid >= 1000
    after = stage.steps[stage.steps.index(stage.last("USER")) :]
    assert not {"RUN", "COPY", "ADD"} & {step.name for step in after}


@final
def test_signals_reach_the_program(stage: Stage) -> None:
    for name in ("ENTRYPOINT", "CMD"):
        assert stage.last(name).exec_form, f"{name} in exec form: a shell would swallow SIGTERM"
    assert re.search(r"CMD \[", stage.last("HEALTHCHECK").text)
    if stage.name == "meilisearch":
        assert (ROOT / "tools/run_meilisearch.sh").read_text("utf-8").rstrip().endswith('\nexec "$@"')


def test_nothing_is_downloaded_but_packages() -> None:
    assert not list(steps("ADD"))
    for step in steps("RUN"):
        assert not re.search(r"\b(curl|wget|git)\b", step.text), step.line


def test_apt_leaves_nothing_behind() -> None:
    for step in steps("RUN"):
        if "apt-get install" in step.text:
            assert "apt-get update" in step.text, "in the same layer, or an old list is used"
            assert "--no-install-recommends" in step.text
            assert "rm -rf /var/lib/apt/lists/*" in step.text


def test_tesseract_reads_vietnamese() -> None:
    assert "tesseract-ocr-vie" in FILE.stage("app").all("RUN")[0].text


def test_the_program_is_left_without_what_built_it() -> None:
    text = " ".join(step.text for step in FILE.stage("app").steps)
    assert not re.search(r"build-essential|\bgcc\b|\bpip\b|-dev\b", text)
    assert assignments(FILE.stage("builder").last("ENV").text)["PIP_NO_CACHE_DIR"] == "1"
    assert [step.text for step in FILE.stage("app").all("COPY")] == ["--from=builder /opt/cachhay /opt/cachhay"]


def test_dependencies_are_those_of_make_run() -> None:
    install = next(step for step in FILE.stage("builder").all("RUN"))
    assert "sh tools/setup.sh" in install.text
    assert assignments(FILE.stage("builder").last("ENV").text)["VENV"] == "/opt/cachhay"
    copied = {word for step in FILE.stage("builder").all("COPY") if step.line < install.line for word in step.words[:-1]}
    assert {"pyproject.toml", "constraints.txt", "tools/setup.sh", PROJECT["project"]["readme"]} <= copied
    assert set(PROJECT["project"]["license-files"]) <= copied


def test_pytorch_is_the_cpu_build_or_none() -> None:
    arguments = {name: value for step in FILE.stage("builder").all("ARG") for name, value in assignments(step.text).items()}
    assert arguments == {"WITH_TORCH": "1", "TORCH_INDEX": "https://download.pytorch.org/whl/cpu"}
    assert '"torch==$torch+cpu"' in (ROOT / "tools/setup.sh").read_text("utf-8")


def test_every_package_is_copied() -> None:
    copied = {step.words[0]: step.words[1] for step in FILE.stage("builder").all("COPY") if len(step.words) == 2}
    assert {name: copied.get(name) for name in packages()} == {name: f"{name}/" for name in packages()}
    last = max(step.line for step in FILE.stage("builder").all("COPY"))
    assert any("install" in step.text and step.line > last for step in FILE.stage("builder").all("RUN"))


def test_what_is_copied_is_given() -> None:
    for step in steps("COPY"):
        if "from" in step.flags:
            assert step.flags["from"] in [stage.name for stage in FILE.stages]
            continue
        for source in step.words[:-1]:
            assert any(name == source or name.startswith(f"{source}/") for name in CONTEXT), source


# What .dockerignore leaves.


def test_the_build_is_given_nothing_else() -> None:
    copied = {word for step in steps("COPY") if "from" not in step.flags for word in step.words[:-1]}
    spare = {name for name in CONTEXT if not any(name == one or name.startswith(f"{one}/") for one in copied)}
    assert not spare
    assert not {name for name in CONTEXT if name.endswith((".pyc", ".c")) or "__pycache__" in name}


@pytest.mark.parametrize(
    "name",
    [
        ".env",
        "secrets/meili_master_key",
        ".git/config",
        "var/store.sqlite",
        "corpus/a.md",
        ".venv/bin/python",
        "tests/conftest.py",
    ],
)
def test_secrets_and_data_stay_out(name: str) -> None:
    assert is_ignored(name, read_ignore(ROOT / ".dockerignore"))


def test_every_file_of_the_packages_would_be_installed() -> None:
    """Python files by themselves, others by the patterns of pyproject's package-data."""
    data = PROJECT["tool"]["setuptools"]["package-data"]
    known: set[Path] = set()
    for package, patterns in data.items():
        folders = [ROOT / name for name in packages()] if package == "*" else [ROOT / package.replace(".", "/")]
        for folder in folders:
            for pattern in patterns:
                known |= set(folder.rglob(pattern) if package == "*" else folder.glob(pattern))
    for name in sorted(CONTEXT):
        path = ROOT / name
        if path.parts[len(ROOT.parts)] in packages() and path.suffix != ".py":
            assert path in known, f"{name} would not be in the image; see package-data in pyproject.toml"


# The reading of Dockerfiles itself.


def test_its_examples_are_true() -> None:
    assert doctest.testmod(dockerfile).failed == 0


def test_continuations_comments_and_blank_lines() -> None:
    text = '# a\nFROM x AS y\nRUN one \\\n\n    # between\n    && two\n\nCMD ["a", "b c"]\n'
    read = list(read_steps(text))
    assert [(step.name, step.line) for step in read] == [("FROM", 2), ("RUN", 3), ("CMD", 8)]
    assert read[1].text.split() == ["one", "&&", "two"]
    assert read[2].exec_form == ["a", "b c"] and read[1].exec_form is None


@pytest.mark.parametrize(
    ("name", "patterns", "ignored"),
    [
        ("a/b", ["a"], True),
        ("a/b", ["a/*"], True),
        ("a/b/c", ["a/*"], True),
        ("ab", ["a"], False),
        ("a/b", ["*", "!a"], False),
        ("a/b", ["*", "!a", "a/b"], True),
        ("a/b.pyc", ["*", "!a", "**/*.py[cod]"], True),
        ("b.pyc", ["**/*.py[cod]"], True),
        ("a/b", ["!a", "*"], True),
    ],
)
def test_the_last_pattern_decides(name: str, patterns: list[str], ignored: bool) -> None:
    assert is_ignored(name, patterns) is ignored


# Where it is.


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not here")
    done = subprocess.run(
        [hadolint, "--format", "json", str(ROOT / "Dockerfile")], capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout) == []
