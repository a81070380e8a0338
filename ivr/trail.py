"""What a search leaves in the store, without ever waiting for it longer than needed.

The store may be slow or away while somebody is stuck in a lift: then the search goes
on with what this process knows, and the missing lines are told in the log. Lines are
written in the order in which things happened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
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


class Trail:
    """The written side of one search. `dispatch_id` is empty when it could not be opened."""

    def __init__(self, store: Store, dispatch_id: str) -> None:
        self._store = store
        self._in_order = asyncio.Lock()  # first come, first served
        self.dispatch_id = dispatch_id

    async def attempt(self, person: Person, contact: Contact, level: int, round_: int) -> str:
        """Write a ring down before it is made; returns its id.

        Raises:
            RosterError: the contact is not the person's; it must not be rung.
        """
        try:
            async with self._in_order:
                attempt = await self._store.dispatches.attempt(
                    self.dispatch_id, person, contact, level=level, round=round_
                )
        except RosterError:
            raise
        except StoreError:
            logger.warning("a ring could not be written down; it is made all the same")
            return uuid4().hex
        return attempt.id

    async def outcome(self, attempt_id: str, status: AttemptStatus) -> None:
        try:
            async with self._in_order:
                await self._store.dispatches.outcome(attempt_id, status)
        except StoreError:
            logger.warning("a ring's outcome could not be written down", exc_info=True)

    async def accept(self, attempt_id: str) -> bool:
        """Whether the attempt is the one that wins; on a store that is away the caller's
        own claim decides."""
        try:
            async with asyncio.timeout(ACCEPT_WAIT_S), self._in_order:
                return (await self._store.dispatches.accept(attempt_id)).won
        except (StoreError, TimeoutError):
            logger.warning("an acceptance could not be written down", exc_info=True)
            return True

    async def move(self, status: DispatchStatus, reason: str = "") -> None:
        try:
            async with self._in_order:
                await self._store.dispatches.move(self.dispatch_id, status, reason=reason)
        except StoreError:
            logger.warning("a dispatch's state could not be written down", exc_info=True)

    async def note(
        self, kind: DispatchEventKind, data: Mapping[str, Any] | None = None, actor: str = "hotline"
    ) -> None:
        try:
            async with self._in_order:
                await self._store.dispatches.note(self.dispatch_id, kind, data=data, actor=actor)
        except StoreError:
            logger.warning("a step of a dispatch could not be written down", exc_info=True)
