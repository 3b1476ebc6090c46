"""A dossier (Hồ sơ chọn), or the results of a search, as a Word document."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from typing import BinaryIO, TextIO

from search_api.schema import Record
from web.exports.columns import Note
from web.exports.docx_body import CENTRED, NEW_PAGE, paragraph, record_body, run, table
from web.exports.docx_template import word_document
from web.exports.spool import text_spool
from web.formats import show_card_date


def write_docx(records: Iterable[Record], note: Note, out: BinaryIO) -> None:
    """The document: title, table of the records, then each record on its own page.

    The records are read once. Their pages wait in a temporary file, because the table of all of them stands before.
    """
    with text_spool() as rows, text_spool() as pages:
        rows.writelines(table(("STT", "Nhan đề", "Đơn vị, địa bàn", "Năm"), _rows(records, pages), (12, 78, 55, 17)))
        with word_document(out, note.title, note.today) as body:
            body.write(paragraph(run(note.title), "Title", CENTRED))
            for sentence in (f"{note.counted} Địa chỉ: {note.address}", *note.said):
                body.write(paragraph(run(sentence)))
            for waiting in (rows, pages):
                waiting.seek(0)
                shutil.copyfileobj(waiting, body)


def _rows(records: Iterable[Record], pages: TextIO) -> Iterator[tuple[str, ...]]:
    """The rows of the table; the page of each record is written to `pages` on the way."""
    for at, record in enumerate(records, 1):
        card = record.card
        pages.write(paragraph(run(f"{at}. {card.title}"), "Heading1", NEW_PAGE))
        pages.writelines(record_body(record))
        yield str(at), card.title, "; ".join(part for part in (card.issuer, card.place) if part), show_card_date(card)
