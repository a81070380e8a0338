"""Events on their way to webhooks: `store.webhooks.queue`.

    announced -> written down -> taken by one program -> sent -> taken there: over
                       ^                              +-- not taken: again, later each time
                       +------------------------------+   after `GIVEN_UP_AFTER`: given up

What was taken by a program that ended before it was marked is taken again after `CLAIM`: a kill
loses nothing, and sends at most that one event again, under the same id. Of one ticket (a lane)
an event goes only when those before it are over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import aliased

from call_logs.storage.announcing import Announced
from call_logs.storage.database import Database, changed, now_of
from call_logs.tables.webhooks import WebhookDeliveryRow, WebhookEventRow, WebhookRow
from call_logs.webhooks.webhook import (
    AGAIN,
    GIVEN_UP_AFTER,
    LONGEST_REST,
    Answer,
    Delivery,
    Problem,
)

__all__ = ["WebhookQueue"]

CLAIM = timedelta(minutes=2)  # longer than sending takes
KEEP = timedelta(days=30)
AT_ONCE = 50
LONGEST_ANSWER = 500


class WebhookQueue:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def listening(self) -> tuple[int, ...]:
        """Those that may be sent to now."""
        now = self._database.clock.now()
        async with self._database.reading() as session:
            found = await session.scalars(
                select(WebhookRow.id).where(
                    WebhookRow.paused_at.is_(None),
                    WebhookRow.disabled_at.is_(None),
                    (WebhookRow.rest_until.is_(None)) | (WebhookRow.rest_until <= now),
                    select(WebhookDeliveryRow.id)
                    .where(
                        WebhookDeliveryRow.webhook_id == WebhookRow.id,
                        WebhookDeliveryRow.try_at <= now,
                    )
                    .exists(),
                )
            )
            return tuple(found)

    async def waiting(self, webhook_id: int) -> tuple[int, ...]:
        """What is to be sent by now, oldest first: the first of each lane."""
        now = self._database.clock.now()
        before = aliased(WebhookDeliveryRow)
        async with self._database.reading() as session:
            found = await session.scalars(
                select(WebhookDeliveryRow.id)
                .where(
                    WebhookDeliveryRow.webhook_id == webhook_id,
                    WebhookDeliveryRow.try_at <= now,
                    ~select(before.id)
                    .where(
                        before.webhook_id == webhook_id,
                        before.lane == WebhookDeliveryRow.lane,
                        before.try_at.is_not(None),
                        before.id < WebhookDeliveryRow.id,
                    )
                    .exists(),
                )
                .order_by(WebhookDeliveryRow.id)
                .limit(AT_ONCE)
            )
            return tuple(found)

    async def take(self, delivery_id: int) -> Delivery | None:
        """For this program alone, until `CLAIM` is over; None: another one has it, or it is over,
        or nothing is to be sent there now."""
        async with self._database.session() as session:
            now = now_of(session)
            row = await session.get(WebhookDeliveryRow, delivery_id, with_for_update=True)
            if row is None or row.try_at is None or row.try_at > now:
                return None
            webhook = await session.get_one(WebhookRow, row.webhook_id)
            if webhook.paused_at is not None or webhook.disabled_at is not None:
                return None
            event = await session.get_one(WebhookEventRow, row.event_id)
            row.try_at, row.tried_at = now + CLAIM, now
            row.tries += 1
            old = webhook.old_secret if webhook.old_until and webhook.old_until > now else None
            return Delivery(
                id=row.id,
                webhook_id=webhook.id,
                address=webhook.address,
                secrets=(webhook.secret, *([old] if old else [])),
                details=webhook.details,
                uid=event.uid,
                kind=Announced(event.kind),
                at=event.at,
                data=event.data,
            )

    async def ended(self, delivery_id: int, answer: Answer) -> None:
        """What came of it."""
        async with self._database.session() as session:
            now = now_of(session)
            row = await session.get(WebhookDeliveryRow, delivery_id, with_for_update=True)
            if row is None or row.try_at is None:
                return
            row.status = answer.status
            row.problem = answer.problem.value if answer.problem else ""
            row.answer = answer.text[:LONGEST_ANSWER].replace("\0", "")
            webhook = await session.get_one(WebhookRow, row.webhook_id, with_for_update=True)
            if answer.problem is None:
                row.try_at, row.ended_at = None, now
                webhook.failing_since = webhook.rest_until = None
                webhook.failures = 0
            else:
                made_at = await session.scalar(
                    select(WebhookEventRow.at).where(WebhookEventRow.id == row.event_id)
                )
                _failed(row, webhook, answer, made_at or now, now)
            changed(session, "webhook", webhook.id)

    async def drop(self, delivery_id: int, problem: Problem) -> None:
        """It is over and was not sent; the others go on."""
        async with self._database.session() as session:
            await session.execute(
                update(WebhookDeliveryRow)
                .where(WebhookDeliveryRow.id == delivery_id)
                .values(try_at=None, ended_at=now_of(session), problem=problem.value)
            )

    async def prune(self) -> None:
        """Forget what is old, sent or not."""
        async with self._database.session() as session:
            limit = now_of(session) - KEEP
            old = select(WebhookEventRow.id).where(WebhookEventRow.at < limit).scalar_subquery()
            await session.execute(
                delete(WebhookDeliveryRow).where(WebhookDeliveryRow.event_id.in_(old))
            )
            await session.execute(delete(WebhookEventRow).where(WebhookEventRow.at < limit))


def _failed(
    row: WebhookDeliveryRow, webhook: WebhookRow, answer: Answer, made_at: datetime, now: datetime
) -> None:
    """It is tried again later, and the address is left alone for a moment."""
    if now - made_at >= GIVEN_UP_AFTER:
        row.try_at, row.ended_at = None, now
    else:
        row.try_at = now + AGAIN[min(row.tries, len(AGAIN)) - 1]
    webhook.failing_since = webhook.failing_since or now
    webhook.failures += 1
    rest = min(LONGEST_REST, timedelta(seconds=2.0 ** min(webhook.failures, 20)))
    webhook.rest_until = now + max(rest, min(LONGEST_REST, timedelta(seconds=answer.rest_s)))
    if answer.gone or now - webhook.failing_since >= GIVEN_UP_AFTER:
        webhook.disabled_at = now
