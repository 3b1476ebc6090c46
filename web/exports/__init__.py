"""Exports: records as tables (CSV, XLSX, JSON), as a document (DOCX), and as a booklet; and lists to fill in.

Each takes `Record`s one at a time and writes them to a file, which `web.downloads` sends. Whatever the number of records,
no more than one of them is in memory. The same records on the same day give the same bytes.
"""

from web.exports.booklet import Booklet, Chapter, Entry, key_figures, make_booklet
from web.exports.booklet_docx import write_booklet
from web.exports.columns import COLUMNS, Note
from web.exports.docx_file import write_docx
from web.exports.list_templates import TEMPLATES, ListTemplate, template_of, write_template
from web.exports.tables import write_batch_csv, write_batch_xlsx, write_csv, write_json, write_xlsx

#: The formats of an export: ending of the address and shown name.
EXPORTS = (("xlsx", "Excel"), ("csv", "CSV"), ("docx", "Word"), ("json", "JSON"))
#: The media type of every format.
MEDIA_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}

__all__ = [
    "COLUMNS",
    "EXPORTS",
    "MEDIA_TYPES",
    "TEMPLATES",
    "Booklet",
    "Chapter",
    "Entry",
    "ListTemplate",
    "Note",
    "key_figures",
    "make_booklet",
    "template_of",
    "write_batch_csv",
    "write_batch_xlsx",
    "write_booklet",
    "write_csv",
    "write_docx",
    "write_json",
    "write_template",
    "write_xlsx",
]
