"""Who may call: trunks by source address, and a calm log for everybody else."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import time
from collections.abc import Sequence
from ipaddress import ip_network

from call_logs.storage import Checks, Loop, Severity
from ivr.endpoint.sip_settings import Network, Trunk
from ivr.endpoint.uri import split_server

logger = logging.getLogger(__name__)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

RESOLVE_EVERY_S = 300.0
RESOLVE_LIMIT_S = 10.0
#: A trunk's address that DNS no longer names stays good this long, so that a
#: caller does not meet a closed door while a provider moves.
KEEP_RESOLVED_S = 3600.0
LOG_EVERY_S = 60.0
CALLED_KEPT = 256


def parse_address(text: str) -> Address | None:
    """An IP address from the wire; IPv4 mapped into IPv6 comes out as IPv4."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


class Admission:
    """Finds the trunk that a source address belongs to."""

    def __init__(self, trunks: Sequence[Trunk], checks: Checks | None = None) -> None:
        self._trunks = tuple(trunks)
        self._resolved: dict[str, dict[Address, float]] = {}  # trunk -> address -> seen at
        self._resolving = Loop(
            "trunk addresses",
            self.resolve,
            checks=checks or Checks(),
            every_s=RESOLVE_EVERY_S,
            first_s=RESOLVE_EVERY_S,
            severity=Severity.DEGRADED,  # what was found stays good for an hour
        )
        self._called: dict[Address, float] = {}  # where we called outside of the trunks

    async def start(self) -> None:
        """Resolve the servers once, then go on doing so in the background."""
        await self.resolve()
        names = [trunk for trunk in self._trunks if not trunk.allow and _needs_dns(trunk)]
        if names:
            self._resolving.start()

    async def close(self) -> None:
        """Stop resolving. May be called twice."""
        await self._resolving.close()

    def trunk_for(self, source: Address | None, called: str = "") -> Trunk | None:
        """The trunk that calls from `source` come by, or None for a stranger.

        When several trunks share the address, the one whose `username` was
        called wins, else the first of the configuration.
        """
        if source is None:
            return None
        known = [trunk for trunk in self._trunks if self._belongs(source, trunk)]
        return next((trunk for trunk in known if trunk.username == called), None) or (
            known[0] if known else None
        )

    def networks(self) -> tuple[Network, ...]:
        """Everybody whose packets may concern us: the trunks, and whom we called elsewhere."""
        networks: list[Network] = [network for trunk in self._trunks for network in trunk.allow]
        for addresses in (*self._resolved.values(), self._called):
            networks += [ip_network(str(address)) for address in addresses]
        return tuple(dict.fromkeys(networks))

    async def called(self, host: str) -> bool:
        """Remember that a call went to `host`, which may be no trunk's and will answer; True
        when that was news."""
        try:
            addresses = await _addresses(host, 0)
        except (OSError, TimeoutError, UnicodeError):
            return False  # the stack finds out and says so
        strangers = [each for each in addresses if self.trunk_for(each) is None]
        news = any(each not in self._called for each in strangers)
        self._called.update(dict.fromkeys(strangers, time.monotonic()))
        while len(self._called) > CALLED_KEPT:
            del self._called[next(iter(self._called))]
        return news

    async def resolve(self) -> None:
        """Look up the servers of all trunks that have no `allow` list."""
        await asyncio.gather(*(self._resolve(trunk) for trunk in self._trunks if not trunk.allow))

    def _belongs(self, source: Address, trunk: Trunk) -> bool:
        if trunk.allow:
            return any(_contains(network, source) for network in trunk.allow)
        return source in self._resolved.get(trunk.name, {})

    async def _resolve(self, trunk: Trunk) -> None:
        host, port = split_server(trunk.server)
        if not host:
            return
        try:
            found = await _addresses(host, port)
        except (OSError, TimeoutError, UnicodeError):  # the last: no name that DNS could hold
            logger.warning(
                "a trunk's server has no address: its calls are refused until DNS answers",
                extra={"trunk": trunk.name},
            )
            return
        now = time.monotonic()
        addresses = self._resolved.setdefault(trunk.name, {})
        addresses.update((address, now) for address in found)
        for address, seen_at in list(addresses.items()):
            if now - seen_at > KEEP_RESOLVED_S:
                del addresses[address]


async def _addresses(host: str, port: int) -> list[Address]:
    """Raises: OSError, TimeoutError: the name has none, or nobody says."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(RESOLVE_LIMIT_S):
        answers = await loop.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
    found = (parse_address(str(answer[4][0])) for answer in answers)
    return [address for address in found if address is not None]


class RefusalLog:
    """Tells of refused strangers at most once in LOG_EVERY_S, with a count."""

    def __init__(self) -> None:
        self._count = 0
        self._quiet_until = 0.0

    def refused(self, source: Address | None) -> None:
        """Count one refused INVITE from `source`."""
        self._count += 1
        now = time.monotonic()
        if now < self._quiet_until:
            return
        logger.warning(
            "calls from an unknown address refused: add it to the trunk's allow list "
            "if it is yours",
            extra={"source": str(source or "unknown"), "refused": self._count},
        )
        self._count = 0
        self._quiet_until = now + LOG_EVERY_S


def _contains(network: Network, address: Address) -> bool:
    return address.version == network.version and address in network


def _needs_dns(trunk: Trunk) -> bool:
    return parse_address(split_server(trunk.server)[0]) is None
