"""A short text by itself: corrected where the whole becomes Vietnamese, left alone everywhere else."""

from __future__ import annotations

import itertools

import pytest

from vitext import CORRECTION_STEPS, repair, repair_blocks, repair_stream, strip_marks
from vitext.correction import find_damaged, find_damaged_alone
from vitext.correction.alone import SHORT_TEXT_WORDS

CORRECTED = [
    ("Pay manh cdng tac tuyén truyén", "Đẩy mạnh công tác tuyên truyền"),
    ("Pay manh cdng tac tuyén truyén\n", "Đẩy mạnh công tác tuyên truyền\n"),
    ("phong trao thi dua yéu nuéc", "phong trào thi đua yêu nước"),
    ("nhiém vu phat trién kinh té", "nhiệm vụ phát triển kinh tế"),
    ("thuc hién nhiém vu chinh tri", "thực hiện nhiệm vụ chính trị"),
    ("can b6, cong chtrc, vién chtrc", "cán bộ, công chức, viên chức"),
    ("Day manh cong tac tuyen truyen phong trao thi dua", "Đẩy mạnh công tác tuyên truyền phong trào thi đua"),
    ("cham soc, bao ve va nang cao suc khoe nhan dan", "chăm sóc, bảo vệ và nâng cao sức khỏe nhân dân"),
]

ENGLISH = """
Go
Go on
Can do
See you then
Thanks a lot for that
The man in the van
Can the man go to my house
You can not go on to the end
To be or not to be that is
I am the man on the hill
He can do it in one day
Do not go in to the pit
We can all go to the beach now
A cup of tea and a bun
She got up at ten to go
Come in and sit down by me
Let it be me who can do it
No one can hang on to a dream
Ban on the gun to go on
The long road to the moon
Do it again, then hang up the phone
An old hat on a thin man
Meeting at noon in the main hall
Please send the report to me by noon today
Best practices of the city council
More so each day
That can be as long as you can do it
The minutes of the last meeting were read and approved
Can you hum the tune to that song, or hang on till ten
""".strip().splitlines()

OTHER_LANGUAGES = """
Mot de passe
Le chat va au cinema ce soir
Je ne sais pas
La vie est belle
Où est la gare ?
Ma mère a été très gentille
Le thé est prêt, merci bien
Ici on parle le français et le chinois
Un café au lait et un thé, merci
Le résumé du congrès a été publié
Pour la santé du comité
Guten Tag
Ich bin nun hier und du bist da
Das ist mein Haus am See
Wir haben die Lösung gefunden
hola que tal como estas tu hoy
No se ha establecido la clave
También en la capital de la región
Buenos días
Ti amo tanto, mia cara
Che ora sono a Milano
Você também não é daqui
Nama saya tidak ada di sini
Di mana toko buku itu
Jag kan inte se dig
Kan du se han nu
Én nem tudom, hol van a hotel
Kde je hlavní nádraží
""".strip().splitlines()

NAMES_AND_CODES = """
Ha Noi
HA NOI
Hai Phong
Ho Chi Minh
TP Ho Chi Minh
Nguyen Van A
Nguyen Thi Minh Khai
Tran Hung Dao
NGUYEN VAN A
Dinh Tien Hoang, Ly Thai To
Nguyen Van Anh, Tran Thi Binh, Le Van Dung
Nguyen Van Anh Tran Thi Binh
Pham Thi Thu Ha - Vu Minh Tuan
Ho Chi Minh Ha Noi Hai Phong
Can Tho Ha Noi Da Nang Hai Phong Hue
Vinamilk
Viettel Post
Hoa Phat Group
VinFast VF 8
Trung Nguyen Legend
Samsung Galaxy A54
Vietcombank
Bia Ha Noi
Pho 24
QD 123
QD 123/QD-UBND
43/KH-LMHTX
NQ 68
TCVN 6909
A4
H2O
mp3
COVID-19
HTX
UBND TP HP
BHXH, BHYT, BHTN
ISO 9001 va ISO 14001
Ke hoach.docx
bao cao quy 3 nam 2025 ban cuoi.xlsx
anh_dai_dien.png
2024
18/10/2024
0912 345 678
1.000.000
16.5 %
a
Ban
xin chao
cam on ban
duong
tuyén
cdng
KE HOACH
lop 5A
nhom 3B va 4C
:-)
---
...
https://example.vn/thi-dua
ban.tdkt@example.vn
SELECT name FROM t WHERE id = 3
print(a, b)
if a > b then return c
for i in range(10): print(i)
""".strip().splitlines()

