"""Write dates and moments as people in Việt Nam write them. The API gives ISO 8601; only pages, exports and the terminal
use these functions."""

from __future__ import annotations

import datetime as dt

from search_api.display.counts import show_count
from search_api.query.request import SearchRequest
from search_api.schema import Card, ClosedGroup

#: Names of the attributes whose value is an ISO date.
DATE_ATTRIBUTES = frozenset({"date"})


def show_date(date: dt.date) -> str:
    """A date with its day before its month.

    >>> show_date(dt.date(2024, 10, 8))
    '08/10/2024'
    """
    return f"{date:%d/%m/%Y}"


def show_card_date(card: Card) -> str:
    """The date of an item; the year where only that is known, "" where nothing is known.

    >>> from search_api.schema import Label
    >>> card = Card(id="a", title="A", kind=Label(code="", label=""), quality=Label(code="", label=""), fields=[], year=2024)
    >>> show_card_date(card), show_card_date(card.model_copy(update={"date": dt.date(2024, 10, 18)}))
    ('2024', '18/10/2024')
    >>> show_card_date(card.model_copy(update={"year": None}))
    ''
    """
    if card.date:
        return show_date(card.date)
    return str(card.year) if card.year else ""


def show_attribute(value: str, name: str) -> str:
    """The value of an attribute: an ISO date as `show_date` writes it, every other value as it is.

    >>> show_attribute("2024-10-18", "date"), show_attribute("2024-10-18", "title")
    ('18/10/2024', '2024-10-18')
    """
    return show_date(dt.date.fromisoformat(value)) if name in DATE_ATTRIBUTES else value


def show_moment(moment: str) -> str:
    """An ISO moment in the time zone of this machine.

    >>> show_moment("2026-11-25T10:05:59")
    '10:05 ngày 25/11/2026'
    """
    return f"{dt.datetime.fromisoformat(moment).astimezone():%H:%M ngày %d/%m/%Y}"


def show_day(moment: str) -> str:
    """The day of an ISO moment in the time zone of this machine.

    >>> show_day("2026-11-25T10:05:59")
    '25/11/2026'
    """
    return show_date(dt.datetime.fromisoformat(moment).astimezone())


def show_manner(request: SearchRequest, group: ClosedGroup | None = None) -> list[str]:
    """How a search was asked, besides its words and filters, for headings and titles.

    >>> show_manner(SearchRequest("dê NTM", dropped=True, as_text=("NTM",)))
    ['chỉ những mục khớp khi bỏ dấu', 'như chữ thường: NTM']
    >>> show_manner(SearchRequest("thi đưa"), ClosedGroup(total=14, opened="alone"))
    ['cả 14 mục khớp khi bỏ dấu']
    """
    said = ["đúng dấu"] if request.accents else []
    said += ["đúng như đã gõ"] if request.typed else []
    if request.dropped:
        said.append("chỉ những mục khớp khi bỏ dấu")
    elif group and group.opened:
        said.append(f"cả {show_count(group.total)} mục khớp khi bỏ dấu")
    return said + ([f"như chữ thường: {'; '.join(request.undone)}"] if request.undone else [])
