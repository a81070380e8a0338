"""Bridged calls: everybody hears the others, as soon as it arrives.

Two parties of one rate are the usual case and cost one copy; a third (a second
engineer called in) is mixed. Sound is never queued for its turn: what one party
sent since the last step goes to the others now.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol

import numpy as np
import soxr

from ivr.endpoint import Call

FRAME_MS = 20
WATCHED_WRITES = 50  # about a second of bridged audio
LONGEST_PATIENCE = 32  # such seconds between two cuts


class StandingQueue:
    """Finds what of a queue never empties: it delays all that comes and hides no jitter.

    After one stall on the way, everything later would wait behind what came late for the
    rest of the call. The least depth of a while is exactly that wait. Each cut makes the
    next one wait twice as long: where the stack fetches in the moment we write, a frame in
    the queue is needed, and cutting it again and again would be heard.
    """

    def __init__(self) -> None:
        self._least_ms = math.inf
        self._writes = 0
        self._patience = 1

    def excess_ms(self, depth_ms: float) -> int:
        """Called before each write with the queue's depth: whole frames to leave out now."""
        self._least_ms = min(self._least_ms, depth_ms)
        self._writes += 1
        if self._writes < WATCHED_WRITES * self._patience:
            return 0
        excess = int(self._least_ms // FRAME_MS) * FRAME_MS
        self._least_ms, self._writes = math.inf, 0
        self._patience = min(2 * self._patience, LONGEST_PATIENCE) if excess else self._patience
        return excess


class Party(Protocol):
    """What a bridge needs of the media of a call."""

    call: Call

    @property
    def rate_hz(self) -> int: ...
    def join(self, mix: Mix) -> None: ...
    def leave(self) -> None: ...
    def take_heard(self) -> bytes: ...
    def relay(self, pcm: bytes) -> None: ...


class Mix:
    """The parties of one bridge."""

    def __init__(self, parties: Iterable[Party]) -> None:
        self.failed = False  # to move; told once
        self._parties: list[Party] = []
        self._resamplers: dict[tuple[str, int], soxr.ResampleStream] = {}
        for party in parties:
            self.add(party)

    @property
    def parties(self) -> tuple[Party, ...]:
        return tuple(self._parties)

    def add(self, party: Party) -> None:
        """Let a party in; what was being played to it stops."""
        party.join(self)
        self._parties.append(party)

    def remove(self, party: Party) -> None:
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

    def _at_rate(self, speaker: Party, pcm: bytes, rate_hz: int) -> bytes:
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
