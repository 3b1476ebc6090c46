"""A paper that a browser printed: the words of its source, its letterhead for the rules, its list in rows."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from indexer.enrich.header import find_header
from indexer.readers.pdf import PdfReader
from indexer.readers.reader import Content, Paper

PARAGRAPHS = [
    "Thực hiện Chỉ thị số 34-CT/TW ngày 07/4/2014 của Bộ Chính trị về tiếp tục đổi mới công tác thi đua, khen thưởng; Ủy ban nhân"
    " dân thành phố ban hành Kế hoạch tuyên truyền gương điển hình tiên tiến trên địa bàn thành phố năm 2024 như sau:",
    "1. Các sở, ban, ngành, đoàn thể; Ủy ban nhân dân các xã, phường, đặc khu phát hiện, bồi dưỡng, tổng kết và nhân rộng các điển"
    " hình tiên tiến, gương người tốt, việc tốt; mỗi đơn vị giới thiệu ít nhất hai tập thể và ba cá nhân tiêu biểu.",
    "2. Báo và Phát thanh, Truyền hình Hải Phòng mở chuyên mục, mỗi tuần giới thiệu một mô hình mới, một cách làm hay ở cơ sở.",
]
ROWS = [
    ["STT", "Họ và tên", "Đơn vị", "Thành tích"],
    [
        "1",
        "Nguyễn Văn An",
        "Trạm Y tế xã Vĩnh Bảo, thành phố Hải Phòng",
        "Hoàn thành xuất sắc nhiệm vụ, có hai sáng kiến được áp dụng",
    ],
    ["2", "Trần Thị Bình", "Trường Tiểu học", "Lao động tiên tiến"],
]
PAGE = """<html><head><meta charset="utf-8"><style>@page {{ size: A4; margin: 20mm 15mm 20mm 30mm }} body {{ font: 14pt serif }}
p {{ text-align: justify; text-indent: 10mm; margin: 6pt 0 }} .head td, h3 {{ text-align: center; vertical-align: top }}
.list {{ border-collapse: collapse }} .list td {{ border: 1px solid black; padding: 3px }}</style></head><body>
<table class="head" width="100%"><tr><td width="40%">ỦY BAN NHÂN DÂN<br>THÀNH PHỐ HẢI PHÒNG<br>Số: 238/KH-UBND</td>
<td>CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM<br>Độc lập - Tự do - Hạnh phúc<br><i>Hải Phòng, ngày 18 tháng 10 năm 2024</i></td></tr></table>
<h3>KẾ HOẠCH<br>Tuyên truyền gương điển hình tiên tiến năm 2024</h3>{paragraphs}<table class="list">{rows}</table></body></html>"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Content:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine: apt install chromium")
    folder: Path = tmp_path_factory.mktemp("print")
    page, pdf = folder / "page.html", folder / "page.pdf"
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    page.write_text(PAGE.format(paragraphs="".join(f"<p>{text}</p>" for text in PARAGRAPHS), rows=rows), "utf-8")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-pdf-header-footer",
        f"--user-data-dir={folder / 'profile'}",
    ]
    subprocess.run([program, *flags, f"--print-to-pdf={pdf}", page.as_uri()], check=True, capture_output=True, timeout=120)
    return PdfReader().read(Paper("a.pdf", pdf.read_bytes()))


@pytest.mark.browser
@pytest.mark.slow
def test_paragraphs_and_rows_are_those_of_the_source(printed: Content) -> None:
    texts = [block.original for block in printed.blocks]
    assert texts[-6:-3] == PARAGRAPHS
    assert texts[-3:] == [" | ".join(row) for row in ROWS]
    assert [block.role for block in printed.blocks[-3:]] == ["table_row"] * 3
    assert printed.notes == ()


@pytest.mark.browser
@pytest.mark.slow
def test_the_rules_find_the_head_of_the_paper(printed: Content) -> None:
    found = {e.attribute: e.value for e in find_header([block.original for block in printed.blocks])}
    assert found["number"] == "238/KH-UBND"
    assert found["issuer"] == "Ủy ban nhân dân thành phố Hải Phòng"
    assert found["date"] == "2024-10-18"
    assert found["title"] == "Kế hoạch Tuyên truyền gương điển hình tiên tiến năm 2024"
