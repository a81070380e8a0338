"""How often a form may be sent: by one address, and by one link. Kept in memory: a restart
forgives."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["FormLimits", "InboundLimits", "Limit"]

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


@dataclass(frozen=True)
class InboundLimits:
    """Of messages of other systems: what comes from an address, signed or not; what a system
    sends; files for one message."""

    addresses: Limit
    sources: Limit
    files: Limit

    @classmethod
    def of(cls, per_minute: int, clock: Callable[[], float]) -> InboundLimits:
        return cls(
            addresses=Limit(4 * per_minute, MINUTE_S, clock),
            sources=Limit(per_minute, MINUTE_S, clock),
            files=Limit(FILES_AN_HOUR, HOUR_S, clock),
        )


LOOKS_A_MINUTE = 60
FILES_AN_HOUR = 20
MINUTE_S = 60.0
HOUR_S = 3600.0
