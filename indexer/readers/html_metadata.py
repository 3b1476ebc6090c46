"""What a web page says about itself: title, lead (sapo), author, date, site and address, as Open Graph, JSON-LD and meta."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Characters of a block of JSON-LD that are read.
MAX_JSON = 200_000
#: Characters of one value that are kept.
MAX_VALUE = 2000

_SAVED_FROM = re.compile(r"saved from url=\(\d+\)\s*(\S+)")
#: Controls and lone surrogates.
_CONTROLS = ("Cc", "Cs")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})|\b(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ARTICLE_TYPES = ("Article", "NewsArticle", "ReportageNewsArticle", "BlogPosting")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What a page says about itself; "" and None where it says nothing. `is_article` says that it calls itself one."""

    title: str = ""
    lead: str = ""
    author: str = ""
    site: str = ""
    address: str = ""
    date: dt.date | None = None
    is_article: bool = False

    @property
    def origin(self) -> str:
        """Site, author, date and address in one line, for the attribute `origin`."""
        author = f"tác giả {self.author}" if self.author else ""
        date = self.date.strftime("%d/%m/%Y") if self.date else ""
        return ", ".join(part for part in (self.site, author, date, self.address) if part)


def read_metadata(root: Any, text: str) -> PageMetadata:
    """The metadata of a page, from the root of its tree and the beginning of its text."""
    meta = _meta(root)
    linked = next(_linked(root), {})
    date = (
        find_date(meta.get("article:published_time", ""))
        or find_date(_text(linked.get("datePublished")))
        or find_date(meta.get("pubdate", "") or meta.get("dc.date", "") or meta.get("date", ""))
    )
    saved = _SAVED_FROM.search(text[:4000])
    canonical = next((link.get("href", "") for link in root.iter("link") if "canonical" in (link.get("rel") or "")), "")
    publisher = linked.get("publisher")
    return PageMetadata(
        title=meta.get("og:title") or _text(linked.get("headline")) or meta.get("twitter:title", ""),
        lead=meta.get("og:description") or _text(linked.get("description")) or meta.get("description", ""),
        author=meta.get("article:author", "") if _is_name(meta.get("article:author", "")) else _author(linked, meta),
        site=meta.get("og:site_name") or (_text(publisher.get("name")) if isinstance(publisher, Mapping) else ""),
        address=_web(meta.get("og:url", "")) or _web(canonical) or _web(saved[1] if saved else ""),
        date=date,
        is_article=meta.get("og:type") == "article" or bool(linked) or "article:published_time" in meta,
    )


def find_date(text: str) -> dt.date | None:
    """The first date in a text that exists, written as computers or as people write it.

    >>> find_date("2024-10-18T09:15:00+07:00"), find_date("Thứ sáu, 18/10/2024"), find_date("30/02/2024")
    (datetime.date(2024, 10, 18), datetime.date(2024, 10, 18), None)
    """
    for match in _DATE.finditer(text):
        year, month, day = (match[1], match[2], match[3]) if match[1] else (match[6], match[5], match[4])
        try:
            date = dt.date(int(year), int(month), int(day))
        except ValueError:
            continue
        if 1900 <= date.year <= 2100:
            return date
    return None


def _meta(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for element in root.iter("meta"):
        name = (element.get("property") or element.get("name") or element.get("itemprop") or "").strip().lower()
        value = _text(element.get("content"))
        if name and value:
            found.setdefault(name, value)
    return found


def _linked(root: Any) -> Iterator[Mapping[str, Any]]:
    """The descriptions of articles in JSON-LD."""
    for script in root.iter("script"):
        if (script.get("type") or "").strip().lower() != "application/ld+json":
            continue
        try:
            data = json.loads((script.text or "")[:MAX_JSON])
        except (ValueError, RecursionError):
            continue
        candidates = data if isinstance(data, list) else [data]
        for candidate in candidates:
            graph = candidate.get("@graph") if isinstance(candidate, Mapping) else None
            for entry in graph if isinstance(graph, list) else [candidate]:
                kinds = entry.get("@type") if isinstance(entry, Mapping) else None
                if any(kind in _ARTICLE_TYPES for kind in (kinds if isinstance(kinds, list) else [kinds])):
                    yield entry


def _author(linked: Mapping[str, Any], meta: Mapping[str, str]) -> str:
    author = linked.get("author")
    first = author[0] if isinstance(author, list) and author else author
    name = _text(first.get("name")) if isinstance(first, Mapping) else _text(first)
    return next((value for value in (name, meta.get("author", "")) if _is_name(value)), "")


def _is_name(value: str) -> bool:
    return bool(value) and "://" not in value and len(value) <= 80


def _web(address: str) -> str:
    return address if address.startswith(("http://", "https://")) and len(address) <= 200 else ""


def _text(value: object) -> str:
    """The words of a value in one line, without controls, which no attribute may hold."""
    if not isinstance(value, str):
        return ""
    return " ".join(
        "".join(c for c in value[: 2 * MAX_VALUE] if c.isspace() or unicodedata.category(c) not in _CONTROLS).split()
    )[:MAX_VALUE]
