"""Tones of an exchange or a fax where a caller should be: nobody is there any more.

An analogue gateway often does not notice that its caller hung up, and passes on what the
exchange plays to an empty line. These sounds are known by being a single steady tone in a
strict rhythm, with silence between; neither a voice nor an alarm bell near by is that.
"""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

FRAME_S = 0.02
#: Where exchanges have their tones: 350 to 620 Hz the world over (ITU-T E.180).
_EXCHANGE_HZ = (330.0, 640.0)
#: Busy and congestion: on and off for this long each, so many times alike.
_BEAT_S = (0.12, 1.1)
_BEATS = 10
_UNEVEN_S = 0.06
_DIAL_S = 15.0  # a tone without end
_CNG_HZ, _CNG_S, _CNG_TIMES = (1080.0, 1120.0), (0.4, 0.62), 2  # T.30: a fax calls
_CED_HZ, _CED_S = (2080.0, 2120.0), 2.4  # T.30: a fax answers
_SILENT = 80.0  # amplitude; also a fiftieth of the tone before it
_PURE = 0.9  # of a frame's energy within the tone's own place in the spectrum


class DeadLine(StrEnum):
    """What is heard in place of a caller."""

    BUSY_TONE = "busy_tone"
    FAX = "fax"


class LineTones:
    """Listens to 16-bit mono PCM at 8000 or 16000 Hz."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._size = round(rate_hz * FRAME_S)
        self._window = np.hanning(self._size)
        self._rest = np.zeros(0, dtype=np.int16)
        self._tone_hz = 0.0
        self._level = 0.0
        self._on = self._off = 0  # frames of the beat that goes on
        self._beats: list[tuple[int, int]] = []  # frames on and off
        self._calling = 0  # beats of a calling fax

    def hear(self, pcm: bytes) -> DeadLine | None:
        """What the line is by the end of this piece; None: perhaps a caller."""
        samples = np.concatenate([self._rest, np.frombuffer(pcm, dtype=np.int16)])
        whole = samples.size - samples.size % self._size
        self._rest = samples[whole:]
        for frame in samples[:whole].reshape(-1, self._size):
            found = self._follow(frame)
            if found is not None:
                return found
        return None

    def _follow(self, frame: npt.NDArray[np.int16]) -> DeadLine | None:
        signal = frame.astype(np.float64)
        level = float(np.sqrt(2 * np.mean(signal * signal)))
        if level < max(_SILENT, self._level / 50):
            if self._on:
                self._off += 1
                if self._off * FRAME_S > max(_BEAT_S[1], 4.0):
                    self._forget()
            return None
        tone_hz = self._pure(signal)
        same = tone_hz and abs(tone_hz - self._tone_hz) < 15.0
        if not tone_hz or (self._on and not same):
            edge = self._on and not self._off  # a tone begins or ends within a frame
            if not edge:
                self._forget()
            return None
        if self._off:  # a new beat
            self._end_beat()
            self._on = self._off = 0
        self._tone_hz, self._level = tone_hz, level
        self._on += 1
        return self._verdict()

    def _end_beat(self) -> None:
        on_s, off_s = self._on * FRAME_S, self._off * FRAME_S
        if _CNG_HZ[0] <= self._tone_hz <= _CNG_HZ[1] and _CNG_S[0] <= on_s <= _CNG_S[1]:
            self._calling += 1
        low, high = _BEAT_S
        if not (low <= on_s <= high and low <= off_s <= high):
            self._beats.clear()
            return
        self._beats.append((self._on, self._off))
        del self._beats[:-_BEATS]

    def _verdict(self) -> DeadLine | None:
        if self._calling >= _CNG_TIMES:
            return DeadLine.FAX
        lasted_s = self._on * FRAME_S
        if _CED_HZ[0] <= self._tone_hz <= _CED_HZ[1] and lasted_s >= _CED_S:
            return DeadLine.FAX
        if not _EXCHANGE_HZ[0] <= self._tone_hz <= _EXCHANGE_HZ[1]:
            return None
        if lasted_s >= _DIAL_S or (len(self._beats) == _BEATS and self._even()):
            return DeadLine.BUSY_TONE
        return None

    def _even(self) -> bool:
        uneven = _UNEVEN_S / FRAME_S
        return all(max(side) - min(side) <= uneven for side in zip(*self._beats, strict=True))

    def _pure(self, signal: npt.NDArray[np.float64]) -> float:
        """The frequency of a frame that is one tone, or two as close as an exchange's are;
        0.0 when it is anything else."""
        spectrum = np.abs(np.fft.rfft(signal * self._window, 4 * self._size)) ** 2
        hz_per_bin = self._rate_hz / (4 * self._size)
        peak = int(spectrum.argmax())
        near = int(110.0 / hz_per_bin)  # the window's own width
        around = spectrum[max(0, peak - near) : peak + near + 1].sum()
        return peak * hz_per_bin if around >= _PURE * spectrum.sum() else 0.0

    def _forget(self) -> None:
        self._tone_hz = self._level = 0.0
        self._on = self._off = self._calling = 0
        self._beats.clear()
