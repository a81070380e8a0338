"""Listening to live calls: a few threads shared by all of them.

Audio goes from the event loop into each call's bounded queue; a thread takes a call that has
a fifth of a second waiting, decodes that, and puts the call back at the end of the line.
Results come back on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue

from asr.engine.live_engine import LiveEngine, LiveModel
from asr.engine.word import SAMPLE_BYTES
from asr.lexicon.lexicon import Hit
from asr.live.decoder import LiveDecoder, LiveLexicon, Result
from asr.live.ear import Heard

PIECE_S = 0.2  # what a thread decodes at a time: less costs overhead, more adds delay
BACKLOG_S = 4.0  # audio a call may have waiting; older speech is worth less than late speech
STALL_S = 1.0  # a peer that sends nothing (mute, silence suppression) has ended their utterance
_STOP_LIMIT_S = 5.0

logger = logging.getLogger(__name__)

OnHeard = Callable[[Heard], None]
OnHits = Callable[[tuple[Hit, ...]], None]
_Job = Callable[[], None]


class Listener:
    """One call's ear; `Listeners.open` makes it. All its methods belong to the event loop."""

    def __init__(
        self,
        listeners: Listeners,
        model: LiveModel,
        lexicon: LiveLexicon | None,
        rate_hz: int,
        *,
        on_heard: OnHeard,
        on_hits: OnHits,
        words: tuple[str, ...],
        start_s: float,
        engine: LiveEngine | None,
    ) -> None:
        self._listeners = listeners
        self._loop = asyncio.get_running_loop()
        self._on_heard = on_heard
        self._on_hits = on_hits
        self._rate_hz = rate_hz
        self._piece_bytes = SAMPLE_BYTES * int(rate_hz * PIECE_S)
        self._backlog_bytes = SAMPLE_BYTES * int(rate_hz * BACKLOG_S)
        self._decoder = LiveDecoder(
            model, lexicon, rate_hz, words=words, start_s=start_s, engine=engine
        )
        self._epoch = 0  # results of an older epoch are not delivered
        self._closed = False
        self._last_fed_s = self._loop.time()
        self._first_fed_s: float | None = None
        self._failing = False
        self._fed_bytes = 0
        # Shared with the threads, under the lock:
        self._lock = threading.Lock()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._lost_bytes = 0  # dropped, and not yet told to the decoder
        self._dropped_bytes = 0
        self._interrupt: int | None = None  # epoch to reset to
        self._stalled = True
        self._scheduled = False

    def feed(self, pcm: bytes) -> None:
        """Take 16-bit mono PCM as it comes, any length. Never blocks; when the threads cannot
        keep up the oldest audio is dropped and counted in `dropped_s`."""
        if self._closed or not pcm:
            return
        self._last_fed_s = self._loop.time()
        with self._lock:
            if self._stalled:
                self._resume(len(pcm))
            self._fed_bytes += len(pcm)
            self._waiting.append(pcm)
            self._waiting_bytes += len(pcm)
            while self._waiting_bytes > self._backlog_bytes and len(self._waiting) > 1:
                lost = len(self._waiting.popleft())
                self._waiting_bytes -= lost
                self._lost_bytes += lost
                self._dropped_bytes += lost
            self._schedule(self._waiting_bytes >= self._piece_bytes)

    def _resume(self, coming_bytes: int) -> None:
        """Audio comes again after a stall: the time that passed without it counts too."""
        self._stalled = False
        if self._first_fed_s is None:
            self._first_fed_s = self._last_fed_s
            return
        passed_s = self._last_fed_s - self._first_fed_s
        missing = round(passed_s * self._rate_hz) * SAMPLE_BYTES - self._fed_bytes - coming_bytes
        if missing > 0:
            self._lost_bytes += missing
            self._fed_bytes += missing

    @property
    def dropped_s(self) -> float:
        """Seconds of audio that nobody listened to because the threads were too slow."""
        return self._dropped_bytes / SAMPLE_BYTES / self._rate_hz

    @property
    def waiting_s(self) -> float:
        """Seconds of audio that wait for a thread: near zero when they keep up."""
        return self._waiting_bytes / SAMPLE_BYTES / self._rate_hz

    def reset(self) -> None:
        """Forget the running utterance and what waits (the flow asks a new question)."""
        if not self._closed:
            self._forget()

    async def close(self) -> None:
        """Stop listening; no callback comes afterwards. May be called twice."""
        if self._closed:
            return
        self._closed = True
        self._forget()  # frees the engine, although the caller may keep this object
        self._listeners.forget(self)
        if self._dropped_bytes:
            logger.warning("speech was not listened to", extra={"dropped_s": self.dropped_s})

    def _forget(self) -> None:
        self._epoch += 1
        with self._lock:
            self._lost_bytes += self._waiting_bytes
            self._waiting.clear()
            self._waiting_bytes = 0
            self._interrupt = self._epoch
            self._schedule(True)

    def end_if_stalled(self, now_s: float) -> None:
        """End the utterance of a peer who stopped sending audio."""
        if now_s - self._last_fed_s < STALL_S:
            return
        with self._lock:
            if not self._stalled:
                self._stalled = True
                self._schedule(True)

    def _schedule(self, wanted: bool) -> None:
        """Get in line, once; the lock is held."""
        if wanted and not self._scheduled:
            self._scheduled = True
            self._listeners.enqueue(self._work)

    def _work(self) -> None:
        """Decode one piece, on a thread."""
        with self._lock:
            epoch, self._interrupt = self._interrupt, None
            lost, self._lost_bytes = self._lost_bytes, 0
            pieces = self._take()
            stalled = self._stalled and not self._waiting
        try:
            if epoch is not None:
                self._decoder.reset(epoch)
            if lost:
                self._decoder.skip(lost)
            self._decoder.decode(b"".join(pieces), stalled=stalled)
            self._failing = False
        except Exception:
            if not self._failing:  # a dead engine would say so five times a second
                logger.exception("the speech engine failed on a live call; it starts afresh")
            self._failing = True
            self._decoder.drop_ear()
        results = self._decoder.take_results()
        if results:
            self._hand_over(self._decoder.epoch, results)
        with self._lock:
            self._scheduled = False
            enough = self._waiting_bytes >= self._piece_bytes
            # The stall may have been noticed while this piece was decoded.
            ending = self._stalled and (self._waiting_bytes > 0 or not stalled)
            more = enough or ending or self._decoder.has_work
            # The last job of a closed call frees the engine.
            self._schedule(self._interrupt is not None or (more and not self._closed))

    def _take(self) -> list[bytes]:
        """About one piece of what waits; the lock is held."""
        pieces = []
        taken = 0
        while self._waiting and taken < self._piece_bytes:
            piece = self._waiting.popleft()
            pieces.append(piece)
            taken += len(piece)
        self._waiting_bytes -= taken
        return pieces

    def _hand_over(self, epoch: int, results: list[Result]) -> None:
        try:
            self._loop.call_soon_threadsafe(self._deliver, epoch, results)
        except RuntimeError:
            logger.debug("the event loop closed before the last words")

    def _deliver(self, epoch: int, results: list[Result]) -> None:
        for result in results:
            if self._closed or epoch != self._epoch:
                return
            if isinstance(result, Heard):
                self._on_heard(result)
            else:
                self._on_hits(result)


