"""What a page is told, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import anyio

from call_logs.storage import Change
from dashboard.web.changes import Watch, gathered


async def feed(*changes: Change) -> AsyncIterator[Change]:
    for change in changes:
        yield change


async def told(watch: Watch, *changes: Change) -> list[tuple[str | None, str]]:
    return [
        (event.event, str(event.data))
        async for event in gathered(feed(*changes), watch, gather_s=0.0)
    ]


async def test_a_page_hears_of_its_topics_only() -> None:
    heard = await told(
        Watch(frozenset({"ticket"})), Change(1, "ticket", "7"), Change(2, "user", "3")
    )

    assert heard == [("store-open", ""), ("store-ticket", "7")]


async def test_what_the_page_shows_is_told_apart() -> None:
    heard = await told(
        Watch(frozenset(), ticket="7", call="abc"),
        Change(1, "ticket", "8"),
        Change(2, "ticket", "7"),
        Change(3, "transcript", "abc"),
    )

    assert heard == [("store-open", ""), ("store-this", "abc")]


async def test_many_changes_of_a_kind_are_one_event_with_the_newest_key() -> None:
    changes = [Change(number, "live", str(number)) for number in range(100)]

    heard = await told(Watch(frozenset({"live"})), *changes)

    assert heard == [("store-open", ""), ("store-live", "99")]


async def test_missed_changes_reach_every_page() -> None:
    heard = await told(Watch(frozenset()), Change(9, "reset", ""))

    assert heard == [("store-open", ""), ("store-reset", ""), ("store-this", "")]


async def test_a_stopping_server_ends_the_stream() -> None:
    async def endless() -> AsyncIterator[Change]:
        await asyncio.Event().wait()
        yield Change(0, "", "")

    stopping = anyio.Event()
    events = gathered(endless(), Watch(frozenset()), stopping=stopping)
    assert [(await anext(events)).event] == ["store-open"]
    stopping.set()

    async with asyncio.timeout(5):
        assert [event async for event in events] == []


async def test_a_page_that_is_left_stops_following() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncIterator[Change]:
        try:
            await asyncio.Event().wait()
            yield Change(0, "", "")
        finally:
            closed.set()

    events = gathered(endless(), Watch(frozenset()))
    async for _ in events:
        break
    await events.aclose()  # type: ignore[attr-defined]

    async with asyncio.timeout(5):
        await closed.wait()
