"""What is counted, against what is in the store; time zones, edges, and who may know it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from call_logs import Store
from call_logs.calls import OUTGOING, NewCall
from call_logs.reports import Statistics, Step, pages
from call_logs.storage import InvalidValue, NotAllowed
from call_logs.tables.calls import CallRow
from call_logs.tables.tickets import TicketRow
from call_logs.tickets import NewTicket, Ticket, TicketClass, TicketFilter, TicketKind, TicketStatus
from call_logs.users import Actor, Role
from tests.call_logs.conftest import call_id
from tests.people import WRITTEN, person

ZONE = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
START = datetime(2026, 10, 1, tzinfo=ZONE)


async def october(store: Store) -> Statistics:
    return await store.reports.statistics(person("wang"), FIRST, LAST)


async def opened(store: Store, at: datetime, **fields: object) -> Ticket:
    return await store.tickets.open(NewTicket(TicketKind.REPAIR, opened_at=at, **fields))  # type: ignore[arg-type]


async def stamp(store: Store, ticket: Ticket, **moments: datetime) -> None:
    async with store.session() as session:
        await session.execute(update(TicketRow).where(TicketRow.id == ticket.id).values(**moments))


async def called(
    store: Store, at: datetime, answered_after_s: float | None, *, missed: bool = False, **new: str
) -> None:
    id = call_id()
    store.calls.begin(NewCall(id=id, started_at=at, **new))  # type: ignore[arg-type]
    store.calls.end(id, "caller")
    await store.calls.flush()
    answered = None if answered_after_s is None else at + timedelta(seconds=answered_after_s)
    async with store.session() as session:
        values = {"answered_at": answered, "missed": missed}
        await session.execute(update(CallRow).where(CallRow.id == id).values(**values))


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.OPERATOR])
async def test_who_may_not_see_reports_gets_none(sqlite_store: Store, role: Role) -> None:
    with pytest.raises(NotAllowed):
        await sqlite_store.reports.statistics(person("li", role), FIRST, LAST)


@pytest.mark.parametrize(("first", "last"), [(LAST, FIRST), (date(2000, 1, 1), LAST)])
async def test_days_in_the_wrong_order_or_too_many_are_refused(
    sqlite_store: Store, first: date, last: date
) -> None:
    with pytest.raises(InvalidValue):
        await sqlite_store.reports.statistics(person("wang"), first, last)


async def test_every_count_is_that_of_the_tickets_themselves(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "ROWS", 7)
    chance = Random(3)
    for _ in range(60):
        ticket = await opened(
            store,
            # Many in the same second: a page must neither lose nor repeat one of them.
            START + timedelta(days=chance.randrange(-3, 34), hours=chance.randrange(24)),
            ticket_class=chance.choice(list(TicketClass)),
            category=chance.choice(["lighting", "noise", ""]),
            building=chance.choice(["1", "3", ""]),
            satisfaction=chance.choice([None, 2, 5]),
        )
        took = timedelta(minutes=chance.randrange(1, 5000))
        if chance.random() < 0.7:
            done = ticket.opened_at + took
            await stamp(store, ticket, acknowledged_at=done, resolved_at=done + took)
    everything = (await store.tickets.list(TicketFilter(limit=200))).items
    tickets = [
        each for each in everything if FIRST <= each.opened_at.astimezone(ZONE).date() <= LAST
    ]

    found = await october(store)

    assert 30 < found.tickets == len(tickets) < 60
    assert found.by_category == Counter(each.category for each in tickets)
    assert found.by_building == Counter(each.building for each in tickets)
    assert list(found.by_building.values()) == sorted(found.by_building.values(), reverse=True)
    assert found.by_class == {
        each: sum(ticket.ticket_class is each for ticket in tickets) for each in TicketClass
    }
    assert found.by_hour == tuple(
        sum(each.opened_at.astimezone(ZONE).hour == hour for each in tickets) for hour in range(24)
    )
    assert [point.day for point in found.trend] == [FIRST + timedelta(days) for days in range(31)]
    assert [point.tickets for point in found.trend] == [
        sum(each.opened_at.astimezone(ZONE).date() == point.day for each in tickets)
        for point in found.trend
    ]
    scores = [each.satisfaction for each in tickets if each.satisfaction]
    assert found.satisfaction == pytest.approx(sum(scores) / len(scores))
    took_s = sorted(
        (each.acknowledged_at - each.opened_at).total_seconds()
        for each in tickets
        if each.acknowledged_at
    )
    times = found.times["acknowledge"]
    assert times.count == len(took_s)
    assert times.median_s in took_s
    assert abs(times.median_s - median(took_s)) <= max(took_s)
    late = [
        each
        for each in tickets
        if (each.acknowledged_at or store.clock.now()) > each.acknowledge_due_at
    ]
    assert times.missed == len(late)
    assert times.kept == len(tickets) - len(late)
    assert found.times["resolve"].kept is None
    assert found.times["resolve"].share_kept is None


async def test_a_month_has_its_first_and_last_moment_by_the_sites_clock(store: Store) -> None:
    for at in (
        START - timedelta(seconds=1),
        START,
        START + timedelta(days=31, seconds=-1),
        START + timedelta(days=31),
    ):
        await opened(store, at.astimezone(UTC), text=str(at))

    found = await october(store)

    assert found.tickets == 2
    assert (found.trend[0].tickets, found.trend[-1].tickets) == (1, 1)


async def test_reopened_tickets_count_once_and_their_history_tells(sqlite_store: Store) -> None:
    store = sqlite_store
    boss = person("wang")
    once, never = [await opened(store, START) for _ in range(2)]
    for ticket in (once, never):
        for status in (TicketStatus.REGISTERED, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED):
            await store.tickets.move(ticket.id, status, boss, changes=WRITTEN)
        await store.tickets.move(ticket.id, TicketStatus.FEEDBACK_GIVEN, boss, changes=WRITTEN)
    for _ in range(2):
        await store.tickets.move(once.id, TicketStatus.REOPENED, boss, "again")
        for status in (TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED):
            await store.tickets.move(once.id, status, boss, changes=WRITTEN)
        await store.tickets.move(once.id, TicketStatus.FEEDBACK_GIVEN, boss, changes=WRITTEN)

    assert (await october(store)).reopened == 1


async def test_calls_are_held_against_the_norm(store: Store) -> None:
    for answered_after_s in (0.1, 15.0, 15.1, None):
        await called(store, START, answered_after_s)
    await called(store, START, 1.0, missed=True)
    await called(store, START, 1.0, direction=OUTGOING, callee="13812345678")
    await called(store, START - timedelta(seconds=1), 1.0)

    calls = (await october(store)).calls

    assert (calls.incoming, calls.answered, calls.answered_in_time) == (5, 4, 3)
    assert (calls.abandoned, calls.missed) == (1, 1)
    assert (calls.share_in_time, calls.share_answered, calls.keeps_norm) == (0.6, 0.8, False)
    assert calls.median_s == 1.0


async def test_a_time_without_anything_has_zeros_and_no_shares(sqlite_store: Store) -> None:
    found = await october(sqlite_store)

    assert (found.tickets, found.satisfaction, found.calls.keeps_norm) == (0, None, None)
    assert found.times["acknowledge"].median_s is None
    assert len(found.trend) == 31


async def test_a_drill_is_in_no_statistic(sqlite_store: Store) -> None:
    roster = await sqlite_store.roster.current()
    await sqlite_store.dispatches.open_drill(roster.policy("fire"), Actor.in_name_of("wang"))
    today = sqlite_store.clock.now().astimezone(ZONE).date()

    found = await sqlite_store.reports.statistics(person("wang"), today, today)

    assert (found.tickets, found.calls.incoming) == (0, 0)


@pytest.mark.parametrize(
    ("first", "last", "step", "points"),
    [
        (date(2026, 10, 1), date(2026, 10, 31), Step.DAY, 31),
        (date(2026, 1, 1), date(2026, 12, 31), Step.WEEK, 53),
        (date(2025, 1, 15), date(2026, 12, 31), Step.MONTH, 24),
    ],
)
async def test_the_trend_has_every_step_also_those_without_a_ticket(
    sqlite_store: Store, first: date, last: date, step: Step, points: int
) -> None:
    await opened(sqlite_store, START)

    found = await sqlite_store.reports.statistics(person("wang"), first, last)

    assert (found.step, len(found.trend)) == (step, points)
    assert sum(point.tickets for point in found.trend) == 1


@pytest.mark.parametrize(
    ("minutes", "median_s", "p90_s"),
    [([], None, None), ([7], 420, 420), ([3, 1, 2], 120, 180), (list(range(1, 11)), 300, 540)],
)
async def test_a_rank_is_a_value_that_there_is(
    store: Store, minutes: list[int], median_s: float | None, p90_s: float | None
) -> None:
    for each in minutes:
        ticket = await opened(store, START)
        await stamp(store, ticket, acknowledged_at=START + timedelta(minutes=each))

    times = (await october(store)).times["acknowledge"]

    assert (times.count, times.median_s, times.p90_s) == (len(minutes), median_s, p90_s)


async def test_a_merged_ticket_is_neither_open_nor_late(store: Store) -> None:
    one, other = [await opened(store, START) for _ in range(2)]
    await store.links.merge(one.id, other.id, person("li"))
    found = await october(store)
    assert (found.tickets, found.open) == (2, 1)
    late = [found.times[name].missed for name in ("acknowledge", "on_site", "feedback")]
    assert late == [1, 1, 1]
