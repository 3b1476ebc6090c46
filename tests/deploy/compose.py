"""docker-compose.yml as compose reads it: variables replaced, aliases merged; and what .env.example says of the variables."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "docker-compose.yml"
EXAMPLE = ROOT / ".env.example"

_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?::?([-?])([^}]*))?\})")


def variables() -> dict[str, str]:
    """Every variable of the compose file with its default. A variable with two defaults fails."""
    found: dict[str, str] = {}
    for escaped, name, operator, default in _VARIABLE.findall(_without_comments()):
        if not escaped:
            assert operator == "-", f"{name} has no default"
            assert found.setdefault(name, default) == default, f"{name} has two defaults"
    return found


def load(**values: str) -> dict[str, Any]:
    """The compose file with `values` set and nothing else."""

    def replace(found: re.Match[str]) -> str:
        return "$" if found[1] else values.get(found[2]) or found[4]

    loaded: dict[str, Any] = yaml.safe_load(_VARIABLE.sub(replace, _without_comments()))
    return loaded


def example() -> dict[str, str]:
    """What .env.example offers: each line `#NAME=default`."""
    lines = re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    assert len(dict(lines)) == len(lines)
    return dict(lines)


def megabytes(size: str) -> float:
    """Of `512m`, `2g` and `1GiB`."""
    number, unit = re.fullmatch(r"([\d.]+)\s*([a-z])(?:i?b)?", size.lower()).groups()  # type: ignore[union-attr]
    return float(number) * {"k": 1 / 1024, "m": 1, "g": 1024}[unit]


def mounts(service: Mapping[str, Any]) -> dict[str, tuple[str, bool]]:
    """Where what is mounted: {target: (source, read only)}."""
    found = {}
    for volume in service.get("volumes", []):
        if isinstance(volume, str):
            source, target, *mode = volume.split(":")
            found[target] = (source, mode == ["ro"])
        else:
            found[volume["target"]] = (volume["source"], volume.get("read_only", False))
    return found


def _without_comments() -> str:
    return re.sub(r"^\s*#.*$", "", FILE.read_text("utf-8"), flags=re.MULTILINE)
