"""API keys and tenant tokens: who may do what on which index."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .errors import MeiliError
from .schema import REQUIRED, Field, array, obj, read, string

ACTIONS = (
    "*", "search", "documents.*", "documents.add", "documents.get", "documents.delete", "indexes.*", "indexes.create",
    "indexes.get", "indexes.update", "indexes.delete", "indexes.swap", "tasks.*", "tasks.cancel", "tasks.delete",
    "tasks.get", "settings.*", "settings.get", "settings.update", "stats.*", "stats.get", "metrics.*", "metrics.get",
    "dumps.*", "dumps.create", "snapshots.*", "snapshots.create", "version", "keys.create", "keys.get", "keys.update",
    "keys.delete", "experimental.get", "experimental.update", "export", "network.get", "network.update",
    "chatCompletions", "chats.*", "chats.get", "chats.delete", "chatsSettings.*", "chatsSettings.get",
    "chatsSettings.update", "*.get", "webhooks.get", "webhooks.update", "webhooks.delete", "webhooks.create",
    "webhooks.*", "indexes.compact", "fields.post", "tasks.compact", "dynamicSearchRules.get",
    "dynamicSearchRules.create", "dynamicSearchRules.update", "dynamicSearchRules.delete", "dynamicSearchRules.*",
)  # fmt: skip
_INVALID = "The provided API key is invalid."


def now_text() -> str:
    """The present time as answers print it."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def matches(pattern: str, uid: str) -> bool:
    """Whether an index pattern (a name, or a beginning and a star) takes in an index."""
    return uid.startswith(pattern[:-1]) if pattern.endswith("*") else uid == pattern


@dataclass
class Key:
    """One API key."""

    uid: str
    actions: list[str]
    indexes: list[str]
    expires_at: datetime | None = None
    name: str | None = None
    description: str | None = None
    created_at: str = field(default_factory=now_text)
    updated_at: str = field(default_factory=now_text)

    def may(self, action: str) -> bool:
        """Whether an action is among those of the key."""
        wanted = {action, "*", action.split(".")[0] + ".*"}
        if action.endswith(".get"):
            wanted.add("*.get")
        return any(a in wanted for a in self.actions)

    def reaches(self, uid: str) -> bool:
        """Whether an index is among those of the key."""
        return any(matches(p, uid) for p in self.indexes)

    @property
    def expired(self) -> bool:
        """Whether the key's time is over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


@dataclass
class Access:
    """What a request may touch."""

    key: Key | None = None
    rules: Any = None

    def index(self, uid: str) -> bool:
        """Whether an index may be touched."""
        if self.key is not None and not self.key.reaches(uid):
            return False
        return self.rules is None or any(matches(p, uid) for p in self.rules)

    def creates(self, uid: str) -> bool:
        """Whether a write may create this index."""
        return self.key is None or (self.key.may("indexes.create") and self.index(uid))

    def filter(self, uid: str) -> Any:
        """The tenant token's filter for an index."""
        if not isinstance(self.rules, dict):
            return None
        found = [(not p.endswith("*"), len(p), p) for p in self.rules if matches(p, uid)]
        rule = self.rules[max(found)[2]] if found else None
        return rule.get("filter") if isinstance(rule, dict) else None


