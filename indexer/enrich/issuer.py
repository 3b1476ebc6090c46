"""Name the body that issued a paper (Cơ quan ban hành): from the letterhead, confirmed by the symbol of the number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.enrich.letterhead import Letterhead
from indexer.enrich.lines import Line, letters_of
from kb.papers.bodies import Body, begins_body, spell_body
from kb.papers.document_types import Issuer, NamedPlace, bare_name, issuer_of_symbol, near, type_of_symbol
from kb.papers.numbers import DocumentNumber
from kb.papers.places import is_name
from vitext import fold

#: The share of the letters of a name that must be words of tables, so that it is believed.
MIN_KNOWN = 0.4

_DASH = re.compile(r"\s+[-–]\s+")
_COUNTRY = " Việt Nam"
_OPEN_NAMES = frozenset(
    {"Bộ Chỉ huy", "Bộ Tư lệnh", "Ban Chỉ đạo", "Ban Chỉ huy", "Ban Quản lý", "Hội đồng", "Ủy ban", "Văn phòng"}
)
#: Bodies that ministries have; those of a province name it.
_OF_MINISTRIES = frozenset({"Cục", "Vụ", "Tổng cục", "Viện", "Bộ Tư lệnh", "Chủ tịch"})
#: Parts of schools, hospitals and companies, which are named with them.
_OF_OTHERS = frozenset({"Phòng", "Khoa", "Ban", "Trung tâm", "Đội", "Viện"})
_GOES_ON = re.compile(r"(?:\bva|,|[-–])\s*$")


@dataclass(frozen=True, slots=True)
class NamedIssuer:
    """The name of an issuer, the line of the letterhead that names it, whether its letters are exact and whether the
    symbol of the number says the same."""

    name: str
    line: Line
    exact: bool
    confirmed: bool
    completed: bool


def issuers_of(number: DocumentNumber) -> list[Issuer]:
    """The bodies in a number: all of them for a joint paper, otherwise the first; an official letter begins with it.

    >>> [body.name for body in issuers_of(DocumentNumber("57", "2014", "TTLT-BTC-BNV"))]
    ['Bộ Tài chính', 'Bộ Nội vụ']
    """
    parts = number.parts
    code = type_of_symbol(parts[0])[1]
    bodies = [found[1] for found in map(issuer_of_symbol, parts[1:] if code else parts) if found]
    return bodies if code.startswith("joint_") else bodies[:1]


def name_issuer(head: Letterhead, number: DocumentNumber | None, named: NamedPlace | None) -> NamedIssuer | None:
    """The issuer that the letterhead names; None where it names none that can be believed.

    `named` is the province of the date line, which completes a name without a place.
    """
    bodies = _group(head.bodies)
    if not bodies:
        return None
    symbols = issuers_of(number) if number else []
    line, text = bodies[-1]
    own = spell_body(text)
    framed = (head.of_the_state or head.of_the_party) and (number is not None or head.drafted)
    if own.role == "part" or (own.known < MIN_KNOWN and own.role != "named" and not framed):
        return None
    if own.role == "named" and own.name == own.head:
        return None
    parents = [spell_body(words) for _, words in bodies[:-1]]
    if len(symbols) > 1 or _is_joint(text):
        name = _joint([words for _, words in bodies] if len(symbols) > 1 else [text])
        confirmed = bool(name) and name == ", ".join(body.name for body in symbols)
        return NamedIssuer(name, line, own.exact, confirmed, False) if name else None
    name = _complete(own, parents, named, head)
    name = _with_dated_place(name, own, head)
    whole = next((body.name for body in symbols if body.scope == "central" and body.name.startswith(own.name)), "")
    name = whole or name
    confirmed = any(fold(name).startswith(fold(body.full_name("").split(",")[0])) or _serves(body, own) for body in symbols)
    exact = own.exact and all(parent.exact for parent in parents if parent.place and parent.place in name)
    return NamedIssuer(name, line, exact, confirmed, name != own.name)


def _with_dated_place(name: str, own: Body, head: Letterhead) -> str:
    """The name with its place spelt as in the date line, where the letters of the two are almost the same."""
    if not own.place or head.place is None:
        return name
    level, bare = own.place[: len(own.place) - len(_bare(own.place))], _bare(own.place)
    dated = " ".join(head.place.text.strip(" ,.;").split())
    same = letters_of(dated) == letters_of(bare)
    if (
        dated == bare
        or not (same or near(letters_of(dated), letters_of(bare)))
        or (same and _marked(bare) >= _marked(dated))
    ):
        return name
    return name.replace(f"{level}{bare}", f"{level}{dated}") if same or not is_name(fold(bare)) else name


def _marked(text: str) -> int:
    """How much a name says: the spaces between its words, and the letters with marks."""
    return 10 * text.count(" ") + sum(a != b for a, b in zip(fold(text), text.lower(), strict=False))


def _serves(symbol: Issuer, body: Body) -> bool:
    return symbol.scope == "party" and body.head in ("Tỉnh ủy", "Thành ủy")


def _group(lines: Sequence[Line]) -> list[tuple[Line, str]]:
    """The bodies of the left column, the highest first, with their first lines; a line that begins no name continues one."""
    bodies: list[tuple[Line, str]] = []
    for line in lines:
        text = " ".join(line.text.split()).strip(" .:;_'\"|*-–—")
        if bodies:
            first, before = bodies[-1]
            inside = spell_body(before).name in _OPEN_NAMES or _GOES_ON.search(fold(before)) is not None
            if inside or not begins_body(text):
                bodies[-1] = (first, f"{before} {text}")
                continue
        bodies.append((line, text))
    return bodies


def _is_joint(text: str) -> bool:
    """Whether a line names several bodies ("BỘ NỘI VỤ - BỘ TÀI CHÍNH"); "THI ĐUA - KHEN THƯỞNG" is one name."""
    parts = _DASH.split(text)
    return len(parts) > 1 and all(map(begins_body, parts))


def _joint(texts: Sequence[str]) -> str:
    """The names of the bodies of a joint paper; "" where one of them is not known."""
    parts = [spell_body(part) for text in texts for part in (_DASH.split(text) if _is_joint(text) else [text])]
    if not parts or any(part.role == "part" for part in parts):
        return ""
    return ", ".join(part.name for part in parts)


def _complete(own: Body, parents: Sequence[Body], named: NamedPlace | None, head: Letterhead) -> str:
    """The name with what the body above it, or the date line, adds."""
    parent = parents[-1] if parents else None
    dated = _place_of(named)
    if own.role == "whole":
        return _of_the_party(own.name, head)
    if own.role == "organ":
        return _organ(own, parent, dated)
    if own.open:
        return f"{own.name} {_bare(parent.place if parent and parent.place else dated)}".rstrip()
    if own.name == own.head and own.role == "office":
        if parent is None or parent.role in ("part", "named"):
            return own.name
        above = _complete(parent, parents[:-1], named, head)
        return f"{own.name} {above}"
    if own.place or own.role == "named" or own.name.endswith(_COUNTRY) or own.name.endswith("Trung ương"):
        return own.name
    if parent and parent.role == "named" and own.head in _OF_OTHERS:
        return f"{own.name} {parent.name}"
    if own.name in ("Tỉnh ủy", "Thành ủy"):
        return f"{own.name} {_bare(dated)}".rstrip()
    place = parent.place if parent else ""
    if place and parent and place == _bare(place):
        place = dated if _bare(dated) == place else place
    if not place and ((parent is not None and parent.role == "whole") or own.head in _OF_MINISTRIES):
        return own.name
    return f"{own.name} {place or dated}".rstrip()


def _organ(own: Body, parent: Body | None, dated: str) -> str:
    """ "Ban Thường vụ" and "Ban Chấp hành" act for an organisation, which is the issuer."""
    if parent is None:
        return f"{own.name} {own.place or dated}".rstrip() if own.name == own.head else own.name
    if parent.head in ("Tỉnh ủy", "Thành ủy", "Huyện ủy", "Quận ủy", "Thị ủy", "Đảng ủy", "Đảng bộ"):
        return f"{own.head} {parent.name}"
    name = parent.name.removesuffix(_COUNTRY)
    if parent.place and parent.place in name:
        return name
    return f"{name} {own.place or dated}".rstrip()


def _of_the_party(name: str, head: Letterhead) -> str:
    return f"{name} Đảng" if head.of_the_party and name == "Ban Chấp hành Trung ương" else name


def _place_of(named: NamedPlace | None) -> str:
    """A province as it stands inside a name: "tỉnh Cà Mau", and with its capital "Thành phố Hồ Chí Minh"."""
    if named is None:
        return ""
    return named.name if bare_name(named.name) == "Hồ Chí Minh" else named.name[:1].lower() + named.name[1:]


def _bare(place: str) -> str:
    return re.sub(r"^(?:tỉnh|thành phố|Thành phố|huyện|quận|thị xã|xã|phường|thị trấn|đặc khu)\s+", "", place)
