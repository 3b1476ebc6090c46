"""Make the access keys of a Meilisearch server by its master key: one for reading, one for writing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meilisearch import Client

from kb.engines.meili.wire import Access, RefusedError, Wire
from kb.errors import ServerAwayError

#: What the reading key may do, on the index.
READ_ACTIONS = ("search",)
#: What the writing key may do, on the index and on the one that is built beside it.
WRITE_ACTIONS = (
    "search",
    "documents.add",
    "documents.delete",
    "indexes.create",
    "indexes.delete",
    "indexes.swap",
    "settings.update",
    "tasks.get",
)
#: The filter that a token for the public imposes on every search.
PUBLIC_FILTER = 'access = "public"'


@dataclass(frozen=True, slots=True)
class Keys:
    """`public` is a tenant token: the reading key, restricted to items that are not internal. `reading` shows all items."""

    public: str
    reading: str
    writing: str


def make_keys(master: Access, index: str, *, rotate: bool = False) -> Keys:
    """The keys of an index; missing ones are made, and with `rotate` all are made again. Raises ServerAwayError."""
    wire = Wire(master)
    reading = _key(wire, f"cachhay {index} reading", READ_ACTIONS, (index,), new=rotate)
    writing = _key(wire, f"cachhay {index} writing", WRITE_ACTIONS, (index, f"{index}-new"), new=rotate)
    rules: Any = {index: {"filter": PUBLIC_FILTER}}
    public = wire.call(lambda client: client.generate_tenant_token(reading.uid, rules, api_key=reading.key))
    return Keys(public, reading.key, writing.key)


def drop_other_keys(master: Access, index: str, keep: Keys) -> int:
    """Delete all keys of an index but `keep`, and return how many were deleted."""
    wire = Wire(master)
    names = {f"cachhay {index} reading", f"cachhay {index} writing"}
    old = [key.uid for key in _all(wire) if key.name in names and key.key not in (keep.reading, keep.writing)]
    for uid in old:
        try:
            wire.call(lambda client, uid=uid: client.delete_key(uid))  # type: ignore[misc]
        except RefusedError as error:
            if error.reason.status != 404:
                raise
    return len(old)


def _key(wire: Wire, name: str, actions: tuple[str, ...], indexes: tuple[str, ...], *, new: bool) -> Any:
    if not new:
        for key in _all(wire):
            fits = set(key.actions) == set(actions) and set(key.indexes) == set(indexes)
            if key.name == name and fits and key.expires_at is None:
                return key
    options = {
        "name": name,
        "description": f"Cách Hay: {', '.join(indexes)}",
        "actions": list(actions),
        "indexes": list(indexes),
        "expiresAt": None,
    }
    return wire.call(lambda client: client.create_key(options))


def _all(wire: Wire) -> list[Any]:
    def ask(client: Client) -> list[Any]:
        return list(client.get_keys({"limit": 1000}).results)

    try:
        return wire.call(ask, again=True)
    except RefusedError as error:
        if error.reason.code == "missing_master_key":
            raise ServerAwayError("Máy chủ Meilisearch chạy không có khóa chủ (MEILI_MASTER_KEY).") from error
        raise
