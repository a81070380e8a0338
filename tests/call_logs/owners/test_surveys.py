"""Every row of the table in docs/decisions/survey.md, and what attacks it: two at once, stops at
every moment, clocks at the edge of the hours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from call_logs import Store
from call_logs.dispatches import DispatchStatus
from call_logs.owners import CallRules, OwedState, Survey, TryOutcome
from call_logs.storage import IllegalMove
from call_logs.tables.surveys import SurveyRow
from call_logs.tickets import NewTicket, Ticket, TicketKind, TicketStatus, edit
from call_logs.tickets.owed import TRANSITIONS, IllegalOwedMove, go
from call_logs.users import HOTLINE
from tests.call_logs.conftest import OpenStore
from tests.people import person
from tests.turned_clock import TurnedClock

NOON = datetime(2026, 11, 27, 7, tzinfo=UTC)  # three in the afternoon in Shanghai
ZONE = ZoneInfo("Asia/Shanghai")
RULES = CallRules()
OPERATOR = person("operator")
S = OwedState


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(NOON)


@pytest.fixture
async def store(open_sqlite_store: OpenStore, clock: TurnedClock) -> Store:
    return await open_sqlite_store(clock=clock)


async def told(store: Store, **fields: Any) -> Ticket:
    """A ticket whose owner was told the result."""
    ticket = await store.tickets.open(
        NewTicket(TicketKind.REPAIR, callback="13800138000", **fields)
    )
    for status in (TicketStatus.REGISTERED, TicketStatus.RESOLVED, TicketStatus.FEEDBACK_GIVEN):
        ticket = await store.tickets.move(ticket.id, status, OPERATOR, changes=edit(result="done"))
    return ticket


async def waiting(store: Store, clock: TurnedClock, **fields: Any) -> tuple[Ticket, int]:
    """Its survey, at the time of its first call."""
    ticket = await told(store, **fields)
    await store.surveys.plan(RULES)
    (survey,) = await store.surveys.of_ticket(ticket.id)
    assert survey.next_at is not None
    assert survey.state is S.WAITING
    await clock.turn(survey.next_at - clock.now())
    return ticket, survey.id


async def calling(store: Store, clock: TurnedClock, **fields: Any) -> tuple[Ticket, int]:
    ticket, survey_id = await waiting(store, clock, **fields)
    assert await store.surveys.begin(survey_id, RULES, can_call=True)
    return ticket, survey_id


async def scored(store: Store, ticket: Ticket, score: int = 5, actor: Any = OPERATOR) -> Ticket:
    return await store.tickets.move(
        ticket.id, TicketStatus.SURVEYED, actor, changes=edit(satisfaction=score)
    )


async def state(store: Store, survey_id: int) -> Survey:
    return await store.surveys.get(survey_id)


# -- the table ---------------------------------------------------------------------------


@pytest.mark.parametrize("before", OwedState)
@pytest.mark.parametrize("after", OwedState)
def test_a_move_that_is_not_in_the_table_raises_and_changes_nothing(
    before: OwedState, after: OwedState
) -> None:
    row = SurveyRow(state=before.value, next_at=None)
    if after in TRANSITIONS[before]:
        go(row, after)
        assert row.state == after
    else:
        with pytest.raises(IllegalOwedMove):
            go(row, after)
        assert row.state == before


async def test_none_to_waiting_when_the_owner_was_told(store: Store, clock: TurnedClock) -> None:
    ticket = await told(store)
    assert await store.surveys.plan(RULES) == 1
    assert await store.surveys.plan(RULES) == 0
    (survey,) = await store.surveys.of_ticket(ticket.id)
    assert survey.next_at == clock.now() + RULES.after
    assert await store.surveys.due() == ()


async def test_none_to_answered_when_a_person_enters_the_score(store: Store) -> None:
    ticket = await told(store)
    await scored(store, ticket, 4)
    (survey,) = await store.surveys.of_ticket(ticket.id)
    assert (survey.state, survey.score, survey.answered_by) == (S.ANSWERED, 4, "operator")
    assert await store.surveys.plan(RULES) == 0


async def test_waiting_to_calling_at_its_time_and_for_one_of_two(
    open_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_store(clock=clock)
    _, survey_id = await waiting(store, clock)
    assert await store.surveys.due() == (survey_id,)
    begun = await asyncio.gather(
        *(store.surveys.begin(survey_id, RULES, can_call=True) for _ in range(3))
    )
    assert sorted(begun) == [False, False, True]
    survey = await state(store, survey_id)
    assert (survey.state, len(survey.tries)) == (S.CALLING, 1)
    assert await store.surveys.due() == ()


@pytest.mark.parametrize(
    ("fields", "can_call"), [({"no_survey": True}, True), ({}, False)], ids=["asked not", "hidden"]
)
async def test_waiting_to_not_called(
    store: Store, clock: TurnedClock, fields: dict[str, Any], can_call: bool
) -> None:
    _, survey_id = await waiting(store, clock, **fields)
    assert not await store.surveys.begin(survey_id, RULES, can_call=can_call)
    survey = await state(store, survey_id)
    assert (survey.state, survey.tries) == (S.NOT_CALLED, ())


@pytest.mark.parametrize("to", [TicketStatus.CLOSED, TicketStatus.REOPENED])
async def test_waiting_to_overtaken(store: Store, clock: TurnedClock, to: TicketStatus) -> None:
    ticket, survey_id = await waiting(store, clock)
    await store.tickets.move(ticket.id, to, OPERATOR, "why")
    assert not await store.surveys.begin(survey_id, RULES, can_call=True)
    assert (await state(store, survey_id)).state is S.OVERTAKEN


async def test_an_owner_who_is_told_again_is_asked_again(store: Store, clock: TurnedClock) -> None:
    ticket, first = await waiting(store, clock)
    for to in (
        TicketStatus.REOPENED,
        TicketStatus.IN_PROGRESS,
        TicketStatus.RESOLVED,
        TicketStatus.FEEDBACK_GIVEN,
    ):
        await store.tickets.move(ticket.id, to, OPERATOR, "why")
    assert await store.surveys.plan(RULES) == 1
    assert not await store.surveys.begin(first, RULES, can_call=True)
    latest, before = await store.surveys.of_ticket(ticket.id)
    assert (latest.state, before.state) == (S.WAITING, S.OVERTAKEN)


async def test_waiting_to_answered_by_a_person_ends_the_tries(
    store: Store, clock: TurnedClock
) -> None:
    ticket, survey_id = await waiting(store, clock)
    await scored(store, ticket)
    assert (await state(store, survey_id)).state is S.ANSWERED
    assert await store.surveys.due() == ()
    assert not await store.surveys.begin(survey_id, RULES, can_call=True)


async def test_calling_to_answered_by_the_owner(store: Store, clock: TurnedClock) -> None:
    ticket, survey_id = await calling(store, clock)
    after = await scored(store, ticket, 2, HOTLINE)
    await store.surveys.finish(survey_id, TryOutcome.ANSWERED, RULES)
    survey = await state(store, survey_id)
    assert (survey.state, survey.score, after.status) == (S.ANSWERED, 2, TicketStatus.REOPENED)
    assert [each.outcome for each in survey.tries] == [TryOutcome.ANSWERED]


async def test_calling_to_answered_by_a_person_who_was_quicker(
    open_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_store(clock=clock)
    ticket, survey_id = await calling(store, clock)
    await scored(store, ticket, 4)
    with pytest.raises(IllegalMove):
        await scored(store, ticket, 1, HOTLINE)
    await store.surveys.finish(survey_id, TryOutcome.NO_ANSWER, RULES)
    survey = await state(store, survey_id)
    assert (survey.state, survey.score) == (S.ANSWERED, 4)


@pytest.mark.parametrize(
    "outcome",
    sorted(
        set(TryOutcome)
        - {TryOutcome.ANSWERED, TryOutcome.HUNG_UP, TryOutcome.INTERRUPTED, TryOutcome.NOBODY}
    ),
)
async def test_calling_to_waiting_at_other_hours_and_to_given_up_after_the_last(
    store: Store, clock: TurnedClock, outcome: TryOutcome
) -> None:
    _, survey_id = await calling(store, clock)
    for _ in range(RULES.tries - 1):
        await store.surveys.finish(survey_id, outcome, RULES)
        survey = await state(store, survey_id)
        assert survey.state is S.WAITING
        assert survey.next_at is not None
        await clock.turn(survey.next_at - clock.now())
        assert await store.surveys.begin(survey_id, RULES, can_call=True)
    await store.surveys.finish(survey_id, outcome, RULES)
    survey = await state(store, survey_id)
    assert (survey.state, len(survey.tries)) == (S.GIVEN_UP, RULES.tries)
    assert len({each.at.astimezone(ZONE).hour for each in survey.tries}) == RULES.tries


async def test_calling_to_declined_when_the_owner_hangs_up(
    store: Store, clock: TurnedClock
) -> None:
    _, survey_id = await calling(store, clock)
    await store.surveys.finish(survey_id, TryOutcome.HUNG_UP, RULES)
    assert (await state(store, survey_id)).state is S.DECLINED


@pytest.mark.parametrize("end", [S.GIVEN_UP, S.DECLINED, S.NOT_CALLED])
async def test_a_person_may_still_enter_a_score(
    store: Store, clock: TurnedClock, end: OwedState
) -> None:
    ticket, survey_id = await waiting(store, clock)
    async with store.session() as session:
        (await session.get_one(SurveyRow, survey_id)).state = end.value
    await scored(store, ticket, 3)
    assert (await state(store, survey_id)).state is S.ANSWERED


# -- stops -------------------------------------------------------------------------------


async def test_a_ring_that_a_stop_cut_off_is_found_and_not_made_again_in_that_hour(
    store: Store, clock: TurnedClock
) -> None:
    _, survey_id = await calling(store, clock)
    rung_at = clock.now()
    assert await store.surveys.cut_off(RULES, (survey_id,)) == 0  # it goes on here
    assert await store.surveys.cut_off(RULES, ()) == 1
    assert await store.surveys.cut_off(RULES, ()) == 0
    survey = await state(store, survey_id)
    assert survey.state is S.WAITING
    assert survey.next_at is not None
    assert survey.next_at >= rung_at + timedelta(hours=1)
    assert survey.next_at.astimezone(ZONE).hour != rung_at.astimezone(ZONE).hour


async def test_stops_use_up_no_try_but_do_not_ring_for_ever(
    store: Store, clock: TurnedClock
) -> None:
    _, survey_id = await waiting(store, clock)
    rings = 0
    while (survey := await state(store, survey_id)).state is S.WAITING:
        assert survey.next_at is not None
        await clock.turn(max(survey.next_at - clock.now(), timedelta()))
        assert await store.surveys.begin(survey_id, RULES, can_call=True)
        await store.surveys.cut_off(RULES, ())
        rings += 1
    assert (survey.state, rings) == (S.GIVEN_UP, 2 * RULES.tries)


async def test_a_ring_of_another_node_is_left_to_it_for_an_hour(
    open_store: OpenStore, clock: TurnedClock
) -> None:
    store = await open_store(clock=clock)
    _, survey_id = await calling(store, clock)
    other = await open_store(clock=clock, node="other")
    assert await other.surveys.cut_off(RULES, ()) == 0
    await clock.turn(timedelta(hours=1, seconds=1))
    assert await other.surveys.cut_off(RULES, ()) == 1
    assert (await state(other, survey_id)).state is S.WAITING


# -- who is never asked ---------------------------------------------------------------------


async def test_a_drill_has_no_survey(store: Store) -> None:
    policy = (await store.roster.current()).policy("fire")
    drill = await store.dispatches.open_drill(policy, HOTLINE)
    await store.dispatches.move(drill.id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert await store.surveys.plan(RULES) == 0


async def test_the_owner_of_a_merged_ticket_is_asked_about_the_other_one_alone(
    store: Store, clock: TurnedClock
) -> None:
    stays, gone = await told(store), await told(store)
    await store.surveys.plan(RULES)
    await clock.turn(timedelta(hours=2))
    await store.links.merge(gone.id, stays.id, OPERATOR)
    begun = [
        await store.surveys.begin(each, RULES, can_call=True) for each in await store.surveys.due()
    ]
    assert sorted(begun) == [False, True]
    (survey,) = await store.surveys.of_ticket(gone.id)
    assert survey.state is S.OVERTAKEN


async def test_overtaken_to_answered_when_a_merge_was_undone(
    store: Store, clock: TurnedClock
) -> None:
    stays = await told(store)
    gone, survey_id = await waiting(store, clock)
    await store.links.merge(gone.id, stays.id, OPERATOR)
    assert not await store.surveys.begin(survey_id, RULES, can_call=True)
    await store.links.unmerge(gone.id, OPERATOR, "another matter")
    assert (await scored(store, gone, 4)).satisfaction == 4
    assert (await state(store, survey_id)).state is S.ANSWERED


async def joined(store: Store, *numbers: str) -> list[Ticket]:
    """Tickets of one case of several owners, who were told the result."""
    tickets = [await told(store) for _ in numbers]
    for ticket, number in zip(tickets, numbers, strict=True):
        await store.tickets.update(ticket.id, OPERATOR, edit(callback=number))
    await store.groups.join([each.id for each in tickets], OPERATOR)
    return tickets


async def test_an_owner_with_two_tickets_of_one_case_is_asked_once(
    store: Store, clock: TurnedClock
) -> None:
    first, second, neighbour = await joined(store, "13800138000", "13800138000", "13900139000")
    await store.surveys.plan(RULES)
    await clock.turn(timedelta(hours=2))
    begun = {
        await store.surveys.ticket_of(each): await store.surveys.begin(each, RULES, can_call=True)
        for each in reversed(await store.surveys.due())  # of two that wait the first is asked
    }
    assert begun == {first.id: True, second.id: False, neighbour.id: True}
    (survey,) = await store.surveys.of_ticket(second.id)
    assert survey.state is S.OVERTAKEN
    assert (await scored(store, second, 4)).satisfaction == 4  # a person may enter it


async def test_who_was_asked_about_a_case_is_not_asked_in_the_call_that_tells_the_next_result(
    store: Store,
) -> None:
    first, second = await joined(store, "13800138000", "13800138000")
    await scored(store, first)
    assert await store.surveys.begin_at_once(second.id) is None


async def test_what_was_opened_again_since_is_asked_about_again(
    store: Store, clock: TurnedClock
) -> None:
    first, second = await joined(store, "13800138000", "13800138000")
    await scored(store, first)
    await clock.turn(timedelta(hours=1))
    for status in (TicketStatus.REOPENED, TicketStatus.IN_PROGRESS, TicketStatus.RESOLVED):
        await store.tickets.move(second.id, status, OPERATOR, "again")
    await store.tickets.move(second.id, TicketStatus.FEEDBACK_GIVEN, OPERATOR)
    assert await store.surveys.begin_at_once(second.id) is not None


async def test_who_was_told_long_before_calls_were_switched_on_is_not_asked(
    store: Store, clock: TurnedClock
) -> None:
    await told(store)
    await clock.turn(timedelta(days=7, minutes=1))
    assert await store.surveys.plan(RULES) == 0


# -- managers ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("score", "is_told"), [(1, True), (2, True), (3, False), (5, False)])
async def test_managers_hear_of_a_score_under_three_until_they_were_told(
    store: Store, score: int, is_told: bool
) -> None:
    await scored(store, await told(store), score)
    untold = await store.surveys.untold()
    assert [each.score for each in untold] == ([score] if is_told else [])
    for each in untold:
        await store.surveys.managers_told(each.id)
    assert await store.surveys.untold() == ()


# -- hours -------------------------------------------------------------------------------------

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(
    lambda each: each.replace(tzinfo=UTC)
)
times = st.integers(0, 23).map(time)


@settings(deadline=None, max_examples=150)
@given(told_at=moments, tries=st.lists(moments, min_size=1, max_size=5), start=times, end=times)
def test_calls_are_in_the_hours_and_never_twice_in_one(
    told_at: datetime, tries: list[datetime], start: time, end: time
) -> None:
    if start == end:
        end = time((start.hour + 1) % 24)
    rules = CallRules(hours=((start, end),))
    first = rules.first(told_at, ZONE)
    assert first >= told_at + rules.after
    assert rules.allows(first, ZONE)
    again = rules.again(tries, ZONE)
    assert again >= max(tries) + timedelta(hours=1)
    assert rules.allows(again, ZONE)
