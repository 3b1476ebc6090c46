"""Set up the logs, in this one place: errors on standard error with the id of their request, and the access log."""

from __future__ import annotations

import logging
import sys
from logging.handlers import WatchedFileHandler

from kb.errors import SettingError
from kb.settings import Settings
from web.request_record import ACCESS, REQUEST_ID

_FORMAT = "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"


class _WithRequestId(logging.Filter):
    """Gives every record the id of the request within which it was made, "-" outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = REQUEST_ID.get() or "-"
        return True


def set_up_logs(settings: Settings) -> None:
    """Called once in each process that serves. Raises SettingError (the access log cannot be written)."""
    errors = logging.StreamHandler(sys.stderr)
    errors.setFormatter(logging.Formatter(_FORMAT))
    errors.addFilter(_WithRequestId())
    root = logging.getLogger()
    root.handlers[:] = [errors]
    root.setLevel(logging.WARNING)
    # It warns of every malformed form, with which any visitor could fill the log.
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    ACCESS.propagate = False
    ACCESS.handlers[:] = [handler] if (handler := _access_handler(settings)) else []
    ACCESS.setLevel(logging.INFO if ACCESS.handlers else logging.CRITICAL)


def _access_handler(settings: Settings) -> logging.Handler | None:
    match settings.access_log:
        case "" | "off":
            return None
        case "-":
            return logging.StreamHandler(sys.stdout)
        case path:
            try:
                # A file that logrotate moved away is opened again; lines of several workers do not mix, they are appended.
                return WatchedFileHandler(path, encoding="utf-8")
            except OSError as error:
                raise SettingError(f"CACHHAY_ACCESS_LOG={path!r}: không ghi được ({error.strerror}).") from error
