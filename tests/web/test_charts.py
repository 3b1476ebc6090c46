"""Pictures hold what they are given: bars on one scale, words inside their boxes."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from web.charts import (
    CHART_HEIGHT,
    CHART_WIDTH,
    GRAPH_WIDTH,
    MAX_NODES,
    MAX_YEARS,
    Node,
    bar_rows,
    relation_graph,
    text_width,
    wrap,
    year_bars,
)
from web.render import environment

LONG = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến, các mô hình mới " * 5


def drawn(macro: str, *arguments: object) -> ET.Element:
    """The picture of a macro as parsed XML: it must be well-formed."""
    module = environment().get_template("_charts.html").module
    html = str(getattr(module, macro)(*arguments))
    figure = html[html.index("<svg") : html.index("</svg>") + 6]
    return ET.fromstring(figure)


@given(st.dictionaries(st.integers(1900, 2100), st.integers(0, 10**6), max_size=40))
def test_bars_stay_inside_and_keep_proportion(counts: dict[int, int]) -> None:
    chart = year_bars(counts)
    assert len(chart.bars) <= MAX_YEARS
    for bar in chart.bars:
        assert bar.x >= 0 and bar.x + bar.width <= CHART_WIDTH + 0.2 and 0 < bar.y <= CHART_HEIGHT
        assert bar.count == counts.get(bar.year, 0)
        assert (bar.height == 0) <= (bar.count == 0 or bar.count < 10**4)
    assert [bar.year for bar in chart.bars] == sorted(bar.year for bar in chart.bars)


def test_gaps_are_years_too_and_the_chosen_one_is_marked() -> None:
    chart = year_bars({2020: 3, 2023: 1}, link=lambda year: f"/tim?year={year}", chosen=frozenset({2023}))
    assert [(b.year, b.count, b.url) for b in chart.bars] == [
        (2020, 3, "/tim?year=2020"), (2021, 0, ""), (2022, 0, ""), (2023, 1, "/tim?year=2023"),
    ]  # fmt: skip
    svg = drawn("year_bars", chart)
    links = svg.findall("a")
    assert [link.get("aria-label") for link in links] == ["Năm 2020: 3 mục", "Năm 2023: 1 mục"]
    assert links[1].get("aria-current") == "true" and svg.get("role") == "group"


def test_a_picture_without_links_says_its_numbers() -> None:
    svg = drawn("year_bars", year_bars({2020: 3, 2021: 5}, title="Y tế"))
    assert svg.get("role") == "img" and svg.get("aria-label") == "Y tế: 2020 có 3, 2021 có 5"
    assert year_bars({}).bars == []


def test_charts_side_by_side_share_a_scale() -> None:
    one, two = (year_bars(counts, years=[2020, 2022], top=8) for counts in ({2020: 8}, {2022: 4}))
    assert [b.year for b in one.bars] == [b.year for b in two.bars] == [2020, 2021, 2022]
    assert one.bars[0].height == 2 * two.bars[2].height


def test_rows_are_shares_of_the_longest() -> None:
    assert [row.share for row in bar_rows([("a", 0, ""), ("b", 0, "")])] == [0.0, 0.0]
    assert bar_rows([]) == []


@given(st.text(max_size=400), st.integers(1, 4))
def test_no_line_is_wider_than_its_box(text: str, most: int) -> None:
    lines = wrap(text, 120, 13.5, most)
    assert len(lines) <= most and all(text_width(line, 13.5) <= 120 for line in lines)
    if not lines or not lines[-1].endswith("…"):
        assert "".join("".join(lines).split()) == "".join(text.split())


def test_the_graph_of_papers() -> None:
    above = [Node(f"{n}/KH-UBND", "Thực hiện", f"/muc/{n}") for n in range(MAX_NODES + 3)]
    graph = relation_graph(LONG, above, [Node(LONG, "Được triển khai bởi"), Node("<b>&", "Có nhắc đến", "/muc/x?a&b")])
    assert len(graph.above) == MAX_NODES and (graph.more_above, graph.more_below) == (3, 0)
    boxes = [*graph.above, graph.center, *graph.below]
    assert all(a.y + a.height <= b.y for a, b in pairwise(boxes)), "no box covers another"
    assert all(box.x + box.width <= GRAPH_WIDTH and box.baseline(len(box.lines)) < box.y + box.height for box in boxes)
    svg = drawn("relation_graph", graph)
    words = [re.sub(r"\s+", " ", text.text or "") for text in svg.iter("text")]
    assert "<b>&" in words and words.count("Thực hiện") == MAX_NODES
    assert len(svg.findall("a")) == MAX_NODES + 1, "a paper that the collection does not hold is no link"
