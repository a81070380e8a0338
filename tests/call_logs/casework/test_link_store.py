"""Tickets are merged, split and linked, and none is ever lost by it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_logs import Store
from call_logs.casework import LinkRefused
from call_logs.roster import Level, Policy, Selector
from call_logs.storage import (
    IllegalMove,
    Lacking,
    NotAllowed,
    NotFound,
    VersionConflict,
)
from call_logs.tickets import (
    NewTicket,
    Ticket,
    TicketClass,
    TicketFilter,
    TicketStatus,
    edit,
)
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

OPERATOR = person("operator")
RING = Policy("fire", (Level((Selector.parse("on-call"),)),))
NOON = datetime(2026, 11, 27, 4, tzinfo=UTC)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def timed(open_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_store(clock=clock)


async def two(store: Store, **fields: object) -> tuple[Ticket, Ticket]:
    return (
        await store.tickets.open(NewTicket(text="没水了", building="3", **fields)),  # type: ignore[arg-type]
        await store.tickets.open(NewTicket(text="三号楼停水", building="3")),
    )


async def test_a_merged_ticket_is_worked_on_in_the_other_one(store: Store) -> None:
    one, other = await two(store)
    merged = await store.links.merge(one.id, other.id, OPERATOR, " the same pipe ")
    assert (merged.merged_into, merged.next_due_at, merged.open_deadlines) == (other.id, None, ())
    assert merged.text == one.text
    assert merged.status is one.status
    with pytest.raises(IllegalMove, match="merged"):
        await store.tickets.move(one.id, TicketStatus.REGISTERED, OPERATOR)
    links = await store.links.of(other.id)
    assert [each.id for each in links.took_in] == [one.id]
    assert (await store.links.of(one.id)).merged_into == await store.tickets.get(other.id)
    last = [(await store.tickets.history(each))[-1] for each in (one.id, other.id)]
    assert [(each.action, each.changes["other_ticket"][1]) for each in last] == [
        ("merged", other.number),
        ("took_in", one.number),
    ]
    assert {each.note for each in last} == {"the same pipe"}


async def test_a_merged_ticket_is_neither_open_nor_overdue_nor_gone(
    timed: Store, clock: TurnedClock
) -> None:
    one, other = await two(timed)
    await timed.links.merge(one.id, other.id, OPERATOR)
    await clock.turn(timedelta(days=9))
    counts = await timed.tickets.counts()
    assert (counts.open, counts.overdue) == (1, 1)
    for wanted in (TicketFilter(open=True), TicketFilter(overdue=True)):
        assert [each.id for each in (await timed.tickets.list(wanted)).items] == [other.id]
    assert (await timed.tickets.list()).total == 2
    found = await timed.tickets.by_number(one.number)
    assert (await timed.links.case_of(found)).id == other.id


async def test_a_merge_undone_gives_back_state_and_deadlines(
    timed: Store, clock: TurnedClock
) -> None:
    one, other = await two(timed)
    one = await timed.tickets.move(one.id, TicketStatus.REGISTERED, OPERATOR)
    await timed.links.merge(one.id, other.id, OPERATOR)
    await clock.turn(timedelta(hours=1))
    with pytest.raises(Lacking):
        await timed.links.unmerge(one.id, OPERATOR, " ")
    back = await timed.links.unmerge(one.id, OPERATOR, "another flat")
    same = ("status", "next_due_at", "feedback_due_at", "acknowledged_at", "merged_into")
    assert [getattr(back, name) for name in same] == [getattr(one, name) for name in same]
    assert await timed.links.case_of(back) == back
    with pytest.raises(IllegalMove, match="not merged"):
        await timed.links.unmerge(one.id, OPERATOR, "again")
    await timed.tickets.move(one.id, TicketStatus.IN_PROGRESS, OPERATOR)


async def test_what_was_merged_before_goes_along(store: Store) -> None:
    first, second = await two(store)
    third = await store.tickets.open(NewTicket(text="水"))
    await store.links.merge(first.id, second.id, OPERATOR)
    await store.links.merge(second.id, third.id, OPERATOR)
    assert (await store.links.case_of(await store.tickets.get(first.id))).id == third.id
    with pytest.raises(IllegalMove, match="merged itself"):
        await store.links.merge(third.id, first.id, OPERATOR)


async def test_what_may_not_be_merged_says_why_and_changes_nothing(store: Store) -> None:
    one, other = await two(store)
    urgent = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    urgent_too = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    done = await store.tickets.open(NewTicket(text="done"))
    for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED, TicketStatus.FEEDBACK_GIVEN):
        await store.tickets.move(done.id, status, OPERATOR, changes=edit(result="it is done"))
    done = await store.tickets.move(done.id, TicketStatus.CLOSED, OPERATOR)
    merge = store.links.merge
    for wrong, why in (
        ((one.id, one.id), "itself"),
        ((one.id, done.id), "closed"),
        ((done.id, one.id), "closed"),
        ((urgent.id, one.id), "lower class"),
        ((urgent.id, urgent_too.id), "nobody has taken"),
    ):
        with pytest.raises(IllegalMove, match=why):
            await merge(*wrong, OPERATOR)
    with pytest.raises(NotFound):
        await merge(one.id, 999, OPERATOR)
    with pytest.raises(VersionConflict):
        await merge(one.id, other.id, OPERATOR, version=77)
    for each in (one, other, urgent, done):
        assert await store.tickets.get(each.id) == each


async def test_a_ticket_for_which_people_are_rung_is_not_merged(store: Store) -> None:
    urgent = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT, category="fire"))
    other = await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT, category="fire"))
    await store.dispatches.open(urgent.id, RING, actor=HOTLINE)
    await store.tickets.update(urgent.id, OPERATOR, edit(room="1"))
    await store.tickets.move(urgent.id, TicketStatus.REGISTERED, OPERATOR)
    with pytest.raises(IllegalMove, match="being rung"):
        await store.links.merge(urgent.id, other.id, OPERATOR)


async def test_a_merged_ticket_that_becomes_urgent_is_not_forgotten(store: Store) -> None:
    """A transcript that comes late may say that somebody is in danger."""
    one, other = await two(store)
    await store.links.merge(one.id, other.id, OPERATOR)
    await store.tickets.update(one.id, OPERATOR, edit(ticket_class=TicketClass.URGENT))
    sought = await store.tickets.unsought(NOON - timedelta(days=1))
    assert [each.id for each in sought] == [one.id]


async def test_a_second_matter_is_a_ticket_of_its_own(store: Store) -> None:
    one, _ = await two(store, name="王女士", callback="13900139000", caller="13800138000")
    matter = edit(text="楼道灯也坏了", category="lighting")
    new = await store.links.split(one.id, matter, OPERATOR, key="k", version=one.version)
    again = await store.links.split(one.id, matter, OPERATOR, key="k", version=one.version)
    with pytest.raises(VersionConflict):  # a third matter, written after going back: told
        await store.links.split(one.id, edit(text="x"), OPERATOR, key="k", version=one.version)
    assert again.id == new.id
    assert (new.name, new.callback, new.caller, new.building) == (
        "王女士",
        "13900139000",
        "13800138000",
        "3",
    )
    assert (new.text, new.category, new.call_id) == ("楼道灯也坏了", "lighting", None)
    assert [each.id for each in (await store.links.of(one.id)).split_off] == [new.id]
    assert [each.id for each in (await store.links.of(new.id)).split_from] == [one.id]
    assert (await store.tickets.history(one.id))[-1].action == "split_off"
    assert (await store.tickets.list()).total == 3
    with pytest.raises(Lacking):
        await store.links.split(one.id, edit(room="1"), OPERATOR)
    with pytest.raises(VersionConflict):
        await store.links.split(one.id, edit(text="third"), OPERATOR, version=one.version)
    assert (await store.tickets.list()).total == 3


async def test_two_who_link_the_same_two_make_one_link(store: Store) -> None:
    one, other = await two(store)
    await asyncio.gather(
        *(store.links.relate(*pair, OPERATOR) for pair in ((one.id, other.id), (other.id, one.id)))
    )
    for first, second in ((one, other), (other, one)):
        assert [each.id for each in (await store.links.of(first.id)).related] == [second.id]
    assert [c.action for c in await store.tickets.history(one.id)] == ["opened", "linked"]
    await store.links.unrelate(other.id, one.id, OPERATOR)
    await store.links.unrelate(other.id, one.id, OPERATOR)
    assert (await store.links.of(one.id)).related == ()
    assert [c.action for c in await store.tickets.history(one.id)][2:] == ["unlinked"]


async def test_a_role_without_the_right_changes_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = await two(store)
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    for try_it in (
        store.links.merge(one.id, other.id, OPERATOR),
        store.links.unmerge(one.id, OPERATOR, "why"),
        store.links.split(one.id, edit(text="x"), OPERATOR),
        store.links.relate(one.id, other.id, OPERATOR),
        store.links.unrelate(one.id, other.id, OPERATOR),
    ):
        with pytest.raises(NotAllowed):
            await try_it
    assert await store.tickets.get(one.id) == one


CHANGES = st.lists(
    st.tuples(st.sampled_from(["merge", "unmerge", "split"]), st.integers(0, 4), st.integers(0, 4)),
    max_size=14,
)


@given(changes=CHANGES)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_path_of_merges_splits_and_undoings_loses_a_ticket(
    sqlite_store: Store, changes: list[tuple[str, int, int]]
) -> None:
    """Every number still finds a ticket that is worked on, and what was told stays as it was."""
    store = sqlite_store
    tickets = [await store.tickets.open(NewTicket(text=f"matter {each}")) for each in range(5)]
    for what, one, two in changes:
        try:
            if what == "merge":
                await store.links.merge(tickets[one].id, tickets[two].id, OPERATOR)
            elif what == "unmerge":
                await store.links.unmerge(tickets[one].id, OPERATOR, "no")
            else:
                new = await store.links.split(tickets[one].id, edit(text="second"), OPERATOR)
                tickets.append(new)
        except LinkRefused:
            pass  # any other error is a fault
    cases = set()
    for ticket in tickets:
        found = await store.tickets.by_number(ticket.number)
        assert found.text == ticket.text
        async with asyncio.timeout(5):
            case = await store.links.case_of(found)
        assert case.merged_into is None
        assert case.next_due_at is not None
        cases.add(case.id)
    wanted = TicketFilter(open=True, limit=200, since=tickets[0].opened_at)
    own = {ticket.id for ticket in tickets}
    assert {each.id for each in (await store.tickets.list(wanted)).items} & own == cases


async def test_the_hurry_of_a_merged_ticket_is_kept_unless_an_approver_writes_why(
    store: Store,
) -> None:
    """Also through a second merge, and not by the way of the merged one."""
    urgent, middle, last = [
        await store.tickets.open(NewTicket(ticket_class=TicketClass.URGENT)) for _ in range(3)
    ]
    for each in (urgent, middle, last):
        await store.tickets.move(each.id, TicketStatus.REGISTERED, OPERATOR)
    await store.links.merge(urgent.id, middle.id, OPERATOR)
    await store.links.merge(middle.id, last.id, OPERATOR)
    lower = edit(ticket_class=TicketClass.GENERAL)
    clerk = person("clerk", Role.OPERATOR)
    for each in (urgent, middle, last):
        with pytest.raises(NotAllowed, match="merged"):
            await store.tickets.update(each.id, clerk, lower, note="it is nothing")
        with pytest.raises(Lacking):
            await store.tickets.update(each.id, OPERATOR, lower, note=" ")
        kept = await store.tickets.update(each.id, HOTLINE, lower)
        assert kept.ticket_class is TicketClass.URGENT
    lowered = await store.tickets.update(last.id, OPERATOR, lower, note="a false alarm")
    assert lowered.ticket_class is TicketClass.GENERAL
    assert (await store.tickets.history(last.id))[-1].note == "a false alarm"
    # A second one of no lower class keeps nothing.
    one, other = await two(store)
    await store.tickets.update(other.id, OPERATOR, edit(ticket_class=TicketClass.IMPORTANT))
    await store.links.merge(one.id, other.id, OPERATOR)
    lowered = await store.tickets.update(other.id, clerk, lower)
    assert lowered.ticket_class is TicketClass.GENERAL
