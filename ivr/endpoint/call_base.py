"""What every call of every stack has in common: identity, state, listeners."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ivr.endpoint.liveness import Liveness
from ivr.endpoint.presses import KeySource, Presses
from ivr.endpoint.protocol import (
    TRANSITIONS,
    CallEvent,
    CallListener,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    KeyPressed,
    StateChanged,
)
from ivr.endpoint.tone_keys import ToneKeys

logger = logging.getLogger(__name__)

KEYS = frozenset("0123456789ABCD*#")

#: RFC 3261 section 21: what a refusal of our INVITE means to whoever dialled.
_REASONS: Mapping[int, CloseReason] = {
    403: CloseReason.DECLINED,  # how a PBX passes on that a telephone has refused
    404: CloseReason.UNREACHABLE,
    408: CloseReason.NO_ANSWER,
    410: CloseReason.UNREACHABLE,
    480: CloseReason.NO_ANSWER,
    484: CloseReason.UNREACHABLE,
    486: CloseReason.BUSY,
    487: CloseReason.NO_ANSWER,
    502: CloseReason.UNREACHABLE,
    503: CloseReason.UNREACHABLE,
    504: CloseReason.UNREACHABLE,
    600: CloseReason.BUSY,
    603: CloseReason.DECLINED,
    604: CloseReason.UNREACHABLE,
}


def reason_of_status(status: int) -> CloseReason:
    """What a final status of an INVITE means."""
    return _REASONS.get(status, CloseReason.FAILED)


class IllegalTransition(RuntimeError):
    """A stack reported a move that `TRANSITIONS` does not know."""


class CallBase:
    """Identity, state and listeners of one call.

    Only a stack's event handler calls `_move`, `_close` and `_press`, on the
    event loop. A stack says how its peer is heard and asked: `_last_sign_at`,
    `_put_question` and `_peer_is_gone`.
    """

    def __init__(
        self,
        *,
        direction: Direction,
        trunk: str,
        caller: str,
        callee: str,
        verified: bool = False,
        withheld: str = "",
        diverted_from: str = "",
        sip_call_id: str = "",
        quiet_s: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`quiet_s`: after so long without a sound the peer is asked whether he is there."""
        self._id = uuid.uuid4().hex
        self._direction = direction
        self._trunk = trunk
        self._caller = caller
        self._callee = callee
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

    def _last_sign_at(self) -> float:
        """Loop time of the last sound packet or RTCP report."""
        raise NotImplementedError

    def _put_question(self) -> None:
        """Ask the peer whether he is there; `Liveness.answered` is told the outcome."""
        raise NotImplementedError

    def _peer_is_gone(self) -> None:
        """End the call as `RTP_TIMEOUT`."""
        raise NotImplementedError

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
