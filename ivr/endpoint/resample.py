"""Between a codec's PCM and the program's: rate and channels, with state."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

#: Cubic interpolation. soxr's better filters keep 12 to 61 ms of sound back, which a
#: bridge between two people cannot afford; telephone speech does not need them.
QUALITY = "QQ"


def program_rate(codec_rate_hz: int) -> int:
    """The rate the program hears and speaks at for a codec's rate: 8000 or 16000 Hz."""
    return 8000 if codec_rate_hz <= 8000 else 16000


class Resampler:
    """Turns interleaved 16-bit PCM of one shape into another, piece by piece.

    Keeps its filter's state between pieces, so that there is no click at the
    seams. Channels are averaged on the way to mono and copied on the way up.
    """

    def __init__(self, from_hz: int, from_channels: int, to_hz: int, to_channels: int) -> None:
        self._from_channels = from_channels
        self._to_channels = to_channels
        self._stream = (
            soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality=QUALITY)
            if from_hz != to_hz
            else None
        )

    def process(self, pcm: bytes) -> bytes:
        """The next piece; it must hold whole frames."""
        samples: npt.NDArray[np.int16] = np.frombuffer(pcm, "<i2")
        if self._from_channels > 1:
            frames = samples.reshape(-1, self._from_channels)
            samples = frames.astype(np.int32).mean(axis=1).astype(np.int16)
        if self._stream is not None:
            samples = self._stream.resample_chunk(samples)
        if self._to_channels > 1:
            samples = np.repeat(samples, self._to_channels)
        return samples.astype("<i2", copy=False).tobytes()


def resampler(from_hz: int, from_channels: int, to_hz: int, to_channels: int) -> Resampler | None:
    """A resampler, or None when both shapes are the same."""
    if (from_hz, from_channels) == (to_hz, to_channels):
        return None
    return Resampler(from_hz, from_channels, to_hz, to_channels)
