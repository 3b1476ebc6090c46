"""Answers of a search: results, facets, notices, ways out, suggestions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from search_api.schema.cards import Answer, Card, Label, Segment

MatchCode = Literal["exact", "folded", "repaired", "semantic", "synonym"]
SortCode = Literal["relevance", "newest"]


class Snippet(Answer):
    """A run of a block that matched. `page` counts from 1; `block` is the index of the block in the item's text (#b12).

    `part` is the part of a very long text that holds the block.
    """

    page: int
    block: int
    segments: list[Segment]
    part: int = 1


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
    """A value of a facet. `count` is the exact number of results if this value is chosen instead of the values chosen of the
    facet now.

    `depth` is 1 for a value that lies within the last one of depth 0 (a commune of its province). `former` marks a name from
    before the reorganisation of July 2025.
    """

    code: str
    label: str
    count: int
    selected: bool = False
    depth: int = 0
    former: bool = False


class Facet(Answer):
    """A facet (Bộ lọc) with its values; `name` is its code."""

    name: str
    label: str
    values: list[FacetValue]


class ActiveFilter(Answer):
    """A chosen value, or with `excluded` an excluded one. `total_without` is the number of results without that choice."""

    facet: str
    facet_label: str
    code: str
    label: str
    total_without: int | None = None
    excluded: bool = False


class WayOut(Answer):
    """A way out of an empty result, with the number of results that it gives. `query` is the query to ask instead, if any.

    Codes: filter and exclusion (without `filter`), filters (without all filters), accents (without "Đúng dấu"), words
    (without quotation marks, exclusions and fields), any (any of the words).
    """

    code: Literal["filter", "exclusion", "filters", "accents", "words", "any"]
    total: int
    query: str = ""
    filter: ActiveFilter | None = None


class Notice(Answer):
    """Something that the visitor must know about how the query was interpreted. `query` is a query to try, if any.

    Codes: loosened, spelling, respelt, restored, expanded, shortened, ignored, unknown_value, number_unknown, semantic,
    unquoted, no_words, opened.
    """

    code: str
    text: str
    query: str = ""


ChipKind = Literal[
    "number", "date", "figure", "numeral", "abbreviation", "synonym", "place", "name", "joined", "formal",
    "constraint", "exclusion",
]  # fmt: skip


class Chip(Answer):
    """A piece of the query that is read as one thing, not as words. `piece` is as typed, `reading` tells how it is read
    ("Văn bản số 238/KH-UBND", "Năm: 2024"); of an abbreviation, a synonym or a joined word it is the other way to write it.

    It is undone by asking again with `piece` among the `as_text` pieces, which are then plain words.
    """

    kind: ChipKind
    piece: str
    reading: str


class Offer(Answer):
    """A filter that the words of the query name ("lĩnh vực y tế"). `query` is what remains of the query with it."""

    facet: str
    code: str
    label: str
    query: str


class ClosedGroup(Answer):
    """The items that match only when accents are dropped. They are counted apart, in no total, facet, feed or export.

    `opened` is "" while it is closed; "asked" where this answer is the group itself; "alone" where it opened by itself,
    because nothing or nearly nothing agrees, and is part of this answer.
    """

    total: int
    opened: Literal["", "asked", "alone"] = ""


class AnswerOnTop(Answer):
    """The sentence of an item that answers a question, with the share of such answers that were right (0 to 1).

    `page`, `block` and `part` are those of a `Snippet`. A hit in `segments` is what answers: a figure, date, name or place.
    """

    card: Card
    page: int
    block: int
    part: int = 1
    segments: list[Segment]
    confidence: float


class SearchAnswer(Answer):
    """One page of results.

    `total` is `total_text` (items that match the words) plus `total_semantic` (semantic-only hits). Facets and pages
    describe the same set.
    """

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
    chips: list[Chip] = Field([], description="Những đoạn của câu tìm được hiểu là một điều (số hiệu, ngày, địa danh ...)")
    offers: list[Offer] = Field([], description="Bộ lọc mà câu tìm nhắc đến")
    group: ClosedGroup | None = Field(None, description="Những mục chỉ khớp khi bỏ dấu")
    answer: AnswerOnTop | None = Field(None, description="Câu văn trả lời câu hỏi, khi đủ chắc chắn")
    took_ms: float


class FacetsAnswer(Answer):
    """The facets of a search without its results."""

    query: str
    total: int
    facets: list[Facet]


class Suggestion(Answer):
    """A suggestion for the text in the search box: an item (`id`), or a `query` to ask.

    Kinds: number, title, place, issuer, field (and other facets), syntax (the name of a field, whose value follows).
    """

    kind: str
    text: str
    query: str = ""
    id: str = ""
    hint: str = ""


class SuggestAnswer(Answer):
    """The suggestions for the text in the search box; `query` repeats it."""

    query: str
    suggestions: list[Suggestion]
