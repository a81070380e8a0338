"""SIP signalling on the pyVoIP stack: one asyncio socket, RFC 3261's timers.

pyVoIP's client writes the answers; what it gets wrong is mended here: answers go
to where the request came from (RFC 3261 section 18.2.2), tags stay the same in a
dialog, copies of a request get the same answer, and what is sent is sent again
until it is acknowledged.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pyVoIP.SIP import SIPClient

from ivr.endpoint.admission import parse_address
from ivr.endpoint.gate import Gate, Request, Verdict
from ivr.endpoint.pyvoip.message import Message, SIPParseError, Source

logger = logging.getLogger(__name__)

#: RFC 3261 section 17.1.1.1: first and longest pause between copies, and the end.
T1_S = 0.5
T2_S = 4.0
GIVE_UP_S = 64 * T1_S
ANSWERS_KEPT = 1024
ASKED_KEPT = 256
USER_AGENT = "hotline"
ALLOWED = "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO"
MAX_DATAGRAM = 65507

#: Extra headers, body and its content type.
Payload = tuple[Mapping[str, str], str, str] | None


class Resend:
    """Sends a message now and again, until it is stopped or given up."""

    def __init__(
        self, send: Callable[[], None], *, on_give_up: Callable[[], None], cap_s: float = T2_S
    ) -> None:
        self._send = send
        self._on_give_up = on_give_up
        self._cap_s = cap_s
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + GIVE_UP_S
        self._pause_s = T1_S
        self._timer: asyncio.TimerHandle | None = None
        self._again(first=True)

    def stop(self) -> None:
        """It was acknowledged. May be called twice."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _again(self, first: bool = False) -> None:
        if not first and self._loop.time() >= self._until:
            self._timer = None
            self._on_give_up()
            return
        self._timer = self._loop.call_later(self._pause_s, self._again)
        self._pause_s = min(2 * self._pause_s, self._cap_s)
        self._send()


@dataclass
class Dialog:
    """What requests inside a call carry (RFC 3261 section 12)."""

    call_id: str
    local: str  # From of our requests, with tag
    remote: str  # To of our requests, with tag once there is one
    target: str  # the peer's Contact URI
    address: Source  # where our requests go
    routes: tuple[str, ...] = ()
    cseq: int = field(default_factory=lambda: secrets.randbelow(1000) + 1)


@dataclass(frozen=True)
class Sent:
    """A request that is out, with what its CANCEL or ACK must repeat."""

    method: str
    branch: str
    cseq: int
    uri: str
    resend: Resend


