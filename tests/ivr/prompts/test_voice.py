"""The runtime voice speaks off the event loop, levelled like the prompts, from a bounded cache."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from ivr.media.pcm import SPEECH_DBFS, peak_dbfs, samples, speech_level_dbfs
from ivr.prompts.espeak import LONGEST_TEXT
from ivr.prompts.voice import Voice, VoiceError


@pytest.fixture
def voice() -> Iterator[Voice]:
    made = Voice()
    yield made
    made.close()


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("language", ["zh-CN", "en", "ko"])
async def test_speech_has_the_level_of_the_prompts(
    voice: Voice, language: str, rate_hz: int
) -> None:
    text = {"zh-CN": "王师傅", "en": "Mister Smith", "ko": "김 기사"}[language]
    signal = samples(await voice.speak(text, language, rate_hz))
    assert speech_level_dbfs(signal, rate_hz) == pytest.approx(SPEECH_DBFS, abs=1.5)
    assert peak_dbfs(signal) < -3
    assert 0.2 < signal.size / rate_hz < 3


async def test_what_was_spoken_is_shared(voice: Voice) -> None:
    first = await voice.speak("三号楼", "zh-CN", 8000)
    assert await voice.speak("三号楼", "zh-CN", 8000) is first
    assert await voice.speak("三号楼", "zh-CN", 16000) is not first


async def test_calls_that_ask_at_once_are_all_served(voice: Voice) -> None:
    texts = [f"{number}号楼" for number in range(1, 30)]
    spoken = await asyncio.gather(*(voice.speak(text, "zh-CN", 8000) for text in texts))
    assert all(spoken)


async def test_the_cache_stays_within_its_bytes() -> None:
    voice = Voice(cache_bytes=20_000)
    for number in range(20):
        await voice.speak(f"{number}号楼", "zh-CN", 8000)
    assert voice.cached_bytes <= 20_000
    voice.close()


@pytest.mark.parametrize("text", ["", "  ", "\n"])
async def test_nothing_to_say_is_silence(voice: Voice, text: str) -> None:
    assert await voice.speak(text, "zh-CN", 8000) == b""


async def test_what_cannot_be_spoken_is_a_typed_error_and_the_voice_goes_on(voice: Voice) -> None:
    with pytest.raises(VoiceError):
        await voice.speak("a" * (LONGEST_TEXT + 1), "en", 8000)
    with pytest.raises(VoiceError):
        await voice.speak("nuqneH", "tlh", 8000)
    assert await voice.speak("hello", "en", 8000)


async def test_a_closed_voice_says_so_and_may_be_closed_twice() -> None:
    voice = Voice()
    voice.close()
    voice.close()
    with pytest.raises(VoiceError, match="closed"):
        await voice.speak("hello", "en", 8000)
