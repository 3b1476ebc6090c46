"""vitext as a library: its guide, what it imports, and an installation away from the repository."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import inspect
import re
import shutil
import subprocess
import sys
import sysconfig
import textwrap
import venv
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vitext
from tools import make_vitext_docs

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "vitext"
GUIDE = ROOT / "docs" / "vitext.md"
#: What vitext may import beside the standard library and itself.
DEPENDENCIES = {"numpy", "unidecode", "wasmtime"}
#: Files that it opens when it runs.
DATA_FILES = (
    "legacy.tsv",
    "onsets.tsv",
    "rimes.tsv",
    "correction/decoder.wasm",
    "correction/repair-vi.model",
    "correction/MODEL.md",
    "py.typed",
)


# The guide


def test_the_guide_is_what_the_docstrings_make() -> None:
    assert GUIDE.read_text("utf-8") == make_vitext_docs.make(), "run python -m tools.make_vitext_docs"


def test_the_guide_holds_every_public_name_once() -> None:
    listed = [name for section in make_vitext_docs.SECTIONS for name in section.names]
    assert sorted(listed) == sorted(vitext.__all__)
    headings = re.findall(r"^### (\w+)$", GUIDE.read_text("utf-8"), re.MULTILINE)
    assert headings == listed


def test_links_within_the_guide_lead_to_its_headings() -> None:
    text = GUIDE.read_text("utf-8")
    headings = re.findall(r"^##+ (.+)$", text, re.MULTILINE)
    anchors = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    assert len(set(anchors)) == len(anchors)
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert len(links) > 40 and set(links) <= set(anchors)


def test_every_example_of_the_guide_is_right() -> None:
    names = {name: getattr(vitext, name) for name in vitext.__all__} | {"vitext": vitext}
    test = doctest.DocTestParser().get_doctest(GUIDE.read_text("utf-8"), names, "vitext.md", str(GUIDE), 0)
    assert len(test.examples) > 60
    failures: list[str] = []
    doctest.DocTestRunner().run(test, out=failures.append)
    assert not failures, "".join(failures)


@pytest.mark.parametrize("name", vitext.__all__)
def test_every_name_says_what_goes_in_and_what_comes_out(name: str) -> None:
    entry = entries()[name]
    assert ">>> " in entry
    thing = getattr(vitext, name)
    doc = inspect.getdoc(thing) or ""
    if inspect.isclass(thing):
        fields = fields_of(thing)
        assert all(re.search(rf"`{field}\b", doc) for field in fields), "say what each field is"
        own = {key: member for key, member in vars(thing).items() if not key.startswith("_") and key not in fields}
        assert all(member.__doc__ and f"{name}.{key}" in entry for key, member in own.items())
    elif callable(thing) and name in functions():
        assert ">>> " in doc and re.search(r"[Rr]eturns? ", doc), "say what it returns"
        assert f"{name}(" in entry
        raised = set(re.findall(r"raise (\w+)\(", inspect.getsource(inspect.unwrap(thing))))
        assert all(error in doc for error in raised)
    else:
        assert entry.split("\n\n")[1].endswith((".", ":"))


def entries() -> dict[str, str]:
    parts = re.split(r"^### (\w+)$", GUIDE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def functions() -> set[str]:
    return {name for name in vitext.__all__ if inspect.isfunction(inspect.unwrap(getattr(vitext, name)))}


def fields_of(thing: type) -> tuple[str, ...]:
    if dataclasses.is_dataclass(thing):
        return tuple(field.name for field in dataclasses.fields(thing))
    return tuple(getattr(thing, "_fields", ()))


# What it promises


@given(st.text(alphabet=st.characters(codec=None), max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    """Lone surrogates and control characters included."""
    vitext.fold_with_offsets(text)
    vitext.analyse(text)
    vitext.normalise(text)
    vitext.measure_damage(text)
    vitext.detect_legacy(text)
    vitext.is_syllable(text)
    for assumption in (None, *vitext.ASSUMPTIONS):
        repaired = vitext.repair(text, assume=assumption)
        assert vitext.replay(text, repaired.steps) == repaired.text


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="utf9"):
        vitext.repair("hoà", assume="utf9")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="utf9"):
        vitext.convert_legacy("hoà", "utf9")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="utf9"):
        vitext.encode_legacy("hoà", "utf9")  # type: ignore[arg-type]
    with pytest.raises(IndexError):
        vitext.fold_with_offsets("hoà").span(0, 4)


# What it imports


def imported(path: Path) -> Iterator[str]:
    """The top names of the packages that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "vitext" if node.level else (node.module or "").partition(".")[0]


def foreign_imports(path: Path) -> set[str]:
    return set(imported(path)) - set(sys.stdlib_module_names) - DEPENDENCIES - {"vitext"}


def test_it_imports_its_dependencies_and_nothing_else() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 20
    assert {str(path.relative_to(ROOT)): found for path in files if (found := foreign_imports(path))} == {}
    assert {name for path in files for name in imported(path)} >= DEPENDENCIES, "a dependency that nothing imports"


def test_a_foreign_import_is_seen(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("from __future__ import annotations\nimport re\n\ndef f():\n    from kb.item import Item\n", "utf-8")
    assert foreign_imports(module) == {"kb"}


# Installed


PROBE = """
    import sys
    from pathlib import Path

    import vitext

    home = Path(vitext.__file__).resolve().parent
    assert home.is_relative_to(Path(sys.prefix).resolve()), f"{home} is not in {sys.prefix}"
    missing = [name for name in sys.argv[1:] if not (home / name).is_file()]
    assert not missing, missing
    assert vitext.fold("Đẩy mạnh") == "day manh"
    assert vitext.is_syllable("nghiêng")
    assert vitext.repair("§¹i häc N«ng nghiÖp").text == "Đại học Nông nghiệp"
    assert vitext.repair("Pay manh cdng tac tuyén truyén").text == "Đẩy mạnh công tác tuyên truyền"
    foreign = {"kb", "indexer", "search_api", "web", "cachhay"} & set(sys.modules)
    assert not foreign, foreign
    print(vitext.correction_version())
"""


@pytest.mark.slow
def test_it_works_installed_outside_the_repository(tmp_path: Path) -> None:
    """`pip install` from a checkout into an environment of its own, used from another folder; without a network."""
    needed = re.search(r"setuptools>=(\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert needed
    found = next(iter(distributions(name="setuptools")), None)
    if found is None or int(found.version.partition(".")[0]) < int(needed[1]):
        pytest.skip(f"needs {needed[0]} in this environment, to build without a network; there is {found and found.version}")
    source = tmp_path / "checkout"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode()
    files = [name for name in tracked.split("\0") if name] or pytest.skip("needs a git checkout")
    for name in files:
        # The other packages are not needed, their large files would only be copied.
        if (ROOT / name).is_file() and (name.startswith("vitext/") or "/" not in name or name.endswith("__init__.py")):
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    for licence in ("web/static/fonts/OFL.txt", "kb/papers/tables/LICENSE.places.txt"):
        (source / licence).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / licence, source / licence)

    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    # The dependencies are those of this environment; the new one comes first, so vitext is the installed one.
    site.mkdir(parents=True, exist_ok=True)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    install = [*pip, "install", "--no-deps", "--no-build-isolation", "--no-index", "--ignore-installed", str(source)]
    done = subprocess.run(install, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    away = tmp_path / "away"
    away.mkdir()
    probe = [str(python), "-c", textwrap.dedent(PROBE), *DATA_FILES]
    done = subprocess.run(probe, cwd=away, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == vitext.correction_version()
