"""Text that lost some of its marks: what is found, what is restored, and what must stay."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable

import pytest

from vitext import CORRECTION_STEPS, measure_damage, repair, repair_blocks
from vitext.correction.lost_marks import evidence_of_form, find_file_names, find_lost_marks
from vitext.fold import strip_marks
from vitext.syllables import without_tone

PAPER = [
    "Hợp tác xã vận động các hộ thành viên góp đất, góp công mở rộng tuyến mương dẫn nước về cánh đồng.",
    "Ban quản trị họp mỗi tháng một lần, công khai thu chi trên bảng tin của nhà văn hóa thôn.",
    "Sau ba vụ, chi phí bơm nước giảm còn một phần tư, năng suất lúa tăng thêm gần một tấn trên mỗi héc-ta.",
    "Những gia đình khó khăn được hỗ trợ giống và phân bón, trả dần sau khi bán thóc.",
    "Cách làm này đã được ba xã lân cận đến học tập, hiện có hai xã đang làm theo.",
]


def half(text: str, seed: int = 1) -> str:
    rng = random.Random(seed)
    return re.sub(r"\S+", lambda word: strip_marks(word[0]) if rng.random() < 0.5 else word[0], text)


def keeping_d(text: str) -> str:
    return "".join(c if c in "đĐ" else strip_marks(c) for c in text)


def in_latin_1(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")


def in_ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode("ascii")


def wrong(printed: list[str], restored: list[str]) -> int:
    pairs = zip(" ".join(printed).split(), " ".join(restored).split(), strict=True)
    return sum(a.lower() != b.lower() for a, b in pairs)


@pytest.mark.parametrize(
    ("lose", "left"),
    [(half, 4), (keeping_d, 4), (strip_marks, 4), (without_tone, 4), (in_latin_1, 4), (in_ascii, 16)],
)
def test_what_was_lost_is_restored(lose: Callable[[str], str], left: int) -> None:
    damaged = [lose(line) for line in PAPER]
    assert wrong(PAPER, damaged) > 30
    assert wrong(PAPER, [block.text for block in repair_blocks(damaged)]) <= left
    # Line by line, as titles and cells come, too.
    assert wrong(PAPER, [repair(line).text for line in damaged]) <= left * 3 // 2


def test_words_that_kept_their_marks_are_never_changed() -> None:
    for damaged, restored in zip(map(half, PAPER), repair_blocks([half(line) for line in PAPER]), strict=True):
        for before, after in zip(damaged.split(), restored.text.split(), strict=True):
            if not before.isascii():
                assert before == after


def test_a_question_stays_one() -> None:
    text = in_latin_1("Nhiều người đồng ý với quyết định này không? Không ai biết.")
    assert repair(text).text.count("?") == 1 and "không? Không" in repair(text).text


def test_lost_letters_in_capitals() -> None:
    printed = "ỦY BAN NHÂN DÂN TỈNH ĐỀ NGHỊ QUYẾT ĐỊNH KHEN THƯỞNG"
    assert repair(in_latin_1(printed)).text == printed


def test_a_lost_letter_at_the_start_of_a_sentence_becomes_a_capital() -> None:
    assert repair(in_latin_1("Ủy ban nhân dân xã đã tổ chức hội nghị tổng kết")).text.startswith("Ủy ban")


@pytest.mark.parametrize(
    "line",
    [
        *PAPER,
        "Tài liệu gửi kèm: Phu luc so 03 mau bieu tong hop theo quy che.docx",
        "Xem bao-cao-tong-ket-nam-hoc.pdf và danh sach khen thuong dot 2.xlsx trên trang của sở",
        "Ông Nguyen Van Tam và bà Tran Thi Hoa đã góp hai nghìn mét vuông đất",
        'Khẩu hiệu của chương trình là "Can the man go to my house" trong sách tiếng Anh',
        "Bạn có khỏe không?Tôi khỏe. Ai làm?Ai chịu?",
        "Mở trang https://example.com/tim?a=mot&b=hai?c=ba?d để xem",
        "La propriété a été trouvée dans le dossier mais pas dans la liste des clés",
        "Ai đến?Khi nào?Ở đâu?Vì sao? Có gì?",
        "what?who?where? a?b c?d",
        "Kế hoạch n?m",
        "Chọn “--quit” để thoát, “app.new” để mở",
        "nguoi",
        "to",
    ],
)
def test_clean_lines_names_files_and_other_languages_stay(line: str) -> None:
    for blocks in ([line], [*PAPER, line, *PAPER]):
        for block in repair_blocks(blocks):
            assert not {step.name for step in block.steps}.intersection(CORRECTION_STEPS), block.text


def test_one_slip_in_a_long_paper_is_no_damage() -> None:
    text = " ".join(PAPER) + " Moi nguoi đều vui."
    assert find_lost_marks(text) == []


def test_a_damaged_passage_shows_in_a_long_clean_paragraph() -> None:
    passage = "da to chuc hoi nghi tong ket phong trao thi dua, khen thuong nhung nguoi lam tot"
    text = " ".join(PAPER) + f" Xã {passage}. " + " ".join(PAPER)
    assert find_lost_marks(text) == [(0, len(text))]
    assert (
        "đã tổ chức hội nghị tổng kết phong trào thi đua, khen thưởng những người làm tốt" in repair_blocks([text])[0].text
    )


def test_text_without_marks_that_names_formulas_codes_and_addresses_keeps_them() -> None:
    text = (
        "Nong do CO2 va H2SO4 vuot quy chuan, lop D20 hoc tai phong B1.2, moi lien he qua trang "
        "https://example.com/lien-he.html hoac gui tep bao cao thang nay.docx\n"
        "The committee shall publish the list within fifteen working days of the decision"
    )
    repaired = repair(text).text
    for kept in ("CO2", "H2SO4", "D20", "B1.2", "https://example.com/lien-he.html", "tep bao cao thang nay.docx"):
        assert kept in repaired
    assert repaired.startswith("Nồng độ CO2 và")
    assert repaired.endswith("The committee shall publish the list within fifteen working days of the decision")


def test_lost_accents_are_a_damage_that_is_told() -> None:
    assert measure_damage(PAPER[0]).kind == "clean"
    assert measure_damage(half(PAPER[0])).kind == "unaccented"
    assert measure_damage(keeping_d(PAPER[0])).kind == "unaccented"


def test_evidence_is_of_forms_without_a_tone() -> None:
    evidence = evidence_of_form()
    assert evidence["duoc"] > 4 > 1 > evidence["trong"]
    assert evidence["đươc"] > 4
    assert "được" not in evidence
    for form in list(evidence)[:500]:
        assert without_tone(form) == unicodedata.normalize("NFC", form)


def test_names_of_files_begin_behind_the_last_sign_or_word_with_marks() -> None:
    text = "Gửi kèm bản thảo: ke hoach tuan.doc, danh muc.pdf"
    assert [text[start:end] for start, end in find_file_names(text)] == [" ke hoach tuan.doc", " danh muc.pdf"]
