"""Whether anybody is at the other end of a line: the sound that comes from it.

A machine that has pressed 1, a muted telephone and a dead one behind a PBX that keeps the
line alive all look like a call that is up. What they do not do is make a sound.
"""

from __future__ import annotations

import asyncio

import numpy as np

from ivr.media.call_media import CallMedia

FRAME_MS = 20
LOUD_RMS = 150.0  # -47 dBFS: over comfort noise (RFC 3389), under a quiet room at a handset
SOUND_S = 0.2  # that much of it: a click is shorter


class Presence:
    """Listens to one side of a call, until closed. Seconds are the event loop's."""

    def __init__(self, media: CallMedia) -> None:
        # A call that was over before its first sound never had a rate.
        self._frame_bytes = max(1, media.rate_hz * FRAME_MS // 1000) * 2
        self._rest = b""
        self._loud_frames = 0
        self._quiet_since_s = _now_s()
        self._untap = media.tap(self._hear)
        self.made_sound = False

    @property
    def quiet_s(self) -> float:
        """Since the last loud moment, or since the beginning."""
        return _now_s() - self._quiet_since_s

    def answered(self) -> None:
        """They have shown in another way, by a key, that they are there."""
        self._quiet_since_s = _now_s()

    def close(self) -> None:
        """Listen no more. May be called twice."""
        self._untap()

    def _hear(self, pcm: bytes) -> None:
        heard = self._rest + pcm
        whole = len(heard) // self._frame_bytes * self._frame_bytes
        self._rest = heard[whole:]
        samples = np.frombuffer(heard[:whole], np.int16).astype(np.float32)
        powers = (samples.reshape(-1, self._frame_bytes // 2) ** 2).mean(axis=1)
        loud = int(np.count_nonzero(powers > LOUD_RMS**2))
        if loud:
            self._quiet_since_s = _now_s()
            self._loud_frames += loud
            self.made_sound = self._loud_frames * FRAME_MS / 1000 >= SOUND_S


def _now_s() -> float:
    return asyncio.get_running_loop().time()


__all__ = ["Presence"]
