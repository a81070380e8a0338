"""The telephones that measure, called by a peer of the test's own."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator

import pytest

from benchmarks.sound import unique_frames
from benchmarks.telephones import Telephones

RTP = struct.Struct(">BBHII")


class Peer:
    """Sends and takes RTP packets."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setblocking(False)
        self.taken: list[bytes] = []

    def send(self, number: int, frame: bytes) -> None:
        self.socket.send(RTP.pack(0x80, 8, number, 160 * number, 7) + frame)

    async def take(self, count: int) -> list[tuple[int, bytes]]:
        """Payload types (with the marker) and payloads of the next packets."""
        loop = asyncio.get_running_loop()
        found = []
        for _ in range(count):
            packet = await asyncio.wait_for(loop.sock_recv(self.socket, 2048), 5)
            found.append((packet[1], packet[RTP.size :]))
        return found


@pytest.fixture
async def telephones() -> AsyncIterator[Telephones]:
    async with Telephones(2, [unique_frames(3, seed=1)]) as telephones:
        yield telephones


async def test_a_telephone_speaks_to_who_speaks_to_it(telephones: Telephones) -> None:
    peer = Peer(telephones.ports[0])
    peer.send(0, unique_frames(1, seed=5))
    sound = unique_frames(3, seed=1)
    payloads = [payload for _, payload in await peer.take(4)]
    assert payloads == [sound[:160], sound[160:320], sound[320:], sound[:160]]
    assert (await telephones.states()) == [True, False]


async def test_what_was_heard_is_kept_call_by_call(telephones: Telephones) -> None:
    first, second = Peer(telephones.ports[0]), Peer(telephones.ports[0])
    for number in range(3):
        first.send(number, unique_frames(1, seed=number))
    await first.take(1)
    second.send(0, unique_frames(1, seed=9))
    await second.take(1)
    calls = await telephones.take()
    assert [len(call.frames) for call in calls] == [3, 1]
    assert calls[0].frames[2].tobytes() == unique_frames(1, seed=2)
    assert (calls[0].times_s[1:] >= calls[0].times_s[:-1]).all()
    assert await telephones.take() == []


async def test_a_key_is_an_event_whose_end_is_told_three_times(telephones: Telephones) -> None:
    peer = Peer(telephones.ports[1])
    peer.send(0, unique_frames(1, seed=5))
    await peer.take(1)
    await telephones.press(1, "5")
    packets = await peer.take(14)
    events = [(kind, payload) for kind, payload in packets if kind & 0x7F == 101]
    assert [kind >> 7 for kind, _ in events] == [1, 0, 0, 0, 0, 0, 0, 0]
    assert {payload[0] for _, payload in events} == {5}
    assert [payload[1] >> 7 for _, payload in events] == [0, 0, 0, 0, 0, 1, 1, 1]


async def test_what_is_said_once_is_told_packet_by_packet(telephones: Telephones) -> None:
    peer = Peer(telephones.ports[0])
    peer.send(0, unique_frames(1, seed=5))
    await peer.take(1)
    await telephones.say(0, unique_frames(2, seed=8))
    packets = b"".join(payload for _, payload in await peer.take(8))
    assert unique_frames(2, seed=8) in packets
    assert len(await telephones.said(0)) == 2
