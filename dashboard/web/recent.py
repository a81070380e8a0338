"""Things that happened a moment ago, so that one act leaves one line in the access log."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable


class Recent:
    """Remembers keys for `keep_s` seconds, at most `limit` of them."""

    def __init__(
        self, keep_s: float, limit: int = 1000, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._keep_s = keep_s
        self._limit = limit
        self._clock = clock
        self._seen: OrderedDict[tuple[str, ...], float] = OrderedDict()

    def first(self, *key: str) -> bool:
        """Whether `key` did not come within the last `keep_s` seconds."""
        now = self._clock()
        seen_at = self._seen.get(key)
        if seen_at is not None and now - seen_at < self._keep_s:
            return False
        self._seen[key] = now
        self._seen.move_to_end(key)
        while len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        return True

    def holds(self, *key: str) -> bool:
        """Whether `key` came within the last `keep_s` seconds."""
        seen_at = self._seen.get(key)
        return seen_at is not None and self._clock() - seen_at < self._keep_s
