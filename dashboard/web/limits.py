"""How often a form may be sent: by one address, and by one link. Kept in memory: a restart
forgives."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FormLimits", "Limit"]

MOST_KEYS = 10_000  # of those that came last


class Limit:
    """At most `most` times within `within_s` seconds for each key."""

    def __init__(self, most: int, within_s: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._within_s = within_s
        self._clock = clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def take(self, key: str) -> bool:
        """Whether it may be once more; a refusal counts for nothing."""
        now = self._clock()
        times = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while times and now - times[0] >= self._within_s:
            times.popleft()
        while len(self._times) > MOST_KEYS:
            self._times.popitem(last=False)
        if len(times) >= self._most:
            return False
        times.append(now)
        return True


@dataclass(frozen=True)
class FormLimits:
    """Of the owners' form: looks and sendings by an address, sendings by a link."""

    looks: Limit
    addresses: Limit
    links: Limit

    @classmethod
    def of(cls, per_address: int, per_link: int, clock: Callable[[], float]) -> FormLimits:
        return cls(
            looks=Limit(LOOKS_A_MINUTE, 60.0, clock),
            addresses=Limit(per_address, HOUR_S, clock),
            links=Limit(per_link, HOUR_S, clock),
        )


LOOKS_A_MINUTE = 60
HOUR_S = 3600.0
