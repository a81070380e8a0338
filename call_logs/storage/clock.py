"""What time it is, and waiting for it: one clock a store, handed in where the program is put
together, so that a test can turn it (docs/decisions/clock.md)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

__all__ = ["SYSTEM_CLOCK", "Clock", "Timer"]


class Timer(Protocol):
    """Something that `Clock.call_later` will call."""

    def cancel(self) -> None:
        """May come twice, and after it was called."""


class Clock(Protocol):
    """Asked for every time that decides something."""

    def now(self) -> datetime:
        """Aware, in UTC. People may set it back and forth."""

    def monotonic(self) -> float:
        """Seconds that only grow, for the length of things."""

    async def sleep(self, seconds: float) -> None:
        """Let others go on, for at least so long."""

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        """Call it on the event loop after so long, `math.inf` never."""


class _SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        return asyncio.get_running_loop().call_later(min(seconds, _NEVER_S), callback)


_NEVER_S = 1e9  # an event loop cannot wait for infinity; a program ends within thirty years

SYSTEM_CLOCK: Clock = _SystemClock()
