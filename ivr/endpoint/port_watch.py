"""Whether the SIP port is really open, and the shield before it.

A stack starts without a word on a machine whose network is not up yet, and keeps sockets of
an address that has gone. So we ask ourselves: one OPTIONS on each transport, after the start
and every ten seconds.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

from call_logs.storage import Check, Checks, Loop
from ivr.endpoint.admission import Admission
from ivr.endpoint.gate import Gate
from ivr.endpoint.options import SipSilent, ask_options
from ivr.endpoint.own_sockets import TOLD, own_sockets
from ivr.endpoint.protocol import NoSocket
from ivr.endpoint.shield import Shield
from ivr.endpoint.sip_settings import SipSettings

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 10.0
SHIELD_EVERY_S = 1.0
START_TRIES = 3
START_PAUSE_S = 0.5
ASK_LIMIT_S = 3.0
#: Refused requests in a second from which on the kernel keeps strangers' packets away, and
#: for how long, before it is tried whether they still come.
FLOOD_PER_S = 500
FLOOD_S = 60.0
LOG_EVERY_S = 60.0
CHECK = "SIP port"


class PortWatch:
    """Looks after the SIP sockets of one endpoint."""

    def __init__(
        self, settings: SipSettings, admission: Admission, gate: Gate, checks: Checks
    ) -> None:
        self._settings = settings
        self._admission = admission
        self._gate = gate
        ports = {settings.listen_port}
        if "tls" in settings.transports:
            ports.add(settings.tls_port)
        self._ports = frozenset(ports)
        self._shield = Shield(self._ports)
        self._problems: Mapping[str, str] = {}
        self._silent_since: float | None = None
        self._refused = 0
        self._flood_until = 0.0
        self._guarded: object = None
        self._dropped = 0
        self._told_at = -LOG_EVERY_S
        self._next_look = 0.0
        self._checks = checks
        self._unregister: Callable[[], object] = lambda: None
        self._looking = Loop(
            "sip port",
            self._look_after,
            checks=checks,
            every_s=SHIELD_EVERY_S,
            first_s=SHIELD_EVERY_S,
            again_s=(SHIELD_EVERY_S, LOOK_EVERY_S),
        )

    @property
    def problems(self) -> Mapping[str, str]:
        """Transport -> what is wrong with it; empty when all answer."""
        return MappingProxyType(dict(self._problems))

    @property
    def silent_for_s(self) -> float:
        """For how long some transport has not answered; 0 when all do."""
        return time.monotonic() - self._silent_since if self._silent_since is not None else 0.0

    async def verify(self) -> None:
        """Make sure that every transport answers, then go on looking.

        Raises:
            NoSocket: one does not; its message says which.
        """
        self.shield()
        for attempt in range(START_TRIES):
            if attempt:
                await asyncio.sleep(START_PAUSE_S)
            await self.look()
            if not self._problems:
                break
        else:
            told = "; ".join(self._problems.values())
            raise NoSocket(f"the SIP port is not open: {told}")
        self._next_look = time.monotonic() + LOOK_EVERY_S
        self._unregister = self._checks.register(CHECK, self.check)
        self._looking.start()

    async def close(self) -> None:
        """Stop looking. May be called twice."""
        self._unregister()
        await self._looking.close()

    def check(self) -> Check:
        """What health says of the SIP port."""
        if self._problems:
            return Check(CHECK, False, "; ".join(self._problems.values()))
        return Check(CHECK, True, f"answers by {', '.join(self._settings.transports)}")

    async def look(self) -> None:
        """Ask ourselves on every transport."""
        problems = {}
        for transport in self._settings.transports:
            problem = await self._problem(transport)
            if problem:
                problems[transport] = problem
        if problems and self._silent_since is None:
            self._silent_since = time.monotonic()
            logger.error("the SIP port does not answer", extra={"transports": sorted(problems)})
        elif not problems and self._silent_since is not None:
            self._silent_since = None
            logger.warning("the SIP port answers again")
        self._problems = problems

    def shield(self) -> None:
        """Bring the filters up to date with the trunks' addresses."""
        now = time.monotonic()
        refused, self._refused = self._gate.refused - self._refused, self._gate.refused
        if refused >= FLOOD_PER_S:
            if now >= self._flood_until:
                logger.warning(
                    "a flood of requests from unknown addresses: their packets are kept out "
                    "for a minute",
                    extra={"refused_in_a_second": refused},
                )
            self._flood_until = now + FLOOD_S
        networks = self._admission.networks()
        wanted = (networks, now < self._flood_until)
        if wanted != self._guarded:
            self._shield.guard(networks, datagrams=wanted[1])
            self._guarded = wanted

    async def _look_after(self) -> None:
        self.shield()
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_EVERY_S
            await self.look()
            self._tell_dropped()

    def _tell_dropped(self) -> None:
        self._dropped += self._shield.dropped()
        now = time.monotonic()
        if self._dropped and now - self._told_at >= LOG_EVERY_S:
            logger.warning(
                "connections from unknown addresses were not taken: if a PBX reaches us by "
                "TCP or TLS no more, add its address to the trunk's allow list",
                extra={"packets": self._dropped},
            )
            self._dropped, self._told_at = 0, now

    async def _problem(self, transport: str) -> str:
        """What is wrong with a transport, "" when one of its sockets answers."""
        places = self._places(transport)
        if places is None:
            places = [self._configured(transport)]  # nobody tells us our sockets here
        problem = f"there is no {transport} socket: is the network up, `listen` its address?"
        for host, port in places:
            call_id = secrets.token_hex(16)
            self._gate.expect(call_id)
            try:
                await ask_options(host, port, transport, limit_s=ASK_LIMIT_S, call_id=call_id)
            except SipSilent as silent:
                problem = (
                    f"{host} port {port} by {transport}: {silent}; does a firewall of this machine "
                    "keep it from itself?"
                )
            else:
                return ""
        return problem

    def _places(self, transport: str) -> list[tuple[str, int]] | None:
        """Where this process listens for a transport; None when the system does not tell."""
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        port = self._settings.tls_port if transport == "tls" else self._settings.listen_port
        if not TOLD:
            return None
        with own_sockets({port}) as found:
            names = [each.getsockname() for each in found if each.type == kind]
        places = []
        for name in names:
            with suppress(ValueError):
                places.append((_reachable(str(name[0])), int(name[1])))
        return places

    def _configured(self, transport: str) -> tuple[str, int]:
        port = self._settings.tls_port if transport == "tls" else self._settings.listen_port
        return _reachable(self._settings.listen_host), port


def _reachable(host: str) -> str:
    """Where to ask a socket that is bound to `host`.

    Raises:
        ValueError: a link's own address says nothing without the link.
    """
    if host.startswith("fe80"):
        raise ValueError(host)
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
