"""The watch: an urgent ticket has a search, an acceptance, or a person's no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from call_logs import Store
from call_logs.dispatches import AcknowledgedVia, AttemptStatus, DispatchStatus
from call_logs.dispatches.store import DispatchStore
from call_logs.storage import Keys, StoreBusy, StoreError
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketKind, TicketStatus, edit
from call_logs.users import HOTLINE
from ivr.after.watch import UrgentWatch
from tests.ivr.exchange import Site, site
from tests.people import person


class Searches:
    """The durable side, seen from here."""

    def __init__(self) -> None:
        self.running: set[str] = set()
        self.started: list[str] = []
        self.away = False
        self.without_jobs: list[tuple[str, bool]] = []

    async def ring_without_jobs(self, dispatch_id: str, *, notices: bool) -> None:
        self.without_jobs.append((dispatch_id, notices))

    async def start(self, dispatch_id: str) -> None:
        if self.away:
            raise RuntimeError("the jobs' database broke")
        self.started.append(dispatch_id)
        self.running.add(dispatch_id)

    def rings(self, dispatch_id: str) -> bool:
        return dispatch_id in self.running


class World:
    def __init__(self, at: Site) -> None:
        self.at = at
        self.store = at.store
        self.searches = Searches()
        self.now_s = 0.0
        self.watch = UrgentWatch(at.services, self.searches, clock=lambda: self.now_s)

    async def ticket(self, **fields: Any) -> Ticket:
        fields = {"ticket_class": TicketClass.URGENT, "category": "fire", **fields}
        return await self.store.tickets.open(NewTicket(TicketKind.EMERGENCY, **fields))

    async def look(self) -> None:
        with suppress(StoreError):  # what the loop tells health
            await self.watch.look()

    async def searched(self, ticket: Ticket) -> list[str]:
        """Ids of the ticket's open dispatches that a workflow follows up, after a look."""
        await self.look()
        found = await self.store.dispatches.for_ticket(ticket.id)
        return [
            each.id
            for each in found
            if each.status is not DispatchStatus.CLOSED and self.searches.rings(each.id)
        ]


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    async with site(store, "a") as at:
        yield World(at)


def of_an_earlier_run(store: Store) -> DispatchStore:
    return DispatchStore(store.dispatches._database, Keys.generate(), "CN")


async def test_an_open_dispatch_without_a_workflow_gets_one(world: World) -> None:
    ticket = await world.ticket()
    policy = (await world.store.roster.current()).policy("fire")
    dispatch = await world.store.dispatches.open(ticket.id, policy, actor=HOTLINE)
    assert await world.searched(ticket) == [dispatch.id]
    await world.look()
    assert world.searches.started == [dispatch.id]
    world.searches.running.clear()  # whatever the cause
    assert await world.searched(ticket) == [dispatch.id]


