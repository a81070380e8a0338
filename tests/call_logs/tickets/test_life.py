"""The one table of moves: who may take which, from where, and with what written down."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from call_logs import Store
from call_logs.storage import IllegalMove, Lacking, NotAllowed, StoreError
from call_logs.tickets import (
    FIELDS,
    NOTE,
    TRANSITIONS,
    Affected,
    NewTicket,
    Ticket,
    TicketClass,
    TicketKind,
    TicketStatus,
    edit,
    moves_for,
    read_edit,
)
from call_logs.tickets.life import Rows, check_move
from call_logs.users import HOTLINE, Actor, Permission, Role, User
from tests.people import person

ACTORS = (HOTLINE, *(Actor(role.value, role) for role in Role))
NEEDED = ("cause", "affected", "plan", "result", "satisfaction", NOTE)
SAID: dict[str, Any] = {"satisfaction": 5, "affected": "several"}
NOTHING_SAID = dict.fromkeys((*FIELDS, NOTE), "")
ALL_SAID = dict.fromkeys((*FIELDS, NOTE), "said")


def targets(rows: Rows, status: TicketStatus) -> set[TicketStatus]:
    return {move.to for move in rows[status]}


def reachable(rows: Rows) -> set[TicketStatus]:
    found, ahead = {TicketStatus.RECEIVED}, [TicketStatus.RECEIVED]
    while ahead:
        fresh = targets(rows, ahead.pop()) - found
        found |= fresh
        ahead += fresh
    return found


@pytest.mark.parametrize("ticket_class", TicketClass)
def test_every_status_is_reached_and_none_is_a_dead_end(ticket_class: TicketClass) -> None:
    rows = TRANSITIONS[ticket_class]
    assert reachable(rows) == set(TicketStatus)
    assert all(rows[status] for status in TicketStatus)


@pytest.mark.parametrize("ticket_class", TicketClass)
def test_no_ticket_closes_before_the_owner_was_told(ticket_class: TicketClass) -> None:
    rows = TRANSITIONS[ticket_class]
    closing = {status for status in TicketStatus if TicketStatus.CLOSED in targets(rows, status)}
    assert closing == {TicketStatus.FEEDBACK_GIVEN, TicketStatus.SURVEYED}


def test_an_important_ticket_needs_a_plan_and_its_approval() -> None:
    for status in (TicketStatus.REGISTERED, TicketStatus.INVESTIGATING):
        assert TicketStatus.IN_PROGRESS not in targets(TRANSITIONS[TicketClass.IMPORTANT], status)
        assert TicketStatus.IN_PROGRESS in targets(TRANSITIONS[TicketClass.GENERAL], status)


def test_an_urgent_ticket_is_helped_first_and_planned_after() -> None:
    rows = TRANSITIONS[TicketClass.URGENT]
    assert TicketStatus.IN_PROGRESS in targets(rows, TicketStatus.RECEIVED)
    assert TicketStatus.PLANNED in targets(rows, TicketStatus.RESOLVED)
    assert TicketStatus.FEEDBACK_GIVEN in targets(rows, TicketStatus.APPROVED)


@pytest.mark.parametrize("ticket_class", TicketClass)
@pytest.mark.parametrize("status", TicketStatus)
@pytest.mark.parametrize("actor", ACTORS, ids=lambda actor: actor.name)
def test_a_move_is_shown_exactly_when_it_can_be_taken(
    ticket_class: TicketClass, status: TicketStatus, actor: Actor
) -> None:
    shown = {move.to: move for move in moves_for(ticket_class, status, actor)}
    for target in TicketStatus:
        if target in shown:
            check_move(ticket_class, status, target, actor, ALL_SAID)
            if shown[target].needs:
                with pytest.raises(Lacking) as lacking:
                    check_move(ticket_class, status, target, actor, NOTHING_SAID)
                assert lacking.value.fields == shown[target].needs
        elif target in targets(TRANSITIONS[ticket_class], status):
            with pytest.raises(NotAllowed):
                check_move(ticket_class, status, target, actor, ALL_SAID)
        else:
            with pytest.raises(IllegalMove):
                check_move(ticket_class, status, target, actor, ALL_SAID)


def test_only_heads_approve_and_the_program_never_does() -> None:
    approving = {actor.name for actor in ACTORS if actor.may(Permission.APPROVE)}
    assert approving == {"manager", "admin"}


def test_every_role_that_works_on_tickets_can_refuse_and_reopen_with_a_reason() -> None:
    for rows in TRANSITIONS.values():
        moves = [move for row in rows.values() for move in row]
        assert all(NOTE in move.needs for move in moves if move.to is TicketStatus.REOPENED)


@pytest.fixture
async def ticket(sqlite_store: Store) -> Ticket:
    return await sqlite_store.tickets.open(NewTicket(TicketKind.COMPLAINT))


async def test_whoever_may_not_work_on_tickets_changes_none(
    sqlite_store: Store, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("call_logs.users.actor.may", lambda role, permission: False)
    guest = person("guest")
    tickets = sqlite_store.tickets
    for attempt in (
        tickets.update(ticket.id, guest, edit(room="1")),
        tickets.move(ticket.id, TicketStatus.REGISTERED, guest),
        tickets.note(ticket.id, guest, "hello"),
        tickets.open(NewTicket(TicketKind.OTHER, actor=guest)),
    ):
        with pytest.raises(NotAllowed):
            await attempt
    assert await tickets.get(ticket.id) == ticket


async def test_people_do_not_write_what_the_program_hears(
    sqlite_store: Store, ticket: Ticket
) -> None:
    with pytest.raises(NotAllowed, match="phrases"):
        await sqlite_store.tickets.update(ticket.id, person("li"), edit(phrases=("fire",)))


async def test_a_user_called_as_the_program_is_not_taken_for_it(
    sqlite_store: Store, ticket: Ticket
) -> None:
    with pytest.raises(StoreError, match="choose another name"):
        await sqlite_store.users.add("Hotline", "a long password", Role.OPERATOR, HOTLINE)
    of_before = User(7, "hotline", "", Role.ENGINEER, "en", True, False, ticket.opened_at, None)
    actor = Actor.of(of_before)
    for person_of in (actor, Actor.on_call("hotline")):
        assert person_of.is_person
        assert person_of.name != HOTLINE.name


Step = tuple[TicketStatus, Actor, frozenset[str]]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(TicketStatus),
        st.sampled_from(ACTORS),
        st.frozensets(st.sampled_from(NEEDED)),
    ),
    max_size=60,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ticket_class=st.sampled_from(TicketClass), steps=STEPS)
async def test_on_no_way_is_an_approval_skipped_or_anything_lost(
    sqlite_store: Store, ticket_class: TicketClass, steps: list[Step]
) -> None:
    """Anybody tries anything in any order; what was let through is looked at afterwards."""
    store = sqlite_store
    ticket = await store.tickets.open(
        NewTicket(TicketKind.COMPLAINT, ticket_class, category="lighting")
    )
    taken: list[tuple[TicketStatus, TicketStatus, Actor]] = []
    for target, actor, said in steps:
        before = ticket
        changes = read_edit({name: SAID.get(name, "said") for name in said if name != NOTE})
        note = "said" if NOTE in said else ""
        try:
            ticket = await store.tickets.move(ticket.id, target, actor, note, changes=changes)
        except (IllegalMove, NotAllowed, Lacking):
            assert await store.tickets.get(ticket.id) == before
            continue
        taken.append((before.status, target, actor))
        facts: dict[str, Any] = vars(ticket) | {NOTE: note}
        (move,) = (move for move in TRANSITIONS[ticket_class][before.status] if move.to is target)
        assert actor.may(move.right)
        assert all(facts[name] for name in move.needs)
        assert all(getattr(ticket, name) == value for name, value in changes.values.items())
    history = await store.tickets.history(ticket.id)
    moves = [line for line in history if line.action == "moved"]
    assert [line.changes["status"] for line in moves] == [way[:2] for way in taken]
    assert [line.actor for line in moves] == [actor.name for *_, actor in taken]
    if ticket_class is TicketClass.IMPORTANT:
        approved = False
        for before_status, after, actor in taken:
            approved = after is TicketStatus.APPROVED or (
                approved and after is not TicketStatus.PLANNED
            )
            if before_status is not TicketStatus.REOPENED and after is TicketStatus.IN_PROGRESS:
                assert approved
            if after is TicketStatus.APPROVED:
                assert actor.role in {Role.MANAGER, Role.ADMIN}


@pytest.mark.parametrize(("score", "after"), [(2, "reopened"), (3, "surveyed")])
async def test_who_is_not_content_has_the_ticket_reopened(
    sqlite_store: Store, ticket: Ticket, score: int, after: str
) -> None:
    tickets = sqlite_store.tickets
    for status in ("registered", "resolved", "feedback_given"):
        ticket = await tickets.move(
            ticket.id, TicketStatus(status), person("li"), changes=edit(result="done")
        )
    surveyed = await tickets.move(
        ticket.id, TicketStatus.SURVEYED, person("li"), changes=edit(satisfaction=score)
    )
    assert (surveyed.status, surveyed.satisfaction) == (after, score)
    last = (await tickets.history(ticket.id))[-1]
    assert last.actor == ("hotline" if after == "reopened" else "li")
    assert (surveyed.next_due_at is not None) == (after == "reopened")


async def test_no_step_changes_the_class_that_decides_which_steps_there_are(
    sqlite_store: Store,
) -> None:
    tickets = sqlite_store.tickets
    opened = await tickets.open(NewTicket(TicketKind.COMPLAINT, TicketClass.IMPORTANT))
    registered = await tickets.move(opened.id, TicketStatus.REGISTERED, person("li"))
    with pytest.raises(StoreError, match="ticket_class"):
        await tickets.move(
            opened.id,
            TicketStatus.IN_PROGRESS,
            person("li"),
            changes=edit(ticket_class=TicketClass.GENERAL),
        )
    assert await tickets.get(opened.id) == registered


OPERATOR, ENGINEER = person("olga", Role.OPERATOR), person("li", Role.ENGINEER)
LOWER = edit(ticket_class=TicketClass.GENERAL)


async def important(store: Store, *way: str) -> Ticket:
    """An important ticket that went this way, in a manager's name."""
    ticket = await store.tickets.open(
        NewTicket(
            TicketKind.COMPLAINT,
            TicketClass.IMPORTANT,
            category="lighting",
            affected=Affected.SEVERAL,
        )
    )
    for status in way:
        ticket = await store.tickets.move(
            ticket.id,
            TicketStatus(status),
            person("boss"),
            "a note",
            changes=edit(cause="a cause", plan="a plan") if status == "planned" else edit(),
        )
    return ticket


