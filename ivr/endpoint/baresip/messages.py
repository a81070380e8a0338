"""The SIP messages of baresip's calls, seen before the stack sees them.

The stack's own listeners stand in a list; ours stand in front. So keys by INFO are read as
telephones write them, the SDP is found in a multipart body, and a dialog's tags are known,
by which a question can be put to its peer. All of it happens on the SIP thread.
"""

from __future__ import annotations

import asyncio
import ctypes
import itertools
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ivr.endpoint.baresip.native_library import POINTER, TEXT, Functions, declare, load
from ivr.endpoint.baresip.native_message import (
    MEMORY,
    Decoded,
    Element,
    check_layout,
    message_buffer,
    message_status,
)
from ivr.endpoint.info_keys import carries_key, key_of
from ivr.endpoint.protocol import EndpointError
from ivr.endpoint.sip_text import SipText, read_head, session_part

logger = logging.getLogger(__name__)

_MESSAGE_HANDLER = ctypes.CFUNCTYPE(ctypes.c_bool, POINTER, POINTER)
_ANSWER_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, POINTER, POINTER)
_PACKET_HANDLER = ctypes.CFUNCTYPE(ctypes.c_bool, POINTER, POINTER, POINTER)

_FUNCTIONS: Functions = {
    "uag_sip": (POINTER, ()),
    "uag_sipsess_sock": (POINTER, ()),
    "uag_call_find": (POINTER, (TEXT,)),
    "call_audio": (POINTER, (POINTER,)),
    "audio_strm": (POINTER, (POINTER,)),
    "stream_rtp_sock": (POINTER, (POINTER,)),
    "rtcp_sock": (POINTER, (POINTER,)),
    "udp_register_helper": (
        ctypes.c_int,
        (POINTER, POINTER, ctypes.c_int, POINTER, _PACKET_HANDLER, POINTER),
    ),
    "sip_listen": (ctypes.c_int, (POINTER, POINTER, ctypes.c_bool, _MESSAGE_HANDLER, POINTER)),
    "sip_treply": (ctypes.c_int, (POINTER, POINTER, POINTER, ctypes.c_uint16, TEXT)),
    "sipsess_find": (POINTER, (POINTER, POINTER)),
    "sipsess_dialog": (POINTER, (POINTER,)),
    "mem_ref": (POINTER, (POINTER,)),
    "list_unlink": (None, (POINTER,)),
    "list_prepend": (None, (POINTER, POINTER, POINTER)),
}

#: The head of a question, after what the dialog brings.
_QUESTION = b"Accept: application/sdp\r\nContent-Length: 0\r\n\r\n"
#: Below what the stack itself puts on an RTCP socket (SRTP): any packet is a sign of life.
_REPORT_LAYER = -10
#: Calls of which something is remembered; above the stack's own limit.
KEPT = 2048


@dataclass(frozen=True)
class Tags:
    """What names a dialog besides its Call-ID."""

    own: str
    peer: str


T = TypeVar("T")


class OnSipThread(Protocol):
    """Does something on the SIP thread: `NativeStack.on_sip_thread`."""

    def __call__(self, work: Callable[[], T]) -> Awaitable[T]: ...


