"""Handing a caller over, row by row of docs/decisions/dispatch.md."""

from __future__ import annotations

import pytest

from call_logs import CallEventKind, DispatchStatus, Store
from ivr.endpoint import CloseReason, EndpointError, NotSupported, TransferRefused
from tests.ivr.exchange import Site, Telephone, site, until
from tests.ivr.test_dispatch import alarm, the_dispatch

NO = TransferRefused("a peer never advertised Replaces")
TELEPHONE = "sip:a@test"  # of the person `a`, as a blind REFER names it


async def accepted(at: Site) -> Telephone:
    """The caller's alarm, and `a` presses 1."""
    await alarm(at.caller)
    return await at.exchange.accepted_by("a")


async def closed_after_the_talk(at: Site) -> bool:
    found = await the_dispatch(at)
    return (found.status, found.reason) == (DispatchStatus.CLOSED, "talked")


async def test_who_is_on_one_trunk_with_the_caller_gets_him_on_the_line_that_he_has(store: Store):
    async with site(store, "a", refer=True) as at:
        telephone = await accepted(at)
        await at.outcomes_are("transferred")
        assert at.caller.call.referred == [telephone]  # and no telephone rang again
        assert at.exchange.rung == [TELEPHONE]
        assert at.caller.call.close_reason is CloseReason.TRANSFERRED
        assert telephone.close_reason is CloseReason.REMOTE
        await until(lambda: not at.exchange.calls)  # our lines are free
        await until(lambda: not at.desk.busy)
    assert await closed_after_the_talk(at)
    assert at.followed_up == []
    kinds = [event.kind for event in await store.calls.events(at.caller.call.id)]
    assert CallEventKind.TRANSFER in kinds
    assert CallEventKind.BRIDGE not in kinds


@pytest.mark.parametrize("refusal", [NO, NotSupported("no REFER with Replaces")])
async def test_an_attended_transfer_that_is_not_to_be_had_leaves_the_blind_one(
    store: Store, refusal: EndpointError
):
    async with site(store, "a", refer=True) as at:
        at.caller.call.refusals = [refusal]
        telephone = await accepted(at)
        await at.outcomes_are("transferred")
        assert at.caller.call.referred == [telephone, TELEPHONE]
        await until(lambda: telephone.close_reason is CloseReason.LOCAL)
    assert await closed_after_the_talk(at)
    assert at.followed_up == []


async def test_two_trunks_are_not_one_pbx(store: Store):
    async with site(store, "a", refer=True) as at:
        at.caller.call.trunk = "another"
        await accepted(at)
        await at.outcomes_are("transferred")
        assert at.caller.call.referred == [TELEPHONE]


async def test_when_both_ways_are_refused_the_two_are_bridged(store: Store):
    async with site(store, "a", refer=True) as at:
        at.caller.call.refusals = [NO, TransferRefused("603", 603)]
        telephone = await accepted(at)
        await at.outcomes_are("bridged")
        assert at.caller.call.referred == [telephone, TELEPHONE]
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.press("5")
        await until(lambda: telephone.keys_received == "5")


async def test_who_does_not_want_it_is_bridged_at_once(store: Store):
    async with site(store, "a") as at:
        await accepted(at)
        await at.outcomes_are("bridged")
        assert at.caller.call.referred == []


async def test_a_person_who_leaves_meanwhile_is_not_rung_again_and_the_next_one_is(store: Store):
    async with site(store, "a", "b", refer=True) as at:
        at.caller.call.refusals = [TransferRefused("481", 481)]
        at.caller.call.reports.clear()
        telephone = await accepted(at)
        await until(lambda: at.caller.call.referred)
        telephone.hang_up()
        at.caller.call.reports.set()
        await at.caller.until("dispatch_engineer_lost")
        second = await at.exchange.accepted_by("b")
        await at.outcomes_are("dropped", "transferred")
        assert at.caller.call.referred == [telephone, second]
        assert at.exchange.rung == [TELEPHONE, "sip:b@test"]
        assert (await the_dispatch(at)).person == "b"


async def test_a_caller_who_hangs_up_meanwhile_is_followed_up_and_the_person_told(store: Store):
    async with site(store, "a", refer=True) as at:
        at.caller.call.reports.clear()
        telephone = await accepted(at)
        await until(lambda: at.caller.call.referred)
        at.caller.call.hang_up()
        await at.told_people("engineer_owner_gone")
        await until(lambda: at.followed_up)
        found = await the_dispatch(at)
        assert at.followed_up == [found.id]
        assert (found.status, found.person) == (DispatchStatus.ACCEPTED, "a")
        assert at.caller.call.referred == [telephone]  # nobody is sent a caller who is gone
        await until(lambda: not at.exchange.calls)


async def test_a_caller_who_is_joined_when_we_had_given_up_is_not_followed_up(store: Store):
    async with site(store, "a", refer=True) as at:
        at.caller.call.refusals = [NO, TransferRefused("no outcome was reported in time")]
        await accepted(at)
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.call.join()
        await until(lambda: not at.exchange.calls)
    assert await closed_after_the_talk(at)
    assert at.followed_up == []


async def test_a_person_on_duty_gets_the_caller_of_key_0_the_same_way(store: Store):
    async with site(store, "a", refer=True) as at:
        await at.caller.until("greeting")
        at.caller.press("0")
        telephone = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.call.close_reason is CloseReason.TRANSFERRED)
        assert at.caller.call.referred == [telephone]
        await until(lambda: not at.exchange.calls)
