"""What the damage measure must tell apart, and that its share grows with the damage."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitext import Damage, combine, measure_damage

ROOT = Path(__file__).parent.parent.parent
SCAN = (ROOT / "corpus/documents/43-KH-LMHTX.scan.txt").read_text("utf-8")
PLAN = (ROOT / "corpus/documents/238-KH-UBND.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("legacy", "Tröôøng ñaïi hoïc Noâng nghieäp Haø Noäi thoâng baùo tuyeån sinh naêm nay"),
        ("legacy", "TRÖÔØNG ÑAÏI HOÏC NOÂNG NGHIEÄP HAØ NOÄI THOÂNG BAÙO"),
        ("legacy", "Tr­êng §¹i häc N«ng nghiÖp Hµ Néi th«ng b¸o tuyÓn sinh n¨m nay"),
        ("foreign", "Le comité a adopté la résolution présentée par le délégué français à l'assemblée générale"),
        ("foreign", "The committee adopted the resolution on emulation and commendation last week"),
        ("foreign", "Die Behörde hat die Lösung für die Förderung der Bürger veröffentlicht und geprüft"),
        ("clean", "Bé Xíu ở quê khoe mẹ chiếc xe đạp mới được thầy cô và bạn bè trong lớp tặng"),
        ("clean", "Anh Nam mua xe ở Hải Phòng cho bé"),
        ("clean", "Điều 5 Luật số 24/2018/QH14, điểm a1 khoản 2, mã HS 8703.23, giá 1.000.000 đồng"),
    ],
)
def test_kind(kind: str, text: str) -> None:
    assert measure_damage(text).kind == kind


def test_a_block_half_destroyed_is_not_clean() -> None:
    half = (
        "Tuyên truyền các gương điển hình tiên tiến, gương người tốt, việc tốt trên các lĩnh vực\n"
        "Pay manh cdng tac tuyén truyén phong trao thi dua yéu nuéc, guong dién hinh tién tién"
    )
    found = measure_damage(half)
    assert found.kind == "ocr" and 0.25 < found.share < 0.6


def test_the_share_grows_with_the_number_of_destroyed_lines() -> None:
    clean = [line for line in PLAN.splitlines() if len(line.split()) > 14][:8]
    broken = [line for line in SCAN.splitlines() if len(line.split()) > 9][:16]
    shares = []
    for count in range(9):
        lines = [*clean[count:], *broken[: 2 * count]]
        shares.append(measure_damage("\n".join(lines)).share)
    assert shares == sorted(shares), shares
    assert shares[0] == 0 and shares[-1] > 0.7 and len(set(shares)) > 4


def damage(kind: str, syllables: int, share: float = 0.0) -> Damage:
    return Damage(kind, share, syllables, "")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "kind", "quality"),
    [
        ([damage("clean", 900), damage("ocr", 40, 0.8)], "clean", "good"),
        ([damage("clean", 900), damage("ocr", 100, 0.8)], "ocr", "fair"),
        ([damage("unaccented", 600), damage("ocr", 400, 0.8)], "ocr", "poor"),
        ([damage("foreign", 700), damage("ocr", 300, 0.8)], "ocr", "fair"),
        ([damage("foreign", 700), damage("unaccented", 300)], "unaccented", "fair"),
        ([damage("legacy", 300, 0.8), damage("ocr", 100, 0.8)], "legacy", "poor"),
        ([damage("clean", 90), damage("foreign", 60)], "foreign", "good"),
        ([damage("short", 3), damage("short", 4)], "short", "good"),
        ([damage("short", 5), damage("ocr", 50, 0.8)], "ocr", "poor"),
    ],
)
def test_the_worst_sizeable_part_names_the_whole(parts: list[Damage], kind: str, quality: str) -> None:
    found = combine(parts)
    assert (found.kind, found.quality) == (kind, quality)


def test_the_share_of_several_is_weighted_by_syllables() -> None:
    assert combine([damage("clean", 300), damage("ocr", 100, 0.8)]).share == pytest.approx(0.2)
