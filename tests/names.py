"""What the names in backticks of documents and docstrings stand for, and whether that exists.

A name is judged by its form: a setting, a command, an address of a page, a path, a dotted name of Python, or an identifier.
What has no such form (a value, a piece of code, a word of Vietnamese) is not judged.
"""

from __future__ import annotations

import ast
import builtins
import importlib.util
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath

import click

from cachhay.cli import main
from kb.settings import Settings

ROOT = Path(__file__).parent.parent
OURS = ("vitext", "kb", "indexer", "search_api", "web", "cachhay", "training", "benchmarks", "tools", "tests")
#: Folders at the top that hold what was made, and no source; so do those with a dot before their name, but for two.
MADE = {"var", "build", "dist", "secrets"}
WITH_A_DOT = {".ci", ".github"}
#: Names of other programs and of the system, which nothing in the repository can vouch for.
FOREIGN = {
    "/proc": "a folder of Linux",
    "BAAI/bge-m3": "a model",
    "intfloat/multilingual-e5-small": "a model",
    "bkai-foundation-models/vietnamese-bi-encoder": "a model",
    "238/KH-UBND": "a number of a document",
    "userProvided": "where Meilisearch takes vectors from",
}
#: Pages of Meilisearch's own documentation, in the list of its requests.
MEILISEARCH_PAGES = ("/reference/", "/capabilities/")
#: What tests this test names what is not there.
ITSELF = {PurePosixPath("tests/names.py"), PurePosixPath("tests/test_docs.py")}
SETTING = re.compile(r"CACHHAY_[A-Z_*]*")
IDENTIFIER = re.compile(r"[A-Za-z_]\w*", re.ASCII)
DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+", re.ASCII)
SUFFIXES = [
    "py",
    "md",
    "tsv",
    "txt",
    "json",
    "jsonl",
    "toml",
    "yml",
    "yaml",
    "sh",
    "c",
    "wasm",
    "model",
    "css",
    "js",
    "html",
    "xz",
    "npy",
    "pickle",
    "sqlite",
    "safetensors",
    "pdf",
    "docx",
    "xlsx",
]
FILE = re.compile(rf"[\w.<>*{{}},-]+\.(?:{'|'.join(SUFFIXES)})")


@dataclass(frozen=True, slots=True)
class Module:
    """What a Python file defines and mentions."""

    names: frozenset[str]
    """Defined or imported at the top."""
    classes: dict[str, frozenset[str]]
    """The members of each class, wherever it stands, with what `self` is given."""
    words: frozenset[str]
    """Every identifier of the code, and every word in its strings but docstrings."""
    strings: frozenset[str]
    chains: frozenset[str]
    """Every name with a dot that the code writes."""
    docstrings: tuple[str, ...]


def _targets(node: ast.AST) -> Iterator[str]:
    """The names that a statement binds."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.Import, ast.ImportFrom)):
        for alias in node.names:
            yield (alias.asname or alias.name).split(".")[0]
    elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.If, ast.Try, ast.With, ast.For)):
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                yield inner.id
            elif inner is not node and isinstance(inner, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)):
                yield from _targets(inner)


def _members(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        yield from _targets(statement)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id == "self":
            yield inner.attr


def _words(node: ast.AST) -> Iterator[str]:
    """The identifiers that a node writes, and the words of a string."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        yield node.name
    elif isinstance(node, (ast.arg, ast.keyword)):
        yield node.arg or ""
    elif isinstance(node, ast.alias):
        yield from node.name.split(".")
        yield node.asname or ""
    elif isinstance(node, ast.ImportFrom):
        yield from (node.module or "").split(".")
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from re.findall(r"\w+", node.value)


def read_module(source: str) -> Module:
    tree = ast.parse(source)
    nodes = list(ast.walk(tree))
    documenting = [
        node.value
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
    ]
    hidden = {id(node) for node in documenting}
    classes: dict[str, frozenset[str]] = {}
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            classes[node.name] = frozenset(_members(node)) | classes.get(node.name, frozenset())
    code = [node for node in nodes if id(node) not in hidden]
    return Module(
        names=frozenset(name for node in tree.body for name in _targets(node)),
        classes=classes,
        words=frozenset(word for node in code for word in _words(node)),
        strings=frozenset(node.value for node in code if isinstance(node, ast.Constant) and isinstance(node.value, str)),
        chains=frozenset(
            f"{node.value.id}.{node.attr}"
            for node in code
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
        ),
        docstrings=tuple(str(node.value) for node in documenting),
    )


