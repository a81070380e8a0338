"""A drill goes by the same rules: who may be rung, and which keys count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from call_logs import Store
from call_logs.dispatches import DispatchReason, DispatchStatus
from ivr.dispatch.drill import Drills
from tests.ivr.exchange import Site, site, until
from tests.people import person

AT_THE_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store, "a", "b") as made:
        yield made


async def test_call_screening_passes_no_drill(at: Site) -> None:
    drill = asyncio.create_task(Drills(at.services).run("fire", person("li")))
    first = await at.exchange.rings("a")
    first.ring()
    first.press("1")  # in early media
    first.pick_up()
    first.press("1")  # in the moment of the answer
    await at.told_people("engineer_keys")
    await asyncio.sleep(0.2)
    assert "drill_thanks" not in at.told()
    first.press("1")
    await at.told_people("drill_thanks")
    (await at.exchange.answered_by("b")).press("1")
    await drill


async def test_who_is_being_told_of_an_emergency_is_left_alone_by_a_drill(at: Site) -> None:
    leave = at.services.engaged.enter(frozenset({"a"}))
    drill = asyncio.create_task(Drills(at.services).run("fire", person("li")))
    (await at.exchange.answered_by("b")).press("1")
    await drill
    assert at.exchange.rung == ["sip:b@test"]
    leave()


@pytest.mark.parametrize("how_far", ["rung", "asked", "confirmed"])
async def test_an_emergency_takes_a_person_out_of_a_drill(
    at: Site, how_far: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.ring.KEY_WAIT_S", 30.0)
    drill = asyncio.create_task(Drills(at.services).run("fire", person("li")))
    first = await at.exchange.rings("a")
    first.ring()
    if how_far != "rung":
        first.pick_up()
        await at.told_people("engineer_keys")
        await first.hears()
    if how_far == "confirmed":
        at.people_book.LENGTH_MS = 30_000  # the keys of a talk are long to tell
        first.press("1")
        await at.told_people("engineer_bridge_keys")
    await at.caller.until("greeting")
    at.caller.hit("fire", 0.97)
    await at.exchange.rings("b")  # a is not free yet
    await until(lambda: first.close_reason is not None)
    at.people_book.LENGTH_MS = 200
    await at.exchange.accepted_by("a")
    await until(lambda: at.caller.session.conversation.media.bridged)
    async with asyncio.timeout(10):
        await drill  # b is left alone too: the emergency rang them
    assert at.exchange.rung == ["sip:a@test", "sip:b@test", "sip:a@test"]


async def test_a_drill_leaves_its_rings_and_steps_and_no_ticket(at: Site, store: Store) -> None:
    counts = await store.tickets.counts()
    drill = asyncio.create_task(Drills(at.services).run("fire", person("li")))
    (await at.exchange.answered_by("a")).press("1")
    (await at.exchange.answered_by("b")).press("1")
    await drill
    assert await store.tickets.counts() == counts
    assert (await store.tickets.list()).items == ()
    (kept,) = await store.dispatches.drills(AT_THE_BEGINNING)
    assert (kept.ticket_id, kept.order.by, kept.status) == (None, "li", DispatchStatus.CLOSED)
    assert kept.reason is DispatchReason.DRILL_OVER
    rings = await store.dispatches.attempts(kept.id)
    assert [(ring.person, ring.accepted_at is not None) for ring in rings] == [
        ("a", True),
        ("b", True),
    ]
    steps = await store.dispatches.timeline(kept.id)
    assert (steps[0].actor, steps[-1].kind) == ("li", "dispatch_closed")
