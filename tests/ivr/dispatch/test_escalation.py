"""One caller's case: what people are told of it, and what of it is in the store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from asr.lexicon import Hit
from asr.live import Heard
from asr.spoken import Place
from call_logs import Store
from call_logs.dispatches import DispatchStatus, Note, PhraseHeard
from call_logs.dispatches import store as dispatches
from call_logs.storage import StoreBusy
from call_logs.tickets import TicketClass, TicketKind, TicketStatus
from ivr.dispatch import dispatch_log as trails
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.escalation import Escalation
from ivr.endpoint import CloseReason
from ivr.packs.phrasebook import Number, Prompt
from ivr.packs.places import place_phrase
from tests.ivr.caller import Caller
from tests.ivr.exchange import site, until

HIT = Hit("lift_entrapment", "电梯困人", 0.9, 2.0, "trapped")


@pytest.fixture
async def caller(store: Store) -> AsyncIterator[Caller]:
    async with Caller(store) as made:
        await made.until("greeting")
        yield made


async def case_of(caller: Caller, *, urgent: bool = True, category: str = "fire") -> Escalation:
    policy = (await caller.store.roster.current()).policy(category)
    caller.session.draft.category = category
    return Escalation(
        caller.session, policy, DispatchLog(caller.store, ""), urgent=urgent, hits=(HIT,)
    )


async def with_ticket(escalation: Escalation) -> None:
    await escalation.session.open_ticket(TicketKind.EMERGENCY, TicketClass.URGENT)


# -- what is told ------------------------------------------------------------------------


async def test_people_hear_what_and_where_as_it_is_known_by_then(caller: Caller) -> None:
    escalation = await case_of(caller)
    briefing = escalation.briefing
    nowhere = Prompt(
        "engineer_urgent", category=Prompt("category_fire"), place=place_phrase(Place())
    )
    assert briefing.opening() == (nowhere,)
    caller.session.draft.place = place = Place(building="3", room="1502")
    caller.session.draft.category = "gas_leak"
    known = Prompt(
        "engineer_urgent", category=Prompt("category_gas_leak"), place=place_phrase(place)
    )
    assert briefing.opening() == (known,)
    assert briefing.keys == Prompt("engineer_keys")
    assert Prompt("place_unknown") in place_phrase(Place(area="电梯")).parts  # of which house?
    assert Prompt("place_unknown") not in place_phrase(Place("3", area="电梯")).parts


async def test_how_many_are_in_danger_is_told_once_it_is_known_and_more_count_more(
    caller: Caller,
) -> None:
    escalation = await case_of(caller)
    for said, told in ((None, None), (2, 2), (5, 5), (1, 5), (0, 5), (10**9, 9999)):
        caller.session.on_hits((replace(HIT, people=said),))
        people = [
            p for p in escalation.briefing.opening() if getattr(p, "name", "") == "engineer_people"
        ]
        assert people == ([Prompt("engineer_people", people=Number(told))] if told else [])
    await with_ticket(escalation)
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.people == 9999


async def test_a_category_without_words_of_its_own_is_told_as_an_emergency(caller: Caller) -> None:
    escalation = await case_of(caller, category="meteorite")
    (told,) = escalation.briefing.opening()
    assert isinstance(told, Prompt)
    assert told.slots["category"] == Prompt("category_other")
    assert escalation.advice() == Prompt("advice_other")
    assert (await case_of(caller)).advice() == Prompt("advice_fire")


async def test_who_is_rung_for_key_0_hears_that_somebody_wants_to_talk(caller: Caller) -> None:
    escalation = await case_of(caller, urgent=False)
    assert escalation.briefing.opening() == (Prompt("operator_call"), place_phrase(Place()))


async def test_the_callers_last_words_come_at_the_rate_of_who_hears_them(caller: Caller) -> None:
    escalation = await case_of(caller)
    assert escalation.briefing.recent_speech(8000) == b""
    caller.call.speak(b"\x01\x00" * 8000)
    await until(lambda: caller.session.recent_speech.pcm([Heard("救命", True, 0.3, 0.7)], 8000))
    caller.session.told.append(Heard("救命", True, 0.3, 0.7))
    assert len(escalation.briefing.recent_speech(16000)) == 2 * len(
        escalation.briefing.recent_speech(8000)
    )


# -- what is written ---------------------------------------------------------------------


async def test_a_phrase_is_noted_at_the_moment_at_which_it_was_said(caller: Caller) -> None:
    escalation = await case_of(caller)
    await with_ticket(escalation)
    assert await escalation.open()
    caller.session.conversation.media._started_s -= 10.0  # they have talked for a while
    caller.session.listening_since_s = 1.0
    escalation.hits = (HIT, replace(HIT, at_s=2.5, level=0.6))
    await escalation.note_heard()
    steps = await caller.store.dispatches.timeline(escalation.log.dispatch_id)
    heard = [(step.at, step.what) for step in steps if isinstance(step.what, PhraseHeard)]
    assert [what.at_s for _, what in heard] == [3.0, 3.5]
    assert heard[0][1].level == 0.9
    assert 0.4 < (heard[1][0] - heard[0][0]).total_seconds() < 0.6


async def test_a_call_without_a_ticket_opens_no_dispatch_until_there_is_one(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trails, "WAIT_S", 0.1)
    monkeypatch.setattr(trails, "AGAIN_S", (0.02,))
    escalation = await case_of(caller)
    assert not await escalation.open()
    assert escalation.log.dispatch_id == ""
    await with_ticket(escalation)
    await until(lambda: escalation.log.dispatch_id)
    assert await escalation.open()
    dispatch = await caller.store.dispatches.get(escalation.log.dispatch_id)
    assert (dispatch.call_id, dispatch.category) == (caller.call.id, escalation.policy.category)


async def test_an_acceptance_registers_the_ticket_in_the_persons_name_once(caller: Caller) -> None:
    escalation = await case_of(caller)
    await with_ticket(escalation)
    await escalation.open()
    escalation.stamp("Li")
    escalation.stamp("Wang")  # the second, after the first has dropped out
    await escalation.log.note(Note())  # behind both
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.status is TicketStatus.REGISTERED
    moves = [
        each for each in await caller.store.tickets.history(ticket.id) if each.action == "moved"
    ]
    assert [each.actor for each in moves] == ["Li"]


async def test_a_ticket_that_came_before_key_0_is_registered_too(caller: Caller) -> None:
    escalation = await case_of(caller, urgent=False)
    await escalation.session.open_ticket(TicketKind.REPAIR, TicketClass.GENERAL)
    escalation.stamp("Li")
    await escalation.log.beside(_nothing, "nothing")
    ticket = await caller.ticket()
    assert ticket is not None
    assert ticket.status is TicketStatus.REGISTERED
    assert await caller.store.dispatches.for_ticket(ticket.id) == ()


async def test_a_call_for_a_person_without_a_ticket_has_nothing_to_register(caller: Caller) -> None:
    escalation = await case_of(caller, urgent=False)
    escalation.stamp("Li")
    await escalation.log.beside(_nothing, "nothing")
    assert await caller.ticket() is None


async def _nothing() -> None:
    """A line that only shows that all before it are through."""


async def test_an_acceptance_while_the_database_is_locked_is_in_it_afterwards(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The two talk at once; `answered` would otherwise be the ring's last word."""
    monkeypatch.setattr(dispatches, "WAIT_S", 0.2)
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.hit("lift_entrapment", 0.97)
        telephone = await at.exchange.answered_by("a")
        await at.told_people("engineer_keys")
        await at.outcomes_are("answered")
        with _locked(tmp_path / "hotline.db"):
            telephone.press("1")
            await until(lambda: at.caller.session.conversation.media.bridged, 4.0)
            await asyncio.sleep(0.5)  # longer than the store waits for the lock
        await at.outcomes_are("bridged")
        ticket = await at.caller.ticket()
        assert ticket is not None
        (dispatch,) = await store.dispatches.for_ticket(ticket.id)
        assert (dispatch.status, dispatch.person) == (DispatchStatus.ACCEPTED, "a")
        assert ticket.acknowledged_at == dispatch.accepted_at
        assert ticket.status is TicketStatus.REGISTERED


