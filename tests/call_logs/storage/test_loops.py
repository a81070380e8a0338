from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable

import pytest

from call_logs import Health, HealthStatus
from call_logs.storage import Check, Checks, Loop, Severity, StoreError, one_by_one
from call_logs.storage import loops as module

FAST = (0.001, 0.002)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(0)


class Work:
    """Work that fails as often as it is told to, then succeeds."""

    def __init__(self, *failures: BaseException) -> None:
        self.failures = list(failures)
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        if self.failures:
            raise self.failures.pop(0)


def loop_of(work: Callable[[], Awaitable[object]], checks: Checks, **options: object) -> Loop:
    given = {"every_s": 0.0, "again_s": FAST, **options}
    return Loop("counting", work, checks=checks, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad row"),
        StoreError("the database is away"),
        asyncio.CancelledError(),  # something that was waited for was cancelled, not the loop
        ExceptionGroup("several", [OSError()]),
        TimeoutError(),
    ],
)
async def test_it_goes_on_after_whatever_the_work_raises(error: BaseException) -> None:
    work = Work(error, error, error)
    loop = loop_of(work, Checks())
    loop.start()
    await until(lambda: work.runs > 5)
    await loop.close()
    assert not loop.running


async def test_health_names_a_failing_loop_until_it_works_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks = Checks()
    work = Work(*[PermissionError("/home/13800138000")] * 3)
    loop = loop_of(work, checks, again_s=(0.05, 0.05))
    loop.start()
    await until(lambda: work.runs > 0)
    (check,) = await checks.look()
    assert check.name == "loop counting"
    assert not check.ok
    assert "PermissionError" in check.detail
    assert "13800138000" not in check.detail
    assert check.severity is Severity.DEGRADED  # a passing trouble, so far
    monkeypatch.setattr(module, "PATIENCE_S", -1.0)
    assert (await checks.look())[0].severity is Severity.FAILED
    await until(lambda: work.runs > 4)
    assert (await checks.look())[0].ok
    await loop.close()
    assert await checks.look() == ()


async def test_failures_in_a_row_are_tried_and_logged_less_and_less(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []
    next_try_s = Loop._next_try_s

    # It is asked for its pauses and does not make them.
    def at_once(loop: Loop) -> float:
        pauses.append(next_try_s(loop))
        return 0.0

    monkeypatch.setattr(Loop, "_next_try_s", at_once)
    work = Work(*(ValueError() for _ in range(40)))
    loop = loop_of(work, Checks(), again_s=(1.0, 60.0))
    with caplog.at_level(logging.WARNING):
        loop.start()
        await until(lambda: work.runs > 41)
        await loop.close()
    assert pauses[:8] == [1, 2, 4, 8, 16, 32, 60, 60]
    errors = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert [record.failures for record in errors] == [1, 2, 4, 8, 16, 32]  # type: ignore[attr-defined]
    assert all(record.exc_info for record in errors)
    assert caplog.records[-1].message == "a loop works again"


async def test_health_tells_of_a_loop_that_has_ended_all_the_same() -> None:
    class Stop(BaseException): ...

    checks = Checks()
    loop = loop_of(Work(Stop()), checks)
    loop.start()
    assert loop._task is not None
    await asyncio.wait([loop._task])
    (check,) = await checks.look()
    assert not check.ok
    assert check.severity is Severity.FAILED
    assert "ended" in check.detail
    await loop.close()


async def test_health_tells_of_a_run_that_hangs() -> None:
    checks = Checks()
    loop = loop_of(asyncio.Event().wait, checks, hangs_after_s=0.0)
    loop.start()
    await until(lambda: loop._began_at is not None)
    (check,) = await checks.look()
    assert not check.ok
    assert "at one run" in check.detail
    await loop.close()


async def test_work_without_an_end_is_well_again_when_it_has_gone_on_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise ValueError
        await asyncio.Event().wait()

    checks = Checks()
    loop = loop_of(work, checks, hangs_after_s=None)
    loop.start()
    await until(lambda: runs == 3)
    assert not (await checks.look())[0].ok
    monkeypatch.setattr(module, "STEADY_S", -1.0)
    assert (await checks.look())[0].ok
    await loop.close()


async def test_who_wakes_it_while_it_works_is_seen_by_another_run() -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        entered.set()
        await go_on.wait()

    loop = loop_of(work, Checks(), every_s=math.inf)
    loop.start()
    await entered.wait()
    loop.wake()
    go_on.set()
    await until(lambda: runs == 2)
    for _ in range(10):
        await asyncio.sleep(0)
    assert runs == 2  # and then it rests
    await loop.close()


async def test_a_fault_in_the_pause_itself_does_not_end_it() -> None:
    pauses = iter([0.0, 0.0])
    work = Work()
    loop = loop_of(work, Checks(), every_s=lambda: next(pauses, None) or 1 / 0)
    loop.start()
    await until(lambda: work.runs > 4)
    await loop.close()


async def test_the_end_waits_for_a_run_when_asked_to() -> None:
    entered, go_on = asyncio.Event(), asyncio.Event()
    finished = []

    async def work() -> None:
        entered.set()
        await go_on.wait()
        finished.append(True)

    loop = loop_of(work, Checks(), every_s=math.inf)
    loop.start()
    await entered.wait()
    ending = asyncio.ensure_future(loop.finish())
    await asyncio.sleep(0)
    assert not ending.done()
    go_on.set()
    async with asyncio.timeout(5):
        await ending
    assert finished == [True]


async def test_work_that_swallows_the_end_is_ended_all_the_same() -> None:
    entered = asyncio.Event()

    async def work() -> None:
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return  # as a library may

    loop = loop_of(work, Checks())
    loop.start()
    await entered.wait()
    began = time.monotonic()
    await loop.close()
    assert time.monotonic() - began < module.CANCEL_AGAIN_S


async def test_one_by_one_does_all_the_others_and_says_how_many_failed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[int] = []

    async def work(number: int) -> None:
        if number % 2:
            raise OSError(number)
        done.append(number)

    with pytest.raises(StoreError, match="numbers: 5 of 10 failed, the first with OSError"):
        await one_by_one("numbers", range(10), work)
    assert done == [0, 2, 4, 6, 8]
    assert len(caplog.records) == module.NAMED


async def test_a_check_that_fails_or_hangs_is_a_finding_and_hides_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("call_logs.storage.checks.LOOK_LIMIT_S", 0.01)
    checks = Checks()

    def broken() -> Check:
        raise RuntimeError

    async def hanging() -> Check:
        await asyncio.Event().wait()
        raise AssertionError

    checks.register("broken", broken)
    checks.register("hanging", hanging)
    take_out = checks.register("fine", lambda: Check("fine", True, "runs"))
    found = await checks.look()
    assert [(check.name, check.ok) for check in found] == [
        ("broken", False),
        ("hanging", False),
        ("fine", True),
    ]
    take_out()
    take_out()
    assert len(await checks.look()) == 2


def test_health_is_as_bad_as_its_worst_check() -> None:
    fine = Check("a", True, "")
    degraded = Check("b", False, "", Severity.DEGRADED)
    failed = Check("c", False, "")
    assert Health((fine,)).status is HealthStatus.OK
    assert Health((fine, degraded)).status is HealthStatus.DEGRADED
    assert Health((degraded, failed)).status is HealthStatus.FAILED
    assert not Health((degraded,)).ok
