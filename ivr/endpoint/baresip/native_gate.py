"""The gate's place in libre: a listener before all others, which sees each request that came
by UDP, TCP or TLS once it is decoded and before a transaction, a dialog or a call exists."""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable

from ivr.endpoint.admission import parse_address
from ivr.endpoint.baresip.native_library import ADDRESS_TEXT, POINTER, TEXT, Functions, declare
from ivr.endpoint.gate import Request, Verdict
from ivr.endpoint.protocol import EndpointError

logger = logging.getLogger(__name__)

_LISTENER = ctypes.CFUNCTYPE(ctypes.c_bool, POINTER, POINTER)


class _Text(ctypes.Structure):
    """`struct pl`: a pointer into the message, and a length."""

    _fields_ = (("p", POINTER), ("l", ctypes.c_size_t))

    def __str__(self) -> str:
        return ctypes.string_at(self.p, self.l).decode("utf-8", "replace") if self.p else ""


class _Link(ctypes.Structure):
    """`struct le` (re_list.h)."""

    _fields_ = (("prev", POINTER), ("next", POINTER), ("list", POINTER), ("data", POINTER))


_Address = ctypes.c_uint32 * 29  # struct sa: 112 bytes of address and their length
_List = POINTER * 3


class _Uri(ctypes.Structure):
    _fields_ = (
        ("scheme", _Text),
        ("user", _Text),
        ("host", _Text),
        ("af", ctypes.c_int),
        ("port", ctypes.c_uint16),
        ("path", _Text),
        ("params", _Text),
        ("headers", _Text),
    )


class _Via(ctypes.Structure):
    _fields_ = (
        ("sentby", _Text),
        ("addr", _Address),
        ("params", _Text),
        ("branch", _Text),
        ("val", _Text),
        ("tp", ctypes.c_int),
    )


class _NamedAddress(ctypes.Structure):
    _fields_ = (
        ("dname", _Text),
        ("auri", _Text),
        ("uri", _Uri),
        ("params", _Text),
        ("tag", _Text),
        ("val", _Text),
    )


class _Message(ctypes.Structure):
    """`struct sip_msg` (re_sip.h) up to the Call-ID; `checked` proves it at each start."""

    _fields_ = (
        ("src", _Address),
        ("dst", _Address),
        ("ver", _Text),
        ("met", _Text),
        ("ruri", _Text),
        ("uri", _Uri),
        ("scode", ctypes.c_uint16),
        ("reason", _Text),
        ("hdrl", _List),
        ("via", _Via),
        ("to", _NamedAddress),
        ("from_", _NamedAddress),
        ("cseq_met", _Text),
        ("cseq_num", ctypes.c_uint32),
        ("rack_met", _Text),
        ("rack_rel_seq", ctypes.c_uint32),
        ("rack_cseq", ctypes.c_uint32),
        ("rel_seq", ctypes.c_uint32),
        ("type", _Text),
        ("subtype", _Text),
        ("type_params", _Text),
        ("callid", _Text),
    )


_FUNCTIONS: Functions = {
    "uag_sip": (POINTER, ()),
    "sip_listen": (ctypes.c_int, (POINTER, POINTER, ctypes.c_bool, _LISTENER, POINTER)),
    "sip_reply": (
        ctypes.c_int,
        (POINTER, POINTER, ctypes.c_uint16, TEXT),
    ),
    "sip_dialog_accept": (ctypes.c_int, (POINTER, POINTER)),
    "sip_msg_decode": (ctypes.c_int, (POINTER, POINTER)),
    "mbuf_alloc": (POINTER, (ctypes.c_size_t,)),
    "mbuf_write_mem": (ctypes.c_int, (POINTER, TEXT, ctypes.c_size_t)),
    "mbuf_set_posend": (None, (POINTER, ctypes.c_size_t, ctypes.c_size_t)),
    "mem_deref": (POINTER, (POINTER,)),
    "list_unlink": (None, (POINTER,)),
    "list_prepend": (None, (POINTER, POINTER, POINTER)),
}

