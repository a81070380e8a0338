"""What every call of every stack has in common: identity, state, sound, keys, limits."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

from ivr.endpoint.liveness import Liveness
from ivr.endpoint.presses import KeySource, Presses
from ivr.endpoint.protocol import (
    TRANSITIONS,
    Call,
    CallEvent,
    CallListener,
    CallNotActive,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    KeyPressed,
    StateChanged,
)
from ivr.endpoint.tone_keys import ToneKeys
from ivr.tasks import Tasks

logger = logging.getLogger(__name__)

KEYS = frozenset("0123456789ABCD*#")
#: An outgoing call that may ring for ever, unless it is limited.
_UNANSWERED = frozenset({CallState.OUTGOING, CallState.RINGING})


class IllegalTransition(RuntimeError):
    """A stack reported a move that `TRANSITIONS` does not know."""


class Sound(Protocol):
    """A call's PCM on its stack; none of it raises."""

    @property
    def rate_hz(self) -> int: ...

    @property
    def heard_at(self) -> float:
        """Loop time of the last packet of sound."""
        ...

    @property
    def buffered_ms(self) -> float: ...

    def read(self) -> bytes: ...

    def write(self, pcm: bytes) -> int: ...

    def flush(self) -> float: ...


class CallBase(Call, ABC):
    """One call, but for what its stack does in its own way.

    Only a stack's event handler calls `_move` and `_press`, on the event loop. A stack sets
    `_sound` as soon as there is some and says the rest in the abstract methods.
    """

    def __init__(
        self,
        *,
        direction: Direction,
        trunk: str,
        caller: str,
        callee: str,
        dtmf: str = "auto",
        verified: bool = False,
        withheld: str = "",
        diverted_from: str = "",
        sip_call_id: str = "",
        quiet_s: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`dtmf`: as `Trunk.dtmf`. `quiet_s`: after so long without a sound the peer is asked
        whether it is there."""
        self._id = uuid.uuid4().hex
        self._direction = direction
        self._trunk = trunk
        self._caller = caller
        self._callee = callee
        self._dtmf = dtmf
        self._verified = verified
        self._withheld = withheld
        self._diverted_from = diverted_from
        self._sip_call_id = sip_call_id
        self._headers: Mapping[str, str] = MappingProxyType(dict(headers or {}))
        self._state = CallState.INCOMING if direction is Direction.INBOUND else CallState.OUTGOING
        self._was_established = False
        self._close_reason: CloseReason | None = None
        self._close_code: int | None = None
        self._presses = Presses()
        self._tone_keys: ToneKeys | None = None
        self._liveness = Liveness(
            quiet_s=quiet_s,
            heard_at=self._last_sign_at,
            ask=self._put_question,
            gone=self._peer_is_gone,
        )
        self._sound: Sound | None = None
        self._ending: CloseReason | None = None  # why we end it, when it is us
        self._limit: asyncio.TimerHandle | None = None
        self._tasks = Tasks()
        self._listeners: list[CallListener] = []
        self._settled = asyncio.Event()  # established or closed
        self._closed = asyncio.Event()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._id} {self._direction} {self._state}>"

    @property
    def id(self) -> str:
        return self._id

    @property
    def sip_call_id(self) -> str:
        return self._sip_call_id

    @property
    def direction(self) -> Direction:
        return self._direction

    @property
    def trunk(self) -> str:
        return self._trunk

    @property
    def caller(self) -> str:
        return self._caller

    @property
    def verified(self) -> bool:
        return self._verified

    @property
    def withheld(self) -> str:
        return self._withheld

    @property
    def diverted_from(self) -> str:
        return self._diverted_from

    @property
    def callee(self) -> str:
        return self._callee

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def state(self) -> CallState:
        return self._state

    @property
    def was_established(self) -> bool:
        return self._was_established

    @property
    def close_reason(self) -> CloseReason | None:
        return self._close_reason

    @property
    def rate_hz(self) -> int:
        return self._sound.rate_hz if self._was_established and self._sound is not None else 0

    @property
    def buffered_ms(self) -> float:
        sound = self._live_sound
        return sound.buffered_ms if sound is not None else 0.0

    @property
    def silent_s(self) -> float:
        return asyncio.get_running_loop().time() - self._heard_at

    def read(self) -> bytes:
        sound = self._live_sound
        if sound is None:
            return b""
        pcm = sound.read()
        return self._hear_tones(pcm, sound.rate_hz) if self._has_tones else pcm

    def write(self, pcm: bytes) -> int:
        sound = self._live_sound
        return sound.write(pcm) if sound is not None else 0

    def flush(self) -> float:
        sound = self._live_sound
        return sound.flush() if sound is not None else 0.0

    async def send_keys(self, keys: str) -> None:
        if set(keys) - KEYS:
            raise ValueError("keys are 0-9, A-D, * and #")
        if self._state is not CallState.ESTABLISHED:
            raise CallNotActive("keys need an established call")
        await self._send_keys(keys)

    async def reject(self, code: int) -> None:
        if not 400 <= code <= 699:
            raise ValueError(f"{code} does not refuse a call: use 400 to 699")
        if self._state is CallState.INCOMING:
            await self._refuse(code)

    def limit(self, timeout_s: float) -> None:
        """Give up when the peer has not answered in `timeout_s`. A quick one has by now."""
        if self._state in _UNANSWERED:
            loop = asyncio.get_running_loop()
            self._limit = loop.call_later(timeout_s, self._end_as, CloseReason.NO_ANSWER)

    def abandon(self) -> None:
        """The caller never acknowledged our answer, and others need its place."""
        self._end_as(CloseReason.UNREACHABLE)

    def subscribe(self, listener: CallListener) -> Callable[[], None]:
        """Deliver events to `listener` until the returned function is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    async def wait_established(self) -> None:
        """Wait until the call is up.

        Raises:
            DialFailed: it closed first.
        """
        await self._settled.wait()
        if self._close_reason is not None:
            code = f" ({self._close_code})" if self._close_code is not None else ""
            raise DialFailed(
                f"the call was not answered: {self._close_reason}{code}",
                self._close_reason,
                self._close_code,
            )

    async def wait_closed(self) -> None:
        """Wait until the call is closed; returns at once when it is."""
        await self._closed.wait()

    def spare(self, patience_s: float) -> None:
        """Never take the peer for gone before so long without a sign of life."""
        self._liveness.spare(patience_s)

    @abstractmethod
    async def _refuse(self, code: int) -> None:
        """Send the final answer `code` to the INVITE; already gone is no error."""

    @abstractmethod
    async def _send_keys(self, keys: str) -> None:
        """As `send_keys`, of a call that was established a moment ago."""

    @abstractmethod
    def _end_as(self, reason: CloseReason) -> None:
        """Begin to end the call as `reason`, unless it ends already; returns at once."""

    @abstractmethod
    def _offers_events(self) -> bool:
        """Whether the peer sends keys by RFC 4733."""

    @abstractmethod
    def _reported_at(self) -> float:
        """Loop time of the last RTCP report."""

    @abstractmethod
    def _put_question(self) -> None:
        """Ask the peer whether it is there; `Liveness.answered` is told the outcome."""

    @property
    def _live_sound(self) -> Sound | None:
        return self._sound if self._state is CallState.ESTABLISHED else None

    @property
    def _heard_at(self) -> float:
        return self._sound.heard_at if self._sound is not None else 0.0

    @property
    def _has_tones(self) -> bool:
        if self._dtmf == "auto":
            return not self._offers_events()
        return self._dtmf == "inband"

    def _last_sign_at(self) -> float:
        return max(self._heard_at, self._reported_at())

    def _peer_is_gone(self) -> None:
        self._end_as(CloseReason.RTP_TIMEOUT)

    def _stop_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _move(
        self,
        state: CallState,
        reason: CloseReason | None = None,
        sip_code: int | None = None,
    ) -> None:
        """Follow a move the stack reported.

        Raises:
            IllegalTransition: it is not in `TRANSITIONS`; the state stays as it was.
        """
        if state not in TRANSITIONS[self._state]:
            raise IllegalTransition(f"a call cannot go from {self._state} to {state}")
        self._state = state
        self._was_established = self._was_established or state is CallState.ESTABLISHED
        if state is CallState.ESTABLISHED:
            self._liveness.start()
        if state is CallState.CLOSED:
            self._liveness.stop()
            self._close_reason = reason
            self._close_code = sip_code
            self._closed.set()
        if state in {CallState.ESTABLISHED, CallState.CLOSED}:
            self._stop_limit()
            self._settled.set()
        self._deliver(StateChanged(state, reason, sip_code))
        if state is CallState.CLOSED:
            self._listeners.clear()

    def _press(self, key: str, source: KeySource = KeySource.EVENT) -> None:
        """Report a key of the peer; anything that is not a key is dropped, and so is a
        press that has come by another way already."""
        if key not in KEYS or self._state is CallState.CLOSED:
            return
        self._liveness.noticed()
        if self._presses.is_new(key, source, time.monotonic()):
            self._deliver(KeyPressed(key))

    def _hear_tones(self, pcm: bytes, rate_hz: int) -> bytes:
        """Report the keys that are tones in the received sound; gives it back."""
        if pcm:
            self._tone_keys = self._tone_keys or ToneKeys(rate_hz)
            for key in self._tone_keys.feed(pcm):
                self._press(key, KeySource.TONE)
        return pcm

    def _deliver(self, event: CallEvent) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                # One listener's fault must not keep the others from the news.
                logger.exception("a call listener failed", extra={"call_id": self._id})
