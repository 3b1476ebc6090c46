"""Read the front matter of a file: recognise it, and load it as strings, lists, booleans and integers only.

It stands between two lines `---` at the very beginning of a Markdown file; YAML's own `...` closes it too. YAML is read
event by event and never composed: no aliases, tags, dates, floats or nested values exist here, and each is refused at its
first event. So the cost is bounded and nothing recurses. What looks like front matter but is not written like this is
an error, because what somebody declared there (a withdrawn award, an internal paper) must never be overlooked. Prose below a
dash line is no front matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import yaml

from indexer.declared import KEYS, WHAT_TO_WRITE, letters_of, means_internal
from kb.errors import ExtractError
from vitext import fold

Value = str | int | bool | list[str | int | bool | None] | None

#: The most characters of a front matter, and how far into a text a line is looked for that asks to hide it.
MAX_LENGTH = 16_000
#: The most values of a list.
MAX_VALUES = 100
#: The longest integer; longer ones stay text.
MAX_DIGITS = 18
#: How to write front matter.
FORM = (
    "Phần đầu phải bắt đầu ở ngay dòng đầu của tệp .md bằng đúng ba dấu gạch (---), mỗi dòng sau là “khóa: giá trị” "
    "có dấu cách sau dấu hai chấm, rồi kết thúc bằng một dòng ---"
)

_OPEN = re.compile(r"---[ \t]*\n")
_CLOSE = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
# A line of front matter, or something that only YAML would begin like this.
_YAML_LINE = re.compile(r"[ \t]*(?:[\w\"'][^:\n]{0,60}:(?:[ \t]|$)|#|[-?:][ \t]|[-?:]$|[\[\]{}&*!%|>,])|[ \t]+\S")
# A key at the beginning of a line, whatever marks stand around it.
_KEY = re.compile(r"[\W_]*([^\W\d_][\w .-]{0,30}?)[\W_]*[:=：＝]")
_MACHINE_KEY = re.compile(r"[a-z_]{2,24}:(?:[ \t]|$)")
_INTERNAL = re.compile(r"(?<![a-z0-9])internal[^a-z0-9\n:=]{0,8}[:=：＝]")
_WORD = re.compile(r"[^\W_]+")
_NOI_BO = re.compile(r"^[\W_]*noi[ _-]?bo[^a-z0-9\n:=]{0,8}[:=：＝]\s*\S.{0,19}$")
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060\u00ad"
#: Lines at the beginning of a text among which a declaration is looked for.
_ZONE_LINES = 60
_INTEGER = re.compile(rf"-?(?:0|[1-9][0-9]{{0,{MAX_DIGITS - 1}}})")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


def read_front_matter(path: str, text: str) -> tuple[dict[str, Value], str]:
    """(front matter, the rest of the text); the first is empty where there is none.

    Raises ExtractError, which names the file and says what to write.
    """
    found = _split(text) if path.lower().endswith((".md", ".markdown")) else None
    if found is None:
        if line := _declares(text) or _endless(text):
            raise ExtractError(f"{path}: dòng “{line}” giống phần đầu nhưng không đọc được. {_advice(path)}")
        return {}, text
    header, rest = found
    if line := _declares(rest, after=True):
        raise ExtractError(f"{path}: dòng “{line}” giống một phần đầu thứ hai. {_advice(path)}")
    return _load(path, header), rest


def hides(text: str) -> str:
    """The line at the beginning of a text that speaks of `internal` outside any front matter, "" where there is none.

    >>> hides("Kế hoạch\\n**Internal**: yes"), hides("Nội bộ: đoàn kết, thống nhất, cùng nhau vượt khó")
    ('**Internal**: yes', '')
    """
    for line in text[:MAX_LENGTH].splitlines():
        folded = fold(line)
        words = _WORD.findall(folded[:200])
        if _INTERNAL.search(folded) or _NOI_BO.search(folded) or (words[:1] == ["internal"] and len(words) <= 3):
            return _short(line)
    return ""


def _advice(path: str) -> str:
    if path.lower().endswith((".md", ".markdown")):
        return FORM
    return "Tệp .txt không có phần đầu: hãy đổi đuôi thành .md và viết cho đúng, hoặc khai trong manifest.toml. " + FORM


def _split(text: str) -> tuple[str, str] | None:
    """(front matter, the rest) of a text that begins as front matter does and goes on like it."""
    opened = _OPEN.match(text)
    if not opened:
        return None
    closed = _CLOSE.search(text, opened.end(), opened.end() + MAX_LENGTH)
    if not closed:
        return None
    header = text[opened.end() : closed.start()]
    lines = [line for line in header.splitlines() if line.strip()]
    if lines and (all(_YAML_LINE.match(line) for line in lines) or any(map(_is_known, lines))):
        return header, text[closed.end() :]
    return None


def _declares(text: str, *, after: bool = False) -> str:
    """The line by which the beginning of a text looks like front matter, "" for any other text.

    `after` front matter a text may begin with any words: there only a key or a line without letters begins another one.
    """
    start = text[:MAX_LENGTH].lstrip(_INVISIBLE + " \t\n\r\f\v\u00a0")
    lines = [line for line in start.splitlines() if line.strip(_INVISIBLE + " \t")][:_ZONE_LINES]
    if not lines:
        return ""
    fenced = (len(lines[0]) > 1 and not any(c.isalnum() for c in lines[0][:2])) or lines[0].strip() in ("{", "[", ";")
    if after and any(c.isalnum() for c in lines[0]) and not _is_known(lines[0]):
        return ""
    # A first line of signs opens a fence, unless it is an item of a list that names a key ("- internl: true").
    zone = lines[1:] if fenced and not _is_known(lines[0]) else lines[:3]
    line = next(filter(_is_known, zone), "")
    if not line and start.startswith("---\n") and _MACHINE_KEY.match(zone[0] if zone else ""):
        line = zone[0]
    return _short(line)


def _endless(text: str) -> str:
    """The first line of front matter that goes on for more than `MAX_LENGTH` characters, "" for any other text."""
    if not text.startswith("---") or len(text) <= MAX_LENGTH:
        return ""
    lines = [line for line in text[:MAX_LENGTH].splitlines()[1:-1] if line.strip()]
    return _short(lines[0]) if lines and all(map(_YAML_LINE.match, lines)) else ""


def _is_known(line: str) -> bool:
    """Whether a line gives a value to an accepted key, or to something that is nearly `internal`."""
    match = _KEY.match(line)
    if not match:
        return False
    letters = letters_of(match[1])
    if letters == "noibo" and len(line[match.end() :].strip()) > 20:  # a sentence about what is internal to a body
        return False
    return letters in _KNOWN or _speaks_of_internal(match[1])


def _speaks_of_internal(key: str) -> bool:
    """Whether a key is `internal` or nearly."""
    return means_internal(key) or SequenceMatcher(None, letters_of(key), "internal").ratio() >= 0.8


_KNOWN = frozenset(letters_of(key) for key in KEYS)


def _short(line: str) -> str:
    line = " ".join(line.split())
    return "".join(c for c in line if c.isprintable())[:60]


class _WrongYaml(Exception):
    """What is wrong in a front matter, and in which of its lines (from 0; -1 where it is not known)."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def _load(path: str, header: str) -> dict[str, Value]:
    try:
        declared = _read_mapping(_events(header))
        _check_internal(declared, header)
    except _WrongYaml as error:
        where = f" ở dòng {error.line + 2}" if error.line >= 0 else ""
        raise ExtractError(f"{path}: phần đầu (YAML) viết sai{where}: {error}. {FORM}") from error
    return declared


