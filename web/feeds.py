"""Atom feeds (RFC 4287) of new items. Every search has a feed, so that an alert is an address and nothing is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from search_api.schema import ArrivalsAnswer
from web.formats import show_card_date
from web.urls import item_url

#: The XML namespace of Atom.
NAMESPACE = "http://www.w3.org/2005/Atom"
#: Entries of a feed at most.
MAX_ENTRIES = 50
#: Characters that XML 1.0 cannot hold.
_ILLEGAL = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed holds. `origin` is "https://host"; `here` (the feed) and `page` (the results) are addresses below it."""

    title: str
    origin: str
    here: str
    page: str
    answer: ArrivalsAnswer


def write_atom(feed: Feed) -> bytes:
    """The feed as UTF-8 XML. Ids are permanent addresses; the date of an entry is the moment when its item came."""
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(_name("feed"), {"{http://www.w3.org/XML/1998/namespace}lang": "vi"})
    newest = max((arrival.at for arrival in feed.answer.arrivals), default=feed.answer.indexed_at)
    _text(root, "id", feed.origin + feed.here)
    _text(root, "title", feed.title)
    _text(root, "updated", newest or "1970-01-01T00:00:00+00:00")
    _text(ET.SubElement(root, _name("author")), "name", "Cách Hay")
    ET.SubElement(root, _name("link"), {"rel": "self", "type": "application/atom+xml", "href": feed.origin + feed.here})
    ET.SubElement(root, _name("link"), {"rel": "alternate", "type": "text/html", "href": feed.origin + feed.page})
    for arrival in feed.answer.arrivals:
        card = arrival.card
        address = feed.origin + item_url(card.id)
        entry = ET.SubElement(root, _name("entry"))
        _text(entry, "id", address)
        _text(entry, "title", card.title)
        _text(entry, "updated", arrival.at)
        _text(entry, "published", arrival.at)
        ET.SubElement(entry, _name("link"), {"rel": "alternate", "type": "text/html", "href": address})
        for label in (card.kind, *card.fields):
            ET.SubElement(entry, _name("category"), {"term": label.code, "label": label.label})
        facts = " · ".join(part for part in (card.number, card.issuer, card.place, show_card_date(card)) if part)
        _text(entry, "summary", f"{facts}\n{arrival.summary}".strip())
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _name(tag: str) -> str:
    return f"{{{NAMESPACE}}}{tag}"


def _text(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, _name(tag)).text = _ILLEGAL.sub("\ufffd", text)
