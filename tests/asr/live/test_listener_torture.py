"""Calls that come, talk, are asked and hang up in any order: nothing hangs, leaks or errs."""

from __future__ import annotations

import asyncio
import gc
import random

import pytest

from asr.engine import LiveEngine, Recogniser, SpeechModel
from asr.lexicon import Hit
from asr.live import Heard, Listener, Listeners
from tests.asr.speech import RATE_HZ, say, silence

LIMIT_S = 60.0
WORDS = ("电梯", "水管", "着火")


class Lexicon:
    words = WORDS

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]:
        return tuple(Hit(word, word, 0.9, at_s, "any") for word in WORDS if word in text)


class Caller:
    """Feeds random pieces and notes whatever comes after the hang-up."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.patient = dice.random() < 0.5  # the others flood
        self.listener: Listener
        self.heard = 0
        self.closed = False
        self.late: list[object] = []

    def on_heard(self, heard: Heard) -> None:
        self.heard += 1
        assert heard.start_s <= heard.end_s
        if self.closed:
            self.late.append(heard)

    def on_hits(self, hits: tuple[Hit, ...]) -> None:
        assert hits
        if self.closed:
            self.late.append(hits)

    async def live(self) -> None:
        speech = say(self.dice.choice(["电梯停在八楼里面困了三个人", "厨房水管爆了"]))
        stream = speech + silence(0.5) + speech
        position = 0
        while position < len(stream):
            size = 2 * self.dice.choice([1, 80, 160, 333, 1600, 8000])
            self.listener.feed(stream[position : position + size])
            position += size
            if self.patient:
                while self.listener.waiting_s > 1.0:  # noqa: ASYNC110 (threads set no event)
                    await asyncio.sleep(0.002)
            match self.dice.randrange(150):
                case 0:
                    self.listener.reset()
                case 1:
                    break
                case 2 | 3:
                    await asyncio.sleep(0)
        await self.listener.close()
        self.closed = True
        if self.dice.random() < 0.5:
            self.listener.feed(speech)
            self.listener.reset()
            await self.listener.close()


@pytest.mark.parametrize("engine", list(LiveEngine))
@pytest.mark.parametrize("seed", [1, 2])
async def test_any_order_of_events_ends_well(
    chinese: SpeechModel, seed: int, engine: LiveEngine, caplog: pytest.LogCaptureFixture
) -> None:
    dice = random.Random(seed)
    listeners = Listeners(threads=3, engine=engine)
    heard = 0
    async with asyncio.timeout(LIMIT_S):
        for _ in range(3):
            callers = [Caller(dice) for _ in range(8)]
            for caller in callers:
                caller.listener = listeners.open(
                    chinese,
                    Lexicon(),
                    RATE_HZ,
                    on_heard=caller.on_heard,
                    on_hits=caller.on_hits,
                )
            await asyncio.gather(*(caller.live() for caller in callers))
            heard += sum(caller.heard for caller in callers)
            assert [caller.late for caller in callers] == [[]] * len(callers)
        await listeners.close()
    assert heard
    assert "starts afresh" not in caplog.text
    gc.collect()
    assert not [each for each in gc.get_objects() if isinstance(each, Recogniser)]
