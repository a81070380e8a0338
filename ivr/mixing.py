"""Bridged calls: everybody hears the others, as soon as it arrives.

Two parties of one rate are the usual case and cost one copy; a third (a second
engineer called in) is mixed. Sound is never queued for its turn: what one party
sent since the last step goes to the others now.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import soxr

if TYPE_CHECKING:
    from ivr.media import CallMedia


class Mix:
    """The parties of one bridge."""

    def __init__(self, parties: Iterable[CallMedia]) -> None:
        self._parties: list[CallMedia] = []
        self._resamplers: dict[tuple[str, int], soxr.ResampleStream] = {}
        for party in parties:
            self.add(party)

    @property
    def parties(self) -> tuple[CallMedia, ...]:
        return tuple(self._parties)

    def add(self, party: CallMedia) -> None:
        """Let a party in; what was being played to it stops."""
        party.join(self)
        self._parties.append(party)

    def remove(self, party: CallMedia) -> None:
        """Let a party go; the others stay bridged. Not being in is no error."""
        if party in self._parties:
            self._parties.remove(party)
            party.leave()

    def close(self) -> None:
        """Part everybody. May be called twice."""
        for party in self.parties:
            self.remove(party)

    def move(self) -> None:
        """Send what each party said since the last time to all the others."""
        said = [(party, pcm) for party in self._parties if (pcm := party.take_heard())]
        for listener in self._parties:
            voices = [
                self._at_rate(speaker, pcm, listener.rate_hz)
                for speaker, pcm in said
                if speaker is not listener
            ]
            if voices:
                listener.relay(voices[0] if len(voices) == 1 else _sum(voices))

    def _at_rate(self, speaker: CallMedia, pcm: bytes, rate_hz: int) -> bytes:
        if speaker.rate_hz == rate_hz:
            return pcm
        key = (speaker.call.id, rate_hz)
        if key not in self._resamplers:
            self._resamplers[key] = soxr.ResampleStream(
                speaker.rate_hz, rate_hz, 1, dtype="int16", quality="LQ"
            )
        samples: np.ndarray = self._resamplers[key].resample_chunk(np.frombuffer(pcm, np.int16))
        return samples.tobytes()


def _sum(voices: list[bytes]) -> bytes:
    """Voices on top of each other, limited and not wrapped round."""
    total = np.zeros(max(map(len, voices)) // 2, np.int32)
    for voice in voices:
        samples = np.frombuffer(voice, np.int16)
        total[: len(samples)] += samples
    return np.clip(total, -32768, 32767).astype(np.int16).tobytes()