async def test_a_search_that_began_without_a_database_is_in_it_from_its_first_ring(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> object:
        raise StoreBusy("the database is locked")

    monkeypatch.setattr(trails, "WAIT_S", 0.1)
    monkeypatch.setattr(trails, "AGAIN_S", (0.05,))
    async with site(store, "a", "b") as at:
        await store.roster.current()
        with monkeypatch.context() as locked:
            for name in ("open", "attempt", "outcome", "accept", "move", "note"):
                locked.setattr(store.dispatches, name, away)
            await at.caller.until("greeting")
            at.caller.hit("lift_entrapment", 0.97)
            (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
            await at.exchange.accepted_by("b")
            await until(lambda: at.caller.session.conversation.media.bridged)
            assert await store.dispatches.open_dispatches() == ()
        async with asyncio.timeout(10):
            while not await store.dispatches.open_dispatches():  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.02)
        await at.outcomes_are("busy", "bridged")
        (dispatch,) = await store.dispatches.open_dispatches()
        assert dispatch.person == "b"
        kinds = [step.kind for step in await store.dispatches.timeline(dispatch.id)]
        order = ["dispatch_ringing", "attempt_busy", "attempt_accepted", "attempt_bridged"]
        assert [kind for kind in kinds if kind in order] == order
        assert dispatch.opened_at < (await store.dispatches.attempts(dispatch.id))[0].started_at


async def test_the_follow_up_waits_for_the_lines_of_the_search(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late `unanswered` of this call must not undo what the follow-up reaches."""
    monkeypatch.setattr(trails, "WAIT_S", 0.1)
    released = asyncio.Event()
    move = store.dispatches.move

    async def slowly(dispatch_id: str, status: DispatchStatus, **options: object) -> object:
        if not released.is_set():
            raise StoreBusy("the database is locked")
        return await move(dispatch_id, status, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(store.dispatches, "move", slowly)
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.hit("lift_entrapment", 0.97)
        await at.exchange.rings("a")
        at.caller.call.hang_up()
        await until(lambda: not at.exchange.calls)
        await asyncio.sleep(0.5)
        assert at.followed_up == []
        released.set()
        await until(lambda: at.followed_up)
        (dispatch,) = await store.dispatches.open_dispatches()
        assert dispatch.status is DispatchStatus.UNANSWERED


class _locked:
    """Another program writes, and takes its time."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, *_: object) -> None:
        self._connection.execute("ROLLBACK")
        self._connection.close()
