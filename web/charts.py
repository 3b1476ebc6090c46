"""Geometry of the pictures that are drawn on the server: numbers and words, no markup (see `templates/_charts.html`).

A picture never says more than the table or list beside it, and nothing by colour alone.
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
#: More years than this are named by two digits, and only every second one.
_FULL_YEAR_NAMES = 9
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
#: Letters of .34 of the font size in Be Vietnam Pro, as measured.
_NARROW_LETTERS = frozenset("iíìỉĩịljtfrI.,:;'|!()[]/ -")
#: Letters of .92 of the font size; other capitals have .72, other letters .6.
_WIDE_LETTERS = frozenset("mwMW@%")


@dataclass(frozen=True, slots=True)
class Bar:
    """A year: its bar, what is written above and below it, and where it leads."""

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
    """Bars over the years, gaps filled with nothing. `years` and `top` are the scale of several charts side by side.

    >>> [(bar.name, bar.count) for bar in year_bars({2023: 4, 2025: 2}).bars]
    [('2023', 4), ('2024', 0), ('2025', 2)]
    """
    named = sorted(years or counts)
    span = list(range(named[0], named[-1] + 1))[-MAX_YEARS:] if named else []
    highest = max([top, *(counts.get(year, 0) for year in span), 1])
    slot = CHART_WIDTH / max(1, len(span))
    width = min(slot * 0.72, 44)
    bars = []
    for at, year in enumerate(span):
        count = counts.get(year, 0)
        height = round((CHART_HEIGHT - _TOP_MARGIN - _BOTTOM_MARGIN) * count / highest, 1)
        many = len(span) > _FULL_YEAR_NAMES
        name = (f"’{year % 100:02d}" if (len(span) - 1 - at) % 2 == 0 else "") if many else str(year)
        x = round(at * slot + (slot - width) / 2, 1)
        y = round(CHART_HEIGHT - _BOTTOM_MARGIN - height, 1)
        url = link(year) if link and count else ""
        bars.append(Bar(year, count, x, y, round(width, 1), height, name, url, year in chosen))
    return YearBars(title, bars)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of horizontal bars: `share` of the longest one, 0 to 100."""

    label: str
    count: int
    url: str
    share: float


def rows(values: Sequence[tuple[str, int, str]]) -> list[Row]:
    """Horizontal bars of (label, count, address).

    >>> [row.share for row in rows([("a", 4, ""), ("b", 1, "")])]
    [100.0, 25.0]
    """
    highest = max((count for _, count, _ in values), default=0) or 1
    return [Row(label, count, url, round(100 * count / highest, 1)) for label, count, url in values]


@dataclass(frozen=True, slots=True)
class Node:
    """A paper around another: its words, how it is related, its address ("" where the collection does not hold it)."""

    text: str
    relation: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place: `lines` are what fits of its words."""

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
        """Where a line of text stands, the relation being line 0."""
        return self.y + _PADDING + 10 + _LINE_HEIGHT * line


@dataclass(frozen=True, slots=True)
class RelationGraph:
    """A paper (`center`), above it what it names, below it what names it, joined at the left."""

    above: Sequence[Box]
    center: Box
    below: Sequence[Box]
    more_above: int
    more_below: int
    height: int
    width: int = GRAPH_WIDTH


def relation_graph(center: str, above: Sequence[Node], below: Sequence[Node]) -> RelationGraph:
    """The papers around one, at most MAX_NODES a side."""
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
    """The words in lines of at most `width` by an estimate, the last one with "…" where more would follow.

    >>> wrap("Kế hoạch tuyên truyền phong trào thi đua", 150, 13.5, 2)
    ['Kế hoạch tuyên', 'truyền phong trào thi…']
    """
    lines: list[str] = [""]
    for word in text.split():
        while text_width(word, size) > width:  # no word may run out of its box
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
    """About how wide a text is, on the safe side."""
    return size * sum(
        0.34 if letter in _NARROW_LETTERS else 0.92 if letter in _WIDE_LETTERS else 0.72 if letter.isupper() else 0.6
        for letter in text
    )
