"""A telephone made of two sockets, for what well-behaved peers never send.

SIPp follows its scenario and softphones follow the standard; this one says exactly what a
test tells it to, and answers or ignores what it is asked.
"""

from __future__ import annotations

import asyncio
import audioop
import re
import secrets
import struct
import time
from collections.abc import Callable
from typing import Self

from tests.wire.ports import free_media_port, free_port

LIMIT_S = 10.0
PCMA_SILENCE = b"\xd5" * 160
PCMA, EVENTS, COMFORT_NOISE = 8, 101, 13


class BarePhone:
    """One call at a time, by UDP and G.711.

        async with BarePhone(port) as phone:
            status = await phone.call()

    `sending` False: no sound leaves it. `answering` False: it is deaf to SIP requests.
    """

    def __init__(self, hotline_port: int, *, user: str = "owner", host: str = "127.0.0.1") -> None:
        self.host = host
        self.user = user
        self.port = free_port()
        self.media_port = free_media_port(host)
        self.sending = True
        self.answering = True
        self.refuses = 0  # the status that requests inside the call get; 0: 200
        self.asked: list[str] = []  # methods of the requests that came
        self.heard = 0  # sound packets
        self.keys: list[int] = []  # codes of the telephone events that came, once each
        self.answer = ""  # the last final answer, whole
        self._hotline = (host, hotline_port)
        self._media: tuple[str, int] | None = None
        self._sip: asyncio.DatagramTransport | None = None
        self._rtp: asyncio.DatagramTransport | None = None
        self._rtcp: asyncio.DatagramTransport | None = None
        self._voice: asyncio.Task[None] | None = None
        self._answers: asyncio.Queue[str] = asyncio.Queue()
        self._call_id = self._from = self._to = self._target = ""
        self._cseq = 0
        self._sequence, self._timestamp = secrets.randbelow(1000), secrets.randbelow(2**31)
        self._source = secrets.randbits(32)
        self._last_event: tuple[int, int] | None = None
        self._said = b""  # G.711 that waits to be sent

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()

        async def open_port(port: int, take: Callable[[bytes], None]) -> asyncio.DatagramTransport:
            transport, _ = await loop.create_datagram_endpoint(
                lambda: _Inbox(take), local_addr=(self.host, port)
            )
            return transport

        self._sip = await open_port(self.port, self._on_sip)
        self._rtp = await open_port(self.media_port, self._on_rtp)
        self._rtcp = await open_port(self.media_port + 1, lambda data: None)
        self._voice = loop.create_task(self._speak())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._voice is not None:
            self._voice.cancel()
            await asyncio.gather(self._voice, return_exceptions=True)
        for transport in (self._sip, self._rtp, self._rtcp):
            if transport is not None:
                transport.close()

    # -- calling -----------------------------------------------------------------------

    def sdp(
        self, *lines: str, events: bool = True, direction: str = "sendrecv", host: str = ""
    ) -> str:
        formats = f"{PCMA} {EVENTS}" if events else f"{PCMA}"
        body = [
            "v=0",
            f"o=- 1 {secrets.randbelow(10**6)} IN IP4 {self.host}",
            "s=-",
            f"c=IN IP4 {host or self.host}",
            "t=0 0",
            f"m=audio {self.media_port} RTP/AVP {formats}",
            f"a=rtpmap:{PCMA} PCMA/8000",
        ]
        if events:
            body += [f"a=rtpmap:{EVENTS} telephone-event/8000", f"a=fmtp:{EVENTS} 0-16"]
        if direction:
            body.append(f"a={direction}")
        return "\r\n".join([*body, *lines, ""])

    async def call(
        self,
        *,
        to: str = "hotline",
        caller: str = "",
        body: str = "",
        kind: str = "application/sdp",
        headers: tuple[str, ...] = (),
    ) -> int:
        """Call, and acknowledge the final answer, whose status this returns."""
        self._call_id = f"{secrets.token_hex(8)}@bare"
        self._from = f"{caller or f'<sip:{self.user}@{self.host}>'};tag={secrets.token_hex(4)}"
        self._target = f"sip:{to}@{self._hotline[0]}:{self._hotline[1]}"
        self._to = f"<{self._target}>"
        self._cseq = 0
        status = await self.request("INVITE", body or self.sdp(), kind, headers)
        if 200 <= status < 300:
            contact = re.search(r"^Contact:.*?<([^>]+)>", self.answer, re.M | re.I)
            self._target = contact[1] if contact else self._target
        return status

    async def hold(self, body: str) -> int:
        """A re-INVITE with this SDP."""
        return await self.request("INVITE", body, "application/sdp")

    async def info(self, body: str, kind: str = "application/dtmf-relay") -> int:
        return await self.request("INFO", body, kind)

    async def hang_up(self) -> int:
        return await self.request("BYE")

    async def request(
        self, method: str, body: str = "", kind: str = "", headers: tuple[str, ...] = ()
    ) -> int:
        """Send a request of the call; the status of its final answer."""
        self._cseq += 1
        sequence = self._cseq
        self._send(method, sequence, body, kind, headers)
        async with asyncio.timeout(LIMIT_S):
            while True:
                answer = await self._answers.get()
                status = int(answer[8:11])
                if status < 200 or f"CSeq: {sequence} {method}" not in answer:
                    continue
                self.answer = answer
                self._to = _header(answer, "To")
                if method == "INVITE":
                    self._send("ACK", sequence)
                    self._follow(answer)
                return status

    def _send(
        self,
        method: str,
        sequence: int,
        body: str = "",
        kind: str = "",
        headers: tuple[str, ...] = (),
    ) -> None:
        lines = [
            f"{method} {self._target} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch=z9hG4bK{secrets.token_hex(6)}",
            "Max-Forwards: 70",
            f"From: {self._from}",
            f"To: {self._to}",
            f"Call-ID: {self._call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{self.user}@{self.host}:{self.port}>",
            *headers,
        ]
        if body:
            lines.append(f"Content-Type: {kind}")
        text = "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])
        assert self._sip is not None
        self._sip.sendto(text.encode(), self._hotline)

    def _follow(self, answer: str) -> None:
        port = re.search(r"^m=audio (\d+)", answer, re.M)
        if port is not None:
            self._media = (self.host, int(port[1]))

    def _on_sip(self, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        if text.startswith("SIP/2.0 "):
            self._answers.put_nowait(text)
            return
        method = text.partition(" ")[0]
        if method == "ACK":
            return
        self.asked.append(method)
        if not self.answering:
            return
        status = f"{self.refuses} No" if self.refuses else "200 OK"
        lines = [f"SIP/2.0 {status}"]
        lines += [f"{name}: {_header(text, name)}" for name in ("Via", "From", "To", "Call-ID")]
        lines += [f"CSeq: {_header(text, 'CSeq')}", "Content-Length: 0", "", ""]
        assert self._sip is not None
        self._sip.sendto("\r\n".join(lines).encode(), self._hotline)

    # -- sound ---------------------------------------------------------------------------

    async def _speak(self) -> None:
        due = time.monotonic()
        while True:
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            self._timestamp += 160
            if self.sending:
                said, self._said = self._said[:160], self._said[160:]
                self.packet(PCMA, said.ljust(160, PCMA_SILENCE[:1]))

    def speak(self, pcm: bytes) -> None:
        """Send this sound (16 bits, 8 kHz) from now on."""
        self._said += audioop.lin2alaw(pcm, 2)

    def packet(
        self, payload_type: int, payload: bytes, *, timestamp: int | None = None, marker: int = 0
    ) -> None:
        """Send one RTP packet."""
        if self._rtp is None or self._media is None:
            return
        self._sequence = (self._sequence + 1) & 0xFFFF
        at = (self._timestamp if timestamp is None else timestamp) & 0xFFFFFFFF
        head = struct.pack(">BBHII", 0x80, marker << 7 | payload_type, self._sequence, at, 0)
        self._rtp.sendto(head[:8] + struct.pack(">I", self._source) + payload, self._media)

    def report(self) -> None:
        """Send an RTCP receiver report: what a telephone on mute sends."""
        if self._rtcp is not None and self._media is not None:
            packet = struct.pack(">BBHI", 0x80, 201, 1, self._source)
            self._rtcp.sendto(packet, (self._media[0], self._media[1] + 1))

    async def press(
        self, key: str, *, beginning: bool = True, moving: bool = False, ends: int = 3
    ) -> None:
        """One key of 100 ms as telephone events. Without its `beginning` only the end packets
        arrive; `moving`: the timestamp goes on, as it must not."""
        code = "0123456789*#ABCD".index(key)
        start = self._timestamp
        for number in range(1, 6):
            await asyncio.sleep(0.02)
            if beginning:
                self._event(code, number * 160, 0, None if moving else start)
        for _ in range(ends):
            self._event(code, 800, 0x80, None if moving else start)

    def _event(self, code: int, duration: int, end: int, timestamp: int | None) -> None:
        payload = struct.pack(">BBH", code, end | 10, duration)
        self.packet(EVENTS, payload, timestamp=timestamp)

    def _on_rtp(self, data: bytes) -> None:
        kind = data[1] & 0x7F
        if kind == EVENTS:
            event = (int.from_bytes(data[4:8], "big"), data[12])
            if event != self._last_event:
                self.keys.append(data[12])
            self._last_event = event
        else:
            self.heard += 1


class _Inbox(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._take(data)


def _header(message: str, name: str) -> str:
    match = re.search(rf"^{name}:\s*(.*?)\r?$", message, re.M | re.I)
    return match[1] if match else ""
