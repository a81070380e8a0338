"""A cache of sounds bounded in bytes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)


class ByteCache(Generic[K]):
    """Least recently used `bytes` go first; shared by threads.

    A value larger than the whole cache is not kept.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._values: OrderedDict[K, bytes] = OrderedDict()
        self._size_bytes = 0
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """What the kept values take together."""
        return self._size_bytes

    def get(self, key: K) -> bytes | None:
        """The value, which now counts as just used."""
        with self._lock:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def put(self, key: K, value: bytes) -> bytes:
        """Keep `value`, unless another thread was quicker; returns the one that is kept."""
        with self._lock:
            kept = self._values.get(key)
            if kept is not None:
                return kept
            if len(value) <= self._limit_bytes:
                self._values[key] = value
                self._size_bytes += len(value)
            while self._size_bytes > self._limit_bytes:
                self._size_bytes -= len(self._values.popitem(last=False)[1])
            return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._values.clear()
            self._size_bytes = 0
