"""Dates: whole days, months and quarters of a year, in every form that people and papers write."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from kb.papers.numbers import FIRST_YEAR, LAST_YEAR
from search_api.query.spans.span import Span
from search_api.query.spans.typed import Typed, form_of, forms_of

#: What a year of two digits leaves out.
CENTURY = 2000

_EDGE = r"(?<![0-9a-z])(?<![0-9][.,/-])"
_END = r"(?![0-9a-z]|[./,-][0-9])"
_DAY = re.compile(
    rf"{_EDGE}(?:ngay\s+)?(?P<d>[0-9]{{1,2}})(?:\s*(?P<mark>[/.-])\s*(?P<m>[0-9]{{1,2}})\s*(?P=mark)\s*(?P<y>[0-9]{{4}}|(?<=/)[0-9]{{2}})"
    rf"|\s+thang\s+(?P<m2>[0-9]{{1,2}})(?:\s+nam\s+|\s*[/,-]\s*|\s+)(?P<y2>[0-9]{{4}})){_END}"
)
_ISO = re.compile(rf"{_EDGE}(?:ngay\s+)?(?P<y>[0-9]{{4}})[/-](?P<m>[0-9]{{1,2}})[/-](?P<d>[0-9]{{1,2}}){_END}")
_DAY_OF_MONTH = re.compile(
    rf"{_EDGE}ngay\s+(?P<d>[0-9]{{1,2}})(?:\s*[/.-]\s*|\s+thang\s+)(?P<m>[0-9]{{1,2}}){_END}"
    rf"|{_EDGE}(?P<d2>[0-9]{{1,2}})\s+thang\s+(?P<m2>[0-9]{{1,2}}){_END}"
)
_MONTH = re.compile(
    rf"{_EDGE}(?:thang\s+(?P<m>[0-9]{{1,2}})(?:\s*[/.-]\s*|\s+nam\s+)|(?P<m2>[0-9]{{1,2}})\s*/\s*)(?P<y>(?:19|20)[0-9]{{2}}){_END}"
)
_QUARTER = re.compile(
    rf"{_EDGE}quy\s+(?P<q>iv|i{{1,3}}|[1-4]|mot|hai|ba|tu)(?:\s*[/-]\s*|\s+nam\s+|\s+)(?P<y>(?:19|20)[0-9]{{2}}){_END}"
)
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "mot": 1, "hai": 2, "ba": 3, "tu": 4}
_QUARTER_NAMES = ("I|1|một", "II|2|hai", "III|3|ba", "IV|4|tư|bốn")


def find(typed: Typed) -> Iterator[Span]:
    """The dates of a query. Impossible dates are none."""
    text = typed.folded.text
    taken: list[tuple[int, int]] = []
    for pattern, read in ((_DAY, _day), (_ISO, _day), (_MONTH, _month), (_QUARTER, _quarter), (_DAY_OF_MONTH, _short)):
        for match in pattern.finditer(text):
            start, end = typed.folded.span(*match.span())
            if all(end <= first or last <= start for first, last in taken) and (span := read(typed, match, start, end)):
                taken.append((start, end))
                yield span


def _ways(value: int) -> tuple[str, ...]:
    """A day or month as printed: without a zero before it and with one."""
    return tuple(dict.fromkeys((str(value), f"{value:02d}")))


def _day(typed: Typed, match: re.Match[str], start: int, end: int) -> Span | None:
    parts = match.groupdict()
    printed = parts["y"] or parts["y2"]
    day, month = int(parts["d"]), int(parts["m"] or parts["m2"])
    # Two digits are a year of this century.
    year = int(printed) if len(printed) == 4 else CENTURY + int(printed)
    try:
        date = dt.date(year, month, day)
    except ValueError:
        return None
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    pairs = [(d, m) for d in _ways(day) for m in _ways(month)]
    written = [f"{d} {m} {year}" for d, m in pairs] + [f"{d} tháng {m} năm {year}" for d, m in pairs]
    written += [f"{d} tháng {m} {year}" for d, m in pairs] + [f"{year} {m} {d}" for d, m in pairs]
    reading = f"Ngày {day:02d}/{month:02d}/{year}"
    first = form_of(typed.text[start:end])
    # "ngày" need not stand before the date.
    first = first[1:] if first[0].folded == "ngay" else first
    return Span("date", start, end, forms_of(first, written), reading, date=date.strftime("%Y%m%d"))


def _short(typed: Typed, match: re.Match[str], start: int, end: int) -> Span | None:
    day, month = int(match["d"] or match["d2"]), int(match["m"] or match["m2"])
    if not 1 <= day <= 31 or not 1 <= month <= 12:
        return None
    pairs = [(d, m) for d in _ways(day) for m in _ways(month)]
    written = [f"ngày {d} {m}" for d, m in pairs] + [f"{d} tháng {m}" for d, m in pairs]
    return Span("date", start, end, forms_of(form_of(typed.text[start:end]), written), f"Ngày {day}/{month}")


def _month(typed: Typed, match: re.Match[str], start: int, end: int) -> Span | None:
    month, year = int(match["m"] or match["m2"]), int(match["y"])
    if not 1 <= month <= 12:
        return None
    written = [way for m in _ways(month) for way in (f"{m} {year}", f"{m} năm {year}")]
    return Span("date", start, end, forms_of(form_of(typed.text[start:end]), written), f"Tháng {month}/{year}")


def _quarter(typed: Typed, match: re.Match[str], start: int, end: int) -> Span | None:
    printed = match["q"]
    quarter = _QUARTERS.get(printed) or int(printed)
    names = _QUARTER_NAMES[quarter - 1].split("|")
    written = [f"quý {name}{between}{match['y']}" for name in names for between in (" ", " năm ")]
    reading = f"Quý {names[0]} năm {match['y']}"
    return Span("date", start, end, forms_of(form_of(typed.text[start:end]), written), reading)
