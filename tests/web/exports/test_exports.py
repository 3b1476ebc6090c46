"""Exports read back: the same records, the same words, and nothing that a spreadsheet or a word processor would run."""

from __future__ import annotations

import csv
import datetime as dt
import errno
import io
import json
import re
import tempfile
import time
import weakref
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import docx
import openpyxl
import pytest

from kb.errors import CancelledError, TemporarySpaceError
from search_api.query.request import SearchRequest
from search_api.schema import Attribute, BatchRow, Card, Citations, Label, PracticeSection, Record
from search_api.service import SearchService
from tests.work import LINEAR, growth
from web import exports
from web.exports import COLUMNS, Note, key_figures, make_booklet
from web.exports.spool import telling_full_disk

TODAY = dt.date(2026, 11, 23)
NOTE = Note("Hồ sơ chọn", "http://127.0.0.1:8000/ho-so?muc=a", TODAY, 1)
HOSTILE = "=cmd|' /C calc'!A0 \x00\x0b\ud800\u202e<script>alert(1)</script> & ]]> " + "ữ" * 50_000


def record(text: str = "Trồng lúa", number: int = 0, field: str = "agriculture") -> Record:
    label = Label(code="practice", label="Cách làm hay")
    fields = [Label(code=field, label="Nông nghiệp")] if field else []
    quality = Label(code="good", label="Tốt")
    card = Card(id=f"m{number}", title=text, kind=label, fields=fields, quality=quality, issuer=text, place=text, year=2024)
    steps = PracticeSection(name="steps", label="Cách làm", paragraphs=["Gieo", text], ordered=True)
    results = PracticeSection(name="results", label="Kết quả", paragraphs=["Thu 7.900 tấn, giảm từ 21% xuống 3%."])
    return Record(
        card=card,
        summary=text,
        attributes=[Attribute(name="unit", label="Đơn vị thực hiện", value=text)],
        sections=[steps, results],
        paragraphs=[text],
        citations=Citations(official=f"“{text}”. Kho.", press=text, warning="Máy đọc lại."),
        origin="Tự soạn",
    )


def written(write: Callable[..., None], *given: object) -> bytes:
    """What a writer writes to its file."""
    out = io.BytesIO()
    write(*given, out)
    return out.getvalue()


def csv_of(records: Iterable[Record]) -> bytes:
    return written(exports.write_csv, records, NOTE)


def xlsx_of(records: Iterable[Record], note: Note = NOTE) -> bytes:
    return written(exports.write_xlsx, records, note)


def json_of(records: Iterable[Record], note: Note = NOTE) -> bytes:
    return written(exports.write_json, records, note)


def docx_of(records: Iterable[Record], note: Note = NOTE) -> bytes:
    return written(exports.write_docx, records, note)


def booklet_of(records: Sequence[Record], title: str = "", issuer: str = "") -> bytes:
    booklet = make_booklet([r.card for r in records], title, issuer, TODAY)
    by_id = {r.card.id: r for r in records}
    return written(exports.write_booklet, booklet, (by_id[item_id] for item_id in booklet.ids))


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


def words_of(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(p.text for p in document.paragraphs), *cells])


