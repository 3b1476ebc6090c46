"""Recognise the letters of scanned pages: from the image of a page to lines with confidences and the places of words."""

from indexer.ocr.page_image import PageImage, render_page
from indexer.ocr.recognise import Recognised, recognise_page, recognise_pdf_page
from indexer.ocr.tesseract import TesseractMissingError, Word, why_missing

__all__ = [
    "PageImage",
    "Recognised",
    "TesseractMissingError",
    "Word",
    "recognise_page",
    "recognise_pdf_page",
    "render_page",
    "why_missing",
]
