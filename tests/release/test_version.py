"""The version is written once, in pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

from click.testing import CliRunner

from cachhay.cli import main
from kb.settings import load_settings
from search_api.service import SearchService
from tests.conftest import ROOT
from web.app import create_app

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
#: What is installed, documented or built; the changelog and the question of a form name versions because they must.
FOLDERS = ("cachhay", "web", "search_api", "indexer", "kb", "vitext", "docs", "tools")
FILES = ("README.md", "README.vi.md", "CONTRIBUTING.md", "SECURITY.md", "Dockerfile", "docker-compose.yml", "Makefile")


def test_the_command_and_the_interface_tell_the_installed_version(service: SearchService) -> None:
    assert create_app(service, load_settings()).version == version("cachhay")
    assert CliRunner().invoke(main, ["--version"]).stdout.strip().endswith(version("cachhay"))


def test_nothing_else_writes_it_down() -> None:
    whole = re.compile(rf"(?<![\d.]){re.escape(VERSION)}(?![\d.])")
    paths = [ROOT / name for name in FILES]
    for folder in FOLDERS:
        paths += [
            path for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".md", ".html", ".js", ".sh", ".toml")
        ]
    told = [path.relative_to(ROOT).as_posix() for path in paths if path.exists() and whole.search(path.read_text("utf-8"))]
    assert told == []


def test_the_changelog_begins_with_it() -> None:
    heading = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert heading is not None and heading[1] == VERSION
