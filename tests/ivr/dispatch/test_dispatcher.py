"""Every row of docs/decisions/dispatch.md: who hears what, and where the case goes."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest

from asr.live import Heard
from call_logs import Store
from call_logs.dispatches import DispatchEventKind, DispatchStatus
from call_logs.storage import StoreBusy
from call_logs.tickets import TicketClass, TicketStatus
from ivr.endpoint import CallState, CloseReason
from ivr.media.call_media import CallMedia
from ivr.packs.phrasebook import Number
from tests.ivr.caller import LIMIT_S, Caller
from tests.ivr.exchange import VOICE, Site, Telephone, called_back, site, until
from tests.ivr.flow.test_message import at_the_tone, speak

KEYS = "0123456789*#"
WORDS = ("好的", "不是", "人工", "返回", "三号楼二单元", "电梯困人了", "救命")


async def alarm(caller: Caller) -> None:
    await caller.until("greeting")
    caller.hit("lift_entrapment", 0.97)


async def the_dispatch(at: Site) -> Any:
    ticket = await at.caller.ticket()
    assert ticket is not None
    (found,) = await at.store.dispatches.for_ticket(ticket.id)
    return found


async def is_closed(at: Site) -> None:
    """Wait until the case is: it is written down after the last call has ended."""
    async with asyncio.timeout(LIMIT_S):
        while (await the_dispatch(at)).status is not DispatchStatus.CLOSED:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_who_accepts_is_bridged_and_an_ended_talk_is_the_end(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)
    async with site(store, "a") as at:
        await alarm(at.caller)
        telephone = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.press("5")
        await until(lambda: telephone.keys_received == "5")
        telephone.hang_up()
        await at.caller.until("ticket_number")
        await at.outcomes_are("ended")
        found = await the_dispatch(at)
        assert (found.status, found.reason) == (DispatchStatus.CLOSED, "talked")
        assert at.followed_up == []
        ticket = await at.caller.ticket()
        assert ticket is not None
        assert ticket.status is TicketStatus.REGISTERED
        assert ticket.ticket_class is TicketClass.URGENT
        kinds = [step.kind for step in await store.dispatches.timeline(found.id)]
        assert DispatchEventKind.HEARD in kinds
        order = ["attempt_placed", "attempt_rung", "attempt_answered", "attempt_accepted"]
        assert [kind for kind in kinds if kind in order] == order


async def test_what_the_caller_tells_the_engineer_starts_nothing_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.say("电梯困人了")
        telephone = await at.exchange.rings("a")
        at.caller.say("电梯困人了")  # while they wait
        telephone.pick_up()
        await telephone.hears()
        telephone.press("1")
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.say("救命电梯困人了有三个人")
        telephone.hang_up()
        at.caller.say("电梯困人了")  # in the moment in which the talk ends
        await at.caller.until("ticket_number")
        at.caller.hit("fire", 0.97)  # this is news, also in the middle of a sentence of ours
        again = await at.exchange.rings("a")
        assert at.exchange.rung == ["sip:a@test"] * 2
        assert "system_trouble" not in at.caller.heard
        again.refuse(CloseReason.BUSY)


@pytest.mark.parametrize(
    ("reason", "outcome"),
    [
        (CloseReason.BUSY, "busy"),
        (CloseReason.DECLINED, "declined"),
        (CloseReason.NO_ANSWER, "no_answer"),
        (CloseReason.UNREACHABLE, "unreachable"),
        (CloseReason.FAILED, "failed"),
    ],
)
async def test_a_ring_that_fails_leads_to_the_next_person(
    store: Store, reason: CloseReason, outcome: str
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        (await at.exchange.rings("a")).refuse(reason)
        await at.exchange.accepted_by("b")
        await at.outcomes_are(outcome, "bridged")


async def test_an_early_drop_out_gives_the_caller_to_the_next_and_not_to_the_same(
    store: Store,
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        first = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        first.hang_up()
        await at.exchange.accepted_by("b")
        await at.outcomes_are("dropped", "bridged")
        assert at.exchange.rung == ["sip:a@test", "sip:b@test"]
        assert (await the_dispatch(at)).person == "b"


async def test_star_2_passes_on_and_the_person_is_told(store: Store) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        first = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        first.press("*2")
        await at.exchange.rings("b")
        await at.told_people("engineer_passed")
        await at.outcomes_are("passed_on", "placed")


async def test_star_1_brings_a_second_person_in_who_takes_nothing_over(store: Store) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        first = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        first.press("*1")
        second = await at.exchange.accepted_by("b")
        await at.told_people("engineer_second_joined")
        at.caller.press("7")
        await until(lambda: (first.keys_received, second.keys_received) == ("7", "7"))
        first.hang_up()
        await at.outcomes_are("ended", "bridged")
        assert at.caller.session.conversation.media.bridged
        assert (await the_dispatch(at)).person == "a"


async def test_star_1_with_nobody_left_is_said(store: Store) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        first = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        first.press("*1")
        await at.told_people("engineer_second_none")


async def test_an_owner_who_hangs_up_while_it_rings_stops_the_ringing_and_is_followed_up(
    store: Store,
) -> None:
    async with site(store, "a", "b", ringing="all_at_once") as at:
        await alarm(at.caller)
        telephones = [await at.exchange.rings(each) for each in "ab"]
        at.caller.call.hang_up()
        await until(lambda: at.followed_up)
        assert all(t.close_reason is CloseReason.LOCAL for t in telephones)
        found = await the_dispatch(at)
        assert found.status is DispatchStatus.UNANSWERED
        assert at.followed_up == [found.id]


async def test_who_is_being_asked_when_the_owner_hangs_up_hears_that_he_is_called_back(
    store: Store,
) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        await at.exchange.answered_by("a")
        await at.told_people("engineer_keys")
        at.caller.call.hang_up()
        await at.told_people("engineer_owner_gone")
        await at.outcomes_are("cancelled")


async def test_a_1_that_crosses_with_the_owners_hang_up_keeps_the_case(store: Store) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        telephone = await at.exchange.answered_by("a")
        await at.told_people("engineer_keys")
        telephone.press("1")
        at.caller.call.hang_up()
        await until(lambda: at.followed_up)
        await at.told_people("engineer_owner_gone")
        found = await the_dispatch(at)
        assert (found.status, found.person) == (DispatchStatus.ACCEPTED, "a")
        assert found.acknowledged_at is not None  # the follow-up only tells the owner


async def test_an_owner_who_is_cut_off_at_once_is_followed_up_and_the_person_told(
    store: Store,
) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.call.hang_up()
        await until(lambda: at.followed_up)
        await at.told_people("engineer_owner_gone")
        assert (await the_dispatch(at)).status is DispatchStatus.ACCEPTED


async def test_with_nobody_left_he_gives_details_and_hears_what_comes_next(store: Store) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
        await at.caller.until("dispatch_nobody")
        await at.caller.until("ask_building")
        at.caller.press("7#")
        await at.caller.until("callback_caller")
        at.caller.press("1")
        await at.caller.until("dispatch_news")
        await at.caller.until("ticket_number")
        ticket = await at.caller.ticket()
        assert ticket is not None
        assert ticket.building == "7"
        assert at.followed_up == [(await the_dispatch(at)).id]


async def test_without_anybody_to_call_he_is_not_told_that_calling_goes_on(store: Store) -> None:
    async with site(store) as at:  # nobody on the roster
        await alarm(at.caller)
        await at.caller.until("ask_building")
        heard = at.caller.heard_before
        assert "dispatch_no_people" in heard
        assert "call_119" in heard
        assert not {"dispatch_nobody", "emergency_calling", "dispatch_trying"} & set(heard)
        assert at.followed_up == [(await the_dispatch(at)).id]  # somebody may be entered yet


RINGS_S = 20.0  # after 30 s a telephone is given up


@pytest.mark.parametrize("key", KEYS)
async def test_a_key_at_any_point_never_keeps_the_caller_from_help(store: Store, key: str) -> None:
    """Pressed at every prompt that they hear, until somebody has accepted."""
    async with site(store, "a") as at:
        await alarm(at.caller)
        telephone = await at.exchange.rings("a")
        loop = asyncio.get_running_loop()
        picks_up_s = loop.time() + RINGS_S
        for _ in range(8):
            before = len(at.caller.book.said)
            at.caller.press(key)
            await until(
                lambda before=before: len(at.caller.book.said) > before or loop.time() > picks_up_s
            )
        telephone.pick_up()
        await telephone.hears()
        telephone.press("1")
        await at.outcomes_are("bridged")


@pytest.mark.parametrize("words", WORDS)
async def test_words_at_any_point_are_kept_and_never_keep_the_caller_from_help(
    store: Store, words: str
) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        telephone = await at.exchange.rings("a")
        for _ in range(6):
            before = len(at.caller.book.said)
            at.caller.say(words)
            await until(lambda before=before: len(at.caller.book.said) > before)
        telephone.pick_up()
        await telephone.hears()
        telephone.press("1")
        await at.outcomes_are("bridged")
        ticket = await at.caller.ticket()
        assert ticket is not None
        assert words in ticket.text
        assert ticket.category == "lift_entrapment"


@pytest.mark.parametrize("key", [key for key in KEYS if key not in "12"])
async def test_a_person_on_call_may_press_anything_before_his_1(store: Store, key: str) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        telephone = await at.exchange.answered_by("a")
        for _ in range(1 if key == "#" else 3):  # one more would belong to the first
            before = len(at.people_book.said)
            telephone.press(key)
            await until(lambda before=before: len(at.people_book.said) > before)
        telephone.press("1")
        await at.outcomes_are("bridged")


async def test_the_search_goes_on_without_a_database_and_the_follow_up_comes_with_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> object:
        raise StoreBusy("the database is locked")

    async with site(store, "a") as at:
        await store.roster.current()
        with monkeypatch.context() as locked:
            for name in ("open", "attempt", "outcome", "accept", "move", "note"):
                locked.setattr(store.dispatches, name, away)
            await alarm(at.caller)
            await at.exchange.accepted_by("a")
            await until(lambda: at.caller.session.conversation.media.bridged)
            at.caller.call.hang_up()
            await until(lambda: not at.exchange.calls)
            assert at.followed_up == []
        await until(lambda: at.followed_up)  # the database is back
        assert at.followed_up == [(await the_dispatch(at)).id]


async def test_people_are_rung_again_and_meet_the_owner_while_the_case_cannot_be_written_down(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> object:
        raise StoreBusy("the database is locked")

    monkeypatch.setattr("ivr.dispatch.dispatcher.FOLLOW_UP_AGAIN_S", (0.0, 0.1))
    monkeypatch.setattr("ivr.dispatch.dispatcher.RING_AGAIN_S", 0.1)
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)
    async with site(store, "a") as at:
        await store.roster.current()
        with monkeypatch.context() as locked:
            for name in ("open", "attempt", "outcome", "accept", "move", "note"):
                locked.setattr(store.dispatches, name, away)
            await alarm(at.caller)
            await at.exchange.rings("a")
            at.caller.call.hang_up()
            (await at.exchange.rings("a")).refuse(CloseReason.BUSY)
            telephone = await at.exchange.accepted_by("a")
            owner = await called_back(at)
            await until(lambda: at.services.clock._bridges)
            owner.hang_up()
            await until(lambda: telephone.state is CallState.CLOSED)
            rung = len(at.exchange.rung)
            await asyncio.sleep(0.5)  # longer than the pause between two rounds
            assert len(at.exchange.rung) == rung  # they have it
        await until(lambda: at.caller.session.call_id not in at.services.in_hand)
        assert at.followed_up == []
        assert (await the_dispatch(at)).status is DispatchStatus.CLOSED
        await at.outcomes_are("cancelled", "busy", "ended")


async def test_key_0_rings_who_is_on_duty_and_writes_no_dispatch(store: Store) -> None:
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.press("0")
        telephone = await at.exchange.answered_by("a")
        await at.told_people("operator_call")
        telephone.press("1")
        await until(lambda: at.caller.session.conversation.media.bridged)
        assert await at.caller.ticket() is None
        assert await store.dispatches.open_dispatches() == ()


async def test_with_nobody_on_duty_the_message_gets_a_promise_that_is_its_deadline(
    store: Store,
) -> None:
    async with site(store) as at:
        await at.caller.until("greeting")
        await at_the_tone(at.caller)  # after key 0, and nobody
        await speak(at.caller)
        at.caller.press("#")
        await at.caller.until("message_confirm")
        at.caller.press("1")
        await until(lambda: "voicemail_promise" in at.caller.heard)
        said = next(p for p in at.caller.book.said if getattr(p, "name", "") == "voicemail_promise")
        ticket = await at.caller.ticket()
    assert ticket is not None
    assert ticket.ticket_class is TicketClass.IMPORTANT
    promised_s = (ticket.acknowledge_due_at - ticket.opened_at).total_seconds()
    assert said.slots["minutes"] == Number(round(promised_s / 60))  # type: ignore[union-attr]


async def test_an_emergency_key_and_a_hang_up_is_still_an_emergency(store: Store) -> None:
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.press("1")
        await at.caller.until("emergency_ask")
        at.caller.call.hang_up()
        await until(lambda: at.followed_up)
        assert (await the_dispatch(at)).status is DispatchStatus.UNANSWERED


async def test_a_hang_up_at_the_question_is_no_no_where_lives_are_in_danger(store: Store) -> None:
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.hit("lift_entrapment", 0.6)
        await at.caller.until("confirm_lift_entrapment")
        at.caller.call.hang_up()
        await until(lambda: at.followed_up)


async def test_a_hang_up_at_the_question_wakes_nobody_otherwise(store: Store) -> None:
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.hit("flooding", 0.6)
        await at.caller.until("confirm_flooding")
    assert at.followed_up == []
    assert at.exchange.rung == []


@pytest.mark.parametrize(
    ("words", "rings"), [("电梯坏了里面好像有人", False), ("电梯困人了", True)]
)
async def test_the_end_of_the_doubtful_sentence_is_no_answer_but_may_settle_it(
    store: Store, words: str, rings: bool
) -> None:
    async with site(store, "a") as at:
        await at.caller.until("greeting")
        at.caller.hit("flooding", 0.6)  # one in which silence is no yes
        await at.caller.until("confirm_flooding")
        at.caller.session.on_heard(Heard(words, True, 0.0, 1.0))  # it began before the question
        if rings:
            await at.exchange.rings("a")
        else:
            await at.caller.until("confirm_flooding")
            await at.caller.until("main_menu")
            assert at.exchange.rung == []


async def test_nothing_is_left_of_many_dispatches(store: Store) -> None:
    """Tasks, media and calls of both sides, however the calls went."""
    async with site(store, "a", "b", ringing="all_at_once") as at:
        await alarm(at.caller)
        for each in "ab":
            await at.exchange.rings(each)
    del at
    baseline = _leftovers()
    for turn in range(6):
        async with site(store, number=f"1380013810{turn}") as at:  # each a case of its own
            await alarm(at.caller)
            telephones = [await at.exchange.rings(each) for each in "ab"]
            if turn % 3 == 0:
                telephones[0].pick_up()
                await telephones[0].hears()
                telephones[0].press("1")
                await until(lambda at=at: at.caller.session.conversation.media.bridged)
            elif turn % 3 == 1:
                telephones[1].pick_up()
            at.caller.call.hang_up()
            await until(lambda at=at: not at.exchange.calls)  # every line was freed
            await until(lambda at=at: len(at.services.engaged) == 0 and at.caller.clock.calls <= 1)
        assert at.caller.clock.calls == 0
        del at, telephones
    assert _leftovers() == baseline


def _leftovers() -> tuple[int, int]:
    gc.collect()
    media = sum(isinstance(each, CallMedia) for each in gc.get_objects())
    return len(asyncio.all_tasks()), media


# -- a talk that is none ------------------------------------------------------------------


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds are over at once, and so are three."""
    monkeypatch.setattr("ivr.dispatch.bridge.EARLY_S", 0.0)
    monkeypatch.setattr("ivr.dispatch.bridge.HELLO_S", 0.0)


