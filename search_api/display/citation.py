"""Cite an item (Trích dẫn) in the form of official papers (Nghị định 30/2020/NĐ-CP) and in that of the press.

Machine-corrected text is never quoted as the words of the paper: a corrected title is left out, and the citation itself
says why, because a visitor copies it without the page that warns.
"""

from __future__ import annotations

import datetime as dt

from kb.item import Item
from search_api.display import cards
from search_api.schema import Citations


def cite(item: Item, today: dt.date, page: int = 0) -> Citations:
    """Both forms. `page` (from 1) is named where the file has several pages."""
    place = f"trang {page}" if page and item.page_count > 1 else ""
    warning = _warn(item)
    note = f" ({warning[:1].lower()}{warning[1:].rstrip('.')})" if warning else ""
    source = f"Kho tra cứu Cách Hay, mục {item.id}, truy cập ngày {today:%d/%m/%Y}"
    if item.kind == "document" and item.document:
        official = _join(f"{_paper(item, long=True)} {_about(item)}", place)
        press = _join(f"Theo {_lower_first(_paper(item, long=False))}", place)
    else:
        year = str(item.year) if item.year else ""
        there = _lower_first(item.place)
        official = _join(_quoted(item), item.unit, there, year, place)
        where = "; ".join(part for part in (there, year) if part)
        by = f"của {item.unit}" if item.unit else ""
        told = " ".join(part for part in (f"Theo bản ghi {_quoted(item)}", by, f"({where})" if where else "") if part)
        press = _join(told, place)
    return Citations(
        official=f"{official}{note}. {source}.", press=f"{press}{note}. Nguồn: Cách Hay, mục {item.id}.", warning=warning
    )


def _readable(item: Item) -> bool:
    return item.quality == "good" and not item.title_original


def _warn(item: Item) -> str:
    """The warning that must stand beside every quotation of the item; "" where there is none."""
    machine = cards.warn_of_correction(item)
    if not machine and not _readable(item):
        machine = "Chữ nhận dạng tự động, đối chiếu bản gốc trước khi trích dẫn."
    parts = (
        machine,
        "Việc khen thưởng đã bị hủy bỏ, thu hồi." if item.status == "revoked" else "",
        "Dữ liệu minh họa, không phải việc có thật." if item.sample else "",
    )
    return " ".join(part for part in parts if part)


def _paper(item: Item, *, long: bool) -> str:
    """ "Kế hoạch số 238/KH-UBND ngày 18 tháng 10 năm 2024 của Ủy ban nhân dân thành phố Hải Phòng"."""
    document = item.document
    assert document is not None
    date = document.date
    # Days below 10, and January and February, are written with a 0 (Nghị định 30/2020/NĐ-CP, phụ lục I).
    month = f"{date.month:02d}" if date and date.month < 3 else f"{date.month}" if date else ""
    day = f"ngày {date:%d} tháng {month} năm {date.year}" if date and long else f"ngày {date:%d/%m/%Y}" if date else ""
    number = f"số {item.number.text}" if item.number else ""
    issuer = f"của {document.issuer}" if document.issuer else ""
    return " ".join(part for part in (cards.show_type(item) or "Văn bản", number, day, issuer) if part)


def _about(item: Item) -> str:
    """The subject of a paper (Trích yếu) as it follows the paper's name: "về đẩy mạnh công tác tuyên truyền"."""
    if not _readable(item):
        return ""
    name = item.title.removeprefix(cards.show_type(item)).strip(" :.-")
    if not name or name == cards.show_number(item):
        return ""
    lower = _lower_first(name)
    return lower if lower.startswith("về ") else f"về {lower}"


def _quoted(item: Item) -> str:
    return f"“{cards.show_title(item)}”" if _readable(item) else f"mục {item.id}"


def _lower_first(text: str) -> str:
    """The text with a small first letter, unless it begins with two capitals."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def _join(*parts: str) -> str:
    return ", ".join(part.strip().rstrip(",.") for part in parts if part.strip())
