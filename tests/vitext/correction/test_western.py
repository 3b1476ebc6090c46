"""Pages that a recogniser of another language destroyed: they are found, told from old encodings and other languages, and read."""

from __future__ import annotations

import pytest

from vitext import encode_legacy, repair_blocks
from vitext.correction.western import find_western, is_western

#: What the French model of Tesseract 5.3 made of the lines below, set in Tinos at 200 dpi.
PAGE = [
    "Hôi dông thi dua khen thuông xà hop ngày 12 thäng 5, xét dé nghi cüa câc thôn, tô dân ph6.",
    "Cäc tâp thé, câ nhân cé thành tich xuât säc duyc biéu duong truéc toàn xà.",
    "Dé nghi câc co quan, don vi triên khai thyc hiên nghiêm tûc ké hoach này.",
]
PRINTED = [
    "Hội đồng thi đua khen thưởng xã họp ngày 12 tháng 5, xét đề nghị của các thôn, tổ dân phố.",
    "Các tập thể, cá nhân có thành tích xuất sắc được biểu dương trước toàn xã.",
    "Đề nghị các cơ quan, đơn vị triển khai thực hiện nghiêm túc kế hoạch này.",
]


def test_a_page_of_a_french_model_is_found_and_read() -> None:
    text = "\n".join(PAGE)
    assert find_western(text) == [(0, len(text))]
    read = " ".join(block.text for block in repair_blocks([text])).split()
    wrong = sum(a != b for a, b in zip(" ".join(PRINTED).split(), read, strict=True))
    assert wrong <= 4, " ".join(read)


def test_short_blocks_are_as_their_document() -> None:
    blocks = [*PAGE, "Noi nhân: nhu trên"]
    assert is_western(blocks)
    assert repair_blocks(blocks)[-1].text.startswith("Nơi nhận: như trên")


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii", "cp1258"])
def test_old_encodings_are_no_such_pages(encoding: str) -> None:
    lines = [encode_legacy(line, encoding) for line in PRINTED]  # type: ignore[arg-type]
    assert not is_western(lines)
    assert [block.text for block in repair_blocks(lines)] == PRINTED


@pytest.mark.parametrize(
    "line",
    [
        *PRINTED,
        "Les élèves français ont été reçus par le maire, où l'on a goûté le gâteau de Noël",
        "Über die Brücke führt eine schöne Straße nach Köln und Düsseldorf",
        "Hà Nam và các xã lân cận",
        "Xem phim “Noël” trong tuần này ở rạp, vé từ mười lăm đến hai mươi nghìn",
    ],
)
def test_clean_text_and_other_languages_are_none(line: str) -> None:
    assert find_western(line) == []
    assert not any(step.name == "correct_letters" for step in repair_blocks([line, *PRINTED])[0].steps)
