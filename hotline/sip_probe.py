"""Asking a SIP peer whether it is there: one OPTIONS request (RFC 3261 section 11)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import ssl

from hotline.config_values import Address

__all__ = ["SipSilent", "ask_options"]

ANSWER_LIMIT_S = 3.0
RESEND_S = 0.5  # T1 of RFC 3261 section 17.1.1.1; doubled after each try
_STATUS = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2})")


class SipSilent(Exception):
    """No answer; the message says how far the question came."""


async def ask_options(server: Address, transport: str, *, limit_s: float = ANSWER_LIMIT_S) -> int:
    """The status code that `server` answers with. Any code means that it is there.

    Raises:
        SipSilent: no address, no connection, or no answer within `limit_s`.
    """
    try:
        async with asyncio.timeout(limit_s):
            if transport == "udp":
                return await _over_udp(server)
            return await _over_stream(server, transport)
    except TimeoutError:
        raise SipSilent(f"no answer to OPTIONS within {limit_s:g} s") from None
    except OSError as error:
        raise SipSilent(error.strerror or str(error)) from None


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


async def _over_udp(server: Address) -> int:
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(
        _Answers, remote_addr=(server.host, server.port)
    )
    try:
        request = _options(server, "UDP", transport.get_extra_info("sockname"))
        wait_s = RESEND_S
        while True:  # the caller's limit ends it
            transport.sendto(request)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    return await asyncio.shield(answers.status)
            wait_s *= 2
    finally:
        answers.status.cancel()
        transport.close()


async def _over_stream(server: Address, transport: str) -> int:
    context = None
    if transport == "tls":
        # Whether the certificate is to be trusted is the SIP stack's business.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(server.host, server.port, ssl=context)
    try:
        writer.write(_options(server, transport.upper(), writer.get_extra_info("sockname")))
        await writer.drain()
        match = _STATUS.match(await reader.readline())
        if match is None:
            raise SipSilent("something answers there, but it does not speak SIP")
        return int(match[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _options(server: Address, transport: str, local: tuple[str, int]) -> bytes:
    here = Address(local[0], local[1])
    lines = (
        f"OPTIONS sip:{server} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        f"From: <sip:doctor@{here}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{server}>",
        f"Call-ID: {secrets.token_hex(16)}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:doctor@{here};transport={transport.lower()}>",
        "Accept: application/sdp",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