class Signalling(SIPClient, asyncio.DatagramProtocol):
    """The SIP socket of an endpoint."""

    def __init__(
        self,
        host: str,
        port: int,
        on_request: Callable[[Message], None],
        *,
        gate: Gate,
        bind_host: str = "",
    ) -> None:
        """`host` is what peers are told; `bind_host` (default: the same) is bound."""
        super().__init__(
            host,
            port,
            "hotline",
            "",
            phone=None,  # type: ignore[arg-type]  # its phone is what we replace
            myIP=host,
            myPort=port,
        )
        self._on_request = on_request
        self._gate = gate
        self._asked: OrderedDict[str, None] = OrderedDict()  # hosts that we sent requests to
        self._bind_host = bind_host or host
        self._transport: asyncio.DatagramTransport | None = None
        self._answers: OrderedDict[tuple[str, str], tuple[str, Source]] = OrderedDict()
        # branch of a request -> who takes its answers, and its copies
        self._waiting: dict[str, tuple[Callable[[Message], None], Resend]] = {}

    async def open(self) -> None:
        """Bind the socket.

        Raises:
            OSError: the port is taken.
        """
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self._bind_host, self.myPort)
        )

    def close(self) -> None:
        """Free the socket. May be called twice."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        for _, resend in self._waiting.values():
            resend.stop()
        self._waiting.clear()

    @property
    def contact(self) -> str:
        return f"<sip:{self.username}@{self.myIP}:{self.myPort}>"

    def gen_tag(self) -> str:
        """A tag; the library would remember every one for ever."""
        return secrets.token_hex(8)

    def reply(
        self,
        request: Message,
        code: int,
        phrase: str,
        *,
        tag: str = "",
        sdp: str = "",
        headers: Sequence[str] = (),
        remember: bool = True,
    ) -> None:
        """Answer a request, and (with `remember`) every copy of it alike."""
        to = request.value("To")
        if "tag=" not in to and code > 100:
            to += f";tag={tag or self.gen_tag()}"
        lines = [f"SIP/2.0 {code} {phrase}", *self._vias(request)]
        lines += [f"Record-Route: {route}" for route in request.values("Record-Route")]
        lines += [
            f"From: {request.value('From')}",
            f"To: {to}",
            f"Call-ID: {request.call_id}",
            f"CSeq: {request.cseq} {request.cseq_method}",
            f"Contact: {self.contact}",
            f"Allow: {ALLOWED}",
            *headers,
        ]
        text = _message(lines, sdp, "application/sdp")
        if remember:
            self._answers[self._key(request)] = (text, request.source)
        while len(self._answers) > ANSWERS_KEPT:
            self._answers.popitem(last=False)
        self.send(text, request.source)

    def repeat(self, request: Message) -> bool:
        """Answer a copy of a request as before; False when it is no copy."""
        answer = self._answers.get(self._key(request))
        if answer is not None:
            self.send(*answer)
        return answer is not None

    def request(
        self,
        method: str,
        dialog: Dialog,
        *,
        on_response: Callable[[Message], None],
        on_give_up: Callable[[], None],
        headers: Mapping[str, str] | None = None,
        body: str = "",
        kind: str = "application/sdp",
    ) -> Sent:
        """Send a request inside or for a dialog, again until something answers."""
        dialog.cseq += 1
        branch = self.gen_branch()
        text = self._text(method, dialog, branch, dialog.cseq, (headers or {}, body, kind))
        self._asked[dialog.address[0]] = None
        self._asked.move_to_end(dialog.address[0])
        while len(self._asked) > ASKED_KEPT:
            self._asked.popitem(last=False)

        def give_up() -> None:
            self._waiting.pop(branch, None)
            on_give_up()

        resend = Resend(lambda: self.send(text, dialog.address), on_give_up=give_up)
        self._waiting[branch] = (on_response, resend)
        return Sent(method, branch, dialog.cseq, dialog.target, resend)

    def cancel(self, sent: Sent, dialog: Dialog) -> None:
        """Take an INVITE back (RFC 3261 section 9.1)."""
        text = self._text("CANCEL", dialog, sent.branch, sent.cseq)
        self.send(text, dialog.address)

    def acknowledge(self, sent: Sent, dialog: Dialog, *, success: bool) -> None:
        """ACK the final answer of an INVITE: of a refusal on its own branch."""
        branch = self.gen_branch() if success else sent.branch
        self.send(self._text("ACK", dialog, branch, sent.cseq), dialog.address)

    def finish(self, sent: Sent) -> None:
        """Wait for no more answers to a request."""
        sent.resend.stop()
        self._waiting.pop(sent.branch, None)

    def send(self, text: str, address: Source) -> None:
        if self._transport is not None:
            self._transport.sendto(text.encode()[:MAX_DATAGRAM], address)

    # asyncio.DatagramProtocol

    def datagram_received(self, data: bytes, addr: Source) -> None:
        if not data.strip(b"\r\n\0 "):
            return  # a keep-alive
        if addr[0] not in self._asked and not self._gate.reads(parse_address(addr[0])):
            return
        try:
            message = Message(data, (addr[0], addr[1]))
        except SIPParseError as error:
            logger.debug("a datagram that is no SIP: %s", error)
            return
        if message.is_request:
            if not self._admitted(message):
                return
            if message.method == "ACK" or not self.repeat(message):
                self._on_request(message)
            return
        waiting = self._waiting.get(message.branch)
        if waiting is not None and message.cseq_method != "CANCEL":
            waiting[0](message)

    def _admitted(self, request: Message) -> bool:
        """Whether the gate lets a request in; it is answered when not."""
        verdict = self._gate.judge(
            Request(
                source=parse_address(request.source[0]),
                method=request.method,
                call_id=request.call_id,
                in_dialog="tag=" in request.value("To"),
            )
        )
        if verdict.refuses:
            self.reply(request, verdict.code, verdict.phrase, remember=False)
        return verdict is Verdict.PASS

    def error_received(self, exc: Exception) -> None:
        logger.debug("a peer's SIP port is closed")

    def _text(
        self, method: str, dialog: Dialog, branch: str, cseq: int, payload: Payload = None
    ) -> str:
        headers, body, kind = payload or ({}, "", "")
        lines = [
            f"{method} {dialog.target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.myIP}:{self.myPort};branch={branch};rport",
            *(f"Route: {route}" for route in dialog.routes),
            f"From: {dialog.local}",
            f"To: {dialog.remote}",
            f"Call-ID: {dialog.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: {self.contact}",
            "Max-Forwards: 70",
            f"Allow: {ALLOWED}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return _message(lines, body, kind)

    def _vias(self, request: Message) -> list[str]:
        """The Via headers to give back, the first with the true source."""
        first, *others = list(request.values("Via")) or [""]
        host, port = request.source
        if ";rport" in first and ";rport=" not in first:
            first = first.replace(";rport", f";rport={port}")
        if "received=" not in first:
            first += f";received={host}"
        return [f"Via: {via}" for via in (first, *others)]

    @staticmethod
    def _key(request: Message) -> tuple[str, str]:
        return request.branch, request.cseq_method


def _message(lines: Sequence[str], body: str, kind: str) -> str:
    lines = [*lines, f"User-Agent: {USER_AGENT}"]
    if body:
        lines = [*lines, f"Content-Type: {kind}"]
    return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])
