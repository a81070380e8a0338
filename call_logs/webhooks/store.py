"""Addresses that are told what happens, as administrators keep them: `store.webhooks`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.storage.announcing import Announced, Announcement
from call_logs.storage.checks import Check, Checks, Severity
from call_logs.storage.database import Database, changed, now_of
from call_logs.storage.errors import InvalidValue, NotFound
from call_logs.storage.readable import readable
from call_logs.tables.tickets import TicketRow
from call_logs.tables.webhooks import WebhookDeliveryRow, WebhookEventRow, WebhookRow
from call_logs.users.access import note_granting
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.webhooks.egress import Egress
from call_logs.webhooks.outbox import write_events, write_for
from call_logs.webhooks.queue import WebhookQueue
from call_logs.webhooks.signature import new_secret
from call_logs.webhooks.webhook import (
    CHOSEN,
    LoggedDelivery,
    NewWebhook,
    Problem,
    Webhook,
)

__all__ = ["Webhooks"]

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
MOST = 50
OLD_SECRET = timedelta(days=1)  # how long the one before is used beside a new one
CHECK = "webhooks"


class Webhooks:
    def __init__(self, database: Database, egress: Egress, checks: Checks) -> None:
        self._database = database
        self.egress = egress
        self.queue = WebhookQueue(database)
        database.outbox = write_events
        checks.register(CHECK, self.check)

    # -- made and changed ---------------------------------------------------------------

    async def add(self, new: NewWebhook, actor: Actor) -> tuple[Webhook, str]:
        """A new one, and its secret, which nobody can ask for again.

        Raises:
            NotAllowed, StoreBusy.
            InvalidValue: a field cannot be so.
        """
        actor.check(Permission.MANAGE_USERS)
        name = new.name.strip().casefold()
        if not NAME.fullmatch(name):
            raise InvalidValue("name: small letters, digits, - and _, at most 60", "name")
        if not new.events or new.events - set(CHOSEN):
            raise InvalidValue("events: one or more of those that there are", "events")
        address = self.egress.check_address(new.address)
        secret = new_secret()
        try:
            async with self._database.session() as session:
                if (await session.scalar(select(func.count(WebhookRow.id))) or 0) >= MOST:
                    raise InvalidValue(f"there are {MOST} webhooks, and that is the most", "name")
                row = WebhookRow(
                    name=name,
                    address=address,
                    events=" ".join(sorted(new.events)),
                    details=new.details,
                    secret=secret,
                    made_at=now_of(session),
                    made_by=actor.name,
                    failures=0,
                )
                session.add(row)
                await session.flush()
                changed(session, "webhook", row.id)
                said = f"{address} {row.events}"
                await note_granting(session, actor, "added", "webhook", name, what=said)
        except IntegrityError:
            raise InvalidValue("name: there is a webhook of this name", "name") from None
        return _webhook(row), secret

    async def rotate(self, webhook_id: int, actor: Actor) -> str:
        """A new secret; for `OLD_SECRET` everything is signed with both.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        secret = new_secret()
        async with self._changing(webhook_id, actor, "secret") as (session, row):
            row.old_secret, row.old_until = row.secret, now_of(session) + OLD_SECRET
            row.secret = secret
        return secret

    async def pause(self, webhook_id: int, actor: Actor) -> None:
        """Nothing is sent until `resume`; what happens meanwhile waits.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        async with self._changing(webhook_id, actor, "paused") as (session, row):
            row.paused_at = row.paused_at or now_of(session)

    async def resume(self, webhook_id: int, actor: Actor) -> None:
        """It is sent to again, also after it was disabled.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        async with self._changing(webhook_id, actor, "resumed") as (_, row):
            row.paused_at = row.disabled_at = row.failing_since = row.rest_until = None
            row.failures = 0

    async def remove(self, webhook_id: int, actor: Actor) -> None:
        """With all that was to be sent to it.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        async with self._changing(webhook_id, actor, "removed") as (session, row):
            await session.delete(row)

    async def test(self, webhook_id: int, actor: Actor) -> str:
        """Send it an event that means nothing; gives its id.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        async with self._changing(webhook_id, actor) as (session, row):
            told = Announcement(Announced.TEST, "", {"webhook": row.name, "by": actor.name})
            uid = await write_for(session, told, [row.id])
            row.rest_until = None
        return uid or ""

    async def send_again(self, webhook_id: int, delivery_id: int, actor: Actor) -> None:
        """The same event, under the same id.

        Raises:
            NotAllowed, NotFound, StoreBusy.
        """
        async with self._changing(webhook_id, actor) as (session, row):
            delivery = await session.get(WebhookDeliveryRow, delivery_id, with_for_update=True)
            if delivery is None or delivery.webhook_id != webhook_id:
                raise NotFound("there is no such delivery, or no longer")
            delivery.try_at, delivery.ended_at, delivery.tries = now_of(session), None, 0
            row.rest_until = None

    @asynccontextmanager
    async def _changing(
        self, webhook_id: int, actor: Actor, noted: str = ""
    ) -> AsyncIterator[tuple[AsyncSession, WebhookRow]]:
        """A transaction with the locked row; `noted`: in the access log, as this."""
        actor.check(Permission.MANAGE_USERS)
        async with self._database.session() as session:
            row = await session.get(WebhookRow, webhook_id, with_for_update=True)
            if row is None:
                raise NotFound(f"there is no webhook with id {webhook_id}")
            changed(session, "webhook", webhook_id)
            if noted:
                await note_granting(session, actor, noted, "webhook", row.name)
            yield session, row

    # -- looked at ----------------------------------------------------------------------

    async def all(self, actor: Actor) -> tuple[Webhook, ...]:
        """By name, with how much waits for each.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.reading() as session:
            counts = await session.execute(
                select(WebhookDeliveryRow.webhook_id, func.count())
                .where(WebhookDeliveryRow.try_at.is_not(None))
                .group_by(WebhookDeliveryRow.webhook_id)
            )
            waiting: dict[int, int] = dict(iter(counts))
            query = select(WebhookRow).order_by(WebhookRow.name)
            rows = await readable(session, query, lambda row: _webhook(row, waiting))
            return tuple(rows)

    async def log(
        self, webhook_id: int, actor: Actor, *, limit: int = 100
    ) -> tuple[LoggedDelivery, ...]:
        """What was sent, or is to be, newest first; of tickets that whoever looks may see.

        Raises:
            NotAllowed.
        """
        actor.check(Permission.MANAGE_USERS)
        async with self._database.reading() as session:
            rows = await session.execute(
                select(WebhookDeliveryRow, WebhookEventRow)
                .join(WebhookEventRow, WebhookEventRow.id == WebhookDeliveryRow.event_id)
                .where(WebhookDeliveryRow.webhook_id == webhook_id)
                .order_by(WebhookDeliveryRow.id.desc())
                .limit(limit)
            )
            found = [_logged(delivery, event) for delivery, event in rows]
            named = {each.ticket_id for each in found if each.ticket_id is not None}
            seen = set(
                await session.scalars(select(TicketRow.id).where(TicketRow.id.in_(sorted(named))))
            )
            return tuple(each for each in found if each.ticket_id is None or each.ticket_id in seen)

    async def check(self) -> Check:
        """What health says: addresses that take nothing."""
        async with self._database.reading() as session:
            rows = await session.execute(
                select(WebhookRow.name, WebhookRow.disabled_at, WebhookRow.failing_since)
                .where(WebhookRow.paused_at.is_(None))
                .order_by(WebhookRow.name)
            )
            found = rows.all()
        off = [name for name, disabled, _ in found if disabled is not None]
        failing = [name for name, disabled, since in found if since and disabled is None]
        if not off and not failing:
            return Check(CHECK, True, "all of them take what they are told, or there are none")
        parts = []
        if off:
            parts.append(f"switched off, nothing was taken for days: {', '.join(off)}")
        if failing:
            parts.append(f"the last events were not taken: {', '.join(failing)}")
        return Check(CHECK, False, f"{'; '.join(parts)}: see /webhooks", Severity.DEGRADED)


def _webhook(row: WebhookRow, waiting: Mapping[int, int] = {}) -> Webhook:
    known = set(CHOSEN)
    return Webhook(
        id=row.id,
        name=row.name,
        address=row.address,
        # An event that a later program tells no more is none.
        events=frozenset(Announced(each) for each in row.events.split() if each in known),
        details=row.details,
        made_at=row.made_at,
        made_by=row.made_by,
        paused_at=row.paused_at,
        disabled_at=row.disabled_at,
        failing_since=row.failing_since,
        waiting=waiting.get(row.id, 0),
    )


def _logged(delivery: WebhookDeliveryRow, event: WebhookEventRow) -> LoggedDelivery:
    return LoggedDelivery(
        id=delivery.id,
        uid=event.uid,
        kind=Announced(event.kind),
        at=event.at,
        ticket_id=event.data.get("ticket_id"),
        tries=delivery.tries,
        tried_at=delivery.tried_at,
        try_at=delivery.try_at,
        status=delivery.status,
        problem=Problem(delivery.problem) if delivery.problem else None,
        answer=delivery.answer or "",
        ended_at=delivery.ended_at,
    )
