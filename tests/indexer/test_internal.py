"""`internal` fails closed: a file that speaks of it with anything but a clear no is never public, and the reason is told."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from indexer.declared import CLEAR_NO, UNCLEAR, check_declared
from indexer.extract import extract
from indexer.manifest import Manifest
from kb.errors import ExtractError

BODY = "Danh sách người tố giác được giữ kín."
KEYS = [
    "internal",
    "Internal",
    "INTERNAL",
    "ínternal",
    "nội bộ",
    "Nội Bộ",
    "noi bo",
    "noi_bo",
    "NOI-BO",
    "internl",
    "interna",
    "intenral",
]
VALUES = [
    "true", "True", "TRUE", '"true"', "'yes'", "yes", "Y", "on", "ON", "1", "0", "2", "-1", "có", "co", "x", "", "~", "null",
    "[true]", "[false]", "{a: b}", "false?", "no # maybe", "fasle", "flase", "!!bool false", "&a false", "off", "n", '""', "|",
    "khống", "không phải", "false false", "\"no\\0\"", "no\u200b", "не", "f\u0430lse", "1.0", "=", "- true", "true\n  false",
]  # fmt: skip
#: Ways to begin and end a header; only the first three are right.
SHAPES = [
    ("---\n", "\n---\n"), ("---  \n", "\n...\n"), ("\ufeff---\n", "\n---\n"), ("\n---\n", "\n---\n"), (" ---\n", "\n---\n"),
    ("---\n", "\n\n"), ("----\n", "\n----\n"), ("--- \n\n", "\n--- x\n"), ("+++\n", "\n+++\n"), ("```\n", "\n```\n"),
    ("<!--\n", "\n-->\n"), ("{\n", "\n}\n"), ("", "\n\n"), ("\ufeff\ufeff---\n", "\n---\n"), ("***\n", "\n***\n"),
    ("# Giấy\n---\n", "\n---\n"), ("---\nkind: article\n---\n---\n", "\n---\n"), ("\u200b---\n", "\n---\n"), ("\f---\n", "\n---\n"),
]  # fmt: skip
OTHERS = ["kind: practice", "title: T", "# ghi chú", "fields: [agriculture]", "year: 2024"]


def shown(name: str, text: str) -> bool:
    """Whether the file would be public. A hidden item tells why, unless it was asked for clearly."""
    try:
        item = extract(name, text.encode("utf-8", "surrogatepass"), {})
    except ExtractError as error:
        assert str(error).startswith(f"{name}: ")
        return False
    return not item.internal


@given(
    key=st.sampled_from(KEYS),
    value=st.sampled_from(VALUES),
    colon=st.sampled_from([": ", ":", " : ", "=", " = ", ":\t"]),
    shape=st.sampled_from(SHAPES),
    before=st.lists(st.sampled_from(OTHERS), max_size=3, unique=True),
    after=st.lists(st.sampled_from(OTHERS), max_size=2, unique=True),
    indent=st.sampled_from(["", "", "  ", "meta:\n  ", "- ", "? ", '"', "<!-- ", "x: |\n  "]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    name=st.sampled_from(["a.md", "a.MD", "a.txt"]),
)
@example("internal", "true", ": ", ("---\n", "\n---\n"), ["kind: practice"], ["title: T"], "x: |\n  ", "\n", "a.md")
def test_no_spelling_and_no_shape_shows_it(
    key: str,
    value: str,
    colon: str,
    shape: tuple[str, str],
    before: list[str],
    after: list[str],
    indent: str,
    newline: str,
    name: str,
) -> None:
    line = indent + key + ('"' if indent == '"' else "") + colon + value
    text = shape[0] + "\n".join([*before, line, *after]) + shape[1] + BODY
    assert not shown(name, text.replace("\n", newline))


@given(st.text(max_size=12))
def test_no_value_but_a_clear_no_shows_it(value: str) -> None:
    checked = check_declared({"internal": value})
    clear = value.strip().lower() in {"false", "no", "không", "khong", "kho\u0302ng"}
    assert checked["internal"] is not clear
    assert (UNCLEAR in checked) is not clear, "the reason is told"


@pytest.mark.parametrize(
    "value", ["false", "False", "no", "NO", "không", '"không"', "khong", "'false'", "false # công khai"]
)
def test_a_clear_no_shows_it(value: str) -> None:
    assert shown("a.md", f"---\ninternal: {value}\n---\n{BODY}")
    assert shown("a.md", f"---\ninternal: {value}\n---\n{BODY}\n\ninternal: true")
    assert len(CLEAR_NO) == 4


@pytest.mark.parametrize(
    "lines", ["internal: false\ninternal: true", "internal: false\nInternal: true", "noi bo: x\nnội bộ: y"]
)
def test_written_twice_it_is_an_error(lines: str) -> None:
    assert not shown("a.md", f"---\n{lines}\n---\n{BODY}")


@pytest.mark.parametrize("declared", [True, "true", 1, "có", 0, [], "y", 2.5, {}])
def test_the_manifest_hides_too(declared: object) -> None:
    attributes = check_declared({"internal": declared}, manifest=True)
    item = extract("a.md", f"---\ninternal: false\n---\n{BODY}".encode(), attributes)
    assert item.internal
    assert [e.value for e in item.evidence] == ([attributes[UNCLEAR]] if declared is not True else [])


def test_no_entry_of_the_manifest_takes_back_what_another_hides() -> None:
    folder, file = {"internal": True, "kind": "article"}, {"internal": False, "kind": "practice"}
    manifest = Manifest(
        True, {"kin": folder}, {"kin/a.md": file}, {("folder", "kin"): ["kin"], ("file", "kin/a.md"): ["kin/a.md"]}
    )
    assert manifest.attributes("kin/a.md") == {"internal": True, "kind": "practice"}
    assert manifest.attributes("khac/a.md") == {}
