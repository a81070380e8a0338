"""The care for one trunk's registration, on whichever stack (RFC 3261 section 10)."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod

from call_logs.storage import Checks, Loop, Severity
from ivr.endpoint.protocol import RegistrationState
from ivr.endpoint.sip_settings import Trunk
from ivr.endpoint.trunk_state import (
    ASKING,
    REFUSALS,
    REGISTERED,
    RETRY_S,
    TrunkReport,
    pause_s,
    refused,
    silent,
)

logger = logging.getLogger(__name__)

#: How long a registrar that lost its memory goes without us, at most.
REGISTER_EVERY_S = 120
REGISTER_LIMIT_S = 10.0
LEAVE_LIMIT_S = 2.0


class Registration(ABC):
    """Keeps one trunk registered for as long as the endpoint lives.

    A stack says how: `_register`, `_hold`, `_refused` and `_leave`.
    """

    #: How long one run may take before health tells of it; None where `_hold` waits.
    hangs_after_s: float | None = None

    def __init__(self, trunk: Trunk, checks: Checks) -> None:
        self._trunk = trunk
        self._refusals = 0  # in a row
        self._code: int | None = None  # of the last failure; None when nobody answered
        self._keeping = Loop(
            f"registration of {trunk.name}",
            self._keep,
            checks=checks,
            every_s=self._pause_s,
            again_s=(RETRY_S, RETRY_S),
            severity=Severity.DEGRADED,  # of one trunk
            hangs_after_s=self.hangs_after_s,
        )
        self.state = RegistrationState.PENDING if trunk.register else RegistrationState.NOT_NEEDED

    @property
    def report(self) -> TrunkReport:
        """What is known of the trunk by its registration."""
        match self.state:
            case RegistrationState.REGISTERED:
                return REGISTERED
            case RegistrationState.FAILED if self._code is not None:
                return refused(self._code)
            case RegistrationState.FAILED:
                return silent("no answer to our registration")
        return ASKING

    def start(self) -> None:
        """Begin to register, if the trunk wants it; returns at once."""
        if self._trunk.register:
            self._keeping.start()

    async def close(self) -> None:
        """Stop, and take the registration back when there is one. May be called twice."""
        if not self._keeping.running:
            return
        await self._keeping.close()
        if self.state is RegistrationState.REGISTERED and not await self._leave():
            logger.info("a trunk did not confirm that we leave", extra=self._fields())

    @abstractmethod
    async def _register(self) -> int | None:
        """Register once; the final status, 200 when it was taken, None without an answer."""

    @abstractmethod
    async def _hold(self) -> int | None:
        """Wait until the registration is lost, then as `_register`; 200 where it is due to be
        renewed by us."""

    @abstractmethod
    async def _refused(self) -> None:
        """A try has come to nothing: let go of what belongs to it."""

    @abstractmethod
    async def _leave(self) -> bool:
        """Take the registration back; False when nobody confirmed it in time."""

    async def _keep(self) -> None:
        """Register, and return when that has failed, is lost or is due again."""
        before = self.state
        code = await self._register()
        if _took(code):
            self.state = RegistrationState.REGISTERED
            self._refusals, self._code = 0, None
            if before is not RegistrationState.REGISTERED:
                logger.info("trunk registered", extra=self._fields())
            code = await self._hold()
        if _took(code):
            return
        self.state = RegistrationState.FAILED
        if self._keeping.running:  # the stack may have swallowed the end (wait_for does)
            await self._failed(code)

    async def _failed(self, code: int | None) -> None:
        self._code = code
        self._refusals = self._refusals + 1 if code in REFUSALS else 0
        logger.warning(
            "a trunk did not take our registration: check its server, username and password",
            extra={**self._fields(), "sip_code": code, "again_in_s": self._pause_s()},
        )
        await self._refused()

    def _pause_s(self) -> float:
        registered = self.state is RegistrationState.REGISTERED
        return REGISTER_EVERY_S / 2 if registered else pause_s(self._refusals)

    def _fields(self) -> dict[str, str]:
        return {"trunk": self._trunk.name}


def _took(code: int | None) -> bool:
    return code is not None and 200 <= code < 300
