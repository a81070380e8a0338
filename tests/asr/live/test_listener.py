"""Live listening with the real engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from asr.engine import LiveEngine, SpeechModel
from asr.lexicon import Hit
from asr.live import Heard, Listener, Listeners
from tests.asr.speech import RATE_HZ, say, silence

LIMIT_S = 30.0
PACKET = 2 * RATE_HZ // 50  # 20 ms


class Words:
    """A lexicon of plain substrings."""

    def __init__(self, **phrases: str) -> None:
        self.phrases = phrases
        self.words = tuple(phrases.values())

    def hits(self, text: str, *, at_s: float = 0.0) -> tuple[Hit, ...]:
        return tuple(
            Hit(category, phrase, 0.9, at_s, f"{category}.1")
            for category, phrase in self.phrases.items()
            if phrase in text
        )


class Call:
    """Feeds a listener and collects what it says, never faster than it can listen."""

    def __init__(self) -> None:
        self.heard: list[Heard] = []
        self.hits: list[Hit] = []
        self.news = asyncio.Event()
        self.listener: Listener

    def on_heard(self, heard: Heard) -> None:
        self.heard.append(heard)
        self.news.set()

    def on_hits(self, hits: tuple[Hit, ...]) -> None:
        self.hits.extend(hits)

    async def feed(self, pcm: bytes) -> None:
        for start in range(0, len(pcm), PACKET):
            self.listener.feed(pcm[start : start + PACKET])
            while self.listener.waiting_s > 0.4:  # noqa: ASYNC110 (threads set no event)
                await asyncio.sleep(0.002)

    async def finals(self, count: int = 1) -> list[str]:
        async with asyncio.timeout(LIMIT_S):
            while len(found := [heard.text for heard in self.heard if heard.final]) < count:
                self.news.clear()
                await self.news.wait()
        return found


@pytest.fixture
async def listeners() -> AsyncIterator[Listeners]:
    listeners = Listeners(threads=2)
    yield listeners
    await listeners.close()


def opened(
    listeners: Listeners, model: SpeechModel, lexicon: Words | None = None, start_s: float = 0.0
) -> Call:
    call = Call()
    call.listener = listeners.open(
        model, lexicon, RATE_HZ, on_heard=call.on_heard, on_hits=call.on_hits, start_s=start_s
    )
    return call


async def test_a_sentence_is_heard_as_partials_and_then_as_a_whole(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese)
    await call.feed(say("三号楼一单元楼道灯坏了"))
    assert await call.finals() == ["三号楼一单元楼道灯坏了"]
    partials = [heard for heard in call.heard if not heard.final]
    assert partials
    assert all(before.text != after.text for before, after in pairwise(partials))
    assert all("三号楼一单元楼道灯坏了".startswith(heard.text[:2]) for heard in partials)


async def test_times_are_seconds_of_the_call_with_silence_counted(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese, start_s=100.0)
    await call.feed(silence(3.0) + say("楼道灯坏了", before_s=0.0))
    await call.finals()
    assert call.heard[-1].start_s == pytest.approx(103.0, abs=0.2)


async def test_a_hit_comes_while_the_caller_is_still_speaking_and_once(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese, Words(lift="电梯"))
    await call.feed(say("电梯停在八楼里面困了三个人"))
    await call.finals()
    assert [(hit.category, hit.rule) for hit in call.hits] == [("lift", "lift.1")]
    assert call.hits[0].at_s < call.heard[-1].end_s - 1.0


async def test_the_same_hit_comes_again_in_the_next_utterance(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese, Words(lift="电梯"))
    await call.feed(2 * say("电梯停在八楼里面困了三个人"))
    await call.finals(2)
    assert [hit.category for hit in call.hits] == ["lift", "lift"]


async def test_a_word_list_asks_first_and_dictation_makes_sure(chinese: SpeechModel) -> None:
    listeners = Listeners(threads=1, engine=LiveEngine.WORD_LIST)
    call = opened(listeners, chinese, Words(lift="电梯"))
    await call.feed(say("电梯停在八楼里面困了三个人"))
    assert (await call.finals(2))[1] == "电梯停在八楼里面困了三个人"
    await listeners.close()
    assert [(hit.category, hit.level) for hit in call.hits] == [("lift", 0.5), ("lift", 0.9)]


async def test_silence_and_line_noise_say_nothing(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese)
    await call.feed(silence(5.0) + say("楼道灯坏了"))
    assert await call.finals() == ["楼道灯坏了"]


async def test_reset_forgets_the_running_utterance(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese)
    speech = say("三号楼一单元楼道灯坏了")
    await call.feed(speech[: len(speech) // 2])
    call.listener.reset()
    call.heard.clear()
    await call.feed(silence(1.0) + say("厨房水管爆了"))
    assert await call.finals() == ["厨房水管爆了"]


async def test_a_peer_that_stops_sending_has_ended_his_utterance(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese)
    speech = say("三号楼一单元楼道灯坏了")
    await call.feed(speech[: -2 * RATE_HZ])  # without the silence at its end
    assert await call.finals() == ["三号楼一单元楼道灯坏了"]


async def test_calls_do_not_hear_each_other(listeners: Listeners, chinese: SpeechModel) -> None:
    calls = [opened(listeners, chinese) for _ in range(6)]
    texts = ["三号楼一单元楼道灯坏了", "厨房水管爆了"] * 3
    await asyncio.gather(*(call.feed(say(text)) for call, text in zip(calls, texts, strict=True)))
    assert [await call.finals() for call in calls] == [[text] for text in texts]


async def test_a_flood_drops_the_oldest_audio_and_counts_it(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese)
    flood = silence(60.0)
    for start in range(0, len(flood), PACKET):
        call.listener.feed(flood[start : start + PACKET])
        assert call.listener.waiting_s <= 4.0
    assert call.listener.dropped_s > 40.0
    await call.feed(silence(0.5) + say("厨房水管爆了"))
    assert await call.finals() == ["厨房水管爆了"]
    assert call.heard[-1].start_s == pytest.approx(60.8, abs=0.3)


async def test_after_close_nothing_comes_and_close_may_come_twice(
    listeners: Listeners, chinese: SpeechModel
) -> None:
    call = opened(listeners, chinese)
    await call.feed(say("厨房水管爆了"))
    await call.listener.close()
    call.heard.clear()
    call.listener.feed(say("厨房水管爆了"))
    await call.listener.close()
    await listeners.close()
    assert call.heard == []


async def test_closing_the_listeners_ends_their_threads(chinese: SpeechModel) -> None:
    import threading

    before = threading.active_count()
    listeners = Listeners(threads=3)
    opened(listeners, chinese)
    assert threading.active_count() == before + 3
    await listeners.close()
    await listeners.close()
    assert [t.name for t in threading.enumerate() if t.name.startswith("listen-")] == []


async def test_a_broken_engine_is_reported_and_the_call_is_heard_again(
    listeners: Listeners,
    chinese: SpeechModel,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    from asr.engine import Recogniser
    from asr.errors import EngineFailed

    real = Recogniser.accept
    broken = True

    def accept(self: Recogniser, pcm: bytes) -> bool:
        if broken:
            raise EngineFailed("out of order")
        return real(self, pcm)

    monkeypatch.setattr(Recogniser, "accept", accept)
    call = opened(listeners, chinese)
    await call.feed(say("厨房水管爆了"))
    broken = False
    await call.feed(say("楼道灯坏了"))
    assert await call.finals() == ["楼道灯坏了"]
    assert caplog.text.count("starts afresh") == 1
