"""The table of what is exported of a record: key (JSON), heading (CSV, XLSX), width, and how the value is made."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from search_api.display.counts import show_count
from search_api.schema import ClosedGroup, Record
from web.formats import show_attribute, show_card_date, show_date

#: Characters that XML 1.0 cannot hold, lone surrogates among them.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Note:
    """What an export says about itself: its title, its address, the day, how many items it holds, how many results are left
    out, and the items in it that match only when accents are dropped."""

    title: str
    address: str
    today: dt.date
    count: int
    left_out: int = 0
    group: ClosedGroup | None = None

    @property
    def counted(self) -> str:
        return f"{self.count} mục, lấy từ kho tra cứu Cách Hay ngày {show_date(self.today)}."

    @property
    def said(self) -> list[str]:
        """The sentences about what is left out, and about items that match only when accents are dropped, where there are
        any."""
        said = [f"Còn {self.left_out} kết quả nữa không có trong tệp này."] if self.left_out else []
        if self.group and self.group.opened == "asked":
            said.append("Tệp này chỉ gồm những mục khớp khi bỏ dấu.")
        elif self.group and self.group.opened == "alone":
            said.append(f"Trong đó có {show_count(self.group.total)} mục chỉ khớp khi bỏ dấu.")
        return said


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the exported tables; `width` is in characters of a spreadsheet."""

    key: str
    heading: str
    width: int
    value: Callable[[Record], str]


def legal(text: str) -> str:
    """The text, with U+FFFD in place of the characters that XML cannot hold."""
    return _ILLEGAL.sub("\ufffd", text)


def attribute(record: Record, name: str) -> str:
    return next((show_attribute(a.value, a.name) for a in record.attributes if a.name == name), "")


def section(record: Record, name: str) -> str:
    """A section of a practice record, with one paragraph per line and numbered steps."""
    found = next((s for s in record.sections if s.name == name), None)
    if found is None:
        return ""
    numbered = (f"{at}. {text}" if found.ordered else text for at, text in enumerate(found.paragraphs, 1))
    return "\n".join(numbered)


def _section(name: str) -> Callable[[Record], str]:
    return lambda record: section(record, name)


#: The columns of every export, in order.
COLUMNS = (
    Column("id", "Mã", 18, lambda r: r.card.id),
    Column("title", "Nhan đề", 46, lambda r: r.card.title),
    Column("kind", "Loại nội dung", 20, lambda r: r.card.kind.label),
    Column("number", "Số hiệu", 16, lambda r: r.card.number),
    Column("fields", "Lĩnh vực", 28, lambda r: "; ".join(field.label for field in r.card.fields)),
    Column("issuer", "Đơn vị / Cơ quan ban hành", 32, lambda r: r.card.issuer),
    Column("place", "Địa bàn", 30, lambda r: r.card.place),
    Column("place_former", "Tên cũ của địa bàn", 26, lambda r: attribute(r, "place_former")),
    Column("date", "Năm / Ngày", 12, lambda r: show_card_date(r.card)),
    Column("subject", "Đối tượng", 12, lambda r: r.card.subject.label if r.card.subject else ""),
    Column("status", "Trạng thái thẩm định", 18, lambda r: r.card.status.label if r.card.status else ""),
    Column("quality", "Chất lượng nhận dạng", 14, lambda r: r.card.quality.label),
    Column("summary", "Tóm tắt", 50, lambda r: r.summary),
    Column("problem", "Vấn đề đặt ra", 50, _section("problem")),
    Column("steps", "Cách làm", 70, _section("steps")),
    Column("results", "Kết quả", 60, _section("results")),
    Column("cost", "Chi phí, nguồn lực", 50, _section("cost")),
    Column("conditions", "Điều kiện nhân rộng", 46, _section("conditions")),
    Column("replicated_at", "Nơi đã nhân rộng", 36, _section("replicated_at")),
    Column("contact", "Đầu mối liên hệ", 32, _section("contact")),
    Column("match", "Vì sao khớp", 14, lambda r: r.match.label if r.match else ""),
    Column("page", "Trang", 8, lambda r: str(r.page) if r.page else ""),
    Column("snippet", "Đoạn khớp", 50, lambda r: r.snippet),
    Column("citation", "Trích dẫn", 60, lambda r: r.citations.official),
    Column("warning", "Lưu ý", 40, lambda r: r.citations.warning),
    Column("origin", "Nguồn", 40, lambda r: r.origin),
    Column("licence", "Giấy phép", 16, lambda r: r.licence),
    Column("digest", "SHA-256", 20, lambda r: r.digest),
)
