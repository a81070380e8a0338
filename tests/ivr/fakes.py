"""Hand-written fakes of our own protocols: a telephone call without a network."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence

from ivr.endpoint import (
    TRANSITIONS,
    Call,
    CallEvent,
    CallListener,
    CallNotActive,
    CallState,
    CloseReason,
    Direction,
    EndpointError,
    KeyPressed,
    StateChanged,
)
from ivr.packs.phrasebook import Utterance

RATE_HZ = 8000
CAPACITY_MS = 1000


class FakeCall:
    """A call whose wire is a byte buffer and whose time passes when told to."""

    def __init__(self, *, established: bool = True, caller: str = "13800138000") -> None:
        self.id = uuid.uuid4().hex
        self.sip_call_id = f"{self.id}@fake"
        self.direction = Direction.INBOUND
        self.trunk = "fake"
        self.caller = caller
        self.callee = "hotline"
        self.verified = False
        self.withheld = ""
        self.diverted_from = ""
        self.silent_s = 0.0
        self.patience_s = 0.0  # how long it must not be taken for gone
        self.keys_sent = ""
        self.headers: Mapping[str, str] = {}
        self.state = CallState.INCOMING
        self.close_reason: CloseReason | None = None
        self.rate_hz = 0
        self.was_established = False
        self.sent = bytearray()  # what has reached the wire
        self.referred: list[str | FakeCall] = []  # where REFERs have sent the peer
        self.refusals: list[EndpointError] = []  # of the next REFERs; those after succeed
        self.reports = asyncio.Event()  # set: the peer says at once what came of a REFER
        self.reports.set()
        self._queue = bytearray()
        self._incoming = bytearray()
        self._listeners: list[CallListener] = []
        self._closed = asyncio.Event()
        if established:
            self.establish()

    # -- what the network does ----------------------------------------------------

    def establish(self) -> None:
        self.rate_hz = RATE_HZ
        self.was_established = True
        self._move(CallState.ESTABLISHED)

    def press(self, keys: str) -> None:
        for key in keys:
            self._emit(KeyPressed(key))

    def speak(self, pcm: bytes) -> None:
        self._incoming += pcm

    def hang_up(self) -> None:
        self._close(CloseReason.REMOTE)

    def lose(self) -> None:
        """Its packets stay away, and the stack gives it up."""
        self._close(CloseReason.RTP_TIMEOUT)

    def join(self) -> None:
        """The peer reports that it is connected with whom a REFER named."""
        self._close(CloseReason.TRANSFERRED)

    def pass_time(self, ms: float) -> None:
        """The wire takes what is due."""
        size = int(ms * RATE_HZ / 1000) * 2
        self.sent += self._queue[:size]
        del self._queue[:size]

    # -- the protocol ----------------------------------------------------------------

    @property
    def buffered_ms(self) -> float:
        return len(self._queue) / 2 / RATE_HZ * 1000

    def subscribe(self, listener: CallListener) -> Callable[[], None]:
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def answer(self) -> None:
        if self.state is CallState.CLOSED:
            raise CallNotActive("the caller has hung up")
        self.establish()

    async def reject(self, code: int) -> None:
        self._close(CloseReason.LOCAL)

    async def hangup(self) -> None:
        self._close(CloseReason.LOCAL)

    async def wait_established(self) -> None:
        return

    async def wait_closed(self) -> None:
        await self._closed.wait()

    def read(self) -> bytes:
        pcm = bytes(self._incoming)
        self._incoming.clear()
        return pcm

    def write(self, pcm: bytes) -> int:
        if self.state is not CallState.ESTABLISHED:
            return 0
        room = CAPACITY_MS * RATE_HZ * 2 // 1000 - len(self._queue)
        taken = max(0, min(len(pcm), room))
        self._queue += pcm[:taken]
        return taken

    def flush(self) -> float:
        dropped = self.buffered_ms
        self._queue.clear()
        return dropped

    def spare(self, patience_s: float) -> None:
        self.patience_s = max(self.patience_s, patience_s)

    async def send_keys(self, keys: str) -> None:
        self.keys_sent += keys

    async def transfer(self, target: str) -> None:
        await self._refer(target)

    async def attended_transfer(self, other: Call) -> None:
        assert isinstance(other, FakeCall)
        await self._refer(other)
        other.hang_up()  # by the telephone that has replaced it

    async def _refer(self, to: str | FakeCall) -> None:
        self.referred.append(to)
        waits = [asyncio.create_task(each.wait()) for each in (self.reports, self._closed)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self.state is CallState.CLOSED:
            raise CallNotActive("the call ended before its transfer")
        if self.refusals:
            raise self.refusals.pop(0)
        self.join()

    def _close(self, reason: CloseReason) -> None:
        if self.state is not CallState.CLOSED:
            self.close_reason = reason
            self._closed.set()
            self._move(CallState.CLOSED)

    def _move(self, state: CallState) -> None:
        assert state in TRANSITIONS[self.state], f"{self.state} -> {state}"
        self.state = state
        self._emit(StateChanged(state, self.close_reason))

    def _emit(self, event: CallEvent) -> None:
        for listener in list(self._listeners):
            listener(event)


class FakePhrasebook:
    """Remembers what was said; every utterance sounds like `LENGTH_MS` of tone."""

    LENGTH_MS = 200

    def __init__(self) -> None:
        self.said: list[Utterance] = []

    async def render(self, utterances: Sequence[Utterance], rate_hz: int) -> list[bytes]:
        self.said += utterances
        return [b"\x01\x02" * (rate_hz * self.LENGTH_MS // 1000) for _ in utterances]
