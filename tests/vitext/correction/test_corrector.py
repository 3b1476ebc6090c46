"""Correcting destroyed letters: what must be corrected, what must be left, and both decoders giving the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vitext.correction.reference_decoder import ReferenceDecoder
from tests.vitext.linear import is_linear
from vitext import (
    CORRECTION_STEPS,
    DOUBTFUL_CONFIDENCE,
    SURE_CONFIDENCE,
    place_tone,
    repair,
    repair_blocks,
    repair_stream,
    replay,
)
from vitext.correction import Region, find_damaged
from vitext.correction.alphabet import to_bytes
from vitext.correction.decoder_wasm import WasmDecoder
from vitext.correction.model import CHANNELS, MODEL_PATH, Columns, CorrectionModel
from vitext.correction.preparation import Preparation

ROOT = Path(__file__).parents[3]
SCAN = (ROOT / "corpus" / "documents" / "43-KH-LMHTX.scan.txt").read_text("utf-8")
PLAN = (ROOT / "corpus" / "documents" / "238-KH-UBND.md").read_text("utf-8")
SCANS = sorted((ROOT / "corpus" / "practices" / "scans").glob("*.txt"))
TWINS = ROOT / "tests" / "corpus" / "twins"


_MODEL = CorrectionModel.open(MODEL_PATH)
_DECODER = WasmDecoder(_MODEL)
_REFERENCE = ReferenceDecoder(_MODEL)


# The decoder and its reference


@pytest.mark.parametrize("channel", CHANNELS)
def test_both_decoders_decode_a_scan_alike(channel: str) -> None:
    text = "\n".join(SCAN.split("\n")[:24])
    words = Preparation(_MODEL).words(text, find_damaged(text, channel), channel)
    assert len(words.kinds) > 150
    columns, given = words.columns(), to_bytes(text)
    assert (_DECODER.decode(channel, given, columns) == _REFERENCE.decode(channel, given, columns)).all()


@settings(max_examples=60)
@given(st.text(alphabet="abdeghiklmnotuvyABDĐIOPé016¢’' ", min_size=1, max_size=40))
def test_both_decoders_decode_anything_alike(text: str) -> None:
    where = np.array([(0, len(text))], dtype=np.int32)
    words = Columns(where, np.zeros(1, np.uint8), np.zeros(1, np.uint16), np.zeros(1, np.uint8), np.ones(1, np.uint8))
    for channel in CHANNELS:
        given = to_bytes(text)
        assert (_DECODER.decode(channel, given, words) == _REFERENCE.decode(channel, given, words)).all()
        if len(given) <= 24:
            assert _DECODER.propose(channel, given) == _REFERENCE.propose(channel, given)


def test_forgotten_forms_are_decoded_as_before() -> None:
    first = _DECODER.propose("ocr", to_bytes("tuyén"))
    for number in range(20_000):
        _DECODER.propose("ocr", to_bytes(f"t{number}x"))
    assert _DECODER.propose("ocr", to_bytes("tuyén")) == first


# What is corrected


def test_the_scan_is_corrected_line_for_line() -> None:
    repaired = repair(SCAN)
    lines = repaired.text.split("\n")
    assert len(lines) == SCAN.count("\n") + 1
    assert "KẾ HOẠCH" in lines
    for line in ("công tác tuyên truyền phong trào thi đua yêu nước", "Kế hoạch số 238/KH-UBND ngày 18/10/2024 của Ủy ban"):
        assert line in repaired.text
    assert replay(SCAN, repaired.steps) == repaired.text
    assert repair(SCAN) == repaired
    assert repair(repaired.text).text == repaired.text


def test_words_stand_where_they_say() -> None:
    for text in (SCAN, "hoà\u00a0" + SCAN[:900], *(path.read_text("utf-8") for path in SCANS[:3])):
        repaired = repair(text)
        assert repaired.words
        for word in repaired.words:
            assert repaired.text[word.start : word.end] == word.after
            assert text[word.original_start : word.original_end] == word.before
            assert 0 < word.confidence <= 1
            assert word.confidence + sum(share for _, share in word.alternatives) <= 1.0001
            assert word.after not in [other for other, _ in word.alternatives]


def errors(gold: str, given: str) -> tuple[int, int]:
    """Wrong syllables by word Levenshtein, and syllables."""
    a, b = ([place_tone("".join(c for c in w.lower() if c.isalnum())) for w in text.split()] for text in (gold, given))
    a, b = [w for w in a if w], [w for w in b if w]
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1], len(a)


def test_the_sample_scans_against_their_twins() -> None:
    """A gate: eleven pages of records that the model has seen as text, recognised by Tesseract's English model."""
    wrong = raw = total = 0
    for path in SCANS:
        gold = (TWINS / path.name.replace(".scan", "")).read_text("utf-8")
        left, size = errors(gold, repair(path.read_text("utf-8")).text)
        wrong, total, raw = wrong + left, total + size, raw + errors(gold, path.read_text("utf-8"))[0]
    assert raw / total > 0.7
    assert wrong / total < 0.03


