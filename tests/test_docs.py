"""Every path, setting, command, page and name that documents and docstrings put in backticks exists."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from tests.names import OURS, ROOT, names_in_docstrings, names_in_markdown, problem, read_module, repository

#: What is written about the project; the corpus is text of another kind.
DOCUMENTS = [
    PurePosixPath(path.relative_to(ROOT))
    for pattern in ("README*.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md", "vitext/**/*.md", "kb/**/*.md")
    for path in sorted(ROOT.glob(pattern))
]


def wrong_in_document(path: PurePosixPath, text: str) -> dict[str, str]:
    return {name: wrong for name in names_in_markdown(text) if (wrong := problem(name, path))}


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_name_in_a_document_exists(path: PurePosixPath) -> None:
    assert wrong_in_document(path, (ROOT / path).read_text("utf-8")) == {}


@pytest.mark.parametrize("top", OURS)
def test_every_name_in_a_docstring_exists(top: str) -> None:
    wrong = {
        f"{repository().paths[name]}: {token}": said
        for name, module in repository().modules.items()
        if name.split(".")[0] == top
        for token in names_in_docstrings(module)
        if (said := problem(token, repository().paths[name]))
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("kb/settings.py", "kb/setting.py"),
        ("settings.py", "settinks.py"),
        ("kb/engines/", "kb/motors/"),
        ("tests/search_quality/gate.tsv", "tests/search_quality/gates.tsv"),
        ("tables/*.tsv", "tables/*.csv"),
        ("corpus/practices/scans/<record>.scan.txt", "corpus/practices/scans/<record>.scanned.txt"),
        ("CACHHAY_PORT", "CACHHAY_PORTS"),
        ("CACHHAY_DATA_DIR/models", "CACHHAY_DATA/models"),
        ("CACHHAY_EMBED_*", "CACHHAY_EMBEDDER_*"),
        ("cachhay index --rebuild", "cachhay reindex"),
        ("cachhay index --rebuild", "cachhay index --renew"),
        ("make test", "make tests"),
        ("make bench-repair PAGES=… DATA=…", "make repair-bench PAGES=…"),
        ("python -m benchmarks.gate", "python -m benchmarks.gates"),
        ("python -m benchmarks.page_speed --rounds 60", "python -m benchmarks.page_speed --turns 60"),
        ("python -m pytest tests", "python -m pytestt tests"),
        ("sh tools/make_secret.sh", "sh tools/make_secrets.sh"),
        ("pip install '.[qdrant]'", "pip install '.[quadrant]'"),
        ("/tim?q=a", "/tin?q=a"),
        ("/tim, all", "/tam, all"),
        ("/dia-ban/{code}", "/dia-danh/{code}"),
        ("/api/suggest", "/api/suggestion"),
        ("GET /readyz", "GET /ready-or-not"),
        ("POST /multi-search", "POST /many-search"),
        ("vitext.fold", "vitext.unfold"),
        ("kb.settings.Settings", "kb.settings.Setting"),
        ("kb.item.Block.original", "kb.item.Block.originally"),
        ("Block.original", "Block.originally"),
        ("settings.data_dir", "settings.data_directory"),
        ("export.DOSSIER_LIMIT", "export.DOSSIERS_LIMIT"),
        ("SearchService", "SearchServant"),
        ("data_dir", "data_direction"),
    ],
)
def test_a_wrong_name_is_seen(right: str, wrong: str) -> None:
    path = PurePosixPath("kb/settings.py")
    assert problem(right, path) == "" != problem(wrong, path)


@pytest.mark.parametrize(
    "token", [".md", "field:value", "https://example.org/a/b.py", "năm:2024", "a + b", "OR", "hợp_tác_xã", "3"]
)
def test_what_is_no_name_is_not_judged(token: str) -> None:
    assert problem(token, PurePosixPath("README.md")) == ""


def test_names_are_found_where_they_stand() -> None:
    text = "The file `a.py` and ``not this``, [there](b/c.md).\n\n```sh\nmake run  # serves\ncachhay index --rebuild | less\nls\n```\n"
    assert list(names_in_markdown(text)) == ["a.py", "b/c.md", "make run", "cachhay index --rebuild"]
    code = '"""Of `a`."""\nb: int\n"""And `c`."""\nclass D:\n    """`e`."""\n    def f(self):\n        """`g`."""\n        return "`h`"\n'
    assert sorted(names_in_docstrings(read_module(code))) == ["a", "c", "e", "g"]
