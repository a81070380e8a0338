"""SIP messages and buffers in libre's memory: the few fields that we read and write.

`check_layout` proves at each start that they are where this module looks for them.
"""

from __future__ import annotations

import ctypes

from ivr.endpoint.baresip.native_library import POINTER, TEXT, Functions
from ivr.endpoint.protocol import EndpointError


class Buffer(ctypes.Structure):
    """`struct mbuf` (re_mbuf.h)."""

    _fields_ = (
        ("bytes", ctypes.c_void_p),
        ("size", ctypes.c_size_t),
        ("pos", ctypes.c_size_t),
        ("end", ctypes.c_size_t),
    )


class Element(ctypes.Structure):
    """`struct le` (re_list.h), the first member of whatever stands in a list."""

    _fields_ = (
        ("previous", ctypes.c_void_p),
        ("next", ctypes.c_void_p),
        ("list", ctypes.c_void_p),
        ("data", ctypes.c_void_p),
    )


#: Where a `struct sip_msg` holds its status and its buffer.
STATUS_OFFSET = 384
BUFFER_OFFSET = 1168

MEMORY: Functions = {
    "mbuf_alloc": (POINTER, (ctypes.c_size_t,)),
    "mbuf_write_mem": (ctypes.c_int, (POINTER, TEXT, ctypes.c_size_t)),
    "mbuf_set_posend": (None, (POINTER, ctypes.c_size_t, ctypes.c_size_t)),
    "mem_deref": (POINTER, (POINTER,)),
    "sip_msg_decode": (ctypes.c_int, (POINTER, POINTER)),
}


def buffer_of(pointer: int) -> Buffer:
    return Buffer.from_address(pointer)


def message_buffer(message: int) -> Buffer:
    """A SIP message's buffer: its position is where the body begins."""
    return buffer_of(int(ctypes.c_void_p.from_address(message + BUFFER_OFFSET).value or 0))


def message_status(message: int) -> int:
    """The status of a SIP response."""
    return int(ctypes.c_uint16.from_address(message + STATUS_OFFSET).value)


class Decoded:
    """A SIP message made from text, for a `with`: the stack's functions take no text."""

    def __init__(self, library: ctypes.CDLL, text: bytes) -> None:
        """Raises:
        ValueError: it is no SIP.
        """
        self._library = library
        self.buffer = library.mbuf_alloc(len(text))
        library.mbuf_write_mem(self.buffer, text, len(text))
        library.mbuf_set_posend(self.buffer, 0, len(text))
        message = ctypes.c_void_p()
        error = library.sip_msg_decode(ctypes.byref(message), self.buffer)
        self.message = int(message.value or 0)
        if error or not self.message:
            library.mem_deref(self.buffer)
            raise ValueError("the stack cannot read this message")

    def __enter__(self) -> Decoded:
        return self

    def __exit__(self, *_: object) -> None:
        self._library.mem_deref(self.message)
        self._library.mem_deref(self.buffer)


def check_layout(library: ctypes.CDLL) -> None:
    """Make sure that structures are as this module reads them.

    Raises:
        EndpointError: they are not: another version of the stack.
    """
    for status in (481, 299):
        head = (
            f"SIP/2.0 {status} Sample\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
            "From: <sip:a@192.0.2.1>;tag=1\r\nTo: <sip:b@192.0.2.1>;tag=2\r\n"
            "Call-ID: sample\r\nCSeq: 1 OPTIONS\r\nContent-Length: 4\r\n\r\n"
        )
        with Decoded(library, f"{head}body".encode()) as sample:
            held = ctypes.c_void_p.from_address(sample.message + BUFFER_OFFSET).value
            if held != sample.buffer or message_status(sample.message) != status:
                raise EndpointError(_OTHER_VERSION)
            buffer = message_buffer(sample.message)
            if (buffer.pos, buffer.end) != (len(head), len(head) + 4):
                raise EndpointError(_OTHER_VERSION)


_OTHER_VERSION = "this baresip-python holds its messages otherwise: install the pinned version"
