"""Free ports for test peers on loopback."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket

#: Peers listen in this range, and on the next port for TLS; a hotline under test
#: takes its own port.
PEER_PORTS = range(15100, 15200, 2)
HOTLINE_PORTS = range(15060, 15100, 2)
#: RTP of SIPp, which gives up when its port or the next but one is taken: below those
#: that Linux hands out by itself.
MEDIA_PORTS = range(29000, 32700, 8)

KINDS = (socket.SOCK_DGRAM, socket.SOCK_STREAM)

# Test runs side by side begin at different places, so that they seldom meet.
_turn = itertools.count(os.getpid() * 7)


def free_port() -> int:
    """A port for a peer that, with the next one, nobody holds right now.

    Raises:
        RuntimeError: every port of the range is taken.
    """
    return _free(PEER_PORTS)


def free_hotline_port() -> int:
    """A SIP port for a hotline under test; the next port is free for TLS."""
    return _free(HOTLINE_PORTS)


def free_media_port(address: str = "127.0.0.1") -> int:
    """An RTP port that, with those behind it, nobody holds right now.

    Raises:
        RuntimeError: every port of the range is taken.
    """
    for _ in MEDIA_PORTS:
        port = MEDIA_PORTS[next(_turn) % len(MEDIA_PORTS)]
        if all(_is_free(port + step, socket.SOCK_DGRAM, address) for step in range(4)):
            return port
    raise RuntimeError("no free RTP port for a test: are programs of older runs still alive?")


def _free(ports: range) -> int:
    for _ in ports:
        port = ports[next(_turn) % len(ports)]
        if all(_is_free(taken, kind) for taken in (port, port + 1) for kind in KINDS):
            return port
    raise RuntimeError("no free port for a test: are programs of older runs still alive?")


def free_control_port() -> int:
    """A TCP port outside PEER_PORTS that the system chose."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_taken(port: int, address: str = "127.0.0.1", limit_s: float = 5.0) -> None:
    """Wait until some program has bound the UDP or TCP port.

    Raises:
        TimeoutError: nobody has, within `limit_s`.
    """
    async with asyncio.timeout(limit_s):
        while all(_is_free(port, kind, address) for kind in KINDS):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _is_free(port: int, kind: socket.SocketKind, address: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
