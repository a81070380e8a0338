"""A sound is spoken more slowly, at its own pitch and level."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.media.pcm import Samples, peak_dbfs, samples, speech_level_dbfs
from ivr.media.stretch import stretched
from ivr.packs.pack import load_pack

FACTOR = 1.2


def tone(rate_hz: int, seconds: float = 1.0) -> Samples:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    signal: Samples = 0.3 * np.sin(2 * np.pi * 200 * time)
    return signal


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_it_is_longer_and_has_the_same_pitch(rate_hz: int) -> None:
    slow = stretched(tone(rate_hz), rate_hz, FACTOR)
    assert slow.size == FACTOR * rate_hz
    loudest_hz = np.abs(np.fft.rfft(slow)).argmax() / FACTOR
    assert loudest_hz == pytest.approx(200, abs=1)


def test_a_tone_has_no_seams() -> None:
    """A frame laid in the wrong place would double or cancel the tone."""
    slow = stretched(tone(8000), 8000, FACTOR)
    levels = np.sqrt(np.mean(slow[: slow.size // 80 * 80].reshape(-1, 80) ** 2, axis=1))
    inner = levels[2:-6]
    assert inner.max() / inner.min() < 1.1


@pytest.mark.parametrize("name", ["advice_fire", "number_15", "yao"])
def test_speech_keeps_its_level_and_its_silent_ends(name: str) -> None:
    signal = samples(load_pack("zh-CN").prompts.pcm(name, 8000))
    slow = stretched(signal, 8000, FACTOR)
    assert slow.size == round(FACTOR * signal.size)
    assert speech_level_dbfs(slow, 8000) == pytest.approx(speech_level_dbfs(signal, 8000), abs=1)
    assert peak_dbfs(slow) < -3
    assert np.abs(slow[:40]).max() < 0.01
    assert np.abs(slow[-40:]).max() < 0.01


@pytest.mark.parametrize("size", [0, 1, 300])
def test_what_is_too_short_stays_as_it_is(size: int) -> None:
    signal = tone(8000)[:size]
    assert np.array_equal(stretched(signal, 8000, FACTOR), signal)
