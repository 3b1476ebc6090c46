"""Write docs/vitext.md, the guide to the library `vitext`, from its docstrings.

    python -m tools.make_vitext_docs [--check]

The order, the headings and the text between them stand here; what is said of a name is its docstring in the code, or the
comment before it for a constant. `tests/vitext/test_library.py` checks that the committed file is what this makes.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import vitext

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "vitext.md"
#: Lines of the contents are wrapped at so many characters.
WIDTH = 125


class Section(NamedTuple):
    """A part of the guide: its heading, what is said before the names, and the names in the order of reading."""

    heading: str
    text: str
    names: tuple[str, ...] = ()


INTRODUCTION = """
`vitext` is a Python library for Vietnamese text. It answers the questions that every program meets which stores, searches
or shows such text: when are two words the same, how is text without accents found, which letters did a recogniser destroy,
and what was printed there. It knows no files, documents or search engines, and it can be used without the rest of this
project. It needs Python 3.11 or newer, `numpy`, `unidecode` and `wasmtime`; it reads no settings and opens no connection.

This page is made from the docstrings by `python -m tools.make_vitext_docs`. Every example is run by the tests; all names
have been imported before (`import vitext`, `from vitext import *`).
"""

SECTIONS = (
    Section(
        "A first example",
        """
Install it from a checkout (`pip install .`), in an environment of its own, and start Python anywhere:

```python
>>> from vitext import analyse, measure_damage, repair
>>> page = "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc"
>>> measure_damage(page).kind
'ocr'
>>> repaired = repair(page)
>>> repaired.text
'Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước'
>>> [word.after for word in repaired.uncertain]
[]
>>> analyse(repaired.text).folded == analyse("day manh cong tac tuyen truyen phong trao thi dua yeu nuoc").folded
True

```

All texts are `str`, and all places are characters of the text that was given, [start, end). No function changes what it is
given. All may be called from several threads.
""",
    ),
    Section(
        "Write text in one way",
        "The same word can be written in several ways that look alike: composed or decomposed, *hoà* or *hòa*.",
        ("normalise", "place_tone", "compose"),
    ),
    Section(
        "Fold: search without accents",
        "Folding makes *Đường*, *đường* and *duong* the same, and keeps the way back to the characters of the original.",
        ("fold", "fold_with_offsets", "Folded", "strip_marks"),
    ),
    Section(
        "Analyse: the keys of a search index",
        "An index and the queries to it must cut and fold text alike; these functions serve both.",
        ("analyse", "Analysis", "tokenise", "Token", "Words", "search_key", "ANALYSER_VERSION"),
    ),
    Section(
        "Measure damage",
        """
Text that was recognised by an English model, typed without accents or kept in an old encoding looks like text and is not
found. The measure tells these apart, by block, without a dictionary. How often it errs stands in `vitext/README.md`.
""",
        ("measure_damage", "Damage", "DamageKind", "combine"),
    ),
    Section(
        "Repair text",
        """
`repair` applies rules that are certain (Unicode form, tone marks, mojibake, legacy encodings, spaces), then corrects letters
by a statistical model. The original is kept, every step is named, and every corrected word says how certain it is. Clean
text comes back as it is. How good it is, measured: `docs/performance.md`.
""",
        (
            "repair",
            "repair_blocks",
            "repair_stream",
            "Assumption",
            "ASSUMPTIONS",
            "Repaired",
            "CorrectedWord",
            "SURE_CONFIDENCE",
            "DOUBTFUL_CONFIDENCE",
            "Step",
            "CORRECTION_STEPS",
            "replay",
            "correction_version",
        ),
    ),
    Section(
        "Legacy encodings",
        "`repair` finds and converts them by itself. These functions do one thing at a time.",
        ("detect_legacy", "convert_legacy", "encode_legacy", "Encoding", "ENCODINGS"),
    ),
    Section(
        "Keys that became no letters",
        "Somebody typed without an input method, or in the wrong one. Whether a text was typed so is for you to judge.",
        ("read_keys", "Keyed"),
    ),
    Section(
        "Syllables",
        "The orthography says which syllables Vietnamese has: onset, rime and tone, and how they go together.",
        ("is_syllable", "is_skeleton", "split_syllable", "Syllable"),
    ),
    Section(
        "The language model",
        "The model behind the corrections may be asked by itself: which words there are, and which go together.",
        ("default_language_model", "LanguageModel"),
    ),
    Section(
        "Errors",
        """
Functions take any text, lone surrogates and control characters included, and do not raise for what they find in it. These
errors mean a mistake of the caller:

- `IndexError`: `Folded.span` outside its text.
- `ValueError`: `replay` with a text that the steps were not made for; an encoding or an `assume` that there is not.

