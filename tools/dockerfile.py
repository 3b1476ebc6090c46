"""Read the Dockerfile and the .dockerignore of this project, for the tests and for `tools/try_image.py`.

Line continuations, comments, ARG and ENV, stages and the exec form are supported; heredocs and parser directives are not.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its name (`RUN`), its text with continuation lines joined, and the line on which it begins."""

    name: str
    text: str
    line: int

    @property
    def exec_form(self) -> list[str] | None:
        """The words of `["a", "b"]`, None for the shell form."""
        try:
            words = json.loads(self.text)
        except ValueError:
            return None
        return words if isinstance(words, list) else None

    @property
    def flags(self) -> dict[str, str]:
        """`--from=builder` as {"from": "builder"}."""
        found = (word[2:].partition("=") for word in self.text.split() if word.startswith("--"))
        return {name: value for name, _, value in found}

    @property
    def words(self) -> list[str]:
        """The words that are not flags."""
        return [word for word in shlex.split(self.text) if not word.startswith("--")]


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage, which begins with FROM; the variables in `base` are not expanded."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, name: str) -> list[Step]:
        return [step for step in self.steps if step.name == name]

    def last(self, name: str) -> Step:
        """The last instruction of a name, which is the effective one. Raises LookupError if there is none."""
        return self.all(name)[-1]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """The stages, and the defaults of the ARGs before the first stage, which only FROM can use."""

    arguments: dict[str, str]
    stages: list[Stage]

    def stage(self, name: str) -> Stage:
        return next(stage for stage in self.stages if stage.name == name)


def read_steps(text: str) -> Iterator[Step]:
    r"""The instructions of a Dockerfile.

    >>> [step.text for step in read_steps("RUN a \\\n    # why\n    && b\nUSER 1")]
    ['a     && b', '1']
    """
    pending, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        began = began if pending else number
        pending += line.rstrip().removesuffix("\\")
        if not line.rstrip().endswith("\\"):
            name, _, rest = pending.strip().partition(" ")
            yield Step(name.upper(), rest.strip(), began)
            pending = ""


def read_dockerfile(path: Path) -> Dockerfile:
    arguments: dict[str, str] = {}
    stages: list[Stage] = []
    for step in read_steps(path.read_text("utf-8")):
        if step.name == "FROM":
            base, *rest = step.words
            stages.append(Stage(base, rest[1] if len(rest) == 2 else ""))
        elif stages:
            stages[-1].steps.append(step)
        elif step.name == "ARG":
            arguments |= assignments(step.text)
    return Dockerfile(arguments, stages)


def assignments(text: str) -> dict[str, str]:
    """Name and value of each word of an ARG or ENV.

    >>> assignments('A=1 B="x y" C')
    {'A': '1', 'B': 'x y', 'C': ''}
    """
    return {name: value for name, _, value in (word.partition("=") for word in shlex.split(text))}


def expand(text: str, values: Mapping[str, str]) -> str:
    """`text` with `$NAME` and `${NAME}` replaced; an unknown name is empty.

    >>> expand("$A/${B}", {"A": "x", "B": "y"})
    'x/y'
    """
    return _VARIABLE.sub(lambda found: values.get(found[1] or found[2], ""), text)


def read_ignore(path: Path) -> list[str]:
    """The patterns of a .dockerignore, in order."""
    lines = (line.strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(name: str, patterns: list[str]) -> bool:
    """Whether a file is excluded from the build. The last pattern that matches it or a folder above it decides.

    >>> is_ignored("kb/library/store.py", ["*", "!kb"]), is_ignored("kb/__pycache__/x", ["*", "!kb", "**/__pycache__"])
    (False, True)
    """
    path = PurePosixPath(name)
    names = [name, *(parent.as_posix() for parent in path.parents[:-1])]
    ignored = False
    for pattern in patterns:
        rule = _glob(pattern.removeprefix("!").strip("/"))
        if any(rule.fullmatch(one) for one in names):
            ignored = not pattern.startswith("!")
    return ignored


def _glob(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    words = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]*\])", pattern)
    return re.compile("".join(parts.get(word) or (word if word.startswith("[") else re.escape(word)) for word in words))


def build_context(root: Path) -> list[Path]:
    """The files below `root` that a build gets, sorted, relative to `root`. Links to folders are not followed."""
    patterns = read_ignore(root / ".dockerignore")
    kept = (path.relative_to(root) for path in _files(root, root, patterns))
    return sorted(kept)


def _files(folder: Path, root: Path, patterns: list[str]) -> Iterator[Path]:
    """The files that are not ignored. A folder is skipped if it is ignored and no pattern can include a file below it."""
    for path in folder.iterdir():
        name = path.relative_to(root).as_posix()
        if path.is_dir() and not path.is_symlink():
            if not is_ignored(name, patterns) or any(rule.startswith(f"!{name}/") for rule in patterns):
                yield from _files(path, root, patterns)
        elif not is_ignored(name, patterns):
            yield path