async def test_what_cannot_be_written_down_at_the_start_keeps_nobody_from_being_rung(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await world.ticket()
    roster, dispatches = await world.store.roster.current(), world.store.dispatches
    dispatch = await dispatches.open(ticket.id, roster.policy("fire"), actor=HOTLINE)
    (person,) = roster.people
    contact = person.contacts[0]
    before = of_an_earlier_run(world.store)
    cut_off = (await before.attempt(dispatch.id, person, contact, level=0, round=1)).id

    async def full(*_: Any, **__: Any) -> None:
        raise StoreBusy("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(dispatches, "outcome", full)
        with pytest.raises(StoreBusy):  # which health tells
            await world.watch.look()
        assert world.searches.started == [dispatch.id]
    rings = (await dispatches.attempt(dispatch.id, person, contact, level=0, round=2)).id
    await world.watch.look()
    found = {each.id: each.status for each in await dispatches.attempts(dispatch.id)}
    assert found == {cut_off: AttemptStatus.INTERRUPTED, rings: AttemptStatus.PLACED}


async def test_a_search_that_a_call_holds_is_left_to_it_until_it_lets_go(world: World) -> None:
    ticket = await world.ticket()
    policy = (await world.store.roster.current()).policy("fire")
    dispatch = await world.store.dispatches.open(ticket.id, policy, call_id="c" * 32, actor=HOTLINE)
    world.at.services.in_hand.add("c" * 32)
    assert await world.searched(ticket) == []
    world.at.services.in_hand.clear()
    assert await world.searched(ticket) == [dispatch.id]


async def test_a_search_of_another_node_is_left_to_it_while_it_does_anything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await world.ticket()
    policy = (await world.store.roster.current()).policy("fire")
    dispatch = await world.store.dispatches.open(ticket.id, policy, actor=HOTLINE)
    monkeypatch.setattr(world.store, "node", "renamed")
    assert await world.searched(ticket) == []
    monkeypatch.setattr("ivr.after.watch.QUIET", timedelta(0))
    assert await world.searched(ticket) == [dispatch.id]


async def test_a_drill_is_no_case(world: World) -> None:
    await world.look()  # what a stop has cut off is ended at the first look
    policy = (await world.store.roster.current()).policy("fire")
    await world.store.dispatches.open_drill(policy, HOTLINE)
    await world.look()
    assert world.searches.started == []


async def test_an_urgent_ticket_that_nobody_has_gets_a_search(world: World) -> None:
    assert len(await world.searched(await world.ticket())) == 1


@pytest.mark.parametrize("category", ["", "lighting"])
async def test_whatever_its_category_it_is_searched_for(world: World, category: str) -> None:
    assert len(await world.searched(await world.ticket(category=category))) == 1


async def test_a_call_that_goes_on_decides_itself_and_is_seen_to_when_it_is_over(
    world: World,
) -> None:
    await world.at.caller.session.open_ticket(TicketKind.REPAIR, TicketClass.URGENT)
    ticket = await world.at.caller.ticket()
    assert ticket is not None
    await world.store.live.flush()
    assert await world.searched(ticket) == []
    world.store.calls.end(world.at.caller.call.id, "remote")
    await world.store.live.flush()
    assert len(await world.searched(ticket)) == 1


async def test_a_ticket_raised_by_hand_rings_although_somebody_had_it_before(world: World) -> None:
    ticket = await world.ticket(ticket_class=TicketClass.GENERAL)
    await world.store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("li"))
    assert await world.searched(ticket) == []
    raised = await world.store.tickets.update(
        ticket.id, person("li"), edit(ticket_class=TicketClass.URGENT)
    )
    assert raised.acknowledged_at is None
    assert len(await world.searched(ticket)) == 1


async def test_who_raises_it_may_say_that_somebody_is_on_it(world: World) -> None:
    ticket = await world.ticket(ticket_class=TicketClass.GENERAL)
    raised = await world.store.tickets.update(
        ticket.id, person("li"), edit(ticket_class=TicketClass.URGENT), seen_to=True
    )
    assert raised.acknowledged_at is not None
    assert await world.searched(ticket) == []
    (change, *_) = [
        each
        for each in await world.store.tickets.history(ticket.id)
        if "acknowledged_at" in each.changes
    ]
    assert change.actor == "li"


async def test_what_the_hotline_raises_stays_with_who_has_it(world: World) -> None:
    ticket = await world.ticket(ticket_class=TicketClass.GENERAL)
    await world.store.tickets.move(ticket.id, TicketStatus.REGISTERED, person("li"))
    await world.store.tickets.update(ticket.id, HOTLINE, edit(ticket_class=TicketClass.URGENT))
    assert await world.searched(ticket) == []


@pytest.mark.parametrize(
    "status", [TicketStatus.REGISTERED, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED]
)
async def test_a_ticket_that_a_person_has_or_has_ended_rings_nobody(
    world: World, status: TicketStatus
) -> None:
    ticket = await world.ticket()
    if status is TicketStatus.RESOLVED:
        await world.store.tickets.move(ticket.id, TicketStatus.IN_PROGRESS, person("li"))
    await world.store.tickets.move(ticket.id, status, person("li"))
    assert await world.searched(ticket) == []


async def test_a_persons_no_ends_it(world: World) -> None:
    ticket = await world.ticket()
    await world.store.tickets.update(
        ticket.id, person("li"), edit(ticket_class=TicketClass.GENERAL)
    )
    assert await world.searched(ticket) == []


async def test_a_case_that_was_accepted_and_closed_is_not_searched_again(world: World) -> None:
    ticket = await world.ticket()
    (dispatch_id,) = await world.searched(ticket)
    await world.store.dispatches.acknowledge(dispatch_id, person("li"), AcknowledgedVia.DASHBOARD)
    await world.store.dispatches.move(dispatch_id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert await world.searched(ticket) == []


async def test_what_nobody_has_touched_for_a_day_wakes_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await world.ticket()
    monkeypatch.setattr("ivr.after.watch.FRESH", timedelta(seconds=-1))
    assert await world.searched(ticket) == []


async def test_one_that_cannot_be_seen_to_keeps_no_other_from_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await world.ticket(), await world.ticket()
    opened = world.store.dispatches.open

    async def broken(ticket_id: int, *args: Any, **fields: Any) -> Any:
        if ticket_id == first.id:
            raise StoreBusy("locked")
        return await opened(ticket_id, *args, **fields)

    monkeypatch.setattr(world.store.dispatches, "open", broken)
    assert len(await world.searched(second)) == 1


async def test_a_search_that_cannot_be_followed_up_is_told_after_a_minute(world: World) -> None:
    world.searches.away = True
    ticket = await world.ticket()
    await world.look()
    assert world.watch.unsearched == ()
    world.now_s = 61.0
    await world.look()
    (dispatch,) = await world.store.dispatches.for_ticket(ticket.id)
    assert list(world.watch.unsearched) == [dispatch.id]
    assert not world.watch.check().ok
    world.searches.away = False
    await world.look()
    await world.look()
    assert world.watch.unsearched == ()
    assert world.watch.check().ok


async def test_people_are_rung_although_no_workflow_can_be_had(world: World) -> None:
    world.searches.away = True
    ticket = await world.ticket()
    for _ in range(3):
        await world.look()
        await asyncio.sleep(0.05)
    (dispatch,) = await world.store.dispatches.for_ticket(ticket.id)
    rung = world.searches.without_jobs
    assert rung == [(dispatch.id, True), (dispatch.id, False), (dispatch.id, False)]


async def test_the_first_look_ends_the_drills_that_a_stop_cut_off(world: World) -> None:
    policy = (await world.store.roster.current()).policy("fire")
    cut_off = await of_an_earlier_run(world.store).open_drill(policy, HOTLINE)
    drill = await world.store.dispatches.open_drill(policy, HOTLINE)  # before the first look
    await world.look()
    assert (await world.store.dispatches.get(cut_off.id)).status is DispatchStatus.CLOSED
    assert (await world.store.dispatches.get(drill.id)).status is DispatchStatus.RINGING


async def test_it_looks_by_itself_for_as_long_as_the_program_runs(world: World) -> None:
    ticket = await world.ticket()
    world.watch.start()
    async with asyncio.timeout(20):
        while not world.searches.started:  # noqa: ASYNC110 - the loop does the work
            await asyncio.sleep(0.02)
    await world.watch.close()
    assert len(await world.store.dispatches.for_ticket(ticket.id)) == 1
