"""Who accepts in the follow-up meets an owner who is still on the line with us there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from call_logs import Store
from call_logs.dispatches import (
    AcknowledgedVia,
    CalledBack,
    DispatchStatus,
)
from call_logs.jobs import RoundResult
from ivr.after.follow_up import FollowUp
from ivr.endpoint import CloseReason
from tests.ivr.exchange import Site, site, until
from tests.people import person as user


@pytest.fixture
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store, "a", "b") as made:
        made.services.ready.set()
        yield made


@pytest.fixture
def long_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon somebody leaves, they have talked long enough."""
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)


def follow_up(at: Site) -> FollowUp:
    return FollowUp(at.services, notice_urls=(), public_url="", on_finished=at.finished)


async def in_vain(at: Site) -> str:
    """The caller's own search has reached nobody; they are asked for details."""
    at.caller.hit("fire", 0.95)
    for person in ("a", "b"):
        (await at.exchange.rings(person)).refuse(CloseReason.BUSY)
    await at.caller.until("dispatch_nobody")
    await until(lambda: bool(at.followed_up))
    at.exchange.rung.clear()
    return at.followed_up[0]


async def bridged(at: Site) -> None:
    await until(lambda: at.services.clock._bridges)


async def test_he_is_joined_in_the_call_that_he_is_in_and_hears_who_it_is(
    at: Site, store: Store, long_talk: None
) -> None:
    dispatch_id = await in_vain(at)
    round_ = asyncio.create_task(follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    await at.caller.until("followup_owner")
    await bridged(at)
    assert at.exchange.rung == ["sip:a@test"]  # they are not called: their line would be busy
    telephone.hang_up()
    assert await round_ is RoundResult.ACCEPTED
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED
    steps = await store.dispatches.timeline(dispatch_id)
    (told,) = [step.what for step in steps if isinstance(step.what, CalledBack)]
    assert told == CalledBack(answered=True, on_the_line=True)
    await at.caller.until("goodbye")


async def test_who_leaves_him_at_once_is_followed_by_the_next_one_on_the_same_line(
    at: Site, store: Store
) -> None:
    dispatch_id = await in_vain(at)
    round_ = asyncio.create_task(follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.accepted_by("a")
    await bridged(at)
    telephone.hang_up()
    await at.caller.until("dispatch_engineer_lost")
    await at.exchange.accepted_by("b")
    await bridged(at)
    assert at.exchange.rung == ["sip:a@test", "sip:b@test"]
    at.caller.call.hang_up()
    await round_


async def test_an_owner_who_hangs_up_first_is_called_back(
    at: Site, store: Store, long_talk: None
) -> None:
    dispatch_id = await in_vain(at)
    round_ = asyncio.create_task(follow_up(at).round(dispatch_id, 1))
    telephone = await at.exchange.rings("a")
    at.caller.call.hang_up()
    telephone.ring()
    telephone.pick_up()
    await telephone.hears()
    telephone.press("1")
    async with asyncio.timeout(20):
        owner = await at.exchange.rings_at("+8613800138000")
    owner.pick_up()
    await bridged(at)
    owner.hang_up()
    await round_


async def test_an_acknowledgement_is_told_to_who_is_on_the_line(at: Site, store: Store) -> None:
    dispatch_id = await in_vain(at)
    await store.dispatches.acknowledge(dispatch_id, user("li"), AcknowledgedVia.LINK)
    await follow_up(at).tell_owner(dispatch_id)
    assert "followup_owner" in at.caller.heard
    assert at.exchange.rung == []
    assert (await store.dispatches.get(dispatch_id)).status is DispatchStatus.CLOSED


async def test_who_is_on_the_line_is_not_called_with_the_news_that_it_goes_on(
    at: Site, store: Store
) -> None:
    dispatch_id = await in_vain(at)
    round_ = asyncio.create_task(follow_up(at).round(dispatch_id, 2))
    for person in ("a", "b"):
        (await at.exchange.rings(person)).refuse(CloseReason.BUSY)
    assert await round_ is RoundResult.NOBODY
    assert at.exchange.rung == ["sip:a@test", "sip:b@test"]
