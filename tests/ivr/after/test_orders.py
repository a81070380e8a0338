"""Every row of docs/decisions/orders.md: what is ordered on a page, pressed twice, by two
people at once, too late; and what the store says came of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from call_logs import Store
from call_logs.calls import ANY_NODE, Request, RequestAction, RequestOutcome
from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    Dispatch,
    DispatchEventKind,
    DispatchReason,
    DispatchStatus,
)
from call_logs.jobs import RoundResult
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketKind, TicketStatus
from call_logs.users import HOTLINE
from ivr.after.follow_up import FollowUp
from ivr.after.orders import Orders
from ivr.endpoint import CloseReason
from tests.ivr.exchange import Site, site, until
from tests.people import WRITTEN
from tests.people import person as user

RING, NEXT, OVER, END = (
    RequestAction.RING,
    RequestAction.NEXT_LEVEL,
    RequestAction.HAND_OVER,
    RequestAction.END_SEARCH,
)


class Room:
    """A site whose orders are carried out, with a follow-up that a test lets make rounds."""

    def __init__(self, at: Site) -> None:
        self.at, self.store = at, at.store
        self.started: list[str] = []
        self.follow_up = FollowUp(
            at.services, notice_urls=(), public_url="", on_finished=at.finished, announce=False
        )
        self.orders = Orders(at.services, start=self._start, ring_now=self._ring_now)

    async def _start(self, dispatch_id: str) -> None:
        self.started.append(dispatch_id)

    async def _ring_now(self, dispatch_id: str, first: str) -> RoundResult:
        return await self.follow_up.round(dispatch_id, 0, first)

    async def ticket(self, ticket_class: TicketClass = TicketClass.URGENT) -> Ticket:
        return await self.store.tickets.open(
            NewTicket(TicketKind.EMERGENCY, ticket_class, category="fire", caller="13800138000")
        )

    async def searched(self, ticket: Ticket) -> Dispatch:
        policy = (await self.store.roster.current()).policy("fire")
        return await self.store.dispatches.open(ticket.id, policy, actor=HOTLINE)

    async def order(
        self, action: RequestAction, ticket: Ticket, actor: str = "op", **data: Any
    ) -> RequestOutcome:
        return await self.orders.carry_out(await self.asked(action, ticket, actor, **data))

    async def asked(
        self, action: RequestAction, ticket: Ticket, actor: str = "op", **data: Any
    ) -> Request:
        await self.store.requests.add(
            action, ANY_NODE, data, actor=user(actor), ticket_id=ticket.id
        )
        (request,) = await self.store.requests.take()
        return request

    async def last(self, ticket: Ticket) -> Dispatch:
        return (await self.store.dispatches.for_ticket(ticket.id))[-1]


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    async with site(store, "a", "b") as at:
        at.services.ready.set()
        yield Room(at)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a mistaken press to be taken back."""
    monkeypatch.setattr("call_logs.dispatches.dispatch.HOLD_S", 0.0)


# -- ring ---------------------------------------------------------------------------------


async def test_a_policy_is_rung_for_a_ticket_without_a_search(room: Room) -> None:
    ticket = await room.ticket(TicketClass.GENERAL)
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.DONE
    dispatch = await room.last(ticket)
    assert room.started == [dispatch.id]
    assert (dispatch.order.by, dispatch.order.once) == ("op", False)
    (request,) = await room.store.requests.for_ticket(ticket.id, ticket.opened_at)
    assert request.outcome is RequestOutcome.DONE
    steps = await room.store.dispatches.timeline(dispatch.id)
    assert [s.actor for s in steps if s.kind == DispatchEventKind.ORDERED] == ["op"]


async def test_ordered_twice_and_by_two_at_once_it_is_one_search(room: Room) -> None:
    ticket = await room.ticket()
    first = await room.asked(RING, ticket, "op", policy="fire")
    second = await room.asked(RING, ticket, "li", policy="fire")
    outcomes = await asyncio.gather(*map(room.orders.carry_out, (first, second)))
    assert len(await room.store.dispatches.for_ticket(ticket.id)) == 1
    assert RequestOutcome.DONE in outcomes
    assert len(set(room.started)) == 1


async def test_one_person_of_a_ticket_that_is_not_urgent_is_rung_alone(room: Room) -> None:
    ticket = await room.ticket(TicketClass.GENERAL)
    assert await room.order(RING, ticket, person="b") is RequestOutcome.DONE
    assert (await room.last(ticket)).order.once


async def test_one_person_of_an_urgent_ticket_is_rung_before_all_others(room: Room) -> None:
    ticket = await room.ticket()
    assert await room.order(RING, ticket, person="b") is RequestOutcome.DONE
    order = (await room.last(ticket)).order
    assert (order.person, order.once) == ("b", False)


