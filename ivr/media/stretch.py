"""Speech spoken more slowly, at its own pitch: for a caller who asks to hear it again.

WSOLA (Verhelst and Roelands, ICASSP 1993): frames of the sound are laid over one another at wider
steps than they were taken; each is taken from where it goes on best from the last one.
"""

from __future__ import annotations

import numpy as np

from ivr.media.pcm import Samples

_FRAME_S = 0.03  # two periods of a deep voice
_SEARCH_S = 0.008  # one period: that far a frame may be from its own place


def stretched(signal: Samples, rate_hz: int, factor: float) -> Samples:
    """The signal, `factor` times as long (1 to 2)."""
    half = round(_FRAME_S * rate_hz / 2)
    search = round(_SEARCH_S * rate_hz)
    if signal.size < 4 * half:
        return signal
    window = np.hanning(2 * half + 1)[:-1]
    length = round(signal.size * factor)
    padded = np.concatenate([signal, np.zeros(4 * half + 2 * search)])
    out = np.zeros(length + 4 * half)
    at = 0  # of the frame that is taken
    out[: 2 * half] = padded[: 2 * half] * np.maximum(window, np.arange(2 * half) < half)
    for place in range(half, length, half):
        follows = padded[at + half : at + 3 * half]  # what would come next, unstretched
        wanted = round(place / factor)
        first = max(0, wanted - search)
        region = padded[first : wanted + search + 2 * half]
        likeness = np.correlate(region, follows, mode="valid")
        at = first + int(likeness.argmax())
        out[place : place + 2 * half] += padded[at : at + 2 * half] * window
    return out[:length]
