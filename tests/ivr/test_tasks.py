"""Work beside its owner: held until it ends, heard of when it fails."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ivr.tasks import Tasks

pytestmark = pytest.mark.asyncio


async def forever() -> None:
    await asyncio.Event().wait()


async def failing() -> None:
    raise RuntimeError("out of order")


async def test_a_task_is_held_until_it_ends() -> None:
    tasks, go_on = Tasks(), asyncio.Event()

    async def work() -> None:
        await go_on.wait()

    tasks.start(work())
    assert len(tasks) == 1
    go_on.set()
    await tasks.close(1.0)
    assert len(tasks) == 0


async def test_a_fault_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks()
    with caplog.at_level(logging.ERROR):
        tasks.start(failing())
        await tasks.close(1.0)
    assert "work beside a call failed" in caplog.text
    assert "out of order" in caplog.text


async def test_what_does_not_end_is_called_off_in_silence(caplog: pytest.LogCaptureFixture) -> None:
    tasks = Tasks()
    tasks.start(forever())
    await tasks.close()
    await tasks.close()
    assert len(tasks) == 0
    assert not caplog.records


async def test_work_may_end_within_the_patience_of_the_end() -> None:
    tasks, done = Tasks(), []

    async def work() -> None:
        await asyncio.sleep(0)
        done.append(True)

    tasks.start(work())
    tasks.start(forever())
    await tasks.close(0.01)
    assert done == [True]
