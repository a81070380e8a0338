"""Slows down guessing of passwords: per user name and per network address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from call_logs.storage.database import now_of
from call_logs.storage.errors import LockedOut
from call_logs.storage.keys import Keys
from call_logs.tables.users import LoginFailureRow

FORGET = timedelta(hours=1)  # failures older than this do not count
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 15 * 60.0


@dataclass(frozen=True)
class _Guard:
    """`free` failures cost nothing; each further one doubles the wait."""

    kind: str
    free: int

    def wait_s(self, failures: int) -> float:
        over = failures - self.free
        return min(FIRST_WAIT_S * 2.0**over, LONGEST_WAIT_S) if over >= 0 else 0.0


# Many people share an office's address: it may fail more often than one name.
USER = _Guard("user", free=5)
SOURCE = _Guard("source", free=20)


class Lockout:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    async def check(self, session: AsyncSession, name: str, source: str) -> None:
        """Raises:
        LockedOut: too many failures lately, by this name or from this address.
        """
        now = now_of(session)
        for guard, value in ((USER, name), (SOURCE, source)):
            row = await self._row(session, guard, value)
            if row is None:
                continue
            # Another guess may have ended after this one began: that is no wait.
            since_s = max(0.0, (now - row.last_at).total_seconds())
            left_s = guard.wait_s(row.failures) - since_s
            if left_s > 0:
                raise LockedOut(
                    f"too many wrong passwords: wait {round(left_s) or 1} seconds", left_s
                )

    async def failed(self, session: AsyncSession, name: str, source: str) -> None:
        now = now_of(session)
        for guard, value in ((USER, name), (SOURCE, source)):
            if not value:
                continue
            row = await self._row(session, guard, value) or await self._first(
                session, self._subject(guard, value), now
            )
            row.failures = _counting(row, now) + 1
            row.last_at = now

    async def forgive(self, session: AsyncSession, name: str) -> None:
        """A right password, or a new one. The address is not forgiven: somebody with a login
        of their own could otherwise go on guessing others'."""
        subject = self._subject(USER, name)
        await session.execute(delete(LoginFailureRow).where(LoginFailureRow.subject == subject))

    async def prune(self, session: AsyncSession) -> None:
        await session.execute(
            delete(LoginFailureRow).where(LoginFailureRow.last_at < now_of(session) - FORGET)
        )

    @staticmethod
    async def _first(session: AsyncSession, subject: bytes, now: datetime) -> LoginFailureRow:
        """A row without failures yet; another guess may make it at the same time."""
        row = LoginFailureRow(subject=subject, failures=0, last_at=now)

        def insert(session: Session) -> None:
            with session.begin_nested():
                session.add(row)

        try:
            await session.run_sync(insert)
        except IntegrityError:
            found = await session.get(LoginFailureRow, subject, with_for_update=True)
            assert found is not None  # the other guess has committed it
            return found
        return row

    async def _row(
        self, session: AsyncSession, guard: _Guard, value: str
    ) -> LoginFailureRow | None:
        return await session.get(LoginFailureRow, self._subject(guard, value), with_for_update=True)

    def _subject(self, guard: _Guard, value: str) -> bytes:
        return self._keys.search_hash(f"{guard.kind}:{value}", "login failure")


def _counting(row: LoginFailureRow, now: datetime) -> int:
    return row.failures if now - row.last_at < FORGET else 0
