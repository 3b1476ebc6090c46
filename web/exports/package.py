"""An Office file is a zip of parts. Here it is written part by part, with one day as the date of all of them."""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import zipfile
from pathlib import Path
from typing import BinaryIO, TextIO

#: How hard the parts are compressed, of 9.
COMPRESSION = 6


class Package(zipfile.ZipFile):
    """An Office file that is being written to `out`. The same parts on the same day give the same bytes."""

    def __init__(self, out: BinaryIO, day: dt.date) -> None:
        super().__init__(out, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION)
        self._date = (day.year, day.month, day.day, 0, 0, 0)

    def open_part(self, name: str) -> TextIO:
        """A part to be written as text, piece by piece."""
        # What is written may be larger than two gigabytes, which has to be known before the first byte.
        raw = self.open(self._info(name), "w", force_zip64=True)
        return io.TextIOWrapper(raw, encoding="utf-8", newline="")

    def writestr(  # type: ignore[override]
        self, name: str, data: str | bytes, compress_type: int | None = None, compresslevel: int | None = None
    ) -> None:
        super().writestr(self._info(name), data)

    def write(  # type: ignore[override]
        self,
        filename: str | os.PathLike[str],
        arcname: str | None = None,
        compress_type: int | None = None,
        compresslevel: int | None = None,
    ) -> None:
        with (
            Path(filename).open("rb") as file,
            self.open(self._info(arcname or str(filename)), "w", force_zip64=True) as part,
        ):
            shutil.copyfileobj(file, part)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, self._date)
        info.compress_type = zipfile.ZIP_DEFLATED
        # Python 3.13 made the level of a part public.
        setattr(info, "compress_level" if hasattr(info, "compress_level") else "_compresslevel", COMPRESSION)
        return info