class StackMessages:
    """Everything that this endpoint reads in the stack's SIP messages.

    `open` must come after the runtime has started, `close` before it stops.
    """

    def __init__(self, on_sip_thread: OnSipThread, on_key: Callable[[str, str], None]) -> None:
        """`on_key` is given Call-ID and key, on the event loop."""
        self._on_sip_thread = on_sip_thread
        self._on_key = on_key
        self._library = load()
        declare(self._library, {**MEMORY, **_FUNCTIONS})
        self._library.sip_drequestf.restype = ctypes.c_int  # the only one with varargs
        self._loop: asyncio.AbstractEventLoop | None = None
        self._listeners: list[ctypes.c_void_p] = []
        self._handlers = (
            _MESSAGE_HANDLER(self._on_request),
            _MESSAGE_HANDLER(self._on_response),
        )
        self._answer_handler = _ANSWER_HANDLER(self._on_answer)
        self._packet_handler = _PACKET_HANDLER(self._on_report)
        self._tags: OrderedDict[str, Tags] = OrderedDict()
        self._keyless: OrderedDict[str, None] = OrderedDict()  # peers without telephone-event
        self._key_sequence: OrderedDict[str, str] = OrderedDict()  # Call-ID -> CSeq
        self._numbers = itertools.count(1)
        self._questions: dict[int, Callable[[int], None]] = {}
        self._dialogs: dict[int, int] = {}  # of questions that are out: kept until answered
        self._reports: dict[int, Callable[[], None]] = {}
        self._report_numbers: dict[str, int] = {}

    async def open(self) -> None:
        """Begin to look.

        Raises:
            EndpointError: another version of the stack, or no memory.
        """
        self._loop = asyncio.get_running_loop()
        await self._on_sip_thread(self._open)

    async def close(self) -> None:
        """Stop looking. May come twice."""
        self._loop = None
        if self._listeners:
            with suppress(EndpointError):  # a stack that is dead calls nobody
                await self._on_sip_thread(self._close)

    def offers_events(self, sip_call_id: str) -> bool:
        """Whether the peer can send keys by RFC 4733; True when nobody knows."""
        return sip_call_id not in self._keyless

    async def ask(self, sip_call_id: str, answered: Callable[[int], None]) -> None:
        """Send OPTIONS in the call's dialog; `answered` is given the final status, or 0, on
        the event loop.

        Raises:
            EndpointError: the stack is not up.
        """
        number = next(self._numbers)
        self._questions[number] = answered
        if not await self._on_sip_thread(lambda: self._send_question(sip_call_id, number)):
            self._questions.pop(number, None)
            answered(0)

    async def hear_reports(self, sip_call_id: str, on_report: Callable[[], None]) -> None:
        """Call `on_report` on the SIP thread for each RTCP packet of the call.

        Raises:
            EndpointError: the stack is not up.
        """
        number = next(self._numbers)
        self._reports[number] = on_report
        self._report_numbers[sip_call_id] = number
        await self._on_sip_thread(lambda: self._listen_to_reports(sip_call_id, number))

    def forget(self, sip_call_id: str) -> None:
        """The call is over."""
        for kept in (self._tags, self._keyless, self._key_sequence):
            kept.pop(sip_call_id, None)
        self._reports.pop(self._report_numbers.pop(sip_call_id, 0), None)

    # -- on the SIP thread -------------------------------------------------------------

    def _open(self) -> None:
        check_layout(self._library)
        for handler, requests in zip(self._handlers, (True, False), strict=True):
            self._listen(handler, requests)

    def _close(self) -> None:
        for listener in self._listeners:
            self._library.mem_deref(listener.value)  # takes itself out of the list
        self._listeners.clear()

    def _listen(self, handler: object, requests: bool) -> None:
        library = self._library
        listener = ctypes.c_void_p()
        error = library.sip_listen(
            ctypes.byref(listener), library.uag_sip(), requests, handler, None
        )
        if error or not listener.value:
            raise EndpointError("the stack takes no listener: not enough memory?")
        self._listeners.append(listener)
        element = Element.from_address(listener.value)
        if element.data != listener.value:
            raise EndpointError("this baresip-python keeps its lists otherwise")
        listeners = element.list
        library.list_unlink(listener)
        library.list_prepend(listeners, listener, listener)

    def _on_request(self, message: int, _argument: int | None) -> bool:
        """True: the message is dealt with and the stack does not see it."""
        try:
            buffer = message_buffer(message)
            head = read_head(ctypes.string_at(buffer.bytes, buffer.pos))
            match head.method:
                case "INFO":
                    return self._take_key(message, head)
                case "INVITE" | "UPDATE":
                    self._find_session(message, head)
                case "ACK":
                    self._find_session(message, head)
                    if self._library.sipsess_find(self._library.uag_sipsess_sock(), message):
                        self._keep_tags(head, Tags(head.tag("to"), head.tag("from")))
        except Exception:
            # A raise cannot cross into C; the stack then reads the message itself.
            logger.exception("a SIP request could not be looked at")
        return False

    def _on_response(self, message: int, _argument: int | None) -> bool:
        try:
            if 200 <= message_status(message) < 300:
                buffer = message_buffer(message)
                head = read_head(ctypes.string_at(buffer.bytes, buffer.pos))
                if head.answers == "INVITE":
                    self._keep_tags(head, Tags(head.tag("from"), head.tag("to")))
                    self._note_session(head, message)
        except Exception:
            logger.exception("a SIP response could not be looked at")
        return False

    def _listen_to_reports(self, sip_call_id: str, number: int) -> None:
        library = self._library
        call = library.uag_call_find(sip_call_id.encode())
        stream = library.audio_strm(library.call_audio(call)) if call else None
        socket = library.rtcp_sock(library.stream_rtp_sock(stream)) if stream else None
        if socket:
            library.udp_register_helper(
                None, socket, _REPORT_LAYER, None, self._packet_handler, number
            )

    def _take_key(self, message: int, head: SipText) -> bool:
        """Answer an INFO that is about a key; others are the stack's."""
        library = self._library
        if not carries_key(head["content-type"]):
            return False
        if not library.sipsess_find(library.uag_sipsess_sock(), message):
            return False  # of no call: 481
        call_id = head["call-id"]
        if self._key_sequence.get(call_id) == head["cseq"]:
            return False  # a copy: the stack's transaction sends our answer again
        _keep(self._key_sequence, call_id, head["cseq"])
        library.sip_treply(None, library.uag_sip(), message, 200, b"OK")
        key = key_of(head["content-type"], _body(message).decode("utf-8", "replace"))
        loop = self._loop
        if key and loop is not None:
            loop.call_soon_threadsafe(self._on_key, call_id, key)
        return True

    def _find_session(self, message: int, head: SipText) -> None:
        """Let the stack see of a multipart body the part that it understands."""
        buffer = message_buffer(message)
        part = session_part(head["content-type"], _body(message))
        if part is not None:
            start = buffer.pos
            self._library.mbuf_set_posend(
                ctypes.addressof(buffer), start + part.start, start + part.end
            )
        self._note_session(head, message)

    def _note_session(self, head: SipText, message: int) -> None:
        body = _body(message)
        if b"m=audio" in body and b"telephone-event" not in body.lower():
            _keep(self._keyless, head["call-id"], None)

    def _keep_tags(self, head: SipText, tags: Tags) -> None:
        if tags.own and tags.peer:
            _keep(self._tags, head["call-id"], tags)

    def _send_question(self, sip_call_id: str, number: int) -> bool:
        tags = self._tags.get(sip_call_id)
        if tags is None or not self._listeners:
            return False
        library = self._library
        # The stack finds a session by a message of its peer.
        sample = (
            "BYE sip:hotline SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
            f"From: <sip:peer@192.0.2.1>;tag={tags.peer}\r\n"
            f"To: <sip:hotline@192.0.2.1>;tag={tags.own}\r\n"
            f"Call-ID: {sip_call_id}\r\nCSeq: 1 BYE\r\nContent-Length: 0\r\n\r\n"
        )
        try:
            with Decoded(library, sample.encode()) as decoded:
                session = library.sipsess_find(library.uag_sipsess_sock(), decoded.message)
        except ValueError:
            return False
        if not session:
            return False
        dialog = library.sipsess_dialog(session)
        error = library.sip_drequestf(
            None,
            POINTER(library.uag_sip()),
            ctypes.c_bool(True),
            TEXT(b"OPTIONS"),
            POINTER(dialog),
            ctypes.c_uint32(0),  # the dialog's next number
            None,
            None,
            self._answer_handler,
            POINTER(number),
            TEXT(_QUESTION),
        )
        if error:
            return False
        self._dialogs[number] = library.mem_ref(dialog)
        return True

    def _on_answer(self, error: int, message: int | None, number: int | None) -> None:
        try:
            status = 0 if error or not message else message_status(message)
            if status == 0 or status >= 200:
                self._tell(number or 0, status)
                self._library.mem_deref(self._dialogs.pop(number or 0, None))
        except Exception:
            logger.exception("an answer to OPTIONS could not be read")

    def _tell(self, number: int, status: int) -> None:
        answered = self._questions.pop(number, None)
        loop = self._loop
        if answered is not None and loop is not None:
            loop.call_soon_threadsafe(answered, status)

    def _on_report(self, _source: int, _buffer: int, number: int | None) -> bool:
        on_report = self._reports.get(number or 0)
        if on_report is not None:
            on_report()
        return False


def _body(message: int) -> bytes:
    buffer = message_buffer(message)
    return ctypes.string_at(buffer.bytes + buffer.pos, max(0, buffer.end - buffer.pos))


def _keep(kept: OrderedDict[str, T], call_id: str, value: T) -> None:
    kept[call_id] = value
    while len(kept) > KEPT:
        kept.popitem(last=False)
