"""Who looked at, or listened to, what, and who gave or took rights. Append-only."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.database import Database, now_of
from call_logs.storage.page import COUNT_LIMIT, Page
from call_logs.tables.users import AccessRow
from call_logs.users.actor import HOTLINE, Actor
from call_logs.users.user import Access

Conditions = list[ColumnElement[bool]]
KEY_LIMIT = 64


class AccessLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        user_name: str,
        action: str,
        subject: str,
        key: object,
        *,
        source: str = "",
        reason: str = "",
    ) -> None:
        """`user_name` did `action` ("looked", "listened") with `subject` ("ticket") `key`.
        `reason`: why, where one was asked for."""
        async with self._database.session() as session:
            await _write(
                session,
                user_name=user_name,
                action=action,
                subject=subject,
                key=str(key),
                source=source,
                reason=reason,
            )

    async def list(
        self,
        *,
        subject: str | None = None,
        key: object = None,
        user_name: str | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Page[Access]:
        """Newest first."""
        conditions: Conditions = []
        if subject is not None:
            conditions.append(AccessRow.subject == subject)
        if key is not None:
            conditions.append(AccessRow.key == str(key))
        if user_name is not None:
            conditions.append(AccessRow.user_name == user_name)
        query = select(AccessRow).where(*conditions)
        if before is not None:
            query = query.where(AccessRow.id < before)
        async with self._database.reading() as session:
            rows = (
                await session.scalars(query.order_by(AccessRow.id.desc()).limit(limit + 1))
            ).all()
            ids = select(AccessRow.id).where(*conditions).limit(COUNT_LIMIT + 1).subquery()
            total = await session.scalar(select(func.count()).select_from(ids)) or 0
        further = rows[limit - 1].id if len(rows) > limit else None
        return Page.of(map(_access, rows[:limit]), next_cursor=further, counted=total)


async def note_granting(
    session: AsyncSession, actor: Actor, action: str, subject: str, name: str, *, what: str = ""
) -> None:
    """In the transaction that does it: who may sign in, read or be sent what happens was `changed`
    by `actor`. What the program does by itself, such as its first administrator, is not noted.
    `what`: which rights, say."""
    if actor != HOTLINE:
        await _write(
            session,
            user_name=actor.name,
            action=action,
            subject=subject,
            key=name[:KEY_LIMIT],
            source="",
            reason=what,
        )


async def _write(session: AsyncSession, **values: str) -> None:
    await session.execute(insert(AccessRow).values(at=now_of(session), **values))


def _access(row: AccessRow) -> Access:
    return Access(
        id=row.id,
        at=row.at,
        user_name=row.user_name,
        action=row.action,
        subject=row.subject,
        key=row.key,
        source=row.source,
        reason=row.reason or "",
    )
