"""Spell the name of a body (Cơ quan) as official papers write it, from the capitals of a letterhead, clean or damaged.

"SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG TỈNH CÀ MAU" is "Sở Nông nghiệp và Môi trường tỉnh Cà Mau". The words of names are a table
(`tables/bodies.tsv`, with the names of `issuers.tsv`); provinces and communes have tables of their own. What no table has is
spelt by the rule of Nghị định 30/2020/NĐ-CP: a capital where a part of the name begins; in proper names on every syllable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Literal, cast, get_args

from kb.errors import TableError
from kb.papers import places
from kb.papers.document_types import CITY_PREFIX, bare_name, near, place_names, read_issuers
from kb.papers.vocabulary import TABLES, read_table
from vitext import compose, fold, is_syllable

Role = Literal["head", "office", "organ", "named", "whole", "part"]

#: Letters that a damaged name must have for each letter that may be wrong.
LETTERS_A_SLIP = 8
#: Names that the bare name of a place follows.
PARTY_COMMITTEES = ("Tỉnh ủy", "Thành ủy", "Huyện ủy", "Quận ủy", "Thị ủy")
#: Letters of a piece that is found inside a name whatever its accents are: "Báo" is not found in "VĨNH BẢO".
MIN_INNER = 6
#: Words of the longest name of a table.
MAX_WORDS = 12
#: Letters that a piece has at least beyond an exact one, so that it is another.
LETTERS_A_WORD = 2
#: Not longer, for each letter that may be Đ doubles the spellings to try.
_ABBREVIATION = re.compile(r"(?<!\w)[A-ZĐ]{3,8}(?!\w)")
_TOKEN = re.compile(r"[^\W_]+(?:['’`][^\W_]+)*|[-–,()]")
#: Digits that a recogniser writes for letters, between letters.
_DIGIT_FOR_LETTER = re.compile(r"(?<=[a-z])[0165](?=[a-z])")
_LETTERS_OF_DIGITS = {"0": "o", "1": "i", "6": "o", "5": "s"}
_ROMAN = re.compile(r"[IVX]+")
#: Levels of places, by their folded letters.
_LEVELS = {
    "tinh": "tỉnh", "thanhpho": "thành phố", "tp": "thành phố", "huyen": "huyện", "quan": "quận", "thixa": "thị xã",
    "tx": "thị xã", "xa": "xã", "phuong": "phường", "thitran": "thị trấn", "dackhu": "đặc khu", "khuvuc": "khu vực",
}  # fmt: skip
#: What people write for the name of the largest city.
_CITY = {"hcm", "hochiminh", "hcminh"}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A piece of the names of bodies: its spelling, and what it does in a name."""

    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Body:
    """A name as it is spelt. `role` is that of the words it begins with, "part" where no name begins there. `place` is the
    unit that it names last ("tỉnh Cà Mau"), "" without one; `open` that it ends in a level ("Bệnh viện đa khoa tỉnh").
    `known` is the share of its letters that tables have, and `exact` says that none of them was damaged."""

    name: str
    role: Role
    head: str
    place: str = ""
    open: bool = False
    known: float = 0.0
    exact: bool = True


@dataclass
class _Spelling:
    """What has been spelt so far."""

    words: list[str] = field(default_factory=list)
    head: Phrase | None = None
    place: str = ""
    open: bool = False
    known: int = 0
    exact: bool = True
    begins: bool = True
    names: bool = False


def read_bodies(name: str = "bodies.tsv") -> Mapping[str, Phrase]:
    """The pieces of names by their folded letters. Raises TableError for an unsorted table, an unknown role, or a double."""
    pieces: dict[str, Phrase] = {}
    last = ""
    for line, (shown, short, role) in read_table(TABLES / name, 3):
        where = f"{TABLES / name}:{line}"
        if role not in get_args(Role) or shown <= last:
            raise TableError(f"{where}: vai trò phải là {', '.join(get_args(Role))}, tên phải theo thứ tự")
        last = shown
        for spelling in (shown, *(part.strip() for part in short.split(",") if part.strip())):
            if pieces.setdefault(_letters(spelling), Phrase(shown, cast(Role, role))).name != shown and spelling == shown:
                raise TableError(f"{where}: {shown!r} có hai lần")
    return pieces


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Phrase]:
    pieces = dict(read_bodies())
    for issuer in read_issuers():
        role: Role = "whole" if issuer.scope == "central" else "head"
        pieces.setdefault(_letters(issuer.name), Phrase(issuer.name, role))
    return pieces


@lru_cache(maxsize=1)
def _phrases_by_length() -> Mapping[int, tuple[str, ...]]:
    lengths: dict[int, list[str]] = {}
    for key in _phrases():
        lengths.setdefault(len(key), []).append(key)
    return {length: tuple(keys) for length, keys in lengths.items()}


@lru_cache(maxsize=1)
def _provinces() -> Mapping[str, str]:
    """The bare names of provinces of today and before, by their folded letters."""
    return {_letters(bare_name(found.name)): bare_name(found.name) for found in place_names().values()}


