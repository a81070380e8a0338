"""One call on the pyVoIP stack."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from ivr.endpoint.call_base import CallBase
from ivr.endpoint.info_keys import carries_key, key_of
from ivr.endpoint.limits import PYVOIP_LIMITS
from ivr.endpoint.presses import KeySource
from ivr.endpoint.protocol import (
    Call,
    CallNotActive,
    CallState,
    CloseReason,
    Direction,
    NotSupported,
)
from ivr.endpoint.pyvoip.challenge import CHALLENGES, credentials
from ivr.endpoint.pyvoip.message import Message, Source
from ivr.endpoint.pyvoip.rtp import Stream
from ivr.endpoint.pyvoip.sdp import Media, agreed, offer, session
from ivr.endpoint.pyvoip.sip import Dialog, Resend, Sent, Signalling
from ivr.endpoint.sip_settings import Trunk
from ivr.endpoint.status import phrase_of, reason_of_status

logger = logging.getLogger(__name__)

CANCEL_LIMIT_S = 2.0


@dataclass(frozen=True)
class Switch:
    """What a call needs of its endpoint."""

    signalling: Signalling
    host: str
    codecs: Sequence[str]
    quiet_s: float
    open_stream: Callable[[Media, Callable[[str], None], int], Awaitable[Stream]]
    reserve_port: Callable[[], int]
    forget: Callable[[PyVoipCall], None]
    answered: Callable[[str], None]  # our 200 to this Call-ID is out


class PyVoipCall(CallBase):
    """A call whose state follows SIP messages and their timers."""

    def __init__(
        self,
        switch: Switch,
        trunk: Trunk,
        dialog: Dialog,
        *,
        direction: Direction,
        caller: str,
        callee: str,
        withheld: str = "",
        diverted_from: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            direction=direction,
            trunk=trunk.name,
            caller=caller,
            callee=callee,
            dtmf=trunk.dtmf,
            verified=direction is Direction.INBOUND and trunk.verified,
            withheld=withheld,
            diverted_from=diverted_from,
            sip_call_id=dialog.call_id,
            quiet_s=switch.quiet_s,
            headers=headers,
        )
        self._switch = switch
        self._signalling = switch.signalling
        self._account = trunk
        self._dialog = dialog
        self._stream: Stream | None = None
        self._media: Media | None = None
        self._request: Message | None = None  # the INVITE we were called with
        self._local_port = 0
        self._resend: Resend | None = None  # our final answer, until its ACK
        self._invite: Sent | None = None
        self._tag = ""
        self._invite_headers: Mapping[str, str] = {}
        self._challenged = False
        self._provisional = False
        self._answered = False  # our 200 is out, or the peer's 200 came
        self._cancelling: asyncio.TimerHandle | None = None

    @property
    def stream(self) -> Stream | None:
        """The RTP stream, once there is one."""
        return self._stream

    # Being called.

    def ring(self, invite: Message, media: Media) -> None:
        """Take an INVITE whose codecs suit, and say that it rings."""
        self._request = invite
        self._media = media
        self._tag = self._signalling.gen_tag()
        self._dialog.local = f"{invite.value('To')};tag={self._tag}"
        self._signalling.reply(invite, 180, "Ringing", tag=self._tag)

    async def answer(self) -> None:
        if self._state is not CallState.INCOMING or self._ending is not None or self._answered:
            raise CallNotActive("the caller is gone: nothing to answer")
        assert self._media is not None
        self._answered = True
        await self._open_stream(self._media)
        if self._ending is not None or self._request is None:
            raise CallNotActive("the caller is gone: nothing to answer")
        self._send_answer(self._request, self.abandon)
        self._switch.answered(self._sip_call_id)

    async def _refuse(self, code: int) -> None:
        if not self._answered:
            self._send_refusal(code, CloseReason.LOCAL)

    def renegotiate(self, invite: Message) -> None:
        """A re-INVITE: the peer's sound goes elsewhere, or it only asks again."""
        media = agreed(invite, self._switch.codecs)
        if media is None or self._stream is None:
            self._signalling.reply(invite, 488, "Not Acceptable Here")
            return
        self._media = media
        self._stream.hold(media.held)
        if not media.held:
            self._stream.redirect((media.address, media.port))
        self._send_answer(invite, lambda: None)

    def acknowledged(self, ack: Message) -> None:
        """An ACK: of our 200, or of our refusal."""
        if self._resend is not None:
            self._resend.stop()
        if self._ending is not None:
            self._finish(self._ending)
        elif self._state is CallState.INCOMING and self._answered:
            self._move(CallState.ESTABLISHED)

    def cancelled(self, cancel: Message) -> None:
        """The caller gave up before we answered."""
        self._signalling.reply(cancel, 200, "OK")
        if self._state is CallState.INCOMING and not self._answered:
            self._send_refusal(487, CloseReason.REMOTE)

    # Calling.

    def invite(self, headers: Mapping[str, str], timeout_s: float) -> None:
        """Send the INVITE; events tell what comes of it."""
        self._local_port = self._switch.reserve_port()
        self._invite_headers = dict(headers)
        self.limit(timeout_s)
        self._send_invite({})

    def _send_invite(self, credentials: Mapping[str, str]) -> None:
        body = session(self._switch.host, self._local_port, offer(self._switch.codecs))
        self._invite = self._signalling.request(
            "INVITE",
            self._dialog,
            on_response=self._on_invite_response,
            on_give_up=lambda: self._finish(CloseReason.UNREACHABLE),
            headers={**self._invite_headers, **credentials},
            body=body,
        )

    def _on_invite_response(self, response: Message) -> None:
        invite = self._invite
        if invite is None or response.cseq != invite.cseq:
            return
        invite.resend.stop()
        if response.code < 200:
            self._provisional = True
            if response.code in {180, 183} and self._state is CallState.OUTGOING:
                self._move(CallState.RINGING)
            return
        self._dialog.remote = response.value("To")
        if response.code < 300:
            self._on_accepted(invite, response)
            return
        self._signalling.acknowledge(invite, self._dialog, success=False)
        self._signalling.finish(invite)
        if response.code in CHALLENGES and self._account.password and not self._challenged:
            self._challenge(response)
            return
        reason = self._ending or reason_of_status(response.code)
        self._finish(reason, response.code)

    def _on_accepted(self, invite: Sent, response: Message) -> None:
        contact = re.search(r"sips?:[^>\s]+", response.value("Contact"))
        if contact is not None:
            self._dialog.target = contact.group()
        self._dialog.routes = tuple(reversed(list(response.values("Record-Route"))))
        self._signalling.acknowledge(invite, self._dialog, success=True)
        if self._answered:
            return  # a copy of the 200 whose ACK was lost
        self._answered = True
        media = agreed(response, self._switch.codecs)
        if self._ending is not None or media is None:
            self._ending = self._ending or CloseReason.FAILED
            self._send_bye()
            return
        self._tasks.start(self._connect(media))

    async def _connect(self, media: Media) -> None:
        self._media = media
        await self._open_stream(media)
        if self._state in {CallState.OUTGOING, CallState.RINGING}:
            self._move(CallState.ESTABLISHED)

    def _challenge(self, response: Message) -> None:
        """Send the INVITE again with what the server asks for."""
        self._challenged = True
        self._dialog.remote = re.sub(r";tag=[^;]*", "", self._dialog.remote)
        self._send_invite(credentials(response, self._dialog, self._account, "INVITE"))

    async def _open_stream(self, media: Media) -> None:
        self._stream = await self._switch.open_stream(media, self._press, self._local_port)
        self._sound = self._stream

    # Ending.

    async def hangup(self) -> None:
        self._end_as(CloseReason.LOCAL)

    def lost(self) -> None:
        """Its sound has failed: end it, as if the peer had vanished."""
        self._peer_is_gone()

    def _offers_events(self) -> bool:
        return self._media is None or self._media.takes_keys

    def _reported_at(self) -> float:
        return self._stream.reported_at if self._stream is not None else 0.0

    def _put_question(self) -> None:
        """OPTIONS in the dialog: the peer knows whether the call still is (RFC 3261
        section 12.2.2)."""

        def on_response(response: Message) -> None:
            if response.code >= 200:
                self._signalling.finish(sent)
                self._liveness.answered(response.code)

        sent = self._signalling.request(
            "OPTIONS",
            self._dialog,
            on_response=on_response,
            on_give_up=lambda: self._liveness.answered(0),
            headers={"Accept": "application/sdp"},
        )

    def bye(self, request: Message) -> None:
        """The peer hung up."""
        self._signalling.reply(request, 200, "OK")
        self._finish(self._ending or CloseReason.REMOTE)

    def info(self, request: Message) -> None:
        """A key by SIP INFO, or something else that we let pass."""
        kind = request.value("Content-Type")
        if not carries_key(kind):
            self._signalling.reply(request, 415, "Unsupported Media Type")
            return
        self._signalling.reply(request, 200, "OK")
        if key := key_of(kind, request.text):
            self._press(key, KeySource.INFO)

    async def _send_keys(self, keys: str) -> None:
        assert self._stream is not None
        try:
            duration_s = self._stream.press(keys)
        except LookupError:
            raise NotSupported("the peer takes no keys by RFC 4733") from None
        await asyncio.sleep(duration_s)

    async def transfer(self, target: str) -> None:
        raise NotSupported(PYVOIP_LIMITS["transfer=refer"])

    async def attended_transfer(self, other: Call) -> None:
        raise NotSupported(PYVOIP_LIMITS["transfer=refer"])

    def _end_as(self, reason: CloseReason) -> None:
        if self._state is CallState.CLOSED or self._ending is not None:
            return
        if self._state is CallState.INCOMING and not self._answered:
            self._send_refusal(486, reason)
        elif self._state in {CallState.OUTGOING, CallState.RINGING} and not self._answered:
            self._cancel(reason)
        else:
            self._ending = reason
            self._send_bye()

    def _send_refusal(self, code: int, reason: CloseReason) -> None:
        assert self._request is not None
        self._ending = reason
        request = self._request
        self._signalling.reply(request, code, phrase_of(code), tag=self._tag)
        self._resend = Resend(lambda: self._again(request), on_give_up=lambda: self._finish(reason))

    def _cancel(self, reason: CloseReason) -> None:
        self._ending = reason
        if self._invite is not None and self._provisional:
            self._signalling.cancel(self._invite, self._dialog)
        # Without any answer there is nothing to cancel (RFC 3261 section 9.1).
        limit_s = CANCEL_LIMIT_S if self._provisional else 0.0
        loop = asyncio.get_running_loop()
        self._cancelling = loop.call_later(limit_s, self._finish, reason)

    def _send_bye(self) -> None:
        """Say goodbye; the call is over without waiting (RFC 3261 section 15.1.1)."""

        def on_response(response: Message) -> None:
            if response.code >= 200:
                self._signalling.finish(sent)

        sent = self._signalling.request(
            "BYE", self._dialog, on_response=on_response, on_give_up=lambda: None
        )
        self._finish(self._ending or CloseReason.LOCAL)

    def _send_answer(self, invite: Message, on_give_up: Callable[[], None]) -> None:
        assert self._stream is not None
        direction = self._media.answer_direction if self._media is not None else "sendrecv"
        sdp = session(self._switch.host, self._stream.inPort, self._stream.assoc, direction)
        self._signalling.reply(invite, 200, "OK", tag=self._tag, sdp=sdp)
        if self._resend is not None:
            self._resend.stop()
        self._resend = Resend(lambda: self._again(invite), on_give_up=on_give_up)

    def _again(self, request: Message) -> None:
        """A copy of the answer; the first one has gone out already."""
        if self._resend is not None:
            self._signalling.repeat(request)

    def _finish(self, reason: CloseReason, code: int | None = None) -> None:
        """Close for good, and let go of everything."""
        if self._state is CallState.CLOSED:
            return
        if self._cancelling is not None:
            self._cancelling.cancel()
        if self._resend is not None:
            self._resend.stop()
        if self._invite is not None:
            self._signalling.finish(self._invite)
        if self._stream is not None:
            self._stream.close()
        self._tasks.cancel()
        self._switch.forget(self)
        self._move(CallState.CLOSED, reason, code)


def called_dialog(invite: Message) -> Dialog:
    """The dialog that an INVITE we are called with begins."""
    contact = re.search(r"sips?:[^>\s]+", invite.value("Contact"))
    return Dialog(
        call_id=invite.call_id,
        local=invite.value("To"),
        remote=invite.value("From"),
        target=contact.group() if contact is not None else invite.request_uri,
        address=invite.source,
        routes=tuple(invite.values("Record-Route")),
    )


def calling_dialog(signalling: Signalling, trunk: Trunk, uri: str, address: Source) -> Dialog:
    """The dialog that our INVITE to `uri` begins."""
    local = f"<sip:{trunk.username}@{signalling.myIP}:{signalling.myPort}>"
    return Dialog(
        call_id=f"{signalling.gen_tag()}{signalling.gen_tag()}@{signalling.myIP}",
        local=f"{local};tag={signalling.gen_tag()}",
        remote=f"<{uri}>",
        target=uri,
        address=address,
    )