class Keyring:
    """The keys of an instance. Without a master key everything but the key routes is open."""

    def __init__(self, master_key: str) -> None:
        self.master_key = master_key
        self.keys: dict[str, Key] = {}
        self.reset()

    def reset(self) -> None:
        """Back to the four keys that a new instance makes."""
        self.keys = {}
        self._default("Default Chat API Key", "Use it to chat and search from the frontend", ["chatCompletions", "search"])
        self._default("Default Admin API Key", "Use it for anything that is not a search operation.", ["*"])
        self._default("Default Search API Key", "Use it to search from the frontend", ["search"])
        self._default("Default Read-Only Admin API Key", "Use it to read information", ["*.get", "keys.get"])

    def _default(self, name: str, description: str, actions: list[str]) -> None:
        key = Key(str(uuid.uuid4()), actions, ["*"], None, name, description)
        self.keys[key.uid] = key

    def value(self, uid: str) -> str:
        """The secret that belongs to a key."""
        return hmac.new(self.master_key.encode(), uid.encode(), hashlib.sha256).hexdigest()

    def named(self, name: str) -> str:
        """The secret of the first key with this name."""
        return next(self.value(k.uid) for k in self.keys.values() if k.name == name)

    def view(self, key: Key) -> dict[str, Any]:
        """A key as answers show it."""
        expires = key.expires_at.isoformat().replace("+00:00", "Z") if key.expires_at else None
        return {
            "name": key.name,
            "description": key.description,
            "key": self.value(key.uid),
            "uid": key.uid,
            "actions": key.actions,
            "indexes": key.indexes,
            "expiresAt": expires,
            "createdAt": key.created_at,
            "updatedAt": key.updated_at,
        }

    def access(self, header: str | None, action: str, index: str | None) -> Access:
        """What a request with this Authorization header may do; raises where it may not."""
        if not self.master_key:
            if action.startswith("keys."):
                raise MeiliError(
                    "missing_master_key",
                    "Meilisearch is running without a master key. To access this API endpoint, you must have set a master "
                    "key at launch.",
                )
            return Access()
        if header is None or header.split(" ", 1)[0] != "Bearer":
            raise MeiliError(
                "missing_authorization_header",
                "The Authorization header is missing. It must use the bearer authorization method.",
            )
        token = header.split(" ", 1)[1] if " " in header else ""
        if hmac.compare_digest(token.encode(), self.master_key.encode()):
            return Access()
        rules = None
        key = next((k for k in self.keys.values() if hmac.compare_digest(self.value(k.uid), token)), None)
        if key is None and action == "search":
            key, rules = self._tenant(token)
        if key is None or not key.may(action) or key.expired:
            raise MeiliError("invalid_api_key", _INVALID)
        access = Access(key, rules)
        if index is not None and not access.index(index):
            if rules is not None and not any(matches(p, index) for p in rules):
                allowed = json.dumps(sorted(rules))
                text = f"The provided tenant token cannot acces the index `{index}`, allowed indexes are {allowed}."
            elif rules is not None:
                text = f"The API key used to generate this tenant token cannot acces the index `{index}`."
            else:
                allowed = json.dumps(sorted(key.indexes))
                text = f"The API key cannot acces the index `{index}`, authorized indexes are {allowed}."
            raise MeiliError("invalid_api_key", text)
        return access

    def _tenant(self, token: str) -> tuple[Key | None, Any]:
        parts = token.split(".")
        if len(parts) != 3:
            return None, None
        try:
            head, claims = (json.loads(_b64(p)) for p in parts[:2])
            sign = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[head["alg"]]
            key = self.keys.get(claims["apiKeyUid"])
            rules = claims["searchRules"]
            given = _b64(parts[2])
        except (ValueError, KeyError, TypeError, binascii.Error) as error:
            raise MeiliError("invalid_api_key", f"Could not decode tenant token, {error}.") from None
        if key is None:
            return None, None
        made = hmac.new(self.value(key.uid).encode(), f"{parts[0]}.{parts[1]}".encode(), sign).digest()
        if not hmac.compare_digest(made, given):
            raise MeiliError("invalid_api_key", "Could not decode tenant token, InvalidSignature.")
        expires = claims.get("exp")
        if expires is not None and time.time() > expires:
            message = f"Tenant token expired. Was valid up to `{expires}` and we're now `{int(time.time())}`."
            raise MeiliError("invalid_api_key", message)
        if not isinstance(rules, list | dict):
            raise MeiliError("invalid_api_key", "Could not decode tenant token, JSON error.")
        return key, rules

    def find(self, key_or_uid: str) -> Key:
        """A key by its uid or its secret."""
        for key in self.keys.values():
            if key_or_uid in {key.uid, self.value(key.uid)}:
                return key
        raise MeiliError("api_key_not_found", f"API key `{key_or_uid}` not found.")

    def create(self, body: Any) -> Key:
        """A new key from a request body."""
        got = read(body, _CREATE)
        uid = got["uid"] or str(uuid.uuid4())
        if uid in self.keys:
            message = f"`uid` field value `{uid}` is already an existing API key."
            raise MeiliError("api_key_already_exists", message)
        key = Key(uid, got["actions"], got["indexes"], got["expiresAt"], got["name"], got["description"])
        self.keys[uid] = key
        return key

    def update(self, key: Key, body: Any) -> Key:
        """A key's name and description changed."""
        got = read(body, _PATCH)
        if "name" in body:
            key.name = got["name"]
        if "description" in body:
            key.description = got["description"]
        key.updated_at = now_text()
        return key


def _b64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _action(value: Any, path: str, code: str) -> str:
    string(value, path, code)
    if value not in ACTIONS:
        shown = ", ".join(f"`{a}`" for a in ACTIONS)
        raise MeiliError(code, f"Unknown value `{value}` at `{path}`: expected one of {shown}")
    return str(value)


def _pattern(value: Any, path: str, code: str) -> str:
    string(value, path, code)
    if value != "*" and not re.fullmatch(r"[A-Za-z0-9_-]+\*?", value):
        raise MeiliError(
            code,
            f"Invalid value at `{path}`: `{value}` is not a valid index uid pattern. Index uid patterns can be an integer or a "
            "string containing only alphanumeric characters, hyphens (-), underscores (_), and optionally end with a star (*).",
        )
    return str(value)


def _uid(value: Any, path: str, code: str) -> str:
    string(value, path, code)
    try:
        return str(uuid.UUID(value))
    except ValueError:
        raise MeiliError(code, f"Invalid value at `{path}`: invalid uuid `{value}`") from None


def _expiry(value: Any, path: str, code: str) -> datetime:
    string(value, path, code)
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        at = datetime.min
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at <= datetime.now(UTC):
        raise MeiliError(
            code,
            f"Invalid value at `{path}`: `{value}` is not a valid date. It should follow the RFC 3339 format to represents a "
            "date or datetime in the future or specified as a null value. e.g. 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM:SS'.",
        )
    return at


_CREATE = obj(
    {
        "description": Field(string, "invalid_api_key_description", True),
        "name": Field(string, "invalid_api_key_name", True),
        "uid": Field(_uid, "invalid_api_key_uid"),
        "actions": Field(array(_action), "invalid_api_key_actions", default=REQUIRED, missing="missing_api_key_actions"),
        "indexes": Field(array(_pattern), "invalid_api_key_indexes", default=REQUIRED, missing="missing_api_key_indexes"),
        "expiresAt": Field(_expiry, "invalid_api_key_expires_at", True, REQUIRED, missing="missing_api_key_expires_at"),
    }
)
_PATCH = obj(
    {
        "description": Field(string, "invalid_api_key_description", True),
        "name": Field(string, "invalid_api_key_name", True),
    },
    {
        "uid": "immutable_api_key_uid",
        "actions": "immutable_api_key_actions",
        "indexes": "immutable_api_key_indexes",
        "expiresAt": "immutable_api_key_expires_at",
        "createdAt": "immutable_api_key_created_at",
        "updatedAt": "immutable_api_key_updated_at",
    },
)