def _check_internal(declared: dict[str, Value], header: str) -> None:
    """Add `internal` where a comment speaks of it only; refuse what YAML takes for a part of another value."""
    lines = enumerate(header.splitlines())
    spoken = [(number, line) for number, line in lines if (match := _KEY.match(line)) and _speaks_of_internal(match[1])]
    plain = [number for number, line in spoken if not line.lstrip().startswith("#")]
    known = any(map(_speaks_of_internal, declared))
    if len(plain) > known:
        raise _WrongYaml(plain[-1], f"`internal` phải là một dòng riêng, sát lề, và chỉ viết một lần. {WHAT_TO_WRITE}")
    if spoken and not known:
        declared["internal"] = _short(spoken[0][1])


def _events(header: str) -> Iterator[yaml.Event]:
    """The events of YAML, without any that front matter does not have. Raises _WrongYaml."""
    try:
        for event in yaml.parse(header, Loader=yaml.SafeLoader):
            line = _line(event)
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise _WrongYaml(line, "không dùng được & và * của YAML; nếu là chữ thì viết trong ngoặc kép")
            if getattr(event, "tag", None) or (isinstance(event, yaml.ScalarEvent) and event.implicit == (False, False)):
                raise _WrongYaml(line, "không dùng được ! của YAML; nếu là chữ thì viết trong ngoặc kép")
            yield event
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _WrongYaml(mark.line if mark else -1, f"không đúng dạng “khóa: giá trị” ({error.problem})") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise _WrongYaml(-1, "có ký tự không dùng được") from error


def _line(event: yaml.Event) -> int:
    return event.start_mark.line if event.start_mark else -1


def _read_mapping(events: Iterator[yaml.Event]) -> dict[str, Value]:
    declared: dict[str, Value] = {}
    start = next(e for e in events if not isinstance(e, yaml.StreamStartEvent | yaml.DocumentStartEvent))
    if isinstance(start, yaml.StreamEndEvent):
        return declared
    if not isinstance(start, yaml.MappingStartEvent):
        raise _WrongYaml(_line(start), "phải gồm các dòng “khóa: giá trị”")
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            raise _WrongYaml(line, "khóa phải là chữ")
        if event.value in declared:
            raise _WrongYaml(line, f"khóa “{_short(event.value)}” được viết hai lần; chỉ giữ một dòng")
        declared[event.value] = _read_value(_short(event.value), next(events), events)
    if not isinstance(next(events), yaml.DocumentEndEvent) or not isinstance(next(events), yaml.StreamEndEvent):
        raise _WrongYaml(_line(event), "chỉ được có một phần đầu")
    return declared


def _read_value(key: str, event: yaml.Event, events: Iterator[yaml.Event]) -> Value:
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event)
    if not isinstance(event, yaml.SequenceStartEvent):
        raise _WrongYaml(_line(event), f"giá trị của “{key}” phải là chữ, số hoặc danh sách, không lồng khóa khác")
    values: list[str | int | bool | None] = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        if not isinstance(event, yaml.ScalarEvent):
            raise _WrongYaml(_line(event), f"danh sách của “{key}” không được chứa danh sách hay khóa khác")
        if len(values) >= MAX_VALUES:
            raise _WrongYaml(_line(event), f"danh sách của “{key}” dài hơn {MAX_VALUES} giá trị")
        values.append(_scalar(event))
    return values


def _scalar(event: yaml.ScalarEvent) -> str | int | bool | None:
    """A quoted scalar is a text; a plain one may be a boolean, an integer or nothing."""
    text = str(event.value)
    if event.style is not None:
        return text
    if text in _NULLS:
        return None
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    return int(text) if _INTEGER.fullmatch(text) else text
