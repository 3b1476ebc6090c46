"""What search engines may fetch and list: items, fields and places, but no results, exports and tools."""

from __future__ import annotations

#: Paths that have no place among the results of a search engine: other views of what the pages of items hold.
UNLISTED = (
    "/tim/xuat.", "/tim.atom", "/tim-theo-danh-sach", "/tim-tuong-tu", "/tim-nang-cao", "/ho-so", "/so-sanh", "/nhung",
    "/da-luu", "/moi", "/nap-tep", "/mau-danh-sach/", "/api/", "/healthz", "/readyz", "/metrics", "/tinh-trang",
)  # fmt: skip
#: Pages that may be fetched without parameters only: every other address of theirs shows the same items again.
_BARE_ONLY = ("/tim", "/muc/*", "/linh-vuc/*", "/dia-ban")
#: Originals and their pages: each costs more than the page of its item, which holds the same text.
_ORIGINALS = ("/muc/*/trang", "/muc/*/ban-goc")


def robots_txt(origin: str) -> str:
    """The file robots.txt for a site at `origin` ("https://host")."""
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}?*" for path in _BARE_ONLY),
        *(f"Disallow: {path}" for path in (*UNLISTED, *_ORIGINALS)),
    ]
    return "\n".join([*lines, "", f"Sitemap: {origin}/sitemap.xml", ""])


def robots_tag(path: str) -> str:
    """The header X-Robots-Tag of an answer, "" where it may be listed.

    >>> robots_tag("/tim/xuat.docx"), robots_tag("/muc/238-kh-ubnd")
    ('noindex, nofollow', '')
    """
    return "noindex, nofollow" if path.startswith(UNLISTED) else ""
