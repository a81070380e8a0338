"""What came of something that was done on a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from call_logs.storage import StoreError, VersionConflict
from dashboard.web.texts import N_

__all__ = ["Outcome", "Refusals", "outcome"]

MEANWHILE = N_("Somebody else changed this meanwhile. Look at the new state and try again.")

# What is said of an error of the store, by its class: a message id, or what makes one of it.
Refusals = Mapping[type[StoreError], str | Callable[[Any], str]]


@dataclass(frozen=True)
class Outcome:
    """Message ids: what went wrong, or else what was done."""

    problem: str | None = None
    done: str | None = None

    @property
    def status(self) -> HTTPStatus:
        return HTTPStatus.CONFLICT if self.problem else HTTPStatus.OK

    @property
    def told(self) -> dict[str, str | None]:
        """For the template."""
        return {"problem": self.problem, "done": self.done}


async def outcome(change: Awaitable[object], done: str, refusals: Refusals) -> Outcome:
    """Let `change` be made. The first class of `refusals` that an error is of decides what is
    said of it; one that is of none goes on to whoever answers for all pages."""
    try:
        await change
    except VersionConflict:
        return Outcome(problem=MEANWHILE)
    except StoreError as error:
        for kind, said in refusals.items():
            if isinstance(error, kind):
                return Outcome(problem=said if isinstance(said, str) else said(error))
        raise
    return Outcome(done=done)
