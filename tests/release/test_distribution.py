"""The source archive holds what a build and the checks need, the wheel what is run."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.release.test_dependencies import PROJECT

pytestmark = pytest.mark.slow

PACKAGES = ("vitext", "kb", "indexer", "search_api", "web", "cachhay")
#: Files of the packages that only a build of the decoder needs.
SOURCES = {"vitext/correction/decoder.c"}
BUILD = """
import sys
from setuptools import build_meta
out = sys.argv[1]
build_meta.build_sdist(out)
build_meta.build_wheel(out)
"""


def repository() -> set[str]:
    """Every file that belongs to the repository; of an unpacked source archive every file that git would not pass over."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "-c", "core.quotepath=off", "ls-files"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if (ROOT / ".git").exists() and listed.returncode == 0:
        return {name for name in listed.stdout.splitlines() if (ROOT / name).is_file()}
    lines = [line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").split()]
    made = {"PKG-INFO", "setup.cfg"}
    names = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file()}
    return {name for name in names - made if not any(fnmatch(part, line) for part in name.split("/") for line in lines)}


FILES = repository()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both archives, made from a copy of the repository by the backend itself and without a network."""
    folder, source = tmp_path_factory.mktemp("built"), tmp_path_factory.mktemp("source")
    for name in FILES:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, source / name)
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder)], cwd=source, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert not re.search(r"warning: no (files|directories) found matching", done.stdout + done.stderr), "see MANIFEST.in"
    return folder


@pytest.fixture(scope="module")
def sdist(built: Path) -> set[str]:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


@pytest.fixture(scope="module")
def wheel(built: Path) -> set[str]:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        return set(archive.namelist())


def test_the_source_archive_is_the_repository(sdist: set[str]) -> None:
    made = {name for name in sdist if name.startswith("cachhay.egg-info/")} | {"PKG-INFO", "setup.cfg"}
    assert sdist - made == FILES


@pytest.mark.parametrize(
    "name",
    [
        "vitext/correction/decoder.c",
        "constraints.txt",
        "MANIFEST.in",
        "README.vi.md",
        "kb/papers/tables/LICENSE.places.txt",
        "web/static/fonts/OFL.txt",
        "tools/setup.sh",
        ".ci/run",
        "tests/conftest.py",
    ],
)
def test_the_source_archive_has(sdist: set[str], name: str) -> None:
    assert name in sdist


def test_the_wheel_has_the_packages_whole_and_nothing_else(wheel: set[str]) -> None:
    of_ours = {name for name in wheel if not name.split("/")[0].endswith(".dist-info")}
    assert of_ours == {name for name in FILES if name.split("/")[0] in PACKAGES} - SOURCES


def test_the_wheel_has_every_licence(wheel: set[str]) -> None:
    licences = {name.partition("/licenses/")[2] for name in wheel if ".dist-info/licenses/" in name}
    assert licences == set(PROJECT["license-files"])


@pytest.fixture(scope="module")
def metadata(built: Path) -> Message:
    with zipfile.ZipFile(next(built.glob("*.whl"))) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_says_who_made_it_and_for_what(metadata: Message) -> None:
    assert metadata["Author"] == "The Cách Hay authors"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Keywords"] and metadata["Summary"]
    assert sorted(metadata.get_all("Classifier", [])) == sorted(PROJECT["classifiers"])
    assert not metadata.get_all("Project-URL"), "no address is invented"
    assert str(metadata.get_payload()).startswith("# Cách Hay")
