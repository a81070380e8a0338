"""The program's side of a call in the contract tests: takes calls, notes events."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

from ivr.endpoint import (
    Call,
    CallEvent,
    CallState,
    Endpoint,
    KeyPressed,
    SipSettings,
    StateChanged,
    Trunk,
    open_endpoint,
)
from ivr.tasks import Tasks
from tests.ivr.endpoint.fake_peer import FakePeer
from tests.ivr.exchange import Exchange
from tests.wire import Sipp, SippResult, free_hotline_port
from tests.wire.scenario import Scenario

LIMIT_S = 10.0
FAKE = "fake"  # the exchange that the other tests use
STACK_CODECS = {
    "baresip": ("opus", "g722", "pcma", "pcmu"),
    "pyvoip": ("pcma", "pcmu"),
    FAKE: ("pcma",),
}


def settings(stack: str, **changes: object) -> SipSettings:
    """A hotline on loopback that knows one PBX at 127.0.0.1."""
    port = free_hotline_port()
    values: dict[str, object] = {
        "listen_host": "127.0.0.1",
        "listen_port": port,
        "tls_port": port + 1,
        "transports": ("udp", "tcp") if stack == "baresip" else ("udp",),
        "codecs": STACK_CODECS[stack],
        "max_calls": 40,
        "rtp_ports": (21000, 21999),
        "rtp_timeout_s": 2,
        "trunks": (Trunk("pbx", "127.0.0.1", allow=(ip_network("127.0.0.1/32"),)),),
    }
    return SipSettings(**{**values, **changes})  # type: ignore[arg-type]


class Desk:
    """An endpoint with its incoming calls and every event, to wait for."""

    def __init__(self, stack: str, sip: SipSettings) -> None:
        self.stack = stack
        self.sip = sip
        self._exchange = Exchange(sip) if stack == FAKE else None
        self.endpoint: Endpoint = self._exchange or open_endpoint(stack, sip)
        self.answers = True
        self.events: dict[str, list[CallEvent]] = defaultdict(list)
        self._incoming: asyncio.Queue[Call] = asyncio.Queue()
        self._changed = asyncio.Condition()
        self._tasks = Tasks()

    @property
    def address(self) -> str:
        """Where SIPp calls."""
        return f"127.0.0.1:{self.sip.listen_port}"

    async def open(self) -> None:
        self.endpoint.on_incoming(self._take)
        await self.endpoint.start()

    async def close(self) -> None:
        await self.endpoint.close()

    def peer(self, scenario: Scenario, remote: str = "", **options: Any) -> Sipp | FakePeer:
        """A telephone of the other side; without `remote` it waits for calls at its `uri`."""
        if self._exchange is not None:
            return FakePeer(self._exchange, scenario, remote, **options)
        return Sipp(scenario, remote, **options)

    async def call(self, scenario: Scenario, **options: Any) -> SippResult:
        """One call to us, to its end."""
        async with self.peer(scenario, self.address, **options) as peer:
            return await peer.finished()

    def reset(self) -> None:
        """Forget what an earlier test left behind."""
        self.answers = True
        self.events.clear()
        while not self._incoming.empty():
            self._incoming.get_nowait()

    async def next_call(self) -> Call:
        """The next incoming call."""
        return await asyncio.wait_for(self._incoming.get(), LIMIT_S)

    async def dial(self, target: str, **options: object) -> Call:
        call = await self.endpoint.dial(target, **options)  # type: ignore[arg-type]
        self.watch(call)
        if call.state is CallState.RINGING:  # a fast telephone: before anybody could listen
            self._note(call, StateChanged(call.state))
        return call

    async def established(self, call: Call) -> None:
        await self.until(lambda: call.state is not CallState.INCOMING)
        assert call.state is CallState.ESTABLISHED, call.close_reason
        await self.poll(lambda: call.rate_hz > 0)

    async def closed(self, call: Call) -> None:
        async with asyncio.timeout(LIMIT_S):
            await call.wait_closed()

    async def keys(self, call: Call, count: int) -> str:
        """The first `count` keys of the call."""
        await self.until(lambda: len(self.pressed(call)) >= count)
        return self.pressed(call)

    def pressed(self, call: Call) -> str:
        return "".join(event.key for event in self.events[call.id] if isinstance(event, KeyPressed))

    def states(self, call: Call) -> list[CallState]:
        return [event.state for event in self.events[call.id] if isinstance(event, StateChanged)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for an event that makes `condition` true."""
        async with asyncio.timeout(LIMIT_S), self._changed:
            await self._changed.wait_for(condition)

    async def poll(self, condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
        """Wait for what no event tells of, such as audio."""
        async with asyncio.timeout(limit_s):
            while not condition():  # noqa: ASYNC110 - sound sends no event
                await asyncio.sleep(0.02)

    async def hear(self, call: Call, seconds: float) -> bytes:
        """That much of what comes in from now on."""
        call.read()
        heard = bytearray()
        async with asyncio.timeout(LIMIT_S + seconds):
            while len(heard) < seconds * call.rate_hz * 2:
                heard += call.read()
                await asyncio.sleep(0.05)
        return bytes(heard)

    def watch(self, call: Call) -> None:
        """Note the call's events from now on."""
        call.subscribe(lambda event: self._note(call, event))

    def _take(self, call: Call) -> None:
        self.watch(call)
        self._incoming.put_nowait(call)
        if self.answers:
            self._tasks.start(call.answer())

    def _note(self, call: Call, event: CallEvent) -> None:
        self.events[call.id].append(event)
        self._tasks.start(self._wake())

    async def _wake(self) -> None:
        async with self._changed:
            self._changed.notify_all()
