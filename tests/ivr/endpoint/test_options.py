"""OPTIONS against real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from hotline.config.addresses import Address
from ivr.endpoint.options import SipSilent, ask_options


class Peer(asyncio.DatagramProtocol):
    """Answers every datagram as `answer` says; None is silence."""

    def __init__(self, answer: Callable[[int], bytes | None]) -> None:
        self.answer = answer
        self.requests: list[bytes] = []

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.requests.append(data)
        if (reply := self.answer(len(self.requests))) is not None:
            self.transport.sendto(reply, addr)


@contextlib.asynccontextmanager
async def udp_peer(answer: Callable[[int], bytes | None]) -> AsyncIterator[tuple[Peer, Address]]:
    transport, peer = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Peer(answer), local_addr=("127.0.0.1", 0)
    )
    try:
        yield peer, Address("127.0.0.1", transport.get_extra_info("sockname")[1])
    finally:
        transport.close()


async def test_any_answer_means_that_the_peer_is_there() -> None:
    async with udp_peer(lambda _: b"SIP/2.0 405 Method Not Allowed\r\n\r\n") as (peer, address):
        assert await ask_options(address.host, address.port, "udp") == 405
    request = peer.requests[0].decode()
    assert request.startswith(f"OPTIONS sip:{address} SIP/2.0\r\n")
    for header in ("Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: 1 OPTIONS", "Max-Forwards: "):
        assert f"\r\n{header}" in request
    assert request.endswith("\r\n\r\n")


async def test_a_lost_request_is_sent_again() -> None:
    async with udp_peer(lambda n: None if n < 2 else b"SIP/2.0 200 OK\r\n\r\n") as (peer, address):
        assert await ask_options(address.host, address.port, "udp") == 200
    assert peer.requests[0] == peer.requests[1]


async def test_noise_is_no_answer() -> None:
    async with udp_peer(lambda _: b"hello") as (_, address):
        with pytest.raises(SipSilent, match="no answer"):
            await ask_options(address.host, address.port, "udp", limit_s=0.2)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_closed_port_is_told_at_once(transport: str) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    with pytest.raises(SipSilent):
        await ask_options("127.0.0.1", port, transport, limit_s=1.0)


@pytest.mark.parametrize(
    ("reply", "outcome"), [(b"SIP/2.0 200 OK\r\n\r\n", 200), (b"HTTP/1.1 400 Bad\r\n\r\n", None)]
)
async def test_tcp_is_asked_in_its_own_stream(reply: bytes, outcome: int | None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        address = Address("127.0.0.1", server.sockets[0].getsockname()[1])
        if outcome is not None:
            assert await ask_options(address.host, address.port, "tcp") == outcome
        else:
            with pytest.raises(SipSilent, match="speaks no SIP"):
                await ask_options(address.host, address.port, "tcp")


async def test_an_unknown_host_is_told() -> None:
    with pytest.raises(SipSilent):
        await ask_options("nosuch.invalid", 5060, "udp")
