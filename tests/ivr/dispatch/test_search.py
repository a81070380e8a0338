"""The search: levels, rounds, and exactly one winner."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from call_logs import Store
from call_logs.dispatches import AttemptStatus, NotRung
from call_logs.roster import (
    Level,
    PlannedLevel,
    Policy,
    Ringing,
    RingPlan,
    RingTarget,
    Selector,
    Skipped,
    SkipReason,
    parse_contact,
)
from call_logs.roster import Person as OnCall
from call_logs.tickets import NewTicket, TicketKind
from call_logs.users import HOTLINE
from ivr.dispatch import ring as rings
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Briefing, Ring
from ivr.dispatch.search import Search
from ivr.endpoint import CloseReason
from ivr.packs.phrasebook import Prompt
from tests.ivr.exchange import Site, site, until

BRIEFING = Briefing(
    lambda: (Prompt("drill_notice"),), Prompt("engineer_keys"), lambda rate_hz: b"\x01\x00" * 800
)


def person(name: str, *contacts: str) -> OnCall:
    texts = contacts or (f"sip:{name}@test",)
    return OnCall(name, name, tuple(parse_contact(text) for text in texts))


def plan_of(
    *people: OnCall, ringing: Ringing = Ringing.ALL_AT_ONCE, repeats: int = 1, levels: int = 1
) -> RingPlan:
    """One level of these people, or each person in a level of their own."""
    groups = [people] if levels == 1 else [(each,) for each in people]
    return RingPlan(
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
async def log(store: Store) -> DispatchLog:
    ticket = await store.tickets.open(NewTicket(kind=TicketKind.EMERGENCY))
    policy = (await store.roster.current()).policy("fire")
    return DispatchLog(store, (await store.dispatches.open(ticket.id, policy, actor=HOTLINE)).id)


def begin(search: Search, plan: RingPlan) -> asyncio.Task[Ring | None]:
    return asyncio.create_task(search.run(plan))


@pytest.mark.parametrize("seed", range(6))
async def test_of_several_who_press_1_at_once_exactly_one_wins_and_the_others_are_told(
    at: Site, log: DispatchLog, store: Store, seed: int
) -> None:
    people = [person(name) for name in "abcd"]
    running = begin(Search(at.services, log, BRIEFING), plan_of(*people))
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
    attempts = await store.dispatches.attempts(log.dispatch_id)
    assert sum(attempt.accepted_at is not None for attempt in attempts) == 1
    assert at.told().count("engineer_taken_by") == len(losers)
    await ring.hang_up()


async def test_another_nodes_acceptance_wins_over_a_key_pressed_here(
    at: Site, log: DispatchLog, store: Store
) -> None:
    me, other = person("a"), person("b")
    elsewhere = await store.dispatches.attempt(log.dispatch_id, other, other.contacts[0], level=0)
    running = begin(Search(at.services, log, BRIEFING), plan_of(me))
    telephone = await at.exchange.answered_by("a")
    await store.dispatches.outcome(elsewhere.id, AttemptStatus.ANSWERED)
    assert (await store.dispatches.accept(elsewhere.id)).won
    telephone.press("1")
    assert await running is None
    await at.told_people("engineer_taken")
    await until(lambda: telephone.close_reason is not None)


async def test_a_cancelled_search_gives_who_had_pressed_1_already(
    at: Site, log: DispatchLog
) -> None:
    search = Search(at.services, log, BRIEFING)
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


async def test_a_cancelled_search_rings_nobody_any_more(at: Site, log: DispatchLog) -> None:
    search = Search(at.services, log, BRIEFING)
    running = begin(search, plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE))
    telephone = await at.exchange.rings("a")
    search.cancel()
    search.cancel()
    assert await running is None
    await until(lambda: telephone.close_reason is not None)
    assert at.exchange.rung == ["sip:a@test"]


async def test_a_level_is_gone_through_as_often_as_it_says_but_not_with_who_passed(
    at: Site, log: DispatchLog
) -> None:
    running = begin(
        Search(at.services, log, BRIEFING),
        plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE, repeats=2),
    )
    passes = await at.exchange.answered_by("a")
    passes.press("2")
    for _ in range(2):
        (await at.exchange.rings("b")).refuse(CloseReason.BUSY)
    assert await running is None
    assert at.exchange.rung == ["sip:a@test", "sip:b@test", "sip:b@test"]


async def test_the_next_contact_is_rung_when_the_first_is_dead_but_not_after_a_no(
    at: Site, log: DispatchLog
) -> None:
    two = person("a", "sip:desk@test", "sip:mobile@test")
    running = begin(Search(at.services, log, BRIEFING), plan_of(two))
    (await at.exchange.rings("desk")).refuse(CloseReason.UNREACHABLE)
    (await at.exchange.answered_by("mobile")).press("2")
    assert await running is None
    running = begin(Search(at.services, log, BRIEFING), plan_of(two))
    (await at.exchange.answered_by("desk")).press("2")
    assert await running is None
    assert at.exchange.rung == ["sip:desk@test", "sip:mobile@test", "sip:desk@test"]


async def test_who_is_tried_is_told_in_plain_words(at: Site, log: DispatchLog) -> None:
    tried: list[object] = []
    search = Search(at.services, log, BRIEFING, on_trying=tried.append)
    running = begin(search, plan_of(person("a"), person("b"), ringing=Ringing.ONE_BY_ONE))
    for name in "ab":
        (await at.exchange.rings(name)).refuse(CloseReason.NO_ANSWER)
    await running
    assert tried == [Prompt("role_person"), Prompt("role_person")]


# -- who is on the telephone with somebody else -------------------------------------------


@dataclass
class Both:
    """Two searches of one node, each with its own people."""

    at: Site
    log: DispatchLog
    tried: list[object] = field(default_factory=list)

    def search(self, *people: str, ringing: Ringing = Ringing.ONE_BY_ONE) -> asyncio.Task[Any]:
        search = Search(self.at.services, self.log, BRIEFING, on_trying=self.tried.append)
        return begin(search, plan_of(*(person(each) for each in people), ringing=ringing))


@pytest.mark.parametrize("ringing", Ringing)
async def test_who_hears_one_briefing_is_not_rung_over_it_by_a_second_search(
    at: Site, log: DispatchLog, ringing: Ringing
) -> None:
    both = Both(at, log)
    first = both.search("a")
    telephone = await at.exchange.answered_by("a")
    second = both.search("a", "b", ringing=ringing)
    other = await at.exchange.rings("b")  # they are passed over, and nobody waits for them
    await asyncio.sleep(0.1)
    assert at.exchange.rung == ["sip:a@test", "sip:b@test"]
    telephone.press("2")
    await first
    again = await at.exchange.answered_by("a")  # free: beside b, who still rings
    assert other.close_reason is None
    again.press("1")
    ring = await second
    assert ring.person.id == "a"
    await until(lambda: other.close_reason is not None)
    await ring.hang_up()
    assert len(at.services.engaged) == 0


async def test_the_only_one_is_waited_for_while_he_hears_another_briefing(
    at: Site, log: DispatchLog
) -> None:
    both = Both(at, log)
    first, second = both.search("a"), None
    telephone = await at.exchange.answered_by("a")
    second = both.search("a")
    await asyncio.sleep(0.1)
    assert not second.done()
    telephone.press("2")
    await first
    (await at.exchange.answered_by("a")).press("1")
    await (await second).hang_up()


async def test_who_is_busy_for_long_is_left_to_the_follow_up(
    at: Site, log: DispatchLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.search.BUSY_WAIT_S", 0.1)
    both = Both(at, log)
    first = both.search("a")
    (await at.exchange.answered_by("a")).press("1")
    ring = await first
    assert await both.search("a") is None  # they talk, and go on talking
    assert at.exchange.rung == ["sip:a@test"]
    await ring.hang_up()


async def test_a_telephone_that_two_people_share_rings_for_one_search_at_a_time(
    at: Site, log: DispatchLog
) -> None:
    shared = [person("a", "sip:desk@test"), person("b", "sip:desk@test")]
    running = [
        begin(Search(at.services, log, BRIEFING), plan_of(each, repeats=1)) for each in shared
    ]
    first = await at.exchange.answered_by("desk")
    await asyncio.sleep(0.1)
    assert at.exchange.rung == ["sip:desk@test"]
    first.press("2")
    (await at.exchange.answered_by("desk")).press("2")
    assert await asyncio.gather(*running) == [None, None]


async def test_a_cancelled_search_waits_for_nobody_who_is_busy(at: Site, log: DispatchLog) -> None:
    both = Both(at, log)
    first = both.search("a")
    telephone = await at.exchange.answered_by("a")
    search = Search(at.services, log, BRIEFING)
    second = begin(search, plan_of(person("a")))
    await asyncio.sleep(0.05)
    search.cancel()
    assert await second is None
    telephone.press("2")
    await first
    await asyncio.sleep(0.05)
    assert at.exchange.rung == ["sip:a@test"]


@pytest.mark.parametrize("joins", [True, False])
async def test_who_accepts_while_the_search_is_broken_off_is_let_go(
    at: Site, log: DispatchLog, joins: bool
) -> None:
    """As when a talk ends in the moment in which the second person presses 1."""
    search = Search(at.services, log, BRIEFING, joins=joins)
    running = begin(search, plan_of(person("a")))
    telephone = await at.exchange.answered_by("a")
    telephone.press("1")
    while not search._claimed:  # noqa: ASYNC110 - and not one step of the loop later
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await at.told_people("engineer_taken")
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)
    await until(lambda: len(at.services.engaged) == 0)


async def test_two_searches_that_wait_for_one_person_get_him_one_after_the_other(
    at: Site, log: DispatchLog
) -> None:
    both = Both(at, log)
    first = both.search("a")
    telephone = await at.exchange.answered_by("a")
    waiting = [both.search("a") for _ in range(3)]
    await asyncio.sleep(0.05)
    telephone.press("2")
    for _ in waiting:
        telephone = await at.exchange.answered_by("a")
        assert sum(each.close_reason is None for each in at.exchange.calls.values()) == 1
        telephone.press("2")
    assert await asyncio.gather(first, *waiting) == [None] * 4


@pytest.mark.parametrize("seed", range(8))
async def test_however_searches_meet_nobody_has_two_of_our_calls_and_nothing_is_left(
    at: Site, log: DispatchLog, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Searches of random people, who accept, pass, refuse, say nothing or hang up; some
    searches are cancelled, some winners talk for a while."""
    monkeypatch.setattr("ivr.dispatch.search.BUSY_WAIT_S", 0.5)
    monkeypatch.setattr("ivr.dispatch.ring.KEY_WAIT_S", 0.1)
    dice = random.Random(seed)
    people = [person(name) for name in "abc"]

    async def answer(name: str) -> None:
        while True:
            telephone = await at.exchange.rings(name)
            await asyncio.sleep(dice.random() / 10)
            telephone_does = dice.choice(("busy", "1", "2", "", "gone"))
            if telephone.close_reason is not None:
                continue
            if telephone_does == "busy":
                telephone.refuse(CloseReason.BUSY)
                continue
            telephone.pick_up()
            await asyncio.sleep(dice.random() / 5)
            if telephone.close_reason is None and telephone_does == "gone":
                telephone.hang_up()
            elif telephone.close_reason is None:
                telephone.press(telephone_does)

    async def seek() -> None:
        search = Search(at.services, log, BRIEFING)
        ringing = dice.choice(tuple(Ringing))
        chosen = dice.sample(people, dice.randint(1, 3))
        running = begin(search, plan_of(*chosen, ringing=ringing, repeats=dice.randint(1, 2)))
        if dice.random() < 0.3:
            await asyncio.sleep(dice.random() / 2)
            search.cancel()
        ring = await running
        if ring is not None:
            await asyncio.sleep(dice.random() / 2)
            await ring.hang_up()

    async def watch() -> None:
        while True:
            up = [call.callee for call in at.exchange.calls.values() if call.close_reason is None]
            assert len(up) == len(set(up)), up
            await asyncio.sleep(0.002)

    beside = [asyncio.create_task(answer(each.id)) for each in people]
    beside.append(asyncio.create_task(watch()))
    async with asyncio.timeout(60):
        await asyncio.gather(*(seek() for _ in range(6)))
    await until(lambda: len(at.services.engaged) == 0)
    await until(lambda: at.caller.clock.calls == 1)
    assert not beside[-1].done(), beside[-1].exception()
    assert at.services.searches == set()
    for task in beside:
        task.cancel()
    await asyncio.gather(*beside, return_exceptions=True)


