"""A busy tone and a fax are known; a voice, music and bells are none."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.media.line_tones import DeadLine, LineTones
from ivr.media.tones import Sound, generated

ROOT = Path(__file__).parents[3]
SPEECH = sorted((ROOT / "asr/model_data/samples").glob("*.wav")) + sorted(
    (ROOT / "ivr/packs").glob("*/prompts/**/*.wav")
)


def tone(hz: float, seconds: float, rate_hz: int = 8000, level: float = 8000) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def heard(samples: np.ndarray, rate_hz: int = 8000, noise: float = 20.0) -> DeadLine | None:
    noisy = samples + np.random.default_rng(1).normal(0, noise, samples.size)
    pcm = np.clip(noisy, -32768, 32767).astype(np.int16).tobytes()
    tones = LineTones(rate_hz)
    step = rate_hz // 5  # 100 ms
    for start in range(0, len(pcm), step):
        if (found := tones.hear(pcm[start : start + step])) is not None:
            return found
    return None


def beats(hz: float, on_s: float, off_s: float, times: int, rate_hz: int = 8000) -> np.ndarray:
    return np.tile(
        np.concatenate([tone(hz, on_s, rate_hz), np.zeros(round(off_s * rate_hz))]), times
    )


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize(
    ("hz", "on_s", "off_s"),
    [(450, 0.35, 0.35), (450, 0.7, 0.7), (425, 0.5, 0.5), (425, 0.25, 0.25), (400, 0.75, 0.75)],
)
def test_a_busy_tone_is_known(hz: float, on_s: float, off_s: float, rate_hz: int) -> None:
    assert heard(beats(hz, on_s, off_s, 14, rate_hz), rate_hz) is DeadLine.BUSY_TONE


def test_a_dial_tone_without_end_is_known() -> None:
    assert heard(tone(450, 20)) is DeadLine.BUSY_TONE


def test_a_fax_is_known_whether_it_calls_or_answers() -> None:
    assert heard(beats(1100, 0.5, 3.0, 4)) is DeadLine.FAX
    assert heard(tone(2100, 3.5)) is DeadLine.FAX


def test_a_few_beats_are_not_enough() -> None:
    assert heard(beats(450, 0.35, 0.35, 6)) is None


def test_an_uneven_rhythm_is_no_busy_tone() -> None:
    rng = np.random.default_rng(2)
    pieces = [
        np.concatenate(
            [tone(450, rng.uniform(0.2, 0.9)), np.zeros(round(rng.uniform(0.2, 0.9) * 8000))]
        )
        for _ in range(20)
    ]
    assert heard(np.concatenate(pieces)) is None


def test_a_bell_or_beeper_near_by_is_no_busy_tone() -> None:
    assert heard(beats(3100, 0.5, 0.5, 20)) is None
    bell = sum(beats(hz, 0.4, 0.4, 20) / 3 for hz in (520, 1400, 2700))
    assert heard(np.asarray(bell)) is None


def test_a_voice_over_a_busy_tone_is_a_caller() -> None:
    with wave.open(str(SPEECH[0])) as file:
        voice = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
        rate_hz = file.getframerate()
    busy = beats(450, 0.35, 0.35, 40, rate_hz)
    voice = np.tile(voice, 1 + busy.size // voice.size)[: busy.size]
    assert heard(busy / 2 + voice, rate_hz) is None


def test_what_people_say_and_hear_is_no_dead_line() -> None:
    assert len(SPEECH) > 3
    for path in SPEECH:
        with wave.open(str(path)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
            assert heard(samples, file.getframerate(), noise=2.0) is None, path
    music = np.frombuffer(generated(Sound.COMFORT, 8000), np.int16).astype(float)
    assert heard(np.tile(music, 2)) is None
