"""Keys in the sound: every one of them, and none in speech."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from ivr.endpoint.tone_keys import ToneKeys

ROOT = Path(__file__).parents[3]
SPEECH = sorted((ROOT / "asr/model_data/samples").glob("*.wav")) + sorted(
    (ROOT / "ivr/packs").glob("*/prompts/**/*.wav")
)
ALL = "1234567890*#ABCD"
PAIRS = {
    key: (row, column)
    for row, keys in zip((697, 770, 852, 941), ("123A", "456B", "789C", "*0#D"), strict=True)
    for key, column in zip(keys, (1209, 1336, 1477, 1633), strict=True)
}


def pressed(
    keys: str,
    *,
    rate_hz: int = 8000,
    on_s: float = 0.1,
    off_s: float = 0.1,
    low: float = 4000,
    high: float = 4000,
    off_by: float = 1.0,
) -> np.ndarray:
    time = np.arange(round(on_s * rate_hz)) / rate_hz
    pause = np.zeros(round(off_s * rate_hz))
    pieces = [pause]
    for key in keys:
        row, column = PAIRS[key]
        pieces.append(
            low * np.sin(2 * np.pi * row * off_by * time)
            + high * np.sin(2 * np.pi * column * off_by * time)
        )
        pieces.append(pause)
    return np.concatenate(pieces)


def found(samples: np.ndarray, rate_hz: int = 8000, noise: float = 30.0, step: int = 1600) -> str:
    noisy = samples + np.random.default_rng(1).normal(0, noise, samples.size)
    pcm = np.clip(noisy, -32768, 32767).astype(np.int16).tobytes()
    tones = ToneKeys(rate_hz)
    return "".join(tones.feed(pcm[at : at + step]) for at in range(0, len(pcm), step))


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_every_key_is_found_once(rate_hz: int) -> None:
    assert found(pressed(ALL, rate_hz=rate_hz), rate_hz) == ALL


def test_the_same_key_again_counts_again() -> None:
    assert found(pressed("3355##")) == "3355##"


def test_a_long_press_is_one_key() -> None:
    assert found(pressed("5", on_s=3.0)) == "5"


def test_short_quiet_uneven_and_mistuned_keys_are_found() -> None:
    assert found(pressed(ALL, on_s=0.06, off_s=0.05)) == ALL
    assert found(pressed(ALL, low=300, high=300), noise=10) == ALL
    assert found(pressed(ALL, low=4000, high=2000)) == ALL
    assert found(pressed(ALL, low=2500, high=4000)) == ALL
    assert found(pressed(ALL, off_by=1.008)) == ALL


def test_pieces_of_any_length_give_the_same() -> None:
    for step in (32, 320, 1598, 64000):
        assert found(pressed("159*"), step=step) == "159*"


def test_one_tone_alone_is_no_key() -> None:
    time = np.arange(8000) / 8000
    for hz in (450, 697, 941, 1100, 1336, 2100):
        assert found(6000 * np.sin(2 * np.pi * hz * time)) == ""


def test_speech_presses_no_key() -> None:
    assert len(SPEECH) > 3
    seconds = 0.0
    for path in SPEECH:
        with wave.open(str(path)) as file:
            samples = np.frombuffer(file.readframes(file.getnframes()), np.int16).astype(float)
            rate_hz = file.getframerate()
        seconds += samples.size / rate_hz
        for level in (1.0, 0.2):
            assert found(samples * level, rate_hz, noise=2.0) == "", path
    assert seconds > 60
