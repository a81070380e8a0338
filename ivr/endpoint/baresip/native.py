"""What baresip knows and its Python binding does not tell, by baresip's own C API.

The binding reports no source address of an INVITE, no To header, can only refuse
with 486, and never lets a call that came in be transferred to another call. Its
extension carries all of libbaresip with its public functions exported, so this
module calls the few that are needed, on the SIP thread alone (`sip_thread`). The
binding's version is pinned exactly, and `load` refuses a library that lacks a function.
`docs/decisions/sip.md` weighs the other ways.
"""

from __future__ import annotations

import ctypes
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from baresip import BaresipError, Event

from ivr.endpoint.admission import Address, parse_address
from ivr.endpoint.baresip.native_gate import NativeGate
from ivr.endpoint.baresip.native_library import (
    ADDRESS_TEXT,
    POINTER,
    TEXT,
    Functions,
    declare,
    load,
)
from ivr.endpoint.baresip.native_tls import NativeTls
from ivr.endpoint.gate import Request, Verdict
from ivr.endpoint.protocol import EndpointError
from ivr.endpoint.sip_thread import SipThread
from ivr.endpoint.trust import Trust

logger = logging.getLogger(__name__)

T = TypeVar("T")

_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_int, POINTER, POINTER)

#: name -> result type, argument types (baresip.h and re_sa.h of baresip 4.10)
_FUNCTIONS: Functions = {
    "bevent_register": (ctypes.c_int, (_HANDLER, POINTER)),
    "bevent_unregister": (None, (_HANDLER,)),
    "bevent_get_call": (POINTER, (POINTER,)),
    "call_id": (TEXT, (POINTER,)),
    "call_localuri": (TEXT, (POINTER,)),
    "call_msg_src": (ctypes.c_int, (POINTER, POINTER)),
    "call_get_ua": (POINTER, (POINTER,)),
    "call_supported": (ctypes.c_bool, (POINTER, ctypes.c_uint16)),
    "call_replace_transfer": (ctypes.c_int, (POINTER, POINTER)),
    "uag_find_aor": (POINTER, (TEXT,)),
    "ua_stop_register": (None, (POINTER,)),
    "uag_call_find": (POINTER, (TEXT,)),
    "ua_hangup": (None, (POINTER, POINTER, ctypes.c_uint16, TEXT)),
    "sa_struct_get_size": (ctypes.c_size_t, ()),
    "sa_ntop": (ctypes.c_int, (POINTER, TEXT, ctypes.c_int)),
    "re_thread_init": (ctypes.c_int, ()),
    "fd_setsize": (ctypes.c_int, (ctypes.c_int,)),
    "re_nfds": (ctypes.c_int, ()),
}

#: `call_supported`'s bit for the option tag `replaces` (enum in baresip.h).
_REPLACES = 1
#: Arrivals that nobody asked for (calls the binding refused by itself) kept at most.
ARRIVALS_KEPT = 512


@dataclass(frozen=True)
class Arrival:
    """What the INVITE of an incoming call said that the binding does not tell."""

    sip_call_id: str
    source: Address | None
    called: str  # the To header's URI


