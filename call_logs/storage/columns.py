"""Column types: encrypted text and JSON, UTC times.

A column type is made once for all engines, the keys belong to one store: each engine's
dialect object carries the keys of its store (`give_keys`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from call_logs.storage.errors import KeyProblem, Tampered
from call_logs.storage.keys import Keys

_KEYS: WeakKeyDictionary[Dialect, Keys] = WeakKeyDictionary()


def give_keys(dialect: Dialect, keys: Keys) -> None:
    """Let encrypted columns of engines with this dialect object use `keys`."""
    _KEYS[dialect] = keys


def _keys_of(dialect: Dialect) -> Keys:
    try:
        return _KEYS[dialect]
    except KeyError:
        raise KeyProblem("this database engine was not opened through call_logs.Store") from None


def _opened(value: object, context: str, dialect: Dialect) -> bytes:
    """The plain bytes of a sealed value. SQLite holds anything in any column."""
    if not isinstance(value, bytes | memoryview):
        raise Tampered(f"{context} holds a {type(value).__name__} and no encrypted value")
    return _keys_of(dialect).open(bytes(value), context)


class EncryptedText(TypeDecorator[str]):
    """`str` in Python, AES-GCM ciphertext in the database. `context` is `table.column`."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return _keys_of(dialect).seal(value.encode(), self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return _opened(value, self.context, dialect).decode()


class EncryptedJson(TypeDecorator[Any]):
    """Anything JSON holds in Python, AES-GCM ciphertext in the database."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, context: str) -> None:
        super().__init__()
        self.context = context

    def process_bind_param(self, value: Any, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return _keys_of(dialect).seal(plain, self.context)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return json.loads(_opened(value, self.context, dialect))


class UtcDateTime(TypeDecorator[datetime]):
    """Timezone-aware UTC in Python; databases that drop the zone (SQLite) get it back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a timezone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