def parts_are_xml(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(package.read(name))


@pytest.fixture(scope="module")
def corpus(service: SearchService) -> list[Record]:
    with service.found_records(SearchRequest("hợp tác xã")) as found:
        return list(found.records())


def test_csv_holds_every_record_and_opens_in_excel(corpus: list[Record]) -> None:
    data = csv_of(corpus)
    assert data.startswith(b"\xef\xbb\xbf")
    head, *rows = rows_of(data)
    assert head == [column.heading for column in COLUMNS] and len(rows) == len(corpus) > 5
    titles = head.index("Nhan đề")
    assert [row[titles] for row in rows] == [r.card.title for r in corpus]
    steps = next(row[head.index("Cách làm")] for row in rows if row[0] == "04-hop-tac-xa-lien-ket-bao-tieu-ca-rot")
    assert steps.startswith("1. Hợp tác xã khảo sát") and steps.count("\n") == 5
    assert all(row[head.index("Vì sao khớp")] for row in rows)


def test_xlsx_is_the_same_table(corpus: list[Record]) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of(corpus)))
    sheet, notes = book["Bản ghi"], book["Nguồn và lưu ý"]
    read = [[cell.value or "" for cell in row] for row in sheet.iter_rows(min_row=2)]
    _, *rows = rows_of(csv_of(corpus))
    assert [[str(cell) for cell in row[1:]] for row in read] == [[cell.lstrip("'") for cell in row] for row in rows]
    assert [row[0] for row in read] == list(range(1, len(corpus) + 1))
    assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref and sheet["A1"].font.bold
    told = "\n".join(str(cell.value or "") for row in notes.iter_rows() for cell in row)
    assert "23/11/2026" in told and NOTE.address in told and corpus[0].citations.official in told


def test_json_has_the_keys_of_the_columns_and_lists(corpus: list[Record]) -> None:
    read = json.loads(json_of(corpus))
    assert [row["id"] for row in read["records"]] == [r.card.id for r in corpus] and read["left_out"] == 0
    assert set(read["records"][0]) >= {column.key for column in COLUMNS}
    first = next(row for row in read["records"] if row["sections"].get("steps"))
    assert isinstance(first["sections"]["steps"], list) and first["field_codes"]


def test_docx_holds_text_attributes_and_warnings(corpus: list[Record]) -> None:
    words = words_of(docx_of(corpus))
    for r in corpus:
        assert r.card.title in words and r.citations.official in words and r.citations.warning in words
        for part in r.sections:
            assert part.name == "source" or all(paragraph in words for paragraph in part.paragraphs)
        if not r.sections:
            assert all(paragraph in words for paragraph in r.paragraphs)


def test_a_word_document_is_laid_out_as_papers_are(corpus: list[Record]) -> None:
    document = docx.Document(io.BytesIO(docx_of(corpus[:2])))
    section = document.sections[0]
    sizes = [size and round(size.mm) for size in (section.page_width, section.page_height, section.left_margin)]
    assert sizes == [210, 297, 30]
    assert document.styles["Normal"].font.name == "Times New Roman" and document.styles["Normal"].font.size.pt == 13
    assert [p.style.name for p in document.paragraphs if p.style].count("Heading 1") == 2
    foot = section.footer._element.xml
    assert "PAGE" in foot and "NUMPAGES" in foot and "vi-VN" in document.styles["Normal"].element.xml


def test_what_is_left_out_is_said() -> None:
    note = Note("Kết quả", "http://x", TODAY, 1, left_out=12)
    book = openpyxl.load_workbook(io.BytesIO(xlsx_of([record()], note)))
    assert "Còn 12 kết quả nữa" in "".join(str(c.value) for row in book.worksheets[1].iter_rows() for c in row)
    assert "Còn 12 kết quả nữa" in words_of(docx_of([record()], note))
    assert json.loads(json_of([record()], note))["left_out"] == 12
    last = rows_of(written(exports.write_csv, [record()], note))[-1]
    assert last == ["Còn 12 kết quả nữa không có trong tệp này."] and len(rows_of(csv_of([record()]))) == 2


@pytest.mark.parametrize("count", [0, 1])
def test_none_and_one(count: int) -> None:
    records = [record()][:count]
    assert len(rows_of(csv_of(records))) == 1 + count
    for data in (xlsx_of(records), docx_of(records), booklet_of(records)):
        parts_are_xml(data)
    assert len(docx.Document(io.BytesIO(docx_of(records))).tables) == 2 * count
    assert len(json.loads(json_of(records))["records"]) == count


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(start: str) -> None:
    row = rows_of(csv_of([record(start)]))[1]
    assert row[1].startswith("'") and row[1][1:].strip() == start.strip()
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of([record(start)])))["Bản ghi"]
    assert sheet["C2"].data_type == "s"


