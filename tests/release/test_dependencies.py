"""Every dependency is bounded, and the pins lie within the bounds."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
REQUIREMENTS = [
    Requirement(line) for group in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()) for line in group
]
PINS = {
    canonicalize_name(name): Version(pin)
    for name, _, pin in (line.partition("==") for line in (ROOT / "constraints.txt").read_text("utf-8").split())
}
#: Libraries from 1.0 on that write files which are read again later, in a form that may change with a minor release.
WRITES_FILES = ("faiss-cpu",)

each = pytest.mark.parametrize("requirement", REQUIREMENTS, ids=str)


def bounds(requirement: Requirement) -> dict[str, Version]:
    return {part.operator: Version(part.version) for part in requirement.specifier}


def next_other(name: str, tested: Version) -> Version:
    """The release that may behave differently from the tested one."""
    by_minor = tested.major == 0 or name in WRITES_FILES
    return Version(f"{tested.major}.{tested.minor + 1}" if by_minor else str(tested.major + 1))


@each
def test_it_is_bounded_by_what_is_tested_and_by_the_next_other_release(requirement: Requirement) -> None:
    tested = PINS[canonicalize_name(requirement.name)]
    assert bounds(requirement) == {">=": tested, "<": next_other(requirement.name, tested)}


@each
def test_its_pin_is_allowed(requirement: Requirement) -> None:
    assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_the_engines_are_held_to_their_minor_release() -> None:
    engines = {requirement.name: bounds(requirement) for requirement in REQUIREMENTS}
    for name in ("tantivy", "faiss-cpu"):
        lower, upper = engines[name][">="], engines[name]["<"]
        assert (upper.major, upper.minor) == (lower.major, lower.minor + 1)


def test_a_cpu_build_of_torch_fits_pin_and_bound() -> None:
    build = Version(f"{PINS[canonicalize_name('torch')]}+cpu")
    torch = next(requirement for requirement in REQUIREMENTS if requirement.name == "torch")
    assert torch.specifier.contains(build) and Requirement(f"torch=={PINS[canonicalize_name('torch')]}").specifier.contains(
        build
    )
    script = (ROOT / "tools/setup.sh").read_text("utf-8")
    assert f"\ntorch={build.public}\n" in script and '"torch==$torch+cpu"' in script


def test_what_builds_the_package_is_bounded_too() -> None:
    for line in PYPROJECT["build-system"]["requires"]:
        requirement = Requirement(line)
        assert set(bounds(requirement)) == {">=", "<"}
        assert requirement.specifier.contains(PINS[canonicalize_name(requirement.name)])


def test_each_pin_is_exact_and_none_is_of_a_graphics_card() -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").split()
    assert len(PINS) == len(lines) and all(line.count("==") == 1 for line in lines)
    assert not [name for name in PINS if name.startswith(("nvidia", "cuda"))]
