"""Recognise the letters of scanned pages: from the image of a page to lines with doubts and the places of words.

`page_image` draws the page, `tesseract` reads it, `recognise` tries again where that fails; `kept` is how a page is
stored; `post_correction` weighs its words, and `layout` makes lines of them.
"""

from indexer.ocr.kept import keep, restore, settings
from indexer.ocr.known_pages import KnownPages, read_at_once
from indexer.ocr.layout import Recognised, lay_out
from indexer.ocr.page_image import PageImage, render_page
from indexer.ocr.recognise import Sheet, recognise_page, recognise_sheet
from indexer.ocr.tesseract import TesseractMissingError, Word, why_missing

__all__ = [
    "KnownPages",
    "PageImage",
    "Recognised",
    "Sheet",
    "TesseractMissingError",
    "Word",
    "keep",
    "lay_out",
    "read_at_once",
    "recognise_page",
    "recognise_sheet",
    "render_page",
    "restore",
    "settings",
    "why_missing",
]
