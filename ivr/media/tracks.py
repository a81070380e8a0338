"""The two directions of a call, laid on the call's own clock."""

from __future__ import annotations

SLACK_MS = 300  # a channel this far behind the clock has a gap, not jitter


class Timeline:
    """Lays both directions on the call's clock, so that a recording's second is a
    second of the call whatever the network did.

    `heard` and `played` take what arrived since the last step; `advance` returns
    the stretch that both channels have reached, as two pieces of equal length.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._caller = bytearray()
        self._hotline = bytearray()
        self._done = 0  # bytes already handed out, the same for both channels

    @property
    def position_s(self) -> float:
        return self._done / (2 * self._rate_hz)

    def heard(self, pcm: bytes) -> None:
        self._caller += pcm

    def played(self, pcm: bytes) -> None:
        self._hotline += pcm

    def advance(self, elapsed_s: float, *, idle: bool) -> tuple[bytes, bytes]:
        """Args: seconds since the start, and whether nothing is being played."""
        now = int(elapsed_s * self._rate_hz) * 2 - self._done
        slack = self._rate_hz * 2 * SLACK_MS // 1000
        for channel, behind in ((self._caller, slack), (self._hotline, 0 if idle else slack)):
            if now - len(channel) > behind:
                channel.extend(bytes(now - len(channel)))
        size = min(len(self._caller), len(self._hotline))
        stretch = bytes(self._caller[:size]), bytes(self._hotline[:size])
        del self._caller[:size], self._hotline[:size]
        self._done += size
        return stretch
