"""Handing a caller over, row by row of docs/decisions/dispatch.md."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.dispatches import DispatchStatus
from call_logs.tickets import TicketClass
from ivr.endpoint import CloseReason, EndpointError, NotSupported, TransferRefused
from tests.ivr.caller import LIMIT_S
from tests.ivr.dispatch.test_dispatcher import alarm, the_dispatch
from tests.ivr.exchange import VOICE, Site, Telephone, called_back, site, until

NO = TransferRefused("a peer never advertised Replaces")
TELEPHONE = "sip:a@test"  # of the person `a`, as a blind REFER names it


async def accepted(at: Site) -> Telephone:
    """The caller's alarm, and `a` presses 1."""
    await alarm(at.caller)
    return await at.exchange.accepted_by("a")


async def closed_after_the_talk(at: Site) -> bool:
    found = await the_dispatch(at)
    return (found.status, found.reason) == (DispatchStatus.CLOSED, "talked")


async def test_who_is_on_one_trunk_with_the_caller_gets_him_on_the_line_that_he_has(
    store: Store,
) -> None:
    async with site(store, "a", refer=True) as at:
        telephone = await accepted(at)
        await at.outcomes_are("transferred")
        assert at.caller.call.referred == [telephone]  # and no telephone rang again
        assert at.exchange.rung == [TELEPHONE]
        assert at.caller.call.close_reason is CloseReason.TRANSFERRED
        assert telephone.close_reason is CloseReason.REMOTE
        await until(lambda: not at.exchange.calls)  # our lines are free
        await until(lambda: not at.services.engaged)
    assert await closed_after_the_talk(at)
    assert at.followed_up == []
    kinds = [event.kind for event in await store.calls.events(at.caller.call.id)]
    assert CallEventKind.TRANSFER in kinds
    assert CallEventKind.BRIDGE not in kinds


@pytest.mark.parametrize("refusal", [NO, NotSupported("no REFER with Replaces")])
async def test_in_an_emergency_an_attended_transfer_that_is_not_to_be_had_leaves_the_bridge(
    store: Store, refusal: EndpointError
) -> None:
    async with site(store, "a", refer=True) as at:
        at.caller.call.refusals = [refusal]
        telephone = await accepted(at)
        await at.outcomes_are("bridged")
        assert at.caller.call.referred == [telephone]  # never blind: a PBX would lose them
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.press("5")
        await until(lambda: telephone.keys_received == "5")


async def test_in_an_emergency_two_trunks_leave_the_bridge(store: Store) -> None:
    async with site(store, "a", refer=True) as at:
        at.caller.call.came_by("another")
        await accepted(at)
        await at.outcomes_are("bridged")
        assert at.caller.call.referred == []


async def operator(at: Site) -> Telephone:
    """Key 0, and `a` presses 1."""
    await at.caller.until("greeting")
    at.caller.press("0")
    return await at.exchange.accepted_by("a")


@pytest.mark.parametrize("refusal", [NO, NotSupported("no REFER with Replaces")])
async def test_a_caller_of_key_0_may_be_sent_blind(store: Store, refusal: EndpointError) -> None:
    async with site(store, "a", refer=True) as at:
        at.caller.call.refusals = [refusal]
        telephone = await operator(at)
        await until(lambda: at.caller.call.close_reason is CloseReason.TRANSFERRED)
        assert at.caller.call.referred == [telephone, TELEPHONE]
        await until(lambda: telephone.close_reason is CloseReason.LOCAL)
        assert at.caller.call.close_reason is CloseReason.TRANSFERRED


async def test_two_trunks_are_not_one_pbx(store: Store) -> None:
    async with site(store, "a", refer=True) as at:
        at.caller.call.came_by("another")
        await operator(at)
        await until(lambda: at.caller.call.close_reason is CloseReason.TRANSFERRED)
        assert at.caller.call.referred == [TELEPHONE]


async def test_a_caller_of_key_0_whose_side_refuses_both_is_bridged(store: Store) -> None:
    async with site(store, "a", refer=True) as at, talking_owner(at):
        at.caller.call.refusals = [NO, TransferRefused("603", 603)]
        telephone = await operator(at)
        await until(lambda: at.caller.session.conversation.media.bridged)
        assert at.caller.call.referred == [telephone, TELEPHONE]


@pytest.fixture
def long_talk(monkeypatch: pytest.MonkeyPatch) -> None:
    """However soon somebody leaves, they have talked long enough."""
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.dispatch.transfer.GONE_S", 0.6)


@asynccontextmanager
async def talking_owner(at: Site) -> AsyncIterator[asyncio.Task[None]]:
    """Sound from the owner's side, until the task is cancelled."""

    async def talk() -> None:
        while True:
            at.caller.call.speak(VOICE)
            await asyncio.sleep(0.01)

    talking = asyncio.create_task(talk())
    yield talking
    talking.cancel()


@pytest.mark.parametrize("ends", ["busy", "bye", "nothing"])
async def test_a_caller_whom_a_blind_transfer_loses_is_called_back_and_has_not_to_ask_again(
    store: Store, quickly: None, ends: str
) -> None:
    async with site(store, "a", refer=True) as at, talking_owner(at) as talking:
        at.caller.call.came_by("another")
        at.caller.call.refusals = [TransferRefused("486", 486)]
        at.caller.call.reports.clear()
        telephone = await operator(at)
        await until(lambda: at.caller.call.referred)
        talking.cancel()  # the PBX has taken their leg away
        if ends == "bye":
            at.caller.call.hang_up()
        await asyncio.sleep(0.3)
        at.caller.call.reports.set()  # the operator's telephone was busy: with us
        owner = await called_back(at)
        await at.told_people("engineer_owner_lost")
        assert telephone.close_reason is None
        await at.told_people("dispatch_line_back")
        owner.speak(VOICE * 50)
        await until(lambda: VOICE in telephone.sent)
        telephone.hang_up()
        await until(lambda: owner.close_reason is not None)
        ticket = await at.caller.ticket()
        assert ticket is not None
        assert ticket.ticket_class is TicketClass.IMPORTANT
        await until(lambda: at.sealed == [owner.id])


