"""The filter language: parser with the engine's error texts, and evaluation over bitmaps of document numbers."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from .errors import MeiliError
from .text import normalize_facet

MAX_DEPTH = 150
KEYWORDS = {
    "AND", "OR", "IN", "NOT", "TO", "EXISTS", "IS", "NULL", "EMPTY", "CONTAINS", "STARTS", "WITH",
    "_geoRadius", "_geoBoundingBox", "_geoPolygon",
}  # fmt: skip
_SPACES = re.compile(r"[ \t\r\n]*")
#: What a word without quotation marks is made of.
_RUN = re.compile(r"[\w.-]*")
_OPERATIONS = (
    "Was expecting an operation `=`, `!=`, `>=`, `>`, `<=`, `<`, `IN`, `NOT IN`, `TO`, `EXISTS`, `NOT EXISTS`, "
    "`IS NULL`, `IS NOT NULL`, `IS EMPTY`, `IS NOT EMPTY`, `CONTAINS`, `NOT CONTAINS`, `STARTS WITH`, "
    "`NOT STARTS WITH`, `_geoRadius`, `_geoBoundingBox` or `_geoPolygon` "
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


@dataclass(frozen=True)
class Word:
    """A field name or a value, with the text it was written as and where."""

    value: str
    raw: str
    at: int

    @property
    def number(self) -> float | None:
        """The value as a finite number."""
        if not _NUMBER.match(self.value):
            return None
        number = float(self.value)
        return number if math.isfinite(number) else None


@dataclass(frozen=True)
class Not:
    """A negation."""

    of: Node


@dataclass(frozen=True)
class Many:
    """A conjunction (`AND`) or a disjunction (`OR`)."""

    kind: str
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Condition:
    """One test of one field; `op` is as messages name it."""

    field: Word
    op: str
    values: tuple[Word, ...]
    source: str
    keyword_at: int = 0


Node = Not | Many | Condition


class FilterError(Exception):
    """A filter that cannot be read or used, with the two-line text that the engine writes."""


class _Soft(Exception):
    """A parser's way of saying: not this alternative."""

    def __init__(self, reserved: str | None = None, malformed: str | None = None) -> None:
        super().__init__()
        self.reserved, self.malformed = reserved, malformed