def _letters(text: str) -> str:
    letters = "".join(c for c in fold(text) if c.isalnum())
    return letters if letters.isalpha() else _DIGIT_FOR_LETTER.sub(lambda found: _LETTERS_OF_DIGITS[found[0]], letters)


@lru_cache(maxsize=1)
def _abbreviations() -> frozenset[str]:
    """Abbreviations of names in capitals, and of issuers in numbers of papers."""
    shorts = (part.strip() for _, (_, short, _) in read_table(TABLES / "bodies.tsv", 3) for part in short.split(","))
    symbols = (issuer.symbol for issuer in read_issuers())
    return frozenset(word for word in (*shorts, *symbols) if word.isalpha() and word.isupper())


def spell_abbreviations(text: str) -> str:
    """Put back the Đ of abbreviations, which recognisers read as D, E, B or P, where only that makes them known ones.

    >>> spell_abbreviations("Lưu: HETEKT"), spell_abbreviations("HBND xã, UBND")
    ('Lưu: HĐTĐKT', 'HĐND xã, UBND')
    """

    def known(match: re.Match[str]) -> str:
        word = match[0]
        if word in _abbreviations():
            return word
        spelt = {"".join(made) for made in product(*((c, "Đ") if c in "DEBP" else (c,) for c in word))}
        found = spelt & _abbreviations()
        return found.pop() if len(found) == 1 else word

    return _ABBREVIATION.sub(known, text)


def begins_body(text: str) -> bool:
    """Whether the name of a body begins with these words.

    >>> begins_body("SỞ NỘI VỤ"), begins_body("TỈNH NINH BÌNH"), begins_body("KHEN THƯỞNG")
    (True, False, False)
    """
    found = _phrase_at(_TOKEN.findall(compose(text))[: MAX_WORDS + 4], 0)
    return found is not None and found[0].role != "part"


@lru_cache(maxsize=4096)
def spell_body(text: str) -> Body:
    """The name that a letterhead prints, spelt as inside a sentence.

    >>> spell_body("ỦY BAN NHÂN DÂN TỈNH NINH BÌNH").name, spell_body("UBND XA DAI AN").place
    ('Ủy ban nhân dân tỉnh Ninh Bình', 'xã Đại An')
    >>> spell_body("TRƯỜNG THPT LÊ LỢI").name, spell_body("BENH VIEN DA KHOA TINH").open
    ('Trường THPT Lê Lợi', True)
    """
    tokens = _TOKEN.findall(compose(text))
    made = _Spelling()
    at = 0
    while at < len(tokens):
        at = _take_phrase(made, tokens, at) or _take_place(made, tokens, at) or _take_word(made, tokens, at)
    name = re.sub(r"\s+([,)])|(\()\s+", r"\1\2", " ".join(made.words))
    letters = sum(len(_letters(token)) for token in tokens)
    role: Role = made.head.role if made.head else "part"
    head = made.head.name if made.head else ""
    return Body(name, role, head, made.place, made.open, made.known / max(letters, 1), made.exact)


def _take_phrase(made: _Spelling, tokens: Sequence[str], at: int) -> int:
    found = _phrase_at(tokens, at)
    if found is None or (found[0].role == "part" and not made.words):
        return 0
    phrase, end, exact = found
    printed = " ".join(tokens[at:end])
    name = phrase.name
    if at and phrase.role not in ("part", "whole") and made.names:
        return 0  # a proper name goes on: "Trường Tiểu học Báo Đáp"
    if at and len(_letters(printed)) < MIN_INNER and compose(printed).lower() != phrase.name.lower():
        return 0
    made.words.append(name)
    if made.head is None and at == 0:
        made.head = phrase
        made.names = phrase.role == "named" or name in PARTY_COMMITTEES
    made.exact &= exact and (fold(printed) != printed.lower() or fold(name) == name.lower())
    made.known += len(_letters(printed))
    made.begins, made.open = True, False
    return end


def _phrase_at(tokens: Sequence[str], at: int) -> tuple[Phrase, int, bool] | None:
    """(the longest piece of a name that begins at a token, its end, whether its letters are exact)."""
    ends = range(min(len(tokens), at + MAX_WORDS), at, -1) if at < len(tokens) and _letters(tokens[at]) else ()
    keys = {end: _letters("".join(tokens[at:end])) for end in ends if _letters(tokens[end - 1])}
    exact = next((end for end, key in keys.items() if key in _phrases()), 0)
    for end, key in keys.items():
        if end == exact:
            return _phrases()[key], end, True
        # A longer piece with a wrong letter is not the exact one with a word behind it.
        close = _close_phrase(key)
        if close and len(close) > len(keys.get(exact, "")) + LETTERS_A_WORD:
            return _phrases()[close], end, False
    return None


