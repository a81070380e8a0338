"""What a search leaves in the store: every line, in order, whatever the database does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from call_logs import Store
from call_logs.dispatches import Arrived, Attempt, AttemptStatus, DispatchStatus, LevelBegun
from call_logs.roster import Person, RosterError, parse_contact
from call_logs.storage import StoreBusy, StoreError
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import HOTLINE
from ivr.dispatch import dispatch_log as trails
from ivr.dispatch.dispatch_log import DispatchLog
from tests.ivr.exchange import until

A = AttemptStatus
LI = Person("li", "Li", (parse_contact("sip:li@test"),))
Write = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trails, "AGAIN_S", (0.01,))
    monkeypatch.setattr(trails, "WAIT_S", 0.1)


@pytest.fixture
async def log(store: Store) -> DispatchLog:
    return DispatchLog(store, await opened(store))


async def opened(store: Store) -> str:
    ticket = await store.tickets.open(NewTicket(kind=TicketKind.EMERGENCY))
    policy = (await store.roster.current()).policy("fire")
    return (await store.dispatches.open(ticket.id, policy, actor=HOTLINE)).id


async def ring(log: DispatchLog) -> str:
    return await log.attempt(LI, LI.contacts[0], 0, 1)


async def only_attempt(store: Store, log: DispatchLog, status: AttemptStatus) -> Attempt:
    """The one ring, once it is in this status."""
    async with asyncio.timeout(10):
        while True:
            attempts = await store.dispatches.attempts(log.dispatch_id)
            if [each.status for each in attempts] == [status]:
                return attempts[0]
            await asyncio.sleep(0.02)


def busy(times: int, write: Write) -> Write:
    """A write of a database that is locked so many times."""
    left = times

    async def write_or_not(*args: object, **options: object) -> object:
        nonlocal left
        left -= 1
        if left >= 0:
            raise StoreBusy("the database is locked")
        return await write(*args, **options)

    return write_or_not


@pytest.mark.parametrize("line", ["attempt", "outcome", "accept"])
async def test_a_moment_in_which_the_database_is_locked_loses_no_line(
    store: Store, log: DispatchLog, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(store.dispatches, line, busy(3, getattr(store.dispatches, line)))
    attempt_id = await ring(log)
    for status in (A.RUNG, A.ANSWERED):
        log.outcome(attempt_id, status)
    assert await log.accept(attempt_id)
    for status in (A.BRIDGED, A.ENDED):
        log.outcome(attempt_id, status)
    attempt = await only_attempt(store, log, A.ENDED)
    times = [attempt.started_at, attempt.rung_at, attempt.answered_at, attempt.accepted_at]
    assert sorted(filter(None, times)) == times
    dispatch = await store.dispatches.get(log.dispatch_id)
    assert (dispatch.status, dispatch.person) == (DispatchStatus.ACCEPTED, "li")


async def test_a_line_written_late_bears_the_time_at_which_it_happened(
    store: Store, log: DispatchLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt_id = await ring(log)
    with monkeypatch.context() as locked:
        locked.setattr(store.dispatches, "outcome", busy(1000, store.dispatches.outcome))
        log.outcome(attempt_id, A.RUNG)
        log.note(Arrived())
        log.move(DispatchStatus.CLOSED)
        await asyncio.sleep(0.001)
        happened_at = store.clock.now()
        await asyncio.sleep(0.1)
    attempt = await only_attempt(store, log, A.RUNG)
    assert attempt.rung_at is not None
    assert attempt.rung_at < happened_at
    await until(lambda: log._last is not None and log._last.done())
    assert all(step.at < happened_at for step in await store.dispatches.timeline(log.dispatch_id))
    closed = await store.dispatches.get(log.dispatch_id)
    assert closed.closed_at is not None
    assert closed.closed_at < happened_at


async def test_nobody_waits_long_for_a_store_that_does_not_answer(
    store: Store, log: DispatchLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    for name in ("attempt", "outcome", "accept", "move"):
        monkeypatch.setattr(store.dispatches, name, hang)
    async with asyncio.timeout(3):
        attempt_id = await ring(log)
        await log.outcome(attempt_id, A.ANSWERED)
        assert await log.accept(attempt_id)  # the local claim decides
        await log.move(DispatchStatus.UNANSWERED)
        assert not await log.open(lambda: opened(store))


async def test_who_stops_waiting_does_not_stop_the_writing(
    store: Store, log: DispatchLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempt_id = await ring(log)
    monkeypatch.setattr(store.dispatches, "outcome", busy(3, store.dispatches.outcome))

    async def wait() -> None:
        await log.outcome(attempt_id, A.RUNG)

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    await only_attempt(store, log, A.RUNG)


@pytest.mark.parametrize("error", [StoreError("it is refused"), ValueError("a driver's fault")])
async def test_a_line_that_is_refused_ends_neither_the_search_nor_the_lines_behind_it(
    store: Store, log: DispatchLog, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise error

    attempt_id = await ring(log)
    monkeypatch.setattr(store.dispatches, "note", refuse)
    await log.note(LevelBegun())
    await log.outcome(attempt_id, A.BRIDGED)  # from `placed`: no such move
    log.outcome(attempt_id, A.RUNG)
    await only_attempt(store, log, A.RUNG)


async def test_lines_wait_for_a_search_that_could_not_be_opened_yet(store: Store) -> None:
    log = DispatchLog(store, "")
    asked: list[str] = []

    async def open_it() -> str:
        asked.append("once")
        if len(asked) < 4:
            raise StoreBusy("the call's ticket is not in the store yet")
        return await opened(store)

    opening = asyncio.create_task(log.open(open_it))
    await asyncio.sleep(0)
    assert not log.dispatch_id
    log.outcome(await ring(log), A.BUSY)
    await opening
    await until(lambda: log.dispatch_id)
    await only_attempt(store, log, A.BUSY)
    assert await log.open(open_it)
    assert len(asked) == 4


async def test_a_search_whose_opening_was_refused_can_be_opened_again(store: Store) -> None:
    async def refused() -> str:
        raise StoreError("no")

    log = DispatchLog(store, "")
    assert not await log.open(refused)
    assert await log.open(lambda: opened(store))
    assert (await store.dispatches.get(log.dispatch_id)).status is DispatchStatus.RINGING


async def test_of_a_call_that_is_no_case_nothing_is_written(store: Store) -> None:
    log = DispatchLog(store, "")
    attempt_id = await ring(log)
    await log.outcome(attempt_id, A.ANSWERED)
    assert await log.accept(attempt_id)
    await log.move(DispatchStatus.CLOSED)
    assert await store.dispatches.open_dispatches() == ()


async def test_a_contact_that_is_not_the_persons_is_not_rung(
    store: Store, log: DispatchLog
) -> None:
    with pytest.raises(RosterError) as refusal:
        await log.attempt(LI, parse_contact("+8613800138000", "CN"), 0, 1)
    assert "13800138000" not in str(refusal.value)
    assert await store.dispatches.attempts(log.dispatch_id) == ()
