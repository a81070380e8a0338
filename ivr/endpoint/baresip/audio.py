"""One baresip call's sound as the program wants it: 8 or 16 kHz mono, never raising."""

from __future__ import annotations

import asyncio
import contextlib

from baresip import AudioInfo, AudioNotActive, AudioRestarted
from baresip.audio import CallAudio

from ivr.endpoint.resample import Resampler, program_rate, resampler

SAMPLE_BYTES = 2
#: How often to look whether the stack has flushed, and what to hold until then.
HOLD_S = 0.005
HELD_LIMIT_BYTES = 64_000
FALLBACK_RATE_HZ = 8000  # narrowband, as every telephone speaks it


class CallSound:
    """Reads and writes a call's PCM, whatever codec the peers agreed on.

    The streams appear a moment after the call is answered and are replaced by a
    re-INVITE or when the peer changes its codec; until they are (back), reads are
    empty and writes take nothing. The program's rate stays what it was first.
    """

    def __init__(self, audio: CallAudio) -> None:
        self._audio = audio
        self._rate_hz = 0
        self._shape: tuple[int, int, int, int] | None = None
        self._tx_bytes_per_ms = 0.0
        self._tx_growth = 1.0  # stack bytes for each of ours
        self._held = bytearray()  # written while a flush is on its way
        self._flushing = False
        self._timer: asyncio.TimerHandle | None = None
        self._down: Resampler | None = None
        self._up: Resampler | None = None
        self._heard_at = asyncio.get_running_loop().time()
        self._received: tuple[int, int, int] | None = None

    @property
    def heard_at(self) -> float:
        """Loop time at which sound was last seen to come in. The stack makes none up for
        packets that stay away, so what it has received only grows with them."""
        try:
            stats = self._audio.stats()
        except AudioNotActive:
            return self._heard_at
        received = (stats.rx_buffered, stats.rx_dropped_bytes, stats.rx_discarded_bytes)
        if received != self._received and any(received):
            self._note_heard()
        self._received = received
        return self._heard_at

    @property
    def rate_hz(self) -> int:
        """8000 or 16000: what the streams speak, and from the first question on the same. A
        caller who hung up at once leaves no streams to ask: then 8000."""
        if not self._rate_hz and self._probe() is None:
            self._rate_hz = FALLBACK_RATE_HZ
        return self._rate_hz

    def read(self) -> bytes:
        """All PCM received since the last read."""
        info = self._probe()
        if info is None or not info.rx_buffered:
            return b""
        try:
            pcm = self._audio.read(info.rx_buffered)
        except (AudioNotActive, AudioRestarted):
            return b""
        self._note_heard()
        return self._down.process(pcm) if self._down is not None else pcm

    def write(self, pcm: bytes) -> int:
        """Queue PCM; how many of its bytes were taken."""
        info = self._probe()
        if info is None:
            return 0
        if self._flushing and info.tx_buffered:
            return self._hold(pcm)
        self._flushing = False
        return self._write_through(info, pcm) if self._release(info) else self._hold(pcm)

    @property
    def buffered_ms(self) -> float:
        """Audio written that the encoder has not fetched yet."""
        info = self._probe()
        if info is None:
            return 0.0
        if self._flushing:
            return self._held_ms()
        return float(info.tx_buffered / self._tx_bytes_per_ms + self._held_ms())

    def flush(self) -> float:
        """Throw away what is queued; how much, in ms.

        The stack does it with its next packet, up to 20 ms from now, and would
        throw away what is written until then as well: that is held back here.
        """
        queued_ms = self.buffered_ms
        self._held.clear()
        if queued_ms and not self._flushing:
            with contextlib.suppress(AudioNotActive, AudioRestarted):
                self._audio.flush_tx()
                self._flushing = True
        return queued_ms

    def close(self) -> None:
        """Forget what is held back. May be called twice."""
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _note_heard(self) -> None:
        self._heard_at = asyncio.get_running_loop().time()

    def _hold(self, pcm: bytes) -> int:
        taken = pcm[: max(0, HELD_LIMIT_BYTES - len(self._held))]
        self._held += taken
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HOLD_S, self._look_again)
        return len(taken)

    def _look_again(self) -> None:
        """See whether the stack has flushed, and send on what was held back."""
        self._timer = None
        if self._held:
            self.write(b"")
        if self._held:
            self._timer = asyncio.get_running_loop().call_later(HOLD_S, self._look_again)

    def _release(self, info: AudioInfo) -> bool:
        """Pass on what was held back; False while some of it is left."""
        if self._held:
            held = bytes(self._held)
            self._held.clear()
            self._held += held[self._write_through(info, held) :]
        return not self._held

    def _write_through(self, info: AudioInfo, pcm: bytes) -> int:
        try:
            if self._up is None:
                return self._audio.write(pcm)
            # A resampler cannot take back what did not fit, so look for room first.
            room = int((info.tx_capacity - info.tx_buffered) / self._tx_growth)
            taken = pcm[: room - room % SAMPLE_BYTES]
            self._audio.write(self._up.process(taken))
            return len(taken)
        except (AudioNotActive, AudioRestarted):
            return 0

    def _held_ms(self) -> float:
        return len(self._held) / (self._rate_hz * SAMPLE_BYTES / 1000)

    def _probe(self) -> AudioInfo | None:
        """The streams as they are now, or None while there are none."""
        try:
            info = self._audio.info()
        except AudioNotActive:
            return None
        if not (info.tx_ready and info.rx_ready):
            return None
        shape = (info.tx_sample_rate, info.tx_channels, info.rx_sample_rate, info.rx_channels)
        if shape != self._shape:
            self._take_shape(info)
            self._shape = shape
        return info

    def _take_shape(self, info: AudioInfo) -> None:
        self._rate_hz = self._rate_hz or program_rate(info.tx_sample_rate)
        self._up = resampler(self._rate_hz, 1, info.tx_sample_rate, info.tx_channels)
        self._down = resampler(info.rx_sample_rate, info.rx_channels, self._rate_hz, 1)
        self._tx_bytes_per_ms = info.tx_sample_rate * info.tx_channels * SAMPLE_BYTES / 1000
        self._tx_growth = info.tx_sample_rate * info.tx_channels / self._rate_hz