def _shown(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("'", "\\'").replace('"', '\\"')


def _located(source: str, at: int, size: int, message: str) -> FilterError:
    column = at - (source.rfind("\n", 0, at) + 1) + 1
    return FilterError(f"{message}\n{column}:{column + size} {source}")


class _Parser:
    def __init__(self, source: str) -> None:
        self.s = source

    def fail(self, at: int, message: str, end: int | None = None) -> FilterError:
        stop = len(self.s) if end is None else end
        return _located(self.s, at, stop - at, message)

    def space(self, at: int) -> int:
        hit = _SPACES.match(self.s, at)
        return hit.end() if hit else at

    def run(self, at: int) -> str:
        hit = _RUN.match(self.s, at)
        return hit[0] if hit else ""

    def keyword(self, at: int, word: str) -> int | None:
        """The place after `word` and the spaces around it, if it stands here as a whole word."""
        start = self.space(at)
        if not self.s.startswith(word, start):
            return None
        return self.space(start + len(word)) if self.run(start) == word else None

    def value(self, at: int) -> tuple[Word, int]:
        while at < len(self.s) and self.s[at].isspace():
            at += 1
        geo = self.s.startswith("_geo", at)
        for name in ("_geoPoint", "_geoDistance", "_geo") if geo else ():
            if self.s.startswith(name, at) and (name == "_geoPoint" or self.run(at) == name):
                rest = self.s[at:]
                raise self.fail(
                    at,
                    f"`{name}` is a reserved keyword and thus can't be used as a filter expression. Use the "
                    "`_geoRadius(latitude, longitude, distance)` or `_geoBoundingBox([latitude, longitude], "
                    "[latitude, longitude])` built-in rules to filter on `_geo` coordinates.",
                    at + len(rest),
                )
        for name in ("_geoRadius", "_geoBoundingBox", "_geoPolygon") if geo else ():
            if self.run(at) == name:
                raise self.fail(at, f"The `{name}` filter is an operation and can't be used as a value.")
        if at < len(self.s) and self.s[at] in "'\"":
            raw, end = self.quoted(at)
        else:
            raw = self.run(at)
            end = at + len(raw)
            if not raw or raw in KEYWORDS:
                raise _Soft(reserved=raw or None)
        start = at + (1 if self.s[at : at + 1] in {"'", '"'} else 0)
        if self.s[at : at + 1] in {"'", '"'}:
            quote = self.s[at]
            text = raw.replace("\\" + quote, quote) if _has_escaped(raw, quote) else raw
        else:
            text = raw
        return Word(_unescape(text), raw, start), self.space(end)

    def quoted(self, at: int) -> tuple[str, int]:
        quote, i = self.s[at], at + 1
        while i < len(self.s):
            if self.s[i] == quote:
                return self.s[at + 1 : i], i + 1
            if self.s[i] == "\\":
                i += 1
                if i >= len(self.s):
                    raise self.fail(at + 1, f"Malformed value: `{_shown(self.s[at + 1 :])}`.")
            i += 1
        text = _shown(self.s[at:])
        raise self.fail(at, f"Expression `{text}` is missing the following closing delimiter: `{quote}`.")

    def needed(self, at: int) -> tuple[Word, int]:
        """A value that must be here."""
        try:
            return self.value(at)
        except _Soft as soft:
            start = at
            while start < len(self.s) and self.s[start].isspace():
                start += 1
            if soft.malformed is not None:
                raise self.fail(start, f"Malformed value: `{_shown(soft.malformed)}`.") from None
            raise self.expected(start, soft) from None

    def expected(self, at: int, soft: _Soft) -> FilterError:
        end = at
        while end < len(self.s) and not self.s[end].isspace() and self.s[end] not in "()=<>!":
            end += 1
        word = self.s[at:end]
        if not word.strip():
            return self.fail(at, "Was expecting a value but instead got nothing.", end)
        shown = _shown(word)
        if soft.reserved:
            tail = f", which is a reserved keyword. To use `{shown}` as a field name or a value, surround it by quotes."
            return self.fail(at, f"Was expecting a value but instead got `{shown}`{tail}", end)
        return self.fail(at, f"Was expecting a value but instead got `{shown}`.", end)

    def deep(self, depth: int, at: int) -> None:
        if depth > MAX_DEPTH:
            raise self.fail(
                at,
                "The filter exceeded the maximum depth limit. Try rewriting the filter so that it contains fewer nested "
                "conditions.",
            )

    def either(self, at: int, depth: int) -> tuple[Node, int]:
        self.deep(depth, at)
        return self.chain(at, "OR", lambda where: self.both(where, depth + 1))

    def both(self, at: int, depth: int) -> tuple[Node, int]:
        self.deep(depth, at)
        return self.chain(at, "AND", lambda where: self.negated(where, depth + 1))

    def chain(self, at: int, word: str, part: Callable[[int], tuple[Node, int]]) -> tuple[Node, int]:
        first, at = part(at)
        parts = [first]
        while (after := self.keyword(at, word)) is not None:
            found, at = part(after)
            parts.append(found)
        return (first if len(parts) == 1 else Many(word, tuple(parts))), at

    def negated(self, at: int, depth: int) -> tuple[Node, int]:
        self.deep(depth, at)
        after = self.keyword(at, "NOT")
        if after is None:
            return self.primary(at, depth + 1)
        inner, at = self.negated(after, depth + 1)
        return _negate(inner), at

    def primary(self, at: int, depth: int) -> tuple[Node, int]:
        self.deep(depth, at)
        start = self.space(at)
        if self.s[start : start + 1] == "(":
            inner, end = self.either(self.space(start + 1), depth + 1)
            end = self.space(end)
            if self.s[end : end + 1] != ")":
                raise self.fail(at, f"Expression `{_shown(self.s[at:])}` is missing the following closing delimiter: `)`.")
            return inner, self.space(end + 1)
        if self.run(start) in {"_geoRadius", "_geoBoundingBox", "_geoPolygon"}:
            raise self.fail(start, "Attribute `_geo` is not filterable.")
        try:
            field, at_op = self.value(at)
        except _Soft as soft:
            if soft.reserved:
                raise self.expected(start, soft) from None
            raise self.invalid(at) from None
        return self.condition(field, at_op, at)

    def invalid(self, at: int) -> FilterError:
        rest = self.s[at:]
        where = f"at `{_shown(rest)}`." if rest.strip() else "but instead got nothing."
        return self.fail(at, _OPERATIONS + where)

    def condition(self, field: Word, at: int, begin: int) -> tuple[Node, int]:
        for op in ("<=", ">=", "!=", "<", ">", "="):
            if self.s.startswith(op, at):
                found, end = self.needed(at + len(op))
                return Condition(field, op, (found,), self.s), end
        if (after := self.keyword(at, "IN")) is not None:
            return self.members(field, after)
        if self.run(at) == "NOT" and (after := self.keyword(at + 3, "IN")) is not None:
            inner, end = self.members(field, after)
            return _negate(inner), end
        tail = self.s[at:]
        for pattern, op, negative, takes in _WORDED:
            if hit := pattern.match(tail):
                end = at + hit.end()
                values: tuple[Word, ...] = ()
                if takes:
                    found, end = self.needed(end)
                    values = (found,)
                node: Node = Condition(field, op, values, self.s, at + hit.start("key"))
                return (_negate(node) if negative else node), end
        try:
            low, after_low = self.value(at)
        except _Soft:
            raise self.invalid(begin) from None
        if hit := re.compile(r"TO[ \t\r\n]+").match(self.s, after_low):
            high, end = self.needed(hit.end())
            return Condition(field, "TO", (low, high), self.s), end
        raise self.invalid(begin)

    def members(self, field: Word, at: int) -> tuple[Node, int]:
        if self.s[at : at + 1] != "[":
            raise self.fail(at, "Expected `[` after `IN` keyword.")
        at += 1
        values: list[Word] = []
        while True:
            try:
                found, at = self.value(at)
            except _Soft:
                break
            values.append(found)
            comma = self.space(at)
            if self.s[comma : comma + 1] != ",":
                break
            at = self.space(comma + 1)
        at = self.space(at)
        if self.s[at : at + 1] == "]":
            return Condition(field, "IN", tuple(values), self.s), self.space(at + 1)
        if at >= len(self.s):
            raise self.fail(at, "Expected matching `]` after the list of field names given to `IN[`")
        raise self.fail(
            at,
            f"Expected only comma-separated field names inside `IN[..]` but instead found `{_shown(self.s[at:])}`.",
        )


_WORDED = [
    (re.compile(r"(?P<key>IS)[ \t\r\n]+NULL"), "IS NULL", False, False),
    (re.compile(r"(?P<key>IS)[ \t\r\n]+NOT[ \t\r\n]+NULL"), "IS NULL", True, False),
    (re.compile(r"(?P<key>IS)[ \t\r\n]+EMPTY"), "IS EMPTY", False, False),
    (re.compile(r"(?P<key>IS)[ \t\r\n]+NOT[ \t\r\n]+EMPTY"), "IS EMPTY", True, False),
    (re.compile(r"(?P<key>EXISTS)"), "EXISTS", False, False),
    (re.compile(r"NOT[ \t\r\n]+(?P<key>EXISTS)"), "EXISTS", True, False),
    (re.compile(r"(?P<key>CONTAINS)"), "CONTAINS", False, True),
    (re.compile(r"NOT[ \t\r\n]+(?P<key>CONTAINS)"), "CONTAINS", True, True),
    (re.compile(r"(?P<key>STARTS WITH)"), "STARTS WITH", False, True),
    (re.compile(r"NOT[ \t\r\n]+(?P<key>STARTS WITH)"), "STARTS WITH", True, True),
]


def _has_escaped(raw: str, quote: str) -> bool:
    i = 0
    while i < len(raw):
        if raw[i] == "\\":
            if raw[i + 1 : i + 2] == quote:
                return True
            i += 1
        i += 1
    return False


_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "'": "'", '"': '"', "\\": "\\"}


