"""What the words of a list mean: which kind an entry is, who is its subject, its name, unit, fields and year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from indexer.lists.places import province_of
from indexer.lists.words import Role, codes_in, holds, plain, starts_as
from kb.item import Item, Kind, Status, Subject
from kb.papers.places import Place
from vitext import is_syllable

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_PARENTHESIS = re.compile(r"\s*\([^()]*\)")
_BREAK = re.compile(r"\s*[,;\n]\s*|\s+[-–]\s+")
#: Kinds of what is done, and of who does it.
_WORKS: tuple[Kind, ...] = ("new_model", "practice", "good_deed")
_SUBJECTS: tuple[Kind, ...] = ("exemplar", "good_deed", "new_factor")
_KIND: dict[str, Kind] = {kind: kind for kind in (*_WORKS, *_SUBJECTS)}
#: What the title of a list begins with.
_TITLES = ("danh sach", "bang tong hop", "tong hop", "bieu", "phu luc danh sach")
#: Syllables of the name of a person.
_NAME_LENGTHS = range(2, 7)


@dataclass(frozen=True, slots=True)
class Context:
    """What a whole list says of its entries: the lines of its title, the nearest first; the year, the status, the place and
    its province, and the one kind of subject that all of it is about."""

    titles: Sequence[str]
    year: int
    status: Status | None
    place: str
    province: Place | None
    subject: Subject | None


def context_of(item: Item, titles: Sequence[str]) -> Context:
    """The context of a list in a paper."""
    said = [title for title in titles if title]
    year = next((int(years[-1]) for title in said if (years := _YEAR.findall(title))), item.year)
    decided = item.document is not None and item.document.type == "decision"
    status: Status | None = None
    if decided or any(holds("title", "decided", title) for title in said):
        status = "reviewed"
    elif any(holds("title", "pending", title) for title in said):
        status = "pending"
    elif any(holds("title", "reviewed", title) for title in said):
        status = "reviewed"
    subject = next((found for title in said[:2] if (found := _only_subject(title))), None)
    # The rules for letterheads may find the address of one row, which is not that of the others.
    rows = (e for e in item.evidence if e.attribute == "place" and e.block >= 0)
    place = "" if any(item.blocks[e.block].role == "table_row" for e in rows) else item.place
    return Context(said, year, status, place, province_of(place), subject)


def _only_subject(text: str) -> Subject | None:
    """The one kind of subject that a text names, None where it names none or several."""
    codes = {"individual" if code == "individual" else "collective" for code in codes_in("subject", text)}
    return codes.pop() if len(codes) == 1 else None  # type: ignore[return-value]


def kind_of(item: Item, context: Context, told: str, sections: Sequence[str], *, name: str, is_work: bool) -> Kind:
    """The kind of an entry: what its column says, its section, the manifest, its own words, the title of the list.

    `name` is the text that names it, after the heading of its column; `is_work` tells a deed or a model from its subject.
    """
    for text in (told, *reversed(sections)):
        if codes := _kinds_in(text):
            return codes[0]
    if item.kind not in ("document", "article"):
        return item.kind
    begins = _kinds_in(" ".join(name.split()[:3]))
    if begins and begins[0] in _WORKS:
        return begins[0]
    allowed = _WORKS if is_work else _SUBJECTS
    for text in (name, *context.titles) if is_work else context.titles:
        if found := [kind for kind in _kinds_in(text) if kind in allowed]:
            return found[0]
    return "practice" if is_work else "exemplar"


def _kinds_in(text: str) -> list[Kind]:
    """The kinds that a text names; "Gương người tốt, việc tốt" is a good deed, as the word for an exemplar says less."""
    kinds = [_KIND[code] for code in codes_in("kind", text)]
    return sorted(kinds, key=lambda kind: kind == "exemplar")


def subject_of(role: Role | None, name: str, told: str, sections: Sequence[str], context: Context) -> Subject | None:
    """Who an entry is about; a household is a collective. None where nothing tells."""
    if role in ("person", "collective", "household"):
        return "individual" if role == "person" and not starts_as("household", name) else "collective"
    for text in (told, *reversed(sections)):
        if found := _only_subject(text):
            return found
    if not name:
        return None
    if starts_as("household", name) or starts_as("organisation", name):
        return "collective"
    return "individual" if is_person(name) else context.subject


def is_person(name: str) -> bool:
    """Whether a text has the form of a personal name.

    >>> is_person("Bà Nguyễn Thị Lan"), is_person("Câu lạc bộ thơ")
    (True, False)
    """
    words = short_name(name).split()
    if len(words) not in _NAME_LENGTHS or starts_as("organisation", name):
        return False
    return all(word.isalpha() and word[0].isupper() and is_syllable(word) for word in words)


def short_name(name: str) -> str:
    """A name without the form of address and what stands in parentheses.

    >>> short_name("Ông Nguyễn Văn An (Bí thư chi bộ)")
    'Nguyễn Văn An'
    """
    short = _PARENTHESIS.sub("", name).strip(" ,;") or name
    words = short.split()
    count = starts_as("salutation", short)
    rest = " ".join(words[count:]).lstrip(". ")
    return rest if count and len(rest.split()) > 1 else short


def unit_in(text: str) -> str:
    """The unit that stands behind a post ("Bí thư chi bộ thôn Đông, xã Vĩnh Hải", "Giáo viên Trường THCS An Dương"), "" for
    none.

    >>> unit_in("Hiệu trưởng, Trường THCS An Dương"), unit_in("Giáo viên Trường THCS An Dương"), unit_in("Nông dân")
    ('Trường THCS An Dương', 'Trường THCS An Dương', '')
    """
    parts = _BREAK.split(text, maxsplit=1)
    if len(parts) > 1 and parts[1]:
        return " ".join(parts[1].split())
    words = text.split()
    for at in range(1, len(words)):
        if words[at][:1].isupper() and starts_as("organisation", " ".join(words[at:])):
            return " ".join(words[at:])
    return ""


def fields_in(text: str) -> tuple[str, ...]:
    """The codes of the fields that a text names.

    >>> fields_in("Nông nghiệp, nông thôn mới; Y tế"), fields_in("Khác")
    (('agriculture', 'health'), ())
    """
    return tuple(dict.fromkeys(codes_in("field", text)))


def status_of(text: str) -> Status | None:
    """The review status that a cell tells, None for none."""
    codes = codes_in("status", text)
    return codes[-1] if codes else None  # type: ignore[return-value]


def year_in(text: str) -> int:
    """The last year that a text names, 0 for none.

    >>> year_in("2021-2024"), year_in("19/5/2023"), year_in("5")
    (2024, 2023, 0)
    """
    years = _YEAR.findall(text)
    return int(years[-1]) if years else 0


def title_in(titles: Sequence[str]) -> str:
    """The line that is the title of a list, among those above it, the nearest first; "" where none names a list."""
    return next((t for t in titles if plain(t).startswith(_TITLES) and not t.endswith((".", ":"))), "")
