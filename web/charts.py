"""Geometry of the charts that are drawn on the server: numbers and words, no markup (see `templates/_charts.html`).

A chart never says more than the table or list beside it, and never says anything by colour alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: Width of a chart over the years, in units of its viewBox.
CHART_WIDTH = 320
#: Height of a chart over the years.
CHART_HEIGHT = 132
#: Room above the highest bar for its number.
_TOP_MARGIN = 18
#: Room below the bars for the years.
_BOTTOM_MARGIN = 22
#: The largest number of years that are written with four digits; of more years every second one is written, with two digits.
_MAX_FULL_YEARS = 9
#: Years that a chart shows at most, the last ones.
MAX_YEARS = 24

#: Width of the graph of related papers.
GRAPH_WIDTH = 320
#: Width of a line of text in a box of the graph.
_TEXT_WIDTH = 232
#: Nodes on each side of the graph at most.
MAX_NODES = 6
#: Lines of text in a box at most.
_MAX_LINES = 3
#: Height of a line of text.
_LINE_HEIGHT = 19
#: Room between the border of a box and its text.
_PADDING = 9
#: Room between two boxes.
_GAP = 12
#: Letters that are 0.34 of the font size wide in Be Vietnam Pro, as measured.
_NARROW_LETTERS = frozenset("iíìỉĩịljtfrI.,:;'|!()[]/ -")
#: Letters that are 0.92 of the font size wide; other capitals are 0.72, other letters 0.6.
_WIDE_LETTERS = frozenset("mwMW@%")


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar of a year, what is written above and below it, and the address to which it leads."""

    year: int
    count: int
    x: float
    y: float
    width: float
    height: float
    name: str
    url: str
    chosen: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class YearBars:
    """A bar chart over the years."""

    title: str
    bars: Sequence[Bar]
    width: int = CHART_WIDTH
    height: int = CHART_HEIGHT

    @property
    def floor(self) -> int:
        return self.height - _BOTTOM_MARGIN

    @property
    def linked(self) -> bool:
        return any(bar.url for bar in self.bars)

    @property
    def total(self) -> int:
        return sum(bar.count for bar in self.bars)


def year_bars(
    counts: Mapping[int, int],
    *,
    title: str = "Số mục theo năm",
    link: Callable[[int], str] | None = None,
    chosen: frozenset[int] = frozenset(),
    years: Sequence[int] = (),
    top: int = 0,
) -> YearBars:
    """Bars over the years; years without items have an empty bar. `years` and `top` give several charts one scale.

    >>> [(bar.name, bar.count) for bar in year_bars({2023: 4, 2025: 2}).bars]
    [('2023', 4), ('2024', 0), ('2025', 2)]
    """
    named = years or counts
    first, last = min(named, default=0), max(named, default=-1)
    span = range(max(first, last + 1 - MAX_YEARS), last + 1)
    highest = max([top, *(counts.get(year, 0) for year in span), 1])
    slot = CHART_WIDTH / max(1, len(span))
    width = min(slot * 0.72, 44)
    bars = []
    for at, year in enumerate(span):
        count = counts.get(year, 0)
        height = round((CHART_HEIGHT - _TOP_MARGIN - _BOTTOM_MARGIN) * count / highest, 1)
        many = len(span) > _MAX_FULL_YEARS
        name = (f"’{year % 100:02d}" if (len(span) - 1 - at) % 2 == 0 else "") if many else str(year)
        x = round(at * slot + (slot - width) / 2, 1)
        y = round(CHART_HEIGHT - _BOTTOM_MARGIN - height, 1)
        url = link(year) if link and count else ""
        bars.append(Bar(year, count, x, y, round(width, 1), height, name, url, year in chosen))
    return YearBars(title, bars)


@dataclass(frozen=True, slots=True)
class BarRow:
    """A row of a table with a horizontal bar; `share` is its length as a share of the longest bar, 0 to 100."""

    label: str
    count: int
    url: str
    share: float


def bar_rows(values: Sequence[tuple[str, int, str]]) -> list[BarRow]:
    """Rows with horizontal bars, from (label, count, address).

    >>> [row.share for row in bar_rows([("a", 4, ""), ("b", 1, "")])]
    [100.0, 25.0]
    """
    highest = max((count for _, count, _ in values), default=0) or 1
    return [BarRow(label, count, url, round(100 * count / highest, 1)) for label, count, url in values]


@dataclass(frozen=True, slots=True)
class Node:
    """A related paper: its words, its relation, its address ("" where the collection does not hold it)."""

    text: str
    relation: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place in the graph; `lines` are those of its words that fit."""

    node: Node
    x: int
    y: int
    width: int
    height: int
    lines: Sequence[str]

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    def baseline(self, line: int) -> int:
        """The y coordinate of the baseline of a line of text; the relation is line 0."""
        return self.y + _PADDING + 10 + _LINE_HEIGHT * line


@dataclass(frozen=True, slots=True)
class RelationGraph:
    """A paper (`center`), above it the papers that it names, below it those that name it. Lines at the left join them;
    `more_above` and `more_below` count the papers that are left out."""

    above: Sequence[Box]
    center: Box
    below: Sequence[Box]
    more_above: int
    more_below: int
    height: int
    width: int = GRAPH_WIDTH


def relation_graph(center: str, above: Sequence[Node], below: Sequence[Node]) -> RelationGraph:
    """The graph of the papers around one, at most MAX_NODES on each side."""
    y = 2
    upper = []
    for node in above[:MAX_NODES]:
        upper.append(_box(node, 44, y))
        y += upper[-1].height + _GAP
    middle = _box(Node(center, "Văn bản này"), 2, y, GRAPH_WIDTH - 4)
    y += middle.height + _GAP
    lower = []
    for node in below[:MAX_NODES]:
        lower.append(_box(node, 44, y))
        y += lower[-1].height + _GAP
    extra = (max(0, len(above) - MAX_NODES), max(0, len(below) - MAX_NODES))
    return RelationGraph(upper, middle, lower, *extra, y - _GAP + 2)


def _box(node: Node, x: int, y: int, width: int = GRAPH_WIDTH - 46) -> Box:
    lines = wrap(node.text, _TEXT_WIDTH, 13.5, _MAX_LINES)
    return Box(node, x, y, width, 2 * _PADDING + _LINE_HEIGHT * (1 + len(lines)) - 4, lines)


def wrap(text: str, width: float, size: float, most: int) -> list[str]:
    """The words in lines of at most `width` (estimated), at most `most` lines; the last ends with "…" if words are left out.

    >>> wrap("Kế hoạch tuyên truyền phong trào thi đua", 150, 13.5, 2)
    ['Kế hoạch tuyên', 'truyền phong trào thi…']
    """
    lines: list[str] = [""]
    for word in text.split():
        while text_width(word, size) > width:  # a long word must not leave its box
            cut = next(n for n in range(len(word), 0, -1) if text_width(word[:n], size) <= width)
            lines += [word[:cut]] if lines[-1] else []
            lines[-1] = lines[-1] or word[:cut]
            word = word[cut:]
            lines.append("")
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    lines = [line for line in lines if line]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and text_width(last + "…", size) > width:
        last = last[:-1].rstrip()
    return [*lines[: most - 1], last + "…"]


def text_width(text: str, size: float) -> float:
    """The estimated width of a text at a font size, rather too large than too small."""
    return size * sum(
        0.34 if letter in _NARROW_LETTERS else 0.92 if letter in _WIDE_LETTERS else 0.72 if letter.isupper() else 0.6
        for letter in text
    )
