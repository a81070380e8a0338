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

from pyVoIP.RTP import PayloadType, RTPClient, RTPMessage, RTPParseError, TransmitType

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
_KEYS = "0123456789*#ABCD"
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
        self._key_timestamp: int | None = None  # of the key being received
        self._last_sequence: int | None = None
        self._key_started_at = 0
        self.outSSRC = secrets.randbits(32)
        self.outSequence = secrets.randbits(16)
        self.outTimestamp = secrets.randbits(32)
        self.last_heard_at = time.monotonic()

    async def open(self) -> None:
        """Bind the local port.

        Raises:
            OSError: it is taken.
        """
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.inIP, self.inPort)
        )

    def close(self) -> None:
        """Free the port. May be called twice."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def redirect(self, remote: tuple[str, int]) -> None:
        """Send to another address from now on (re-INVITE)."""
        self.outIP, self.outPort = remote

    @property
    def buffered_ms(self) -> float:
        return len(self._queued) / (RATE_HZ * SAMPLE_BYTES / 1000)

    def take(self) -> bytes:
        """All sound received since the last call."""
        pcm = bytes(self._received)
        self._received.clear()
        return pcm

    def put(self, pcm: bytes) -> int:
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
            code = _KEYS.index(key)
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
        """A key counts once for each timestamp: packets with the marker get lost."""
        if packet.timestamp == self._key_timestamp or len(packet.payload) < 4:
            return
        self._key_timestamp = packet.timestamp
        code = packet.payload[0]
        if code < len(_KEYS) and self.dtmf is not None:
            self.dtmf(_KEYS[code])

    # asyncio.DatagramProtocol

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr[0] != self.outIP:
            return  # nobody but the peer of the SDP may speak into a call
        try:
            self.parse_packet(data)
        except (RTPParseError, IndexError, TypeError, audioop.error):
            return  # one broken packet is 20 ms of sound
        self.last_heard_at = time.monotonic()

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
        if self._transport is None:
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
