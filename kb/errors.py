"""The errors of Cách Hay, one tree.

    CachHayError                 500  exit 1   anything of ours
    ├── SettingError             500  exit 2   a setting is malformed; names the variable and the accepted form
    ├── TableError               500  exit 2   a shipped table (fields, kinds, ...) is malformed
    ├── ExtractError             422  exit 3   one file cannot be read; recorded, never stops a run
    ├── StoreError               503  exit 4   the store cannot be opened or written
    │   └── StoreBusyError       503  exit 4   another indexing run holds the store
    ├── EngineError              503  exit 4   an index or the embedding model cannot be used
    │   ├── IndexMissingError    503  exit 4   nothing has been indexed yet, or the index no longer fits
    │   └── ServerAwayError      503  exit 4   the search server does not answer, or not for the state asked for
    ├── NotFoundError            404  exit 5   no such item
    └── PortInUseError           500  exit 6   the address to serve on is taken

`status` is the HTTP status and `exit_code` the process exit code. Messages are Vietnamese, because users read them:
what failed, on which file, and what to do.
"""

from __future__ import annotations


class CachHayError(Exception):
    """Anything that this program reports as a failure of its own."""

    status = 500
    exit_code = 1


class SettingError(CachHayError):
    """A setting is malformed; the message names the variable and the accepted form."""

    exit_code = 2


class TableError(CachHayError):
    """A shipped table is malformed; raised at start-up."""

    exit_code = 2


class ExtractError(CachHayError):
    """One file cannot be read; the run records it and goes on."""

    status = 422
    exit_code = 3


class StoreError(CachHayError):
    """The store cannot be opened, read or written."""

    status = 503
    exit_code = 4


class StoreBusyError(StoreError):
    """Another indexing run holds the store: one writer, many readers."""


class EngineError(CachHayError):
    """An index or the embedding model cannot be used."""

    status = 503
    exit_code = 4


class IndexMissingError(EngineError):
    """Nothing has been indexed yet, or the index was made by an incompatible version."""


class ServerAwayError(EngineError):
    """The search server does not answer, refuses, or holds another state than the one asked for."""


class NotFoundError(CachHayError):
    """No such item."""

    status = 404
    exit_code = 5


class PortInUseError(CachHayError):
    """The address to serve on is taken by another program."""

    exit_code = 6
