"""The SIP endpoint on baresip (C stack through baresip-python)."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from baresip import (
    BaresipError,
    NoLocalAddressError,
    Runtime,
    StackEvent,
    UserAgent,
)
from baresip import Call as StackCall

from call_logs.storage import Checks
from ivr.endpoint.baresip.account import BaresipRegistration, account_of
from ivr.endpoint.baresip.call import BaresipCall, Switch
from ivr.endpoint.baresip.config import fallbacks, in_matching_order, stack_config
from ivr.endpoint.baresip.events import StackEvents
from ivr.endpoint.baresip.log import StackStderr, relay_stack_log
from ivr.endpoint.baresip.messages import StackMessages
from ivr.endpoint.baresip.native import NativeStack
from ivr.endpoint.endpoint_base import EndpointBase
from ivr.endpoint.identity import identify
from ivr.endpoint.protocol import (
    Call,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    EndpointError,
    RegistrationState,
)
from ivr.endpoint.resolver import Resolver
from ivr.endpoint.settings import check_baresip
from ivr.endpoint.sip_settings import SipSettings, Trunk
from ivr.endpoint.trust import rules_of
from ivr.endpoint.uri import user_of

logger = logging.getLogger(__name__)

NOT_ACCEPTABLE = 488


class BaresipEndpoint(EndpointBase[BaresipCall]):
    """All trunks on one baresip runtime.

    The stack's state is one per process: a second endpoint can start only after
    the first one closed.
    """

    stack = "baresip"

    def __init__(self, settings: SipSettings, checks: Checks) -> None:
        super().__init__(settings, checks)
        self._native = NativeStack()
        self._runtime: Runtime | None = None
        self._stderr = StackStderr()
        self._resolver = Resolver()
        self._events = StackEvents()
        self._messages = StackMessages(self._native.on_sip_thread, self._on_info_key)
        self._switch = Switch(
            self._native, self._messages, self._gate.answered, float(settings.rtp_timeout_s)
        )
        self._agents: dict[str, UserAgent] = {}  # by trunk
        self._registered: dict[int, BaresipRegistration] = {}  # by the handle of its agent
        self._by_handle: dict[int, BaresipCall] = {}
        self._dialling = 0
        self._unclaimed: dict[int, list[StackEvent]] = {}
        self._dead = False

    @property
    def silent_for_s(self) -> float:
        return math.inf if self._dead else super().silent_for_s

    async def alive(self) -> None:
        await self._native.alive()

    def _check(self) -> None:
        check_baresip(self._settings)

    async def _open_stack(self) -> None:
        relay_stack_log()
        self._stderr.open()
        runtime = self._native.runtime()
        self._native.watch()
        try:
            await self._resolver.open()
            await runtime.start(stack_config(self._settings, self._resolver.address))
            self._runtime = runtime
            await self._messages.open()
            self._events.open()
            runtime.on_dead = self._on_stack_death
            runtime.subscribe(self._on_event)
            await self._native.open_gate(self._gate.judge)
            await self._native.open_tls(rules_of(self._settings.trunks))
            for trunk in in_matching_order(self._settings):
                await self._add_trunk(runtime, trunk)
            for trunk in fallbacks(self._settings):
                await self._add_agent(runtime, trunk)
        except (BaresipError, OSError) as error:
            raise EndpointError(f"the SIP endpoint could not start: {error}") from error

    async def _close_stack(self) -> None:
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
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

    async def _send_call(
        self, trunk: Trunk, uri: str, headers: Mapping[str, str], timeout_s: float
    ) -> BaresipCall:
        try:
            with self._claiming():
                stack_call = await self._agents[trunk.name].dial(uri, dict(headers))
                call = BaresipCall(
                    stack_call,
                    self._switch,
                    direction=Direction.OUTBOUND,
                    trunk=trunk.name,
                    caller=trunk.username,
                    callee=user_of(uri),
                    dtmf=trunk.dtmf,
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
        return call

    def _knows(self, sip_call_id: str) -> bool:
        return self._native.has_call(sip_call_id)

    def _live_calls(self) -> Iterable[BaresipCall]:
        return self._by_handle.values()

    async def _add_agent(self, runtime: Runtime, trunk: Trunk) -> UserAgent:
        agent = await UserAgent.create(
            runtime, account_of(trunk, self._settings), transfer_policy="reject"
        )
        agent.on_incoming(partial(self._on_stack_call, trunk))
        return agent

    async def _add_trunk(self, runtime: Runtime, trunk: Trunk) -> None:
        agent = await self._add_agent(runtime, trunk)
        self._agents[trunk.name] = agent
        registration = BaresipRegistration(
            trunk, agent, self._checks, stop_retrying=self._stop_retrying
        )
        self._registered[agent.handle] = self._registrations[trunk.name] = registration

    async def _stop_retrying(self, trunk: Trunk) -> None:
        try:
            await self._native.stop_registering(trunk.username, trunk.server)
        except EndpointError:
            logger.debug("the stack was not there to be stopped", extra={"trunk": trunk.name})

    def _on_event(self, event: StackEvent) -> None:
        """Every event of the stack, on the event loop."""
        if not event.call:
            registration = self._registered.get(event.ua)
            if registration is not None:
                registration.handle_event(event)
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
        refusal = self._refusal(trunk) or _srtp_refusal(call, trunk, account)
        self._adopt(call, listed=refusal is None)
        if refusal is not None:
            self._tasks.start(self._refuse(call, refusal))
        else:
            self._announce(call)

    def _exposed(self, stack_call: StackCall) -> dict[str, str]:
        """The headers that the program asked for, without the one that only we need."""
        asked = {name.lower() for name in self._settings.expose_headers}
        return {name: value for name, value in stack_call.headers.items() if name.lower() in asked}

    @staticmethod
    async def _refuse(call: Call, code: int) -> None:
        try:
            await call.reject(code)
        except EndpointError:
            logger.warning("a call could not be refused", extra={"call_id": call.id}, exc_info=True)

    def _adopt(self, call: BaresipCall, *, listed: bool = True) -> None:
        self._by_handle[call.handle] = call
        super()._adopt(call, listed=listed)

    def _forget(self, call: BaresipCall) -> None:
        self._by_handle.pop(call.handle, None)
        super()._forget(call)

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


def _srtp_refusal(call: Call, trunk: Trunk | None, account: Trunk) -> int | None:
    """The stack chose the account by the called name, before anybody asked where the call comes
    from: its SRTP rule may be another trunk's."""
    if trunk is None or trunk.srtp != "required" or account.srtp == "required":
        return None
    logger.warning(
        "a call without SRTP refused: its trunk shares name and transport with one "
        "that has no SRTP; give it a transport or username of its own",
        extra={"trunk": trunk.name, "call_id": call.id},
    )
    return NOT_ACCEPTABLE
