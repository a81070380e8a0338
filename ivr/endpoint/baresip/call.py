"""One call on the baresip stack."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from baresip import BaresipError, Event, StackEvent, StaleHandleError, TransferFailed
from baresip import Call as StackCall

from ivr.endpoint.baresip.account import status_of
from ivr.endpoint.baresip.audio import CallSound
from ivr.endpoint.baresip.messages import StackMessages
from ivr.endpoint.baresip.native import NativeStack
from ivr.endpoint.call_base import CallBase
from ivr.endpoint.presses import KeySource
from ivr.endpoint.protocol import (
    Call,
    CallNotActive,
    CallState,
    CloseReason,
    Direction,
    EndpointError,
    TransferRefused,
)
from ivr.endpoint.status import phrase_of, reason_of_status
from ivr.endpoint.uri import is_uri

logger = logging.getLogger(__name__)

#: The header of an INVITE that says which extensions its sender knows (RFC 3261 section 20.37).
SUPPORTED = "Supported"
TRANSFER_LIMIT_S = 30.0
#: Nobody has to pick up for an attended transfer, and a caller in need hears nothing meanwhile.
ATTENDED_LIMIT_S = 8.0
#: From the BYE of the call that is replaced until the report that it was.
REPLACED_LIMIT_S = 4.0
#: The words baresip closes a call with when a REFER was reported to have succeeded
#: (src/call.c; the spelling is its own).
_TRANSFERRED = "Call transfered"


@dataclass(frozen=True)
class Switch:
    """What a call needs of its endpoint."""

    native: NativeStack
    messages: StackMessages
    on_answered: Callable[[str], None]  # given the Call-ID when our 200 is out
    quiet_s: float


class BaresipCall(CallBase):
    """A call whose state follows baresip's events."""

    def __init__(
        self,
        stack_call: StackCall,
        switch: Switch,
        *,
        direction: Direction,
        trunk: str,
        caller: str,
        callee: str,
        dtmf: str = "auto",
        verified: bool = False,
        withheld: str = "",
        diverted_from: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            direction=direction,
            trunk=trunk,
            caller=caller,
            callee=callee,
            dtmf=dtmf,
            verified=verified,
            withheld=withheld,
            diverted_from=diverted_from,
            sip_call_id=stack_call.call_id or "",
            quiet_s=switch.quiet_s,
            headers=headers,
        )
        self._stack_call = stack_call
        self._native = switch.native
        self._messages = switch.messages
        self._on_answered = switch.on_answered
        self._report_at = 0.0  # the last RTCP packet
        self._stack_sound = CallSound(stack_call.audio)
        self._sound = self._stack_sound
        self._offers_replaces = _lists(stack_call.headers, SUPPORTED, "replaces")
        #: Of an attended transfer under way: None for done, else why not.
        self._outcome: asyncio.Future[EndpointError | None] | None = None

    @property
    def handle(self) -> int:
        """The stack's number of this call."""
        return int(self._stack_call.handle)

    async def answer(self) -> None:
        try:
            await self._stack_call.answer()
        except StaleHandleError:
            raise CallNotActive("the caller is gone: nothing to answer") from None
        except BaresipError as error:
            raise EndpointError(f"the call could not be answered: {error}") from error
        self._on_answered(self._sip_call_id)

    async def hangup(self) -> None:
        await self._end(CloseReason.LOCAL)

    async def _refuse(self, code: int) -> None:
        self._ending = CloseReason.LOCAL
        if not await self._native.refuse(self._sip_call_id, code, phrase_of(code)):
            logger.debug("a call to refuse was gone already", extra={"call_id": self._id})

    async def _send_keys(self, keys: str) -> None:
        try:
            await self._stack_call.send_dtmf(keys)
        except StaleHandleError:
            raise CallNotActive("the call ended while its keys were sent") from None
        except BaresipError as error:
            raise EndpointError(f"keys could not be sent: {error}") from error

    async def transfer(self, target: str) -> None:
        if not is_uri(target):
            raise ValueError("a transfer needs a SIP URI")
        if self._state is not CallState.ESTABLISHED:
            raise CallNotActive("a transfer needs an established call")
        try:
            await self._stack_call.transfer(target, timeout=TRANSFER_LIMIT_S)
        except StaleHandleError:
            raise CallNotActive("the call ended before its transfer") from None
        except TransferFailed as error:
            raise TransferRefused(
                f"the transfer was refused: {error.reason or 'no answer'}", error.status
            ) from error
        except BaresipError as error:
            raise TransferRefused(f"the transfer could not be sent: {error}") from error

    async def attended_transfer(self, other: Call) -> None:
        if other is self or not isinstance(other, BaresipCall):
            raise ValueError("an attended transfer needs another call of this endpoint")
        if {self._state, other.state} != {CallState.ESTABLISHED}:
            raise CallNotActive("an attended transfer needs two established calls")
        if self._outcome is not None:
            raise TransferRefused("a transfer of this call is under way already")
        self._outcome = asyncio.get_running_loop().create_future()
        try:
            await self._refer_to(other)
            await self._reported(self._outcome, other)
        finally:
            self._outcome = None
        try:
            await other._end(CloseReason.TRANSFERRED)
        except EndpointError:
            logger.warning("a call that was replaced could not be ended", exc_info=True)

    def handle_event(self, event: StackEvent) -> None:
        """Follow what the stack reports of this call."""
        if event.call_id and not self._sip_call_id:
            self._sip_call_id = event.call_id
        if self._state is CallState.CLOSED:
            return
        match event.event:
            case Event.CALL_RINGING | Event.CALL_PROGRESS:
                if self._state is CallState.OUTGOING:
                    self._move(CallState.RINGING)
            case Event.CALL_ESTABLISHED:
                if self._state is not CallState.ESTABLISHED:
                    self._move(CallState.ESTABLISHED)
                    self._tasks.start(self._hear_reports())
            case Event.CALL_DTMF_START:
                self._press((event.text or "").upper())
            case Event.CALL_TRANSFER_FAILED:
                self._report(
                    TransferRefused("the transfer was refused", status_of(event.text or ""))
                )
            case Event.CALL_CLOSED:
                self._close(*self._why_closed(event.text or ""))

    def press_by_info(self, key: str) -> None:
        """The peer sent a key by SIP INFO."""
        self._press(key, KeySource.INFO)

    def lost(self) -> None:
        """The stack died with this call in it."""
        if self._state is not CallState.CLOSED:
            self._close(CloseReason.FAILED)

    def _close(self, reason: CloseReason, code: int | None = None) -> None:
        self._stack_sound.close()
        self._messages.forget(self._sip_call_id)
        self._move(CallState.CLOSED, reason, code)
        transferred = reason is CloseReason.TRANSFERRED
        self._report(None if transferred else CallNotActive("the call ended before its transfer"))

    def _why_closed(self, text: str) -> tuple[CloseReason, int | None]:
        """Reason and SIP status from the words the stack closes a call with."""
        code = status_of(text)
        if text == _TRANSFERRED:
            return CloseReason.TRANSFERRED, None
        if self._ending is not None:
            return self._ending, code
        if self._state is CallState.ESTABLISHED or self._direction is Direction.INBOUND:
            return CloseReason.REMOTE, code
        if code is not None:
            return reason_of_status(code), code
        return CloseReason.UNREACHABLE, None

    async def _refer_to(self, other: BaresipCall) -> None:
        """Send the REFER of an attended transfer.

        Raises:
            TransferRefused: a peer does not know Replaces, or the stack did not send it.
        """
        for call in (self, other):
            if not await call._knows_replaces():
                raise TransferRefused("a peer never advertised Replaces")
        if not await self._native.refer_to_call(self._sip_call_id, other.sip_call_id):
            raise TransferRefused("the transfer could not be sent")

    async def _knows_replaces(self) -> bool:
        """Whether the peer advertised Replaces, in its INVITE or in an answer to ours.

        The library looks at answers alone, and so would refuse each call that came in.
        """
        return self._offers_replaces or await self._native.knows_replaces(self._sip_call_id)

    @staticmethod
    async def _reported(outcome: asyncio.Future[EndpointError | None], other: BaresipCall) -> None:
        """Wait for what the peer reports of an attended transfer to `other`'s peer."""
        replaced = asyncio.create_task(other.wait_closed())
        try:
            waiting: set[asyncio.Future[Any]] = {outcome, replaced}
            await asyncio.wait(
                waiting, timeout=ATTENDED_LIMIT_S, return_when=asyncio.FIRST_COMPLETED
            )
            if replaced.done() and not outcome.done():
                # Its peer has replaced that call and says so soon, or has hung up.
                await asyncio.wait({outcome}, timeout=REPLACED_LIMIT_S)
        finally:
            replaced.cancel()
        if not outcome.done():
            raise TransferRefused("no outcome of the transfer was reported in time")
        error = outcome.result()
        if error is not None:
            raise error

    def _report(self, error: EndpointError | None) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(error)

    def _offers_events(self) -> bool:
        return self._messages.offers_events(self._sip_call_id)

    def _reported_at(self) -> float:
        return self._report_at

    async def _hear_reports(self) -> None:
        loop = asyncio.get_running_loop()

        def on_report() -> None:
            self._report_at = loop.time()

        with suppress(EndpointError):  # the stack is closing, and the call with it
            await self._messages.hear_reports(self._sip_call_id, on_report)

    def _put_question(self) -> None:
        self._tasks.start(self._ask())

    async def _ask(self) -> None:
        with suppress(EndpointError):
            await self._messages.ask(self._sip_call_id, self._liveness.answered)

    def _end_as(self, reason: CloseReason) -> None:
        self._tasks.start(self._end(reason))

    async def _end(self, reason: CloseReason) -> None:
        if self._state is CallState.CLOSED:
            return
        self._ending = self._ending or reason
        try:
            await self._stack_call.hangup()
        except StaleHandleError:
            logger.debug("a call to end was gone already", extra={"call_id": self._id})
        except BaresipError as error:
            raise EndpointError(f"the call could not be ended: {error}") from error


def _lists(headers: Mapping[str, str], name: str, tag: str) -> bool:
    """Whether a header that is a list (RFC 3261 section 7.3.1) has `tag` in it."""
    values = ",".join(value for each, value in headers.items() if each.lower() == name.lower())
    return tag in {value.strip().lower() for value in values.split(",")}