# -- keys that nobody pressed ---------------------------------------------------------------


@pytest.mark.parametrize("when", ["early media", "the answer", "the first second"])
async def test_a_key_before_he_can_have_heard_anything_accepts_nothing(
    at: Site, log: DispatchLog, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.ring.HEARD_S", 0.2 if when == "the first second" else 0.0)
    running = begin(Search(at.services, log, BRIEFING), plan_of(person("a")))
    telephone = await at.exchange.rings("a")
    telephone.ring()
    if when == "early media":
        telephone.press("1")
    telephone.pick_up()
    if when == "the answer":
        telephone.press("1")
    await telephone.hears()
    if when == "the first second":
        telephone.press("1")
    await at.told_people("engineer_keys")
    await asyncio.sleep(0.3)
    assert not running.done()
    telephone.press("1")  # this one is an answer
    ring = await running
    assert ring is not None
    await ring.hang_up()


def test_a_person_has_a_second_to_hear_in_before_a_key_is_his(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()
    assert rings.HEARD_S == 1.0


async def test_the_last_words_are_played_and_the_question_stays_open(
    at: Site, log: DispatchLog
) -> None:
    running = begin(Search(at.services, log, BRIEFING), plan_of(person("a")))
    telephone = await at.exchange.answered_by("a")
    telephone.press("9")
    await at.told_people("engineer_owner_words")
    telephone.press("1")
    ring = await running
    assert ring is not None
    await ring.hang_up()


async def test_the_next_level_is_rung_beside_the_one_that_is_rung(
    at: Site, log: DispatchLog
) -> None:
    search = Search(at.services, log, BRIEFING)
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


async def test_a_level_that_was_not_waited_for_is_waited_for_in_the_end(
    at: Site, log: DispatchLog
) -> None:
    search = Search(at.services, log, BRIEFING)
    running = begin(search, plan_of(person("a"), person("b"), levels=2))
    first = await at.exchange.rings("a")
    search.next_level()
    (await at.exchange.rings("b")).refuse(CloseReason.BUSY)
    await asyncio.sleep(0.1)
    assert not running.done()
    first.refuse(CloseReason.NO_ANSWER)
    assert await running is None


async def test_somebody_is_rung_besides_once_and_may_win(at: Site, log: DispatchLog) -> None:
    search = Search(at.services, log, BRIEFING)
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


async def test_a_level_does_not_ring_who_is_rung_besides(at: Site, log: DispatchLog) -> None:
    search = Search(at.services, log, BRIEFING)
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


async def test_a_search_is_known_while_it_goes_on_and_can_be_ended(
    at: Site, log: DispatchLog
) -> None:
    search = Search(at.services, log, BRIEFING)
    running = begin(search, plan_of(person("a")))
    telephone = await at.exchange.rings("a")
    assert at.services.search_for(log.dispatch_id) is search
    search.end()
    assert await running is None
    assert search.ended
    assert at.services.search_for(log.dispatch_id) is None
    await until(lambda: telephone.close_reason is CloseReason.LOCAL)


async def test_who_had_pressed_1_before_the_end_has_it(at: Site, log: DispatchLog) -> None:
    search = Search(at.services, log, BRIEFING)
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


async def test_people_whom_an_earlier_level_rings_are_no_news(
    at: Site, log: DispatchLog, store: Store
) -> None:
    planned = plan_of(person("a"))
    planned = replace(
        planned,
        skipped=(
            Skipped(1, "a", SkipReason.EARLIER),
            Skipped(1, "b", SkipReason.BUSY),
        ),
    )
    running = begin(Search(at.services, log, BRIEFING), planned)
    (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
    assert await running is None
    await log.settled()
    steps = await store.dispatches.timeline(log.dispatch_id)
    skipped = [step.what.person for step in steps if isinstance(step.what, NotRung)]
    assert skipped == ["b"]
