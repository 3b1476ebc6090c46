"""The original of an item: offered, handed out, and shown page by page with the hits on the image."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO

from kb.errors import NotFoundError, OriginalAwayError
from kb.item import Block, Item
from kb.library.library import Library, View
from kb.originals import OriginalKind, OriginalPage, Originals, Picture, Rectangle
from search_api.display import cards
from search_api.display.item_text import hits_in_other, show_blocks
from search_api.display.item_tokens import ItemTokens
from search_api.display.page_places import PagePlaces
from search_api.display.parts import part_of, split_parts
from search_api.query.interpretation import Interpretation
from search_api.schema import Box, HitPage, OriginalFile, PageAnswer, PlacedHit, PlacedWord, TextBlock

#: Widths in which a page is drawn, in pixels: a thumbnail, telephones, desks, and a page that is zoomed.
WIDTHS = (160, 320, 640, 960, 1280, 1920, 2560)
#: The width of a picture of some letters, and how much of the page around them it shows, in heights of their line.
LETTERS_WIDTH = 320
LETTERS_BESIDE, LETTERS_ABOVE = 2.0, 0.4
#: Raised when pages are drawn otherwise, so that browsers ask for them again.
DRAWING_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture that is not drawn yet. `tag` stays the same as long as the picture does (ETag)."""

    tag: str
    draw: Callable[[], Picture]


class OriginalPages:
    """The originals of the items that visitors can see. Without `originals` no item has one.

    `tokens` gives the words of a part of an item, `read` what a query means. Every method that takes the id of an item
    raises NotFoundError where there is none, OriginalAwayError where it has no original to show, and PageAwayError where
    the original has no such page.
    """

    def __init__(
        self,
        library: Library,
        originals: Originals | None,
        tokens: Callable[[View, str, int], ItemTokens],
        read: Callable[[View, str], Interpretation | None],
    ) -> None:
        self._library = library
        self._originals = originals
        self._tokens = tokens
        self._read = read

    def offer(self, view: View, item: Item) -> OriginalFile | None:
        """The original of an item, None where there is none to show."""
        try:
            kind = self._open(view, item)[1]
        except OriginalAwayError:
            return None
        return OriginalFile(name=kind.name, media_type=kind.media_type, paged=kind.paged)

    def _open(self, view: View, item: Item) -> tuple[Originals, OriginalKind]:
        """Raises OriginalAwayError, also for a mail that the public may see with an attachment that it may not see."""
        if self._originals is None or (not self._library.internal and view.snapshot.holds_hidden(item.source.path)):
            raise OriginalAwayError(f"{item.id}: không có bản gốc để xem")
        return self._originals, self._originals.kind(item.source)

    def file(self, item_id: str) -> tuple[OriginalKind, Callable[[BinaryIO], None]]:
        """What the original is, and what writes it into a file."""
        with self._library.view() as view:
            source = view.snapshot.item(item_id).source
            originals, kind = self._open(view, view.snapshot.item(item_id))
        return kind, lambda out: originals.copy(source, out)

    def image(self, item_id: str, number: int, width: int) -> Drawing:
        """A picture of a page, in the first of WIDTHS that is not smaller than `width`."""
        with self._library.view() as view:
            item = view.snapshot.item(item_id)
            originals, _ = self._open(view, item)
        width = next((known for known in WIDTHS if known >= width), WIDTHS[-1])
        return self._drawing(originals, item, number, width)

    def letters(self, item_id: str, block: int, start: int, end: int) -> Drawing:
        """A picture of characters [start, end) of the original text of a block, as they stand on the page."""
        with self._library.view() as view:
            item = view.snapshot.item(item_id)
            originals, _ = self._open(view, item)
        if not 0 <= block < len(item.blocks):
            raise NotFoundError(f"{item_id}: không có khối {block}")
        number = item.blocks[block].page
        same = [at for at, other in enumerate(item.blocks) if other.page == number]
        page = originals.page(item.source, number)
        found = PagePlaces([item.blocks[at] for at in same], page).of_original(same.index(block), start, end)
        if not found or start >= end:
            raise NotFoundError(f"{item_id}: không rõ vị trí của chữ trên trang {number}")
        return self._drawing(originals, item, number, LETTERS_WIDTH, _around(found[0], page))

    def _drawing(self, originals: Originals, item: Item, number: int, width: int, clip: Rectangle | None = None) -> Drawing:
        edges = (clip.left, clip.top, clip.right, clip.bottom) if clip else ()
        marks = "-".join(map(str, (number, width, *(round(10_000 * edge) for edge in edges))))
        tag = f'"{DRAWING_VERSION}-{item.source.digest[:20]}-{marks}"'
        return Drawing(tag, lambda: originals.picture(item.source, number, width, clip))

    def page(self, item_id: str, number: int, query: str = "", *, block: str = "", words: bool = False) -> PageAnswer:
        """A page beside its text, with the hits of `query` on the image. `block` is the id of a block whose place is asked
        for; with `words` the answer has every word of the page."""
        with self._library.view() as view:
            item = view.snapshot.item(item_id)
            originals, kind = self._open(view, item)
            page = originals.page(item.source, number)
            text = self._text(view, item, number, query)
            places = PagePlaces([text.tokens.item.blocks[at] for at in text.own], page)
            passage = next((at for at, shown in enumerate(text.blocks) if shown.id == block), None)
            return PageAnswer(
                card=cards.card(item),
                original=OriginalFile(name=kind.name, media_type=kind.media_type, paged=kind.paged),
                page=number,
                pages=page.count,
                width=page.width,
                height=page.height,
                source=page.readings[0].source if page.readings else "none",
                blocks=text.blocks,
                hits=[*_placed_hits(text.blocks, places), *_hits_in_other(text, page)],
                hit_pages=text.hit_pages,
                part=text.part,
                passage=[] if passage is None else _boxes(_whole(places, text, passage)),
                words=_placed_words(page) if words else [],
            )

    def _text(self, view: View, item: Item, number: int, query: str) -> _PageText:
        """The blocks of a page, in the part of the text in which it begins."""
        starts = split_parts(item)
        first = next((at for at, block in enumerate(item.blocks) if block.page == number), 0)
        part = part_of(starts, first)
        tokens = self._tokens(view, item.id, part)
        meant = self._read(view, query)
        shown, _ = show_blocks(meant, tokens, starts[part - 1])
        own = [at for at, block in enumerate(shown) if block.page == number]
        other = hits_in_other(meant, tokens)
        return _PageText(part, tokens, own, [shown[at] for at in own], list(_hit_pages(shown)), [other[at] for at in own])


