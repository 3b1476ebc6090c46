"""A page of the original of an item: its shape, its text, and where hits and words stand on its image."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from search_api.schema.cards import Answer, Card
from search_api.schema.item import OriginalFile, TextBlock

Share = Annotated[float, Field(ge=0, le=1)]


class Box(Answer):
    """A rectangle on the image of a page, in shares of its width and height from the upper left corner."""

    left: Share
    top: Share
    right: Share
    bottom: Share


class PlacedWord(Box):
    """A word of the page. `confidence` is that of the recogniser, 1 for the text layer of a file."""

    text: str
    confidence: Share


class PlacedHit(Answer):
    """A hit on the page: its number in the item, its block, its text, and a rectangle for each line on which it stands.

    Without rectangles its place on the image is not known.
    """

    number: int = Field(
        description="Số thứ tự của chỗ khớp trong mục, như trên trang của mục; 0 khi chỉ bản đọc thứ hai có chữ này"
    )
    block: str
    text: str
    boxes: list[Box]


class HitPage(Answer):
    """A page with hits: how many, and the number of the first."""

    page: int
    first: int
    count: int


class PageAnswer(Answer):
    """A page of the original beside its text."""

    card: Card
    original: OriginalFile
    page: int = Field(description="Số trang, từ 1")
    pages: int = Field(description="Số trang của bản gốc")
    width: float = Field(description="Chiều rộng của trang, theo điểm (1/72 inch)")
    height: float = Field(description="Chiều cao của trang, theo điểm")
    source: Literal["layer", "recognised", "none"] = Field(
        description="Chữ của trang từ đâu: layer là có sẵn trong tệp, recognised là máy nhận dạng từ ảnh, none là chưa có"
    )
    blocks: list[TextBlock] = Field(description="Các khối chữ của trang, như trong toàn văn")
    hits: list[PlacedHit] = Field(description="Những chỗ khớp với câu tìm q trên trang này, kèm vị trí trên ảnh")
    hit_pages: list[HitPage] = Field(description="Những trang có chỗ khớp, trong phần toàn văn có trang này")
    part: int = Field(1, description="Phần của toàn văn có trang này")
    passage: list[Box] = Field([], description="Vị trí trên ảnh của khối được hỏi (block)")
    words: list[PlacedWord] = Field([], description="Mọi từ của trang kèm vị trí, khi được hỏi (words=true)")
