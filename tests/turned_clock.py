"""A clock that a test turns: a year passes in the time that its work takes."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(order=True)
class TurnedTimer:
    """One that waits; those of the same moment go in the order in which they came."""

    due_s: float
    order: int
    callback: Callable[[], object] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)

    def cancel(self) -> None:
        self.cancelled = True


class TurnedClock:
    """Stands still until `turn`. Implements `call_logs.storage.Clock`."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._passed_s = 0.0
        self._timers: list[TurnedTimer] = []
        self._orders = itertools.count()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def set(self, to: datetime) -> None:
        """As when a person sets the clock: nobody who waits is called."""
        self._start += to - self.now()

    def monotonic(self) -> float:
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        over = asyncio.Event()
        timer = self.call_later(seconds, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    def call_later(self, seconds: float, callback: Callable[[], object]) -> TurnedTimer:
        due_s = self._passed_s + max(0.0, seconds)
        timer = TurnedTimer(due_s, next(self._orders), callback)
        if seconds <= 0:
            asyncio.get_running_loop().call_soon(self._call, timer)
        elif due_s < math.inf:
            heapq.heappush(self._timers, timer)
        return timer

    async def turn(
        self, by: timedelta, settled: Callable[[], bool] = lambda: True, steps: int = 5
    ) -> None:
        """Let `by` pass: whoever waits is called at the moment they wait for, in order, and
        gets `steps` of the event loop before time goes on; and as long as `settled` says no:
        work that is at a thread or a database has not ended when the loop has nothing to do.
        """
        until_s = self._passed_s + by.total_seconds()
        await self._others(settled, steps)
        while self._timers and self._timers[0].due_s <= until_s:
            timer = heapq.heappop(self._timers)
            if timer.cancelled:
                continue
            self._passed_s = timer.due_s
            self._call(timer)
            await self._others(settled, steps)
        self._passed_s = until_s

    @staticmethod
    def _call(timer: TurnedTimer) -> None:
        if not timer.cancelled:
            timer.callback()

    @staticmethod
    async def _others(settled: Callable[[], bool], steps: int) -> None:
        quiet = 0  # twice in a row: who has just ended their work has had time to wait again
        while quiet < 2:
            for _ in range(steps):
                await asyncio.sleep(0)
            quiet = quiet + 1 if settled() else 0
            if not quiet:
                await asyncio.sleep(0.0005)