@pytest.mark.parametrize(
    ("damaged", "printed"),
    [
        ("Day manh cong tac tuyen truyen phong trao thi dua", "Đẩy mạnh công tác tuyên truyền phong trào thi đua"),
        ("CQNG HOA XA HQI CHU NGHIA VIET NAM", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("nQi dung cua sang ki6n da dugc hQi d6ng cong nhan", "nội dung của sáng kiến đã được hội đồng công nhận"),
    ],
)
def test_styles_of_damage(damaged: str, printed: str) -> None:
    assert repair(damaged).text == printed


def test_lists_go_on_with_đ() -> None:
    text = "c) Lap danh sach khen thuong;\nd) Bao cao két qua thuc hién;\nd) Tham muu cho Uy ban nhan dan."
    assert [line[:2] for line in repair(text).text.split("\n")] == ["c)", "d)", "đ)"]


def test_abbreviations_get_their_đ() -> None:
    text = "Can ctr Nghi quyét s6 15/NQ-HDND ngay 08/12/2023 cua Hdi dng nhan dan thanh phé"
    assert "15/NQ-HĐND" in repair(text).text


def test_é_behind_o_is_no_accent() -> None:
    assert "sức khỏe của" in repair("cham soc sttc khoé cua nhan dan va ngudi lao dong").text


def test_roman_headings_are_corrected_whole() -> None:
    text = (
        "I. Muc dich, yéu cau cua phong trao\nI1. N§i dung, hinh thirc tuyén truyén\nIIl. T6 chire thue hién\n11. Kinh phi"
    )
    assert [line.split(" ")[0] for line in repair(text).text.split("\n")] == ["I.", "II.", "III.", "11."]


def test_a_letter_in_one_shape_is_not_found_in_another() -> None:
    """The table of rests keeps the shapes apart: "P" in capitals was once found as the "O" of a capital alone."""
    for word in ("TP", "TT", "TS", "DN"):
        likeliest = _DECODER.propose("ocr", to_bytes(word))[0]
        assert (_MODEL.words[likeliest[0]], likeliest[1]) == (word.lower(), 2)


# What is left


LEFT = [
    "238/KH-UBND",
    "18/10/2024",
    "1.000.000",
    "ban.tdkt@haiphong.gov.vn",
    "https://haiphong.gov.vn/thi-dua",
    "XI",
    "LMHTX",
    "43",
    "7h29",
    "14g05",
]


def test_numbers_codes_and_addresses_are_left() -> None:
    text = "Thyc hién K& hoach so 238/KH-UBND ngay 18/10/2024 cua Uy ban nhan dan thanh phd, kinh phi 1.000.000 ddng,\n"
    text += "gui vé ban.tdkt@haiphong.gov.vn hodc https://haiphong.gov.vn/thi-dua lan thir XI cua LMHTX s6 43 thang 02, tir 7h29 dén 14g05"
    repaired = repair(text).text
    assert "Thực hiện Kế hoạch" in repaired
    for word in LEFT:
        assert word in repaired


@pytest.mark.parametrize(
    "text",
    [
        PLAN,
        "The committee shall award certificates of merit to collectives and individuals with outstanding results.",
        "Le comité décerne des certificats aux collectifs et aux personnes méritantes de la ville.",
        "Die Stadt hat den Preis an die besten Gruppen und Personen des Jahres vergeben.",
        "SELECT name, year FROM records WHERE field = 'health' ORDER BY year DESC LIMIT 10",
        "1.\t12\t2024\t43\n2.\t15\t2025\t238",
        "HTX, UBND, MTTQ, TĐKT",
        "Covid",
        "",
        "\n\n\n",
        "Phu luc 3 Quy dinh cu the muc uu tien ho tro.doc",
    ],
)
def test_what_is_whole_or_not_vietnamese_is_left(text: str) -> None:
    repaired = repair(text)
    assert not [step for step in repaired.steps if step.name in CORRECTION_STEPS]


def test_a_clean_block_beside_a_damaged_one_is_left() -> None:
    clean = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước trên địa bàn thành phố."
    blocks = repair_blocks([clean, SCAN[200:900], clean])
    assert blocks[0].text == blocks[2].text == clean and not blocks[0].words
    assert blocks[1].text != SCAN[200:900]


def test_short_blocks_are_judged_by_their_document() -> None:
    heading = "KE HOACH"
    assert repair(heading).text == heading, "two words alone prove nothing"
    assert repair_blocks([heading, SCAN[200:1500]])[0].text == "KẾ HOẠCH"


def test_a_query_can_be_corrected_by_assumption() -> None:
    assert repair("Pay manh cdng tac tuyén truyén", assume="ocr").text == "Đẩy mạnh công tác tuyên truyền"
    assert repair("đẩy mạnh", assume="ocr").text == "đẩy mạnh"


# The library


def test_a_stream_gives_the_same_text_in_pieces() -> None:
    text = (SCAN + "\n\n") * 20
    pieces = (text[i : i + 1000] for i in range(0, len(text), 1000))
    parts = list(repair_stream(pieces))
    assert len(parts) > 1
    assert "".join(part.original for part in parts) == text
    assert "".join(part.text for part in parts).count("Kế hoạch số 238/KH-UBND") == 20


@pytest.mark.parametrize("sign", ["\n", " ", ""])
def test_a_stream_without_empty_lines_does_not_wait_for_ever(sign: str) -> None:
    pieces = [("x" * 20 + sign) * 1000] * 60
    parts = list(repair_stream(pieces))
    assert len(parts) > 1 and "".join(part.original for part in parts) == "".join(pieces)


def test_unsure_words_say_so() -> None:
    unsure = repair(SCAN).uncertain
    assert unsure and all(word.confidence < SURE_CONFIDENCE for word in unsure)
    assert any(word.confidence < DOUBTFUL_CONFIDENCE and word.alternatives for word in unsure)


def test_the_model_is_small_and_a_foreign_file_is_refused(tmp_path: Path) -> None:
    assert MODEL_PATH.stat().st_size <= 30_000_000
    (tmp_path / "a.model").write_bytes(b"no model at all, but long enough to be read as one")
    with pytest.raises(ValueError, match="correction model"):
        CorrectionModel.open(tmp_path / "a.model")


def test_calibration_falls_with_the_cost() -> None:
    for channel in CHANNELS:
        knots = _MODEL.settings[f"calibration_{channel}"]
        assert [cost for cost, _ in knots] == sorted(cost for cost, _ in knots)
        assert [sure for _, sure in knots] == sorted((sure for _, sure in knots), reverse=True)


@settings(max_examples=200)
@given(st.text(max_size=80))
def test_any_text_with_any_assumption_comes_to_rest(text: str) -> None:
    for channel in CHANNELS:
        repaired = repair(text, assume=channel)  # type: ignore[arg-type]
        assert replay(text, repaired.steps) == repaired.text
        for word in repaired.words:
            assert repaired.text[word.start : word.end] == word.after


def test_regions_are_whole_lines() -> None:
    text = "Đẩy mạnh công tác\n" + SCAN[300:700] + "\nĐẩy mạnh công tác"
    for region in find_damaged(text):
        assert isinstance(region, Region) and region.channel == "ocr"
        assert text[region.start - 1] == "\n" and text[region.end] == "\n"


@pytest.mark.parametrize(
    "dirt", [".", "-", "1.", "a@", "x", "a.", "a?", "¢", "a^", "HQP ", "a-\n", "a}", "¹ ", "12 ", "d) ", "khoé ", "I1. "]
)
def test_work_grows_with_hostile_lines_only(dirt: str) -> None:
    def correct(text: str) -> None:
        repair(text)
        repair(text, assume="ocr", keep_lines=False)

    assert is_linear(lambda size: SCAN[300:700] + "\n" + dirt * size, correct, 2500)
