"""The SIP endpoint as the rest of the program sees it: one protocol, two stacks.

`baresip` (the default) and `pyvoip` implement it, and the same contract tests
run against both. A call's state changes only when the stack reports an event
(never because a method was called), and every close may come twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ivr.endpoint.trunk_state import TrunkReport


class CallState(StrEnum):
    """Where a call is in its life."""

    INCOMING = "incoming"  # INVITE received, no final answer sent yet
    OUTGOING = "outgoing"  # INVITE sent
    RINGING = "ringing"  # outgoing: a 180 or 183 came back
    ESTABLISHED = "established"  # 200 and ACK; media flows
    CLOSED = "closed"


TRANSITIONS: Mapping[CallState, frozenset[CallState]] = {
    CallState.INCOMING: frozenset({CallState.ESTABLISHED, CallState.CLOSED}),
    CallState.OUTGOING: frozenset({CallState.RINGING, CallState.ESTABLISHED, CallState.CLOSED}),
    CallState.RINGING: frozenset({CallState.ESTABLISHED, CallState.CLOSED}),
    CallState.ESTABLISHED: frozenset({CallState.CLOSED}),
    CallState.CLOSED: frozenset(),
}


class Direction(StrEnum):
    """Who started the call."""

    INBOUND = "in"
    OUTBOUND = "out"


class CloseReason(StrEnum):
    """Why a call ended, as far as the stack can tell."""

    LOCAL = "local"  # we hung up, refused or cancelled
    REMOTE = "remote"  # the peer hung up or cancelled
    BUSY = "busy"  # 486 or 600
    DECLINED = "declined"  # 403 or 603
    NO_ANSWER = "no_answer"  # 408, 480, 487, or our own limit ran out
    UNREACHABLE = "unreachable"  # 404, 503, transport error
    RTP_TIMEOUT = "rtp_timeout"  # no sound, no RTCP and no answer: vanished without a BYE
    TRANSFERRED = "transferred"  # handed over by REFER: the talk goes on without us
    FAILED = "failed"  # any other final answer


@dataclass(frozen=True)
class StateChanged:
    """The call moved to `state`; `reason` and `sip_code` are set when it closed."""

    state: CallState
    reason: CloseReason | None = None
    sip_code: int | None = None


@dataclass(frozen=True)
class KeyPressed:
    """The peer pressed `key` (0-9, A-D, `*`, `#`), by RFC 4733, SIP INFO or as a tone in the
    sound (`Trunk.dtmf`): once, by however many ways it came."""

    key: str


CallEvent = StateChanged | KeyPressed
CallListener = Callable[[CallEvent], None]


class EndpointError(Exception):
    """Root of what an endpoint raises; the message says what to do."""


class NoSocket(EndpointError):
    """The SIP port is not open, and may be later: the network is not up, its address not ours
    yet. Trying again is worth it."""


class NotSupported(EndpointError):
    """This stack cannot do what was asked; `docs/sip.md` lists it."""


class CallNotActive(EndpointError):
    """The call is gone or has no media yet."""


class DialFailed(EndpointError):
    """An outgoing call ended without being established."""

    def __init__(self, message: str, reason: CloseReason, sip_code: int | None = None) -> None:
        super().__init__(message)
        self.reason = reason
        self.sip_code = sip_code


class TransferRefused(EndpointError):
    """A REFER came to nothing; the call itself goes on."""

    def __init__(self, message: str, sip_code: int | None = None) -> None:
        super().__init__(message)
        self.sip_code = sip_code


class Call(Protocol):
    """One call. Listeners run on the event loop and must return at once."""

    @property
    def id(self) -> str:
        """Our own id, 32 hex digits, unique for ever."""
        ...

    @property
    def sip_call_id(self) -> str:
        """The Call-ID header (RFC 3261 section 8.1.1.4)."""
        ...

    @property
    def direction(self) -> Direction: ...

    @property
    def trunk(self) -> str:
        """Name of the trunk the call came by or goes by."""
        ...

    @property
    def caller(self) -> str:
        """The caller's number or name, to be shown; empty when withheld."""
        ...

    @property
    def withheld(self) -> str:
        """The number of a caller who shows it to nobody, where a trunk that vouches for it
        tells it all the same: for calling back, never for a page."""
        ...

    @property
    def diverted_from(self) -> str:
        """Who passed the call on (Diversion), as a trunk that vouches for it tells."""
        ...

    @property
    def verified(self) -> bool:
        """Whether the trunk vouches for `caller`: `Trunk.verified`. Anybody can write what
        they like into From; never tell a caller what only that number's owner may hear
        when this is False."""
        ...

    @property
    def callee(self) -> str:
        """User part of the called URI."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The INVITE's headers that `SipSettings.expose_headers` names, of a call by a trunk
        that vouches for its callers: anybody else may write anything into them."""
        ...

    @property
    def state(self) -> CallState: ...

    @property
    def was_established(self) -> bool:
        """Whether it ever was: a peer may answer and hang up in one breath."""
        ...

    @property
    def close_reason(self) -> CloseReason | None: ...

    @property
    def rate_hz(self) -> int:
        """Rate of `read` and `write` alike: 8000 or 16000, the same from the moment in
        which the call is established until for ever; 0 before."""
        ...

    @property
    def buffered_ms(self) -> float:
        """Audio written that has not reached the wire yet; 0.0 when there is no media."""
        ...

    @property
    def silent_s(self) -> float:
        """Seconds since the last packet of sound (or the answer). A telephone may be quiet for
        good reasons; one that is dead behind a PBX that speaks for it is quiet as well."""
        ...

    def spare(self, patience_s: float) -> None:
        """Never take the peer for gone before so long without a sign of life, as somebody in
        need must not be. It cannot be taken back."""
        ...

    def subscribe(self, listener: CallListener) -> Callable[[], None]:
        """Deliver events to `listener` until the returned function is called."""
        ...

    async def answer(self) -> None:
        """200 OK. Returns when sent; `ESTABLISHED` comes as an event.

        Raises:
            CallNotActive: the caller is gone already.
        """
        ...

    async def reject(self, code: int) -> None:
        """Refuse an unanswered call with a 4xx to 6xx status. Already gone is no error."""
        ...

    async def hangup(self) -> None:
        """End the call in any state (BYE, CANCEL or 486). Already gone is no error."""
        ...

    async def wait_established(self) -> None:
        """Wait for the outcome of `dial`.

        Raises:
            DialFailed: busy, declined, no answer within the limit of `dial`, ...
        """
        ...

    async def wait_closed(self) -> None:
        """Wait until the call is closed; returns at once when it is."""
        ...

    def read(self) -> bytes:
        """All PCM received since the last read: signed 16-bit little-endian mono
        at `rate_hz`; empty when there is none. Never blocks, never raises."""
        ...

    def write(self, pcm: bytes) -> int:
        """Queue PCM of the same shape; returns the bytes taken (0 when closed)."""
        ...

    def flush(self) -> float:
        """Throw away what is queued and not yet sent; returns how much, in ms."""
        ...

    async def send_keys(self, keys: str) -> None:
        """Send keys to the peer by RFC 4733."""
        ...

    async def transfer(self, target: str) -> None:
        """Blind transfer (REFER, RFC 3515) to a SIP URI. Returns when the peer's new call
        was answered; this one then closes as `TRANSFERRED`.

        Raises:
            TransferRefused: the peer said no, or gave no answer in time. A success that
                is reported later still closes the call as `TRANSFERRED`.
            NotSupported: this stack has no REFER.
        """
        ...

    async def attended_transfer(self, other: Call) -> None:
        """Join this call's peer with the peer of `other` (REFER with Replaces, RFC 3891):
        it takes our place in that very call, so that nothing rings.

        `other` is an established call of the same endpoint. Returns when the peer has
        reported that the two are connected (RFC 5589 section 7). This call then closes
        as `TRANSFERRED`; `other` as `REMOTE`, by the BYE of the peer that replaced it,
        or as `TRANSFERRED`, by our own. Neither is put on hold meanwhile, and after any
        error both are as they were, sound included, unless their peers have hung up.

        Raises:
            TransferRefused: a peer never advertised Replaces, this call's peer said no,
                or no outcome came in time. A success that is reported later still
                closes the call as `TRANSFERRED`.
            CallNotActive: one of the calls is not up, or this one ended meanwhile.
            NotSupported: this stack has no REFER.
            ValueError: `other` is this call, or no call of this endpoint.
        """
        ...


