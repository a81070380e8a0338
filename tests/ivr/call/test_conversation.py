"""A dialogue takes whatever comes first: a key, words, a hang-up, an interruption."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import TypeVar, cast

import pytest

from asr.lexicon import Hit
from asr.live import Heard
from ivr.call.conversation import (
    Conversation,
    Interrupted,
    Interruption,
    Keypad,
    Pressed,
    Said,
    Silence,
    Spoken,
)
from ivr.call.jumps import HungUp
from ivr.media.call_media import MediaClock
from ivr.packs.phrasebook import Phrasebook, Prompt
from tests.ivr.fakes import FakeCall, FakePhrasebook

T = TypeVar("T")
KEYPAD = Keypad(pause_s=0.2)


class Table:
    """A conversation on a fake telephone whose wire moves by itself."""

    def __init__(self) -> None:
        self.call = FakeCall()
        self.clock = MediaClock()
        self.book = FakePhrasebook()
        self.talk = Conversation(
            self.call, self.clock.attach(self.call), cast(Phrasebook, self.book)
        )

    def hear(self, text: str, *, final: bool = True) -> None:
        self.talk.heard(Heard(text, final, 0.0, 1.0))

    async def during(self, work: Awaitable[T], *doings: object) -> T:
        """Run `work` and, once it is waiting, each doing in turn."""
        task = asyncio.ensure_future(work)
        for doing in doings:
            for _ in range(5):
                await asyncio.sleep(0)
            doing()  # type: ignore[operator]
        return await asyncio.wait_for(task, 10)


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    table = Table()
    table.clock.start()
    yield table
    table.talk.close()
    await table.clock.close()


def yes(text: str) -> bool | None:
    return True if "yes" in text else None


async def test_a_key_answers_and_stops_the_prompt_at_once(table: Table) -> None:
    asking = table.talk.ask(Prompt("menu"), wait_s=5)
    answer = await table.during(asking, lambda: table.call.press("2"))
    assert answer == Pressed("2")
    assert table.call.buffered_ms == 0


async def test_keys_pressed_ahead_answer_the_questions_in_turn_without_their_prompts(
    table: Table,
) -> None:
    table.call.press("25")
    assert await table.talk.ask(Prompt("first"), wait_s=5) == Pressed("2")
    await table.talk.say(Prompt("in between"))
    assert await table.talk.ask(Prompt("second"), wait_s=5) == Pressed("5")
    assert table.book.said == []


async def test_a_number_ends_with_hash_with_a_pause_or_when_it_is_full(table: Table) -> None:
    async def ask(keypad: Keypad) -> object:
        return await table.talk.ask(keypad=keypad, wait_s=5)

    table.call.press("1502#9")
    assert await ask(KEYPAD) == Pressed("1502")
    assert await table.talk.key(1) == "9"
    assert await table.during(ask(KEYPAD), lambda: table.call.press("12")) == Pressed("12")
    table.call.press("123456")
    assert await ask(Keypad(pause_s=5, most=4)) == Pressed("1234")


async def test_a_key_that_no_number_begins_with_answers_at_once(table: Table) -> None:
    table.call.press("0")
    keypad = Keypad(pause_s=60, alone="0")
    assert await table.talk.ask(keypad=keypad, wait_s=5) == Pressed("0")
    table.call.press("10#")
    assert await table.talk.ask(keypad=keypad, wait_s=5) == Pressed("10")


async def test_star_first_is_back_and_star_inside_parts_two_numbers(table: Table) -> None:
    table.call.press("*")
    assert await table.talk.ask(keypad=Keypad(pause_s=5, inside="*"), wait_s=5) == Pressed("*")
    table.call.press("2*1502#")
    answer = await table.talk.ask(keypad=Keypad(pause_s=5, inside="*"), wait_s=5)
    assert answer == Pressed("2*1502")
    table.call.press("2*")
    assert await table.talk.ask(keypad=KEYPAD, wait_s=5) == Pressed("*")


async def test_a_known_phrase_stops_the_prompt_and_counts_when_the_sentence_is_over(
    table: Table,
) -> None:
    playing: list[float] = []
    asking = table.talk.ask(Prompt("menu"), understand=yes, wait_s=5)
    answer = await table.during(
        asking,
        lambda: table.hear("yes", final=False),
        lambda: playing.append(table.call.buffered_ms),
        lambda: table.hear("oh yes"),
    )
    assert isinstance(answer, Spoken)
    assert (answer.meaning, answer.heard.text) == (True, "oh yes")
    assert playing == [0]


async def test_other_words_are_speech_and_partial_ones_no_answer(table: Table) -> None:
    asking = table.talk.ask(understand=yes, wait_s=5)
    answer = await table.during(
        asking,
        lambda: table.hear("the lamp", final=False),
        lambda: table.hear("the lamp is broken"),
    )
    assert isinstance(answer, Said)
    assert answer.heard.text == "the lamp is broken"


async def test_nothing_within_the_limit_is_silence(table: Table) -> None:
    assert await table.talk.ask(wait_s=0.05) == Silence()


async def test_a_caller_in_the_middle_of_a_sentence_is_not_cut_off(table: Table) -> None:
    asking = table.talk.ask(understand=yes, wait_s=0.1)

    async def finish_late() -> None:
        await asyncio.sleep(0.4)
        table.hear("I think yes")

    late = asyncio.create_task(finish_late())
    answer = await table.during(asking, lambda: table.hear("I think", final=False))
    await late
    assert isinstance(answer, Spoken)


async def test_a_hang_up_surfaces_wherever_the_flow_is(table: Table) -> None:
    with pytest.raises(HungUp):
        await table.during(table.talk.say(Prompt("long")), table.call.hang_up)
    with pytest.raises(HungUp):
        await table.talk.ask(wait_s=5)
    with pytest.raises(HungUp):
        await table.talk.key(5)


async def test_a_call_that_was_closed_before_anybody_listened_is_hung_up(table: Table) -> None:
    call = FakeCall()
    call.hang_up()
    talk = Conversation(call, table.clock.attach(call), cast(Phrasebook, table.book))
    with pytest.raises(HungUp):
        await talk.ask(wait_s=5)


async def test_an_interruption_breaks_into_a_question(table: Table) -> None:
    hits = (Hit("fire", "着火了", 0.9, 1.0, "fire"),)
    with pytest.raises(Interrupted) as caught:
        await table.during(
            table.talk.ask(Prompt("menu"), wait_s=5),
            lambda: table.talk.interrupt(Interruption(hits)),
        )
    assert caught.value.interruption.hits == hits


async def test_an_interruption_waits_while_they_are_disarmed(table: Table) -> None:
    table.talk.armed = False
    answer = await table.during(
        table.talk.ask(wait_s=5),
        lambda: table.talk.interrupt(Interruption()),
        lambda: table.call.press("1"),
    )
    assert answer == Pressed("1")
    table.talk.armed = True
    with pytest.raises(Interrupted):
        await table.talk.ask(wait_s=5)


async def test_what_is_said_is_heard_out_unless_a_key_cuts_it_short(table: Table) -> None:
    async def wire() -> None:
        while True:
            table.call.pass_time(20)
            await asyncio.sleep(0.005)

    moving = asyncio.create_task(wire())
    await asyncio.wait_for(table.talk.say(Prompt("one"), Prompt("two")), 10)
    assert len(table.call.sent) == 2 * table.call.rate_hz * 2 * table.book.LENGTH_MS // 1000
    await table.during(table.talk.hear(b"\1\1" * 8000), lambda: table.call.press("3"))
    assert await table.talk.key(1) == "3"
    moving.cancel()


async def test_words_that_came_while_they_were_disarmed_are_forgotten_but_no_request(
    table: Table,
) -> None:
    table.talk.armed = False
    alarm = Interruption((Hit("fire", "着火了", 0.9, 1.0, "fire"),))
    await table.during(
        table.talk.ask(wait_s=5),
        lambda: table.talk.interrupt(alarm),
        lambda: table.call.press("1"),
    )
    table.talk.interrupt(alarm)  # nobody has looked at this one yet
    table.talk.interrupt(Interruption(request="hangup"))
    table.talk.rearm()
    with pytest.raises(Interrupted) as caught:
        await table.talk.ask(wait_s=5)
    assert caught.value.interruption.request == "hangup"
    with pytest.raises(Interrupted):
        await table.during(table.talk.ask(wait_s=5), lambda: table.talk.interrupt(alarm))
