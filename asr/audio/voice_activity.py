"""Telling speech from silence, so that the expensive engine hears only speech.

WebRTC's voice activity detector (Gaussian mixtures per sub-band) judges frames of
20 ms; a stretch of speech opens when most of the last frames are voiced and closes
after a pause that is longer than the ones inside a sentence.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import webrtcvad

FRAME_S = 0.02
PRE_ROLL_S = 0.3  # soft initials (f, s, h) before the detector wakes up
HANG_OVER_S = 0.8  # more than the 0.5 s at which the engine itself ends an utterance

_AGGRESSIVENESS = 2  # 0..3; 3 loses the ends of quiet words on telephone lines
_OPEN_FRAMES = 5  # the window that decides that speech has begun ...
_OPEN_VOICED = 4  # ... and how many of it must be voiced: a click is shorter
_STEADY_S = 1.0  # tones and roaring fans that last this long ...
_STEADY_DB = 0.75  # ... with a level that varies less than this are no voice; speech has 5 dB
_QUIETEST_RMS = 40.0  # -58 dBFS; G.711's own noise lies below, the quietest caller above


@dataclass(frozen=True)
class Stretch:
    """A piece of one stretch of speech, pauses within a sentence included."""

    start_sample: int  # of `pcm`, counted from the first audio pushed
    pcm: bytes
    ended: bool  # the stretch is over with this piece


class SpeechGate:
    """Passes on the speech of a stream of 16-bit mono PCM at 8000 or 16000 Hz."""

    def __init__(self, rate_hz: int) -> None:
        self._vad = webrtcvad.Vad(_AGGRESSIVENESS)
        self._rate_hz = rate_hz
        self._frame_bytes = 2 * int(rate_hz * FRAME_S)
        self._rest = b""
        self._frames = 0  # whole frames judged, and so the position in the stream
        self._skipped_samples = 0
        self._recent: deque[bool] = deque(maxlen=_OPEN_FRAMES)
        self._pre_roll: deque[bytes] = deque(maxlen=round(PRE_ROLL_S / FRAME_S))
        self._levels = _Spread(round(_STEADY_S / FRAME_S))
        self._quiet_frames = 0
        self.is_open = False

    @property
    def position_samples(self) -> int:
        """Samples judged or skipped so far."""
        return self._frames * self._frame_bytes // 2 + self._skipped_samples

    def push(self, pcm: bytes) -> Iterator[Stretch]:
        """The speech in the next piece of the stream, in order."""
        data = self._rest + pcm
        whole = len(data) - len(data) % self._frame_bytes
        self._rest = data[whole:]
        passed: list[bytes] = []
        start = self.position_samples
        powers = self._powers(data[:whole])
        for number, power in enumerate(powers):
            offset = number * self._frame_bytes
            frame = data[offset : offset + self._frame_bytes]
            voiced = self._is_voiced(frame, power)
            if self.is_open:
                passed.append(frame)
                self._quiet_frames = 0 if voiced else self._quiet_frames + 1
                if self._quiet_frames * FRAME_S >= HANG_OVER_S:
                    self._close()
                    yield Stretch(start, b"".join(passed), ended=True)
                    passed = []
            else:
                self._pre_roll.append(frame)
                self._recent.append(voiced)
                if sum(self._recent) >= _OPEN_VOICED:
                    self.is_open = True
                    self._quiet_frames = 0
                    passed = list(self._pre_roll)
                    start = self.position_samples - (len(passed) - 1) * self._frame_bytes // 2
            self._frames += 1
        if passed:
            yield Stretch(start, b"".join(passed), ended=False)

    def end(self) -> bool:
        """Close a running stretch (the stream ended or has a hole); was one running?"""
        was_open = self.is_open
        self._close()
        return was_open

    def skip(self, samples: int) -> None:
        """Audio that will never come: the position moves on, nothing spans the hole."""
        self._skipped_samples += samples + len(self._rest) // 2
        self._rest = b""
        self._close()

    def _close(self) -> None:
        self.is_open = False
        self._recent.clear()
        self._pre_roll.clear()

    def _powers(self, pcm: bytes) -> list[float]:
        """Mean square of each frame; one call for many frames, as numpy likes it."""
        frames = np.frombuffer(pcm, dtype="<i2").reshape(-1, self._frame_bytes // 2)
        samples = frames.astype(np.float32)
        powers: list[float] = np.einsum("ij,ij->i", samples, samples).tolist()
        return [power / samples.shape[1] for power in powers]

    def _is_voiced(self, frame: bytes, power: float) -> bool:
        # Detector and levels adapt to what they hear, so they must see the quiet frames too.
        steady = self._levels.add(10.0 * math.log10(power + 1.0)) < _STEADY_DB
        voiced = bool(self._vad.is_speech(frame, self._rate_hz))
        return voiced and power >= _QUIETEST_RMS**2 and not steady


class _Spread:
    """Standard deviation of the last values; infinite until there are enough of them."""

    def __init__(self, count: int) -> None:
        self._values: deque[float] = deque(maxlen=count)
        self._sum = 0.0
        self._square_sum = 0.0

    def add(self, value: float) -> float:
        if len(self._values) == self._values.maxlen:
            oldest = self._values[0]
            self._sum -= oldest
            self._square_sum -= oldest * oldest
        self._values.append(value)
        self._sum += value
        self._square_sum += value * value
        count = len(self._values)
        if count < (self._values.maxlen or 0):
            return math.inf
        variance = self._square_sum / count - (self._sum / count) ** 2
        return math.sqrt(max(variance, 0.0))
