"""What every stack's endpoint has in common: trunks, who is let in, live calls, its life."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar, Generic, TypeVar

from call_logs.storage import Checks
from ivr.endpoint.admission import Admission
from ivr.endpoint.call_base import CallBase
from ivr.endpoint.gate import Gate
from ivr.endpoint.port_watch import PortWatch
from ivr.endpoint.protocol import (
    Call,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    RegistrationState,
)
from ivr.endpoint.registration import Registration
from ivr.endpoint.settings import check_port
from ivr.endpoint.sip_settings import SipSettings, Trunk
from ivr.endpoint.trunk_state import TrunkReport
from ivr.endpoint.trunk_watch import TrunkWatch
from ivr.endpoint.uri import dial_uri, host_of, is_uri
from ivr.tasks import Tasks

logger = logging.getLogger(__name__)

CLOSE_LIMIT_S = 3.0

FORBIDDEN = 403
BUSY = 486
UNAVAILABLE = 503

C = TypeVar("C", bound=CallBase)


class EndpointBase(ABC, Generic[C]):
    """All trunks on one SIP stack, but for what the stack does in its own way.

    A stack opens and closes itself, makes its calls (`_adopt` when one begins, `_forget` when
    it is over) and a `Registration` for each trunk.
    """

    stack: ClassVar[str]

    def __init__(self, settings: SipSettings, checks: Checks) -> None:
        self._settings = settings
        self._checks = checks
        self._trunks = {trunk.name: trunk for trunk in settings.trunks}
        self._admission = Admission(settings.trunks, checks)
        self._gate = Gate(
            self._admission,
            max_calls=settings.max_calls,
            knows=self._knows,
            room=lambda: settings.max_calls - self._inbound_calls(),
            abandon=self._abandon_soon,
        )
        self._port = PortWatch(settings, self._admission, self._gate, checks)
        self._watch = TrunkWatch(settings.trunks, checks, self._registration_report)
        self._registrations: dict[str, Registration] = {}  # by trunk
        self._calls: dict[str, C] = {}
        self._abandoned: set[str] = set()  # calls that are about to end
        self._handlers: list[Callable[[Call], None]] = []
        self._tasks = Tasks()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open = False
        self._draining = False

    @property
    def calls(self) -> Mapping[str, Call]:
        return self._calls

    @property
    def registrations(self) -> Mapping[str, RegistrationState]:
        return {name: kept.state for name, kept in self._registrations.items()}

    @property
    def trunks(self) -> Mapping[str, TrunkReport]:
        return self._watch.reports

    @property
    def refused_requests(self) -> int:
        return self._gate.refused

    @property
    def port_problems(self) -> Mapping[str, str]:
        return self._port.problems

    @property
    def silent_for_s(self) -> float:
        return self._port.silent_for_s

    def on_incoming(self, handler: Callable[[Call], None]) -> None:
        self._handlers.append(handler)

    async def start(self) -> None:
        self._check()
        check_port(self._settings)
        self._loop = asyncio.get_running_loop()
        self._draining = False
        self._gate.open()
        await self._admission.start()
        try:
            await self._open_stack()
            self._open = True
            await self._port.verify()
        except BaseException:
            await self.close()
            raise
        for registration in self._registrations.values():
            registration.start()
        self._watch.start()
        logger.info(
            "SIP endpoint started",
            extra={"stack": self.stack, "port": self._settings.listen_port},
        )

    async def dial(
        self,
        target: str,
        *,
        trunk: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 30.0,
    ) -> Call:
        chosen = self._choose_trunk(trunk)
        try:
            uri = dial_uri(target, chosen.server, chosen.transport, self._settings.dialling)
        except ValueError as error:
            raise DialFailed(f"the call was not sent: {error}", CloseReason.FAILED) from error
        call = await self._send_call(chosen, uri, headers or {}, timeout_s)
        if is_uri(target):
            self._tasks.start(self._called(uri))
        return call

    async def drain(self, timeout_s: float) -> None:
        self._refuse_new_calls()
        waits = [call.wait_closed() for call in tuple(self._calls.values())]
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*waits)
        except TimeoutError:
            logger.warning(
                "calls were still up when draining ended", extra={"calls": len(self._calls)}
            )

    async def close(self) -> None:
        self._open = False
        self._refuse_new_calls()
        await self._watch.close()
        await self._port.close()
        await self._admission.close()
        await self._hang_up_all()
        for registration in self._registrations.values():
            await registration.close()
        await self._close_stack()

    @abstractmethod
    def _check(self) -> None:
        """Raises:
        EndpointError: the stack cannot do what the settings ask for.
        """

    @abstractmethod
    async def _open_stack(self) -> None:
        """Bind the sockets and make a `Registration` for each trunk, to be started later.

        Raises:
            EndpointError: the stack did not start.
        """

    @abstractmethod
    async def _close_stack(self) -> None:
        """Free everything. Also told after a start that failed, and twice."""

    @abstractmethod
    async def _send_call(
        self, trunk: Trunk, uri: str, headers: Mapping[str, str], timeout_s: float
    ) -> C:
        """Send the INVITE of a call to `uri` that gives up after `timeout_s`.

        Raises:
            DialFailed: it could not be sent.
        """

    @abstractmethod
    def _knows(self, sip_call_id: str) -> bool:
        """Whether a call of this Call-ID lives; asked on whichever thread reads the wire."""

    @abstractmethod
    def _live_calls(self) -> Iterable[C]:
        """Every call that lives, also one that is being refused."""

    async def _called(self, uri: str) -> None:
        """A peer that is no trunk's may come back from an address of its own."""
        if await self._admission.called(host_of(uri)):
            self._port.shield()

    def _choose_trunk(self, name: str | None) -> Trunk:
        if not self._open:
            raise DialFailed("the endpoint is not started", CloseReason.FAILED)
        if name is None:
            first = next(iter(self._settings.trunks), None)
            if first is None:
                raise DialFailed("no trunk is configured to dial through", CloseReason.FAILED)
            return first
        try:
            return self._trunks[name]
        except KeyError:
            raise DialFailed(f"there is no trunk {name!r}", CloseReason.FAILED) from None

    def _registration_report(self, name: str) -> TrunkReport | None:
        kept = self._registrations.get(name)
        return kept.report if kept is not None else None

    def _refusal(self, trunk: Trunk | None) -> int | None:
        """The status to refuse a new call by `trunk` with, or None to take it."""
        if trunk is None:
            return FORBIDDEN
        if self._draining:
            return UNAVAILABLE  # another node may take it, which 486 would forbid
        if self._inbound_calls() >= self._settings.max_calls:
            return BUSY
        return None

    def _announce(self, call: C) -> None:
        """Deliver a new call to whoever takes them."""
        for handler in self._handlers:
            try:
                handler(call)
            except Exception:
                logger.exception("an incoming call's handler failed", extra={"call_id": call.id})

    def _abandon_soon(self, sip_call_id: str) -> None:
        """Any thread: somebody else waits for the place of this call."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._abandon, sip_call_id)

    def _abandon(self, sip_call_id: str) -> None:
        """End a call whose caller has not acknowledged our answer."""
        for call in tuple(self._calls.values()):
            if call.sip_call_id == sip_call_id and call.state is CallState.INCOMING:
                self._abandoned.add(call.id)
                call.abandon()
                return

    def _inbound_calls(self) -> int:
        calls = tuple(self._calls.values())  # asked on the SIP thread too
        inbound = sum(call.direction is Direction.INBOUND for call in calls)
        return inbound - len(self._abandoned)

    def _adopt(self, call: C, *, listed: bool = True) -> None:
        """A call begins; one that is refused at once is not `listed`."""
        if listed:
            self._calls[call.id] = call

    def _forget(self, call: C) -> None:
        """A call is over. May be told twice."""
        self._calls.pop(call.id, None)
        self._abandoned.discard(call.id)
        self._gate.settled(call.sip_call_id)

    def _refuse_new_calls(self) -> None:
        self._draining = True
        self._gate.drain()

    async def _hang_up_all(self) -> None:
        live = tuple(self._live_calls())
        await asyncio.gather(*(call.hangup() for call in live), return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await asyncio.gather(*(call.wait_closed() for call in live))
        except TimeoutError:
            logger.warning("some calls did not end in time", extra={"calls": len(self._calls)})
