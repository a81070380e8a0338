"""The loop of the telephone's tests: time passes when nobody works, and only then."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import aiosqlite
import pytest

from tests.virtual_time import LONGEST_S, STUCK_S, VirtualTimeLoop

HOUR_S = 3600.0


def in_virtual_time(work) -> float:  # type: ignore[no-untyped-def]
    """Runs it; the virtual seconds that passed."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(work())
        return runner.get_loop().time()


def test_nobody_waits_for_a_timer() -> None:
    began = time.monotonic()
    assert in_virtual_time(lambda: asyncio.sleep(HOUR_S / 2)) >= HOUR_S / 2
    assert time.monotonic() - began < HOUR_S / 20


def test_timers_are_called_in_their_order() -> None:
    called: list[float] = []

    async def work() -> None:
        loop = asyncio.get_running_loop()
        for after in (3.0, 1.0, 2.0, 1.5):
            loop.call_later(after, called.append, after)
        await asyncio.sleep(4.0)

    in_virtual_time(work)
    assert called == [1.0, 1.5, 2.0, 3.0]


def test_time_stands_still_while_a_thread_works() -> None:
    async def work() -> None:
        async with asyncio.timeout(0.001):
            await asyncio.to_thread(time.sleep, STUCK_S / 4)

    assert in_virtual_time(work) < 0.001


def test_time_stands_still_while_a_database_works(tmp_path: Path) -> None:
    async def work() -> None:
        async with aiosqlite.connect(tmp_path / "db") as database:
            await database.create_function("slow", 0, lambda: time.sleep(STUCK_S / 4))
            async with asyncio.timeout(0.01):
                await database.execute("SELECT slow()")

    assert in_virtual_time(work) < 0.01


def test_what_a_thread_waits_for_for_long_is_waited_for_in_time() -> None:
    async def work() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.to_thread(time.sleep, STUCK_S + 1)

    assert in_virtual_time(work) >= 0.2


def test_two_things_never_happen_at_the_same_moment() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        seen = []
        for _ in range(100):
            seen.append(loop.time())
            await asyncio.sleep(0)
        assert sorted(set(seen)) == seen

    in_virtual_time(work)


def test_a_wait_for_what_never_comes_ends() -> None:
    async def ticks() -> None:
        while True:  # noqa: ASYNC110 - that is the fault
            await asyncio.sleep(LONGEST_S / 100)

    with pytest.raises(TimeoutError, match="virtual seconds"):
        in_virtual_time(ticks)
