"""Work that is done again and again for as long as the program runs.

A background task that ends with an exception ends for ever, and nobody hears of it. `Loop` is
the one place where such tasks are made: it cannot die of its work, waits longer after each
failure, and health knows it by its name.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from call_logs.storage.checks import Check, Checks, Severity
from call_logs.storage.errors import StoreError

log = logging.getLogger(__name__)

AGAIN_S = (1.0, 60.0)  # first and longest pause after failures in a row
HANGS_AFTER_S = 600.0  # one run that takes longer is told by health
PATIENCE_S = 60.0  # a loop that fails for longer is no passing trouble
STEADY_S = 10.0  # work without an end that has gone on for so long works again
CANCEL_AGAIN_S = 10.0
NAMED = 3  # failures of one kind of item, in one run, that the log has in full

T = TypeVar("T")


class Loop:
    """Runs `work`, pauses, and runs it again, until `close`."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[object]],
        *,
        checks: Checks,
        every_s: float | Callable[[], float],
        first_s: float = 0.0,
        rest_s: float = 0.0,
        again_s: tuple[float, float] = AGAIN_S,
        hangs_after_s: float | None = HANGS_AFTER_S,
        severity: Severity = Severity.FAILED,
    ) -> None:
        """`work`: one run; what it raises is logged, and it is tried again. It sees to its
        rows one by one itself: one bad row must not keep it from the others.
        `every_s`: the pause between two runs, or what gives it after each; `math.inf`: only
        when woken. `first_s`: the pause before the first, unless woken. `rest_s`: the least
        pause, however often it is woken. `again_s`: the first and the longest pause after
        failures.
        `hangs_after_s`: how long one run may take; None for one that never ends by itself.
        `severity`: how bad it is when it fails for longer than `PATIENCE_S`.
        """
        self.name = name
        self._work = work
        self._checks = checks
        self._clock = checks.clock
        self._every_s = every_s
        self._first_s = first_s
        self._rest_s = rest_s
        self._again_s = again_s
        self._hangs_after_s = hangs_after_s
        self._severity = severity
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._unregister: Callable[[], None] = lambda: None
        self._finishing = False
        self._began_at: float | None = None  # the run that goes on now
        self._failing_since: float | None = None
        self._failures = 0  # in a row
        self._fact = ""  # of the last failure
        self._pause_s = 0.0

    @property
    def running(self) -> bool:
        """Whether it was started, and nobody has asked it to end."""
        return self._task is not None

    @property
    def at_work(self) -> bool:
        """Whether a run goes on now; between two runs it waits."""
        return self._began_at is not None

    def start(self) -> None:
        """Returns at once."""
        assert self._task is None, f"the loop {self.name} runs already"
        self._finishing = False
        self._task = asyncio.create_task(self._run(), name=self.name)
        self._unregister = self._checks.register(f"loop {self.name}", self.check)

    def wake(self) -> None:
        """Run soon, not only after the pause. A run that goes on is followed by another."""
        self._wake.set()

    async def close(self) -> None:
        """End it, in the middle of its work if need be. May be called twice."""
        task, self._task = self._task, None
        if task is None:
            return
        self._unregister()
        while not task.done():
            # Again after a while: a library may have swallowed the cancellation (Python 3.11's
            # wait_for does when it meets the result).
            task.cancel()
            await asyncio.wait([task], timeout=CANCEL_AGAIN_S)

    async def finish(self) -> None:
        """End it, but let a run that goes on come to its end."""
        self._finishing = True
        if self._task is not None and self._began_at is not None:
            await asyncio.wait([self._task])
        await self.close()

    def check(self) -> Check:
        """What health says of it."""
        name = f"loop {self.name}"
        now = self._clock.monotonic()
        if self._task is None or (self._task.done() and not self._finishing):
            return Check(name, False, "has ended: restart the program, and tell its makers")
        if self._failing_since is not None and not self._is_steady(now):
            lasts_s = now - self._failing_since
            severity = self._severity if lasts_s > PATIENCE_S else Severity.DEGRADED
            fact = f"fails for {lasts_s:.0f} s ({self._fact}); it is tried again by itself"
            return Check(name, False, f"{fact}: see the log", severity)
        if self._began_at is not None and self._hangs_after_s is not None:
            lasts_s = now - self._began_at
            if lasts_s > self._hangs_after_s:
                fact = f"has been at one run for {lasts_s:.0f} s: see its disk, server or network"
                return Check(name, False, fact, self._severity)
        return Check(name, True, "runs")

    def _is_steady(self, now: float) -> bool:
        """Whether work that never ends by itself goes on well again after failures."""
        endless = self._hangs_after_s is None and self._began_at is not None
        return endless and now - (self._began_at or now) > STEADY_S

    async def _run(self) -> None:
        await self._woken_within(self._first_s)
        while True:
            self._wake.clear()  # what woke it is seen by this run
            succeeded = await self._succeeds()
            if self._finishing or self._task is not asyncio.current_task():
                return  # also when the work has swallowed our cancellation
            if succeeded:
                await self._pause()
            else:
                await self._clock.sleep(self._next_try_s())

    async def _succeeds(self) -> bool:
        self._began_at = self._clock.monotonic()
        try:
            await self._work()
            self._pause_s = self._every_s() if callable(self._every_s) else self._every_s
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            # Something that the work waited for was cancelled, not the loop.
            self._failed(error)
            return False
        except Exception as error:
            self._failed(error)
            return False
        finally:
            self._began_at = None
        if self._failures:
            log.warning("a loop works again", extra=self._fields())
        self._failures = 0
        self._failing_since = None
        return True

    def _failed(self, error: BaseException) -> None:
        now = self._clock.monotonic()
        if self._is_steady(now):
            self._failures, self._failing_since = 0, None
        self._failures += 1
        self._failing_since = self._failing_since or now
        # Messages of the store are facts without names and numbers; others may hold anything.
        self._fact = str(error) if isinstance(error, StoreError) else type(error).__name__
        if self._failures & (self._failures - 1) == 0:  # the 1st, 2nd, 4th, 8th ... in a row
            log.error("a loop failed; trying again", exc_info=error, extra=self._fields())

    def _fields(self) -> dict[str, object]:
        return {"loop": self.name, "failures": self._failures}

    def _next_try_s(self) -> float:
        first_s, longest_s = self._again_s
        return min(longest_s, first_s * 2.0 ** min(self._failures - 1, 30))

    async def _pause(self) -> None:
        await self._clock.sleep(self._rest_s)  # also with 0: others get their turn
        await self._woken_within(self._pause_s - self._rest_s)

    async def _woken_within(self, limit_s: float) -> None:
        timer = self._clock.call_later(limit_s, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()


async def one_by_one(what: str, items: Iterable[T], work: Callable[[T], Awaitable[object]]) -> None:
    """Do `work` with every item, also after one with which it failed. `what` names them for
    people: "recordings to destroy".

    Raises:
        StoreError: some failed; all the others are done.
    """
    failures = done = 0
    first: Exception | None = None
    for item in items:
        done += 1
        try:
            await work(item)
        except Exception as error:
            failures += 1
            first = first or error
            if failures <= NAMED:
                log.exception("one of several failed; the others go on", extra={"what": what})
    if first is not None:
        raise StoreError(
            f"{what}: {failures} of {done} failed, the first with {type(first).__name__}"
        ) from first