@dataclass(frozen=True, slots=True)
class Repository:
    """Everything that a name can stand for."""

    files: frozenset[PurePosixPath]
    """Every file, from the root."""
    folders: frozenset[PurePosixPath]
    modules: dict[str, Module]
    """The Python files by dotted name; a package by its own."""
    paths: dict[str, PurePosixPath]
    """Where each of them lies."""
    texts: str
    """All that is neither Python nor a document: scripts, tables, templates, settings of tools."""
    words: frozenset[str]
    """Every identifier of Python outside the tests, and every word of the texts."""
    words_of_tests: frozenset[str]
    """The same, with those of the tests."""
    members: dict[str, frozenset[str]]
    """The members of every class by its name, those of its namesakes with them."""
    routes: tuple[str, ...]
    """The addresses of the pages and of the API."""
    targets: frozenset[str] = field(default_factory=frozenset)
    """Of the Makefile."""
    extras: frozenset[str] = field(default_factory=frozenset)
    """Of pyproject.toml."""


@cache
def repository() -> Repository:
    """The working tree, read once."""
    files = frozenset(
        PurePosixPath(path.relative_to(ROOT))
        for top in sorted(ROOT.iterdir())
        if top.is_file() or (top.name not in MADE and (top.name in WITH_A_DOT or not top.name.startswith(".")))
        for path in ([top] if top.is_file() else sorted(top.rglob("*")))
        if path.is_file() and "__pycache__" not in path.parts
    )
    modules: dict[str, Module] = {}
    paths: dict[str, PurePosixPath] = {}
    texts = []
    for path in sorted(files):
        if path in ITSELF:
            continue
        if path.suffix == ".py" and path.parts[0] in OURS and "models" not in path.parts:
            name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            modules[name], paths[name] = read_module((ROOT / path).read_text("utf-8")), path
        elif path.suffix in (".sh", ".yml", ".toml", ".html", ".js", ".c", ".tsv", ".example", "") or path.name == "run":
            texts.append((ROOT / path).read_text("utf-8", "ignore"))
    members: dict[str, set[str]] = defaultdict(set)
    for module in modules.values():
        for name, of_class in module.classes.items():
            members[name] |= of_class
    text = "\n".join(texts)
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    words = _union(module.words for name, module in modules.items() if not name.startswith("tests"))
    words = (words | set(re.findall(r"\w+", text))) - {""}
    return Repository(
        files=files,
        folders=frozenset(parent for path in files for parent in path.parents),
        modules=modules,
        paths=paths,
        texts=text,
        words=words,
        words_of_tests=words | _union(module.words for module in modules.values()),
        members={name: frozenset(found) for name, found in members.items()},
        routes=_routes(modules),
        targets=frozenset(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)),
        extras=frozenset(pyproject["project"]["optional-dependencies"]),
    )


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)


def _routes(modules: dict[str, Module]) -> tuple[str, ...]:
    """The addresses that the routers name: strings that begin with "/" in the modules that make routes."""
    routes: set[str] = set()
    for name, module in modules.items():
        if name.startswith(("web.pages", "search_api.routes", "web.app")):
            routes |= {string for string in module.strings if re.fullmatch(r"/[\w{}./:-]*", string)}
    # The API's router has a prefix of its own.
    return tuple(sorted(routes | {f"/api{route}" for route in routes}))


# Forms.


@cache
def problem(token: str, path: PurePosixPath) -> str:
    """What is wrong with a name that stands in the file `path`; "" when nothing is, or it is not judged."""
    token = token.strip()
    if token in FOREIGN or token.startswith(("http://", "https://", "…", "-")) or "\\" in token:
        return ""
    if SETTING.search(token):
        return _wrong_setting(token)
    first, *rest = token.split()
    if rest and first == "cachhay" and re.fullmatch(r"[a-z]+", rest[0]):
        return _wrong_command(rest[0], rest[1:])
    if rest and first == "make":
        return "" if rest[0] in repository().targets else f"the Makefile has no target {rest[0]}"
    if first in ("python", "python3") and rest[:1] == ["-m"] and len(rest) > 1:
        return _wrong_program(rest[1], rest[2:])
    if first == "sh" and rest:
        return _wrong_path(rest[0], path)
    if first == "pip" and (asked := re.search(r"\.\[([\w,]+)\]", token)):
        unknown = set(asked[1].split(",")) - repository().extras
        return f"pyproject.toml has no extra {sorted(unknown)}" if unknown else ""
    if first in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        return _wrong_request(rest[0] if rest else "")
    if token.startswith("/"):
        return _wrong_address(token, path)
    if rest:
        return ""
    if DOTTED.fullmatch(token.removesuffix("()")) and not FILE.fullmatch(token):
        return _wrong_dotted(token.removesuffix("()"), path)
    if "/" in token or FILE.fullmatch(token):
        return _wrong_path(token, path)
    if IDENTIFIER.fullmatch(token):
        return _wrong_identifier(token, path)
    return ""


