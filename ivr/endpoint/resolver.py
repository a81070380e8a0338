"""A DNS server of our own on loopback, for the stack alone.

libre asks name servers itself, for SRV too, and damages its memory when a question cannot even
be sent, as on a machine whose network is down: the next start of a thread ends the program.
On loopback a question can always be sent. Addresses are looked up as all of the system does
it, /etc/hosts included; other questions are passed on to the system's name servers. When
nobody answers, we say that it failed.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from pathlib import Path

from ivr.tasks import Tasks

logger = logging.getLogger(__name__)

SYSTEM_FILE = Path("/etc/resolv.conf")
ANSWER_LIMIT_S = 2.0  # of one server
LOOK_UP_LIMIT_S = 8.0
MOST_QUESTIONS = 64  # under way at once
_PORT = 53
#: RFC 1035 section 4.1: the header, flags in it, and what follows the name in a question.
_HEADER_BYTES = 12
_ANSWER, _AVAILABLE, _TRUNCATED = 0x80, 0x80, 0x02
_NO_ERROR, _SERVER_FAILED, _NO_SUCH_NAME = 0, 2, 3
_FAMILIES = {1: socket.AF_INET, 28: socket.AF_INET6}  # A; AAAA (RFC 3596)
_NAME_OF_THE_QUESTION = b"\xc0\x0c"
_LASTS_S = 60
_UNKNOWN = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Resolver(asyncio.DatagramProtocol):
    """Answers on a port that the system picks."""

    def __init__(self, file: Path = SYSTEM_FILE) -> None:
        self._file = file
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks = Tasks()

    @property
    def address(self) -> str:
        """host:port, once it is open."""
        assert self._transport is not None, "open it first"
        host, port = self._transport.get_extra_info("sockname")
        return f"{host}:{port}"

    async def open(self) -> None:
        """Raises: OSError: there is not even a loopback interface."""
        self._transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )

    async def close(self) -> None:
        """Free the port. May be called twice."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()
        await self._tasks.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) < _HEADER_BYTES or len(self._tasks) >= MOST_QUESTIONS:
            return
        self._tasks.start(self._answer(data, addr))

    async def _answer(self, question: bytes, asker: tuple[str, int]) -> None:
        name, kind = asked(question)
        if kind in _FAMILIES:
            answer = await _looked_up(question, name, kind)
        else:
            answer = await self._passed_on(question) or replied(question, _SERVER_FAILED)
        if self._transport is not None:
            self._transport.sendto(answer, asker)

    async def _passed_on(self, question: bytes) -> bytes:
        for server in await asyncio.to_thread(name_servers, self._file):
            answer = await _ask(server, question)
            if answer:
                return answer
        return b""


def asked(question: bytes) -> tuple[str, int]:
    """The name and the type of record that a query asks for; "" and 0 when it has none."""
    labels, at = [], _HEADER_BYTES
    while at < len(question) and question[at]:
        length = question[at]
        labels.append(question[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    kind = question[at + 1 : at + 3]
    return (".".join(labels), int.from_bytes(kind, "big")) if len(kind) == 2 else ("", 0)


def replied(question: bytes, code: int, records: Sequence[bytes] = ()) -> bytes:
    """The answer to a query, with whole records after the name."""
    end = question.find(b"\0", _HEADER_BYTES) + 5
    flags = bytes([question[2] & 0x79 | _ANSWER, _AVAILABLE | code])
    head = question[:2] + flags + b"\0\1" + len(records).to_bytes(2, "big") + bytes(4)
    return head + question[_HEADER_BYTES:end] + b"".join(records)


async def _looked_up(question: bytes, name: str, kind: int) -> bytes:
    loop = asyncio.get_running_loop()
    family = _FAMILIES[kind]
    try:
        async with asyncio.timeout(LOOK_UP_LIMIT_S):
            found = await loop.getaddrinfo(name, None, family=family, type=socket.SOCK_DGRAM)
    except socket.gaierror as error:
        unknown = error.errno in _UNKNOWN
        return replied(question, _NO_SUCH_NAME if unknown else _SERVER_FAILED)
    except (OSError, TimeoutError, UnicodeError):
        return replied(question, _SERVER_FAILED)
    addresses = dict.fromkeys(str(each[4][0]).partition("%")[0] for each in found)
    return replied(
        question, _NO_ERROR, [_record(kind, socket.inet_pton(family, text)) for text in addresses]
    )


def _record(kind: int, data: bytes) -> bytes:
    return (
        _NAME_OF_THE_QUESTION
        + kind.to_bytes(2, "big")
        + b"\0\1"
        + _LASTS_S.to_bytes(4, "big")
        + len(data).to_bytes(2, "big")
        + data
    )


def name_servers(file: Path = SYSTEM_FILE) -> list[str]:
    """The addresses of the system's name servers (resolv.conf(5)), at most three."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    words = [line.split() for line in lines]
    servers = [each[1] for each in words if len(each) > 1 and each[0] == "nameserver"]
    return servers[:3] or ["127.0.0.1"]


async def _ask(server: str, question: bytes) -> bytes:
    """One server's answer, b"" when there is none."""
    loop = asyncio.get_running_loop()
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            server, _PORT, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
        )[0]
        with socket.socket(family, kind, protocol) as asking:
            asking.setblocking(False)
            async with asyncio.timeout(ANSWER_LIMIT_S):
                await loop.sock_connect(asking, address)
                await loop.sock_sendall(asking, question)
                while True:
                    answer = await loop.sock_recv(asking, 65535)
                    if answer[:2] == question[:2] and len(answer) >= _HEADER_BYTES:
                        # The asker could not come by TCP for what did not fit: it takes these.
                        return answer[:2] + bytes([answer[2] & ~_TRUNCATED]) + answer[3:]
    except (OSError, TimeoutError):
        return b""