def test_hostile_text_never_raises_and_leaves_valid_files() -> None:
    records = [record(HOSTILE, 1)]
    for data in (
        xlsx_of(records),
        docx_of(records, Note(HOSTILE, HOSTILE, TODAY, 1)),
        booklet_of(records, HOSTILE, HOSTILE),
    ):
        parts_are_xml(data)
    assert "\x00" not in csv_of(records).decode("utf-8-sig")
    json.loads(json_of(records))


def test_the_same_records_on_the_same_day_are_the_same_bytes(corpus: list[Record]) -> None:
    def all_forms() -> list[bytes]:
        return [xlsx_of(corpus), docx_of(corpus[:5]), booklet_of(corpus[:5], "A", "B"), csv_of(corpus), json_of(corpus)]

    first = all_forms()
    # Archives count time in steps of two seconds.
    time.sleep(2.1)
    assert all_forms() == first


def test_the_booklet_goes_by_field_and_numbers_through(service: SearchService) -> None:
    with service.found_records(SearchRequest("", {"kind": ("practice",)})) as found:
        records = {r.card.id: r for r in found.records()}
    booklet = make_booklet([r.card for r in records.values()], "", "Ban Thi đua", TODAY)
    assert booklet.title == "Ấn phẩm điển hình tiên tiến" and [e.number for e in booklet.entries] == list(
        range(1, len(records) + 1)
    )
    order = [chapter.title for chapter in booklet.chapters]
    from kb.papers import vocabulary

    known = [field.name for field in vocabulary.fields()]
    assert order == [name for name in known if name in order] and len(order) > 5
    assert all(e.card.fields[0].label == chapter.title for chapter in booklet.chapters for e in chapter.entries)
    assert sum(bool(key_figures(records[item_id])) for item_id in booklet.ids) > 10
    last = make_booklet([record(field="").card], "x", "", TODAY)
    assert [c.title for c in last.chapters] == ["Nội dung khác"]


def test_the_booklet_as_a_word_document() -> None:
    data = booklet_of([record("Một", 1), record("Hai", 2, field="health")], "Gương sáng", "Ban Thi đua")
    words = words_of(data)
    assert (
        "GƯƠNG SÁNG" in words
        and "BAN THI ĐUA" in words
        and "MỤC LỤC" in words
        and "7.900 tấn; giảm từ 21% xuống 3%" in words
    )
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        body, settings = package.read("word/document.xml").decode(), package.read("word/settings.xml").decode()
    named = re.findall(r'w:bookmarkStart [^>]*w:name="(\w+)"', body)
    asked = re.findall(r"PAGEREF (\w+)", body)
    assert named == asked == ["ban_ghi_1", "ban_ghi_2"]
    assert "updateFields" in settings and "<w:titlePg" in body
    assert body.count("pageBreakBefore") >= 3, "contents, and each record, begin a page"


def test_a_list_searched_line_by_line(service: SearchService) -> None:
    rows = service.batch(["Hợp tác xã rau củ bãi sông Thái Bình", "=Zzqx"]).rows
    head, held, absent = rows_of(written(exports.write_batch_csv, rows))
    assert head[1] == "Tên" and held[2] != "0" and held[4] and absent[1] == "'=Zzqx" and absent[2] == "0"
    sheet = openpyxl.load_workbook(io.BytesIO(written(exports.write_batch_xlsx, rows, TODAY))).worksheets[0]
    assert [cell.value for cell in sheet[3]][:3] == [2, "=Zzqx", 0] and sheet["B3"].data_type == "s"
    assert len(rows_of(written(exports.write_batch_csv, [BatchRow(line=1, name="", query="", total=0, hits=[])]))) == 2


def test_twice_the_records_are_twice_the_work() -> None:
    def make(count: int) -> list[Record]:
        return [record("Trồng lúa hữu cơ " * 40, number) for number in range(count)]

    assert growth(make, csv_of, 200) <= LINEAR
    assert growth(make, xlsx_of, 60) <= LINEAR
    assert growth(make, docx_of, 150) <= LINEAR
    assert growth(make, booklet_of, 150) <= LINEAR


