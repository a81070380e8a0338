"""Every question of every pack, under every key, alone and with # behind it.

What holds at all of them: 0 leads to a person, * back, # behind an answer belongs to it, keys
that mean nothing are one wrong answer, and no key ends a call that was not asked to end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from call_logs import Store
from call_logs.tickets import NewTicket, TicketKind
from ivr.call.conversation import Conversation, Keypad, Pressed
from ivr.call.keys import Common, common
from ivr.media.call_media import MediaClock
from ivr.packs.menu import Keys
from ivr.packs.phrasebook import Prompt
from tests.asr.speech import say
from tests.ivr.caller import QUICK, Caller
from tests.ivr.fakes import RATE_HZ, FakeCall, FakePhrasebook

LANGUAGES = ("zh-CN", "en", "ko")
KEYS = "0123456789*#"
PLACE = {"zh-CN": "三号楼一单元", "en": "building three unit one", "ko": "삼동 백이호"}
NUMBER = {
    "zh-CN": "幺三九幺二三四五六七八",
    "en": "one three nine one two three four five six seven eight",
    "ko": "일삼구 일이삼사 오육칠팔",
}
PATIENT = replace(QUICK, choice_s=1.5, silence_s=0.8)  # many calls at once: keys come late
AT_ONCE = 8
HELP = ("dispatch_no_people",)  # nobody is on the roster of these callers


async def nothing(caller: Caller) -> None:
    """The question is the first thing."""


async def place_known(caller: Caller) -> None:
    await caller.until("ask_building")
    caller.say(PLACE[caller.session.language.id])


async def place_confirmed(caller: Caller) -> None:
    await place_known(caller)
    await caller.until("read_back_place")
    caller.press("1")


async def another_number(caller: Caller) -> None:
    await place_confirmed(caller)
    await caller.until("callback_caller")
    caller.press("2")


async def number_said(caller: Caller) -> None:
    await another_number(caller)
    await caller.until("callback_enter")
    caller.say(NUMBER[caller.session.language.id])


async def building_keyed(caller: Caller) -> None:
    await caller.until("ask_building")
    caller.press("12#")


async def message_spoken(caller: Caller) -> None:
    await caller.until("tone")
    await asyncio.sleep(0.1)
    pcm, step = say("楼上漏水请派人来修"), RATE_HZ * 2 // 5
    for start in range(0, len(pcm), step):
        caller.call.speak(pcm[start : start + step])
        await asyncio.sleep(0.02)
    await caller.until("message_confirm")


async def recording(caller: Caller) -> None:
    await caller.until("tone")
    await asyncio.sleep(0.1)


async def ticket_named(caller: Caller) -> None:
    ticket = await caller.store.tickets.open(NewTicket(TicketKind.REPAIR, callback="13911112222"))
    await caller.until("enquiry_ask")
    caller.press(f"{ticket.number}#")


def unsure(category: str) -> Callable[[Caller], Awaitable[None]]:
    async def doubt(caller: Caller) -> None:
        await caller.until("main_menu")
        caller.hit(category, 0.6)

    return doubt


@dataclass(frozen=True)
class Question:
    """Where a caller is asked something, and what only this question makes of keys."""

    prompt: str
    start: str
    way: Callable[[Caller], Awaitable[None]] = nothing
    wrong: str = "not_understood"  # what a key says that means nothing; empty: no such key
    means: str = ""  # the keys that mean something
    own: dict[str, tuple[str, ...]] = field(default_factory=dict)  # prompts that may follow a key
    ends: str = ""  # keys that may end the call


QUESTIONS = (
    Question("main_menu", "main", wrong="wrong_key", means="123459"),
    Question("more_menu", "more", wrong="wrong_key", means="1239", ends="#"),
    Question("language_zh", "language", wrong="wrong_key", means="12349"),
    Question("ask_building", "repair", wrong=""),
    Question("ask_unit", "repair", building_keyed, wrong=""),
    Question("read_back_place", "repair", place_known, means="12"),
    Question("callback_caller", "repair", place_confirmed, means="12"),
    Question("callback_enter", "repair", another_number, wrong=""),
    Question("callback_read_back", "repair", number_said, means="12"),
    Question("voicemail_intro", "voicemail", wrong=""),
    Question("recording", "voicemail", recording, wrong=""),
    Question("message_confirm", "voicemail", message_spoken, means="12"),
    Question("enquiry_ask", "enquiry", wrong=""),
    Question("enquiry_last_four", "enquiry", ticket_named, wrong=""),
    Question("emergency_ask", "emergency", wrong="", own=dict.fromkeys(KEYS, HELP)),
    Question(
        "confirm_flooding",
        "main",
        unsure("flooding"),
        wrong="confirm_flooding",
        means="12",
        own={"0": HELP, "1": HELP, "*": ("confirm_flooding",)},
    ),
    Question(
        "confirm_fire",
        "main",
        unsure("fire"),
        wrong="",  # silence is a yes, and so is whatever is no clear no
        own={key: HELP for key in KEYS if key != "2"},
    ),
)


async def led_to(store: Store, language: str, question: Question, keys: str) -> tuple[str, str]:
    """What the caller hears first after `keys`, and the node they are at then."""
    async with Caller(store, language_id=language, start=question.start, timing=PATIENT) as caller:
        await question.way(caller)
        if question.way not in (recording, message_spoken):
            await caller.until(question.prompt)
        before = len(await caller.nodes())
        caller.book.said.clear()
        caller.press(keys)
        async with asyncio.timeout(20):
            while not (heard := [name for name in caller.heard if name != "tone"]):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        nodes = (await caller.nodes())[before:]
        return heard[0], nodes[0] if nodes else ""


def cases(question: Question) -> list[str]:
    wrong = [key for key in "12345678" if key not in question.means]
    bursts = ["".join(wrong[:2]), "".join(wrong[:1]) * 2] if question.wrong else []
    return [*KEYS, "00", *bursts]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.prompt)
async def test_every_key_at_every_question(store: Store, language: str, question: Question) -> None:
    pressed = [keys + end for keys in cases(question) for end in ("", "#")]
    lines = asyncio.Semaphore(AT_ONCE)

    async def call(keys: str) -> tuple[str, str]:
        async with lines:
            return await led_to(store, language, question, keys)

    found = dict(zip(pressed, await asyncio.gather(*map(call, pressed)), strict=True))
    for keys in pressed:
        heard, node = found[keys]
        answer = keys.removesuffix("#") or "#"
        bare = "0" if answer == "00" else answer
        if bare not in question.ends:
            assert heard != "goodbye", keys
            assert node != "goodbye", keys
        if bare in question.own:
            assert heard in question.own[bare], keys
        elif bare == "0":
            assert node == "person", keys
        elif bare == "*":
            assert node == question.start, keys  # there is nothing before it
        elif question.wrong and not set(bare) & set(question.means + "#"):
            assert heard == question.wrong, keys
        assert found[answer + "#"] == found[answer], f"{keys}: a # behind an answer changes it"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_keys_without_a_meaning_use_up_one_try_however_many_they_are(
    store: Store, language: str
) -> None:
    async with Caller(store, language_id=language) as caller:
        await caller.until("main_menu")
        caller.press("867#")
        await caller.until("main_menu")
        assert await caller.nodes() == ["main"]
        caller.press("2")
        await caller.until("ask_building")


async def test_who_asks_to_hear_it_again_hears_it_more_slowly(store: Store) -> None:
    async with Caller(store) as caller:
        await caller.until("main_menu")
        assert caller.book.said_slowly == []
        caller.say("再说一遍")
        await caller.until("main_menu")
        assert Prompt("main_menu") in caller.book.said_slowly


async def test_a_number_keyed_into_a_message_does_not_end_it(store: Store) -> None:
    async with Caller(store, start="voicemail") as caller:
        await recording(caller)
        caller.press("13800138000")
        await caller.until("message_nothing_heard")
        assert await caller.nodes() == ["voicemail"]


@pytest.mark.parametrize("key", ["0", "*"])
async def test_who_leaves_a_message_for_a_person_has_left_what_he_said(
    store: Store, key: str
) -> None:
    async with Caller(store, start="voicemail") as caller:
        await recording(caller)
        for _ in range(2):
            caller.call.speak(say("楼上漏水请派人来修"))
            await asyncio.sleep(0.05)
        caller.press(key)
        await caller.until("person_busy" if key == "0" else "voicemail_intro")
        assert await caller.ticket() is not None


async def test_the_end_key_behind_an_answer_cuts_no_message_short() -> None:
    call, clock, book = FakeCall(), MediaClock(), FakePhrasebook()
    clock.start()
    talk = Conversation(call, clock.attach(call), book)  # type: ignore[arg-type]
    call.press("8")
    assert await talk.ask(wait_s=5) == Pressed("8")
    saying = asyncio.create_task(talk.say(Prompt("wrong_key")))
    await asyncio.sleep(0.05)
    queued = call.buffered_ms
    call.press("#")
    await asyncio.sleep(0.05)
    assert queued > 0
    assert call.buffered_ms > 0
    call.press("5")  # any other key does
    await saying
    assert await talk.ask(wait_s=5) == Pressed("5")
    talk.close()
    await clock.close()


async def test_a_lone_zero_is_a_person_and_one_among_digits_a_digit() -> None:
    call, clock, book = FakeCall(), MediaClock(), FakePhrasebook()
    talk = Conversation(call, clock.attach(call), book)  # type: ignore[arg-type]
    keypad = Keypad(pause_s=0.1)
    call.press("0#")
    assert await talk.ask(keypad=keypad, wait_s=5) == Pressed("0")
    call.press("01088#")
    assert await talk.ask(keypad=keypad, wait_s=5) == Pressed("01088")
    talk.close()
    await clock.close()


def test_a_menu_of_its_own_may_use_the_common_keys() -> None:
    keys = Keys()
    assert common(keys, "0") is Common.PERSON
    assert common(keys, "0", own="0") is None
    assert common(keys, "") is common(keys, "#") is Common.END
    assert common(keys, "#", own="#") is None
    assert common(keys, "12") is None
