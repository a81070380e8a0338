"""What the dashboard and the command line ask of the running program: of the node that
holds a call, or, without a call, of whichever node is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, insert, or_, select, update

from call_logs.columns import utc_now
from call_logs.database import Database, changed
from call_logs.live import Live
from call_logs.models import RequestRow

KEEP = timedelta(days=1)


class RequestAction(StrEnum):
    HANGUP = "hangup"
    RING = "ring"  # {"person_id": ...}: ring this person and bridge
    SURVEY = "survey"  # play the satisfaction survey
    DRILL = "drill"  # of no call, {"policy": ...}: ring the policy's people as a test


ANY_NODE = ""  # the `call_id` of what is asked of no call


@dataclass(frozen=True)
class Request:
    id: int
    action: RequestAction
    call_id: str
    data: Mapping[str, Any] = field(repr=False)
    actor: str
    created_at: datetime


class Requests:
    def __init__(self, database: Database, live: Live) -> None:
        self._database = database
        self._live = live

    async def add(
        self,
        action: RequestAction,
        call_id: str,
        data: Mapping[str, Any] | None = None,
        actor: str = "",
    ) -> int:
        """Ask the node that holds `call_id`, or with `ANY_NODE` the first that looks (follow
        topic "request"). Returns the request's id."""
        async with self._database.session() as session:
            request_id: int | None = await session.scalar(
                insert(RequestRow)
                .values(
                    action=action.value,
                    call_id=call_id,
                    data=dict(data or {}),
                    actor=actor,
                    created_at=utc_now(),
                )
                .returning(RequestRow.id)
            )
            changed(session, "request", call_id)
        assert request_id is not None  # RETURNING of an insert always gives a row
        return request_id

    async def take(self) -> tuple[Request, ...]:
        """The requests for calls that this process holds, and those of no call, each given
        out once."""
        ids = (ANY_NODE, *self._live.ids())
        async with self._database.reading() as session:  # asked often: no write lock for it
            waiting = await session.scalar(
                select(RequestRow.id)
                .where(RequestRow.taken_at.is_(None), RequestRow.call_id.in_(ids))
                .limit(1)
            )
        if waiting is None:
            return ()
        async with self._database.session() as session:
            rows = list(
                await session.scalars(
                    select(RequestRow)
                    .where(RequestRow.taken_at.is_(None), RequestRow.call_id.in_(ids))
                    .order_by(RequestRow.id)
                    .with_for_update(skip_locked=True)
                )
            )
            if rows:
                await session.execute(
                    update(RequestRow)
                    .where(RequestRow.id.in_([row.id for row in rows]))
                    .values(taken_at=utc_now())
                )
        return tuple(_request(row) for row in rows)

    async def was_taken(self, request_id: int) -> bool:
        """Whether some node has begun to carry it out."""
        async with self._database.reading() as session:
            row = await session.get(RequestRow, request_id)
            return row is None or row.taken_at is not None

    async def withdraw(self, request_id: int) -> None:
        """Ask no more, when nobody has taken it yet."""
        async with self._database.session() as session:
            await session.execute(
                delete(RequestRow).where(RequestRow.id == request_id, RequestRow.taken_at.is_(None))
            )

    async def prune(self) -> None:
        """Delete those that were carried out, or whose call is long over."""
        async with self._database.session() as session:
            await session.execute(
                delete(RequestRow).where(
                    or_(
                        RequestRow.taken_at < utc_now() - KEEP,
                        RequestRow.created_at < utc_now() - KEEP,
                    )
                )
            )


def _request(row: RequestRow) -> Request:
    return Request(
        id=row.id,
        action=RequestAction(row.action),
        call_id=row.call_id,
        data=row.data,
        actor=row.actor,
        created_at=row.created_at,
    )
