"""Whether the trunks' servers are there: told by registrations, or asked with OPTIONS."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence

from call_logs.storage import Check, Checks, Loop, Severity
from ivr.endpoint.options import SipSilent, ask_options
from ivr.endpoint.sip_settings import Trunk
from ivr.endpoint.trunk_state import (
    ASKING,
    UNASKED,
    TrunkReport,
    TrunkState,
    check_all,
    check_of,
    silent,
)
from ivr.endpoint.trust import context_of
from ivr.endpoint.uri import split_server

logger = logging.getLogger(__name__)

ASK_EVERY_S = 30.0
#: Silent rounds until a server that was there counts as away: packets are lost now and then.
SILENT_ROUNDS = 2


class TrunkWatch:
    """Knows of every trunk whether it is there."""

    def __init__(
        self,
        trunks: Sequence[Trunk],
        checks: Checks,
        registered: Callable[[str], TrunkReport | None],
    ) -> None:
        """`registered`: what a trunk's registration says of it; None when it has none yet."""
        self._trunks = tuple(trunks)
        self._checks = checks
        self._registered = registered
        self._asked: dict[str, TrunkReport] = {}
        self._silent: dict[str, int] = {}  # rounds in a row
        self._unregister: list[Callable[[], object]] = []
        self._asking = Loop(
            "trunk questions",
            self.ask,
            checks=checks,
            every_s=ASK_EVERY_S,
            severity=Severity.DEGRADED,
        )

    @property
    def reports(self) -> Mapping[str, TrunkReport]:
        """What is known of each trunk."""
        return {trunk.name: self._report(trunk) for trunk in self._trunks}

    def start(self) -> None:
        """Ask from now on."""
        self._asking.start()
        for trunk in self._trunks:
            look = self._look_at(trunk)
            self._unregister.append(self._checks.register(f"trunk {trunk.name}", look))
        if self._trunks:
            self._unregister.append(
                self._checks.register("trunks", lambda: check_all(self.reports))
            )

    async def close(self) -> None:
        """Stop asking. May be called twice."""
        while self._unregister:
            self._unregister.pop()()
        await self._asking.close()

    async def ask(self) -> None:
        """One round of questions."""
        await asyncio.gather(*(self._ask(each) for each in self._trunks if _is_asked(each)))

    def _look_at(self, trunk: Trunk) -> Callable[[], Check]:
        return lambda: check_of(trunk.name, self._report(trunk))

    def _report(self, trunk: Trunk) -> TrunkReport:
        if trunk.register:
            return self._registered(trunk.name) or ASKING
        if not _is_asked(trunk):
            return UNASKED
        return self._asked.get(trunk.name, ASKING)

    async def _ask(self, trunk: Trunk) -> None:
        host, port = split_server(trunk.server, tls=trunk.transport == "tls")
        before = self._asked.get(trunk.name, ASKING)
        try:
            trust = context_of(trunk) if trunk.transport == "tls" else None
            status = await ask_options(host, port, trunk.transport, trust=trust)
        except SipSilent as error:
            rounds = self._silent[trunk.name] = self._silent.get(trunk.name, 0) + 1
            if before.state is TrunkState.REACHABLE and rounds < SILENT_ROUNDS:
                return
            self._asked[trunk.name] = silent(str(error))
            if not before.away:
                logger.warning(
                    "a trunk does not answer",
                    extra={"trunk": trunk.name, "why": error.why, "reason": str(error)},
                )
            return
        self._silent[trunk.name] = 0
        self._asked[trunk.name] = TrunkReport(TrunkState.REACHABLE, f"answers ({status})")
        if before.away:
            logger.info("a trunk answers again", extra={"trunk": trunk.name})


def _is_asked(trunk: Trunk) -> bool:
    return bool(trunk.server) and trunk.options and not trunk.register