async def test_one_person_is_rung_beside_the_search_that_goes_on(room: Room) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    round_ = asyncio.create_task(room.follow_up.round(dispatch.id, 1))
    first = await room.at.exchange.rings("a")
    assert await room.order(RING, ticket, person="b") is RequestOutcome.DONE
    second = await room.at.exchange.rings("b")
    assert first.close_reason is None
    assert await room.order(RING, ticket, "li", person="b") is RequestOutcome.ALREADY
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.ALREADY
    for telephone in (second, first):
        telephone.refuse(CloseReason.BUSY)
    (await room.at.exchange.rings("b")).refuse(CloseReason.BUSY)  # at their level
    assert await round_ is RoundResult.NOBODY


async def test_in_the_pause_of_a_search_a_round_begins_now(room: Room) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    await room.store.dispatches.move(dispatch.id, DispatchStatus.UNANSWERED, actor=HOTLINE)
    assert await room.order(RING, ticket, person="b") is RequestOutcome.DONE
    telephone = await room.at.exchange.accepted_by("b")
    await room.at.told_people("followup_owner_connect")
    telephone.hang_up()
    async with asyncio.timeout(20):
        while (  # noqa: ASYNC110
            await room.last(ticket)
        ).status is not DispatchStatus.ACCEPTED:
            await asyncio.sleep(0.02)


async def test_nobody_is_rung_for_what_somebody_has(room: Room) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    await room.store.dispatches.acknowledge(dispatch.id, user("li"), AcknowledgedVia.DASHBOARD)
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.HELD
    await room.store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.HELD
    assert room.started == []


@pytest.mark.parametrize("closed", [False, True])
async def test_ringing_again_searches_whoever_had_it(room: Room, closed: bool) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    await room.store.dispatches.acknowledge(dispatch.id, user("li"), AcknowledgedVia.DASHBOARD)
    if closed:
        await room.store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert await room.order(RING, ticket, policy="fire", again=True) is RequestOutcome.DONE
    assert (await room.store.dispatches.get(dispatch.id)).status is DispatchStatus.CLOSED
    fresh = await room.last(ticket)
    assert fresh.id != dispatch.id
    assert not fresh.is_held
    assert room.started == [fresh.id]


async def test_nobody_is_rung_again_while_somebody_talks_with_the_owner(room: Room) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    person = (await room.store.roster.current()).by_id["a"]
    attempt = await room.store.dispatches.attempt(dispatch.id, person, person.contacts[0], level=0)
    await room.store.dispatches.outcome(attempt.id, AttemptStatus.ANSWERED)
    await room.store.dispatches.accept(attempt.id)
    assert await room.order(RING, ticket, policy="fire", again=True) is RequestOutcome.HELD
    assert await room.order(NEXT, ticket) is RequestOutcome.HELD


@pytest.mark.parametrize("person", ["nobody", "c"])
async def test_who_is_not_on_the_roster_or_is_away_is_not_rung(room: Room, person: str) -> None:
    away = '[[person]]\nid = "c"\nname = "c"\nactive = false\n'
    await room.store.roster.import_toml(away, user("test"))
    ticket = await room.ticket()
    for action in (RING, OVER):
        assert await room.order(action, ticket, person=person) is RequestOutcome.NOBODY
    assert room.started == []


async def test_a_closed_ticket_rings_nobody(room: Room) -> None:
    ticket = await room.ticket(TicketClass.GENERAL)
    for status in ("registered", "resolved", "feedback_given", "closed"):
        await room.store.tickets.move(ticket.id, TicketStatus(status), user("op"), changes=WRITTEN)
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.OVER
    assert await room.order(OVER, ticket, person="a") is RequestOutcome.OVER


