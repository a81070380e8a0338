"""One call's RTP on the pyVoIP stack: its packet parser, with our sound and buffers.

The library decodes to 8 bits, keeps every packet for ever and runs two threads a
call; here sound has 16 bits, buffers have an end and one clock serves all calls.
"""

from __future__ import annotations

import asyncio
import audioop
import logging
import secrets
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from pyVoIP.RTP import PayloadType, RTPClient, RTPMessage, RTPParseError, TransmitType

from ivr.endpoint.telephone_event import EVENT_KEYS, EventPacket, KeyPackets

logger = logging.getLogger(__name__)

RATE_HZ = 8000
PACKET_MS = 20
SAMPLES = RATE_HZ * PACKET_MS // 1000
SAMPLE_BYTES = 2
#: The oldest sound is dropped when nobody reads it for this long.
RECEIVE_LIMIT_BYTES = 2 * RATE_HZ * SAMPLE_BYTES
#: More than this ahead is not taken: what is queued cannot be interrupted cheaply.
SEND_LIMIT_BYTES = 2 * RATE_HZ * SAMPLE_BYTES
_SILENCE = bytes(SAMPLES * SAMPLE_BYTES)
_EVENT_BYTES = 4
#: RTP and RTCP alike (RFC 3550 section 5.1).
_VERSION_2 = 0x80
#: RFC 4733 section 2.5: a key of 100 ms, its end said three times, then a pause.
_KEY_PACKETS = 5
_KEY_ENDS = 3
_KEY_PAUSE_PACKETS = 4
_VOLUME = 10


