"""The log of dispatches on a real database: one search, one winner, a true timeline."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from call_logs.dispatches.dispatch import (
    ATTEMPT_TRANSITIONS,
    DISPATCH_TRANSITIONS,
    AcknowledgedVia,
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchReason,
    DispatchStatus,
    TakenBack,
)
from call_logs.dispatches.events import Arrived, Note, PhraseHeard
from call_logs.roster.contacts import parse_contact
from call_logs.roster.errors import RosterError
from call_logs.roster.people import Person
from call_logs.roster.policies import built_in_policies
from call_logs.storage.errors import IllegalMove, NotFound
from call_logs.storage.metrics import ACCEPT_SECONDS, OUTCOMES
from call_logs.storage.signed_links import LinkExpired
from call_logs.store import Store
from call_logs.tables.ticket_kinds import TicketClass, TicketKind
from call_logs.tickets.ticket import NewTicket
from call_logs.users import HOTLINE, Actor
from tests.call_logs.conftest import OpenStore
from tests.call_logs.roster_world import on_disk
from tests.people import person as user

FIRE = built_in_policies(["fire"])["fire"]
T0 = datetime(2026, 6, 3, 19, 0, 0, 123456, tzinfo=UTC)


def person(id_: str) -> Person:
    return Person(id_, id_, (parse_contact(f"sip:{id_}@127.0.0.1"),))


WANG, LI = person("wang"), person("li")


async def ticket_id(store: Store) -> int:
    ticket = await store.tickets.open(
        NewTicket(TicketKind.EMERGENCY, TicketClass.URGENT, category="fire")
    )
    return ticket.id


async def opened(store: Store) -> Dispatch:
    return await store.dispatches.open(await ticket_id(store), FIRE, actor=HOTLINE)


async def answered(store: Store, dispatch: Dispatch, who: Person = WANG) -> Attempt:
    attempt = await store.dispatches.attempt(dispatch.id, who, who.contacts[0], level=0)
    return await store.dispatches.outcome(attempt.id, AttemptStatus.ANSWERED)


async def test_a_ticket_has_one_search_at_a_time_however_often_it_is_opened(store: Store) -> None:
    ticket = await ticket_id(store)
    found = await asyncio.gather(
        *(store.dispatches.open(ticket, FIRE, actor=HOTLINE) for _ in range(8))
    )
    assert len({each.id for each in found}) == 1
    await store.dispatches.move(found[0].id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert (await store.dispatches.open(ticket, FIRE, actor=HOTLINE)).id != found[0].id


async def test_a_drill_has_no_ticket_and_is_no_search(store: Store) -> None:
    ticket = await ticket_id(store)
    real = await store.dispatches.open(ticket, FIRE, actor=HOTLINE)
    counts = await store.tickets.counts()
    drill = await store.dispatches.open_drill(FIRE, Actor.in_name_of("manager"))
    other = await store.dispatches.open_drill(FIRE, HOTLINE)
    assert (drill.drill, drill.ticket_id, drill.order.by) == (True, None, "manager")
    with pytest.raises(NotFound, match="a drill has no ticket"):
        _ = drill.its_ticket_id
    attempt = await answered(store, drill)
    assert (await store.dispatches.accept(attempt.id)).won
    await store.dispatches.acknowledge(other.id, user("li"), AcknowledgedVia.DASHBOARD)
    assert await store.dispatches.take_back(other.id, user("li")) is TakenBack.DONE
    await store.dispatches.note(drill.id, Arrived(), actor=user("wang"))
    assert (await store.tickets.get(ticket)).acknowledged_at is None
    assert await store.tickets.counts() == counts
    assert [each.id for each in await store.dispatches.open_dispatches()] == [real.id]
    drills = await store.dispatches.drills(drill.opened_at)
    assert {each.id for each in drills} == {drill.id, other.id}
    assert [each.id for each in await store.dispatches.recover()] == [real.id]  # none was cut off


async def test_a_drill_is_in_no_statistic(store: Store) -> None:
    def counted() -> list[tuple[str, float]]:
        found = [*OUTCOMES.collect(), *ACCEPT_SECONDS.collect()]
        return [
            (f"{sample.name} {sample.labels}", sample.value)
            for metric in found
            for sample in metric.samples
            if not sample.name.endswith("_created")
        ]

    drill = await store.dispatches.open_drill(FIRE, HOTLINE)
    ring = await answered(store, drill)
    before = counted()
    await store.dispatches.accept(ring.id)
    await store.dispatches.move(drill.id, DispatchStatus.CLOSED, actor=HOTLINE)
    assert counted() == before
    real = await answered(store, await opened(store))
    await store.dispatches.accept(real.id)
    assert counted() != before


async def test_drills_are_forgotten_after_their_time_with_all_that_was_done(store: Store) -> None:
    now = store.clock.now()
    old = await store.dispatches.open_drill(FIRE, HOTLINE, at=now - timedelta(days=11))
    kept = await store.dispatches.open_drill(FIRE, HOTLINE, at=now - timedelta(days=9))
    real = await store.dispatches.open(
        await ticket_id(store), FIRE, at=now - timedelta(days=99), actor=HOTLINE
    )
    for each in (old, kept, real):
        await answered(store, each)
    assert await store.dispatches.purge_drills(keep_days=10) == 1
    with pytest.raises(NotFound):
        await store.dispatches.get(old.id)
    for each, rings in ((old, 0), (kept, 1), (real, 1)):
        assert len(await store.dispatches.attempts(each.id)) == rings
        assert bool(await store.dispatches.timeline(each.id)) == bool(rings)
    assert await store.dispatches.purge_drills(keep_days=10) == 0


async def test_there_is_no_search_without_a_ticket(store: Store) -> None:
    with pytest.raises(NotFound, match="no ticket"):
        await store.dispatches.open(4711, FIRE, actor=HOTLINE)


async def test_a_contact_that_is_not_the_persons_is_not_rung(store: Store) -> None:
    dispatch = await opened(store)
    with pytest.raises(RosterError, match="not rung"):
        await store.dispatches.attempt(dispatch.id, WANG, LI.contacts[0], level=0)
    assert await store.dispatches.attempts(dispatch.id) == ()


@pytest.mark.parametrize("seed", range(5))
async def test_of_many_who_press_1_at_once_exactly_one_wins_and_all_hear_who(
    store: Store, seed: int
) -> None:
    dispatch = await opened(store)
    people = [person(f"p{number}") for number in range(8)]
    attempts = [await answered(store, dispatch, each) for each in people]
    pressed = [attempt.id for attempt in attempts] * 2  # an impatient finger presses twice
    random.Random(seed).shuffle(pressed)
    results = await asyncio.gather(*(store.dispatches.accept(id_) for id_ in pressed))
    winners = {id_ for id_, result in zip(pressed, results, strict=True) if result.won}
    assert len(winners) == 1
    by_id = {attempt.id: attempt.person for attempt in attempts}
    assert {result.person for result in results} == {by_id[winners.pop()]}
    statuses = sorted(each.status for each in await store.dispatches.attempts(dispatch.id))
    assert statuses == ["accepted", *["too_late"] * 7]


async def test_two_processes_that_accept_at_once_have_one_winner(
    store: Store, open_store: OpenStore
) -> None:
    second = await open_store("second")
    for _ in range(5):
        dispatch = await opened(store)
        mine, theirs = await answered(store, dispatch), await answered(second, dispatch, LI)
        results = await asyncio.gather(
            store.dispatches.accept(mine.id), second.dispatches.accept(theirs.id)
        )
        assert [result.won for result in results].count(True) == 1
        assert results[0].person == results[1].person


async def test_acceptance_stamps_dispatch_and_ticket_to_the_fraction_of_a_second(
    store: Store,
) -> None:
    dispatch = await opened(store)
    attempt = await answered(store, dispatch)
    pressed = T0 + timedelta(seconds=4.3)
    accepted = await store.dispatches.accept(attempt.id, at=pressed)
    assert accepted.dispatch.accepted_at == pressed
    assert accepted.dispatch.acknowledged_by == "wang"
    assert accepted.dispatch.acknowledged_via is AcknowledgedVia.PHONE
    ticket = await store.tickets.get(dispatch.its_ticket_id)
    assert ticket.acknowledged_at == pressed


async def test_an_engineer_who_drops_out_gives_the_caller_back_to_the_search(
    store: Store,
) -> None:
    dispatch = await opened(store)
    first = await answered(store, dispatch)
    await store.dispatches.accept(first.id)
    await store.dispatches.outcome(first.id, AttemptStatus.BRIDGED)
    await store.dispatches.outcome(first.id, AttemptStatus.DROPPED)
    again = await store.dispatches.move(
        dispatch.id, DispatchStatus.RINGING, reason=DispatchReason.LEFT, actor=HOTLINE
    )
    assert (again.person, again.attempt_id, again.acknowledged_at) == ("", None, None)
    with pytest.raises(IllegalMove):  # their phone is gone; a late key cannot take it
        await store.dispatches.accept(first.id)
    second = await answered(store, dispatch, LI)
    result = await store.dispatches.accept(second.id)
    assert result.won
    assert result.person == "li"


async def test_an_acknowledgement_by_another_stays_when_the_engineer_drops(store: Store) -> None:
    dispatch = await opened(store)
    await store.dispatches.acknowledge(dispatch.id, user("zhao"), AcknowledgedVia.DASHBOARD)
    attempt = await answered(store, dispatch)
    await store.dispatches.accept(attempt.id)
    again = await store.dispatches.move(dispatch.id, DispatchStatus.RINGING, actor=HOTLINE)
    assert again.acknowledged_by == "zhao"


async def test_only_the_first_acknowledgement_counts_and_it_ends_the_follow_up(
    store: Store,
) -> None:
    dispatch = await opened(store)
    unanswered = await store.dispatches.move(dispatch.id, DispatchStatus.UNANSWERED, actor=HOTLINE)
    assert unanswered.acknowledged_at is None
    told = await asyncio.gather(
        store.dispatches.acknowledge(dispatch.id, user("wang"), AcknowledgedVia.LINK),
        store.dispatches.acknowledge(dispatch.id, user("li"), AcknowledgedVia.DASHBOARD),
    )
    assert sorted(each.first for each in told) == [False, True]
    assert told[0].dispatch.acknowledged_by == told[1].dispatch.acknowledged_by
    assert told[0].dispatch.status is DispatchStatus.UNANSWERED
    assert (await store.tickets.get(dispatch.its_ticket_id)).acknowledged_at is not None


async def test_accepting_a_follow_up_call_takes_an_unanswered_dispatch(store: Store) -> None:
    dispatch = await opened(store)
    await store.dispatches.move(dispatch.id, DispatchStatus.UNANSWERED, actor=HOTLINE)
    attempt = await answered(store, dispatch)
    assert (await store.dispatches.accept(attempt.id)).won


async def test_nobody_accepts_and_nobody_is_rung_after_the_dispatch_is_closed(
    store: Store,
) -> None:
    dispatch = await opened(store)
    attempt = await answered(store, dispatch)
    await store.dispatches.move(dispatch.id, DispatchStatus.CLOSED, actor=HOTLINE)
    result = await store.dispatches.accept(attempt.id)
    assert not result.won
    assert result.person == ""
    with pytest.raises(IllegalMove, match="closed"):
        await store.dispatches.attempt(dispatch.id, LI, LI.contacts[0], level=0)


@pytest.mark.parametrize("status", [AttemptStatus.PLACED, AttemptStatus.RUNG])
async def test_a_phone_that_was_not_answered_cannot_accept(
    store: Store, status: AttemptStatus
) -> None:
    dispatch = await opened(store)
    attempt = await store.dispatches.attempt(dispatch.id, WANG, WANG.contacts[0], level=0)
    await store.dispatches.outcome(attempt.id, status)
    with pytest.raises(IllegalMove):
        await store.dispatches.accept(attempt.id)
    assert (await store.dispatches.get(dispatch.id)).status is DispatchStatus.RINGING


async def test_an_illegal_outcome_raises_and_changes_nothing(store: Store) -> None:
    dispatch = await opened(store)
    attempt = await store.dispatches.attempt(dispatch.id, WANG, WANG.contacts[0], level=0)
    for illegal in AttemptStatus:
        if illegal in (ATTEMPT_TRANSITIONS[AttemptStatus.PLACED] | {AttemptStatus.PLACED}):
            continue
        with pytest.raises(IllegalMove):
            await store.dispatches.outcome(attempt.id, illegal)
    (kept,) = await store.dispatches.attempts(dispatch.id)
    assert kept.status is AttemptStatus.PLACED


async def test_a_hang_up_that_is_reported_twice_keeps_the_first_end(store: Store) -> None:
    dispatch = await opened(store)
    attempt = await answered(store, dispatch)
    first = await store.dispatches.outcome(attempt.id, AttemptStatus.SILENT, at=T0)
    second = await store.dispatches.outcome(attempt.id, AttemptStatus.HUNG_UP)
    assert second == first
    assert second.ended_at == T0


def test_every_status_has_its_row_in_the_tables_and_ends_lead_nowhere() -> None:
    assert set(ATTEMPT_TRANSITIONS) == set(AttemptStatus)
    assert set(DISPATCH_TRANSITIONS) == set(DispatchStatus)
    for table in (ATTEMPT_TRANSITIONS, DISPATCH_TRANSITIONS):
        reached = {target for targets in table.values() for target in targets}
        assert reached | {next(iter(table))} == set(table)  # nothing that cannot be reached


async def test_the_timeline_tells_every_step_in_order_with_its_time(store: Store) -> None:
    ticket = await ticket_id(store)
    dispatch = await store.dispatches.open(ticket, FIRE, at=T0, actor=HOTLINE)
    times = [T0 + timedelta(seconds=0.1 * step) for step in range(1, 7)]
    await store.dispatches.note(dispatch.id, PhraseHeard("fire"), at=times[0], actor=HOTLINE)
    attempt = await store.dispatches.attempt(
        dispatch.id, WANG, WANG.contacts[0], level=0, at=times[1]
    )
    await store.dispatches.outcome(attempt.id, AttemptStatus.RUNG, at=times[2])
    await store.dispatches.outcome(attempt.id, AttemptStatus.ANSWERED, at=times[3])
    await store.dispatches.accept(attempt.id, at=times[4])
    await store.dispatches.note(dispatch.id, Arrived(), actor=user("wang"), at=times[5])
    steps = await store.dispatches.timeline(dispatch.id)
    assert [(step.kind, step.at) for step in steps] == [
        ("dispatch_ringing", T0),
        ("heard", times[0]),
        ("attempt_placed", times[1]),
        ("attempt_rung", times[2]),
        ("attempt_answered", times[3]),
        ("attempt_accepted", times[4]),
        ("dispatch_accepted", times[4]),
        ("arrived", times[5]),
    ]
    (kept,) = await store.dispatches.attempts(dispatch.id)
    assert (kept.rung_at, kept.answered_at, kept.accepted_at) == (times[2], times[3], times[4])
    assert (await store.tickets.get(ticket)).on_site_at == times[5]
    assert [each.id for each in await store.dispatches.for_ticket(ticket)] == [dispatch.id]


async def test_after_a_restart_cut_off_rings_are_ended_and_open_searches_come_back(
    open_store: OpenStore,
) -> None:
    before = await open_store()
    closed = await opened(before)
    await before.dispatches.move(closed.id, DispatchStatus.CLOSED, actor=HOTLINE)
    ringing, taken = await opened(before), await opened(before)
    await before.dispatches.attempt(ringing.id, WANG, WANG.contacts[0], level=0)
    await before.dispatches.accept((await answered(before, taken, LI)).id)
    await before.close()
    other = await open_store("other")
    assert await other.dispatches.recover() == ()  # not its own
    after = await open_store()
    found = await after.dispatches.recover()
    assert [each.id for each in found] == [ringing.id, taken.id]
    assert found[1].person == "li"
    for each in found:
        (attempt,) = await after.dispatches.attempts(each.id)
        assert attempt.status is AttemptStatus.INTERRUPTED
        assert attempt.is_over


async def test_a_recovery_that_comes_late_ends_nothing_that_this_run_has_begun(
    open_store: OpenStore,
) -> None:
    before = await open_store()
    cut_off = await before.dispatches.open_drill(FIRE, HOTLINE)
    interrupted = await before.dispatches.attempt(cut_off.id, WANG, WANG.contacts[0], level=0)
    await before.close()
    after = await open_store()
    search = await opened(after)
    ring = await after.dispatches.attempt(search.id, LI, LI.contacts[0], level=0)
    drill = await after.dispatches.open_drill(FIRE, HOTLINE)
    rung = await after.dispatches.attempt(drill.id, WANG, WANG.contacts[0], level=0)
    found = await after.dispatches.recover()
    assert [each.id for each in found if each.drill] == [cut_off.id]
    for dispatch, attempt, is_over in (
        (cut_off, interrupted, True),
        (search, ring, False),
        (drill, rung, False),
    ):
        (now,) = await after.dispatches.attempts(dispatch.id)
        assert (now.id, now.is_over) == (attempt.id, is_over)


async def test_a_signed_link_survives_a_restart_and_dies_with_its_time(
    open_sqlite_store: OpenStore,
) -> None:
    before = await open_sqlite_store()
    token = before.dispatches.link_token("d" * 32, "王工")
    await before.close()
    after = await open_sqlite_store()
    claim = after.dispatches.verify_token(token)
    assert (claim.dispatch_id, claim.person) == ("d" * 32, "王工")
    with pytest.raises(LinkExpired):
        after.dispatches.verify_token(token, now=claim.expires_at)


async def test_contacts_and_notes_are_not_readable_in_the_database_file(
    sqlite_store: Store, tmp_path: Path
) -> None:
    dispatch = await opened(sqlite_store)
    secret = Person("wang", "王工", (parse_contact("13812345678"),))
    dispatches = sqlite_store.dispatches
    await dispatches.attempt(dispatch.id, secret, secret.contacts[0], level=0)
    await dispatches.note(dispatch.id, PhraseHeard("fire", "救命啊"), actor=HOTLINE)
    for word in ("13812345678", "救命啊"):
        assert word.encode() not in on_disk(tmp_path)
    assert dispatch.id.encode() in on_disk(tmp_path)


async def test_every_line_of_a_search_can_be_written_again_by_who_was_not_told_that_it_stands(
    store: Store,
) -> None:
    dispatch = await opened(store)
    at, ring_id = T0, uuid4().hex

    async def lines() -> None:
        dispatches = store.dispatches
        await dispatches.attempt(dispatch.id, LI, LI.contacts[0], level=1, id=ring_id, at=at)
        await dispatches.note(dispatch.id, Note(DispatchReason.UNSOUGHT), at=at, actor=HOTLINE)
        await dispatches.move(dispatch.id, DispatchStatus.UNANSWERED, at=at, actor=HOTLINE)

    await lines()
    timeline = await store.dispatches.timeline(dispatch.id)
    await lines()
    assert await store.dispatches.timeline(dispatch.id) == timeline
    assert len(await store.dispatches.attempts(dispatch.id)) == 1