@pytest.mark.parametrize(
    "way",
    [
        ("registered", "investigating", "planned"),
        ("registered", "investigating", "planned", "investigating"),  # it was refused
        ("registered", "investigating", "planned", "approved", "in_progress"),
    ],
)
@pytest.mark.parametrize("actor", [OPERATOR, ENGINEER])
async def test_no_lower_class_spares_a_planned_ticket_its_approval(
    store: Store, way: tuple[str, ...], actor: Actor
) -> None:
    ticket = await important(store, *way)
    # An emptied field does not hide that there was a plan.
    ticket = await store.tickets.update(ticket.id, actor, edit(plan=""))
    for lower in (LOWER, edit(ticket_class=TicketClass.GENERAL, room="7")):
        with pytest.raises(NotAllowed, match="approve"):
            await store.tickets.update(ticket.id, actor, lower, note="why")
    assert await store.tickets.get(ticket.id) == ticket
    lowered = await store.tickets.update(ticket.id, person("boss"), LOWER)
    assert lowered.ticket_class is TicketClass.GENERAL


async def test_a_plan_that_is_only_written_counts_too_and_before_it_anybody_lowers(
    sqlite_store: Store,
) -> None:
    ticket = await important(sqlite_store, "registered", "investigating")
    written = await sqlite_store.tickets.update(ticket.id, OPERATOR, edit(plan="a new pump"))
    with pytest.raises(NotAllowed):
        await sqlite_store.tickets.update(written.id, OPERATOR, LOWER)
    other = await important(sqlite_store, "registered", "investigating")
    lowered = await sqlite_store.tickets.update(other.id, OPERATOR, LOWER)
    assert lowered.ticket_class is TicketClass.GENERAL


async def test_what_the_program_would_lower_stays_and_the_rest_of_its_change_is_kept(
    sqlite_store: Store,
) -> None:
    ticket = await important(sqlite_store, "registered", "investigating", "planned")
    changed = await sqlite_store.tickets.update(
        ticket.id, HOTLINE, edit(ticket_class=TicketClass.GENERAL, room="7")
    )
    assert (changed.ticket_class, changed.room) == (TicketClass.IMPORTANT, "7")
