"""Compiled SQL is shared by all databases of a run.

SQLAlchemy compiles a statement once for each engine. The program has one engine; the tests have
one for each test, and would spend half of their time compiling the same statements anew. What
belongs to one store, its keys above all, is made anew for each engine.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from sqlalchemy import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.util import LRUCache

# What a compiled statement keeps of its dialect: with it, of the keys of one store.
_OF_ONE_DIALECT = (
    "_bind_processors",
    "_cached_metadata",
    "_get_set_input_sizes_lookup",
    "_inserted_primary_key_from_lastrowid_getter",
)
_MOST = 5000

_compiled: LRUCache[Any, Any] = LRUCache(_MOST)


class _Statements(LRUCache[Any, Any]):
    """What one engine has compiled; what another has compiled already is taken over."""

    def get(self, key: Any, default: Any = None) -> Any:
        found = super().get(key)
        if found is None:
            found = _taken_over(_compiled.get(_for_all(key)), key[0])
            if found is None:
                return default
            super().__setitem__(key, found)
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        _compiled[_for_all(key)] = value


def _for_all(key: Any) -> tuple[Any, ...]:
    dialect: Dialect = key[0]
    return (type(dialect), *key[1:])


def _taken_over(compiled: Any, dialect: Dialect) -> Any:
    if compiled is None:
        return None
    ours = copy.copy(compiled)
    ours.dialect = dialect
    for name in _OF_ONE_DIALECT:
        ours.__dict__.pop(name, None)
    return ours


def share(patch: pytest.MonkeyPatch) -> None:
    """Let every database that is opened from now on take part."""

    def create(*arguments: Any, **options: Any) -> AsyncEngine:
        engine = create_async_engine(*arguments, **options)
        engine.sync_engine._compiled_cache = _Statements(500)
        return engine

    patch.setattr("call_logs.storage.database.create_async_engine", create)


def shared() -> LRUCache[Any, Any]:
    """Everything that any engine has compiled."""
    return _compiled
