"""Every row of the table in docs/decisions/owner-news.md, and what attacks it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from call_logs import Rules, Store
from call_logs.owners import CallRules, News, OwedState, TryOutcome
from call_logs.reminders import Level
from call_logs.roster import DUTY, Policy, Selector
from call_logs.roster import Level as RingLevel
from call_logs.storage import IllegalMove
from call_logs.tickets import (
    Affected,
    Deadline,
    NewsBy,
    NewsRules,
    NewsTopic,
    NewTicket,
    Ticket,
    TicketClass,
    TicketKind,
    TicketSource,
    TicketStatus,
    WaitsFor,
    edit,
)
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 7, tzinfo=UTC)  # three in the afternoon in Shanghai
RULES = CallRules(after=timedelta())
OPERATOR = person("operator")
MANAGER = person("manager")
BY_CALL = NewsRules(NewsBy.CALL)
OWNER = "13800138000"
S, T = OwedState, NewsTopic


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_sqlite_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_sqlite_store(clock=clock, rules=Rules(news=BY_CALL))


async def opened(store: Store, **fields: Any) -> Ticket:
    return await store.tickets.open(
        NewTicket(TicketKind.REPAIR, **{"callback": OWNER, "category": "lighting", **fields})
    )


async def steps(store: Store, ticket: Ticket, *statuses: TicketStatus, **changes: Any) -> Ticket:
    for status in statuses:
        ticket = await store.tickets.move(
            ticket.id, status, MANAGER, changes=edit(**changes) if changes else edit()
        )
    return ticket


async def resolved(store: Store, result: str = "灯已经修好", **fields: Any) -> Ticket:
    ticket = await opened(store, **fields)
    return await steps(store, ticket, TicketStatus.REGISTERED, TicketStatus.RESOLVED, result=result)


async def owed(store: Store, ticket: Ticket) -> list[tuple[NewsTopic, OwedState]]:
    return [(each.topic, each.state) for each in await store.owner_news.of_ticket(ticket.id)]


async def latest(store: Store, ticket: Ticket) -> News:
    return (await store.owner_news.of_ticket(ticket.id))[0]


async def calling(store: Store, ticket: Ticket) -> News:
    news = await latest(store, ticket)
    assert await store.owner_news.begin(news.id, RULES, can_call=True)
    return await store.owner_news.get(news.id)


# -- what is owed ------------------------------------------------------------------------


async def test_each_step_that_owners_hear_of_is_owed_in_its_own_transaction(
    open_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_store(clock=clock, rules=Rules(news=BY_CALL))
    ticket = await opened(store, ticket_class=TicketClass.IMPORTANT, source=TicketSource.MESSAGE)
    assert await owed(store, ticket) == [(T.RECEIVED, S.WAITING)]
    await steps(store, ticket, TicketStatus.REGISTERED, TicketStatus.INVESTIGATING)
    await steps(
        store,
        ticket,
        TicketStatus.PLANNED,
        TicketStatus.APPROVED,
        cause="old",
        affected=Affected.ONE,
        plan="new lamp",
    )
    assert await owed(store, ticket) == [(T.PLAN, S.WAITING), (T.RECEIVED, S.OVERTAKEN)]
    await steps(store, ticket, TicketStatus.IN_PROGRESS, news="师傅明天来")
    news = await latest(store, ticket)
    assert (news.topic, news.words, news.way) == (T.ON_THE_WAY, "师傅明天来", NewsBy.CALL)
    await store.deadlines.pause(ticket.id, WaitsFor.PART, OPERATOR, "no lamp")
    assert (await latest(store, ticket)).topic is T.DELAY
    await steps(store, ticket, TicketStatus.RESOLVED, result="灯已经修好")
    news = await latest(store, ticket)
    assert (news.topic, news.words, news.state) == (T.RESULT, "灯已经修好", S.WAITING)
    assert [state for _, state in await owed(store, ticket)].count(S.WAITING) == 1


async def test_the_words_of_a_result_that_are_written_later_are_owed_then(store: Store) -> None:
    ticket = await resolved(store, result="")
    assert await owed(store, ticket) == []
    await store.tickets.update(ticket.id, OPERATOR, edit(result="done"))
    assert await owed(store, ticket) == [(T.RESULT, S.WAITING)]


async def test_news_between_the_steps_is_owed_and_the_plan_of_ours_is_not_told(
    store: Store,
) -> None:
    ticket = await opened(store)
    await store.tickets.update(ticket.id, OPERATOR, edit(plan="internal"))
    assert await owed(store, ticket) == []
    await store.tickets.update(ticket.id, OPERATOR, edit(news="师傅明天来"))
    assert await owed(store, ticket) == [(T.PROGRESS, S.WAITING)]


async def test_a_deadline_put_off_or_missed_is_told_once(store: Store, clock: TurnedClock) -> None:
    ticket = await opened(store)
    later = ticket.feedback_due_at + timedelta(days=1)
    await store.deadlines.change(ticket.id, Deadline.FEEDBACK, later, OPERATOR, "parts")
    assert await owed(store, ticket) == [(T.DELAY, S.WAITING)]
    sooner = later - timedelta(hours=1)
    await store.deadlines.change(ticket.id, Deadline.FEEDBACK, sooner, OPERATOR, "came")
    assert len(await owed(store, ticket)) == 1
    await clock.turn(sooner - clock.now() + timedelta(minutes=1))
    for _ in range(3):
        await store.reminders.tickets.make()
    assert [topic for topic, _ in await owed(store, ticket)] == [T.DELAY, T.DELAY]


@pytest.mark.parametrize(
    ("rules", "fields", "expected"),
    [
        (NewsRules(), {}, None),
        (NewsRules(), {"news_by": NewsBy.MESSAGE}, NewsBy.MESSAGE),
        (BY_CALL, {"news_by": NewsBy.NONE}, None),
        (BY_CALL, {}, NewsBy.CALL),
        (NewsRules(NewsBy.CALL, frozenset({T.PLAN})), {}, None),
    ],
    ids=["site off", "owner wants it", "owner wants none", "site on", "topic off"],
)
async def test_the_owner_chooses_then_the_site(
    open_sqlite_store: OpenStore,
    clock: TurnedClock,
    rules: NewsRules,
    fields: dict[str, Any],
    expected: NewsBy | None,
) -> None:
    store = await open_sqlite_store(clock=clock, rules=Rules(news=rules))
    ticket = await resolved(store, **fields)
    ways = {each.way for each in await store.owner_news.of_ticket(ticket.id)}
    assert ways == ({expected} - {None})


async def test_what_an_owner_chose_holds_for_the_next_ticket_of_the_number(store: Store) -> None:
    first = await opened(store)
    await store.tickets.update(first.id, OPERATOR, edit(news_by=NewsBy.NONE))
    assert await owed(store, await resolved(store)) == []
    assert len(await owed(store, await resolved(store, callback="13900139000"))) == 1


async def test_a_choice_counts_at_once_for_what_waits(store: Store) -> None:
    ticket = await resolved(store)
    await store.tickets.update(ticket.id, OPERATOR, edit(news_by=NewsBy.MESSAGE))
    assert (await latest(store, ticket)).way is NewsBy.MESSAGE
    assert await store.owner_news.due() == ()
    assert await store.owner_news.due_messages() == ((await latest(store, ticket)).id,)
    await store.tickets.update(ticket.id, OPERATOR, edit(news_by=NewsBy.NONE))
    assert await owed(store, ticket) == [(T.RESULT, S.NOT_CALLED)]


async def test_who_heard_the_number_is_not_called_for_it_and_may_be_written_to(
    store: Store, clock: TurnedClock
) -> None:
    assert await owed(store, await opened(store)) == []
    written = await opened(store, news_by=NewsBy.MESSAGE)
    assert await owed(store, written) == [(T.RECEIVED, S.WAITING)]
    assert await store.owner_news.due_messages() == ()  # the caller may still be speaking
    await clock.turn(timedelta(minutes=10))
    assert len(await store.owner_news.due_messages()) == 1


async def test_an_urgent_owner_who_was_called_back_is_not_called_for_the_same(
    store: Store,
) -> None:
    ticket = await opened(store, ticket_class=TicketClass.URGENT)
    await steps(store, ticket, TicketStatus.IN_PROGRESS)
    assert await owed(store, ticket) == []


async def test_a_drill_owes_nobody_anything(store: Store) -> None:
    policy = Policy(DUTY, (RingLevel((Selector.parse("on-call"),)),))
    await store.dispatches.open_drill(policy, person("admin"))
    assert await store.owner_news.due() == ()


# -- merged and joined tickets -----------------------------------------------------------


async def test_owners_of_merged_tickets_are_told_of_theirs_and_nobody_twice(
    store: Store,
) -> None:
    main = await opened(store)
    same = await opened(store)
    other = await opened(store, callback="13900139000")
    for each in (same, other):
        await store.links.merge(each.id, main.id, OPERATOR)
    await steps(store, main, TicketStatus.REGISTERED, TicketStatus.RESOLVED, result="done")
    assert await owed(store, main) == [(T.RESULT, S.WAITING)]
    assert await owed(store, same) == []
    assert await owed(store, other) == [(T.RESULT, S.WAITING)]


async def test_an_owner_with_two_tickets_of_one_case_hears_it_once(
    store: Store, clock: TurnedClock
) -> None:
    one, two, other = [
        await opened(store, callback=number, building="3", category="no_water")
        for number in (OWNER, OWNER, "13900139000")
    ]
    case = await store.groups.join([one.id, two.id, other.id], MANAGER)
    for each in (one, two, other):
        await steps(store, each, TicketStatus.REGISTERED, TicketStatus.RESOLVED)
    await store.groups.tell(case.id, "水来了", OPERATOR)
    begun = [
        await store.owner_news.begin((await latest(store, each)).id, RULES, can_call=True)
        for each in (one, two, other)
    ]
    assert begun == [True, False, True]
    assert await owed(store, two) == [(T.RESULT, S.OVERTAKEN)]


# -- the table ---------------------------------------------------------------------------


async def test_of_two_who_begin_one_may_dial(open_store: OpenStore, clock: TurnedClock) -> None:
    store = await open_store(clock=clock, rules=Rules(news=BY_CALL))
    ticket = await resolved(store)
    (news_id,) = await store.owner_news.due()
    begun = await asyncio.gather(
        *(store.owner_news.begin(news_id, RULES, can_call=True) for _ in range(3))
    )
    assert sorted(begun) == [False, False, True]
    assert await owed(store, ticket) == [(T.RESULT, S.CALLING)]


async def test_told_once_and_the_history_says_it(store: Store) -> None:
    ticket = await opened(store)
    await store.tickets.update(ticket.id, OPERATOR, edit(news="师傅明天来"))
    news = await calling(store, ticket)
    for _ in range(2):
        await store.owner_news.told(news.id, HOTLINE, "the owner was told")
    await store.owner_news.finish(news.id, TryOutcome.ANSWERED, RULES)
    after = await latest(store, ticket)
    assert (after.state, after.told_by) == (S.ANSWERED, "hotline")
    notes = [each.note for each in await store.tickets.history(ticket.id)]
    assert notes.count("the owner was told") == 1


async def test_the_step_owner_was_told_ends_it_whoever_takes_it(store: Store) -> None:
    ticket = await resolved(store)
    await steps(store, ticket, TicketStatus.FEEDBACK_GIVEN)
    assert await owed(store, ticket) == [(T.RESULT, S.OVERTAKEN)]
    ticket = await resolved(store, callback="13900139000")
    news = await calling(store, ticket)
    await store.tickets.move(ticket.id, TicketStatus.FEEDBACK_GIVEN, HOTLINE, key=f"news-{news.id}")
    assert await owed(store, ticket) == [(T.RESULT, S.ANSWERED)]


async def test_outside_the_hours_it_waits_for_them(store: Store, clock: TurnedClock) -> None:
    await clock.turn(timedelta(hours=8))  # 23 o'clock
    ticket = await resolved(store)
    news = await latest(store, ticket)
    assert not await store.owner_news.begin(news.id, RULES, can_call=True)
    news = await store.owner_news.get(news.id)
    assert news.state is S.WAITING
    assert news.next_at is not None
    assert RULES.allows(news.next_at, store.owner_news._zone)


@pytest.mark.parametrize("outcome", [TryOutcome.NO_ANSWER, TryOutcome.BUSY, TryOutcome.SILENT])
async def test_who_is_not_reached_is_tried_at_other_hours_and_then_given_up(
    store: Store, clock: TurnedClock, outcome: TryOutcome
) -> None:
    ticket = await resolved(store)
    for _ in range(RULES.tries):
        news = await latest(store, ticket)
        assert news.next_at is not None
        await clock.turn(news.next_at - clock.now())
        assert await store.owner_news.begin(news.id, RULES, can_call=True)
        await store.owner_news.finish(news.id, outcome, RULES)
    assert await owed(store, ticket) == [(T.RESULT, S.GIVEN_UP)]


async def test_what_a_stop_cut_off_is_found_and_tried_again_later(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await resolved(store)
    news = await calling(store, ticket)
    assert await store.owner_news.cut_off(RULES, [news.id]) == 0
    assert await store.owner_news.cut_off(RULES, []) == 1
    after = await latest(store, ticket)
    assert (after.state, [each.outcome for each in after.tries]) == (
        S.WAITING,
        [TryOutcome.INTERRUPTED],
    )
    assert after.next_at is not None
    assert after.next_at >= clock.now() + timedelta(hours=1)


async def test_nobody_is_called_without_a_number_or_with_old_news(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await resolved(store)
    news = await latest(store, ticket)
    assert not await store.owner_news.begin(news.id, RULES, can_call=False)
    assert await owed(store, ticket) == [(T.RESULT, S.NOT_CALLED)]
    old = await resolved(store, callback="13900139000")
    await clock.turn(timedelta(days=8))
    assert not await store.owner_news.begin((await latest(store, old)).id, RULES, can_call=True)
    assert await owed(store, old) == [(T.RESULT, S.OVERTAKEN)]


# -- call backs ----------------------------------------------------------------------------


async def test_a_call_back_is_due_at_its_time_whatever_the_hours_are(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await opened(store)
    at = clock.now() + timedelta(hours=8)  # 23 o'clock
    await store.owner_news.agree(ticket.id, at - timedelta(hours=3), OPERATOR)
    await store.owner_news.agree(ticket.id, at, OPERATOR, "about the lamp")
    assert (await store.tickets.get(ticket.id)).call_back
    assert await owed(store, ticket) == [(T.CALL_BACK, S.WAITING), (T.CALL_BACK, S.OVERTAKEN)]
    assert await store.owner_news.due() == ()
    await clock.turn(timedelta(hours=8))
    news = await calling(store, ticket)
    await store.owner_news.told(news.id, HOTLINE, "connected")
    assert not (await store.tickets.get(ticket.id)).call_back


@pytest.mark.parametrize("away", [timedelta(minutes=-5), timedelta(days=61)])
async def test_no_call_back_is_agreed_on_for_what_is_over_or_far_away(
    store: Store, clock: TurnedClock, away: timedelta
) -> None:
    ticket = await opened(store)
    with pytest.raises(IllegalMove):
        await store.owner_news.agree(ticket.id, clock.now() + away, OPERATOR)
    assert await owed(store, ticket) == []


@pytest.mark.parametrize("cause", ["late", "nobody"])
async def test_a_missed_call_back_is_brought_to_mind_once(
    open_store: OpenStore, clock: TurnedClock, cause: str
) -> None:
    store = await open_store(clock=clock)
    ticket = await opened(store)
    await store.owner_news.agree(ticket.id, clock.now() + timedelta(hours=1), OPERATOR)
    await clock.turn(timedelta(hours=1))
    await store.owner_news.remind()
    assert await reminded(store, ticket) == 0
    if cause == "late":
        await clock.turn(timedelta(minutes=16))
    else:
        news = await calling(store, ticket)
        await store.owner_news.finish(news.id, TryOutcome.NOBODY, RULES)
        assert await owed(store, ticket) == [(T.CALL_BACK, S.GIVEN_UP)]
    for _ in range(2):
        await store.owner_news.remind()
    assert await reminded(store, ticket) == 1


async def test_a_call_back_that_a_person_has_made_is_neither_dialled_nor_missed(
    store: Store, clock: TurnedClock
) -> None:
    ticket = await opened(store)
    await store.owner_news.agree(ticket.id, clock.now() + timedelta(hours=1), OPERATOR)
    await store.tickets.update(ticket.id, OPERATOR, edit(call_back=False))
    await clock.turn(timedelta(hours=2))
    await store.owner_news.remind()
    assert await reminded(store, ticket) == 0
    (news_id,) = await store.owner_news.due()
    assert not await store.owner_news.begin(news_id, RULES, can_call=True)
    assert await owed(store, ticket) == [(T.CALL_BACK, S.OVERTAKEN)]


async def reminded(store: Store, ticket: Ticket) -> int:
    told = await store.reminders.for_ticket(ticket.id)
    return sum(each.level is Level.CALL_BACK for each in told)
