"""What a search leaves in the store, without ever waiting for it longer than needed.

The store may be slow or away while somebody is stuck in a lift: then the search goes
on with what this process knows, and the missing lines are told in the log. Lines are
written in the order in which things happened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from call_logs import (
    AttemptStatus,
    Contact,
    DispatchEventKind,
    DispatchStatus,
    Person,
    RosterError,
    Store,
    StoreError,
)

logger = logging.getLogger(__name__)

T = TypeVar("T")

ACCEPT_WAIT_S = 1.0  # two people wait to talk; a slow database must not part them
ATTEMPT_WAIT_S = 0.2  # the INVITE of an urgent call must not wait for a lock either


class Trail:
    """The written side of one search. Without a `dispatch_id` nothing is written: a call
    for a person (key 0) is no case, and of one that could not be opened nothing can be.

    Each method takes its place in the order when it is called; who need not know that
    the line stands in the store does not await what it returns.
    """

    def __init__(self, store: Store, dispatch_id: str) -> None:
        self._store = store
        self._last: asyncio.Task[Any] | None = None
        self.dispatch_id = dispatch_id

    async def attempt(self, person: Person, contact: Contact, level: int, round_: int) -> str:
        """Write a ring down before it is made, or while it is, when the store is slow;
        returns its id.

        Raises:
            RosterError: the contact is not the person's; it must not be rung.
        """
        if contact not in person.contacts:
            raise RosterError(f"{contact.masked} is no contact of {person.id}; it is not rung")
        attempt_id, at = uuid4().hex, datetime.now(UTC)
        written = self._in_order(
            lambda: self._store.dispatches.attempt(
                self.dispatch_id,
                person,
                contact,
                level=level,
                round=round_,
                id=attempt_id,
                at=at,
            ),
            "a ring",
        )
        await asyncio.wait({written}, timeout=ATTEMPT_WAIT_S)
        return attempt_id

    def outcome(self, attempt_id: str, status: AttemptStatus) -> Awaitable[object]:
        at = datetime.now(UTC)  # when it happened, not when the store had time
        return self._in_order(
            lambda: self._store.dispatches.outcome(attempt_id, status, at=at), "a ring's outcome"
        )

    async def accept(self, attempt_id: str) -> bool:
        """Whether the attempt is the one that wins; on a store that is away the caller's
        own claim decides."""
        at = datetime.now(UTC)
        written = self._in_order(
            lambda: self._store.dispatches.accept(attempt_id, at=at), "an acceptance"
        )
        await asyncio.wait({written}, timeout=ACCEPT_WAIT_S)
        acceptance = written.result() if written.done() else None
        return acceptance is None or acceptance.won

    def move(self, status: DispatchStatus, reason: str = "") -> Awaitable[object]:
        return self._in_order(
            lambda: self._store.dispatches.move(self.dispatch_id, status, reason=reason),
            "a dispatch's state",
        )

    def note(
        self,
        kind: DispatchEventKind,
        data: Mapping[str, Any] | None = None,
        actor: str = "hotline",
        at: datetime | None = None,
    ) -> Awaitable[object]:
        at = at or datetime.now(UTC)
        return self._in_order(
            lambda: self._store.dispatches.note(
                self.dispatch_id, kind, data=data, actor=actor, at=at
            ),
            "a step of a dispatch",
        )

    def _in_order(
        self, write: Callable[[], Coroutine[Any, Any, T]], what: str
    ) -> asyncio.Future[T | None]:
        """Write behind everything that was asked for before. Who stops waiting for the
        result does not stop the writing."""
        task = asyncio.create_task(self._write(self._last, write, what))
        self._last = task
        return asyncio.shield(task)

    async def _write(
        self,
        before: asyncio.Task[Any] | None,
        write: Callable[[], Coroutine[Any, Any, T]],
        what: str,
    ) -> T | None:
        if before is not None:
            await asyncio.wait({before})
        if not self.dispatch_id:
            return None
        try:
            return await write()
        except StoreError:
            logger.warning("%s could not be written down", what, exc_info=True)
            return None
