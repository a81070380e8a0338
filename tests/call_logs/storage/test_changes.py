from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.storage import Change
from call_logs.storage import changes as module
from call_logs.storage.database import changed
from call_logs.storage.rows import ChangeRow
from call_logs.tickets import NewTicket, TicketKind
from tests.call_logs.conftest import OpenStore, call_id

NEW = NewTicket(kind=TicketKind.REPAIR)


async def next_of(feed: AsyncIterator[Change], topic: str) -> Change:
    async with asyncio.timeout(10):
        async for change in feed:
            if change.topic == topic:
                return change
    raise AssertionError("the feed ended")


async def following(store: Store, feed: AsyncIterator[Change]) -> asyncio.Task[Change]:
    """A task that waits for the first change; returns when it listens."""
    before = len(store.changes._followers)
    task = asyncio.ensure_future(anext(feed))
    await listening(store, before + 1)
    return task


async def listening(store: Store, followers: int) -> None:
    async with asyncio.timeout(10):
        while len(store.changes._followers) < followers:  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(0)


async def test_a_follower_hears_of_what_this_process_changes(store: Store) -> None:
    async with aclosing(store.changes.follow()) as feed:
        first = await following(store, feed)
        ticket = await store.tickets.open(NEW)
        change = await asyncio.wait_for(first, 10)
        assert (change.topic, change.key) == ("ticket", str(ticket.id))
        call = call_id()
        store.calls.begin(NewCall(id=call))
        news = {(await asyncio.wait_for(anext(feed), 10)).topic for _ in range(2)}
        assert news == {"call", "live"}


async def test_a_follower_hears_of_what_another_process_changes(open_store: OpenStore) -> None:
    office, phone = await open_store("office"), await open_store("phone")
    async with aclosing(office.changes.follow()) as feed:
        first = await following(office, feed)
        ticket = await phone.tickets.open(NEW)
        assert (await asyncio.wait_for(first, 10)).key == str(ticket.id)


async def test_all_followers_hear_everything_in_order(sqlite_store: Store) -> None:
    async def collect() -> list[str]:
        keys: list[str] = []
        async with aclosing(sqlite_store.changes.follow()) as feed:
            async for change in feed:
                keys.append(change.key)
                if len(keys) == 20:
                    return keys
        return keys

    followers = [asyncio.create_task(collect()) for _ in range(3)]
    await listening(sqlite_store, 3)
    opened = [str((await sqlite_store.tickets.open(NEW)).id) for _ in range(20)]
    async with asyncio.timeout(10):
        assert await asyncio.gather(*followers) == [opened] * 3


async def test_who_comes_back_hears_what_he_missed_once(store: Store) -> None:
    async with aclosing(store.changes.follow()) as feed:
        first = await following(store, feed)
        await store.tickets.open(NEW)
        last = await asyncio.wait_for(first, 10)
    missed = [str((await store.tickets.open(NEW)).id) for _ in range(3)]
    async with aclosing(store.changes.follow(since=last.id)) as feed:
        heard = [(await next_of(feed, "ticket")).key for _ in range(3)]
        assert heard == missed
        fresh = await store.tickets.open(NEW)
        assert (await next_of(feed, "ticket")).key == str(fresh.id)


async def test_who_missed_too_much_is_told_to_read_again(sqlite_store: Store) -> None:
    for _ in range(3):
        await sqlite_store.tickets.open(NEW)
    async with sqlite_store.session() as session:
        for row in await session.scalars(select(ChangeRow)):
            row.at = row.at - module.KEEP - timedelta(minutes=1)
    await sqlite_store.changes.prune()
    async with sqlite_store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ChangeRow)) == 1
    async with aclosing(sqlite_store.changes.follow(since=1)) as feed:
        assert (await asyncio.wait_for(anext(feed), 10)).topic == "reset"


async def test_a_follower_that_is_too_slow_is_told_to_read_again(
    sqlite_store: Store,
) -> None:
    async with aclosing(sqlite_store.changes.follow()) as feed:
        first = await following(sqlite_store, feed)
        await sqlite_store.tickets.open(NEW)
        await asyncio.wait_for(first, 10)
        (queue,) = sqlite_store.changes._followers
        for number in range(module.FOLLOWER_LIMIT + 5):
            module._deliver(queue, Change(number, "ticket", str(number)))
        assert queue.qsize() <= module.FOLLOWER_LIMIT
        assert (await anext(feed)).topic == "reset"


async def test_the_feed_rests_when_nobody_follows(sqlite_store: Store) -> None:
    async with aclosing(sqlite_store.changes.follow()) as feed:
        first = await following(sqlite_store, feed)
        assert sqlite_store.changes._poller.running
        first.cancel()
        await asyncio.wait([first])
    assert not sqlite_store.changes._poller.running


async def test_a_follower_can_go_in_the_very_moment_a_change_comes(sqlite_store: Store) -> None:
    async with aclosing(sqlite_store.changes.follow()) as feed:
        first = await following(sqlite_store, feed)
        poller = sqlite_store.changes._poller._task
        assert poller is not None
        await asyncio.sleep(0)  # it waits
        sqlite_store.changes.wake()
        await asyncio.sleep(0)  # its wait is over, its next step has not come
        async with asyncio.timeout(5):
            await sqlite_store.changes.close()
        assert poller.cancelled()
        first.cancel()
        await asyncio.wait([first])


async def test_a_transaction_that_fails_tells_of_nothing(sqlite_store: Store) -> None:
    ticket = await sqlite_store.tickets.open(NEW)
    async with sqlite_store.reading() as session:
        before = await session.scalar(select(func.count()).select_from(ChangeRow))

    async def break_off() -> None:
        async with sqlite_store.session() as session:
            changed(session, "ticket", ticket.id)
            raise LookupError

    with pytest.raises(LookupError):
        await break_off()
    async with sqlite_store.reading() as session:
        assert await session.scalar(select(func.count()).select_from(ChangeRow)) == before


async def test_what_the_feed_cannot_read_ends_it_for_nobody(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with aclosing(sqlite_store.changes.follow()) as feed:
        first = await following(sqlite_store, feed)
        fresh = module.Changes._fresh
        failures = iter([ValueError("a row that is no change"), KeyError("id")])

        async def broken(changes: module.Changes) -> list[Change]:
            for failure in failures:
                raise failure
            return await fresh(changes)

        monkeypatch.setattr(module.Changes, "_fresh", broken)
        # Whoever follows is told to read again, and hears what comes after.
        assert (await asyncio.wait_for(first, 10)).topic == "reset"
        ticket = await sqlite_store.tickets.open(NEW)
        assert (await next_of(feed, "ticket")).key == str(ticket.id)


async def test_health_names_a_feed_that_fails(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(changes: module.Changes) -> list[Change]:
        raise ValueError

    async with aclosing(sqlite_store.changes.follow()) as feed:
        monkeypatch.setattr(module.Changes, "_fresh", broken)
        await next_of(feed, "reset")
        await asyncio.sleep(0)
        checks = {check.name: check for check in (await sqlite_store.health()).checks}
        assert not checks["loop change feed"].ok
        monkeypatch.undo()
        ticket = await sqlite_store.tickets.open(NEW)
        assert (await next_of(feed, "ticket")).key == str(ticket.id)
        await asyncio.sleep(0)
        assert (await sqlite_store.health()).ok