async def bridged_with(at: Site, person: str, *, voice: bytes = VOICE) -> Telephone:
    """Somebody accepts, and they talk; their side sends this."""
    telephone = await at.exchange.answered_by(person)
    telephone.voice = voice
    telephone.press("1")
    await until(
        lambda: at.services.clock._bridges and len(at.services.clock._bridges[0].parties) == 2
    )
    telephone.speak(voice * 50)  # half a second, if it is a voice
    await asyncio.sleep(0.5)
    return telephone


@pytest.mark.parametrize("voice", [b"", bytes(160)])
async def test_a_machine_that_pressed_1_and_says_nothing_has_not_helped(
    store: Store, short: None, voice: bytes
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        machine = await bridged_with(at, "a", voice=voice)
        machine.hang_up()
        await at.caller.until("dispatch_silent")
        await at.exchange.accepted_by("b")
        await at.outcomes_are("dropped", "bridged")
        assert (await the_dispatch(at)).person == "b"


async def test_an_owner_who_hears_nobody_and_hangs_up_is_not_taken_for_helped(
    store: Store, short: None
) -> None:
    async with site(store, "a") as at:
        await alarm(at.caller)
        await bridged_with(at, "a", voice=b"")
        at.caller.call.hang_up()
        await until(lambda: at.followed_up)
        await at.outcomes_are("dropped")
        found = await the_dispatch(at)
        assert (found.status, found.person) == (DispatchStatus.UNANSWERED, "")
        assert found.acknowledged_at is None  # so the follow-up rings, and tells no news


async def test_an_owner_who_was_called_to_a_silent_telephone_goes_back_to_the_search(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.dispatch.talk.FIRST_SOUND_S", 0.2)
    monkeypatch.setattr("ivr.dispatch.talk.THERE_S", 0.3)
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        dead = await bridged_with(at, "a", voice=b"")
        await at.told_people("engineer_there")
        await at.caller.until("dispatch_silent")
        await at.told_people("engineer_silent")
        await until(lambda: dead.close_reason is CloseReason.LOCAL)
        await at.exchange.accepted_by("b")
        await at.outcomes_are("dropped", "bridged")


async def test_a_second_person_whom_nobody_hears_is_no_fault_of_the_first(
    store: Store, short: None
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        first = await bridged_with(at, "a")
        first.press("*1")
        second = await at.exchange.answered_by("b")
        second.voice = b""
        second.press("1")
        await at.told_people("engineer_second_joined")
        at.caller.call.hang_up()
        await at.outcomes_are("ended", "ended")
        await until(lambda: not at.exchange.calls)
        await is_closed(at)
        assert at.followed_up == []


# -- lines that break -----------------------------------------------------------------------


async def test_a_persons_line_that_breaks_late_gives_the_owner_back_to_the_search(
    store: Store, short: None
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        telephone = await bridged_with(at, "a")
        telephone.refuse(CloseReason.RTP_TIMEOUT)
        await at.caller.until("dispatch_engineer_lost")
        await at.exchange.accepted_by("b")
        await at.outcomes_are("dropped", "bridged")


async def test_an_owner_whose_line_breaks_late_is_called_back_at_once_and_they_talk_on(
    store: Store, short: None
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        telephone = await bridged_with(at, "a")
        at.caller.call.lose()
        await at.told_people("engineer_owner_lost")
        owner = await called_back(at)
        assert telephone.close_reason is None
        await at.told_people("dispatch_line_back")
        await at.outcomes_are("bridged")
        await until(lambda: VOICE in telephone.sent)
        await asyncio.sleep(0.5)
        owner.hang_up()
        await at.outcomes_are("ended")
        await until(lambda: not at.services.in_hand)  # it is written that this one is over
        found = await the_dispatch(at)
        assert (found.status, found.person) == (DispatchStatus.CLOSED, "a")
        assert at.exchange.rung == ["sip:a@test", "+8613800138000"]  # nobody else was woken
        assert at.followed_up == []


async def test_the_person_of_an_owner_called_back_may_pass_him_on(
    store: Store, short: None
) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        telephone = await bridged_with(at, "a")
        at.caller.call.lose()
        owner = await called_back(at)
        await at.told_people("dispatch_line_back")
        await asyncio.sleep(0.5)
        telephone.press("*2")
        await at.told_people("dispatch_passed_on")
        await until(lambda: owner.close_reason is not None)
        await until(lambda: at.followed_up)
        assert (await the_dispatch(at)).status is DispatchStatus.UNANSWERED


async def test_star_2_tells_the_owner_who_passed_him_on_and_who_is_rung_next(store: Store) -> None:
    async with site(store, "a", "b") as at:
        await alarm(at.caller)
        first = await at.exchange.accepted_by("a")
        await until(lambda: at.caller.session.conversation.media.bridged)
        at.caller.book.said.clear()
        first.press("*2")
        await at.exchange.rings("b")
        await until(lambda: "dispatch_trying" in at.caller.heard)
        assert at.caller.heard[:2] == ["dispatch_passed_on", "dispatch_trying"]
        assert at.caller.book.said[0].slots["who"].name == "role_engineer"  # type: ignore[union-attr]
        assert "dispatch_engineer_lost" not in at.caller.heard


async def test_a_person_who_is_told_to_another_caller_is_rung_when_he_is_free(store: Store) -> None:
    """Two owners in danger, and one engineer."""
    async with site(store, "a") as at:
        other = at.services.engaged.enter(frozenset({"a", "sip:a@test"}))
        await alarm(at.caller)
        await asyncio.sleep(0.3)
        assert at.exchange.rung == []
        other()
        await at.exchange.accepted_by("a")
        await at.outcomes_are("bridged")


async def test_an_operator_who_is_busy_is_not_waited_for_by_key_0(store: Store) -> None:
    async with site(store, "a") as at:
        at.services.engaged.enter(frozenset({"a"}))
        await at.caller.until("greeting")
        await at_the_tone(at.caller)  # after key 0
        assert at.exchange.rung == []
