"""A registrar of ours by UDP: it challenges, checks the password, and counts."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from typing import Any

USER, PASSWORD, NONCE = "hotline", "right", "0123456789abcdef"


class Registrar(asyncio.DatagramProtocol):
    """Answers REGISTER, and OPTIONS with 200; `says` overrides the answer to a right password."""

    def __init__(self, algorithm: str = "MD5") -> None:
        self.algorithm = algorithm
        self.says = 200
        self.silent = False
        self.requests: list[str] = []
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    @property
    def registers(self) -> list[str]:
        return [each for each in self.requests if each.startswith("REGISTER")]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode()
        if text.startswith("SIP/2.0") or self.silent:
            return
        self.requests.append(text)
        code, more = self._answer(text)
        kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq|Contact): .*$", text, re.M)
        lines = [f"SIP/2.0 {code} Whatever", *(line.strip() for line in kept), *more]
        self._transport.sendto(
            ("\r\n".join(lines) + "\r\nContent-Length: 0\r\n\r\n").encode(), addr
        )

    def _answer(self, text: str) -> tuple[int, tuple[str, ...]]:
        if not text.startswith("REGISTER"):
            return 200, ()
        proof = re.search(r"^Authorization: .*$", text, re.M)
        if proof is None:
            challenge = f'realm="test", nonce="{NONCE}", algorithm={self.algorithm}'
            return 401, (f"WWW-Authenticate: Digest {challenge}",)
        fields = dict(re.findall(r'(\w+)="?([^",\r]*)', proof[0]))
        if fields["username"] != USER:
            return 404, ()
        name = {"MD5": "md5", "SHA-256": "sha256"}[self.algorithm]

        def digest(value: str) -> str:
            return hashlib.new(name, value.encode()).hexdigest()

        first, second = digest(f"{USER}:test:{PASSWORD}"), digest(f"REGISTER:{fields['uri']}")
        right = digest(f"{first}:{NONCE}:{second}")
        return (self.says if fields["response"] == right else 403), ("Expires: 120",)


@contextlib.asynccontextmanager
async def registrar(algorithm: str = "MD5") -> AsyncIterator[tuple[Registrar, int]]:
    """A registrar, and its port on loopback."""
    transport, peer = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Registrar(algorithm), local_addr=("127.0.0.1", 0)
    )
    try:
        yield peer, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()
