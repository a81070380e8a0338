"""What is played to an engineer of what the caller said."""

from __future__ import annotations

import numpy as np
import pytest

from asr.live import Heard
from ivr.media.call_media import MediaClock
from ivr.media.recent_speech import KEPT_S, LEAD_S, PLAYED_S, RecentSpeech
from tests.ivr.fakes import RATE_HZ, FakeCall


class Talked:
    """A caller whose every second of sound bears its number as its sample."""

    def __init__(self, seconds: float, *, rate_hz: int = RATE_HZ) -> None:
        self._call = FakeCall(rate_hz=rate_hz)
        media = MediaClock().attach(self._call)
        self.words = RecentSpeech(media)
        self._rate_hz = rate_hz
        self._media = media
        self._second = 0
        self.talks(seconds)

    def talks(self, seconds: float) -> None:
        samples = np.arange(int(seconds * self._rate_hz)) // self._rate_hz + self._second
        self._second += int(seconds)
        pcm = samples.astype(np.int16).tobytes()
        packet = self._rate_hz // 50 * 2
        for start in range(0, len(pcm), packet):
            self._call.speak(pcm[start : start + packet])
            self._media.tick()


def sentence(start_s: float, end_s: float) -> Heard:
    return Heard("救命", True, start_s, end_s)


def seconds_of(pcm: bytes, rate_hz: int = RATE_HZ) -> float:
    return len(pcm) / 2 / rate_hz


async def test_a_sentence_is_played_with_a_little_before_and_after_it() -> None:
    pcm = Talked(10).words.pcm([sentence(4.0, 5.0)], RATE_HZ)
    assert seconds_of(pcm) == pytest.approx(1.0 + 2 * LEAD_S, abs=0.01)
    assert sorted(set(np.frombuffer(pcm, np.int16).tolist())) == [3, 4, 5]


async def test_of_several_sentences_the_last_ones_that_fit_are_played_whole() -> None:
    told = [sentence(start_s, start_s + 3.0) for start_s in (1.0, 6.0, 11.0, 16.0)]
    pcm = Talked(20).words.pcm(told, RATE_HZ)
    heard = np.frombuffer(pcm, np.int16)
    assert (heard[0], heard[-1]) == (10, 19)  # the third and the fourth
    assert seconds_of(pcm) == pytest.approx(8.0 + 2 * LEAD_S, abs=0.01)


async def test_of_a_sentence_that_is_too_long_its_end_is_played() -> None:
    pcm = Talked(25).words.pcm([sentence(1.0, 24.0)], RATE_HZ)
    assert seconds_of(pcm) == pytest.approx(PLAYED_S, abs=0.01)
    assert np.frombuffer(pcm, np.int16)[-1] == 24


async def test_who_has_said_nothing_has_no_last_words() -> None:
    assert Talked(5).words.pcm([], RATE_HZ) == b""
    assert Talked(0).words.pcm([], RATE_HZ) == b""


async def test_what_was_said_too_long_ago_is_not_kept_nor_anything_else_played_for_it() -> None:
    talked = Talked(KEPT_S + 20)
    assert talked.words.pcm([sentence(2.0, 4.0)], RATE_HZ) == b""
    pcm = talked.words.pcm([sentence(2.0, 4.0), sentence(40.0, 42.0)], RATE_HZ)
    heard = np.frombuffer(pcm, np.int16)
    assert (heard[0], heard[-1]) == (39, 42)


async def test_however_long_a_call_lasts_only_its_end_is_in_memory() -> None:
    talked = Talked(3 * KEPT_S)
    assert talked.words._size <= (KEPT_S + 0.1) * RATE_HZ * 2
    talked.talks(KEPT_S)
    assert talked.words._size <= (KEPT_S + 0.1) * RATE_HZ * 2
    assert sum(map(len, talked.words._pieces)) == talked.words._size


@pytest.mark.parametrize(("own_hz", "others_hz"), [(16000, 8000), (8000, 16000), (8000, 8000)])
async def test_it_is_played_at_the_rate_of_who_hears_it(own_hz: int, others_hz: int) -> None:
    pcm = Talked(10, rate_hz=own_hz).words.pcm([sentence(4.0, 5.0)], others_hz)
    assert seconds_of(pcm, others_hz) == pytest.approx(1.0 + 2 * LEAD_S, abs=0.01)


async def test_a_sentence_at_the_very_start_and_the_very_end_of_the_call() -> None:
    pcm = Talked(3).words.pcm([sentence(0.0, 3.0)], RATE_HZ)
    assert seconds_of(pcm) == pytest.approx(3.0, abs=0.01)  # there is no more of it