class Stream(RTPClient, asyncio.DatagramProtocol):
    """RTP to and from one peer; `tick` sends a packet, 50 times a second."""

    def __init__(
        self,
        payloads: Mapping[int, PayloadType],
        local: tuple[str, int],
        remote: tuple[str, int],
        on_key: Callable[[str], None],
    ) -> None:
        super().__init__(dict(payloads), *local, *remote, TransmitType.SENDRECV, dtmf=on_key)
        self._transport: asyncio.DatagramTransport | None = None
        self._received = bytearray()
        self._queued = bytearray()
        self._keys: list[bytes | None] = []  # telephone-event payloads, None for a pause
        self._presses = KeyPackets()
        self._reports: asyncio.DatagramTransport | None = None
        self._held = False  # the peer wants no sound now
        self._last_sequence: int | None = None
        self._key_started_at = 0
        self.outSSRC = secrets.randbits(32)
        self.outSequence = secrets.randbits(16)
        self.outTimestamp = secrets.randbits(32)
        self.heard_at = time.monotonic()  # a packet of sound, comfort noise or a key
        self.reported_at = 0.0  # RTCP

    async def open(self) -> None:
        """Bind the local port, and the one above it for what the peer reports.

        Raises:
            OSError: it is taken.
        """
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.inIP, self.inPort)
        )
        try:
            self._reports, _ = await loop.create_datagram_endpoint(
                lambda: _Reports(self), local_addr=(self.inIP, self.inPort + 1)
            )
        except OSError:
            logger.debug("the port for RTCP is taken: the peer's reports are not heard")

    def close(self) -> None:
        """Free the ports. May be called twice."""
        for transport in (self._transport, self._reports):
            if transport is not None:
                transport.close()
        self._transport = self._reports = None

    def redirect(self, remote: tuple[str, int]) -> None:
        """Send to another address from now on (re-INVITE)."""
        self.outIP, self.outPort = remote

    def hold(self, held: bool) -> None:
        """Send nothing while the peer holds the call."""
        self._held = held

    def reported(self, data: bytes, source: str) -> None:
        """An RTCP packet, or what claims to be one."""
        if source == self.outIP and data and data[0] & 0xC0 == _VERSION_2:
            self.reported_at = time.monotonic()

    @property
    def rate_hz(self) -> int:
        return RATE_HZ

    @property
    def buffered_ms(self) -> float:
        return len(self._queued) / (RATE_HZ * SAMPLE_BYTES / 1000)

    def read(self) -> bytes:  # type: ignore[override]  # the library's waits, and has 8 bits
        """All sound received since the last call."""
        pcm = bytes(self._received)
        self._received.clear()
        return pcm

    def write(self, pcm: bytes) -> int:  # type: ignore[override]
        """Queue sound; how many bytes were taken."""
        room = SEND_LIMIT_BYTES - len(self._queued)
        taken = pcm[: max(0, room)]
        self._queued += taken
        return len(taken)

    def flush(self) -> float:
        """Throw away what is queued; how much, in ms."""
        flushed_ms = self.buffered_ms
        self._queued.clear()
        return flushed_ms

    def press(self, keys: str) -> float:
        """Queue keys; how long sending them takes, in seconds.

        Raises:
            LookupError: the peer takes no telephone events.
        """
        if self._event_payload() is None:
            raise LookupError("the peer takes no keys by RFC 4733")
        before = len(self._keys)
        for key in keys:
            code = EVENT_KEYS.index(key)
            for number in range(_KEY_PACKETS + _KEY_ENDS):
                end = 0x80 if number >= _KEY_PACKETS else 0
                duration = min(number + 1, _KEY_PACKETS) * SAMPLES
                self._keys.append(struct.pack(">BBH", code, end | _VOLUME, duration))
            self._keys += [None] * _KEY_PAUSE_PACKETS
        return (len(self._keys) - before) * PACKET_MS / 1000

    def tick(self) -> None:
        """Send the next packet: a key, queued sound, or silence."""
        step = self._keys.pop(0) if self._keys else None
        if step is not None:
            first = step[2:] == struct.pack(">H", SAMPLES)
            if first:
                self._key_started_at = self.outTimestamp
            payload_type = self._event_payload()
            if payload_type is not None:
                self._send(payload_type, step, self._key_started_at, marker=first)
        else:
            frame = bytes(self._queued[: len(_SILENCE)]) if not self._keys else b""
            del self._queued[: len(frame)]
            pcm = frame.ljust(len(_SILENCE), b"\0")
            self._send(int(self.preference), self.encode_packet(pcm), self.outTimestamp)
        self.outTimestamp = (self.outTimestamp + SAMPLES) & 0xFFFFFFFF

    # What the library calls, and what it would do with 8 bits.

    def encode_packet(self, payload: bytes) -> bytes:
        if self.preference == PayloadType.PCMA:
            return audioop.lin2alaw(payload, SAMPLE_BYTES)
        return audioop.lin2ulaw(payload, SAMPLE_BYTES)

    def parse_pcmu(self, packet: RTPMessage) -> None:
        self._hear(packet, audioop.ulaw2lin(packet.payload, SAMPLE_BYTES))

    def parse_pcma(self, packet: RTPMessage) -> None:
        self._hear(packet, audioop.alaw2lin(packet.payload, SAMPLE_BYTES))

    def parse_telephone_event(self, packet: RTPMessage) -> None:
        payload = packet.payload
        if len(payload) < _EVENT_BYTES or self.dtmf is None:
            return
        key = self._presses.press(
            EventPacket(
                code=payload[0],
                end=bool(payload[1] & 0x80),
                duration=int.from_bytes(payload[2:4], "big"),
                timestamp=packet.timestamp,
                at=time.monotonic(),
            )
        )
        if key:
            self.dtmf(key)

    # asyncio.DatagramProtocol

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] != self.outIP:
            return  # nobody but the peer of the SDP may speak into a call
        if len(data) > 1 and data[0] & 0xC0 == _VERSION_2:
            if 192 <= data[1] <= 223:  # RTCP on the same port (RFC 5761 section 4)
                self.reported(data, addr[0])
                return
            self.heard_at = time.monotonic()
        with suppress(RTPParseError, IndexError, TypeError, audioop.error):
            self.parse_packet(data)  # one broken packet is 20 ms of sound

    def error_received(self, exc: Exception) -> None:
        logger.debug("the peer's RTP port is closed")

    def _hear(self, packet: RTPMessage, pcm: bytes) -> None:
        last = self._last_sequence
        if last is not None and not 0 < (packet.sequence - last) & 0xFFFF < 0x8000:
            return  # a copy, or too late
        self._last_sequence = packet.sequence
        self._received += pcm
        del self._received[: max(0, len(self._received) - RECEIVE_LIMIT_BYTES)]

    def _event_payload(self) -> int | None:
        return next(
            (number for number, kind in self.assoc.items() if kind == PayloadType.EVENT), None
        )

    def _send(
        self, payload_type: int, payload: bytes, timestamp: int, *, marker: bool = False
    ) -> None:
        if self._transport is None or self._held:
            return
        self.outSequence = (self.outSequence + 1) & 0xFFFF
        head = struct.pack(
            ">BBHII",
            0x80,
            payload_type | (0x80 if marker else 0),
            self.outSequence,
            timestamp,
            self.outSSRC,
        )
        self._transport.sendto(head + payload, (self.outIP, self.outPort))


class _Reports(asyncio.DatagramProtocol):
    """The RTCP port of a stream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._stream.reported(data, addr[0])