def _unescape(text: str) -> str:
    """Escape sequences of a value resolved; one that is not known makes the value malformed."""
    if "\\" not in text:
        return text
    out: list[str] = []
    i = 0
    while i < len(text):
        if text[i] != "\\":
            out.append(text[i])
            i += 1
            continue
        rest = text[i + 1 :]
        if rest[:1] in _SIMPLE and rest:
            out.append(_SIMPLE[rest[0]])
            i += 2
        elif hit := re.match(r"x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|([0-7]{1,3})", rest):
            digits = hit.group(1) or hit.group(2) or hit.group(3)
            code = int(digits, 16) if digits else int(hit.group(4), 8)
            out.append(chr(code))
            i += 1 + hit.end()
        else:
            raise _Soft(malformed=text)
    return "".join(out)


def _negate(node: Node) -> Node:
    return node.of if isinstance(node, Not) else Not(node)


@lru_cache(maxsize=4096)
def parse(source: str) -> Node | None:
    """A filter expression read; None where it is blank."""
    if not source.strip():
        return None
    parser = _Parser(source)
    node, end = parser.either(0, 0)
    if end < len(source):
        rest = _shown(source[end:])
        message = (
            f"Found unexpected characters at the end of the filter: `{rest}`. You probably forgot an `OR` or an `AND` rule."
        )
        raise parser.fail(end, message)
    return node


