"""The typed answers of search, one model for JSON and for the pages.

Text that may be highlighted is a list of `Segment`s, never markup: whoever renders escapes. Labels are Vietnamese, codes
are stable. Models are frozen.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MatchCode = Literal["exact", "folded", "repaired", "semantic", "synonym"]
SortCode = Literal["relevance", "newest"]


class Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Segment(Answer):
    """A run of text; `hit` when it matched the query."""

    text: str
    hit: bool = False


class Label(Answer):
    """A coded value with the words shown for it; `hint` explains it in a line."""

    code: str
    label: str
    hint: str = ""


class Snippet(Answer):
    """A piece of the passage that matched. `page` counts from 1; `block` is the place in the item's text (#b12)."""

    page: int
    block: int
    segments: list[Segment]


class Card(Answer):
    """An item as lists show it."""

    id: str
    title: str
    kind: Label
    fields: list[Label]
    number: str = Field("", description="Số, ký hiệu của văn bản, ví dụ 238/KH-UBND")
    type: str = Field("", description="Loại văn bản, ví dụ Kế hoạch")
    issuer: str = Field("", description="Cơ quan ban hành, hoặc đơn vị thực hiện")
    date: str = Field("", description="Ngày ban hành dd/mm/yyyy, hoặc năm")
    place: str = ""
    subject: Label | None = None
    status: Label | None = None
    quality: Label
    sample: bool = Field(False, description="Dữ liệu minh họa, không phải việc có thật")
    internal: bool = Field(False, description="Mục nội bộ, không dành cho công chúng")
    pages: int = 1


class Hit(Answer):
    """One result: the item, why it matched, and where."""

    card: Card
    title: list[Segment]
    match: Label = Field(
        description="exact đúng dấu, folded không dấu, repaired gần đúng, semantic theo nghĩa, synonym cách viết khác"
    )
    matched: int = Field(default=0, description="Số từ của câu tìm có trong mục")
    words: int = Field(default=0, description="Số từ của câu tìm")
    missing: list[str] = Field(default_factory=list, description="Những từ của câu tìm không có trong mục")
    snippets: list[Snippet]
    attribute: list[Segment] = Field(
        default_factory=list,
        description="Thuộc tính khớp (loại, lĩnh vực, đơn vị, địa bàn) khi toàn văn không có từ nào khớp",
    )
    score: float
    repeats: str = Field(default="", description="Mã của kết quả đứng trước trên trang này mà mục này gần như trùng")


class FacetValue(Answer):
    """`count` is exactly what choosing this value (instead of the facet's present choice) will show.

    `depth` is 1 for a value within the one of depth 0 before it (a commune of its province); `former` for a name of before
    the reorganisation of July 2025.
    """

    code: str
    label: str
    count: int
    selected: bool = False
    depth: int = 0
    former: bool = False


class Facet(Answer):
    name: str
    label: str
    values: list[FacetValue]


class ActiveFilter(Answer):
    """A chosen filter, or with `excluded` a value left out; `total_without` is the number of results without it."""

    facet: str
    facet_label: str
    code: str
    label: str
    total_without: int | None = None
    excluded: bool = False


class WayOut(Answer):
    """What finds something where the query finds nothing, and how much. `query` is the query to ask instead, if it is one.

    Codes: filter and exclusion (`filter` is the one to take away), filters (all of them), accents (without "Đúng dấu"),
    words (without quotation marks, exclusions and fields), any (any of the words).
    """

    code: Literal["filter", "exclusion", "filters", "accents", "words", "any"]
    total: int
    query: str = ""
    filter: ActiveFilter | None = None


class Notice(Answer):
    """Something the reader must know about how the query was read. `query` is a query to try, if any.

    Codes: loosened, spelling, respelt, restored, expanded, shortened, ignored, number_unknown, semantic, unquoted.
    """

    code: str
    text: str
    query: str = ""


class SearchAnswer(Answer):
    """One page of results. `total` = `total_text` + `total_semantic`; facets and pages describe the same set."""

    query: str
    total: int
    total_text: int
    total_semantic: int
    page: int
    pages: int
    per_page: int
    sort: SortCode
    hits: list[Hit]
    facets: list[Facet]
    filters: list[ActiveFilter]
    notices: list[Notice]
    ways_out: list[WayOut] = Field([], description="Khi không có kết quả: cách tìm khác và số kết quả của từng cách")
    jump: str = Field("", description="Mã của văn bản khi câu tìm chỉ là một số hiệu có thật")
    took_ms: float


class FacetsAnswer(Answer):
    query: str
    total: int
    facets: list[Facet]


class Alternative(Answer):
    """Another reading of a word."""

    text: str
    confidence: Annotated[float, Field(ge=0, le=1)]


class Doubt(Answer):
    """A word that a machine read anew and is not sure of."""

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

    `segments` are the best reading; `original` the letters as recognised, with as many lines, where they differ from it.
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
    read: int = Field(0, description="Số chữ máy đọc lại")
    quality: Label
    first_hit: int = 0


class ReadingQuality(Answer):
    """How far the reading of an item can be trusted."""

    syllables: int = Field(description="Số âm tiết của toàn văn")
    read: int = Field(description="Số âm tiết máy đọc lại")
    uncertain: int = Field(description="Số âm tiết chưa chắc chắn")
    guesses: int = Field(description="Trong đó số âm tiết chỉ là phỏng đoán")
    share: Annotated[float, Field(ge=0, le=1, description="Tỷ lệ âm tiết chưa chắc chắn trên toàn văn")]
    warning: str = Field(description="Lời nhắc phải nêu cùng mọi trích dẫn")


