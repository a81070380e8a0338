"""The search: levels, rounds, and exactly one winner."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from call_logs import (
    AttemptStatus,
    DispatchEventKind,
    Level,
    NewTicket,
    Plan,
    PlannedLevel,
    Policy,
    Ringing,
    RingTarget,
    Selector,
    Skipped,
    SkipReason,
    Store,
    TicketKind,
    parse_contact,
)
from call_logs import Person as OnCall
from ivr.endpoint import CloseReason
from ivr.phrasebook import Prompt
from ivr.ring import Briefing, Ring
from ivr.search import Search
from ivr.trail import Trail
from tests.ivr.exchange import Site, site, until

BRIEFING = Briefing(
    lambda: (Prompt("drill_notice"),), Prompt("engineer_keys"), lambda rate_hz: b"\x01\x00" * 800
)


def person(name: str, *contacts: str) -> OnCall:
    texts = contacts or (f"sip:{name}@test",)
    return OnCall(name, name, tuple(parse_contact(text) for text in texts))


def plan_of(
    *people: OnCall, ringing: Ringing = Ringing.ALL_AT_ONCE, repeats: int = 1, levels: int = 1
) -> Plan:
    """One level of these people, or each person in a level of his own."""
    groups = [people] if levels == 1 else [(each,) for each in people]
    return Plan(
        Policy("fire", (Level((Selector.parse("everybody"),)),)),
        tuple(
            PlannedLevel(
                index, ringing, 5, repeats, tuple(RingTarget(p, p.contacts) for p in group)
            )
            for index, group in enumerate(groups)
        ),
    )


@pytest.fixture
async def at(store: Store) -> AsyncIterator[Site]:
    async with site(store) as made:
        yield made


@pytest.fixture
async def trail(store: Store) -> Trail:
    ticket = await store.tickets.open(NewTicket(kind=TicketKind.EMERGENCY))
    policy = (await store.roster.current()).policy("fire")
    return Trail(store, (await store.dispatches.open(ticket.id, policy)).id)


def begin(search: Search, plan: Plan) -> asyncio.Task[Ring | None]:
    return asyncio.create_task(search.run(plan))


@pytest.mark.parametrize("seed", range(6))
async def test_of_several_who_press_1_at_once_exactly_one_wins_and_the_others_are_told(
    at: Site, trail: Trail, store: Store, seed: int
):
    people = [person(name) for name in "abcd"]
    running = begin(Search(at.desk, trail, BRIEFING), plan_of(*people))
    telephones = [await at.exchange.answered_by(each.id) for each in people]
    random.Random(seed).shuffle(telephones)
    for telephone in telephones:
        telephone.press("1")
    ring = await running
    assert ring is not None
    assert ring.party is not None
    losers = [each for each in telephones if each is not ring.party.call]
    await until(lambda: all(each.close_reason for each in losers))
    assert ring.party.call.close_reason is None
    attempts = await store.dispatches.attempts(trail.dispatch_id)
    assert sum(attempt.accepted_at is not None for attempt in attempts) == 1
    assert at.told().count("engineer_taken_by") == len(losers)
    await ring.hang_up()


async def test_another_nodes_acceptance_wins_over_a_key_pressed_here(
    at: Site, trail: Trail, store: Store
):
    me, other = person("a"), person("b")
    elsewhere = await store.dispatches.attempt(trail.dispatch_id, other, other.contacts[0], level=0)
    running = begin(Search(at.desk, trail, BRIEFING), plan_of(me))
    telephone = await at.exchange.answered_by("a")
    await store.dispatches.outcome(elsewhere.id, AttemptStatus.ANSWERED)
    assert (await store.dispatches.accept(elsewhere.id)).won
    telephone.press("1")
    assert await running is None
    await at.told_people("engineer_taken")
    await until(lambda: telephone.close_reason is not None)


async def test_a_cancelled_search_gives_who_had_pressed_1_already(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a")))
    telephone = await at.exchange.answered_by("a")
    await at.told_people("engineer_keys")
    telephone.press("1")
    await until(lambda: search._claimed)
    search.cancel()
    ring = await running
    assert ring is not None
    assert ring.person.id == "a"
    await ring.hang_up()


async def test_a_cancelled_search_rings_nobody_any_more(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE))
    telephone = await at.exchange.rings("a")
    search.cancel()
    search.cancel()
    assert await running is None
    await until(lambda: telephone.close_reason is not None)
    assert at.exchange.rung == ["sip:a@test"]


async def test_a_level_is_gone_through_as_often_as_it_says_but_not_with_who_passed(
    at: Site, trail: Trail
):
    running = begin(
        Search(at.desk, trail, BRIEFING),
        plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE, repeats=2),
    )
    passes = await at.exchange.answered_by("a")
    passes.press("2")
    for _ in range(2):
        (await at.exchange.rings("b")).refuse(CloseReason.BUSY)
    assert await running is None
    assert at.exchange.rung == ["sip:a@test", "sip:b@test", "sip:b@test"]


async def test_the_next_contact_is_rung_when_the_first_is_dead_but_not_after_a_no(
    at: Site, trail: Trail
):
    two = person("a", "sip:desk@test", "sip:mobile@test")
    running = begin(Search(at.desk, trail, BRIEFING), plan_of(two))
    (await at.exchange.rings("desk")).refuse(CloseReason.UNREACHABLE)
    (await at.exchange.answered_by("mobile")).press("2")
    assert await running is None
    running = begin(Search(at.desk, trail, BRIEFING), plan_of(two))
    (await at.exchange.answered_by("desk")).press("2")
    assert await running is None
    assert at.exchange.rung == ["sip:desk@test", "sip:mobile@test", "sip:desk@test"]


async def test_who_is_tried_is_told_in_plain_words(at: Site, trail: Trail):
    tried: list[object] = []
    search = Search(at.desk, trail, BRIEFING, on_trying=tried.append)
    running = begin(search, plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE))
    for name in "ab":
        (await at.exchange.rings(name)).refuse(CloseReason.NO_ANSWER)
    await running
    assert tried == [Prompt("role_person"), Prompt("role_person")]


async def test_a_key_pressed_in_the_moment_of_the_answer_counts(at: Site, trail: Trail):
    running = begin(Search(at.desk, trail, BRIEFING), plan_of(person("a")))
    telephone = await at.exchange.rings("a")
    telephone.pick_up()
    telephone.press("1")  # before anything of ours has run
    ring = await running
    assert ring is not None
    await ring.hang_up()


async def test_the_last_words_are_played_and_the_question_stays_open(at: Site, trail: Trail):
    running = begin(Search(at.desk, trail, BRIEFING), plan_of(person("a")))
    telephone = await at.exchange.answered_by("a")
    telephone.press("9")
    await at.told_people("engineer_owner_words")
    telephone.press("1")
    ring = await running
    assert ring is not None
    await ring.hang_up()


async def test_the_next_level_is_rung_beside_the_one_that_is_rung(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a"), person("b"), levels=2, repeats=3))
    first = await at.exchange.rings("a")
    assert search.next_level()
    assert not search.next_level(), "pressed twice, it is one step"
    second = await at.exchange.answered_by("b")
    assert first.close_reason is None, "he may still answer"
    assert search.level == 1
    assert not search.next_level(), "there is none any more"
    await at.told_people("engineer_keys")
    first.pick_up()
    await until(lambda: at.told().count("engineer_keys") == 2)
    first.press("1")
    ring = await running
    assert ring is not None
    assert ring.person.id == "a"
    await until(lambda: second.close_reason is not None)
    await ring.hang_up()


async def test_a_level_that_was_not_waited_for_is_waited_for_in_the_end(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a"), person("b"), levels=2))
    first = await at.exchange.rings("a")
    search.next_level()
    (await at.exchange.rings("b")).refuse(CloseReason.BUSY)
    await asyncio.sleep(0.1)
    assert not running.done()
    first.refuse(CloseReason.NO_ANSWER)
    assert await running is None


async def test_somebody_is_rung_besides_once_and_may_win(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    one, other = person("a"), person("b")
    running = begin(search, plan_of(one))
    telephone = await at.exchange.rings("a")
    assert search.also(RingTarget(other, other.contacts), 5)
    assert not search.also(RingTarget(other, other.contacts), 5), "his telephone rings already"
    assert not search.also(RingTarget(one, one.contacts), 5)
    telephone.refuse(CloseReason.BUSY)
    winner = await at.exchange.accepted_by("b")
    ring = await running
    assert ring is not None
    assert ring.party is not None
    assert ring.party.call is winner
    assert not search.also(RingTarget(one, one.contacts), 5), "it is over"
    await ring.hang_up()


async def test_a_level_does_not_ring_who_is_rung_besides(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE))
    first = await at.exchange.rings("a")
    other = person("b")
    search.also(RingTarget(other, other.contacts), 5)
    second = await at.exchange.rings("b")
    first.refuse(CloseReason.BUSY)
    await asyncio.sleep(0.1)
    second.refuse(CloseReason.BUSY)
    assert await running is None
    assert sorted(at.exchange.rung) == ["sip:a@test", "sip:b@test"]


async def test_a_search_is_known_while_it_goes_on_and_can_be_ended(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a")))
    telephone = await at.exchange.rings("a")
    assert at.desk.search_for(trail.dispatch_id) is search
    search.end()
    assert await running is None
    assert search.ended
    assert at.desk.search_for(trail.dispatch_id) is None
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


async def test_who_had_pressed_1_before_the_end_has_it(at: Site, trail: Trail):
    search = Search(at.desk, trail, BRIEFING)
    running = begin(search, plan_of(person("a")))
    telephone = await at.exchange.answered_by("a")
    await at.told_people("engineer_keys")
    telephone.press("1")
    await until(lambda: search._claimed)
    search.end()
    ring = await running
    assert ring is not None
    assert not search.ended
    await ring.hang_up()


async def test_people_whom_an_earlier_level_rings_are_no_news(at: Site, trail: Trail, store: Store):
    planned = plan_of(person("a"))
    planned = replace(
        planned,
        skipped=(
            Skipped(1, "a", SkipReason.EARLIER),
            Skipped(1, "b", SkipReason.BUSY),
        ),
    )
    running = begin(Search(at.desk, trail, BRIEFING), planned)
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    assert await running is None
    await trail.settled()
    steps = await store.dispatches.timeline(trail.dispatch_id)
    skipped = [step.data["person"] for step in steps if step.kind == DispatchEventKind.SKIPPED]
    assert skipped == ["b"]