async def test_what_was_asked_long_ago_wakes_nobody(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.after.orders.STALE", timedelta(0))
    ticket = await room.ticket()
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.STALE
    assert room.started == []


async def test_a_fault_is_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(dispatch_id: str) -> None:
        raise RuntimeError("the job engine is away")

    monkeypatch.setattr(room.orders, "_start", broken)
    ticket = await room.ticket()
    assert await room.order(RING, ticket, policy="fire") is RequestOutcome.FAILED


# -- the next level -----------------------------------------------------------------------


async def test_the_next_level_is_rung_once_however_many_ask(store: Store) -> None:
    async with site(store, "a", "b", "c") as at:
        at.services.ready.set()
        levels = "".join(f'  [[policy.level]]\n  who = ["person:{p}"]\n' for p in "abc")
        await store.roster.import_toml(f'[[policy]]\ncategory = "gas_leak"\n{levels}', user("test"))
        room = Room(at)
        ticket = await room.ticket()
        policy = (await store.roster.current()).policy("gas_leak")
        dispatch = await store.dispatches.open(ticket.id, policy, actor=HOTLINE)
        assert await room.order(NEXT, ticket, after=0) is RequestOutcome.NOT_RINGING
        round_ = asyncio.create_task(room.follow_up.round(dispatch.id, 1))
        first = await at.exchange.rings("a")
        assert await room.order(NEXT, ticket, after=0) is RequestOutcome.DONE
        second = await at.exchange.rings("b")
        assert await room.order(NEXT, ticket, "li", after=0) is RequestOutcome.ALREADY
        assert "sip:c@test" not in at.exchange.rung
        assert await room.order(NEXT, ticket, after=1) is RequestOutcome.DONE
        third = await at.exchange.rings("c")
        assert await room.order(NEXT, ticket, after=2) is RequestOutcome.NO_LEVEL
        for telephone in (first, second, third):
            assert telephone.close_reason is None
            telephone.refuse(CloseReason.NO_ANSWER)
        assert await round_ is RoundResult.NOBODY
        await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
        assert await room.order(NEXT, ticket, after=2) is RequestOutcome.NOT_RINGING


# -- somebody has it ------------------------------------------------------------------------


async def test_a_caller_on_the_line_hears_that_help_comes_when_somebody_has_it(
    store: Store, at_once: None
) -> None:
    async with site(store, "a") as at:
        room = Room(at)
        await at.caller.until("greeting")
        at.caller.hit("lift_entrapment", 0.97)
        telephone = await at.exchange.rings("a")
        ticket = await at.caller.ticket()
        assert ticket is not None
        dispatch = await room.last(ticket)
        await store.dispatches.acknowledge(dispatch.id, user("op"), AcknowledgedVia.DASHBOARD)
        assert await room.order(END, ticket, dispatch=dispatch.id) is RequestOutcome.DONE
        await at.caller.until("followup_owner")
        await until(lambda: telephone.close_reason is CloseReason.LOCAL)
        await at.caller.until("ticket_number")
        over = await room.last(ticket)
        assert (over.status, over.reason) == (DispatchStatus.CLOSED, "acknowledged")
        assert at.followed_up == [], "he was told"


async def test_a_caller_who_hangs_up_before_he_was_told_is_called(
    store: Store, at_once: None
) -> None:
    async with site(store, "a") as at:
        room = Room(at)
        await at.caller.until("greeting")
        at.caller.hit("lift_entrapment", 0.97)
        await at.exchange.rings("a")
        ticket = await at.caller.ticket()
        assert ticket is not None
        dispatch = await room.last(ticket)
        at.caller.book.LENGTH_MS = 60_000
        await store.dispatches.acknowledge(dispatch.id, user("op"), AcknowledgedVia.DASHBOARD)
        await room.order(END, ticket, dispatch=dispatch.id)
        await at.caller.until("followup_owner")
        at.caller.call.hang_up()
        await until(lambda: at.followed_up == [dispatch.id])
        assert (await room.last(ticket)).is_taken(store.clock.now())


async def test_a_press_that_was_taken_back_in_time_ends_nothing(room: Room) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    round_ = asyncio.create_task(room.follow_up.round(dispatch.id, 1))
    telephone = await room.at.exchange.rings("a")
    pressed = room.store.clock.now() - timedelta(seconds=10)
    dispatches = room.store.dispatches
    await dispatches.acknowledge(dispatch.id, user("op"), AcknowledgedVia.DASHBOARD, at=pressed)
    ending = asyncio.create_task(room.order(END, ticket, dispatch=dispatch.id))
    await asyncio.sleep(0.1)
    await dispatches.take_back(dispatch.id, user("op"))
    assert await ending is RequestOutcome.TAKEN_BACK
    await asyncio.sleep(1.5)
    assert telephone.close_reason is None
    telephone.refuse(CloseReason.BUSY)
    (await room.at.exchange.rings("b")).refuse(CloseReason.BUSY)
    assert await round_ is RoundResult.NOBODY


async def test_a_case_is_handed_over_to_who_accepts_it(room: Room) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    await room.store.dispatches.acknowledge(dispatch.id, user("op"), AcknowledgedVia.DASHBOARD)
    handing = asyncio.create_task(room.order(OVER, ticket, person="b"))
    await asyncio.sleep(0.2)
    assert not handing.done(), "the owner is being told who has it"
    await room.store.dispatches.move(
        dispatch.id, DispatchStatus.CLOSED, reason=DispatchReason.ACKNOWLEDGED, actor=HOTLINE
    )
    assert await handing is RequestOutcome.DONE
    fresh = await room.last(ticket)
    assert (fresh.order.person, fresh.order.once) == ("b", True)
    assert await room.order(OVER, ticket, "op", person="b") is RequestOutcome.DONE
    assert len(await room.store.dispatches.for_ticket(ticket.id)) == 2
    assert (await room.store.dispatches.get(dispatch.id)).acknowledged_by == "op"


async def test_the_end_of_a_search_that_is_over_is_no_fault(room: Room, at_once: None) -> None:
    ticket = await room.ticket()
    dispatch = await room.searched(ticket)
    await room.store.dispatches.move(
        dispatch.id, DispatchStatus.CLOSED, reason=DispatchReason.TALKED, actor=HOTLINE
    )
    for _ in range(2):
        assert await room.order(END, ticket, dispatch=dispatch.id) is RequestOutcome.DONE