class Attribute(Answer):
    """An attribute of the item. `evidence` says where it was read ("Trang 1: “Số: 238 /KH-UBND”"), if by a rule."""

    name: str
    label: str
    value: str
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
    """The same source in the forms that readers need. `warning` must be said beside either, "" where there is none."""

    official: str = Field(description="Cách dẫn của văn bản hành chính")
    press: str = Field(description="Cách dẫn của báo chí")
    warning: str = ""


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
    reading: ReadingQuality | None = Field(None, description="Độ chắc chắn của phương án đọc, khi có phần máy đọc lại")
    origin: str = ""
    licence: str = ""
    digest: str = ""
    path: str = Field("", description="Tệp nguồn trong kho văn bản")
    read_at: str = Field("", description="Lần đọc tệp gần nhất, ISO 8601 (UTC)")
    history: list[HistoryEvent] = Field([], description="Lịch sử thay đổi: khi nào mục được đưa vào kho, thay đổi")


class Record(Answer):
    """An item as it is carried away: into a table, a document, a booklet. Everything is text; nothing is marked.

    `paragraphs` are the full text in its best reading. `match`, `page` and `snippet` say why and where it matched, in an
    export of results; they are empty in a dossier.
    """

    card: Card
    summary: str
    attributes: list[Attribute]
    sections: list[PracticeSection]
    paragraphs: list[str]
    citations: Citations
    origin: str = ""
    licence: str = ""
    digest: str = ""
    match: Label | None = None
    page: int = 0
    snippet: str = ""


class ComparedRow(Answer):
    """An attribute or section of every record compared; `values` has one list of paragraphs a record, empty where it says
    nothing. `missing` counts those."""

    name: str
    label: str
    values: list[list[str]]
    differs: bool
    missing: int
    section: bool = False
    ordered: bool = False


class Comparison(Answer):
    """Records side by side; `fields` are the names of those that all lie in."""

    cards: list[Card]
    rows: list[ComparedRow]
    fields: list[str]


class BatchRow(Answer):
    """A line of a list that was searched. `total` counts what holds it as a phrase; where nothing does, `near` counts what
    holds its words. `hits` are the best of these."""

    line: int
    name: str
    query: str
    total: int
    near: int = 0
    hits: list[Hit]


class BatchAnswer(Answer):
    """A search for every line of a list; `left_out` lines were too many and not searched."""

    rows: list[BatchRow]
    left_out: int = 0


class Arrival(Answer):
    """An item that a search matches, with the moment it came (ISO, UTC)."""

    card: Card
    summary: str
    at: str


class ArrivalsAnswer(Answer):
    """What arrived last of a search; `total` is the number of all its results."""

    query: str
    total: int
    filters: list[ActiveFilter]
    arrivals: list[Arrival]
    indexed_at: str


class HistoryEvent(Answer):
    """Something that happened to an item, at an ISO moment (UTC)."""

    at: str
    label: str


class Suggestion(Answer):
    """What may be meant by what stands in the search box: an item (`id`), or a `query` to ask instead.

    Kinds: number, title, place, issuer, field (and other facets), syntax (the name of a field to go on with).
    """

    kind: str
    text: str
    query: str = ""
    id: str = ""
    hint: str = ""


class SuggestAnswer(Answer):
    query: str
    suggestions: list[Suggestion]


class DraftItem(Answer):
    """An item beside a pasted draft. `grounds` say why it may be the same achievement, `reasons` why it is similar.

    `sure` grades what `repeats`: very likely the same achievement, or one to be compared.
    """

    card: Card
    closeness: float
    reasons: list[str]
    grounds: list[str]
    repeats: bool = False
    sure: bool = False


class DraftAnswer(Answer):
    """A pasted draft against the collection: `repeated` may be the same achievement, `similar` are others like it."""

    compared: int
    shortened: bool
    read: bool = Field(description="Chữ dán vào bị hỏng hoặc thiếu dấu, đã được đọc lại trước khi so")
    repeated: list[DraftItem]
    similar: list[DraftItem]


class FieldCount(Answer):
    number: int
    code: str
    label: str
    count: int


class Group(Answer):
    """Kinds that are looked for together, within a field or place: how many, by year, and the newest of them."""

    name: str
    label: str
    kinds: list[str]
    total: int
    years: dict[int, int]
    cards: list[Card]


class BriefTopic(Answer):
    """The numbers of a field: all, by group, by year."""

    total: int
    groups: dict[str, int]
    years: dict[int, int]


class Topic(Answer):
    """A field or a place by itself. `others` are the places of a field or the fields of a place, `related` the other values
    of its own facet that its items have."""

    total: int
    groups: list[Group]
    kinds: list[FacetValue]
    years: dict[int, int]
    others: list[FacetValue]
    related: list[FacetValue]


class Overview(Answer):
    """What the home page shows."""

    total: int
    kinds: list[FacetValue]
    fields: list[FieldCount]
    newest: list[Card]
    indexed_at: str = Field("", description="Lúc lập chỉ mục gần nhất, ISO 8601")


class SearchServer(Answer):
    """The search server beside the embedded index: `queued` items wait for it."""

    code: Literal["in_step", "behind", "updating", "away"]
    queued: int
    detail: str = ""


class Readiness(Answer):
    """Whether questions are answered, and by which full-text index: the server's, the embedded one, or none."""

    ready: bool
    text: Literal["server", "embedded", "none"]
    items: int
    generation: str
    indexed_at: str = ""
    detail: str = ""
    server: SearchServer | None = None


class Health(Answer):
    status: Literal["ok", "empty", "outdated", "error"]
    items: int
    generation: str
    model: str
    detail: str = ""
