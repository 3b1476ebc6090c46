"""The stored form of an item: JSON with a checksum. One record that cannot be read is told and breaks nothing else."""

from __future__ import annotations

import hashlib
import logging

from pydantic import TypeAdapter, ValidationError

from kb.errors import ExtractError
from kb.item import Block, Item, Source
from vitext import Damage

logger = logging.getLogger("cachhay.store")

#: Turns an item into its stored JSON and back.
ITEM = TypeAdapter(Item)
#: What visitors read in place of a record that is damaged.
DAMAGED_TITLE = "Bản ghi bị hỏng, đang chờ đọc lại từ văn bản gốc"
_UNREAD = Damage("ocr", 1.0, 0, "Bản ghi trong kho bị hỏng.")
_told: set[str] = set()


def checksum_of(payload: bytes) -> str:
    """The checksum of a stored payload, 16 hexadecimal digits."""
    return hashlib.blake2b(payload, digest_size=8).hexdigest()


def dump_item(item: Item) -> tuple[str, str]:
    """The payload of an item and its checksum. The payload is read back first.

    Raises ExtractError for an item that could not be read again: what is stored must be readable.
    """
    try:
        payload = ITEM.dump_json(item, warnings=False)
        ITEM.validate_json(payload)
        return payload.decode(), checksum_of(payload)
    except (ValueError, TypeError) as error:  # pydantic's errors are ValueErrors
        reason = _reason(error)
        raise ExtractError(f"{item.source.path}: mục đọc được không hợp lệ nên không lưu ({reason}).") from error


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def read_record(payload: bytes, checksum: str) -> Item | None:
    """The item of a stored payload; None where the record is damaged."""
    if checksum and checksum_of(payload) != checksum:
        return None
    try:
        return ITEM.validate_json(payload)
    except ValueError:
        return None


def placeholder(item_id: str, *, internal: bool) -> Item:
    """What stands in place of a damaged record, so that pages which name it stay whole. Its words are not counted."""
    blocks = (Block(1, "Nội dung sẽ hiện lại khi văn bản gốc được đọc lại.", damage=_UNREAD),)
    return Item(item_id, "document", DAMAGED_TITLE, Source("", ""), blocks, internal=internal, damage=_UNREAD)


def tell_damaged(item_id: str) -> None:
    """Say in the log that a record is damaged, once for each process."""
    if item_id not in _told:
        _told.add(item_id)
        logger.warning("Bản ghi “%s” trong kho bị hỏng và bị bỏ qua; `cachhay index` sẽ đọc lại từ văn bản gốc.", item_id)