def _wrong_setting(token: str) -> str:
    """Settings may stand inside something longer, such as a path or an assignment."""
    known = {f"CACHHAY_{name.upper()}" for name in Settings.model_fields}
    known |= {word for word in repository().words_of_tests if word.startswith("CACHHAY_TEST_")}
    for name in SETTING.findall(token):
        start = name.removesuffix("*")
        if name not in known and not (start.endswith("_") and any(one.startswith(start) for one in known)):
            return f"there is no setting {name}"
    return ""


def _wrong_command(name: str, arguments: list[str]) -> str:
    command = main.commands.get(name) if isinstance(main, click.Group) else None
    if command is None:
        return f"cachhay has no command {name}"
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = [word for word in arguments if word.startswith("--") and word.split("=")[0] not in options]
    return f"cachhay {name} has no option {unknown[0]}" if unknown else ""


def _wrong_program(name: str, arguments: list[str]) -> str:
    if name.split(".")[0] not in OURS:
        return "" if importlib.util.find_spec(name.split(".")[0]) else f"there is no module {name}"
    module = repository().modules.get(name) or repository().modules.get(f"{name}.__main__")
    if module is None:
        return f"there is no module {name}"
    options = [word.strip("[]").split("=")[0] for word in arguments if word.strip("[").startswith("--")]
    unknown = [option for option in options if option not in module.strings]
    return f"{name} has no option {unknown[0]}" if unknown else ""


def _wrong_request(address: str) -> str:
    """A request to the program, or to Meilisearch, whose double in the tests then knows the first part of the address."""
    first = re.split(r"[/?{]", address.lstrip("/"))[0]
    doubles = [module for name, module in repository().modules.items() if name.startswith("tests.meili")]
    if any(route.startswith(f"/{first}") for route in repository().routes) or any(
        f"/{first}" in string for module in doubles for string in module.strings
    ):
        return ""
    return f"nothing answers {address}"


def _wrong_address(token: str, path: PurePosixPath) -> str:
    """An address of a page, with what may follow it: `/tim?q=a`, `/tim, all`. A part of one is one: `/muc`."""
    if token.startswith(MEILISEARCH_PAGES) and path.name == "meilisearch-requests.md":
        return ""
    address = re.split(r"[?#, ]", token)[0].rstrip("/") or "/"
    wanted = re.sub(r"\{[^}]*\}", "{}", address)
    for route in repository().routes:
        plain = re.sub(r"\{[^}]*\}", "{}", route)
        pattern = re.escape(plain).replace(r"\{\}", "[^/]+?")
        if re.fullmatch(pattern, wanted) or plain.startswith(f"{wanted}/") or plain == wanted:
            return ""
    return f"no page has the address {address}"


def _wrong_path(token: str, path: PurePosixPath) -> str:
    """A path from the root or from a folder around the file; a bare name may lie anywhere.

    What the program writes or reads elsewhere is a path too when the code or a script names it.
    """
    wanted = token.split("=")[0].split("::")[0].rstrip("/").removeprefix("./")
    if not re.fullmatch(r"[\w./*<>{},\[\]~-]+", wanted) or "//" in wanted:
        return ""
    known = repository()
    if wanted.startswith("../"):
        wanted = wanted.lstrip("./")
    for folder in (PurePosixPath(), *path.parents):
        if folder / wanted in known.files or folder / wanted in known.folders:
            return ""
    pattern = _pattern(wanted)
    if any(pattern.search(f"/{file}") for file in (*known.files, *known.folders)):
        return ""
    if _made_elsewhere(wanted) or _made_elsewhere(re.sub(r"\[.*\]|<.*>", "", wanted.rpartition("/")[2])):
        return ""
    return f"there is no file or folder {token}"