@lru_cache(maxsize=8192)
def _close_phrase(key: str) -> str:
    """The one piece of a name that differs from the letters by few, "" where there is none or several."""
    slips = min(len(key) // LETTERS_A_SLIP, 3)
    if not slips:
        return ""
    close = {
        other
        for length in range(len(key) - slips, len(key) + slips + 1)
        for other in _phrases_by_length().get(length, ())
        if (near(key, other) if slips == 1 else _differs(key, other, slips))
    }
    return close.pop() if len(close) == 1 else ""


def _differs(a: str, b: str, most: int) -> bool:
    """Whether two words differ by at most `most` inserted, missing or changed letters."""
    if len(set(a) ^ set(b)) > 2 * most:
        return False
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, d in enumerate(b, 1):
            before, row[j] = row[j], min(before + (c != d), row[j] + 1, row[j - 1] + 1)
        if min(row) > most:
            return False
    return row[-1] <= most


def _take_place(made: _Spelling, tokens: Sequence[str], at: int) -> int:
    """A level with the name behind it, or the bare name of a province."""
    for width in (2, 1):
        level = _level(_letters("".join(tokens[at : at + width])))
        if level and made.words and not (width == 2 and at + 2 > len(tokens)):
            name, end, exact = _place_name(level, tokens, at + width)
            if level in ("xã", "quận", "phường") and not name and at + width < len(tokens):
                break  # "xã hội"
            if name == "Hồ Chí Minh" and level == "thành phố":
                level = CITY_PREFIX.strip()
            made.words += [level, *([name] if name else [])]
            made.place = f"{level} {name}" if name else made.place
            made.open, made.begins = not name, True
            made.exact &= exact
            made.known += len(_letters("".join(tokens[at:end])))
            return end
    party = made.head is not None and made.head.name in PARTY_COMMITTEES
    found = _province_at(tokens, at, near_too=party)
    if not found or not made.words:
        return 0
    name, end, exact = found
    made.words.append(name)
    made.place, made.open, made.begins = name, False, True
    made.exact &= exact
    made.known += len(_letters("".join(tokens[at:end])))
    return end


@lru_cache(maxsize=2048)
def _level(letters: str) -> str:
    """The level of a place; a long word may have a wrong letter ("THÂÀNH PHỐ")."""
    if letters in _LEVELS or len(letters) < 5:
        return _LEVELS.get(letters.replace("l", "i").replace("j", "i"), "") or _LEVELS.get(letters, "")
    return next((level for name, level in _LEVELS.items() if len(name) > 5 and near(letters, name)), "")


def _province_at(tokens: Sequence[str], at: int, *, near_too: bool) -> tuple[str, int, bool] | None:
    """(the province that begins at a token, its end, whether its letters are exact); `near_too`: with a wrong letter."""
    for end in range(min(len(tokens), at + 6), at, -1):
        key = _letters("".join(tokens[at:end]))
        if key in _CITY:
            return "Hồ Chí Minh", end, True
        if key in _provinces() and _letters(tokens[end - 1]):
            name = _provinces()[key]
            return name, end, compose(" ".join(tokens[at:end])).lower() == name.lower()
    for end in range(min(len(tokens), at + 4) if near_too else at, at, -1):
        key = _letters("".join(tokens[at:end]))
        close = {name for name in _provinces() if len(name) > 5 and near(key, name)}
        if len(close) == 1:
            return _provinces()[close.pop()], end, False
    return None


def _place_name(level: str, tokens: Sequence[str], at: int) -> tuple[str, int, bool]:
    """(the name of a unit behind its level, its end, whether its letters are exact); "" where none stands there."""
    if level in ("tỉnh", "thành phố") and (found := _province_at(tokens, at, near_too=True)):
        return found
    end = at
    while end < min(len(tokens), at + 5) and (tokens[end].isalnum() or "'" in tokens[end]):
        inner = _phrase_at(tokens, end) if end > at else None
        if end > at and (
            (inner and len(_letters(inner[0].name)) >= MIN_INNER) or _LEVELS.get(_letters("".join(tokens[end : end + 2])))
        ):
            break
        if end > at and compose(tokens[end]).lower() in ("tỉnh", "huyện", "xã", "quận", "phường"):
            break
        end += 1
    printed = tokens[at:end]
    if not printed or _letters("".join(printed)) == "hoi" or (level == "tỉnh" and not printed[0][:1].isupper()):
        return "", at, True
    said = " ".join(word.capitalize() if is_syllable(word) or not word.isupper() else word.title() for word in printed)
    if fold(said) != said.lower():
        return said, end, True
    spelt = {places.bare_name(place) for place in places.candidates(f"{level} {said}")}
    return (spelt.pop(), end, False) if len(spelt) == 1 else (said, end, False)


def _take_word(made: _Spelling, tokens: Sequence[str], at: int) -> int:
    word = tokens[at]
    if word in "-–,()":
        made.words.append("-" if word == "–" else word)
        made.begins = True
    elif fold(word) in ("va", "cua", "cho", "voi") and made.words:
        made.words.append({"va": "và", "cua": "của", "voi": "với"}.get(fold(word), "cho"))
        made.begins = fold(word) == "va"
    elif _ROMAN.fullmatch(word) or not word.isalpha() or (word.isupper() and not is_syllable(word)):
        made.words.append(word)
        made.begins = False
    else:
        made.words.append(word.capitalize() if made.begins or made.names else word.lower() if word.isupper() else word)
        made.begins = False
    made.open = False
    return at + 1
