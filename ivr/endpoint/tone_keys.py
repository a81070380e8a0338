"""Keys as tones in the sound (ITU-T Q.23, Q.24): analogue lines and old gateways send no
other. Detected by the energy at the eight frequencies (Goertzel, as one matrix product).

Speech must not press keys. A key is a pair of tones that is nearly all there is in the
sound, one of each group and no other, of similar strength, and steady for two frames after
one another; vowels have overtones and move.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Bank = npt.NDArray[np.complex128]
Samples = npt.NDArray[np.int16]

_ROWS = (697.0, 770.0, 852.0, 941.0)
_COLUMNS = (1209.0, 1336.0, 1477.0, 1633.0)
_KEYS = ("123A", "456B", "789C", "*0#D")

FRAME_S = 0.0255  # 204 samples at 8 kHz: the groups fall apart, a 40 ms key fills one
STEP_S = FRAME_S / 2
#: Frames that must agree: a tone of 40 ms (Q.24) has two, 12.75 ms apart.
_STEADY = 2
#: Frames without it before the same key counts again: 40 ms of pause have two at least.
_APART = 2
_QUIETEST = 60.0  # amplitude of the weaker tone: -55 dBFS
_SHARE = 0.7  # of all energy in the frame, that the two tones must have
_ALONE = 6.0  # the strongest of a group to the next: 8 dB
_TWIST = 8.0  # power of one tone to the other: 9 dB


class ToneKeys:
    """Finds keys in 16-bit mono PCM at 8000 or 16000 Hz."""

    def __init__(self, rate_hz: int) -> None:
        self._size = round(rate_hz * FRAME_S)
        self._step = round(rate_hz * STEP_S)
        self._bank = _bank(rate_hz, self._size)
        self._rest = np.zeros(0, dtype=np.int16)
        self._candidate = ""
        self._seen = 0  # frames that the candidate has lasted
        self._pressed = ""  # reported and still sounding
        self._absent = 0

    def feed(self, pcm: bytes) -> str:
        """The keys that were pressed by the end of this piece, in order."""
        samples = np.concatenate([self._rest, np.frombuffer(pcm, dtype=np.int16)])
        keys = ""
        position = 0
        while position + self._size <= samples.size:
            keys += self._follow(self._key_of(samples[position : position + self._size]))
            position += self._step
        self._rest = samples[position:]
        return keys

    def _follow(self, key: str) -> str:
        self._seen = self._seen + 1 if key and key == self._candidate else 1
        self._candidate = key
        if self._pressed and key != self._pressed:
            self._absent += 1
            if self._absent >= _APART or key:
                self._pressed = ""
        elif key:
            self._absent = 0
        if key and key != self._pressed and self._seen >= _STEADY:
            self._pressed = key
            self._absent = 0
            return key
        return ""

    def _key_of(self, frame: Samples) -> str:
        signal = frame.astype(np.float64)
        energy = float(signal @ signal)
        if energy < _QUIETEST**2 * self._size:
            return ""
        powers = np.abs(self._bank @ signal) ** 2
        rows, columns = powers[:4], powers[4:]
        row, column = int(rows.argmax()), int(columns.argmax())
        low, high = float(rows[row]), float(columns[column])
        # A tone of amplitude A has |sum|^2 = (A N / 2)^2 and the energy A^2 N / 2.
        share = 2 * (low + high) / (self._size * energy)
        if share < _SHARE or not 1 / _TWIST < low / high < _TWIST:
            return ""
        if low < _ALONE * float(np.partition(rows, -2)[-2]):
            return ""
        if high < _ALONE * float(np.partition(columns, -2)[-2]):
            return ""
        return _KEYS[row][column]


@lru_cache
def _bank(rate_hz: int, size: int) -> Bank:
    time = np.arange(size) / rate_hz
    bank: Bank = np.exp(-2j * np.pi * np.outer((*_ROWS, *_COLUMNS), time))
    return bank
