"""Every fixer by itself: an example it changes, a counter-example it must not, and what holds for all."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vitext.linear import is_linear
from vitext import repair, replay
from vitext.alignment import Change
from vitext.fixers import (
    FIXERS,
    compose_letters,
    drop_invisible,
    place_tones,
    restore_lookalikes,
    restore_western,
    unify_lines,
    unify_spaces,
)
from vitext.legacy import convert_legacy
from vitext.mojibake import resolve_entities, restore_lost_bytes, undo_mojibake
from vitext.spacing import join_marks, join_split_syllables, split_joined_syllables
from vitext.typed import restore_keystrokes

Fixer = Callable[[str], list[Change]]
EXAMPLES: list[tuple[Fixer, str, str]] = [
    (undo_mojibake, "Ä\x90áº©y máº¡nh", "Đẩy mạnh"),
    (undo_mojibake, "Ä‘áº©y máº¡nh", "đẩy mạnh"),
    (undo_mojibake, "Ã„Â‘Ã¡ÂºÂ©y mÃ¡ÂºÂ¡nh", "đẩy mạnh"),
    (undo_mojibake, "Ä‘áº©y máº¡nh cĂ´ng tĂ¡c", "đẩy mạnh công tác"),
    (undo_mojibake, "ngÆ°á»i Ä‘áº¹p", "ngưá»i đẹp"),
    (resolve_entities, "&#272;&#7841;i h&#7885;c,&nbsp;c&aacute;ch l&agrave;m", "Đại học, cách làm"),
    (resolve_entities, "&amp;#272;&#x1EA1;i", "Đại"),
    (restore_lost_bytes, "tuyên truyá»n, ngưá»i dân", "tuyên truyền, người dân"),
    (restore_lost_bytes, "lÃ m tốt, vÃ  làm hay", "làm tốt, và  làm hay"),
    (convert_legacy, "§¹i häc N«ng nghiÖp", "Đại học Nông nghiệp"),
    (unify_lines, "Hải Phòng\r\nsố 238\rngày\u2028tháng\x0bnăm", "Hải Phòng\nsố 238\nngày\ntháng\nnăm"),
    (drop_invisible, "\ufefftuyên\u00ad truyền\u200b, gương\u200d mẫu\x00", "tuyên truyền, gương mẫu"),
    (compose_letters, "ngu\u031bo\u031b\u0300i tô\u0301t", "người tốt"),
    (restore_lookalikes, "Trƣởng thôn, NƢỚC, thƣ", "Trưởng thôn, NƯỚC, thư"),
    (restore_lookalikes, "Ðội sản xuất, số 7/QÐ-UBND, ðã họp", "Đội sản xuất, số 7/QĐ-UBND, đã họp"),
    (restore_lookalikes, "Ñội trưởng ñi ñường", "Đội trưởng đi đường"),
    (restore_western, "Nhà trýờng, cõ quan, phýõng án, nãm học, ý kiến", "Nhà trường, cơ quan, phương án, năm học, ý kiến"),
    (join_marks, "tiê\u0301ng, Tiê \u0301ng Viê \u0323t", "tiê\u0301ng, Tiếng Việt"),
    (join_split_syllables, "ĐIỀ U KHO ẢN và QUY ĐỊ NH", "ĐIỀU KHOẢN và QUY ĐỊNH"),
    (join_split_syllables, "kinh t ế xã hội, phát tri ển tr ọng tâm", "kinh tế xã hội, phát triển trọng tâm"),
    (split_joined_syllables, "Nghệ nhân đãtruyềndạy và gópphần", "Nghệ nhân đã truyền dạy và góp phần"),
    (restore_keystrokes, "Hooij ddoongf nhaan daan xax Ha Loong", "Hội đồng nhân dân xã Ha Lông"),
    (restore_keystrokes, "QUYEETS DDINHJ veef thi ddua", "QUYẾT ĐỊNH về thi đua"),
    (restore_keystrokes, "Ho65i nghi5 to63ng ke61t na8m 2024", "Hội nghị tổng kết năm 2024"),
    (place_tones, "Hoà bình, THUỶ lợi, qủa, «hoà»", "Hòa bình, THỦY lợi, quả, «hòa»"),
    (place_tones, "suc khoé\nđôi khoé mắt", "suc khoé\nđôi khóe mắt"),
    (unify_spaces, "Kế\u00a0hoạch   số\u3000238", "Kế hoạch số 238"),
]
COUNTER: list[tuple[Fixer, str]] = [
    (undo_mojibake, "L'Ã©tude, Ã, Â và â€ đứng một mình"),
    (undo_mojibake, "https://x.vn/Ä‘áº©y"),
    (resolve_entities, "Viết &lt;b&gt; và &eacute;t, R&amp;D"),
    (resolve_entities, "&copy; 2024, caf&eacute;"),
    (restore_lost_bytes, "DOÃN HÒA, MÃ SỐ, XÃ HỘI, lÃI suất, ÀÃ"),
    (restore_lost_bytes, "Trẻ em nói «rất khá» và «lá»"),
    (convert_legacy, "© 2024 ®, 20 °C ± 1, L'été où naïve"),
    (unify_lines, "dòng một\ndòng hai\n\n\ttrang\f"),
    (drop_invisible, "👨‍👩‍👧 और क्\u200dष, tab\tvà trang\f"),
    (compose_letters, "người tốt, ban@hoa\u0300.vn"),
    (restore_lookalikes, "El señor de la montaña, ñandú"),
    (restore_lookalikes, "Ðorđe và Iğdır, niño ở Đà Lạt, ban@ñi.vn https://x.vn/Ðội"),
    (restore_lookalikes, "Ða Ðì, ño"),
    (restore_western, "ý nghĩa, lý do, cõi, ngã, sỹ, một từ trýờng"),
    (join_marks, "x \u0301, 5 \u0301n, \u0301a"),
    (join_split_syllables, "Anh T ở Hà Nội, chị H ai, đội A và đội B"),
    (join_split_syllables, "kho ản thu, là ai"),
    (split_joined_syllables, "Ngân hàng ĐôngÁ, Đăklăk, hộinghị"),
    (restore_keystrokes, "This is of more use, see the new office door; add a loop"),
    (restore_keystrokes, "Hooij ddoongf of the people of the free world"),
    (restore_keystrokes, "Phong A4, B12, tang 2, lop K65 va D20"),
    (restore_keystrokes, "Day manh cong tac tuyen truyen, hop tac xa"),
    (place_tones, "hoàn, ngoằn ngoèo, quý, giếng, COVID, Pleiku"),
    (place_tones, "12/QĐ-HOÀ https://x.vn/hoà hoà@x.vn www.thuỷ.vn"),
    (place_tones, "truyá»n a»hoà hoà»n"),
    # An English recogniser's é: the word may have been khoẻ, toẹ, loè.
    (place_tones, "suc khoé cua nhan dan\nkhoé"),
    (unify_spaces, "  thụt đầu dòng  \n\tcột\f238/KH-UBND 1.000.000 đồng"),
]


def apply(fixer: Fixer, text: str) -> str:
    for start, end, new in reversed(fixer(text)):
        text = text[:start] + new + text[end:]
    return text


@pytest.mark.parametrize(("fixer", "damaged", "expected"), EXAMPLES)
def test_example(fixer: Fixer, damaged: str, expected: str) -> None:
    assert apply(fixer, damaged) == expected


@pytest.mark.parametrize(("fixer", "text"), COUNTER)
def test_counter_example(fixer: Fixer, text: str) -> None:
    assert fixer(text) == []


def test_every_fixer_has_both() -> None:
    names = {fixer.__name__ for fixer in FIXERS}
    assert {fixer.__name__ for fixer, _, _ in EXAMPLES} == names
    assert {fixer.__name__ for fixer, _ in COUNTER} == names


@pytest.mark.parametrize("fixer", FIXERS)
@given(text=st.text(alphabet="hoàthuỷgìau \u0300\u0301\u200b\u200d\u00ad\u00a0\r\n@/:12Ä‘áº©»«👨"))
def test_changes_are_inside_in_order_and_real(fixer: Fixer, text: str) -> None:
    last = 0
    for start, end, new in fixer(text):
        assert last <= start < end <= len(text)
        assert text[start:end] != new
        last = end


@given(st.text(alphabet="hoàthuỷgìau \u0300\u0301\u031b\u200b\u200d\u00ad\u00a0\r\n\x0b@/:12Ä‘áº©»«👨"))
def test_repair_reaches_a_fixed_point_and_replays(text: str) -> None:
    repaired = repair(text)
    assert replay(text, repaired.steps) == repaired.text
    assert repair(repaired.text).steps == ()


def test_lines_stay_lines() -> None:
    assert repair("Hoà bình\r\nthuỷ lợi\r\n").text == "Hòa bình\nthủy lợi\n"


def decomposed(lines: int) -> str:
    return unicodedata.normalize("NFD", "Đẩy mạnh công tác tuyên truyền, hoà bình\n" * lines)


def test_a_step_a_letter_comes_back_whole() -> None:
    repaired = repair(decomposed(8000))
    assert len(repaired.steps) > 50_000 and replay(decomposed(8000), repaired.steps) == repaired.text
    assert repaired.text == "Đẩy mạnh công tác tuyên truyền, hòa bình\n" * 8000


def test_work_grows_with_the_text_only() -> None:
    """One step a letter once cost a copy of the whole text each."""
    assert is_linear(decomposed, repair, 1000)
