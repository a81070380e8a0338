"""Asking a SIP peer whether it is there: one OPTIONS request (RFC 3261 section 11), or whether
it would take our registration."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ivr.endpoint.digest import authorization

ANSWER_LIMIT_S = 3.0
REGISTER_LIMIT_S = 6.0
RESEND_S = 0.5  # T1 of RFC 3261 section 17.1.1.1; doubled after each try
_STATUS = re.compile(rb"SIP/2\.0 ([2-6][0-9]{2})")  # final ones


class Silence(StrEnum):
    """Why there was no answer."""

    NO_ANSWER = "no answer"  # it may be off, or a firewall drops the question
    REFUSED = "refused"  # the machine is there, the port is closed
    NO_ADDRESS = "no address"  # the name is unknown
    NO_ROUTE = "no route"  # no network leads there, or none from our address
    UNTRUSTED = "untrusted"  # its certificate does not prove who it is
    NO_SIP = "no SIP"  # something else listens there


class SipSilent(Exception):
    """No answer; the message says how far the question came."""

    def __init__(self, message: str, why: Silence) -> None:
        super().__init__(message)
        self.why = why


async def ask_options(
    host: str,
    port: int,
    transport: str,
    *,
    limit_s: float | None = None,
    call_id: str = "",
    trust: ssl.SSLContext | None = None,
) -> int:
    """The status code that a peer answers with. Any code means that it is there.

    Args: `transport` is udp, tcp or tls; `trust` what a TLS peer's certificate must fit
    (default: any is taken, because only the answer counts).

    Raises:
        SipSilent: no address, no connection, or no answer within `limit_s` (3 s).
    """
    question = _Question("OPTIONS", _shown(host, port), call_id or secrets.token_hex(16))
    way = _Way(host, port, transport, trust)
    return (await _asked(question, way, limit_s or ANSWER_LIMIT_S)).status


async def ask_register(
    host: str,
    port: int,
    transport: str,
    *,
    server: str,
    username: str,
    password: str,
    limit_s: float = REGISTER_LIMIT_S,
    trust: ssl.SSLContext | None = None,
) -> int:
    """The final status of a REGISTER without a Contact: it asks for our registrations and
    changes none (RFC 3261 section 10.2.3), and proves the password all the same.

    Args: as for `ask_options`; `server` is the registrar as the trunk names it.

    Raises:
        SipSilent: no address, no connection, or no answer within `limit_s`.
    """
    question = _Question("REGISTER", server, secrets.token_hex(16), username)
    way = _Way(host, port, transport, trust)
    answer = await _asked(question, way, limit_s)
    challenge = answer.header("WWW-Authenticate" if answer.status == 401 else "Proxy-Authenticate")
    if answer.status not in {401, 407} or not challenge:
        return answer.status
    proof = authorization(
        challenge,
        method="REGISTER",
        uri=question.uri,
        username=username,
        password=password,
    )
    given = "Authorization" if answer.status == 401 else "Proxy-Authorization"
    return (await _asked(question.again(f"{given}: {proof}"), way, limit_s)).status


@dataclass(frozen=True)
class _Answer:
    """A final answer."""

    status: int
    text: str

    def header(self, name: str) -> str:
        match = re.search(rf"^{name}[ \t]*:[ \t]*(.*?)\r?$", self.text, re.I | re.M)
        return match[1] if match else ""


@dataclass(frozen=True)
class _Way:
    """Where a question goes, and how."""

    host: str
    port: int
    transport: str
    trust: ssl.SSLContext | None


class _Question:
    """One request to one server."""

    def __init__(self, method: str, server: str, call_id: str, user: str = "") -> None:
        self.uri = f"sip:{server}"
        self._method = method
        self._call_id = call_id
        self._from = f"sip:{user}@{server}" if user else ""
        self._tag = secrets.token_hex(4)
        self._number = 1
        self._more: tuple[str, ...] = ()

    def again(self, header: str) -> _Question:
        """The same once more with another header."""
        self._number += 1
        self._more = (header,)
        return self

    def text(self, transport: str, local: tuple[str, int]) -> bytes:
        here = _shown(local[0], local[1])
        lines = (
            f"{self._method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/{transport} {here};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: <{self._from or f'sip:hotline@{here}'}>;tag={self._tag}",
            f"To: <{self._from or self.uri}>",
            f"Call-ID: {self._call_id}",
            f"CSeq: {self._number} {self._method}",
            *self._contact(transport, here),
            *self._more,
            "Content-Length: 0",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def _contact(self, transport: str, here: str) -> tuple[str, ...]:
        if self._method == "REGISTER":
            return ()
        return (
            f"Contact: <sip:hotline@{here};transport={transport.lower()}>",
            "Accept: application/sdp",
        )


async def _asked(question: _Question, way: _Way, limit_s: float) -> _Answer:
    try:
        async with asyncio.timeout(limit_s):
            if way.transport == "udp":
                return await _over_udp(question, way)
            return await _over_stream(question, way)
    except TimeoutError:
        raise SipSilent(f"no answer within {limit_s:g} s", Silence.NO_ANSWER) from None
    except ssl.SSLCertVerificationError as error:
        raise SipSilent(
            f"its certificate is not to be trusted: {error.verify_message}", Silence.UNTRUSTED
        ) from None
    except ssl.SSLError as error:
        raise SipSilent(f"no TLS is spoken there ({error.reason})", Silence.NO_SIP) from None
    except ConnectionRefusedError:
        raise SipSilent("refused: its port is closed", Silence.REFUSED) from None
    except (socket.gaierror, UnicodeError):
        raise SipSilent("the name is unknown to the DNS", Silence.NO_ADDRESS) from None
    except (OSError, ValueError) as error:  # the second: a line without an end
        text = getattr(error, "strerror", None) or "the connection was closed"
        raise SipSilent(text, Silence.NO_ROUTE) from None


class _Answers(asyncio.DatagramProtocol):
    """The first final answer, or the network's refusal."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        answer = _read(data)
        if answer is not None and not self.answer.done():
            self.answer.set_result(answer)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _over_udp(question: _Question, way: _Way) -> _Answer:
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(
        _Answers, remote_addr=(way.host, way.port)
    )
    try:
        request = question.text("UDP", transport.get_extra_info("sockname"))
        return await _repeated(answers, lambda: transport.sendto(request))
    finally:
        answers.answer.cancel()
        transport.close()


async def _repeated(answers: _Answers, send: Callable[[], None]) -> _Answer:
    wait_s = RESEND_S
    while True:  # the caller's limit ends it
        send()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(answers.answer)
        wait_s *= 2


async def _over_stream(question: _Question, way: _Way) -> _Answer:
    context = (way.trust or _anybody()) if way.transport == "tls" else None
    reader, writer = await asyncio.open_connection(way.host, way.port, ssl=context)
    try:
        local = writer.get_extra_info("sockname")
        writer.write(question.text(way.transport.upper(), local))
        await writer.drain()
        while True:
            head = await reader.readline()
            if not head.startswith(b"SIP/2.0 "):
                raise SipSilent("something answers there that speaks no SIP", Silence.NO_SIP)
            lines = [head]
            while lines[-1].strip():
                lines.append(await reader.readline())
            answer = _read(b"".join(lines))
            if answer is not None:
                return answer
    finally:
        # Not a polite close: peers that never say goodbye in TLS would be waited for.
        writer.transport.abort()


def _read(message: bytes) -> _Answer | None:
    """A final answer; a provisional one or noise is None."""
    match = _STATUS.match(message)
    return _Answer(int(match[1]), message.decode("utf-8", "replace")) if match else None


def _anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