_SAMPLE = (
    b"BYE sip:us@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKbranch\r\n"
    b"To: <sip:us@192.0.2.1>;tag=ours\r\nFrom: <sip:them@192.0.2.2>;tag=theirs\r\n"
    b"Call-ID: sample\r\nCSeq: 7 BYE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)


class NativeGate:
    """Our listener. Everything but the constructor runs on the SIP thread."""

    def __init__(self, library: ctypes.CDLL, judge: Callable[[Request], Verdict]) -> None:
        """Raises: EndpointError: this build of baresip-python lacks a function."""
        self._library = library
        self._judge = judge
        declare(library, _FUNCTIONS)
        self._listener = _LISTENER(self._on_request)
        self._handle = POINTER()  # libre keeps our listener's address here up to date

    def open(self) -> None:
        """Come before whoever listens already.

        Raises:
            EndpointError: the stack is not up, or this build's messages look different.
        """
        library = self._library
        self._check_layout()
        error = library.sip_listen(
            ctypes.byref(self._handle), library.uag_sip(), True, self._listener, None
        )
        if error or not self._handle.value:
            raise EndpointError("the SIP stack takes no listener: start the program again")
        link = _Link.from_address(self._handle.value)
        if link.data != self._handle.value:
            raise EndpointError("this baresip-python is of another build: install the pinned one")
        listeners = link.list
        library.list_unlink(self._handle)
        library.list_prepend(listeners, self._handle, self._handle)

    def _check_layout(self) -> None:
        """A known message read through our idea of the structure must come out as it is."""
        library = self._library
        buffer = library.mbuf_alloc(len(_SAMPLE))
        message = POINTER()
        try:
            library.mbuf_write_mem(buffer, _SAMPLE, len(_SAMPLE))
            library.mbuf_set_posend(buffer, 0, len(_SAMPLE))
            if library.sip_msg_decode(ctypes.byref(message), buffer) != 0 or not message.value:
                raise EndpointError("this baresip-python reads no SIP: install the pinned one")
            seen = _Message.from_address(message.value)
            read = [str(text) for text in (seen.met, seen.to.tag, seen.from_.tag, seen.callid)]
            if read != ["BYE", "ours", "theirs", "sample"]:
                raise EndpointError(
                    "this baresip-python is of another build: install the pinned one"
                )
        finally:
            library.mem_deref(message)
            library.mem_deref(buffer)

    def _on_request(self, message: int | None, _argument: int | None) -> bool:
        """True when the request is dealt with and must not reach the stack."""
        try:
            verdict = self._judge(self._read(message or 0))
            if verdict.refuses:
                library = self._library
                phrase = verdict.phrase.encode()
                library.sip_reply(library.uag_sip(), message, verdict.code, phrase)
        except Exception:
            # A raise cannot cross into C. What cannot be judged is not let in.
            logger.exception("judging a SIP request failed")
            return True
        return verdict is not Verdict.PASS

    def _read(self, address: int) -> Request:
        message = _Message.from_address(address)
        text = ctypes.create_string_buffer(ADDRESS_TEXT)
        told = self._library.sa_ntop(address, text, ADDRESS_TEXT) == 0  # `src` comes first
        return Request(
            source=parse_address(text.value.decode("ascii", "replace")) if told else None,
            method=str(message.met),
            call_id=str(message.callid),
            in_dialog=bool(message.to.tag.l),
            whole=str(message.met) != "INVITE" or self._makes_a_dialog(message),
        )

    def _makes_a_dialog(self, message: _Message) -> bool:
        """Asks what the stack asks when it takes a call: a Contact, a From with a tag, routes.

        It asks too late: the call is made by then, nobody is told of it, and it keeps its
        ports and one of the stack's 255 places for good.
        """
        if "\0" in str(message.callid):
            return False  # the call could not be found again by a name that ends there
        dialog = POINTER()
        error = self._library.sip_dialog_accept(ctypes.byref(dialog), ctypes.byref(message))
        self._library.mem_deref(dialog)
        return int(error) == 0