def _pattern(wanted: str) -> re.Pattern[str]:
    """The end of a path, with "*", "<some>" and "{one,other}" for parts of a name."""
    expression = re.escape(wanted)
    expression = re.sub(r"\\\*|<[\w\\-]+>", "[^/]+", expression)
    expression = re.sub(r"\\\{([^}]*)\\\}", lambda match: "(?:" + match[1].replace(",", "|") + ")", expression)
    return re.compile(f"/{expression}$")


def _made_elsewhere(name: str) -> bool:
    """Whether code or a script names it, in quotation marks of its own or as part of a path."""
    known = repository()
    if choice := re.search(r"\{([\w,]+)\}", name):
        return all(one in known.words for one in choice[1].split(","))
    if "*" in name:
        folder, _, start = name.partition("*")[0].rpartition("/")
        ours = any(f"/{one}".endswith(f"/{folder}") for one in known.folders) if folder else False
        return (folder.rpartition("/")[2] or start) in known.words and not ours
    whole = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
    return whole.search(known.texts) is not None or any(
        whole.search(string)
        for module_name, module in known.modules.items()
        if not module_name.startswith("tests")
        for string in module.strings
        if name in string and (FILE.fullmatch(name) or len(string) < 100)
    )


def _wrong_dotted(token: str, path: PurePosixPath) -> str:
    """A module, a name in one, a member of a class or of a value called like one, or what the code of the same file writes."""
    known = repository()
    first, *rest = token.split(".")
    if first in OURS:
        return "" if _resolves(token) else f"there is no {token}"
    named = first if first in known.members else "".join(part.title() for part in first.split("_"))
    if named in known.members and (first in known.members or rest[0] in known.members[named]):
        return "" if rest[0] in known.members[named] else f"{first} has no {rest[0]}"
    if hasattr(builtins, first) or first in sys.stdlib_module_names:
        return ""
    if any(_resolves(f"{name}.{'.'.join(rest)}") for name in known.modules if name.rpartition(".")[2] == first):
        return ""
    own = [module for name, module in known.modules.items() if known.paths[name] == path]
    if any(token in module.chains for module in own):
        return ""
    if any(token in module.strings for module in known.modules.values()):
        return ""
    if path.suffix == ".md" and rest[-1] in known.words and not rest[-1].isupper():
        return ""
    return f"there is no {token}"


def _resolves(token: str) -> bool:
    """Whether a dotted name of ours leads to a module, a name in it, or a member of a class."""
    known = repository()
    parts = token.split(".")
    for end in range(len(parts), 0, -1):
        name, rest = ".".join(parts[:end]), parts[end:]
        if name in known.modules or PurePosixPath(*parts[:end]) in known.folders:
            if not rest:
                return True
            module = known.modules.get(name)
            if module is None or rest[0] not in module.names:
                return False
            return len(rest) == 1 or rest[1] in known.members.get(rest[0], frozenset())
    return False


def _wrong_identifier(token: str, path: PurePosixPath) -> str:
    """In a docstring every identifier is one of the code; elsewhere only those that look like code are judged."""
    looks_like_code = "_" in token or re.search(r"[a-z][A-Z]", token) or (token.isupper() and len(token) > 2)
    if path.suffix != ".py" and not looks_like_code:
        return ""
    known = repository()
    words = known.words_of_tests if path.parts[0] == "tests" else known.words
    if token in words or token in _module_names() or hasattr(builtins, token) or token in sys.stdlib_module_names:
        return ""
    return f"nothing is called {token}"


@cache
def _module_names() -> frozenset[str]:
    return frozenset(part for name in repository().modules for part in name.split("."))


# Where names stand.

TICKED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
COMMAND = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?((?:make|cachhay|python3?|sh) [^#|&>]*)", re.MULTILINE)


def names_in_markdown(text: str) -> Iterator[str]:
    """What stands in backticks, and the commands of blocks of code."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    prose = re.sub(r"^```\w*\n.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    yield from TICKED.findall(prose)
    yield from (target for target in re.findall(r"\]\(([^)#\s]+)\)", prose) if not target.startswith(("http", "mailto")))
    for block in blocks:
        yield from (command.strip() for command in COMMAND.findall(block))


def names_in_docstrings(module: Module) -> Iterator[str]:
    """What stands in backticks in any docstring."""
    for text in module.docstrings:
        yield from TICKED.findall(text)
