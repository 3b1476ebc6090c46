"""One item in full: its text in both versions, attributes, relations, citations, history."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from search_api.schema.cards import Answer, Card, Label, Segment


class Alternative(Answer):
    """Another way to read a word."""

    text: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class Doubt(Answer):
    """A word that a machine corrected, or left as it is, and is not sure of."""

    start: int = Field(description="Vị trí ký tự đầu trong phương án đọc của khối")
    end: int = Field(description="Vị trí sau ký tự cuối trong phương án đọc của khối")
    original_start: int = Field(description="Vị trí ký tự đầu trong nguyên văn nhận dạng của khối")
    original_end: int = Field(description="Vị trí sau ký tự cuối trong nguyên văn nhận dạng của khối")
    before: str = Field(description="Chữ nhận dạng được")
    after: str = Field(description="Chữ đọc đề xuất")
    confidence: Annotated[float, Field(ge=0, le=1, description="Xác suất chữ đề xuất là đúng, đã hiệu chuẩn")]
    guess: bool = Field(description="true: chỉ là phỏng đoán, không được trích dẫn; cách đọc khác cũng được lập chỉ mục")
    alternatives: list[Alternative] = Field(description="Những cách đọc khác, khả năng cao trước")


class TextSegment(Segment):
    """A run of the full text. `more`: it goes on with the hit before it, cut at a doubtful word or a line end."""

    more: bool = False
    doubt: int | None = Field(None, description="Chữ chưa chắc chắn: thứ tự trong `doubts` của khối, từ 0")


class TextBlock(Answer):
    """A block of the full text. `id` is its anchor ("b12"); hits are numbered through the whole text from 1.

    `segments` are the best version; `original` the letters as recognised, with as many lines, where they differ from it.
    """

    id: str
    page: int
    role: Literal["heading", "paragraph", "list_item", "table_row"]
    level: int
    marker: str
    segments: list[TextSegment] = Field(
        description="Phương án đọc tốt nhất: bản hiệu đính, bản máy đọc lại, hoặc nguyên văn"
    )
    original: list[TextSegment] = Field([], description="Nguyên văn nhận dạng, khi khác với phương án đọc tốt nhất")
    doubts: list[Doubt] = Field([], description="Những chữ máy đọc lại mà chưa chắc chắn")
    corrected: int = Field(0, description="Số chữ máy đọc lại")
    quality: Label
    first_hit: int = 0


class CorrectionQuality(Answer):
    """How far the corrected text of an item can be trusted."""

    syllables: int = Field(description="Số âm tiết của toàn văn")
    corrected: int = Field(description="Số âm tiết máy đọc lại")
    uncertain: int = Field(description="Số âm tiết chưa chắc chắn")
    guesses: int = Field(description="Trong đó số âm tiết chỉ là phỏng đoán")
    share: Annotated[float, Field(ge=0, le=1, description="Tỷ lệ âm tiết chưa chắc chắn trên toàn văn")]
    warning: str = Field(description="Lời nhắc phải nêu cùng mọi trích dẫn")


class Attribute(Answer):
    """An attribute of the item. `evidence` quotes the text where a rule found it (“Số: 238 /KH-UBND”), "" where none did."""

    name: str
    label: str
    value: str = Field(description="Giá trị; ngày theo ISO 8601, ví dụ 2024-10-18")
    evidence: str = ""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class RelatedDocument(Answer):
    """A document this one names, or one that names it. `id` is "" when the knowledge base does not hold it."""

    number: str
    relation: Label
    text: str
    id: str = ""
    title: str = ""
    block: int = -1


class SimilarItem(Answer):
    """A similar item with the reason. `duplicate`: so close that it may be the same achievement."""

    card: Card
    score: float
    reasons: list[str]
    duplicate: bool = False


class SimilarAnswer(Answer):
    id: str
    items: list[SimilarItem]


class PracticeSection(Answer):
    """A part of a practice record (Vấn đề đặt ra, Cách làm, ...); steps come as several paragraphs."""

    name: str
    label: str
    paragraphs: list[str]
    ordered: bool = False


class Citations(Answer):
    """The same source in the forms that visitors need. `warning` must be said beside either, "" where there is none."""

    official: str = Field(description="Cách dẫn của văn bản hành chính")
    press: str = Field(description="Cách dẫn của báo chí")
    warning: str = ""


class HistoryEvent(Answer):
    """Something that happened to an item, at an ISO moment (UTC)."""

    at: str
    label: str


class ItemAnswer(Answer):
    """One item in full."""

    card: Card
    title_original: str = Field("", description="Nhan đề như chữ nhận dạng được, khi nhan đề do máy đọc lại")
    summary: str
    attributes: list[Attribute]
    sections: list[PracticeSection]
    blocks: list[TextBlock]
    hits: int = Field(0, description="Số chỗ khớp với câu tìm q")
    cites: list[RelatedDocument] = Field(description="Căn cứ / Thực hiện: văn bản mà mục này dẫn")
    cited_by: list[RelatedDocument] = Field(description="Được triển khai bởi: văn bản dẫn mục này")
    similar: list[SimilarItem]
    citations: Citations = Field(description="Câu trích dẫn để sao chép")
    quality_reason: str = Field("", description="Vì sao có chất lượng nhận dạng này")
    correction: CorrectionQuality | None = Field(None, description="Độ chắc chắn của phương án đọc, khi có phần máy đọc lại")
    origin: str = ""
    licence: str = ""
    digest: str = ""
    path: str = Field("", description="Tệp nguồn trong kho văn bản")
    read_at: str = Field("", description="Lần đọc tệp gần nhất, ISO 8601 (UTC)")
    history: list[HistoryEvent] = Field([], description="Lịch sử thay đổi: khi nào mục được đưa vào kho, thay đổi")
