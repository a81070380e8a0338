"""Asking a SIP peer whether it is there: one OPTIONS request (RFC 3261 section 11)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
import ssl
from collections.abc import Callable
from enum import StrEnum

ANSWER_LIMIT_S = 3.0
RESEND_S = 0.5  # T1 of RFC 3261 section 17.1.1.1; doubled after each try
_STATUS = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})")


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
    limit_s: float = ANSWER_LIMIT_S,
    call_id: str = "",
    trust: ssl.SSLContext | None = None,
) -> int:
    """The status code that a peer answers with. Any code means that it is there.

    Args: `transport` is udp, tcp or tls; `trust` what a TLS peer's certificate must fit
    (default: any is taken, because only the answer counts).

    Raises:
        SipSilent: no address, no connection, or no answer within `limit_s`.
    """
    question = _Question(host, port, call_id or secrets.token_hex(16))
    try:
        async with asyncio.timeout(limit_s):
            if transport == "udp":
                return await _over_udp(question)
            context = (trust or _anybody()) if transport == "tls" else None
            return await _over_stream(question, transport, context)
    except TimeoutError:
        raise SipSilent(f"no answer to OPTIONS within {limit_s:g} s", Silence.NO_ANSWER) from None
    except ssl.SSLCertVerificationError as error:
        raise SipSilent(
            f"its certificate is not to be trusted: {error.verify_message}", Silence.UNTRUSTED
        ) from None
    except ssl.SSLError as error:
        raise SipSilent(f"no TLS is spoken there ({error.reason})", Silence.NO_SIP) from None
    except ConnectionRefusedError:
        raise SipSilent("refused: its port is closed", Silence.REFUSED) from None
    except socket.gaierror:
        raise SipSilent("the name is unknown to the DNS", Silence.NO_ADDRESS) from None
    except OSError as error:
        text = error.strerror or str(error)
        raise SipSilent(text, Silence.NO_ROUTE) from None


class _Question:
    """One OPTIONS request to one peer."""

    def __init__(self, host: str, port: int, call_id: str) -> None:
        self.host = host
        self.port = port
        self._call_id = call_id

    def text(self, transport: str, local: tuple[str, int]) -> bytes:
        here, there = _shown(local[0], local[1]), _shown(self.host, self.port)
        lines = (
            f"OPTIONS sip:{there} SIP/2.0",
            f"Via: SIP/2.0/{transport} {here};branch=z9hG4bK{secrets.token_hex(8)};rport",
            "Max-Forwards: 70",
            f"From: <sip:hotline@{here}>;tag={secrets.token_hex(4)}",
            f"To: <sip:{there}>",
            f"Call-ID: {self._call_id}",
            "CSeq: 1 OPTIONS",
            f"Contact: <sip:hotline@{here};transport={transport.lower()}>",
            "Accept: application/sdp",
            "Content-Length: 0",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()


class _Answers(asyncio.DatagramProtocol):
    """The first final answer, or the network's refusal."""

    def __init__(self) -> None:
        self.status: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        match = _STATUS.match(data)
        if match and not self.status.done():
            self.status.set_result(int(match[1]))

    def error_received(self, exc: Exception) -> None:
        if not self.status.done():
            self.status.set_exception(exc)


async def _over_udp(question: _Question) -> int:
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(
        _Answers, remote_addr=(question.host, question.port)
    )
    try:
        request = question.text("UDP", transport.get_extra_info("sockname"))
        return await _answer(answers, lambda: transport.sendto(request))
    finally:
        answers.status.cancel()
        transport.close()


async def _answer(answers: _Answers, send: Callable[[], None]) -> int:
    wait_s = RESEND_S
    while True:  # the caller's limit ends it
        send()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                return await asyncio.shield(answers.status)
        wait_s *= 2


async def _over_stream(question: _Question, transport: str, context: ssl.SSLContext | None) -> int:
    reader, writer = await asyncio.open_connection(question.host, question.port, ssl=context)
    try:
        local = writer.get_extra_info("sockname")
        writer.write(question.text(transport.upper(), local))
        await writer.drain()
        match = _STATUS.match(await reader.readline())
        if match is None:
            raise SipSilent("something answers there that speaks no SIP", Silence.NO_SIP)
        return int(match[1])
    finally:
        # Not a polite close: peers that never say goodbye in TLS would be waited for.
        writer.transport.abort()


def _anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
