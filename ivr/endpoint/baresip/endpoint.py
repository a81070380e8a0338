"""The SIP endpoint on baresip (C stack through baresip-python)."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from baresip import (
    BaresipError,
    Config,
    NoLocalAddressError,
    Runtime,
    StackEvent,
    UserAgent,
)
from baresip import Call as StackCall

from call_logs.storage import Checks
from ivr.endpoint.admission import Admission
from ivr.endpoint.baresip.account import Registration, account_of
from ivr.endpoint.baresip.call import SUPPORTED, BaresipCall, Switch
from ivr.endpoint.baresip.events import StackEvents
from ivr.endpoint.baresip.log import StackStderr, relay_stack_log
from ivr.endpoint.baresip.messages import StackMessages
from ivr.endpoint.baresip.native import NativeStack
from ivr.endpoint.gate import Gate
from ivr.endpoint.identity import IDENTITY_HEADERS, identify
from ivr.endpoint.port_watch import PortWatch
from ivr.endpoint.protocol import (
    Call,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    EndpointError,
    RegistrationState,
    SipSettings,
    Trunk,
)
from ivr.endpoint.resolver import Resolver
from ivr.endpoint.settings import check_baresip, check_port
from ivr.endpoint.trunk_state import TrunkReport
from ivr.endpoint.trunk_watch import TrunkWatch
from ivr.endpoint.trust import rules_of, system_file
from ivr.endpoint.uri import dial_uri, host_of, is_uri, user_of

logger = logging.getLogger(__name__)

#: The stack cannot hold more calls in one process than this; `max_calls` limits
#: the incoming ones below it, so that a full house can still ring the people on call.
STACK_CALLS = 250
#: Received audio is delayed by at least the first and at most the second, in ms.
JITTER_BUFFER_MS = (20, 100)
CLOSE_LIMIT_S = 3.0

BUSY = 486
FORBIDDEN = 403
NOT_ACCEPTABLE = 488
UNAVAILABLE = 503


class BaresipEndpoint:
    """All trunks on one baresip runtime.

    The stack's state is one per process: a second endpoint can start only after
    the first one closed.
    """

    def __init__(self, settings: SipSettings, checks: Checks) -> None:
        self._settings = settings
        self._checks = checks
        self._trunks = {trunk.name: trunk for trunk in settings.trunks}
        self._runtime: Runtime | None = None
        self._native = NativeStack()
        self._stderr = StackStderr()
        self._resolver = Resolver()
        self._admission = Admission(settings.trunks, checks)
        self._gate = Gate(
            self._admission,
            max_calls=settings.max_calls,
            knows=self._native.has_call,
            room=lambda: settings.max_calls - self._inbound_calls(),
            abandon=self._abandon_soon,
        )
        self._port = PortWatch(settings, self._admission, self._gate, checks or Checks())
        self._events = StackEvents()
        self._messages = StackMessages(self._native.on_sip_thread, self._on_info_key)
        self._switch = Switch(
            self._native, self._messages, self._gate.answered, float(settings.rtp_timeout_s)
        )
        self._watch = TrunkWatch(settings.trunks, checks or Checks(), self._registration_report)
        self._agents: dict[str, UserAgent] = {}  # by trunk
        self._registrations: dict[str, Registration] = {}  # by trunk
        self._trunk_of_agent: dict[int, str] = {}
        self._calls: dict[str, Call] = {}
        self._abandoned: set[str] = set()  # calls that are about to end
        self._loop: asyncio.AbstractEventLoop | None = None
        self._by_handle: dict[int, BaresipCall] = {}
        self._dialling = 0
        self._unclaimed: dict[int, list[StackEvent]] = {}
        self._handlers: list[Callable[[Call], None]] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._draining = False
        self._dead = False

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
        return math.inf if self._dead else self._port.silent_for_s

    async def alive(self) -> None:
        await self._native.alive()

    def on_incoming(self, handler: Callable[[Call], None]) -> None:
        self._handlers.append(handler)

    async def start(self) -> None:
        check_baresip(self._settings)
        check_port(self._settings)
        relay_stack_log()
        self._stderr.open()
        self._loop = asyncio.get_running_loop()
        self._draining = False
        self._gate.open()
        await self._admission.start()
        runtime = self._native.runtime()
        self._native.watch()
        try:
            await self._resolver.open()
            await runtime.start(_config(self._settings, self._resolver.address))
            self._runtime = runtime
            await self._messages.open()
            self._events.open()
            runtime.on_dead = self._on_stack_death
            runtime.subscribe(self._on_event)
            await self._native.open_gate(self._gate.judge)
            await self._native.open_tls(rules_of(self._settings.trunks))
            for trunk in _in_matching_order(self._settings):
                await self._add_trunk(runtime, trunk)
            for trunk in _fallbacks(self._settings):
                await self._add_agent(runtime, trunk)
            await self._port.verify()
        except (BaresipError, OSError) as error:
            await self.close()
            raise EndpointError(f"the SIP endpoint could not start: {error}") from error
        except BaseException:
            await self.close()
            raise
        for registration in self._registrations.values():
            registration.start()
        self._watch.start()
        logger.info(
            "SIP endpoint started",
            extra={"stack": "baresip", "port": self._settings.listen_port},
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
            with self._claiming():
                stack_call = await self._agents[chosen.name].dial(uri, dict(headers or {}))
                call = BaresipCall(
                    stack_call,
                    self._switch,
                    direction=Direction.OUTBOUND,
                    trunk=chosen.name,
                    caller=chosen.username,
                    callee=user_of(uri),
                    dtmf=chosen.dtmf,
                )
                self._adopt(call)
                self._replay(stack_call, call)
        except NoLocalAddressError as error:
            raise DialFailed(
                "no network of this machine reaches the target: check `listen`",
                CloseReason.UNREACHABLE,
            ) from error
        except (BaresipError, ValueError) as error:
            raise DialFailed(f"the call was not sent: {error}", CloseReason.FAILED) from error
        call.limit(timeout_s)
        if is_uri(target):
            self._run(self._called(uri))
        return call

    async def _called(self, uri: str) -> None:
        """A peer that is no trunk's may come back by a connection of its own."""
        if await self._admission.called(host_of(uri)):
            self._port.shield()

    async def drain(self, timeout_s: float) -> None:
        self._draining = True
        self._gate.drain()
        waits = [call.wait_closed() for call in tuple(self._calls.values())]
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*waits)
        except TimeoutError:
            logger.warning(
                "calls were still up when draining ended", extra={"calls": len(self._calls)}
            )

    async def close(self) -> None:
        runtime, self._runtime = self._runtime, None
        await self._watch.close()
        await self._port.close()
        await self._admission.close()
        if runtime is not None:
            self._draining = True
            self._gate.drain()
            await self._hang_up_all()
            for registration in self._registrations.values():
                await registration.close()
            runtime.unsubscribe(self._on_event)
            await self._messages.close()
            self._events.close()
            try:
                await runtime.close()
            except BaresipError:
                logger.exception("the SIP stack did not stop; a new process is needed")
        self._native.unwatch()
        await self._resolver.close()
        self._stderr.close()

    def _choose_trunk(self, name: str | None) -> Trunk:
        if self._runtime is None:
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

    async def _add_agent(self, runtime: Runtime, trunk: Trunk) -> UserAgent:
        agent = await UserAgent.create(
            runtime, account_of(trunk, self._settings), transfer_policy="reject"
        )
        agent.on_incoming(partial(self._on_stack_call, trunk))
        return agent

    async def _add_trunk(self, runtime: Runtime, trunk: Trunk) -> None:
        agent = await self._add_agent(runtime, trunk)
        self._agents[trunk.name] = agent
        self._trunk_of_agent[agent.handle] = trunk.name
        self._registrations[trunk.name] = Registration(
            trunk, agent, self._checks, stop_retrying=self._stop_retrying
        )

    def _registration_report(self, name: str) -> TrunkReport | None:
        kept = self._registrations.get(name)
        return kept.report if kept is not None else None

    async def _stop_retrying(self, trunk: Trunk) -> None:
        try:
            await self._native.stop_registering(trunk.username, trunk.server)
        except EndpointError:
            logger.debug("the stack was not there to be stopped", extra={"trunk": trunk.name})

    def _on_event(self, event: StackEvent) -> None:
        """Every event of the stack, on the event loop."""
        if not event.call:
            name = self._trunk_of_agent.get(event.ua)
            if name is not None and name in self._registrations:
                self._registrations[name].handle_event(event)
            return
        call = self._by_handle.get(event.call)
        if call is not None:
            call.handle_event(event)
            if call.state is CallState.ESTABLISHED:
                self._gate.settled(call.sip_call_id)
            if call.state is CallState.CLOSED:
                self._forget(call)
        elif self._dialling:
            self._unclaimed.setdefault(event.call, []).append(event)

    def _on_info_key(self, sip_call_id: str, key: str) -> None:
        for call in self._by_handle.values():
            if call.sip_call_id == sip_call_id:
                call.press_by_info(key)

    def _on_stack_death(self) -> None:
        """The SIP thread is gone: no event will ever close the calls."""
        self._dead = True
        logger.critical("the SIP stack died: start the program again")
        for call in tuple(self._by_handle.values()):
            call.lost()
            self._forget(call)
        for registration in self._registrations.values():
            registration.state = RegistrationState.FAILED

    def _on_stack_call(self, account: Trunk, stack_call: StackCall) -> None:
        """A new INVITE: know its trunk, or refuse it."""
        arrival = self._native.arrival(stack_call.call_id or "")
        source = arrival.source if arrival is not None else None
        called = user_of(arrival.called) if arrival is not None else ""
        trunk = self._admission.trunk_for(source, called)
        verified = trunk is not None and trunk.verified
        headers = {name.lower(): value for name, value in stack_call.headers.items()}
        identity = identify(
            stack_call.peer or "", lambda name: headers.get(name.lower(), ""), verified=verified
        )
        call = BaresipCall(
            stack_call,
            self._switch,
            direction=Direction.INBOUND,
            trunk=trunk.name if trunk is not None else "",
            caller=identity.caller,
            callee=called,
            dtmf=trunk.dtmf if trunk is not None else "auto",
            verified=verified,
            withheld=identity.withheld,
            diverted_from=identity.diverted_from,
            headers=self._exposed(stack_call) if verified else {},
        )
        refusal = self._refusal(call, trunk, account)
        self._adopt(call, listed=refusal is None)
        if refusal is not None:
            self._run(self._refuse(call, refusal))
            return
        for handler in self._handlers:
            try:
                handler(call)
            except Exception:
                logger.exception("an incoming call's handler failed", extra={"call_id": call.id})

    def _exposed(self, stack_call: StackCall) -> dict[str, str]:
        """The headers that the program asked for, without the one that only we need."""
        asked = {name.lower() for name in self._settings.expose_headers}
        return {name: value for name, value in stack_call.headers.items() if name.lower() in asked}

    def _refusal(self, call: Call, trunk: Trunk | None, account: Trunk) -> int | None:
        """The status to refuse a new call with, or None to take it."""
        if trunk is None:
            return FORBIDDEN
        if self._draining:
            return UNAVAILABLE  # another node may take it, which 486 would forbid
        if self._inbound_calls() >= self._settings.max_calls:
            return BUSY
        # The stack chose the account by the called name, before anybody asked
        # where the call comes from: its SRTP rule may be another trunk's.
        if trunk.srtp == "required" and account.srtp != "required":
            logger.warning(
                "a call without SRTP refused: its trunk shares name and transport with one "
                "that has no SRTP; give it a transport or username of its own",
                extra={"trunk": trunk.name, "call_id": call.id},
            )
            return NOT_ACCEPTABLE
        return None

    @staticmethod
    async def _refuse(call: Call, code: int) -> None:
        try:
            await call.reject(code)
        except EndpointError:
            logger.warning("a call could not be refused", extra={"call_id": call.id}, exc_info=True)

    def _abandon_soon(self, sip_call_id: str) -> None:
        """SIP thread: somebody else waits for the place of this call."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._abandon, sip_call_id)

    def _abandon(self, sip_call_id: str) -> None:
        """End a call whose caller has not acknowledged our answer."""
        for call in self._calls.values():
            if call.sip_call_id == sip_call_id and call.state is CallState.INCOMING:
                self._abandoned.add(call.id)
                self._run(self._end(call))
                return

    @staticmethod
    async def _end(call: Call) -> None:
        try:
            await call.hangup()
        except EndpointError:
            logger.warning("a call could not be ended", extra={"call_id": call.id}, exc_info=True)

    def _inbound_calls(self) -> int:
        calls = tuple(self._calls.values())  # asked on the SIP thread too
        inbound = sum(call.direction is Direction.INBOUND for call in calls)
        return inbound - len(self._abandoned)

    def _adopt(self, call: BaresipCall, *, listed: bool = True) -> None:
        self._by_handle[call.handle] = call
        if listed:
            self._calls[call.id] = call

    def _forget(self, call: BaresipCall) -> None:
        self._by_handle.pop(call.handle, None)
        self._calls.pop(call.id, None)
        self._abandoned.discard(call.id)
        self._gate.settled(call.sip_call_id)

    @contextmanager
    def _claiming(self) -> Iterator[None]:
        """Keep events of calls that are not known yet.

        A fast peer's answer arrives before the stack has told us the handle of
        the call it belongs to.
        """
        self._dialling += 1
        try:
            yield
        finally:
            self._dialling -= 1
            if not self._dialling:
                self._unclaimed.clear()

    def _replay(self, stack_call: StackCall, call: BaresipCall) -> None:
        """Give both calls what came before they existed.

        The library's own call needs it too: it would never learn that it closed
        and would stay subscribed for ever.
        """
        for event in self._unclaimed.pop(call.handle, []):
            stack_call._on_stack_event(event)
            call.handle_event(event)
        if call.state is CallState.CLOSED:
            self._forget(call)

    def _run(self, coroutine: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _hang_up_all(self) -> None:
        live = tuple(self._by_handle.values())
        await asyncio.gather(*(call.hangup() for call in live), return_exceptions=True)
        try:
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await asyncio.gather(*(call.wait_closed() for call in live))
        except TimeoutError:
            logger.warning("some calls did not end in time", extra={"calls": len(self._calls)})


def _in_matching_order(settings: SipSettings) -> list[Trunk]:
    """Trunks in the order the stack should try them for an incoming call.

    It matches the called name first; a registered account would win that with
    calls of another trunk, while its own calls come to its unique contact.
    """
    return sorted(settings.trunks, key=lambda trunk: trunk.register)


def _fallbacks(settings: SipSettings) -> list[Trunk]:
    """Accounts for calls that no trunk's account would take.

    The stack gives a call to an account of its transport, and to a registered one
    only under its own name: a provider that calls our number, or a trunk that comes
    by another transport than it is called by, would get 404.
    """
    covered = {trunk.transport for trunk in settings.trunks if not trunk.register}
    return [
        Trunk(name="", server=settings.listen_host, transport=transport)
        for transport in settings.transports
        if transport not in covered
    ]


def _config(settings: SipSettings, name_server: str) -> Config:
    host = settings.listen_host
    pinned = None if host in {"0.0.0.0", "::"} else host
    shown = f"[{host}]" if ":" in host else host
    lines = [
        f"sip_listen {shown}:{settings.listen_port}",
        f"sip_transports {','.join(settings.transports)}",
        f"dns_server {name_server}",
        f"rtp_ports {settings.rtp_ports[0]}-{settings.rtp_ports[1]}",
        "audio_jitter_buffer_ms {}-{}".format(*JITTER_BUFFER_MS),
        "call_hold_other_calls no",
        "opus_samplerate 16000",
        "opus_stereo no",
        "opus_sprop_stereo no",
    ]
    if "tls" in settings.transports:
        lines.append("sip_verify_server yes")
        if authorities := system_file():
            lines.append(f"sip_cafile {authorities}")
    if settings.tls_certificate:
        lines.append(f"sip_certificate {settings.tls_certificate}")
    return Config(
        net_interface=pinned,
        expose_headers=tuple(
            dict.fromkeys((*settings.expose_headers, *IDENTITY_HEADERS, SUPPORTED))
        ),
        max_concurrent_calls=STACK_CALLS,
        rtp_timeout=0,  # `Liveness` asks before it gives a peer up
        native_log_level="warning",
        extra_config_text="\n".join(lines),
    )
