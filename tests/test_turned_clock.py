"""The clock that tests turn keeps order, as the system's does."""

from __future__ import annotations

import asyncio
import math
from datetime import timedelta

from tests.turned_clock import START, TurnedClock


async def test_sleepers_wake_in_order_each_at_its_moment() -> None:
    clock = TurnedClock()
    woken: list[tuple[str, float]] = []

    async def sleeper(name: str, *pauses_s: float) -> None:
        for pause_s in pauses_s:
            await clock.sleep(pause_s)
            woken.append((name, clock.monotonic()))

    async with asyncio.TaskGroup() as group:
        for name, pauses_s in {"late": (50.0,), "a": (10.0, 10.0), "b": (10.0,)}.items():
            group.create_task(sleeper(name, *pauses_s))
        await asyncio.sleep(0)
        await clock.turn(timedelta(seconds=9))
        assert woken == []
        await clock.turn(timedelta(seconds=51))
    assert woken == [("a", 10.0), ("b", 10.0), ("a", 20.0), ("late", 50.0)]
    assert clock.now() == START + timedelta(seconds=60)


async def test_who_was_cancelled_or_waits_for_ever_is_not_called() -> None:
    clock = TurnedClock()
    called: list[str] = []
    clock.call_later(1.0, lambda: called.append("cancelled")).cancel()
    clock.call_later(math.inf, lambda: called.append("never"))
    clock.call_later(-1.0, lambda: called.append("at once"))
    await clock.turn(timedelta(days=400))
    assert called == ["at once"]


async def test_a_clock_that_is_set_wakes_nobody() -> None:
    clock = TurnedClock()
    called: list[str] = []
    clock.call_later(60.0, lambda: called.append("later"))
    clock.set(START + timedelta(days=1))
    await clock.turn(timedelta(seconds=59))
    assert not called
    await clock.turn(timedelta(seconds=1))
    assert called
    assert clock.now() == START + timedelta(days=1, seconds=60)
