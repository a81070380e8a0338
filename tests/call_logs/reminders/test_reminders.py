"""Who is reminded when: on a turned clock, minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import text

from call_logs import Rules, Store
from call_logs.circles import Confidence
from call_logs.deadlines import Hours
from call_logs.dispatches import AcknowledgedVia, DispatchStatus
from call_logs.reminders import SITE, Level, Outcome, Reminder, ReminderRules
from call_logs.roster import Level as RosterLevel
from call_logs.roster import Policy, Selector
from call_logs.tickets import (
    Deadline,
    NewTicket,
    Ticket,
    TicketClass,
    TicketStatus,
    WaitsFor,
    edit,
)
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import OpenStore
from tests.people import WRITTEN, person
from tests.staff_world import away, company
from tests.turned_clock import TurnedClock

MONDAY = datetime(2026, 11, 30, 3, tzinfo=UTC)  # eleven in the morning in Shanghai
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OLGA = person("olga")
RING = Policy("fire", (RosterLevel((Selector.parse("on-call"),)),))
ALL_DAY = (Hours(time(0), time(0)),)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(MONDAY)


@pytest.fixture
async def staffed(open_sqlite_store: OpenStore, clock: TurnedClock) -> Store:
    store = await open_sqlite_store(clock=clock)
    await company(store)
    return store


async def send(store: Store, outcome: Outcome = Outcome.SENT) -> list[tuple[Level, str]]:
    """What is told now, and marked as told."""
    await store.reminders.tickets.make()
    await store.reminders.make_digests()
    told: list[tuple[Level, str]] = []
    for reminder_id in await store.reminders.waiting():
        reminder = await store.reminders.take(reminder_id)
        if reminder is not None:
            told.append((reminder.level, reminder.party))
            await store.reminders.ended(reminder, outcome)
    return told


async def over(
    store: Store, clock: TurnedClock, length: timedelta, step: timedelta
) -> dict[timedelta, list[tuple[Level, str]]]:
    """What is told while time passes: at which time since the start, to whom."""
    told = {}
    passed = timedelta(0)
    while passed < length:
        await clock.turn(step)
        passed += step
        if now := await send(store):
            told[passed] = now
    return told


async def important(store: Store, **fields: str) -> Ticket:
    """Of the class whose deadlines are 30 minutes and, twice, 24 hours."""
    return await store.tickets.open(
        NewTicket(ticket_class=TicketClass.IMPORTANT, actor=OLGA, **fields)  # type: ignore[arg-type]
    )


async def test_who_has_it_then_the_head_then_the_managers_are_told_once_for_each_deadline(
    staffed: Store, clock: TurnedClock
) -> None:
    await important(staffed, assignee="li")
    assert await send(staffed) == [(Level.ASSIGNED, "person:li")]
    told = await over(staffed, clock, timedelta(minutes=50), MINUTE)
    li, head, boss = "person:li", "person:head", "person:boss"
    assert told == {
        23 * MINUTE: [(Level.BEFORE, li)],  # a quarter of 30 minutes is left
        30 * MINUTE: [(Level.MISSED, li), (Level.MISSED, head)],
        45 * MINUTE: [(Level.MANAGERS, boss)],
    }
    # The visit and the feedback, both due in 24 hours, are one reminder. At night nobody is
    # told: 18 hours later it is five in the morning.
    told = await over(staffed, clock, timedelta(hours=48), 10 * MINUTE)
    named = {at + 50 * MINUTE: each for at, each in told.items()}
    digest = [(Level.DIGEST, li)]
    assert named == {
        21 * HOUR: [(Level.BEFORE, li), *digest],
        24 * HOUR: [(Level.MISSED, li), (Level.MISSED, head)],
        45 * HOUR: [(Level.MANAGERS, boss), *digest],
    }


@pytest.mark.parametrize("end", ["done", "closed", "paused", "moved", "resumed"])
async def test_a_deadline_that_is_met_moved_or_waits_reminds_nobody(
    staffed: Store, clock: TurnedClock, end: str
) -> None:
    ticket = await important(staffed, assignee="li")
    await send(staffed)
    if end == "done":
        await staffed.tickets.move(ticket.id, TicketStatus.REGISTERED, OLGA)
    elif end == "closed":
        await staffed.tickets.update(ticket.id, OLGA, edit(ticket_class=TicketClass.GENERAL))
        for status in ("registered", "resolved", "feedback_given", "closed"):
            await staffed.tickets.move(ticket.id, TicketStatus(status), OLGA, changes=WRITTEN)
    elif end == "moved":
        later = clock.now() + 10 * HOUR
        await staffed.deadlines.change(ticket.id, Deadline.ACKNOWLEDGE, later, OLGA, "why")
    else:
        await staffed.deadlines.pause(ticket.id, WaitsFor.OWNER, OLGA, "why")
    if end == "resumed":
        await clock.turn(5 * HOUR)
        await staffed.deadlines.resume(ticket.id, OLGA, "why")
    told = await over(staffed, clock, timedelta(minutes=29), MINUTE)
    expected = {23 * MINUTE: [(Level.BEFORE, "person:li")]} if end == "resumed" else {}
    assert told == expected


async def test_what_was_written_down_and_is_not_true_any_more_is_not_told(
    staffed: Store, clock: TurnedClock
) -> None:
    ticket = await important(staffed, assignee="li")
    await clock.turn(31 * MINUTE)
    await staffed.reminders.tickets.make()
    await staffed.tickets.move(ticket.id, TicketStatus.REGISTERED, OLGA)
    await staffed.tickets.update(ticket.id, OLGA, edit(assignee="wang"))
    assert await send(staffed) == [(Level.ASSIGNED, "person:wang")]
    told = await staffed.reminders.for_ticket(ticket.id)
    assert {each.outcome for each in told} == {Outcome.DROPPED, Outcome.SENT}


async def test_nobody_is_told_at_night_unless_it_is_urgent(
    staffed: Store, clock: TurnedClock
) -> None:
    await clock.turn(timedelta(hours=12))  # eleven at night
    await important(staffed, assignee="li")
    assert await send(staffed) == []
    told = await over(staffed, clock, 9 * HOUR, 30 * MINUTE)
    # In the morning what is true then, in one go; "before" is over.
    assert told == {
        9 * HOUR: [
            (Level.ASSIGNED, "person:li"),
            (Level.MISSED, "person:li"),
            (Level.MISSED, "person:head"),
            (Level.MANAGERS, "person:boss"),
            (Level.DIGEST, "person:li"),
        ]
    }


async def test_an_urgent_ticket_that_nobody_holds_rings_one_manager_after_the_other(
    staffed: Store, clock: TurnedClock
) -> None:
    await clock.turn(timedelta(hours=12))  # eleven at night
    ticket = await staffed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    told = await over(staffed, clock, 15 * MINUTE, MINUTE)
    rings = {at: [who for level, who in each if level is Level.RING] for at, each in told.items()}
    assert {at: who for at, who in rings.items() if who} == {10 * MINUTE: ["person:boss"]}
    await staffed.tickets.move(ticket.id, TicketStatus.REGISTERED, OLGA)  # somebody has it
    told = await over(staffed, clock, 60 * MINUTE, MINUTE)
    assert not [each for now in told.values() for each in now if each[0] is Level.RING]


async def test_the_second_manager_is_rung_when_the_first_did_not_help_and_then_nobody(
    staffed: Store, clock: TurnedClock
) -> None:
    await staffed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    told = await over(staffed, clock, 90 * MINUTE, MINUTE)
    rung = {at: who for at, now in told.items() for level, who in now if level is Level.RING}
    assert rung == {10 * MINUTE: "person:boss", 20 * MINUTE: "person:second"}


@pytest.mark.parametrize("how", ["raised", "given back"])
async def test_managers_are_rung_one_after_the_other_from_when_nobody_holds_it(
    staffed: Store, clock: TurnedClock, how: str
) -> None:
    """Not both at once for a ticket that is hours old."""
    if how == "raised":
        ticket = await important(staffed)
        await clock.turn(5 * HOUR)
        await staffed.tickets.update(ticket.id, OLGA, edit(ticket_class=TicketClass.URGENT))
    else:
        ticket = await staffed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
        search = await staffed.dispatches.open(ticket.id, RING, actor=HOTLINE)
        await clock.turn(5 * HOUR)
        await staffed.dispatches.acknowledge(search.id, OLGA, AcknowledgedVia.DASHBOARD)
        await staffed.dispatches.take_back(search.id, OLGA)
        await staffed.dispatches.move(search.id, DispatchStatus.CLOSED, actor=OLGA)
    told = await over(staffed, clock, 30 * MINUTE, MINUTE)
    rung = {at: who for at, now in told.items() for level, who in now if level is Level.RING}
    assert rung == {10 * MINUTE: "person:boss", 20 * MINUTE: "person:second"}


async def test_a_manager_who_was_rung_is_not_rung_again_when_a_search_begins_anew(
    staffed: Store, clock: TurnedClock
) -> None:
    ticket = await staffed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    rung: list[tuple[timedelta, str]] = []
    start = clock.now()
    for _ in range(4):
        search = await staffed.dispatches.open(ticket.id, RING, actor=HOTLINE)
        told = await over(staffed, clock, 15 * MINUTE, MINUTE)
        rung += [
            (clock.now() - start, who)
            for now in told.values()
            for level, who in now
            if level is Level.RING
        ]
        await staffed.dispatches.move(search.id, DispatchStatus.CLOSED, actor=OLGA)
        # No part of the ticket has changed: what lets reminders look is the search.
        await staffed.tickets.update(ticket.id, OLGA, edit(room=str(len(rung))))
    await over(staffed, clock, 60 * MINUTE, MINUTE)
    assert [who for _, who in rung].count("person:boss") == 1


@pytest.mark.parametrize(
    ("assignee", "category", "told"),
    [
        ("", "lighting", "person:head"),  # the department that takes such matters
        ("", "noise", "person:boss"),
        ("repairs", "noise", "person:head"),
        ("second", "lighting", "person:head"),  # has it, and cannot be told
        ("olga", "noise", "person:boss"),  # a user who is nobody of the roster
    ],
)
async def test_who_is_reminded_where_nobody_or_a_department_has_it(
    staffed: Store, clock: TurnedClock, assignee: str, category: str, told: str
) -> None:
    await staffed.users.add("olga", "a long password", Role.OPERATOR, HOTLINE)
    await important(staffed, assignee=assignee, category=category)
    await clock.turn(23 * MINUTE)
    assert (Level.BEFORE, told) in await send(staffed)


async def test_where_nobody_can_be_told_the_sites_own_addresses_are(
    open_sqlite_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_sqlite_store(clock=clock)
    await important(store)
    await clock.turn(23 * MINUTE)
    assert await send(store) == [(Level.BEFORE, SITE)]


async def test_who_is_away_has_a_stand_in_told(staffed: Store, clock: TurnedClock) -> None:
    ticket = await important(staffed, assignee="li")
    await send(staffed)
    await away(staffed, "li", "2026-11-29", "2026-12-02")
    await clock.turn(23 * MINUTE)
    assert await send(staffed) == [(Level.BEFORE, "person:head")]
    assert (await staffed.tickets.get(ticket.id)).assignee == "person:li"


async def test_what_a_head_has_missed_the_managers_are_told_and_not_the_deputy(
    staffed: Store, clock: TurnedClock
) -> None:
    await important(staffed, assignee="head")
    await clock.turn(30 * MINUTE)
    told = await send(staffed)
    missed = {who for level, who in told if level is Level.MISSED}
    assert missed == {"person:head", "person:boss"}


async def test_a_kill_at_any_moment_loses_nothing_and_tells_at_most_one_message_again(
    open_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_store(clock=clock)
    await company(store)
    for _ in range(3):
        await important(store, assignee="li")
    await clock.turn(31 * MINUTE)
    sent: list[int] = []

    def told(reminder: Reminder) -> None:
        sent.append(reminder.id)

    async def one_by_one(killed_at: int | None) -> None:
        for count, reminder_id in enumerate(await store.reminders.waiting()):
            reminder = await store.reminders.take(reminder_id)
            if reminder is None:
                continue
            told(reminder)
            if count == killed_at:
                return  # sent, and never marked
            await store.reminders.ended(reminder, Outcome.SENT)

    await store.reminders.tickets.make()
    await store.reminders.tickets.make()  # two programs, or one after a kill: nothing twice
    await one_by_one(killed_at=4)
    await one_by_one(killed_at=None)  # the next start: what was taken is not given again yet
    await clock.turn(6 * MINUTE)
    await store.reminders.tickets.make()
    await one_by_one(killed_at=None)
    assert len(sent) == len(set(sent)) + 1
    assert len(set(sent)) == 9  # three tickets: theirs, late, and late to the head
    assert await store.reminders.waiting() == ()


async def test_two_programs_do_not_tell_the_same(staffed: Store, clock: TurnedClock) -> None:
    await important(staffed, assignee="li")
    (reminder_id,) = await staffed.reminders.waiting()
    assert await staffed.reminders.take(reminder_id) is not None
    assert await staffed.reminders.take(reminder_id) is None


async def test_what_no_address_took_is_tried_again_and_given_up_in_the_end(
    staffed: Store, clock: TurnedClock
) -> None:
    ticket = await important(staffed, assignee="li")
    await staffed.tickets.move(ticket.id, TicketStatus.REGISTERED, OLGA)
    tries = 0
    for _ in range(30):
        tries += len(await send(staffed, Outcome.FAILED))
        await clock.turn(10 * MINUTE)
    assert tries == 5
    (told,) = await staffed.reminders.for_ticket(ticket.id)
    assert told.outcome is Outcome.FAILED
    assert await staffed.reminders.untold(clock.now() - timedelta(days=1)) == 1


async def test_after_a_long_stop_no_telephone_rings_for_what_is_no_emergency_any_more(
    staffed: Store, clock: TurnedClock
) -> None:
    await staffed.tickets.open(NewTicket(ticket_class=TicketClass.URGENT))
    await clock.turn(timedelta(days=2))
    assert Level.RING not in {level for level, _ in await send(staffed)}


async def test_an_upgrade_or_a_long_stop_does_not_tell_everybody_of_everything(
    staffed: Store, clock: TurnedClock
) -> None:
    await important(staffed, assignee="li")
    await send(staffed)
    await clock.turn(timedelta(days=30))
    await staffed.reminders.tickets.make()
    assert await staffed.reminders.waiting() == ()


async def test_a_digest_comes_each_morning_to_who_has_something(
    staffed: Store, clock: TurnedClock
) -> None:
    """Heads see what their department has; who is away, has nothing or no address gets none."""
    general = await staffed.tickets.open(NewTicket(assignee="li", actor=OLGA))
    await staffed.tickets.open(NewTicket(assignee="repairs", actor=OLGA))
    await staffed.tickets.open(NewTicket(assignee="second", actor=OLGA))
    await away(staffed, "li", "2026-12-02", "2026-12-02")
    mornings = {}
    for day in range(4):
        await clock.turn(timedelta(days=1) if day else 21 * HOUR)
        told = [who for level, who in await send(staffed) if level is Level.DIGEST]
        mornings[day] = told
        assert not [who for level, who in await send(staffed) if level is Level.DIGEST]
        if day == 2:
            await staffed.tickets.update(general.id, OLGA, edit(assignee=""))
    li, head = "person:li", "person:head"
    assert mornings == {0: [li, head], 1: [head], 2: [li, head], 3: [head]}


async def test_a_digest_counts_open_late_and_today(staffed: Store, clock: TurnedClock) -> None:
    roster = await staffed.roster.current()
    assert not await staffed.reminders.digest(roster.by_id["li"])
    late = await important(staffed, assignee="li", category="noise")
    today = await staffed.tickets.open(NewTicket(assignee="li", actor=OLGA))  # in 4 hours
    waits = await important(staffed, assignee="li")
    await staffed.deadlines.pause(waits.id, WaitsFor.PART, OLGA, "why")
    await clock.turn(HOUR)
    digest = await staffed.reminders.digest(roster.by_id["li"])
    assert (digest.open, digest.late, digest.today) == (3, 1, 1)
    assert [each.number for each in digest.late_ones] == [late.number]
    assert [each.number for each in digest.today_ones] == [today.number]


async def test_a_ticket_whose_words_cannot_be_opened_is_looked_at_like_any_other(
    staffed: Store, clock: TurnedClock
) -> None:
    broken = await important(staffed, assignee="li")
    whole = await important(staffed, assignee="wang")
    async with staffed.database.session() as session:
        await session.execute(text(f"UPDATE tickets SET text = 'x' WHERE id = {broken.id}"))
    await clock.turn(23 * MINUTE)
    assert (Level.BEFORE, "person:wang") in await send(staffed)
    assert [each.level for each in await staffed.reminders.for_ticket(whole.id)] == [
        Level.ASSIGNED,
        Level.BEFORE,
    ]
    failed = await staffed.reminders.for_ticket(broken.id)
    assert {each.outcome for each in failed} == {Outcome.FAILED}


@pytest.mark.parametrize(
    "quiet",
    [
        ReminderRules(before=0.0, hours=ALL_DAY, digest=None),
        ReminderRules(before=0.5, hours=ALL_DAY, digest=None),
    ],
)
async def test_the_share_is_that_of_the_configuration(
    open_sqlite_store: OpenStore, clock: TurnedClock, quiet: ReminderRules
) -> None:
    store = await open_sqlite_store(clock=clock, rules=Rules(reminders=quiet))
    await company(store)
    await important(store, assignee="li")
    await send(store)
    told = await over(store, clock, 29 * MINUTE, MINUTE)
    assert told == ({15 * MINUTE: [(Level.BEFORE, "person:li")]} if quiet.before else {})


@pytest.mark.parametrize(
    ("words", "category", "assignee", "told"),
    [
        ("下雨就漏水", "water_leak", "li", set()),
        ("我要打12345", "water_leak", "", {"person:head", "person:boss"}),
        ("我要打12345", "noise", "li", {"person:li", "person:head", "person:boss"}),
        ("我要打12345", "noise", "", {"person:boss"}),
    ],
)
async def test_a_high_risk_is_told_to_the_departments_concerned_and_the_managers(
    staffed: Store, words: str, category: str, assignee: str, told: set[str]
) -> None:
    await important(staffed, text=words, category=category, assignee=assignee)
    await send(staffed)
    for _ in range(2):  # once
        await staffed.risks.look()
    assert {party for level, party in await send(staffed) if level is Level.RISK} == told


async def test_a_lesser_risk_is_told_to_managers_once_it_has_become_high(
    staffed: Store, clock: TurnedClock
) -> None:
    heard = []
    for _ in range(6):
        await important(staffed, category="lighting", callback="13912345678")
        await staffed.risks.look()
        heard.append([each for each in await send(staffed) if each[0] is Level.RISK])
    head, boss = (Level.RISK, "person:head"), (Level.RISK, "person:boss")
    assert heard == [[], [], [head], [], [], [head, boss]]


async def test_a_risk_that_was_lifted_before_it_could_be_told_is_not(
    staffed: Store, clock: TurnedClock
) -> None:
    await clock.turn(timedelta(hours=11))  # ten in the evening
    ticket = await important(staffed, text="我要打12345", category="noise")
    await staffed.risks.look()
    assert await send(staffed) == []
    (risk,) = await staffed.risks.for_ticket(ticket.id)
    await staffed.risks.lift(risk.id, person("boss"), "they have spoken")
    await clock.turn(timedelta(hours=11))
    assert Level.RISK not in {level for level, _ in await send(staffed)}


async def test_a_risk_of_a_sensitive_ticket_is_told_to_its_circle_alone(staffed: Store) -> None:
    ticket = await important(staffed, text="我要打12345", category="water_leak", assignee="li")
    await staffed.users.add("li", "lamp water lift 42", Role.ENGINEER, HOTLINE)
    await staffed.users.update("li", HOTLINE, person="li")
    wanted = Confidence(True, handler="person:li")
    await staffed.confidential.put(ticket.id, wanted, person("boss"), "it is")
    await send(staffed)
    await staffed.risks.look()
    assert await send(staffed) == [(Level.RISK, "person:li")]


async def test_a_year_of_tickets_tells_each_thing_once(
    open_sqlite_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_sqlite_store(
        clock=clock, rules=Rules(reminders=ReminderRules(hours=ALL_DAY, digest=None))
    )
    await company(store)
    seen: list[tuple[int, Level, str, datetime]] = []
    for n in range(40):
        ticket = await store.tickets.open(
            NewTicket(ticket_class=list(TicketClass)[n % 3], assignee="li", actor=OLGA)
        )
        if n % 4 == 0:
            await store.deadlines.change(
                ticket.id, Deadline.FEEDBACK, clock.now() + 9 * HOUR, OLGA, "why"
            )
        for _ in range(4):
            await clock.turn(5 * HOUR)
            await send(store)
    await clock.turn(timedelta(days=3))
    await send(store)
    for id_ in range(1, 41):
        for each in await store.reminders.for_ticket(id_):
            seen.append((id_, each.level, each.party, each.moment))
    assert len(seen) == len(set(seen)) > 100