class NativeStack:
    """The border to libbaresip of the process.

    `watch` must come before the runtime starts: then our handler is the first
    in the stack's list and an arrival is noted, on the SIP thread, before the
    binding's own event for it is even queued.
    """

    def __init__(self) -> None:
        self._library = load()
        declare(self._library, _FUNCTIONS)
        self._gate: NativeGate | None = None
        self._tls: NativeTls | None = None
        self._thread: SipThread | None = None
        self._arrivals: deque[Arrival] = deque(maxlen=ARRIVALS_KEPT)
        self._handler = _HANDLER(self._on_event)
        self._watching = False

    def runtime(self) -> SipThread:
        """A new runtime, the one that later work is done on."""
        self._thread = SipThread(self._library)
        return self._thread

    def watch(self) -> None:
        """Begin to note arrivals."""
        if self._library.bevent_register(self._handler, None) != 0:
            raise EndpointError("baresip refused an event handler: not enough memory?")
        self._watching = True

    def unwatch(self) -> None:
        """Stop noting arrivals; call it when the stack is down. May come twice."""
        if self._watching:
            self._library.bevent_unregister(self._handler)
            self._watching = False
            self._arrivals.clear()

    def arrival(self, sip_call_id: str) -> Arrival | None:
        """The INVITE behind the binding's incoming call of this Call-ID.

        Both sides see calls in the same order, so entries before it belong to
        calls that the binding refused by itself and are dropped.
        """
        while self._arrivals:
            arrival = self._arrivals.popleft()
            if arrival.sip_call_id == sip_call_id:
                return arrival
        return None

    async def refuse(self, sip_call_id: str, code: int, reason: str) -> bool:
        """Refuse an unanswered call with any 4xx to 6xx status; False when it is gone."""
        library = self._library

        def refuse() -> bool:
            call = library.uag_call_find(sip_call_id.encode())
            if not call:
                return False
            library.ua_hangup(library.call_get_ua(call), call, code, reason.encode())
            return True

        return await self._run(refuse)

    async def knows_replaces(self, sip_call_id: str) -> bool:
        """Whether the peer has named `replaces` in an answer of its own to an INVITE of ours."""
        library = self._library

        def knows() -> bool:
            call = library.uag_call_find(sip_call_id.encode())
            return bool(call and library.call_supported(call, _REPLACES))

        return await self._run(knows)

    async def refer_to_call(self, sip_call_id: str, other: str) -> bool:
        """Send the first call's peer a REFER to the peer of the call `other`, with a
        Replaces of that call's dialog; events tell the outcome. False when it could not
        be sent, because one of the calls is gone, mostly."""
        library = self._library

        def refer() -> bool:
            calls = [library.uag_call_find(each.encode()) for each in (sip_call_id, other)]
            return all(calls) and library.call_replace_transfer(*calls) == 0

        return await self._run(refer)

    async def on_sip_thread(self, work: Callable[[], T]) -> T:
        """`work`'s result; it runs on the SIP thread and must return at once.

        Raises:
            EndpointError: the stack is not up.
        """
        return await self._run(work)

    def has_call(self, sip_call_id: str) -> bool:
        """SIP thread: whether a call of this Call-ID lives."""
        return bool(self._library.uag_call_find(sip_call_id.encode()))

    async def open_gate(self, judge: Callable[[Request], Verdict]) -> None:
        """Let `judge` see every request before the stack does."""
        self._gate = NativeGate(self._library, judge)
        await self._run(self._gate.open)

    async def open_tls(self, rules: Sequence[Trust]) -> None:
        """Judge TLS servers by these rules."""
        self._tls = NativeTls(self._library, rules)
        await self._run(self._tls.open)

    async def stop_registering(self, user: str, server: str) -> None:
        """Let an account be, until it is told to register again: the stack would try on."""
        library = self._library

        def stop() -> None:
            agent = library.uag_find_aor(f"sip:{user}@{server}".encode())
            if agent:
                library.ua_stop_register(agent)

        await self._run(stop)

    async def alive(self) -> None:
        """Return when the SIP thread has come round."""
        await self._run(lambda: None)

    async def descriptors(self) -> int:
        """How many places of its table the stack counts as taken."""
        return await self._run(lambda: int(self._library.re_nfds()))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            raise EndpointError("the endpoint is not started")
        try:
            return await self._thread.run(work)
        except BaresipError as error:
            raise EndpointError(f"the SIP stack does not answer: {error}") from error

    def _on_event(self, kind: int, event: int | None, _argument: int | None) -> None:
        """SIP thread: note where a new call comes from."""
        if kind != Event.CALL_INCOMING:
            return
        try:
            self._note(self._library.bevent_get_call(event))
        except Exception:
            # A raise cannot cross into C; the call then counts as a stranger's.
            logger.exception("reading an INVITE's source failed")

    def _note(self, call: int | None) -> None:
        if not call:
            return
        library = self._library
        self._arrivals.append(
            Arrival(
                sip_call_id=_decode(library.call_id(call)),
                source=self._source(call),
                called=_decode(library.call_localuri(call)),
            )
        )

    def _source(self, call: int) -> Address | None:
        library = self._library
        address = ctypes.create_string_buffer(library.sa_struct_get_size())
        text = ctypes.create_string_buffer(ADDRESS_TEXT)
        if library.call_msg_src(call, address) != 0:
            return None
        if library.sa_ntop(address, text, ADDRESS_TEXT) != 0:
            return None
        return parse_address(text.value.decode("ascii", "replace"))


def _decode(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
