"""What was announced is written down for whoever listens, in the transaction that announced it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.announcing import Announced, Announcement
from call_logs.storage.database import now_of
from call_logs.tables.webhooks import WebhookDeliveryRow, WebhookEventRow, WebhookRow

__all__ = ["write_events", "write_for"]


async def write_events(session: AsyncSession, told: Sequence[Announcement]) -> None:
    """`Database.outbox`. Asks for plain columns alone: a webhook's row that cannot be read keeps
    no ticket from being written."""
    rows = await session.execute(select(WebhookRow.id, WebhookRow.events).order_by(WebhookRow.id))
    wanted = {webhook_id: frozenset(events.split()) for webhook_id, events in rows}
    for each in told:
        listening = [webhook_id for webhook_id, kinds in wanted.items() if each.kind in kinds]
        if listening:
            await write_for(session, each, listening)


async def write_for(
    session: AsyncSession, told: Announcement, webhook_ids: Sequence[int]
) -> str | None:
    """One event for these; gives its id, None when it was written down before."""
    now = now_of(session)
    uid = f"msg_{secrets.token_hex(12)}"
    event_id = await _event(session, told, uid, now)
    if event_id is None:
        return None
    await session.execute(
        insert(WebhookDeliveryRow),
        [
            {
                "webhook_id": each,
                "event_id": event_id,
                "lane": told.lane or uid,
                "try_at": now,
                "tries": 0,
                "problem": "",
            }
            for each in webhook_ids
        ],
    )
    return uid


async def _event(session: AsyncSession, told: Announcement, uid: str, now: datetime) -> int | None:
    sqlite = session.get_bind().dialect.name == "sqlite"
    kind: Announced = told.kind
    return await session.scalar(
        (insert_sqlite if sqlite else insert_postgresql)(WebhookEventRow)
        .values(
            uid=uid,
            key=f"{kind}/{told.key}" if told.key else None,
            kind=kind.value,
            lane=told.lane or uid,
            at=now,
            data=dict(told.data),
        )
        .on_conflict_do_nothing(index_elements=[WebhookEventRow.key])
        .returning(WebhookEventRow.id)
    )
