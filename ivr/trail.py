"""What a search leaves in the store, without ever waiting for it longer than needed.

The store may be slow or away while somebody is stuck in a lift: then the search goes
on with what this process knows, and the missing lines are told in the log. Lines are
written in the order in which things happened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from typing import Any
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

ACCEPT_WAIT_S = 1.0  # two people wait to talk; a slow database must not part them
ATTEMPT_WAIT_S = 0.2  # the INVITE of an urgent call must not wait for a lock either


class Trail:
    """The written side of one search. Without a `dispatch_id` nothing is written: a call
    for a person (key 0) is no case, and of one that could not be opened nothing can be."""

    def __init__(self, store: Store, dispatch_id: str) -> None:
        self._store = store
        self._in_order = asyncio.Lock()  # first come, first served
        self._writing: set[asyncio.Task[None]] = set()
        self.dispatch_id = dispatch_id

    async def attempt(self, person: Person, contact: Contact, level: int, round_: int) -> str:
        """Write a ring down before it is made, or while it is, when the store is slow;
        returns its id.

        Raises:
            RosterError: the contact is not the person's; it must not be rung.
        """
        if contact not in person.contacts:
            raise RosterError(f"{contact.masked} is no contact of {person.id}; it is not rung")
        attempt_id = uuid4().hex
        if self.dispatch_id:
            write = self._store.dispatches.attempt(
                self.dispatch_id,
                person,
                contact,
                level=level,
                round=round_,
                id=attempt_id,
                at=datetime.now(UTC),
            )
            task = asyncio.create_task(self._write(write, "a ring"))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
            await asyncio.wait({task}, timeout=ATTEMPT_WAIT_S)
        return attempt_id

    async def outcome(self, attempt_id: str, status: AttemptStatus) -> None:
        if self.dispatch_id:
            at = datetime.now(UTC)  # when it happened, not when the store had time
            write = self._store.dispatches.outcome(attempt_id, status, at=at)
            await self._write(write, "a ring's outcome")

    async def accept(self, attempt_id: str) -> bool:
        """Whether the attempt is the one that wins; on a store that is away the caller's
        own claim decides."""
        if not self.dispatch_id:
            return True
        at = datetime.now(UTC)
        try:
            async with asyncio.timeout(ACCEPT_WAIT_S), self._in_order:
                return (await self._store.dispatches.accept(attempt_id, at=at)).won
        except (StoreError, TimeoutError):
            logger.warning("an acceptance could not be written down", exc_info=True)
            return True

    async def move(self, status: DispatchStatus, reason: str = "") -> None:
        if self.dispatch_id:
            write = self._store.dispatches.move(self.dispatch_id, status, reason=reason)
            await self._write(write, "a dispatch's state")

    async def note(
        self,
        kind: DispatchEventKind,
        data: Mapping[str, Any] | None = None,
        actor: str = "hotline",
        at: datetime | None = None,
    ) -> None:
        if self.dispatch_id:
            write = self._store.dispatches.note(
                self.dispatch_id, kind, data=data, actor=actor, at=at or datetime.now(UTC)
            )
            await self._write(write, "a step of a dispatch")

    async def _write(self, write: Awaitable[object], what: str) -> None:
        async with self._in_order:
            try:
                await write
            except StoreError:
                logger.warning("%s could not be written down", what, exc_info=True)
