"""The recogniser of a run: it knows the pages that were recognised before, and says of the others that they are to be."""

from __future__ import annotations

import hashlib
from pathlib import Path

from indexer.ocr.kept import restore, settings
from indexer.ocr.layout import Recognised, lay_out
from indexer.ocr.recognise import recognise_page
from indexer.ocr.tesseract import TesseractMissingError, why_missing
from kb.errors import ExtractError
from kb.library.page_store import PageStore


class KnownPages:
    """Looks pages up in the store of pages at `path`, and recognises none (`indexer.readers.reader.Recogniser`)."""

    def __init__(self, path: Path) -> None:
        self._store = PageStore(path)
        self._paper: tuple[bytes, str] = (b"", "")

    def __call__(self, path: str, data: bytes, number: int) -> Recognised | None:
        """A page as it was recognised, None where that is still to be done. Raises ExtractError where it failed, and
        TesseractMissingError where nothing can be recognised here."""
        if reason := why_missing():
            raise TesseractMissingError(reason)
        if data is not self._paper[0]:
            self._paper = (data, hashlib.sha256(data).hexdigest())
        known = self._store.reading(self._paper[1], number, settings())
        if known is None:
            return None
        if known.failure:
            raise ExtractError(known.failure)
        try:
            return lay_out(restore(known.page, known.rest))
        except ValueError:
            return None


def read_at_once(path: str, data: bytes, number: int) -> Recognised:
    """A page recognised now, and kept nowhere: for one file outside any collection. Raises ExtractError."""
    return lay_out(recognise_page(path, data, number))
