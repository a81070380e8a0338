"""Keys by RFC 4733 on baresip, also those whose beginning was lost.

libre counts a key at its first packet and wants to have seen that one: a key of which only
the end packets arrive is reported as the end of nothing, and the next one not at all. So
`telev_recv`, which is called for each telephone-event packet and for nothing else, is ours
while an endpoint is open.
"""

from __future__ import annotations

import ctypes
import errno
import logging
import time
from collections import OrderedDict
from pathlib import Path

import baresip._native

from ivr.endpoint.baresip.elf import call_slot
from ivr.endpoint.baresip.native_library import POINTER, declare, load
from ivr.endpoint.baresip.native_message import buffer_of
from ivr.endpoint.telephone_event import EVENT_KEYS, EventPacket, KeyPackets

logger = logging.getLogger(__name__)

_RECEIVE = ctypes.CFUNCTYPE(
    ctypes.c_int,
    POINTER,
    POINTER,
    ctypes.POINTER(ctypes.c_int),
    ctypes.POINTER(ctypes.c_bool),
)
_NAME = "telev_recv"
_EVENT_BYTES = 4
#: RTP's own header in front of it, without sources and extension (RFC 3550 section 5.1).
_HEADER_BYTES = 12
#: Streams of which a press may be under way; those of calls that are over fall out.
KEPT = 1024


class StackEvents:
    """Takes the place of the stack's reader of telephone events."""

    def __init__(self) -> None:
        self._library = load()
        declare(self._library, {_NAME: (ctypes.c_int, (POINTER,) * 4)})
        self._receiver = _RECEIVE(self._receive)
        self._slot: ctypes.c_void_p | None = None
        self._original = 0
        self._streams: OrderedDict[int, KeyPackets] = OrderedDict()

    def open(self) -> None:
        """Read the events from now on. Where that cannot be had (another system than Linux,
        a build that is linked otherwise) the stack goes on to read them itself."""
        slot = call_slot(self._library, Path(baresip._native.__file__), _NAME)
        if slot is None:
            logger.warning("this build of baresip loses keys whose first packets are lost")
            return
        self._slot, self._original = slot, slot.value or 0
        slot.value = ctypes.cast(self._receiver, POINTER).value

    def close(self) -> None:
        """Give the stack its own reader back. May come twice."""
        if self._slot is not None:
            self._slot.value = self._original
            self._slot = None

    def _receive(
        self,
        stream: int,
        buffer: int,
        event: ctypes._Pointer[ctypes.c_int],
        end: ctypes._Pointer[ctypes.c_bool],
    ) -> int:
        """SIP thread: 0 and what is to be reported, or an error number for "nothing"."""
        try:
            packet = _read(buffer)
            if packet is None:
                return errno.ENOENT
            packets = self._streams.pop(stream, None) or KeyPackets()
            self._streams[stream] = packets
            while len(self._streams) > KEPT:
                self._streams.popitem(last=False)
            key = packets.press(packet)
            if not key:
                return errno.EALREADY
            event[0] = EVENT_KEYS.index(key)
            end[0] = False  # the endpoint asks for presses only
        except Exception:
            logger.exception("a telephone event could not be read")
            return errno.EINVAL
        return 0


def _read(pointer: int) -> EventPacket | None:
    buffer = buffer_of(pointer)
    if buffer.end - buffer.pos < _EVENT_BYTES:
        return None
    payload = ctypes.string_at(buffer.bytes + buffer.pos, _EVENT_BYTES)
    timestamp = 0
    if buffer.pos >= _HEADER_BYTES:
        header = ctypes.string_at(buffer.bytes + buffer.pos - _HEADER_BYTES, _HEADER_BYTES)
        timestamp = int.from_bytes(header[4:8], "big")
    return EventPacket(
        code=payload[0],
        end=bool(payload[1] & 0x80),
        duration=int.from_bytes(payload[2:4], "big"),
        timestamp=timestamp,
        at=time.monotonic(),
    )
