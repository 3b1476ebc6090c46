"""Put what was written on the disk, so that it outlives a failure of the machine."""

from __future__ import annotations

import os
from pathlib import Path


def put_on_disk(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk; Windows does so for files only. Raises OSError."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
