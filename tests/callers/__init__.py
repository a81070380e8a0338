"""Callers whom no part of the program has learnt from, and what a telephone line does to them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from hotline.demo.clips import Clips

__all__ = ["CLIPS", "RATE_HZ", "on_a_bad_line", "pcm"]

CLIPS = Clips(Path(__file__).parent)
RATE_HZ = 8000
_FRAME = RATE_HZ // 50
_PAUSE_S = 1.0
_STAYS_LOST = 0.5  # losses come in bursts: the next packet is lost too as often as not


def pcm(name: str) -> bytes:
    """A clip at 8 kHz, with a pause behind it as behind a sentence."""
    return CLIPS[name].pcm(RATE_HZ) + bytes(2 * int(RATE_HZ * _PAUSE_S))


def on_a_bad_line(
    sound: bytes, *, snr_db: float | None = None, loss: float = 0.0, seed: int = 1
) -> bytes:
    """Pink noise so far below the speech, and this share of 20 ms packets lost.

    A lost packet is heard as its predecessor at half its level, as simple telephones conceal it.
    """
    rng = np.random.default_rng(seed)
    signal = np.frombuffer(sound, "<i2").astype(np.float64)
    if snr_db is not None:
        speech = signal[np.abs(signal) > 100]
        noise = _pink(signal.size, rng) * np.sqrt(np.mean(speech**2)) * 10 ** (-snr_db / 20)
        signal = signal + noise
    signal = _with_losses(signal, loss, rng)
    return np.clip(np.rint(signal), -32768, 32767).astype("<i2").tobytes()


def _pink(size: int, rng: np.random.Generator) -> np.ndarray:
    """Noise of level 1 whose power falls by 3 dB an octave."""
    spectrum = np.fft.rfft(rng.normal(size=size))
    spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1))
    noise = np.fft.irfft(spectrum, size)
    return np.asarray(noise / np.sqrt(np.mean(noise**2)))


def _with_losses(signal: np.ndarray, loss: float, rng: np.random.Generator) -> np.ndarray:
    """Losses in bursts (two states after Gilbert) of this share in all."""
    frames = signal[: signal.size // _FRAME * _FRAME].reshape(-1, _FRAME).copy()
    begins = loss * (1 - _STAYS_LOST) / max(1 - loss, 1e-9)
    lost = False
    for index in range(1, len(frames)):
        lost = rng.random() < (_STAYS_LOST if lost else begins)
        if lost:
            frames[index] = frames[index - 1] / 2
    return np.concatenate([frames.ravel(), signal[frames.size :]])