@dataclass(frozen=True, slots=True)
class _PageText:
    """The text of a page: the words of its part, which of the blocks of the part are its own, these as they are shown, and
    where the query stands in their second reading."""

    part: int
    tokens: ItemTokens
    own: list[int]
    blocks: list[TextBlock]
    hit_pages: list[HitPage]
    other: list[list[tuple[int, int]]]


def _hit_pages(blocks: Sequence[TextBlock]) -> Iterator[HitPage]:
    for page, own in groupby((block for block in blocks if block.first_hit), key=lambda block: block.page):
        first, count = 0, 0
        for block in own:
            first = first or block.first_hit
            count += sum(segment.hit and not segment.more for segment in block.segments)
        yield HitPage(page=page, first=first, count=count)


def _placed_hits(blocks: Sequence[TextBlock], places: PagePlaces) -> Iterator[PlacedHit]:
    """The hits of a page, each with the rectangles of all its segments."""
    for at, block in enumerate(blocks):
        number, offset = block.first_hit, 0
        hits: list[tuple[int, int]] = []
        for segment in block.segments:
            end = offset + len(segment.text)
            if segment.hit and segment.more and hits:
                hits[-1] = (hits[-1][0], end)
            elif segment.hit:
                hits.append((offset, end))
            offset = end
        text = "".join(segment.text for segment in block.segments)
        for step, (start, end) in enumerate(hits):
            boxes = _boxes(places.of_best(at, start, end))
            yield PlacedHit(number=number + step, block=block.id, text=text[start:end], boxes=boxes)


def _hits_in_other(text: _PageText, page: OriginalPage) -> Iterator[PlacedHit]:
    """The hits that only the second reading of a block has. They have no number, because the text does not show them."""
    if not any(text.other):
        return
    blocks = [text.tokens.item.blocks[at] for at in text.own]
    places = PagePlaces([Block(block.page, block.other or block.original) for block in blocks], page)
    for at, (block, hits) in enumerate(zip(text.blocks, text.other, strict=True)):
        for start, end in hits if not block.first_hit else ():
            boxes = _boxes(places.of_original(at, start, end))
            yield PlacedHit(number=0, block=block.id, text=blocks[at].other[start:end], boxes=boxes)


def _whole(places: PagePlaces, text: _PageText, at: int) -> list[Rectangle]:
    return places.of_original(at, 0, len(text.tokens.item.blocks[text.own[at]].original))


def _placed_words(page: OriginalPage) -> list[PlacedWord]:
    words = page.readings[0].words if page.readings else ()
    return [
        PlacedWord(text=w.text, confidence=w.confidence, left=w.left, top=w.top, right=w.right, bottom=w.bottom)
        for w in words
    ]


def _boxes(rectangles: Sequence[Rectangle]) -> list[Box]:
    return [
        Box(left=round(at.left, 5), top=round(at.top, 5), right=round(at.right, 5), bottom=round(at.bottom, 5))
        for at in rectangles
    ]


def _around(place: Rectangle, page: OriginalPage) -> Rectangle:
    """The part of a page to show for some letters: what stands beside them helps to read them."""
    height = place.bottom - place.top
    beside, above = LETTERS_BESIDE * height * page.height / max(page.width, 1.0), LETTERS_ABOVE * height
    left, right = max(0.0, place.left - beside), min(1.0, place.right + beside)
    return Rectangle(left, max(0.0, place.top - above), right, min(1.0, place.bottom + above))