CLEAN = """
Đẩy mạnh công tác tuyên truyền
Hà Nội
Ủy ban nhân dân
Nguyễn Văn A
Sổ tay
Cho em hỏi
Bé khoẻ
Thi đua
Kết quả năm 2024 của UBND TP
Anh ba ba cho em ba quả na, em xin
""".strip().splitlines()


@pytest.mark.parametrize(("damaged", "printed"), CORRECTED)
def test_what_becomes_vietnamese_as_a_whole_is_corrected(damaged: str, printed: str) -> None:
    assert repair(damaged).text == printed


def is_left(text: str) -> bool:
    return not any(step.name in CORRECTION_STEPS for step in repair(text).steps)


@pytest.mark.parametrize("text", ENGLISH + OTHER_LANGUAGES + CLEAN)
def test_other_languages_and_clean_text_are_left(text: str) -> None:
    for form in (text, text.upper(), text.lower(), text.title(), text + "\n", f"  {text}."):
        assert is_left(form), form


@pytest.mark.parametrize("text", NAMES_AND_CODES)
def test_names_and_codes_are_left(text: str) -> None:
    for form in (text, text.upper(), text + "\n", f"  {text}."):
        assert is_left(form), form


def test_pieces_of_english_sentences_are_left() -> None:
    """Every run of one to eight words of the sentences above: a query or a cell may begin and end anywhere."""
    pieces = {
        " ".join(words[start : start + size])
        for words in map(str.split, ENGLISH)
        for size in range(1, 9)
        for start in range(len(words) - size + 1)
    }
    assert len(pieces) > 500
    assert [piece for piece in sorted(pieces) if repair(piece).text != piece] == []


def test_lists_of_names_without_accents_are_left() -> None:
    families = ("Nguyen", "Tran", "Le", "Pham", "Hoang", "Vu")
    middles = ("Van", "Thi", "Minh", "Duc", "Ngoc")
    given = ("Anh", "Binh", "Dung", "Ha", "Lan", "Tung")
    names = [" ".join(name) for name in itertools.product(families, middles, given)]
    for count in (1, 2, 3, 4):
        for start in range(0, len(names) - count, 7):
            text = ", ".join(names[start : start + count])
            assert repair(text).text == text


def test_one_word_and_three_words_prove_nothing() -> None:
    assert repair("truyén").text == "truyén"
    assert repair("tuyén truyén cdng").text == "tuyén truyén cdng"


def test_a_line_with_accents_beside_it_decides() -> None:
    """Where some lines bear their accents nobody destroyed the others."""
    text = "Đẩy mạnh công tác tuyên truyền\nnhiém vu phat trién kinh té"
    assert find_damaged_alone(text) == []


def test_a_document_and_the_end_of_a_stream_are_judged_as_before() -> None:
    line = "Pay manh cdng tac tuyén truyén"
    assert repair_blocks([line])[0].text == line, "a block of a document is no whole"
    english = "Can the man go to my house"
    assert repair_blocks([english])[0].text != english, "what judging alone is for"
    clean = "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước.\n\n"
    pieces = [clean * 1200, line]
    assert "".join(part.text for part in repair_stream(pieces)).endswith(line)
    assert "".join(part.text for part in repair_stream([line[:9], line[9:]])) == "Đẩy mạnh công tác tuyên truyền"


def test_long_texts_are_judged_as_documents_are() -> None:
    text = strip_marks(
        "Đẩy mạnh công tác tuyên truyền phong trào thi đua yêu nước, gương điển hình tiên tiến, các mô hình mới"
    )
    assert len(text.split()) >= SHORT_TEXT_WORDS
    assert find_damaged_alone(text) == find_damaged(text) != []


@pytest.mark.parametrize("text", [damaged for damaged, _ in CORRECTED] + ENGLISH[:6])
def test_it_comes_to_rest(text: str) -> None:
    once = repair(text)
    assert repair(once.text).steps == ()


def test_an_assumption_needs_no_proof() -> None:
    assert repair("tuyén truyén", assume="ocr").text == "tuyên truyền"
    assert repair("hop tac xa", assume="unaccented").text == "hợp tác xã"
    damaged = "Pay manh cdng tac tuyén truyén, hoà bình"
    assert repair("Pay manh cdng tac tuyén truyén", assume="clean").text == "Pay manh cdng tac tuyén truyén"
    assert repair(damaged, assume="clean").text == "Pay manh cdng tac tuyén truyén, hòa bình"
