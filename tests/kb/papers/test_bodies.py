"""Names of bodies: the table, and how letterheads are spelt."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import TableError
from kb.papers import bodies
from kb.papers.bodies import begins_body, read_bodies, spell_body


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG TỈNH CÀ MAU", "Sở Nông nghiệp và Môi trường tỉnh Cà Mau"),
        ("UBND TP. HỒ CHÍ MINH", "Ủy ban nhân dân Thành phố Hồ Chí Minh"),
        ("UBND TP HCM", "Ủy ban nhân dân Thành phố Hồ Chí Minh"),
        ("ĐẢNG ỦY XÃ VĨNH BẢO", "Đảng ủy xã Vĩnh Bảo"),
        ("TỈNH ỦY QUẢNG NGÃI", "Tỉnh ủy Quảng Ngãi"),
        ("TRƯỜNG TIỂU HỌC BÁO ĐÁP", "Trường Tiểu học Báo Đáp"),
        ("BẢO HIỂM XÃ HỘI HUYỆN LỤC YÊN", "Bảo hiểm xã hội huyện Lục Yên"),
        ("TRUNG TÂM DỊCH VỤ VIỆC LÀM THANH NIÊN", "Trung tâm Dịch vụ Việc làm thanh niên"),
        ("CÔNG TY TNHH CHÈ PHÚ BỀN", "Công ty trách nhiệm hữu hạn Chè Phú Bền"),
        ("QUÂN KHU IV", "Quân khu IV"),
        ("LIËN DOÂÀN LAO DÔNG TÏNH DÂK LÂK", "Liên đoàn Lao động tỉnh Đắk Lắk"),
        ("UY BAN NHAN DAN THANH PHO DA NANG", "Ủy ban nhân dân thành phố Đà Nẵng"),
        ("BẢO HIỂM XÃ H0I TlNH QUẢNG TRỊ", "Bảo hiểm xã hội tỉnh Quảng Trị"),
    ],
)
def test_a_letterhead_is_spelt_as_inside_a_sentence(printed: str, name: str) -> None:
    assert spell_body(printed).name == name


def test_what_is_known_of_a_name_is_told() -> None:
    body = spell_body("BỆNH VIỆN ĐA KHOA TỈNH")
    assert (body.head, body.open, body.place, body.known, body.exact) == ("Bệnh viện đa khoa", True, "", 1.0, True)
    assert spell_body("UBND XÃ TÂN LẬP").place == "xã Tân Lập"
    assert not spell_body("UY BAN NHAN DAN TINH SON LA").exact
    assert spell_body("ĂN CƠM VỚI CÁ").role == "part" and spell_body("ĂN CƠM VỚI CÁ").known == 0


@pytest.mark.parametrize("text", ["TỈNH NINH BÌNH", "KHEN THƯỞNG", "VIỆT NAM", "", "2024", "---"])
def test_not_every_line_begins_a_name(text: str) -> None:
    assert not begins_body(text)


@pytest.mark.parametrize("rows", ["Sở\t\thead\nBan\t\thead\n", "Ban\t\tother\n", "Ban\thead\n", "Sở\t\thead\nSở\t\thead\n"])
def test_a_malformed_table_names_its_line(rows: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bodies.tsv").write_text(rows, "utf-8")
    monkeypatch.setattr(bodies, "TABLES", tmp_path)
    with pytest.raises(TableError, match=r"bodies.tsv:[12]"):
        read_bodies()
