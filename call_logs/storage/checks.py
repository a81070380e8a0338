"""What parts of the program say of themselves: one registry, read by health."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from call_logs.storage.clock import SYSTEM_CLOCK, Clock

log = logging.getLogger(__name__)

LOOK_LIMIT_S = 5.0  # a check that hangs is a finding of its own


class Severity(StrEnum):
    """How bad it is when a check is not ok."""

    DEGRADED = "degraded"  # the line is served; somebody should see to it
    FAILED = "failed"  # callers are harmed, or soon will be


@dataclass(frozen=True)
class Check:
    """`detail` is a fact, and what to do when it is not ok."""

    name: str  # database, journal, disk, "loop housekeeping", ...
    ok: bool
    detail: str
    severity: Severity = Severity.FAILED  # when it is not ok

    @property
    def level(self) -> int:
        """0 ok, 1 degraded, 2 failed."""
        return 0 if self.ok else 2 if self.severity is Severity.FAILED else 1


Look = Callable[[], Check | Awaitable[Check]]


class Checks:
    """Whoever has something to tell registers with it. `clock` also moves every `Loop` that
    registers."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self.clock = clock
        self._looks: dict[object, tuple[str, Look]] = {}

    def register(self, name: str, look: Look) -> Callable[[], None]:
        """`look` is asked each time somebody wants to know; it may be async and should be
        quick. Returns what takes it out again, which may be called twice."""
        token = object()
        self._looks[token] = (name, look)
        return lambda: self._looks.pop(token, None) and None

    async def look(self) -> tuple[Check, ...]:
        """Every check, in the order of registration. Never raises for what a check does."""
        return tuple(
            await asyncio.gather(*(looked(name, look) for name, look in self._looks.values()))
        )


async def looked(name: str, look: Look) -> Check:
    """What a check says; that it could not be made is a finding, too."""
    try:
        async with asyncio.timeout(LOOK_LIMIT_S):
            found = look()
            return await found if inspect.isawaitable(found) else found
    except TimeoutError:
        return Check(name, False, f"gave no answer within {LOOK_LIMIT_S:.0f} s")
    except Exception as error:
        # One check's fault must not hide all the others.
        log.exception("a health check failed", extra={"check": name})
        return Check(name, False, f"could not be looked at ({type(error).__name__}): see the log")
