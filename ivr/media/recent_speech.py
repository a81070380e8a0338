"""The last things a caller said, to be played to whoever comes to help."""

from __future__ import annotations

from collections import deque

import numpy as np
import soxr

from asr.live import Heard
from ivr.media.call_media import CallMedia

KEPT_S = 30.0
PLAYED_S = 12.0
LEAD_S = 0.3  # a word's first sound lies before the recogniser noticed it


class RecentSpeech:
    """Keeps the end of a caller's audio in memory while the call lasts."""

    def __init__(self, media: CallMedia) -> None:
        self._rate_hz = media.rate_hz
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._dropped = 0  # bytes that are no longer kept
        media.tap(self._hear)

    def _hear(self, pcm: bytes) -> None:
        self._pieces.append(pcm)
        self._size += len(pcm)
        while self._size - len(self._pieces[0]) > KEPT_S * self._rate_hz * 2:
            gone = self._pieces.popleft()
            self._size -= len(gone)
            self._dropped += len(gone)

    def pcm(self, told: list[Heard], rate_hz: int) -> bytes:
        """The last sentences, at most `PLAYED_S`, at another call's rate; empty when the
        caller has said nothing that was understood."""
        kept = b"".join(self._pieces)
        start_s = self._dropped / 2 / self._rate_hz
        recent = [heard for heard in told if heard.start_s >= start_s]
        if not recent:
            return b""
        end_s = recent[-1].end_s + LEAD_S
        first = next(h for h in recent if h.start_s >= end_s - PLAYED_S or h is recent[-1])
        begin_s = max(first.start_s - LEAD_S, end_s - PLAYED_S, start_s)
        begin = int((begin_s - start_s) * self._rate_hz) * 2
        end = int((end_s - start_s) * self._rate_hz) * 2
        samples = np.frombuffer(kept[begin:end], np.int16)
        if rate_hz != self._rate_hz:
            samples = soxr.resample(samples, self._rate_hz, rate_hz, quality="LQ")
        return samples.tobytes()
