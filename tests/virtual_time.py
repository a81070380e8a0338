"""An event loop whose time passes when nobody has anything to do.

Waits then cost nothing, and a busy machine makes no test late: time stands still while code runs
on the loop, on its threads or in the database, and goes straight to the next timer once all of
them are idle.
"""

from __future__ import annotations

import asyncio
import math
import queue
import selectors
import time
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any

import aiosqlite.core

START = datetime(2026, 3, 2, 4, tzinfo=UTC)  # a Monday at noon in Shanghai
STUCK_S = 2.0  # a thread that works for so long waits for something itself: time goes on
LONGEST_S = 3600.0  # a test that has lasted for so long waits for what never comes
STEP_S = 1e-5  # what the loop itself takes: no two things happen at the same moment
RESOLUTION_S = 1e-6


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Real files, threads and databases; virtual seconds."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._longest_s = LONGEST_S
        self._at_work = 0  # calls that a thread has not answered yet
        self._at_work_since_s = 0.0  # real time
        super().__init__(_Selector(selectors.DefaultSelector(), self))
        self._clock_resolution = RESOLUTION_S

    def time(self) -> float:
        return self._now_s

    def pass_time(self, seconds: float) -> None:
        self._now_s += seconds
        if self._now_s > self._longest_s:
            self._longest_s = math.inf  # what is cancelled now may still end
            raise TimeoutError(f"a test waited for {LONGEST_S:.0f} virtual seconds")

    @property
    def idle(self) -> bool:
        return not self._at_work

    @property
    def stuck(self) -> bool:
        return time.monotonic() - self._at_work_since_s > STUCK_S

    def wait_for(self, answer: asyncio.Future[Any]) -> None:
        """Time stands still until then."""
        self._at_work += 1
        self._at_work_since_s = time.monotonic()
        answer.add_done_callback(self._answered)

    def _answered(self, _: asyncio.Future[Any]) -> None:
        self._at_work -= 1
        self._at_work_since_s = time.monotonic()

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        answer = super().run_in_executor(executor, func, *args)
        self.wait_for(answer)
        return answer


class _Selector(selectors.BaseSelector):
    """Waits for files and threads; passes virtual time in place of waiting for a timer."""

    def __init__(self, real: selectors.BaseSelector, loop: VirtualTimeLoop) -> None:
        self._real = real
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.pass_time(STEP_S)
        ready = self._real.select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        if timeout is None:
            return self._real.select()
        if self._loop.idle:
            self._loop.pass_time(timeout)
            return ready
        while not ready and not self._loop.stuck:
            ready = self._real.select(STUCK_S / 4)
        if not ready:
            began = time.monotonic()
            ready = self._real.select(timeout)
            self._loop.pass_time(min(timeout, time.monotonic() - began))
        return ready

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._real.modify(fileobj, events, data)

    def get_map(self) -> Any:
        return self._real.get_map()

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        return self._real.get_key(fileobj)

    def close(self) -> None:
        self._real.close()


class _Requests(queue.SimpleQueue):  # type: ignore[type-arg]
    """What a loop asks the thread of its SQLite connection."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Any]) -> None:
        answer, _ = item
        if answer is not None and isinstance(loop := answer.get_loop(), VirtualTimeLoop):
            loop.wait_for(answer)
        super().put_nowait(item)


aiosqlite.core.SimpleQueue = _Requests  # type: ignore[attr-defined]


class LoopClock:
    """The time of the running loop. Implements `call_logs.storage.Clock`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        return self._loop.call_later(min(seconds, 1e9), callback)
