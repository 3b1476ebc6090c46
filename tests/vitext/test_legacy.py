"""Legacy encodings: proved by round trips over every letter and every syllable, and silent on everything else."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import vitext
from tests.vitext.linear import is_linear
from tests.work import cpu_seconds
from vitext import ENCODINGS, convert_legacy, detect_legacy, encode_legacy, is_syllable, place_tone, repair, repair_blocks
from vitext.encodings import Encoding
from vitext.horns import Horns, restore_horns, tell_horns
from vitext.syllables import ONSETS, RIMES, TONE_MARKS

TABLE = Path(vitext.__file__).parent / "legacy.tsv"
CASES = [json.loads(line) for line in (Path(__file__).parent / "cases/legacy.jsonl").read_text("utf-8").splitlines()]
VOWELS = "aăâeêioôơuưy"
LETTERS = [v + m for v in VOWELS for m in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")] + ["đ"]
LETTERS = sorted({unicodedata.normalize("NFC", c) for c in [*LETTERS, *map(str.upper, LETTERS)]} - set("aeiouyAEIOUY"))
TEXT = (
    "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến, các mô hình mới, nhân tố mới\n"
    "Tại thành phố Hải Phòng, ủy ban nhân dân, Liên minh Hợp tác xã Việt Nam tổ chức hội nghị sơ kết và khen thưởng\n"
    "Người tốt, việc tốt góp phần thực hiện thắng lợi nhiệm vụ phát triển kinh tế, giữ vững quốc phòng"
)


def convert(text: str) -> str:
    for start, end, new in reversed(convert_legacy(text)):
        text = text[:start] + new + text[end:]
    return text


def syllables() -> list[str]:
    found = set()
    for onset in ONSETS:
        for rime in RIMES:
            for mark in ("", *TONE_MARKS.values()):
                vowel = next(i for i, c in enumerate(rime) if c in "aăâeêioôơuưy")
                word = place_tone(onset + rime[: vowel + 1] + mark + rime[vowel + 1 :])
                if is_syllable(word):
                    found.add(unicodedata.normalize("NFC", word))
    return sorted(found)


SYLLABLES = syllables()


def shown_lines(words: list[str], encoding: Encoding) -> list[tuple[str, str]]:
    """Lines of forty words in small letters among which they stand, and what comes back for them."""
    found = []
    for i in range(0, len(words), 40):
        line = " ".join(words[i : i + 40])
        shown = encode_legacy(line, encoding) + "\n" + encode_legacy(TEXT, encoding)
        found.append((line, convert(shown).split("\n")[0]))
    return found


def test_the_table_is_sorted_composed_and_unique() -> None:
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    assert [row[0] for row in rows] == LETTERS
    assert len(LETTERS) == 134
    for column in range(1, 4):
        codes = [row[column] for row in rows if row[column] != "-"]
        assert len(set(codes)) == len(codes) == (74 if column == 1 else 134)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_letter_comes_back(encoding: Encoding) -> None:
    lost = set()
    for letter in LETTERS:
        # Names of the letters: one line, so that each stands in a text that is told.
        shown = encode_legacy(f"{TEXT} chữ {letter}h", encoding)
        if convert(shown) != f"{TEXT} chữ {letter}h":
            lost.add(letter)
            assert convert(shown) == f"{TEXT} chữ {letter.lower()}h"
    # The only ambiguity: TCVN3 has codes for seven capitals, a font of capitals shows the others.
    assert lost == ({c for c in LETTERS if c.isupper()} - set("ĂÂÊÔƠƯĐ") if encoding == "tcvn3" else set())


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_syllable_comes_back(encoding: Encoding) -> None:
    assert len(SYLLABLES) > 10_000
    for line, back in shown_lines(SYLLABLES, encoding):
        assert back == line


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_words_in_capitals_come_back(encoding: Encoding) -> None:
    assert len(set("".join(SYLLABLES)) - set("abcdefghijklmnopqrstuvwxyz")) == 67
    for line, back in shown_lines([word.upper() for word in SYLLABLES], encoding):
        assert back == line


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_words_with_a_capital_come_back(encoding: Encoding) -> None:
    lost = set()
    for line, back in shown_lines([word.capitalize() for word in SYLLABLES], encoding):
        for word, read in zip(line.split(), back.split(), strict=True):
            if word != read:
                assert read == word.lower()
                lost.add(word[0])
    assert not lost & set("ĂÂÊÔƠƯĐ") and all(not c.isascii() for c in lost)
    assert (len(lost) > 20) if encoding == "tcvn3" else not lost


def test_what_viqr_escapes_comes_back() -> None:
    page = encode_legacy(TEXT, "viqr")
    for line in (
        "Địa chỉ: C:\\dir\\a.bigrams, ô. Ở nhà. Thế à? Ừ.",
        "add ở đây, hoạ. hoặ' đd",
        "Thu (a+b) từ u+ và o( \\ d\\d",
    ):
        assert convert(page + ", " + encode_legacy(line, "viqr")) == TEXT + ", " + line


def test_viscii_as_windows_shows_it() -> None:
    line = "ĐẨY MẠNH HỢP TÁC, ẢNH ỨNG ĐỘNG"
    shown = encode_legacy(line, "viscii").encode("latin-1").decode("cp1252")
    assert shown == "Ð†Y M€NH H”P TÁC, ÄNH ºNG Ð“NG"
    assert convert(shown + "\n" + encode_legacy(TEXT, "viscii")) == line + "\n" + TEXT


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_page_is_told_and_comes_back_and_stays(encoding: Encoding) -> None:
    shown = encode_legacy(TEXT, encoding)
    assert detect_legacy(shown) == encoding
    assert convert(shown) == TEXT
    assert convert(convert(shown)) == TEXT
    repaired = repair(shown)
    assert repaired.text == TEXT and {step.name for step in repaired.steps} == {"convert_legacy"}


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("§¹i häc N«ng nghiÖp", "Đại học Nông nghiệp"),
        ("KÕ HO¹CH tæ chøc phong trµo", "KẾ HOẠCH tổ chức phong trào"),
        ("Ñaïi hoïc Noâng nghieäp", "Đại học Nông nghiệp"),
        ("DDa.i ho.c No^ng nghie^.p", "Đại học Nông nghiệp"),
        ("KÕ HO¹CH\n\n§¹i häc N«ng nghiÖp", "KẾ HOẠCH\n\nĐại học Nông nghiệp"),
    ],
)
def test_in_the_wild(shown: str, printed: str) -> None:
    assert convert(shown) == printed


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        unicodedata.normalize("NFD", TEXT),
        "L'étude où l'on a déjà vu la naïve Noël; ça va très bien, garçon, hôtel, forêt, être, là, dès, après",
        "Die schöne Übung über Äpfel, für größere Städte, Mädchen und Käse, natürlich ähnlich möglich",
        "El niño año mañana señor España; ¿qué? ¡sí! corazón, acción, también, después, está",
        "Não há mãe, irmão, coração, avó, você, às três, então, amanhã, português, é",
        "Pay manh cdng tac tuyén truyén, nhan to m0’1, nhi¢ém vy, tu’ tuéng, S¢ NV, d¢ B/c, v¢",
        "Ä‘áº©y máº¡nh cÃ´ng tÃ¡c tuyÃªn truyá»n",
        "x = a^2 + b^2; if (a+b) > c: o+ = u+; f(a(1)); address, add, odd, middle DDR",
        "Day manh cong tac tuyen truyen. Ho tro. Ke hoach? La vi du.",
        "10 m² × 5 = 50 m²; 20 °C ± 1; § 5 « trích » © 2024 ®; ½ và ¾",
        "https://x.vn/§¹i ban@§¹i.vn 12/§¹i",
        "",
    ],
)
def test_everything_else_is_left(text: str) -> None:
    assert convert_legacy(text) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"][-40:])
def test_cases(case: dict[str, str]) -> None:
    assert convert(case["text"]) == case.get("expected", case["text"])


@given(st.text(max_size=200) | st.text("aeouydD thnNH§¹¸µ·©ª«¬®ñïöûøäåëüâê^(+'`?~.\\\n\xa0\xad\x02\x85\u0323", max_size=200))
def test_any_text_comes_to_rest(text: str) -> None:
    changes = convert_legacy(text)
    ends = [0, *(end for _, end, _ in changes)]
    for (start, end, new), before in zip(changes, ends, strict=False):
        assert before <= start < end <= len(text)
        assert new != text[start:end] and unicodedata.is_normalized("NFC", new)
    once = convert(text)
    assert convert(once) == once


@given(st.lists(st.sampled_from(SYLLABLES), min_size=12, max_size=60), st.sampled_from(ENCODINGS))
def test_random_syllables_come_back_and_stay(words: list[str], encoding: Encoding) -> None:
    text = " ".join(words) + "\n" + TEXT
    shown = encode_legacy(text, encoding)
    assert convert(shown) == text
    assert convert_legacy(text) == []


@pytest.mark.parametrize("character", ["a", "¹", "^", "\\", "\x00", "\x1e", "\x85", "\xad", "😀", "\n", "\u0323", " ^"])
def test_work_grows_with_one_character_only(character: str) -> None:
    assert convert_legacy(character * 1000) == []
    assert is_linear(lambda size: character * size, convert_legacy, 20_000)


@pytest.mark.parametrize(
    "piece", [TEXT, encode_legacy(TEXT, "tcvn3") + "\n", encode_legacy(TEXT, "viqr") + " ", "a^", "^\n"]
)
def test_work_grows_with_the_text_only(piece: str) -> None:
    assert is_linear(lambda size: piece * (size // len(piece)), convert_legacy, 20_000)


def test_clean_text_is_only_looked_through() -> None:
    """Clean text costs next to nothing: less than a tenth of what text of the same length does that is to be converted."""
    shown = encode_legacy(TEXT, "vni") * 40
    clean = min(cpu_seconds(lambda: convert_legacy(TEXT * 40)) for _ in range(3))
    assert clean < min(cpu_seconds(lambda: convert_legacy(shown)) for _ in range(3)) / 10


# An encoding that the caller knows


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_known_encoding_needs_no_proof(encoding: Encoding) -> None:
    for line in ("có", "nhà ở", "Ai đã đến?", "ngày 5/3 tại Hà Nội", "CỘNG HÒA XÃ HỘI"):
        shown = encode_legacy(line, encoding)
        assert repair(shown, assume=encoding).text == line


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_known_encoding_leaves_unicode_and_addresses(encoding: Encoding) -> None:
    for text in (TEXT, "12/KH-UBND", "https://x.vn/§¹i", "ban@haø.vn", "2024", ""):
        assert convert_legacy(text, encoding) == []
    assert repair(encode_legacy("có", encoding) + "\nđường", assume=encoding).text == "có\nđường"


@pytest.mark.parametrize("text", ["cã", "Hµ Néi", "co'", "nhaø"])
def test_what_proves_nothing_is_left_unless_it_is_known(text: str) -> None:
    assert repair(text).text == text


# A document tells the encoding of all of its lines

HEADER = [
    "ỦY BAN NHÂN DÂN",
    "TỈNH ĐỒNG NAI",
    "Số: 15/2004/QĐ-UBNDT",
    "Quyết định",
    "BHLĐ và TNLĐ",
    "1 vụ",
    "Nơi nhận:",
    "- Như trên;",
]


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "cp1258"])
def test_every_block_follows_its_document(encoding: Encoding) -> None:
    blocks = [*HEADER, *TEXT.split("\n")]
    shown = [encode_legacy(block, encoding) for block in blocks]
    read = [result.text for result in repair_blocks(shown)]
    assert [text.lower() for text in read] == [block.lower() for block in blocks]
    assert encoding == "tcvn3" or read == blocks


@pytest.mark.parametrize(
    ("shown", "printed"),
    [
        ("Theo QuyÕt ®Þnh sè 15/2004/Q§-UBNDT ngµy 3/5/2004", "Theo Quyết định số 15/2004/QĐ-UBNDT ngày 3/5/2004"),
        ("NghÞ ®Þnh sè 72/N§-CP, mÉu 03-H§/LHT", "Nghị định số 72/NĐ-CP, mẫu 03-HĐ/LHT"),
        ("Sè: 44/2004/Q§-BNV", "Số: 44/2004/QĐ-BNV"),
        ("Quyeát ñònh soá 44/2004/QÑ-BNV", "Quyết định số 44/2004/QĐ-BNV"),
        ("Ban chæ ñaïo veà ATLÑ vaø BHLÑ", "Ban chỉ đạo về ATLĐ và BHLĐ"),
        ("- Thieát bò ATLÑ", "- Thiết bị ATLĐ"),
        ("Möùc traû bình quaân/1ngöôøi laø 3ñoàng", "Mức trả bình quân/1người là 3đồng"),
        ("Uûy ban nhaân daân Tænh", "Ủy ban nhân dân Tỉnh"),
        ("Nhμ tr\xadêng mμ häc sinh yªu quý", "Nhà trường mà học sinh yêu quý"),
        ("x∙ héi ®∙ ®æi míi, x• nghÌo ®• kh¸", "xã hội đã đổi mới, xã nghèo đã khá"),
        ("· Nhµ n\xadíc vµ nh©n d©n", "· Nhà nước và nhân dân"),
        ("N−íc ta cã nhiÒu ng−êi giái", "Nước ta có nhiều người giỏi"),
        ("N-íc ta cã nhiÒu ng-êi giái, nh- ®Çu t- cña n-íc", "Nước ta có nhiều người giỏi, như đầu tư của nước"),
        ("Níc ta cã nhiÒu ngêi giái ®îc trëng thëng", "Nước ta có nhiều người giỏi được trưởng thưởng"),
        ("Hµ Néi - HuÕ - S¬n La, quy t¾c 3-5", "Hà Nội - Huế - Sơn La, quy tắc 3-5"),
        ("Uûy ban nhaân daân vaø §¶ng bé huyÖn, x· Ñoâng", "Ủy ban nhân dân và Đảng bé huyện, xã Đông"),
        ("Trường học Đồng Tiến cña nh©n d©n huyÖn", "Trường học Đồng Tiến của nhân dân huyện"),
        ("m¹ng l\xadíi q°c gia ph¸t triÓn m¹nh th®t", "mạng lưới q°c gia phát triển mạnh thđt"),
    ],
)
def test_what_programs_make_of_the_signs(shown: str, printed: str) -> None:
    assert convert(shown) == printed


def test_a_number_that_is_not_certain_is_not_made_up() -> None:
    for text in ("12/¦B-UBND", "Điều 5 của § 12, nguyên văn «Q§», Ñ", "Căn cứ Quyết định số 12/Qø-UBND"):
        assert convert(text) == text


def test_both_encodings_of_one_document_are_read() -> None:
    tcvn3, vni = (encode_legacy(TEXT.split("\n")[0], encoding) for encoding in ("tcvn3", "vni"))
    assert convert(f"{tcvn3}\n{vni}") == "\n".join([TEXT.split("\n")[0]] * 2)


def test_an_old_encoding_that_windows_1258_showed_is_read() -> None:
    shown = (encode_legacy(f"{TEXT}\nChính phủ", "tcvn3")).encode("latin-1").decode("cp1258", "replace")
    assert "\ufffd" not in shown and shown != encode_legacy(f"{TEXT}\nChính phủ", "tcvn3")
    assert convert(shown) == f"{TEXT}\nChính phủ"


def test_a_line_that_lost_letters_is_not_read_in_another_encoding() -> None:
    shown = encode_legacy("mạng quản lý hành chính của các đơn vị nhà nước", "tcvn3").replace("¬n", "n").replace("íc", "Ýc")
    assert detect_legacy(shown) == "tcvn3"


@pytest.mark.parametrize(
    "text",
    ["Đồng chí đi Hà-nội, T-ông, x-quang", "Ông A- xưa nay", "µm và µg, 5 × 3 = 15", "ESPAÑA, NIÑO, AÑO", "§ 12, § 13"],
)
def test_clean_text_with_such_signs_stays(text: str) -> None:
    assert convert(text) == text
    assert [result.text for result in repair_blocks([TEXT, text])] == [TEXT, text]


def test_horns_need_proof_where_a_word_is_one_without() -> None:
    assert tell_horns(["đ-ợc", "cha"]) == Horns() and tell_horns(["đ-ợc", "n-ớc"]) == Horns(dashed=True)
    assert [restore_horns("ngời", horns) for horns in (Horns(), Horns(dropped=True))] == ["ngời", "người"]
    assert restore_horns("-----", Horns(dashed=True)) == "-----" and restore_horns("c)", Horns(dropped=True)) == "c)"
    assert restore_horns("TRỞNG", Horns(dropped=True)) == "TRƯỞNG" and restore_horns("-ớc", Horns()) == "ước"