def _kind(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read(value: Any, code: str, contains_enabled: bool = False) -> Node | None:
    """A filter as requests carry it (a string, or an array of strings and of arrays of strings) read."""
    try:
        node = _read(value)
    except FilterError as error:
        raise MeiliError(code, str(error)) from None
    except RecursionError:
        raise MeiliError(code, "The filter exceeded the maximum depth limit.") from None
    if node is not None and not contains_enabled and (bad := _first_contains(node)):
        raise MeiliError(
            "feature_not_enabled",
            str(
                _located(
                    bad.source,
                    bad.keyword_at,
                    len("CONTAINS"),
                    "Using `CONTAINS` in a filter requires enabling the `contains filter` experimental feature. "
                    "See https://github.com/orgs/meilisearch/discussions/763",
                )
            ),
        )
    return node


def _read(value: Any) -> Node | None:
    if isinstance(value, str):
        return parse(value)
    if not isinstance(value, list):
        raise FilterError(f"Invalid syntax for the filter parameter: `expected String, Array, found: {_kind(value)}`.")
    ands: list[Node] = []
    for item in value:
        if isinstance(item, str):
            node = parse(item)
            if node is not None:
                ands.append(node)
        elif isinstance(item, list):
            ors: list[Node] = []
            for inner in item:
                if not isinstance(inner, str):
                    text = f"`expected String, found: {_kind(inner)}`."
                    raise FilterError(f"Invalid syntax for the filter parameter: {text}")
                node = parse(inner)
                if node is not None:
                    ors.append(node)
            if ors:
                ands.append(ors[0] if len(ors) == 1 else Many("OR", tuple(ors)))
        else:
            text = f"`expected String, [String], found: {_kind(item)}`."
            raise FilterError(f"Invalid syntax for the filter parameter: {text}")
    if not ands:
        return None
    return ands[0] if len(ands) == 1 else Many("AND", tuple(ands))


def _first_contains(node: Node) -> Condition | None:
    if isinstance(node, Not):
        return _first_contains(node.of)
    if isinstance(node, Many):
        return next((hit for part in node.parts if (hit := _first_contains(part))), None)
    return node if node.op == "CONTAINS" else None


def conditions(node: Node) -> list[Condition]:
    """Every condition of a filter, left to right."""
    if isinstance(node, Not):
        return conditions(node.of)
    if isinstance(node, Many):
        return [c for part in node.parts for c in conditions(part)]
    return [node]


class Facet:
    """What one attribute's values look like across documents: value -> bitmap of document numbers."""

    def __init__(self) -> None:
        self.strings: dict[str, int] = {}
        self.numbers: dict[float, int] = {}
        self.exists = self.null = self.empty = 0
        self._sorted_strings: list[str] | None = None
        self._sorted_numbers: list[float] | None = None

    def put(self, bit: int, strings: set[str], numbers: set[float], null: bool, empty: bool) -> None:
        """Add a document that has the attribute."""
        self.exists |= bit
        self.null |= bit if null else 0
        self.empty |= bit if empty else 0
        for text in strings:
            if text not in self.strings:
                self._sorted_strings = None
            self.strings[text] = self.strings.get(text, 0) | bit
        for number in numbers:
            if number not in self.numbers:
                self._sorted_numbers = None
            self.numbers[number] = self.numbers.get(number, 0) | bit

    def drop(self, bit: int, strings: set[str], numbers: set[float]) -> None:
        """Take a document out."""
        self.exists &= ~bit
        self.null &= ~bit
        self.empty &= ~bit
        for text in strings:
            left = self.strings.get(text, 0) & ~bit
            if left:
                self.strings[text] = left
            elif self.strings.pop(text, None) is not None:
                self._sorted_strings = None
        for number in numbers:
            left = self.numbers.get(number, 0) & ~bit
            if left:
                self.numbers[number] = left
            elif self.numbers.pop(number, None) is not None:
                self._sorted_numbers = None

    def ordered_strings(self) -> list[str]:
        """Normalised values in byte order."""
        if self._sorted_strings is None:
            self._sorted_strings = sorted(self.strings, key=lambda s: s.encode())
        return self._sorted_strings

    def ordered_numbers(self) -> list[float]:
        """Numbers in order."""
        if self._sorted_numbers is None:
            self._sorted_numbers = sorted(self.numbers)
        return self._sorted_numbers

    def equal(self, word: Word) -> int:
        """Documents with this value, as text or as number."""
        bits = self.strings.get(normalize_facet(word.value), 0)
        if word.number is not None:
            bits |= self.numbers.get(word.number, 0)
        return bits

    def between(self, low: Word | None, high: Word | None, low_in: bool, high_in: bool) -> int:
        """Documents with a value in a range; text and numbers are looked at separately."""
        bits = 0
        words = self.ordered_strings()
        keys = [w.encode() for w in words] if (low or high) else []
        a = 0 if low is None else (bisect_left if low_in else bisect_right)(keys, normalize_facet(low.value).encode())
        b = (
            len(words)
            if high is None
            else (bisect_right if high_in else bisect_left)(keys, normalize_facet(high.value).encode())
        )
        for text in words[a:b]:
            bits |= self.strings[text]
        ends = [w.number for w in (low, high) if w is not None]
        if all(n is not None for n in ends):
            numbers = self.ordered_numbers()
            x = 0 if low is None else (bisect_left if low_in else bisect_right)(numbers, low.number or 0.0)
            y = len(numbers) if high is None else (bisect_right if high_in else bisect_left)(numbers, high.number or 0.0)
            for number in numbers[x:y]:
                bits |= self.numbers[number]
        return bits


class Source(Protocol):
    """What a filter is evaluated against."""

    def universe(self) -> int:
        """All documents."""
        ...

    def facet(self, name: str) -> Facet | None:
        """The values of a field; None where no document ever had it."""
        ...

    def features(self, name: str) -> tuple[int, bool, bool] | None:
        """The first rule of `filterableAttributes` that matches: its place, equality, comparison."""
        ...

    def filterable_patterns(self) -> list[str]:
        """Patterns that allow filtering, for messages."""
        ...


def evaluate(node: Node, source: Source) -> int:
    """The documents a filter selects. Raises FilterError for a field or an operator that is not allowed."""
    for condition in conditions(node):
        name = condition.field.value
        rule = source.features(name)
        if rule is None or not (rule[1] or rule[2]):
            patterns = sorted(set(source.filterable_patterns()))
            shown = ", ".join(f"`{p}`" for p in patterns)
            tail = (
                f" Available filterable attribute patterns are: {shown}."
                if patterns
                else " This index does not have configured filterable attributes."
            )
            message = f"Attribute `{name}` is not filterable.{tail}"
            raise _located(condition.source, condition.field.at, len(condition.field.raw), message)
    return _evaluate(node, source, source.universe())


def _evaluate(node: Node, source: Source, within: int) -> int:
    if not within:
        return 0
    if isinstance(node, Not):
        return within & ~_evaluate(node.of, source, within)
    if isinstance(node, Many):
        if node.kind == "OR":
            bits = 0
            for part in node.parts:
                bits |= _evaluate(part, source, within)
            return bits & within
        bits = within
        for part in node.parts:
            if not bits:
                return 0
            bits &= _evaluate(part, source, bits)
        return bits
    return _condition(node, source) & within


def _condition(node: Condition, source: Source) -> int:
    name = node.field.value
    facet, rule = source.facet(name), source.features(name)
    if facet is None or rule is None:
        return 0
    _allowed(node, rule)
    values = node.values
    match node.op:
        case "=":
            return facet.equal(values[0])
        case "!=":
            return source.universe() & ~facet.equal(values[0])
        case "IN":
            bits = 0
            for word in values:
                bits |= facet.equal(word)
            return bits
        case ">":
            return facet.between(values[0], None, False, True)
        case ">=":
            return facet.between(values[0], None, True, True)
        case "<":
            return facet.between(None, values[0], True, False)
        case "<=":
            return facet.between(None, values[0], True, True)
        case "TO":
            return facet.between(values[0], values[1], True, True)
        case "EXISTS":
            return facet.exists
        case "IS NULL":
            return facet.null
        case "IS EMPTY":
            return facet.empty
        case "STARTS WITH":
            start = normalize_facet(values[0].value)
            if not start:
                return facet.exists
            bits = 0
            for text in facet.ordered_strings():
                if text.startswith(start):
                    bits |= facet.strings[text]
            return bits
    part = normalize_facet(values[0].value)
    bits = 0
    for text, found in facet.strings.items():
        if part in text:
            bits |= found
    return bits


def _allowed(node: Condition, rule: tuple[int, bool, bool]) -> None:
    place, equality, comparison = rule
    op = "=" if node.op == "IN" else node.op
    if op in {"=", "!="}:
        ok, hint = equality, "equality"
    elif op in {"<", "<=", ">", ">=", "TO"}:
        ok, hint = comparison, "comparison"
    else:
        ok, hint = True, ""
    if ok:
        return
    allowed = ["OR", "AND", "NOT"]
    allowed += ["=", "!=", "IN"] if equality else []
    allowed += ["<", ">", "<=", ">=", "TO"] if comparison else []
    allowed += ["IS EMPTY", "IS NULL", "EXISTS"]
    name = node.field.value
    raise FilterError(
        f"Filter operator `{op}` is not allowed for the attribute `{name}`.\n"
        f"  - Note: allowed operators: {', '.join(allowed)}.\n"
        f"  - Note: field `{name}` matched rule #{place} in `filterableAttributes`\n"
        f"  - Hint: enable {hint} in rule #{place} by modifying the features.filter object\n"
        f"  - Hint: prepend another rule matching `{name}` with appropriate filter features before rule #{place}"
    )
