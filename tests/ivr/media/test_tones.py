"""Tone, ring-back and music are exact at both rates."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.media.pcm import peak_dbfs, samples, speech_level_dbfs
from ivr.media.tones import MUSIC_DBFS, Sound, generated

RATES_HZ = (8000, 16000)


def loudest_hz(pcm: bytes, rate_hz: int) -> float:
    signal = samples(pcm)
    return float(np.fft.rfftfreq(signal.size, 1 / rate_hz)[np.abs(np.fft.rfft(signal)).argmax()])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("sound", Sound)
def test_every_sound_is_made_once_and_shared(sound: Sound, rate_hz: int) -> None:
    assert generated(sound, rate_hz) is generated(sound, rate_hz)
    assert peak_dbfs(samples(generated(sound, rate_hz))) < -3.0


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_tone_is_a_quarter_of_a_second_of_1000_hz(rate_hz: int) -> None:
    pcm = generated(Sound.TONE, rate_hz)
    assert len(pcm) == 2 * rate_hz // 4
    assert loudest_hz(pcm, rate_hz) == pytest.approx(1000, abs=4)
    assert abs(samples(pcm)[0]) < 1e-3
    assert abs(samples(pcm)[-1]) < 1e-3


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_ring_back_is_one_second_of_450_hz_and_four_of_silence(rate_hz: int) -> None:
    pcm = generated(Sound.RINGBACK, rate_hz)
    assert len(pcm) == 5 * 2 * rate_hz
    assert loudest_hz(pcm[: 2 * rate_hz], rate_hz) == pytest.approx(450, abs=1)
    assert not any(pcm[2 * rate_hz :])


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_the_music_is_quieter_than_speech_and_has_no_seam(rate_hz: int) -> None:
    signal = samples(generated(Sound.COMFORT, rate_hz))
    assert signal.size == 16 * rate_hz
    assert speech_level_dbfs(signal, rate_hz) == pytest.approx(MUSIC_DBFS, abs=0.3)
    step_at_seam = abs(signal[0] - signal[-1])
    assert step_at_seam <= np.abs(np.diff(signal)).max()
