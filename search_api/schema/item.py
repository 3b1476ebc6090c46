"""One item in full: the versions of its text, attributes, relations, citations, history."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from search_api.schema.cards import Answer, Card, Label, Segment


class Alternative(Answer):
    """Another correction of a word."""

    text: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class Doubt(Answer):
    """A word that the machine corrected, or left as it is, without being sure."""

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
    """A run of the full text. `more` tells that it continues the hit before it, which is cut at a doubtful word or a line
    end."""

    more: bool = False
    doubt: int | None = Field(None, description="Chữ chưa chắc chắn: thứ tự trong `doubts` của khối, từ 0")


class TextBlock(Answer):
    """A block of the full text. `id` is its anchor ("b12"). Hits are numbered from 1 through the whole text.

    `segments` are the best version. Where it differs from the letters as recognised, `original` has these, with the same
    number of lines.
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
    """How reliable the corrected text of an item is."""

    syllables: int = Field(description="Số âm tiết của toàn văn")
    corrected: int = Field(description="Số âm tiết máy đọc lại")
    uncertain: int = Field(description="Số âm tiết chưa chắc chắn")
    guesses: int = Field(description="Trong đó số âm tiết chỉ là phỏng đoán")
    share: Annotated[float, Field(ge=0, le=1, description="Tỷ lệ âm tiết chưa chắc chắn trên toàn văn")]
    warning: str = Field(description="Lời nhắc phải nêu cùng mọi trích dẫn")


class Attribute(Answer):
    """An attribute of the item. `evidence` quotes the text in which a rule found it (“Số: 238 /KH-UBND”); "" where no rule
    did."""

    name: str
    label: str
    value: str = Field(description="Giá trị; ngày theo ISO 8601, ví dụ 2024-10-18")
    evidence: str = ""
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0


class RelatedDocument(Answer):
    """A document that this one cites, or that cites it. `id` is "" where the collection does not hold it."""

    number: str
    relation: Label
    text: str
    id: str = ""
    title: str = ""
    block: int = -1


class SimilarItem(Answer):
    """A similar item with the reasons. `duplicate` tells that it is a near-duplicate, perhaps the same achievement."""

    card: Card
    score: float
    reasons: list[str]
    duplicate: bool = False


class SimilarAnswer(Answer):
    """The items similar to one item."""

    id: str
    items: list[SimilarItem]


class PracticeSection(Answer):
    """A section of a practice record (Vấn đề đặt ra, Cách làm, ...). `ordered` tells that its paragraphs are steps."""

    name: str
    label: str
    paragraphs: list[str]
    ordered: bool = False


class Citations(Answer):
    """The citation of an item in the forms that visitors need. `warning` must stand beside either form; "" where there is
    none."""

    official: str = Field(description="Cách dẫn của văn bản hành chính")
    press: str = Field(description="Cách dẫn của báo chí")
    warning: str = ""


class HistoryEvent(Answer):
    """An event in the history of an item. `at` is an ISO 8601 time (UTC)."""

    at: str
    label: str


class TextPart(Answer):
    """A part of a very long text. `first_block` is the index of its first block, `heading` the first heading in it.

    `holds` tells that words of the query stand in it.
    """

    number: int
    first_block: int
    heading: str = ""
    holds: bool = False


class OriginalFile(Answer):
    """The original of an item, as it was handed in."""

    name: str = Field(description="Tên tệp bản gốc")
    media_type: str
    paged: bool = Field(False, description="true: xem được ảnh từng trang của bản gốc")


class NestedItem(Answer):
    """An item that lies in another one, or in which another one lies."""

    id: str
    title: str
    kind: Label


class Nesting(Answer):
    """Where an item lies: a list in which it is a row, a mail to which it was attached; and what lies inside it."""

    within: NestedItem | None = Field(None, description="Danh sách hoặc thư mà mục này nằm trong")
    inside: list[NestedItem] = Field([], description="Các mục nằm trong mục này, tối đa 200")
    total: int = Field(0, description="Số mục nằm trong mục này")


class ItemAnswer(Answer):
    """One item in full, or one part of a very long one."""

    card: Card
    title_original: str = Field("", description="Nhan đề như chữ nhận dạng được, khi nhan đề do máy đọc lại")
    summary: str
    attributes: list[Attribute]
    sections: list[PracticeSection]
    blocks: list[TextBlock]
    part: int = Field(1, description="Phần của toàn văn trong câu trả lời này")
    parts: list[TextPart] = Field([], description="Các phần của một toàn văn rất dài; rỗng khi toàn văn là một phần")
    searched: bool = Field(True, description="false: mới dò câu tìm ở đoạn đầu của một toàn văn rất dài")
    hits: int = Field(0, description="Số chỗ khớp với câu tìm q, trong phần này")
    cites: list[RelatedDocument] = Field(description="Căn cứ / Thực hiện: văn bản mà mục này dẫn, tối đa 100")
    cited_by: list[RelatedDocument] = Field(description="Được triển khai bởi: văn bản dẫn mục này, tối đa 100")
    similar: list[SimilarItem]
    nesting: Nesting = Field(description="Mục chứa mục này, và các mục bên trong")
    citations: Citations = Field(description="Câu trích dẫn để sao chép")
    quality_reason: str = Field("", description="Vì sao có chất lượng nhận dạng này")
    correction: CorrectionQuality | None = Field(None, description="Độ chắc chắn của phương án đọc, khi có phần máy đọc lại")
    original: OriginalFile | None = Field(None, description="Bản gốc để tải về và xem từng trang, khi còn trong kho văn bản")
    origin: str = ""
    licence: str = ""
    digest: str = ""
    path: str = Field("", description="Tệp nguồn trong kho văn bản; để trống với công chúng")
    read_at: str = Field("", description="Lần đọc tệp gần nhất, ISO 8601 (UTC)")
    history: list[HistoryEvent] = Field([], description="Lịch sử thay đổi: khi nào mục được đưa vào kho, thay đổi")
