"""What a search leaves in the store, without ever waiting for it longer than needed.

The store may be slow or away while somebody is stuck in a lift: then the search goes
on with what this process knows, and the lines wait until the store takes them. They are
written in the order in which things happened, with the times at which they did.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import uuid4

from call_logs import Store
from call_logs.dispatches import AttemptStatus, DispatchReason, DispatchStatus, Fact
from call_logs.roster import Contact, Person, RosterError
from call_logs.storage import StoreBusy, StoreError
from call_logs.users import HOTLINE, Actor

logger = logging.getLogger(__name__)

T = TypeVar("T")

WAIT_S = 1.0  # two people wait to talk; a slow database must not part them
ATTEMPT_WAIT_S = 0.2  # the INVITE of an urgent call must not wait for a lock either
AGAIN_S = (0.1, 0.5, 2.0, 5.0)  # between two tries of a line


class LogLine(Awaitable[T | None], Generic[T]):
    """A line on its way to the store. Who awaits it waits at most `WAIT_S`, and gets what
    the store answered: None when it has not yet, or has refused the line."""

    def __init__(self, written: asyncio.Task[T | None]) -> None:
        self._written = written

    def __await__(self) -> Generator[Any, None, T | None]:
        return self.within(WAIT_S).__await__()

    async def within(self, limit_s: float) -> T | None:
        await asyncio.wait({self._written}, timeout=limit_s)  # which does not stop the writing
        return self._written.result() if self._written.done() else None


class DispatchLog:
    """The written side of one search. Without a `dispatch_id` nothing is written before
    `open`: a call for a person (key 0) is no case.

    Each method takes its place in the order when it is called; who need not know that
    the line stands in the store does not await what it returns.
    """

    def __init__(self, store: Store, dispatch_id: str) -> None:
        self._store = store
        self._opening: asyncio.Task[None] | None = None
        self._last: asyncio.Task[Any] | None = None
        self.dispatch_id = dispatch_id

    async def open(self, write: Callable[[], Coroutine[Any, Any, str]]) -> bool:
        """Let `write`, which gives the id of the dispatch, go before every other line;
        whether all lines so far stand in the store. May be called again and again."""

        async def opened() -> None:
            self.dispatch_id = await write()

        if not self.dispatch_id and (self._opening is None or self._opening.done()):
            self._opening = self._in_order(opened, "a dispatch")
        if self._last is not None:
            await asyncio.wait({self._last}, timeout=WAIT_S)
        return bool(self.dispatch_id) and self.is_settled

    @property
    def is_settled(self) -> bool:
        """Whether every line so far stands in the store or was refused."""
        return self._last is None or self._last.done()

    async def settled(self, limit_s: float | None = None) -> bool:
        """Wait until it is settled, however long the store is away (or at most `limit_s`): for
        who is about to read there what the lines say."""
        if self._last is not None:
            await asyncio.wait({self._last}, timeout=limit_s)
        return self.is_settled

    async def attempt(self, person: Person, contact: Contact, level: int, round_: int) -> str:
        """Write a ring down before it is made, or while it is, when the store is slow;
        returns its id.

        Raises:
            RosterError: the contact is not the person's; it must not be rung.
        """
        if contact not in person.contacts:
            raise RosterError(f"{contact.masked} is no contact of {person.id}; it is not rung")
        attempt_id, at = uuid4().hex, self._store.clock.now()
        line = self._line(
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
        await line.within(ATTEMPT_WAIT_S)
        return attempt_id

    def outcome(self, attempt_id: str, status: AttemptStatus) -> Awaitable[object]:
        at = self._store.clock.now()  # when it happened, not when the store had time
        return self._line(
            lambda: self._store.dispatches.outcome(attempt_id, status, at=at), "a ring's outcome"
        )

    async def accept(self, attempt_id: str) -> bool:
        """Whether the attempt is the one that wins; on a store that is away the caller's
        own claim decides."""
        at = self._store.clock.now()
        acceptance = await self._line(
            lambda: self._store.dispatches.accept(attempt_id, at=at), "an acceptance"
        )
        return acceptance is None or acceptance.won

    def move(
        self,
        status: DispatchStatus,
        reason: DispatchReason = DispatchReason.NONE,
        *,
        round_: int = 0,
    ) -> Awaitable[object]:
        at = self._store.clock.now()
        return self._line(
            lambda: self._store.dispatches.move(
                self.dispatch_id, status, reason=reason, round=round_, actor=HOTLINE, at=at
            ),
            "a dispatch's state",
        )

    def note(
        self,
        what: Fact,
        actor: Actor = HOTLINE,
        at: datetime | None = None,
    ) -> Awaitable[object]:
        at = at or self._store.clock.now()
        return self._line(
            lambda: self._store.dispatches.note(self.dispatch_id, what, actor=actor, at=at),
            "a step of a dispatch",
        )

    def beside(self, write: Callable[[], Coroutine[Any, Any, T]], what: str) -> LogLine[T]:
        """Write something else of the case, such as its ticket, in its place in the order."""
        return LogLine(self._in_order(write, what))

    def _line(self, write: Callable[[], Coroutine[Any, Any, T]], what: str) -> LogLine[T]:
        """Write a line of the dispatch, if there is one."""

        async def written() -> T | None:
            return await write() if self.dispatch_id else None

        return LogLine(self._in_order(written, what))

    def _in_order(
        self, write: Callable[[], Coroutine[Any, Any, T]], what: str
    ) -> asyncio.Task[T | None]:
        """Write behind everything that was asked for before."""
        self._last = task = asyncio.create_task(_written(self._last, write, what))
        return task


async def _written(
    before: asyncio.Task[Any] | None, write: Callable[[], Coroutine[Any, Any, T]], what: str
) -> T | None:
    """Try until the store has it or refuses it: an acceptance that a busy moment swallowed
    would leave its ring `answered` for ever, and every later line of it illegal."""
    if before is not None:
        await asyncio.wait({before})
    pauses_s = itertools.chain(AGAIN_S, itertools.repeat(AGAIN_S[-1]))
    while True:
        try:
            return await write()
        except StoreBusy:
            logger.warning("%s could not be written down yet; it follows", what)
        except StoreError:
            logger.warning("%s could not be written down", what, exc_info=True)
            return None
        except Exception:
            # Whatever a database raised: it must not end a search.
            logger.exception("%s could not be written down", what)
            return None
        await asyncio.sleep(next(pauses_s))