@pytest.mark.parametrize(
    "title", ["q" * 255, "q" * 256, "ữ" * 400, "🌾" * 200, "\x00\x0b\ud800\ufffe", "‮" + "مرحبا " * 80, "a\nb\tc" * 90]
)
def test_a_title_of_any_length_fits_the_properties(title: str) -> None:
    note = Note(title, title, TODAY, 1)
    document = docx.Document(io.BytesIO(docx_of([record(title)], note)))
    held = document.core_properties.title
    assert held.strip() and len(held.encode("utf-16-le")) <= 2 * 255 and document.core_properties.author == "Cách Hay"
    assert held == title or held.endswith("…") or len(title) < 20
    whole = title.translate({ord(c): "\ufffd" for c in "\x00\x0b\ud800\ufffe"})
    assert document.paragraphs[0].text == whole, "the heading says all of it"
    booklet_of([record(title)], title, title)
    assert openpyxl.load_workbook(io.BytesIO(xlsx_of([record(title)], note))).worksheets[0]["C2"].value


def test_a_word_document_has_the_layout_that_it_says(corpus: list[Record]) -> None:
    """Read by python-docx: the paragraphs of each record in order, with their styles, breaks, borders and tables."""
    document = docx.Document(io.BytesIO(docx_of(corpus, NOTE)))
    assert [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 1"] == [
        f"{at}. {r.card.title}" for at, r in enumerate(corpus, 1)
    ]
    heads = [p for p in document.paragraphs if p.style and p.style.name == "Heading 1"]
    assert all(p.paragraph_format.page_break_before for p in heads)
    assert len(document.tables) == 1 + len(corpus)
    listed, *attributes = document.tables
    assert [row.cells[1].text for row in listed.rows] == ["Nhan đề", *(r.card.title for r in corpus)]
    assert listed.style and listed.style.name == "Table Grid" and "w:tblHeader" in listed.rows[0]._tr.xml
    for r, table in zip(corpus, attributes, strict=True):
        assert [row.cells[0].text for row in table.rows] == [a.label for a in r.attributes]
    sections = [p.text for p in document.paragraphs if p.style and p.style.name == "Heading 2"]
    assert sections == [part.label for r in corpus for part in r.sections if part.name != "source"]
    boxed = [p.text for p in document.paragraphs if "w:pBdr" in p._p.xml]
    assert boxed == [f"Lưu ý: {r.citations.warning}" for r in corpus if r.citations.warning]
    cited = [p.text for p in document.paragraphs if p.text.startswith("Trích dẫn: ")]
    assert cited == [f"Trích dẫn: {r.citations.official}" for r in corpus]


def test_words_with_tabs_and_line_ends_are_kept() -> None:
    document = docx.Document(io.BytesIO(docx_of([record(" a\tb\nc & <d> ")])))
    assert " a\tb\nc & <d> " in [p.text for p in document.paragraphs]


def test_records_are_written_one_at_a_time() -> None:
    """No writer takes a record before it is done with the one before."""
    alive: list[weakref.ref[Record]] = []

    def coming() -> Iterator[Record]:
        for number in range(30):
            made = record(f"Mục {number}", number)
            alive.append(weakref.ref(made))
            yield made
            del made
            assert sum(one() is not None for one in alive) <= 1

    for write in (exports.write_csv, exports.write_json, exports.write_xlsx, exports.write_docx):
        alive.clear()
        written(write, coming(), NOTE)
        assert len(alive) == 30


def test_nothing_stays_when_the_work_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def leaving() -> Iterator[Record]:
        yield record("Trồng lúa " * 1000)
        raise CancelledError("gone")

    for write in (exports.write_csv, exports.write_json, exports.write_xlsx, exports.write_docx):
        with pytest.raises(CancelledError):
            written(write, leaving(), NOTE)
        assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_in_words() -> None:
    with pytest.raises(TemporarySpaceError, match="hết chỗ"), telling_full_disk():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(PermissionError), telling_full_disk():
        raise PermissionError(errno.EACCES, "denied")
