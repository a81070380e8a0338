"""What a telephone heard: how long it was silent."""

from __future__ import annotations

import numpy as np

RATE_HZ = 8000
LOUD = 200  # peak of a 20 ms frame that is more than the line's noise
FRAME = RATE_HZ // 50


def longest_silence_s(pcm: bytes) -> float:
    """The longest gap between two sounds; what comes before the first and after the last
    (set-up, hang-up) does not count."""
    samples = np.abs(np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.int32))
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME).max(axis=1)
    loud = np.flatnonzero(frames > LOUD)
    return float(np.diff(loud).max() - 1) / 50 if loud.size > 1 else float(frames.size) / 50


def loud_s(pcm: bytes) -> float:
    """How many seconds of it are sound."""
    samples = np.abs(np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2").astype(np.int32))
    frames = samples[: samples.size // FRAME * FRAME].reshape(-1, FRAME).max(axis=1)
    return float(np.count_nonzero(frames > LOUD)) / 50
