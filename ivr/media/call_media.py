"""Audio of live calls: one clock feeds and reads all of them.

The stacks keep RTP time in their own threads; Python only has to stay ahead of
them. Prompts are shared immutable bytes, written `LEAD_MS` ahead, so that a busy
event loop is not heard; a barge-in flushes what has not reached the wire. Each call
is moved every `TICK_MS`, one after another and not all at once, so that whoever
listens gets work evenly; bridged ones at every step of the clock, because there
every queued millisecond is delay.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from call_logs.storage import Checks, Loop
from ivr.endpoint import Call
from ivr.media.mixing import Mix, StandingQueue
from ivr.media.tracks import Timeline

logger = logging.getLogger(__name__)

STEP_MS = 10  # half a packet: a bridged frame waits 5 ms on average, and not 10
TICK_MS = 100
LEAD_MS = 300  # written ahead of the wire: one late tick and a garbage collection
AGAIN_S = (STEP_MS / 1000, 1.0)  # before the clock itself goes on after a fault
BRIDGE_LEAD_MS = 60  # more than this queued towards a bridged party is thrown away

Tap = Callable[[bytes], None]


class Recorder(Protocol):
    """Where both directions of a call are kept; never blocks."""

    def write(self, caller_pcm: bytes, hotline_pcm: bytes) -> None:
        """Append pieces of equal length."""


class Playback:
    """Pieces being played to one call; `done` once heard out or stopped."""

    def __init__(
        self, pieces: Iterable[bytes], *, repeat: bool, on_finish: Callable[[], None]
    ) -> None:
        self._pieces: deque[memoryview] = deque(memoryview(piece) for piece in pieces if piece)
        self._again = tuple(self._pieces) if repeat else ()
        self._on_finish = on_finish
        self.done = False

    def take(self, size: int) -> bytes:
        """Up to `size` bytes; empty when there are no more."""
        parts = []
        while size > 0:
            if not self._pieces:
                if not self._again:
                    break
                self._pieces.extend(self._again)
            piece = self._pieces.popleft()
            if len(piece) > size:
                self._pieces.appendleft(piece[size:])
                piece = piece[:size]
            size -= len(piece)
            parts.append(piece)
        return b"".join(parts)

    def give_back(self, pcm: bytes) -> None:
        """Put what the stack did not take in front again."""
        self._pieces.appendleft(memoryview(pcm))

    @property
    def exhausted(self) -> bool:
        return not self._pieces and not self._again

    def finish(self) -> None:
        if not self.done:
            self.done = True
            self._on_finish()


class CallMedia:
    """One established call's audio: what it plays, who listens, what is kept."""

    def __init__(self, call: Call, clock: MediaClock) -> None:
        self.call = call
        self.rate_hz = call.rate_hz
        self._clock = clock
        self._playing: Playback | None = None
        self._sent = bytearray()  # written to the stack, perhaps still queued there
        self._taps: list[Tap] = []
        self._recorder: Recorder | None = None
        self._started_s = self.due_s = clock.time()
        self._streamed_s = -math.inf
        self._timeline = Timeline(self.rate_hz)
        self._mix: Mix | None = None
        self._heard = bytearray()  # for the mix, since it last asked
        self._standing = StandingQueue()

    @property
    def position_s(self) -> float:
        """Seconds of this call that its recording holds so far."""
        return self._timeline.position_s

    @property
    def elapsed_s(self) -> float:
        """Seconds since the media started."""
        return self._clock.time() - self._started_s

    @property
    def stopped_s(self) -> float:
        """Seconds since anything came from the peer, be it silence; infinite before that."""
        return self._clock.time() - self._streamed_s

    def record(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def tap(self, listener: Tap) -> Callable[[], None]:
        """Deliver received PCM until the returned function is called (twice is fine)."""
        self._taps.append(listener)

        def untap() -> None:
            with suppress(ValueError):
                self._taps.remove(listener)

        return untap

    def play(
        self,
        pieces: Sequence[bytes],
        *,
        repeat: bool = False,
        on_finish: Callable[[], None] = lambda: None,
    ) -> Playback:
        """Play in place of whatever is playing; the first samples go out at once.

        `on_finish` is called once: when the last sample has left for the wire, or
        when the playback is stopped or the call closed before that.
        """
        self.stop()
        playback = Playback(pieces, repeat=repeat, on_finish=on_finish)
        self._playing = playback
        self._fill()
        return playback

    def stop(self) -> None:
        """Be silent at once: at most one packet already encoded still goes out."""
        if self._playing is None:
            return
        playing, self._playing = self._playing, None
        self._settle()
        self.call.flush()
        self._sent.clear()
        playing.finish()

    def join(self, mix: Mix) -> None:
        """Become a party of a bridge; see `MediaClock.bridge`."""
        self.stop()
        self._mix = mix
        self._heard.clear()

    def leave(self) -> None:
        """Be no party any more. May be called twice."""
        self._mix = None

    @property
    def bridged(self) -> bool:
        return self._mix is not None

    def take_heard(self) -> bytes:
        """What this party said since the last time."""
        pcm = bytes(self._heard)
        self._heard.clear()
        return pcm

    def tick(self) -> None:
        """Move audio once, both ways. Called by the clock, which minds `due_s`."""
        heard = self.call.read()
        if heard:
            self._streamed_s = self._clock.time()
            self._timeline.heard(heard)
            for tap in list(self._taps):
                tap(heard)
            if self._mix is not None:
                self._heard += heard
        self._settle()
        self._fill()
        stretch = self._timeline.advance(self.elapsed_s, idle=not self._sent)
        if self._recorder is not None and stretch[0]:
            self._recorder.write(*stretch)

    def relay(self, pcm: bytes) -> None:
        """Send bridged audio on; a backlog is dropped, not delayed. A prompt that is
        being played to this party goes first."""
        if self._playing is not None:
            return
        queued_ms = self.call.buffered_ms
        pcm = pcm[self._standing.excess_ms(queued_ms) * self.rate_hz * 2 // 1000 :]
        if queued_ms > BRIDGE_LEAD_MS:
            self._settle()
            self.call.flush()
            self._sent.clear()
        taken = self.call.write(pcm)
        self._sent += pcm[:taken]

    def close(self) -> None:
        """Forget the call; a playback that somebody waits for ends."""
        playing, self._playing = self._playing, None
        if playing is not None:
            playing.finish()
        if self._mix is not None:
            self._mix.remove(self)
        self._taps.clear()
        self._clock.remove(self)

    def _fill(self) -> None:
        playing = self._playing
        if playing is None:
            return
        per_ms = self.rate_hz * 2 // 1000
        want = int(LEAD_MS - self.call.buffered_ms) * per_ms
        if want > 0 and not playing.exhausted:
            pcm = playing.take(want)
            taken = self.call.write(pcm)
            self._sent += pcm[:taken]
            if taken < len(pcm):
                playing.give_back(pcm[taken:])
        if playing.exhausted and not self._sent:
            self._playing = None
            playing.finish()

    def _settle(self) -> None:
        """Move what has left the stack's queue from `_sent` to the timeline."""
        if not self._sent:
            return
        queued = int(self.call.buffered_ms * self.rate_hz / 1000) * 2
        gone = len(self._sent) - queued
        if gone > 0:
            self._timeline.played(bytes(self._sent[:gone]))
            del self._sent[:gone]


class MediaClock:
    """The one loop that moves the audio of all calls."""

    def __init__(self, checks: Checks | None = None) -> None:
        self._calls: dict[str, CallMedia] = {}
        self._moving = Loop(
            "media clock",
            self._run,
            checks=checks or Checks(),
            every_s=0.0,
            again_s=AGAIN_S,
            hangs_after_s=None,
        )
        self._wake = asyncio.Event()
        self._bridges: list[Mix] = []
        self._attached = 0
        self._beats: list[asyncio.Event] = []  # of those who want to see it move
        self.late_ticks = 0  # ticks that came later than the lead could hide

    def time(self) -> float:
        """Monotonic seconds, the time base of every call's media."""
        return asyncio.get_running_loop().time()

    @property
    def calls(self) -> int:
        """How many calls are being moved."""
        return len(self._calls)

    def attach(self, call: Call) -> CallMedia:
        """Start moving an established call's audio, until `CallMedia.close`."""
        media = CallMedia(call, self)
        # Calls that came together take turns all the same.
        self._attached += 1
        media.due_s += self._attached * STEP_MS % TICK_MS / 1000
        self._calls[call.id] = media
        self._wake.set()
        return media

    def remove(self, media: CallMedia) -> None:
        self._calls.pop(media.call.id, None)

    def bridge(self, *parties: CallMedia) -> Mix:
        """Let calls hear each other, until `unbridge`."""
        mix = Mix(parties)
        self._bridges.append(mix)
        self._wake.set()
        return mix

    def unbridge(self, mix: Mix) -> None:
        """Part a bridge. May be called twice."""
        mix.close()
        if mix in self._bridges:
            self._bridges.remove(mix)

    async def beat(self) -> None:
        """Return once the clock has come round; never, when it has stopped."""
        come_round = asyncio.Event()
        self._beats.append(come_round)
        self._wake.set()
        await come_round.wait()

    def start(self) -> None:
        self._moving.start()

    async def close(self) -> None:
        await self._moving.close()

    async def _run(self) -> None:
        while True:
            if not self._calls:
                self._wake.clear()
                await self._wake.wait()
            while self._beats:
                self._beats.pop().set()
            now = self.time()
            for media in list(self._calls.values()):
                if media.bridged or now >= media.due_s:
                    self._tick(media, now)
            for mix in list(self._bridges):
                self._move(mix)
            self._wake.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(now + STEP_MS / 1000):
                    await self._wake.wait()

    def _move(self, mix: Mix) -> None:
        try:
            mix.move()
        except Exception:
            # One bridge's fault must not silence all other calls; it is tried again.
            if not mix.failed:
                logger.exception("a bridge could not be moved")
            mix.failed = True

    def _tick(self, media: CallMedia, now: float) -> None:
        if now - media.due_s > (LEAD_MS - TICK_MS) / 1000:
            self.late_ticks += 1
        if now >= media.due_s:
            media.due_s = max(media.due_s + TICK_MS / 1000, now)
        try:
            media.tick()
        except Exception:
            # One call's fault must not silence all the others.
            logger.exception("media tick failed", extra={"call": media.call.id})
            media.close()
