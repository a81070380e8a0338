"""Free ports for test peers on loopback."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket

#: Peers listen in this range, and on the next port for TLS; a hotline under test
#: takes its own port.
PEER_PORTS = range(15100, 15200, 2)

KINDS = (socket.SOCK_DGRAM, socket.SOCK_STREAM)

# Test runs side by side begin at different places, so that they seldom meet.
_cursor = itertools.islice(itertools.cycle(PEER_PORTS), os.getpid() * 7 % len(PEER_PORTS), None)


def free_port() -> int:
    """A port of PEER_PORTS that, with the next one, nobody holds right now.

    Raises:
        RuntimeError: every port of the range is taken.
    """
    for _ in PEER_PORTS:
        port = next(_cursor)
        if all(_is_free(taken, kind) for taken in (port, port + 1) for kind in KINDS):
            return port
    raise RuntimeError("no free port for a test peer: are peers of older runs still alive?")


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
        while all(_is_free(port, kind, address) for kind in KINDS):
            await asyncio.sleep(0.02)  # noqa: ASYNC110 - another program, nothing to wait on


def _is_free(port: int, kind: socket.SocketKind, address: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