async def test_an_owner_whose_sound_stops_before_the_outcome_is_called_back_and_they_talk(
    store: Store, quickly: None, long_talk: None
) -> None:
    async with site(store, "a", refer=True) as at, talking_owner(at) as talking:
        at.caller.call.reports.clear()
        telephone = await accepted(at)
        await until(lambda: at.caller.call.referred)
        talking.cancel()
        owner = await called_back(at)
        await at.told_people("dispatch_line_back")
        assert at.caller.call.close_reason is CloseReason.LOCAL
        await at.outcomes_are("bridged")
        telephone.hang_up()
        await at.outcomes_are("ended")
        await until(lambda: owner.close_reason is not None)
        await until(lambda: not at.exchange.calls)
        await until(lambda: not at.services.in_hand)  # it is written that this one is over
    assert await closed_after_the_talk(at)
    assert at.followed_up == []


async def test_an_owner_who_sends_no_sound_anyway_is_not_taken_for_lost(
    store: Store, quickly: None
) -> None:
    async with site(store, "a", refer=True) as at:
        at.caller.call.reports.clear()
        await accepted(at)
        await until(lambda: at.caller.call.referred)
        await asyncio.sleep(0.8)
        assert at.caller.call.close_reason is None
        at.caller.call.reports.set()
        await at.outcomes_are("transferred")


async def test_who_waited_for_a_lost_owner_in_vain_hears_so_and_the_follow_up_tries_again(
    store: Store, quickly: None
) -> None:
    async with site(store, "a", refer=True) as at, talking_owner(at) as talking:
        at.caller.call.reports.clear()
        telephone = await accepted(at)
        await until(lambda: at.caller.call.referred)
        talking.cancel()
        async with asyncio.timeout(LIMIT_S):
            owner = await at.exchange.rings_at("+8613800138000")
        owner.refuse(CloseReason.NO_ANSWER)
        await at.told_people("owner_no_answer")
        await until(lambda: telephone.close_reason is CloseReason.LOCAL)
        await until(lambda: at.followed_up)
        found = await the_dispatch(at)
        assert (found.status, found.person) == (DispatchStatus.ACCEPTED, "a")
        await at.outcomes_are("ended")


async def test_who_hangs_up_while_a_lost_owner_is_called_back_has_it_all_the_same(
    store: Store, quickly: None
) -> None:
    async with site(store, "a", refer=True) as at, talking_owner(at) as talking:
        at.caller.call.reports.clear()
        telephone = await accepted(at)
        await until(lambda: at.caller.call.referred)
        talking.cancel()
        await at.told_people("engineer_owner_lost")
        telephone.hang_up()
        await called_back(at)
        await at.told_people("dispatch_news")
        await until(lambda: at.followed_up)
        assert (await the_dispatch(at)).status is DispatchStatus.ACCEPTED


async def test_a_lost_owner_who_is_joined_after_all_is_not_called_back(
    store: Store, quickly: None
) -> None:
    async with site(store, "a", refer=True) as at, talking_owner(at) as talking:
        hangup = at.caller.call.hangup

        async def joined() -> None:  # the report crosses with our good-bye
            at.caller.call.join()
            await hangup()

        at.caller.call.hangup = joined  # type: ignore[method-assign]
        at.caller.call.reports.clear()
        await accepted(at)
        await until(lambda: at.caller.call.referred)
        talking.cancel()
        await until(lambda: at.caller.call.close_reason is CloseReason.TRANSFERRED)
        await asyncio.sleep(0.2)
        assert at.exchange.rung == [TELEPHONE]
        await until(lambda: len(at.services.engaged) == 0)
        await at.outcomes_are("transferred")
    assert await closed_after_the_talk(at)


async def test_who_does_not_want_it_is_bridged_at_once(store: Store) -> None:
    async with site(store, "a") as at:
        await accepted(at)
        await at.outcomes_are("bridged")
        assert at.caller.call.referred == []


async def test_a_person_who_leaves_meanwhile_is_not_rung_again_and_the_next_one_is(
    store: Store,
) -> None:
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


async def test_a_caller_who_hangs_up_meanwhile_is_followed_up_and_the_person_told(
    store: Store,
) -> None:
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


async def test_a_caller_who_is_joined_when_we_had_given_up_is_not_followed_up(store: Store) -> None:
    async with site(store, "a", refer=True) as at:
        at.caller.call.refusals = [TransferRefused("no outcome was reported in time")]
        await accepted(at)
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.call.join()
        await until(lambda: not at.exchange.calls)
    assert await closed_after_the_talk(at)
    assert at.followed_up == []


async def test_a_person_on_duty_gets_the_caller_of_key_0_the_same_way(store: Store) -> None:
    async with site(store, "a", refer=True) as at:
        await at.caller.until("greeting")
        at.caller.press("0")
        telephone = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.call.close_reason is CloseReason.TRANSFERRED)
        assert at.caller.call.referred == [telephone]
        await until(lambda: not at.exchange.calls)
