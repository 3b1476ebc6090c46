"""What a run makes of what a file raises: a reason that can be stored and printed, and a traceback in the log."""

from __future__ import annotations

import logging
import traceback

from indexer.discover import storable
from kb.errors import ExtractError
from kb.item import Item
from kb.library.index_document import index_document
from kb.library.passages import split_passages
from kb.library.records import ITEM
from vitext import fold

logger = logging.getLogger("cachhay")


def check_storable(item: Item) -> Item:
    """The item, if it comes back from the store as it is. Raises ExtractError, and what its text makes the store raise."""
    if ITEM.validate_json(ITEM.dump_json(item)) != item:
        raise ExtractError(f"{item.source.path}: nội dung không lưu lại được nguyên vẹn; hãy tìm ký tự lạ trong tệp")
    return item


def stored_form(path: str, item: Item) -> Item:
    """The item, if it can be stored. Raises ExtractError, whatever the store raises."""
    try:
        return check_storable(item)
    except ExtractError:
        raise
    except Exception as error:
        raise ExtractError(unexpected(path, error)) from error


def as_extract_error(path: str, error: Exception) -> ExtractError:
    """The error as one of a file: itself if it is one, else what is told of an error that nobody foresaw."""
    return error if isinstance(error, ExtractError) else ExtractError(unexpected(path, error))


def unexpected(path: str, error: Exception) -> str:
    """The reason for an error that nobody foresaw; the log holds its traceback."""
    logger.error("%s: unexpected error\n%s", path, storable("".join(traceback.format_exception(error))))
    what = " ".join(str(error).split())[:200]
    reason = f"{path}: lỗi bất ngờ khi đọc tệp ({type(error).__name__}{': ' if what else ''}{what}); hãy báo lỗi kèm tệp này"
    return storable(reason)


def may_ask_to_hide(head: bytes) -> bool:
    """Whether the beginning of a file, which could not be made an item, speaks of `internal` in any way."""
    beginning = fold(head.replace(b"\0", b"").decode("utf-8", "replace"))
    return "internal" in beginning or "noi bo" in " ".join(beginning.split())


def unindexable(item: Item) -> Exception | None:
    """Why an item cannot be indexed, None if it can."""
    try:
        index_document(item)
        split_passages(item)
    except Exception as error:
        return error
    return None