An installation that is not whole (the model file or a table is missing or of another version) shows as `OSError` or
`ValueError` when it is first needed; the message names the file.
""",
    ),
    Section(
        "What it does not do",
        """
- It does not recognise images. Where the page image exists, recognise it again with a Vietnamese model: that beats every
  repair of the text.
- It does not segment words (*hợp tác xã* is three syllables to it), tag parts of speech or parse.
- It does not check spelling: a valid syllable in the wrong place stays, and so does every line that bears accents.
- It does not guess at names: *Nguyen Van Tung* given by itself stays as it is, and in a corrected text names are the
  weakest words. Keep the original beside every repair, and have words below `SURE_CONFIDENCE` compared with the paper.
- It does not handle texts from before the orthography of today, nor scripts other than Latin; their letters pass through.
- It does not repair file names, web addresses, numbers and codes (*238/KH-UBND*): these stay as they are.
""",
    ),
)


def make() -> str:
    """The whole page."""
    parts = ["# vitext: Vietnamese text as a library", INTRODUCTION.strip(), _contents()]
    for section in SECTIONS:
        parts += [f"## {section.heading}", section.text.strip()]
        parts += [_entry(name) for name in section.names]
    return "\n\n".join(parts) + "\n"


def _contents() -> str:
    lines = []
    for section in SECTIONS:
        names = ", ".join(f"[`{name}`](#{_anchor(name)})" for name in section.names)
        line = f"- [{section.heading}](#{_anchor(section.heading)})" + (f": {names}" if names else "")
        lines += textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines)


def _anchor(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _entry(name: str) -> str:
    thing = getattr(vitext, name)
    if inspect.isclass(thing):
        return f"### {name}\n\n" + "\n\n".join(_class_parts(name, thing))
    if callable(thing) and inspect.getdoc(thing) and hasattr(inspect.unwrap(thing), "__code__"):
        return f"### {name}\n\n" + "\n\n".join(_function_parts(name, thing))
    return f"### {name}\n\n{_constant_text(name)}\n\n```python\n>>> vitext.{name}\n{thing!r}\n\n```"


def _class_parts(name: str, thing: type) -> Iterator[str]:
    fields = _fields(thing)
    if fields:
        yield f"```python\n{name}({', '.join(f'{field}: {kind}' for field, kind in fields)})\n```"
    yield _prose(inspect.getdoc(thing) or "")
    for member, value in vars(thing).items():
        if member.startswith("_") or member in dict(fields):
            continue
        if isinstance(value, property):
            kind = value.fget.__annotations__["return"] if value.fget else ""
            yield f"**`{name}.{member}`**: `{kind}`\n\n{_prose(inspect.getdoc(value) or '')}"
        elif isinstance(value, types.FunctionType):
            yield f"**`{name}.{member}{_signature(value)}`**\n\n{_prose(inspect.getdoc(value) or '')}"


def _fields(thing: type) -> list[tuple[str, str]]:
    if dataclasses.is_dataclass(thing):
        return [(field.name, str(field.type)) for field in dataclasses.fields(thing)]
    names = getattr(thing, "_fields", ())
    return [(name, _named(thing.__annotations__[name])) for name in names]


def _named(annotation: object) -> str:
    return str(getattr(annotation, "__forward_arg__", None) or getattr(annotation, "__name__", annotation))


def _function_parts(name: str, thing: object) -> Iterator[str]:
    function = inspect.unwrap(thing)  # type: ignore[arg-type]
    yield f"```python\n{name}{_signature(function)}\n```"
    yield _prose(inspect.getdoc(function) or "")


def _signature(function: object) -> str:
    signature = inspect.signature(function)  # type: ignore[arg-type]
    kept = [parameter for parameter in signature.parameters.values() if parameter.name != "self"]
    return str(signature.replace(parameters=kept)).replace("'", "")


def _prose(doc: str) -> str:
    """A docstring in Markdown: its examples become blocks of code."""
    parts = []
    for paragraph in doc.split("\n\n"):
        parts.append(f"```python\n{paragraph}\n\n```" if paragraph.startswith(">>> ") else paragraph)
    return "\n\n".join(parts)


def _constant_text(name: str) -> str:
    """The comment before a constant, in the module that defines it."""
    pattern = re.compile(rf"((?:^#: .*\n)+)^{name}\b.* = ", re.MULTILINE)
    for path in sorted((ROOT / "vitext").rglob("*.py")):
        if match := pattern.search(path.read_text("utf-8")):
            return "\n".join(line.removeprefix("#: ") for line in match[1].splitlines())
    raise LookupError(f"no comment before {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the file is not up to date")
    args = parser.parse_args()
    text = make()
    if args.check:
        sys.exit(0 if TARGET.read_text("utf-8") == text else f"{TARGET}: run python -m tools.make_vitext_docs")
    TARGET.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