class Listeners:
    """The threads that listen to all calls.

    `engine` overrules what was measured of each model: dictation for few calls on a strong
    machine, the word list for many on a weak one.
    """

    def __init__(self, *, threads: int, engine: LiveEngine | None = None) -> None:
        if threads < 1:
            raise ValueError("listening takes at least one thread")
        self._engine = engine
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._listeners: set[Listener] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._dropped_s = 0.0  # of listeners that have closed
        self._threads = [
            threading.Thread(target=self._run, name=f"listen-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def open(
        self,
        model: LiveModel,
        lexicon: LiveLexicon | None,
        rate_hz: int,
        *,
        on_heard: OnHeard,
        on_hits: OnHits,
        words: tuple[str, ...] = (),
        start_s: float = 0.0,
    ) -> Listener:
        """Start listening to a call; PCM comes at `rate_hz` (8000 or 16000).

        Callbacks run on the event loop, which must be running, and must return at once.
        `words` are more phrases to listen for (spoken choices) where the model listens by
        word list; `start_s` is the call's time at the first sample fed.
        """
        if self._closed:
            raise RuntimeError("the listeners are closed")
        listener = Listener(
            self,
            model,
            lexicon,
            rate_hz,
            on_heard=on_heard,
            on_hits=on_hits,
            words=words,
            start_s=start_s,
            engine=self._engine,
        )
        self._listeners.add(listener)
        if self._timer is None:
            self._watch()
        return listener

    async def close(self) -> None:
        """Close every listener and end the threads. May be called twice."""
        self._closed = True
        for listener in tuple(self._listeners):
            await listener.close()
        threads, self._threads = self._threads, []
        for _ in threads:
            self._jobs.put(None)
        for thread in threads:
            await asyncio.to_thread(thread.join, _STOP_LIMIT_S)
        # Calls that were being decoded free their engines behind the threads' last order.
        while not self._jobs.empty():
            if (job := self._jobs.get_nowait()) is not None:
                job()

    def enqueue(self, job: _Job) -> None:
        """Run `job` on the next free thread."""
        self._jobs.put(job)

    @property
    def dropped_s(self) -> float:
        """Seconds of audio of all calls so far that the threads were too slow for."""
        return self._dropped_s + sum(listener.dropped_s for listener in self._listeners)

    def forget(self, listener: Listener) -> None:
        """A listener closed."""
        if listener in self._listeners:
            self._dropped_s += listener.dropped_s
        self._listeners.discard(listener)
        if not self._listeners and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _watch(self) -> None:
        """Notice stalled peers twice in their limit; silent calls send no audio to notice by."""
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        for listener in self._listeners:
            listener.end_if_stalled(now_s)
        self._timer = loop.call_later(STALL_S / 2, self._watch)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
