from __future__ import annotations

import pytest

from indexer.readers.legacy_fonts import convert_font_text, convert_mixed, convert_proved, font_encoding, join_runs
from vitext import encode_legacy


@pytest.mark.parametrize(
    ("font", "encoding"),
    [
        (".VnTime", "tcvn3"), (".VnArial NarrowH", "tcvn3"), ("VNTime", "tcvn3"), ("VNI-Times", "vni"), ("VNI Helve", "vni"),
        ("UVnTime", None), ("Times New Roman", None), ("VNtimes new roman", None), ("", None),
    ],
)  # fmt: skip
def test_names_of_fonts(font: str, encoding: str | None) -> None:
    assert font_encoding(font) == encoding


@pytest.mark.parametrize(("font", "encoding"), [(".VnTime", "tcvn3"), ("VNI-Times", "vni")])
def test_every_letter_of_a_font_comes_back(font: str, encoding: str) -> None:
    text = "Được tặng bằng khen; nguyễn ưỡn ẩn ỷ ỹ ẵ ặ ễ ợ ự ụ ũ ữ Đảng đã, 25%"
    raw = encode_legacy(text, encoding)  # type: ignore[arg-type]
    assert raw != text
    assert convert_font_text(raw, font) == text
    assert convert_font_text(raw, "Arial") == raw


def test_letters_among_capitals_are_capitals() -> None:
    assert convert_font_text("THñ TR¦ëNG\nHµ Néi, TP", ".VnTime") == "THỦ TRƯỞNG\nHà Nội, TP"
    assert convert_font_text("§Ò ¸N HO¹CH", ".VnTime") == "ĐỀ ÁN HOẠCH"
    assert convert_font_text("céng hoµ", ".VnTimeH") == "cộng hoà"


def test_a_capital_with_the_small_form_of_its_mark_in_vni() -> None:
    assert convert_font_text("Aán ñònh, Ñaïi, OÂng", "VNI-Times") == "Ấn định, Đại, Ông"


def test_unicode_under_an_old_name_stays_and_a_lone_unicode_capital_does_not_stop_the_rest() -> None:
    for text in ("Hà Nội và các tỉnh", "Ủy ban nhân dân", "plain", "50% – ok"):
        assert convert_font_text(text, ".VnTime") == text
    assert convert_font_text("NguyÔn Ảnh Thñ ®Õn", ".VnTime") == "Nguyễn Ảnh Thủ đến"


def test_letters_that_another_code_page_or_a_symbol_font_made_of_the_bytes() -> None:
    raw = encode_legacy("đã có chữ", "tcvn3")
    symbols = "".join(chr(0xF000 + ord(c)) if ord(c) > 0x80 else c for c in raw)
    vietnamese = raw.encode("latin-1").decode("cp1258")
    assert raw != vietnamese
    assert convert_font_text(symbols, ".VnTime") == convert_font_text(vietnamese, ".VnTime") == "đã có chữ"


def test_runs_keep_their_lines_and_their_original() -> None:
    original, repaired = join_runs([("®\xad", ".VnTime"), ("îc\n", ".VnTimeH"), ("®", "Symbol")])
    assert (original, repaired) == ("®\xadîc\n®", "được\n®")
    assert join_runs([("a", ".VnTime"), ("b", "")]) == ("ab", None)


def test_cells_prove_their_encoding_together_or_stay() -> None:
    cells = ["Tªn chØ tiªu, ®¬n vÞ tÝnh", "12", "", "§Þa ®iÓm", "café"]
    assert convert_proved(cells) == ["Tên chỉ tiêu, đơn vị tính", "12", "", "Địa điểm", "café"]
    clean = ["Đơn vị", "déjà vu", "± 5 %", ""]
    assert convert_proved(clean) == clean


def test_words_that_a_sign_gives_away_are_converted_in_a_mixed_text() -> None:
    assert convert_mixed("Ủy ban nh©n d©n quËn 9", "tcvn3") == "Ủy ban nhân dân quận 9"
    for text in ("Cà phê Trung Nguyên © 2006", "10 ± 2 m²", "Hà Nội", "naïve café"):
        assert convert_mixed(text, "tcvn3") == text
