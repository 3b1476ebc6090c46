"""Places old and new, names of people, words written together or apart, formal words."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import TableError
from search_api.query.spans.formal import read_rows
from search_api.query.spans.recognise import recognise
from tests.search_api.query.spans.known import NOTHING, SmallCollection, only, spans_of, written

HERE = SmallCollection(
    places=["Xã Tuệ Tĩnh, thành phố Hải Phòng", "Phường Lê Chân, thành phố Hải Phòng", "Thành phố Hải Phòng"],
)
PEOPLE = SmallCollection(
    "Bà Trần Thị Lan dạy nghề. Ông Trần Thế Lan xây cầu. Anh Ngô Thanh Bình. Cụ Đỗ Đức Hạnh. Bà Phạm Thu Hà."
)
TEXT = SmallCollection("Bán qua livestream và wifi. Hợp tác xã tiêu thụ. Chuẩn VietGAP. Mô hình điển hình. Chuyến bay A320.")


@pytest.mark.parametrize(
    ("query", "piece", "form"),
    [
        ("xã Tuệ Tĩnh", "xã Tuệ Tĩnh", "tuệ tĩnh"),
        ("trồng lúa xã Đức Chính", "xã Đức Chính", "xã tuệ tĩnh"),
        ("Đức Chính trồng lúa", "Đức Chính", "xã tuệ tĩnh"),
        ("quận Lê Chân", "quận Lê Chân", "phường lê chân"),
        ("Q. Lê Chân", "Q. Lê Chân", "phường lê chân"),
        ("lúa ở huyện Cẩm Giàng", "huyện Cẩm Giàng", "xã tuệ tĩnh"),
        ("cẩm giàng trồng lúa", "cẩm giàng", "xã tuệ tĩnh"),
        ("TP. Hải Phòng", "TP. Hải Phòng", "hải phòng"),
        ("tp hải phòng", "tp hải phòng", "hải phòng"),
        ("Hải Dương", "Hải Dương", "xã tuệ tĩnh"),
        ("lúa Thanh Hóa", "Thanh Hóa", "thanh hóa"),
    ],
)
def test_a_place_with_what_became_of_it(query: str, piece: str, form: str) -> None:
    span = recognise(query, HERE)[-1]
    assert (span.kind, query[span.start : span.end]) == ("place", piece) and form in written(span)


@pytest.mark.parametrize(
    "query", ["tinh thần đoàn kết", "hòa bình", "tiên tiến", "day tre tu ky", "hợp tác xã đông y", "tân tiến"]
)
def test_words_that_are_places_elsewhere(query: str) -> None:
    assert "place" not in dict(spans_of(query, HERE))


def test_a_place_that_only_the_collection_knows() -> None:
    known = SmallCollection(places=["Khu Bến Bính, thành phố Hải Phòng"])
    assert spans_of("đò ngang Bến Bính", known) == [("place", "Bến Bính")]
    assert spans_of("đò ngang Bến Bính") == spans_of("đò ngang bến bính", known) == []


def test_a_place_of_the_collection_is_offered_and_behind_a_preposition_optional() -> None:
    span = recognise("trồng rau ở xã Tuệ Tĩnh", HERE)[-1]
    assert span.optional and span.offer == ("place", "Xã Tuệ Tĩnh, thành phố Hải Phòng")
    assert not recognise("trồng rau xã Tuệ Tĩnh", HERE)[-1].optional
    assert not recognise("trồng rau ở Thanh Hóa", HERE)[-1].optional


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("Trần T. Lan", "trần thị lan"),
        ("Trần T. Lan", "trần thế lan"),
        ("T.T. Lan", "trần thị lan"),
        ("Tr. Thị Lan", "trần thị lan"),
        ("Ng. Thanh Bình", "ngô thanh bình"),
        ("Đ.Đ. Hạnh", "đỗ đức hạnh"),
    ],
)
def test_initials_are_read_as_the_collection_has_them(query: str, form: str) -> None:
    assert only(query, PEOPLE).kind == "name" and form in written(only(query, PEOPLE))


def test_a_full_name_stands_together() -> None:
    assert spans_of("chị Đoàn Thị Bích Vân hiến máu")[0] == ("name", "Đoàn Thị Bích Vân")
    assert spans_of("nguyễn văn bình") == [("name", "nguyễn văn bình")]
    assert spans_of("Ông Lê Nam trồng lúa") == []
    assert spans_of("TRẦN QUỐC TOẢN") == []


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("live stream", "livestream"),
        ("wi-fi", "wifi"),
        ("Viet GAP", "vietgap"),
        ("smart phone", "điện thoại thông minh"),
        ("covid19", "covid 19"),
        ("A 320", "a320"),
        ("#hoptacxa", "hợp tác xã"),
        ("hoptacxa", "htx"),
        ("m ô hình", "mô"),
        ("đ iển h ình", "điển hình"),
    ],
)
def test_written_together_or_apart(query: str, form: str) -> None:
    span = recognise(query, TEXT)[0]
    assert span.kind == "joined" and form in written(span)


@pytest.mark.parametrize("query", ["trồng lúa", "dichj beens", "HTXNN", "phieen", "xyzzy", "hop tac"])
def test_what_is_neither_joined_nor_split(query: str) -> None:
    assert "joined" not in dict(spans_of(query, TEXT))


@pytest.mark.parametrize(
    ("query", "piece", "offer"),
    [
        ("mô hình trồng lúa", "mô hình", ("kind", "new_model")),
        ("cách làm hay về trồng lúa", "cách làm hay", ("kind", "practice")),
        ("trồng lúa lĩnh vực giáo dục", "lĩnh vực giáo dục", ("field", "education")),
        ("những gương trồng lúa", "gương", ("kind", "exemplar")),
        ("trồng lúa năm 2023", "năm 2023", None),
        ("chuyện về trồng lúa", "về", None),
        ("mo hinh trong lua", "mo hinh", ("kind", "new_model")),
        ("trong lua linh vuc giao duc", "linh vuc giao duc", ("field", "education")),
        ("trồng lúa dưới 50 triệu đồng", "50 triệu đồng", None),
    ],
)
def test_formal_words_are_not_required_and_offered(query: str, piece: str, offer: tuple[str, str] | None) -> None:
    spans = {query[span.start : span.end]: span for span in recognise(query, NOTHING)}
    assert spans[piece].optional and spans[piece].offer == offer


@pytest.mark.parametrize("query", ["nhân rộng mô hình", "gương mẫu", "ve dich nong thon moi", "người về hưu", "hàng năm"])
def test_content_words_are_required(query: str) -> None:
    assert not any(span.optional for span in recognise(query, NOTHING))


def test_an_item_is_never_asked_for_optional_words_alone() -> None:
    assert [span.optional for span in recognise("những mô hình", NOTHING)] == [False, False]
    spans = recognise("mô hình ở xã Tuệ Tĩnh", HERE)
    assert [(span.kind, span.optional) for span in spans] == [("formal", True), ("place", False)]


@pytest.mark.parametrize(
    "row",
    ["b\t-\t-\tany\t-\na\t-\t-\tany\t-\n", "a\t-\t-\tany\t-\nb\tkind\tgame\tany\t-\n", "a\t-\t-\tany\t-\nb\t-\t-\tend\t-\n"],
)
def test_a_malformed_table_names_its_line(tmp_path: Path, row: str) -> None:
    (tmp_path / "table.tsv").write_text(row, "utf-8")
    with pytest.raises(TableError, match=r"table\.tsv:2:"):
        read_rows(tmp_path / "table.tsv")
