"""A peer of the fake exchange that does what a SIPp scenario says, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Self

from ivr.endpoint import CallState, TransferRefused
from ivr.tasks import Tasks
from tests.ivr.exchange import Exchange, Telephone
from tests.ivr.fakes import FakeCall
from tests.wire import InfoKeys, Keys, Pause, Play, SippResult, TakeRefer
from tests.wire.audio import read_pcma_capture
from tests.wire.ports import free_port
from tests.wire.scenario import Scenario, Script, Step

LIMIT_S = 10.0
PACKET_S = 0.02
PACKET_BYTES = 320
NO_CODEC_OF_OURS = "g729"
NOT_ACCEPTABLE = 488
REQUEST_TERMINATED = 487


class Wrong(AssertionError):
    """The exchange did not do what the script expects."""


class FakePeer:
    """Calls the exchange, or is called at `uri`: as `Sipp`, whose place it takes."""

    def __init__(
        self,
        exchange: Exchange,
        scenario: Scenario,
        remote: str = "",
        *,
        to: str = "hotline",
        calls: int = 1,
        rate: float = 10.0,
        source: str = "127.0.0.1",
    ) -> None:
        self.uri = f"sip:peer@127.0.0.1:{free_port()}"
        self._exchange = exchange
        self._script: Script = scenario.script
        self._calls = bool(remote)
        self._to = to
        self._count = calls
        self._pause_s = 1.0 / rate
        self._source = source
        self._tasks = Tasks()
        self._vanished: list[FakeCall] = []
        self._live: list[FakeCall] = []
        self._left = calls
        self._done = asyncio.Event()
        self._errors: list[str] = []
        self._log: list[str] = []

    async def __aenter__(self) -> Self:
        if self._calls:
            self._tasks.start(self._call_all())
        else:
            self._exchange.peers[self.uri] = self
        return self

    async def __aexit__(self, *_: object) -> None:
        self._exchange.peers.pop(self.uri, None)
        await self._tasks.close()

    async def finished(self) -> SippResult:
        async with asyncio.timeout(LIMIT_S):
            await self._done.wait()
        return SippResult(1 if self._errors else 0, self.messages(), "\n".join(self._errors))

    def messages(self) -> str:
        return "\n".join(self._log)

    def vanish(self) -> None:
        """Die without a BYE."""
        self._tasks.cancel()
        for call in self._live:
            call.hears_questions = False

    def called(self, telephone: Telephone, headers: Mapping[str, str]) -> None:
        telephone.voice = b""
        shown = "".join(f"{name}: {value}\n" for name, value in headers.items())
        self._received(f"INVITE {self.uri} SIP/2.0\n{shown}")
        self._tasks.start(self._one(self._answer(telephone)))

    # -- one call ----------------------------------------------------------------------

    async def _call_all(self) -> None:
        for _ in range(self._count):
            self._tasks.start(self._one(self._call()))
            await asyncio.sleep(self._pause_s if self._count > 1 else 0)

    async def _one(self, work: object) -> None:
        try:
            await work  # type: ignore[misc]
        except Wrong as error:
            self._errors.append(str(error))
        self._left -= 1
        if self._left == 0:
            self._done.set()

    async def _call(self) -> None:
        script = self._script
        if script.ending == "options":
            return
        if script.offer == NO_CODEC_OF_OURS:
            self._expect(NOT_ACCEPTABLE)
            return
        call = self._exchange.incoming(self._source, script.user, self._to)
        if isinstance(call, int):
            self._expect(call)
            return
        self._live.append(call)
        self._log.append(f"Call-ID: {call.sip_call_id}")
        if script.cancel_after_s is not None:
            await asyncio.sleep(script.cancel_after_s)
            self._received(f"SIP/2.0 {REQUEST_TERMINATED} Request Terminated")
            call.hang_up()
            return
        while call.state is CallState.INCOMING:  # noqa: ASYNC110 - a wire tells nobody
            await asyncio.sleep(0)
        if call.refused_with is not None:
            self._expect(call.refused_with)
            return
        self._expect(200)
        await self._talk(call)

    async def _answer(self, telephone: Telephone) -> None:
        script = self._script
        if script.rings:
            telephone.ring()
        if script.waits_for_cancel:
            await telephone.wait_closed()
            return
        await asyncio.sleep(script.ring_s)
        if script.status != 200:
            telephone.answer_with(script.status)
            return
        telephone.pick_up()
        await self._talk(telephone)

    async def _talk(self, call: FakeCall) -> None:
        for step in self._script.steps:
            await self._step(call, step)
        if self._script.ending == "wait":
            await call.wait_closed()
        elif self._script.ending == "bye":
            call.hang_up()

    async def _step(self, call: FakeCall, step: Step) -> None:
        match step:
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Keys(keys) | InfoKeys(keys):
                call.press(keys)
            case Play(capture):
                self._tasks.start(self._play(call, read_pcma_capture(capture)))
            case TakeRefer(code, outcome):
                if code != 202:
                    call.refusals.append(TransferRefused("refused", code))
                if outcome is None:
                    call.reports.clear()  # the peer never says what came of it
                while not call.referred:  # noqa: ASYNC110 - a wire tells nobody
                    await asyncio.sleep(0.01)
            case _:
                raise NotImplementedError(step)

    async def _play(self, call: FakeCall, pcm: bytes) -> None:
        for start in range(0, len(pcm), PACKET_BYTES):
            call.speak(pcm[start : start + PACKET_BYTES])
            await asyncio.sleep(PACKET_S)

    def _expect(self, status: int) -> None:
        self._received(f"SIP/2.0 {status} Answer")
        if status != self._script.status:
            raise Wrong(f"expected {self._script.status}, got {status}")

    def _received(self, message: str) -> None:
        """As SIPp logs it."""
        line = "-" * 40
        self._log.append(f"{line}\nUDP message received [1] bytes:\n\n{message}\n{line}")
