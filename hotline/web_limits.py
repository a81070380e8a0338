"""What a browser may take of the program that also answers the telephone: connections and time.

Every connection is a descriptor of the process that carries the calls, so there is a number of
them, in all and for one address, and each has a limited time for the head and the body of a
request. (Body sizes: `dashboard.web.shield`.)
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any
from weakref import WeakSet

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

__all__ = ["BODY_S", "HEAD_LIMIT_BYTES", "HEAD_S", "Gate", "TimedProtocol"]

logger = logging.getLogger(__name__)

HEAD_S = 10.0  # from the connection, or a request's first byte, to the end of its head
BODY_S = 300.0  # an import of 20 MB over a slow line
HEAD_LIMIT_BYTES = 32 * 1024
TOLD_EVERY = 100  # refused connections that make a line in the log


class Gate(socket.socket):
    """A listening socket that closes at once what is one connection too many.

    Closing costs nothing and keeps the caller from waiting in a queue that nobody serves; what is
    counted is open sockets, those in a TLS handshake too.
    """

    most: int = 200
    most_of_one: int = 60
    proxies: tuple[IPv4Network | IPv6Network, ...] = ()  # which come for many

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._open: WeakSet[socket.socket] = WeakSet()
        self._peers: dict[int, str] = {}
        self.refused = 0

    @classmethod
    def listening(cls, host: str, port: int, backlog: int = 128) -> Gate:
        """Raises:
        OSError: the address cannot be had.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        gate = cls(family, socket.SOCK_STREAM)
        try:
            gate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            gate.bind((host, port))
            gate.listen(backlog)
            gate.setblocking(False)
        except BaseException:
            gate.close()
            raise
        return gate

    def accept(self) -> tuple[socket.socket, Any]:
        """Raises:
        BlockingIOError: nobody waits, or who did was one too many.
        """
        connection, address = super().accept()
        peer = str(address[0])
        if not self._admits(peer):
            self.refused += 1
            if self.refused % TOLD_EVERY == 1:
                logger.warning(
                    "connections to the dashboard are refused: there are too many",
                    extra={"refused": self.refused},
                )
            connection.close()
            raise BlockingIOError("one connection too many")
        self._open.add(connection)
        self._peers[id(connection)] = peer
        return connection, address

    def _admits(self, peer: str) -> bool:
        live = {id(each) for each in self._open if each.fileno() != -1}
        self._peers = {key: value for key, value in self._peers.items() if key in live}
        if len(live) >= self.most:
            return False
        if Counter(self._peers.values())[peer] < self.most_of_one:
            return True
        address = ip_address(peer.partition("%")[0])
        return any(address in network for network in self.proxies)


class TimedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1, with an end to heads and bodies that never come."""

    _limit: asyncio.TimerHandle | None = None
    _limited: type[h11.IDLE] | type[h11.SEND_BODY] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        state = self.conn.their_state
        # Between two requests uvicorn's own limit ends an idle connection.
        waits = state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0])
        self._expect(state if waits else None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        super().connection_lost(exc)

    def _expect(self, state: Any) -> None:
        """Limit the time for what is awaited now; a limit that runs for it goes on."""
        if state is self._limited:
            return
        self._limited = state
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        if state is not None:
            limit_s = HEAD_S if state is h11.IDLE else BODY_S
            self._limit = self.loop.call_later(limit_s, self.transport.abort)
