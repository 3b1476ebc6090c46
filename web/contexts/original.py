"""Context of the page that shows a page of an original beside its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from search_api.schema import Box, Doubt, PageAnswer, PlacedHit, TextBlock, TextSegment
from web.urls import ZOOMS, PageState, item_url, letters_image_url, original_url, page_image_url

#: Widths of the image among which the browser chooses, in pixels, for each step of the zoom the first that is enough.
IMAGE_WIDTHS = (640, 960, 1280, 1920, 2560)
#: The width of a thumbnail, and how many are shown at a time.
THUMBNAIL_WIDTH = 160
THUMBNAILS = 12
#: How far a frame stands away from the letters, as a share of the height of the line.
MARGIN = 0.12


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle on the image, in points of the page."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class FramedHit:
    """A hit on the image; `now` says that it is the one that is looked at."""

    number: int
    text: str
    frames: list[Frame]
    now: bool


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A page in small; `url` is "" for the one that is shown, `hits` counts the hits on it."""

    number: int
    url: str
    image: str
    hits: int


@dataclass(frozen=True, slots=True)
class PagePage:
    """A page of an original beside its text."""

    answer: PageAnswer
    state: PageState

    @property
    def query(self) -> str:
        return self.state.query

    @property
    def hit(self) -> int:
        """The number of the hit that is looked at, 0 where the address names none or one that is not on this page."""
        return self.state.hit if any(hit.number == self.state.hit for hit in self.numbered) else 0

    @property
    def title(self) -> str:
        return self.answer.card.title

    @property
    def width(self) -> float:
        return round(self.answer.width, 1)

    @property
    def height(self) -> float:
        return round(self.answer.height, 1)

    @property
    def image(self) -> str:
        """The address of the image where the browser does not choose."""
        return self._image(960 if self.state.zoom == 1 else 1920)

    @property
    def images(self) -> str:
        """Every width of the image, as the browser takes them (srcset)."""
        return ", ".join(f"{self._image(width)} {width}w" for width in IMAGE_WIDTHS)

    @property
    def sizes(self) -> str:
        """How wide the image is shown, as the browser takes it (sizes)."""
        zoom = self.state.zoom
        return f"(min-width: 60rem) {38 * zoom}rem, {100 * zoom}vw"

    def _image(self, width: int) -> str:
        return page_image_url(self.answer.card.id, self.answer.page, width)

    @property
    def hits(self) -> list[FramedHit]:
        """The hits of this page whose place on the image is known."""
        return [
            FramedHit(hit.number, hit.text, self._frames(hit.boxes), 0 < hit.number == self.hit)
            for hit in self.answer.hits
            if hit.boxes
        ]

    @property
    def numbered(self) -> list[PlacedHit]:
        """The hits of this page that its text shows."""
        return [hit for hit in self.answer.hits if hit.number]

    @property
    def in_other(self) -> int:
        """Hits of this page that only the second reading of its image has."""
        return len(self.answer.hits) - len(self.numbered)

    @property
    def passage(self) -> list[Frame]:
        """The lines of the passage that is framed."""
        return self._frames(self.answer.passage)

    def _frames(self, boxes: Sequence[Box]) -> list[Frame]:
        frames = []
        for box in boxes:
            left, top = box.left * self.answer.width, box.top * self.answer.height
            width, height = box.right * self.answer.width - left, box.bottom * self.answer.height - top
            margin = MARGIN * min(width, height)
            sides = (left - margin, top - margin, width + 2 * margin, height + 2 * margin)
            frames.append(Frame(*(round(side, 1) for side in sides)))
        return frames

    @property
    def unplaced(self) -> int:
        """Hits of this page whose place on the image is not known."""
        return sum(not hit.boxes for hit in self.answer.hits)

    @property
    def all_hits(self) -> int:
        """The hits of the text, or of the part of a very long text in which this page is."""
        return sum(page.count for page in self.answer.hit_pages)

    @property
    def first_hit(self) -> int:
        """The number of the first hit of the first block, from which those of the text beside the image are counted."""
        return next((block.first_hit for block in self.answer.blocks if block.first_hit), 1)

    @property
    def near_hits(self) -> list[tuple[str, str]]:
        """(label, address) of the hit before and of the hit after the one that is looked at."""
        here = self.hit or (self.numbered[0].number - 1 if self.numbered else self._hits_before())
        before = here - 1 if self.hit else here
        beside = (("← Chỗ trước", before), ("Chỗ sau →", here + 1))
        return [(label, url) for label, number in beside if (url := self._hit_url(number))]

    def _hits_before(self) -> int:
        return sum(page.count for page in self.answer.hit_pages if page.page < self.answer.page)

    def _hit_url(self, number: int) -> str:
        """The address of a hit, "" where there is none of this number."""
        for page in self.answer.hit_pages:
            if page.first <= number < page.first + page.count:
                return self.state.url(number=page.page, hit=number, passage="")
        return ""

    def hit_url(self, number: int) -> str:
        """The address of this page with one hit looked at."""
        return self.state.url(hit=number, passage="")

    @property
    def near_pages(self) -> list[tuple[str, str]]:
        """(label, address) of the page before and of the page after this one."""
        beside = (("← Trang trước", self.answer.page - 1), ("Trang sau →", self.answer.page + 1))
        return [(label, self._page_url(number)) for label, number in beside if 1 <= number <= self.answer.pages]

    def _page_url(self, number: int) -> str:
        return self.state.url(number=number, hit=0, passage="")

    @property
    def zooms(self) -> list[tuple[str, str]]:
        """(label, address) of every step of the zoom; the address is "" for the one that is shown."""
        return [(label, "" if zoom == self.state.zoom else self.state.url(zoom=zoom)) for zoom, label in ZOOMS.items()]

    @property
    def thumbnails(self) -> list[Thumbnail]:
        """The pages around this one, in small."""
        last = self.answer.pages
        first = max(1, min(self.answer.page - THUMBNAILS // 2, last - THUMBNAILS + 1))
        hits = {page.page: page.count for page in self.answer.hit_pages}
        return [
            Thumbnail(
                number,
                "" if number == self.answer.page else self._page_url(number),
                page_image_url(self.answer.card.id, number, THUMBNAIL_WIDTH),
                hits.get(number, 0),
            )
            for number in range(first, min(last, first + THUMBNAILS - 1) + 1)
        ]

    @property
    def chooser(self) -> tuple[str, list[tuple[str, str]]]:
        """The address of the form that asks for the number of a page, and what it keeps."""
        kept = [("q", self.state.query)] if self.state.query else []
        kept += [("co", str(self.state.zoom))] if self.state.zoom > 1 else []
        return self.state.url(hit=0, passage="", query="", zoom=1).rpartition("/")[0], kept

    @property
    def item_link(self) -> str:
        """The whole text, at the first passage of this page."""
        anchor = self.answer.blocks[0].id if self.answer.blocks else "toan-van"
        return item_url(self.answer.card.id, self.query, anchor, part=self.answer.part)

    @property
    def download(self) -> str:
        return original_url(self.answer.card.id)

    def shown(self, block: TextBlock) -> Sequence[TextSegment]:
        """The text of a block as it is read best."""
        return block.segments

    def passage_url(self, block: TextBlock) -> str:
        """The address of this page with a passage framed on the image."""
        return self.state.url(hit=0, passage=block.id)

    @property
    def doubtful(self) -> bool:
        """Whether some words of the text are marked as uncertain."""
        return any(block.doubts for block in self.answer.blocks)

    def letters(self, block: TextBlock, doubt: Doubt) -> str:
        """The address of the image of an uncertain word."""
        return letters_image_url(self.answer.card.id, block.id, doubt.original_start, doubt.original_end)

    @property
    def source(self) -> str:
        """Where the text of the page comes from, in a sentence."""
        match self.answer.source:
            case "recognised":
                return "Chữ do máy nhận dạng từ ảnh; đối chiếu với ảnh khi trích dẫn."
            case "layer":
                return "Chữ có sẵn trong tệp."
        return "Trang này chưa có chữ nhận dạng được; chỉ xem được ảnh."
