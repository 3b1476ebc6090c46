"""Render templates: all values are escaped, every name must exist, and each template gets one context object (`page`)."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kb import facets
from search_api.display.counts import show_count, show_share
from web import formats, urls

#: HTTP methods of every page.
PAGE_METHODS = ["GET", "HEAD"]

HERE = Path(__file__).parent
STATIC = HERE / "static"


@lru_cache(maxsize=64)
def digest_of(name: str) -> str:
    """The digest of a static file, which stands in its address."""
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file, with a digest, so that browsers may keep the file for ever."""
    return f"/static/{name}?v={digest_of(name)}"


@lru_cache(maxsize=1)
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset, item_url=urls.item_url, field_page_url=urls.field_page_url, facet_labels=facet_labels)
    made.filters.update(number=show_count, share=show_share, date=formats.show_date, card_date=formats.show_card_date)
    made.filters.update(attribute=formats.show_attribute, when=formats.show_moment, day=formats.show_day)
    return made


def facet_labels() -> dict[str, str]:
    """The label of every facet, by its code: the heading of its values among the suggestions."""
    return {facet.code: facet.label for facet in facets.FACETS}


def render(template: str, page: object, status: int = 200) -> HTMLResponse:
    """The page as a response; characters that UTF-8 cannot hold are replaced and raise no error."""
    text = environment().get_template(template).render(page=page)
    return HTMLResponse(text.encode("utf-8", "replace"), status_code=status)
