"""Transactions that are never broken off in the middle of a step.

A limit or a hang-up cancels whoever waits for the database. Thrown into a step that runs (an
INSERT on SQLite's thread), a cancellation would meet the rollback too: the handle is closed
with a statement still open, SQLite keeps it as a "zombie" with its write lock
(https://www.sqlite.org/c3ref/close.html), and nobody writes until the garbage collector has
been there. So who waits may leave at any moment, but the step goes on to its end in a task of
its own; then the transaction is rolled back and its connection given back by another.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, NoReturn, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

log = logging.getLogger(__name__)

Step = TypeVar("Step", bound=Callable[..., Any])
T = TypeVar("T")


def _to_its_end(step: Step) -> Step:
    @wraps(step)
    async def whole(self: WholeSession, *args: Any, **options: Any) -> Any:
        return await asyncio.shield(self.begun(step(self, *args, **options)))

    return cast("Step", whole)


class StoreSession(Session):
    """What every query of the store goes through: where it is narrowed to what may be seen."""


class WholeSession(AsyncSession):
    """A session whose steps run to their end, whoever still waits for them."""

    sync_session_class = StoreSession

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._steps: set[asyncio.Task[Any]] = set()

    execute = _to_its_end(AsyncSession.execute)
    scalar = _to_its_end(AsyncSession.scalar)  # type: ignore[arg-type, assignment]
    scalars = _to_its_end(AsyncSession.scalars)
    get = _to_its_end(AsyncSession.get)
    get_one = _to_its_end(AsyncSession.get_one)
    merge = _to_its_end(AsyncSession.merge)
    merge_all = _to_its_end(AsyncSession.merge_all)
    delete = _to_its_end(AsyncSession.delete)
    delete_all = _to_its_end(AsyncSession.delete_all)
    flush = _to_its_end(AsyncSession.flush)
    refresh = _to_its_end(AsyncSession.refresh)
    run_sync = _to_its_end(AsyncSession.run_sync)
    connection = _to_its_end(AsyncSession.connection)
    commit = _to_its_end(AsyncSession.commit)
    rollback = _to_its_end(AsyncSession.rollback)
    reset = _to_its_end(AsyncSession.reset)
    close = _to_its_end(AsyncSession.close)
    aclose = _to_its_end(AsyncSession.aclose)
    invalidate = _to_its_end(AsyncSession.invalidate)

    def _breakable(self, *_args: Any, **_options: Any) -> NoReturn:
        raise NotImplementedError("it could be broken off in its middle: use `run_sync`")

    begin = begin_nested = stream = stream_scalars = _breakable

    async def settled(self, limit_s: float | None = None) -> bool:
        """Wait for steps that nobody waits for any more; False when one goes on after
        `limit_s`, and was cancelled."""
        if not self._steps:
            return True
        _, late = await asyncio.wait(set(self._steps), timeout=limit_s)
        for step in late:
            step.cancel()
        if late:
            await asyncio.wait(late)
        return not late

    def begun(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a step, which the end of the transaction waits for."""
        step = asyncio.create_task(work, name="step of a transaction")
        self._steps.add(step)
        step.add_done_callback(self._steps.discard)
        return step


class Transactions:
    """Sees every transaction to its end, also those that were left."""

    def __init__(self, cancel_after_s: float | None = None) -> None:
        """`cancel_after_s`: how long a step of a transaction that was left may still take, on
        a database that can break one off; None: to its end."""
        self._cancel_after_s = cancel_after_s
        self._ending: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def scope(
        self, session: WholeSession, *, over: Callable[[], None] = lambda: None
    ) -> AsyncIterator[WholeSession]:
        """Rolls back what was not committed. `over` is called when the transaction is, which
        may be after the scope was left by a cancellation."""
        try:
            yield session
        except (asyncio.CancelledError, GeneratorExit):
            self._end(session, over)  # nobody waits any more
            raise
        except BaseException:
            await asyncio.shield(self._end(session, over))
            raise
        await asyncio.shield(self._end(session, over))

    async def close(self, limit_s: float) -> None:
        """Wait for those that were left, `limit_s` at most."""
        if self._ending:
            await asyncio.wait(set(self._ending), timeout=limit_s)

    def _end(self, session: WholeSession, over: Callable[[], None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self._ended(session, over), name="end of a transaction")
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task

    async def _ended(self, session: WholeSession, over: Callable[[], None]) -> None:
        try:
            if await session.settled(self._cancel_after_s):
                await session.close()
            else:
                await session.invalidate()
        except Exception:
            log.exception("a transaction did not end well; its connection is given up")
            await _give_up(session)
        finally:
            over()


async def _give_up(session: WholeSession) -> None:
    try:
        await session.invalidate()
    except Exception:
        log.exception("a connection could not be given up")
