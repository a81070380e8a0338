"""Hand-written fakes of our own protocols: a telephone call without a network.

`FakeCall` passes the contract tests of the SIP stacks (`tests/ivr/endpoint/test_contract.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from ivr.endpoint import (
    Call,
    CallNotActive,
    CallState,
    CloseReason,
    Direction,
    EndpointError,
    TransferRefused,
)
from ivr.endpoint.call_base import CallBase
from ivr.endpoint.status import reason_of_status
from ivr.packs.phrasebook import Utterance

RATE_HZ = 8000
CAPACITY_MS = 1000


class FakeSound:
    """A byte buffer each way, whose time passes when told to."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.heard_at = 0.0
        self.sent = bytearray()  # what has reached the wire
        self._queue = bytearray()
        self._incoming = bytearray()

    @property
    def buffered_ms(self) -> float:
        return len(self._queue) / 2 / RATE_HZ * 1000

    def read(self) -> bytes:
        pcm = bytes(self._incoming)
        self._incoming.clear()
        return pcm

    def write(self, pcm: bytes) -> int:
        room = CAPACITY_MS * RATE_HZ * 2 // 1000 - len(self._queue)
        taken = max(0, min(len(pcm), room))
        self._queue += pcm[:taken]
        return taken

    def flush(self) -> float:
        dropped = self.buffered_ms
        self._queue.clear()
        return dropped

    def hear(self, pcm: bytes) -> None:
        self._incoming += pcm

    def pass_time(self, ms: float) -> None:
        size = int(ms * RATE_HZ / 1000) * 2
        self.sent += self._queue[:size]
        del self._queue[:size]


class FakeCall(CallBase):
    """A call that does what a test says."""

    def __init__(
        self,
        *,
        established: bool = True,
        direction: Direction = Direction.INBOUND,
        caller: str = "13800138000",
        callee: str = "hotline",
        rate_hz: int = RATE_HZ,
        **known: Any,
    ) -> None:
        """`known`: whatever else `CallBase` knows of a call."""
        super().__init__(
            direction=direction,
            caller=caller,
            callee=callee,
            **{"trunk": "fake", "dtmf": "events", **known},
        )
        self._sip_call_id = f"{self.id}@fake"
        self._line = FakeSound(rate_hz)
        self._sound = self._line
        self.patience_s = 0.0  # how long it must not be taken for gone
        self.keys_sent = ""
        self.refused_with: int | None = None  # the status of our refusal
        self.hears_questions = True  # False: the peer has vanished
        self.on_closed: Callable[[], None] = lambda: None
        self.referred: list[str | FakeCall] = []  # where REFERs have sent the peer
        self.refusals: list[EndpointError] = []  # of the next REFERs; those after succeed
        self.reports = asyncio.Event()  # set: the peer says at once what came of a REFER
        self.reports.set()
        if established:
            self.establish()

    # -- what the network does ----------------------------------------------------

    def establish(self) -> None:
        self._move(CallState.ESTABLISHED)

    def press(self, keys: str) -> None:
        for key in keys:
            self._press(key)

    def speak(self, pcm: bytes) -> None:
        self._line.hear(pcm)

    def hang_up(self) -> None:
        self._close(CloseReason.REMOTE)

    def refuse(self, reason: CloseReason) -> None:
        self._close(reason)

    def answer_with(self, status: int) -> None:
        """The peer refuses our INVITE."""
        self._close(reason_of_status(status), status)

    def lose(self) -> None:
        """Its packets stay away, and the stack gives it up."""
        self._close(CloseReason.RTP_TIMEOUT)

    def join(self) -> None:
        """The peer reports that it is connected with whom a REFER named."""
        self._close(CloseReason.TRANSFERRED)

    def pass_time(self, ms: float) -> None:
        """The wire takes what is due."""
        self._line.pass_time(ms)

    @property
    def sent(self) -> bytearray:
        """What has reached the wire."""
        return self._line.sent

    # -- what is known of the call --------------------------------------------------

    def vouched(self, verified: bool = True) -> None:
        self._verified = verified

    def came_by(self, trunk: str) -> None:
        self._trunk = trunk

    # -- the protocol ----------------------------------------------------------------

    @property
    def silent_s(self) -> float:
        return 0.0

    async def answer(self) -> None:
        if self.state is CallState.CLOSED:
            raise CallNotActive("the caller has hung up")
        self.establish()

    async def hangup(self) -> None:
        self._end_as(CloseReason.LOCAL)

    def spare(self, patience_s: float) -> None:
        self.patience_s = max(self.patience_s, patience_s)
        super().spare(patience_s)

    async def transfer(self, target: str) -> None:
        try:
            await self._refer(target)
        except CallNotActive as error:
            raise TransferRefused("the transfer came to nothing: the peer has hung up") from error

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

    # -- what a stack does -------------------------------------------------------------

    async def _refuse(self, code: int) -> None:
        self.refused_with = code
        self._close(CloseReason.LOCAL)

    async def _send_keys(self, keys: str) -> None:
        self.keys_sent += keys

    def _end_as(self, reason: CloseReason) -> None:
        self._close(reason)

    def _offers_events(self) -> bool:
        return True

    def _reported_at(self) -> float:
        return 0.0

    def _put_question(self) -> None:
        self._liveness.answered(200 if self.hears_questions else 0)

    def _close(self, reason: CloseReason, code: int | None = None) -> None:
        if self.state is not CallState.CLOSED:
            self._move(CallState.CLOSED, reason, code)
            self.on_closed()


class FakePhrasebook:
    """Remembers what was said; every utterance sounds like `LENGTH_MS` of tone."""

    LENGTH_MS = 200

    def __init__(self) -> None:
        self.said: list[Utterance] = []
        self.said_slowly: list[Utterance] = []

    async def render(
        self, utterances: Sequence[Utterance], rate_hz: int, *, slowly: bool = False
    ) -> list[bytes]:
        self.said += utterances
        self.said_slowly += utterances if slowly else ()
        return [b"\x01\x02" * (rate_hz * self.LENGTH_MS // 1000) for _ in utterances]