class RegistrationState(StrEnum):
    """A trunk's registration, as the stack last reported it."""

    NOT_NEEDED = "not_needed"
    PENDING = "pending"
    REGISTERED = "registered"
    FAILED = "failed"


class Endpoint(Protocol):
    """A SIP user agent for all trunks of the configuration."""

    @property
    def calls(self) -> Mapping[str, Call]:
        """Live calls by id, both directions."""
        ...

    @property
    def registrations(self) -> Mapping[str, RegistrationState]:
        """Trunk name -> state."""
        ...

    @property
    def trunks(self) -> Mapping[str, TrunkReport]:
        """Trunk name -> whether it is there."""
        ...

    @property
    def refused_requests(self) -> int:
        """SIP requests that were not let in, since the program started."""
        ...

    @property
    def port_problems(self) -> Mapping[str, str]:
        """Transport -> what is wrong with its socket; empty when all answer."""
        ...

    @property
    def silent_for_s(self) -> float:
        """For how long a transport of ours has not answered; 0 when all do."""
        ...

    async def alive(self) -> None:
        """Return once whatever moves the SIP messages has shown that it works; never, when it
        hangs.

        Raises:
            EndpointError: it has ended.
        """
        ...

    def on_incoming(self, handler: Callable[[Call], None]) -> None:
        """Deliver each new call from a known source, in state INCOMING."""
        ...

    async def start(self) -> None:
        """Bind the sockets, ask them whether they answer, and start registering. May be
        called again after it failed, or after `close`.

        Raises:
            NoSocket: there is no network yet, or not the address that is to be listened on.
            EndpointError: the port is taken, a module is missing, ...
        """
        ...

    async def dial(
        self,
        target: str,
        *,
        trunk: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> Call:
        """Send an INVITE to a SIP URI, or to a number through `trunk` (default: the
        first); the call comes back in state OUTGOING and gives up after `timeout_s`.

        Raises:
            DialFailed: it could not even be sent, or `SipSettings.dialling` refuses it.
        """
        ...

    async def drain(self, timeout_s: float) -> None:
        """Refuse new calls and wait until the live ones end, at most `timeout_s`."""
        ...

    async def close(self) -> None:
        """End every call with a BYE and free the sockets. May be called twice."""
        ...
