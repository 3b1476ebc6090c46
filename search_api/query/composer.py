"""Write the query that an advanced form asks for: the very syntax that `search_api.query.parser` reads."""

from __future__ import annotations

from dataclasses import dataclass

from kb.papers import vocabulary

_QUOTES = str.maketrans('"“”«»', "     ")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the form holds, as typed. `field`, `kind`, `subject`, `status` are codes; years may be empty or malformed."""

    all_words: str = ""
    phrase: str = ""
    any_words: str = ""
    without: str = ""
    number: str = ""
    place: str = ""
    field: str = ""
    kind: str = ""
    subject: str = ""
    status: str = ""
    first_year: str = ""
    last_year: str = ""


def compose(wanted: Wanted) -> str:
    """The query; what is empty or no known code is left out.

    >>> compose(Wanted("lúa", phrase="hữu cơ", without="rươi", field="agriculture", first_year="2023", last_year="2025"))
    'lúa "hữu cơ" -rươi lĩnh vực:"Nông nghiệp" năm:2023-2025'
    >>> compose(Wanted(any_words="tôm cua", place="Tuệ Tĩnh"))
    'tôm OR cua địa bàn:"Tuệ Tĩnh"'
    """
    both = " ".join(part for part in (_words(wanted.all_words), _phrase(wanted.phrase)) if part)
    either = wanted.any_words.translate(_QUOTES).split()
    # OR divides the whole query, so that what must be there stands on every side of it.
    sides = [f"{both} {word}".strip() for word in either] or [both]
    parts = [" OR ".join(side for side in sides if side)]
    parts += [f"-{word}" for word in wanted.without.translate(_QUOTES).split() if word[0].isalpha()]
    parts += [f"số:{_value(wanted.number)}"] if wanted.number.strip() else []
    parts += [f'địa bàn:"{_value(wanted.place)}"'] if wanted.place.strip() else []
    for name, group, code in (
        ("lĩnh vực", "field", wanted.field),
        ("loại", "kind", wanted.kind),
        ("đối tượng", "subject", wanted.subject),
        ("trạng thái", "status", wanted.status),
    ):
        parts += [f'{name}:"{vocabulary.label(group, code)}"'] if code in vocabulary.codes(group) else []
    parts.append(_years(wanted.first_year, wanted.last_year))
    return " ".join(part for part in parts if part)


def _words(text: str) -> str:
    return " ".join(text.split())


def _phrase(text: str) -> str:
    inside = _value(text)
    return f'"{inside}"' if inside else ""


def _value(text: str) -> str:
    return " ".join(text.translate(_QUOTES).split())


def _years(first: str, last: str) -> str:
    """One year or a range; one end alone is that year."""
    known = [year.strip() for year in (first, last) if len(year.strip()) == 4 and year.strip().isdecimal()]
    return f"năm:{'-'.join(dict.fromkeys(known))}" if known else ""
