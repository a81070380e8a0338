"""Sends what waits for webhooks, each address on its own: one that hangs delays no other."""

from __future__ import annotations

import asyncio
import logging
import ssl
from typing import Any

from call_logs.storage.checks import Checks, Severity
from call_logs.storage.errors import NotFound, StoreBusy, StoreError
from call_logs.storage.loops import Loop, one_by_one
from call_logs.storage.readable import BROKEN
from call_logs.tickets.store import Tickets
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.viewing.viewer import Viewer, looking
from call_logs.webhooks.outside import Outside
from call_logs.webhooks.posting import body_of, post, record_of
from call_logs.webhooks.store import Webhooks
from call_logs.webhooks.webhook import Delivery, Problem

__all__ = ["WebhookSender"]

logger = logging.getLogger(__name__)

EVERY_S = 1.0  # another system hears of something so soon
RUN_S = 20.0  # of one address in one run; the others are not kept waiting longer
AT_ONCE = 4  # addresses
# As a program reads that has a token with these rights.
READER = Viewer(
    Actor(
        "a webhook",
        rights=frozenset({Permission.SEE_TICKETS, Permission.SEE_NAMES, Permission.SEE_NUMBERS}),
    )
)


class WebhookSender:
    def __init__(self, webhooks: Webhooks, tickets: Tickets, checks: Checks) -> None:
        self._webhooks = webhooks
        self._tickets = tickets
        self._clock = checks.clock
        self._loop = Loop(
            "sending to webhooks",
            self.send,
            checks=checks,
            every_s=EVERY_S,
            severity=Severity.DEGRADED,
        )
        self._outside = Outside("webhooks")
        self._tls: ssl.SSLContext | None = None

    async def send(self) -> None:
        """Send what is to be sent by now.

        Raises:
            StoreError: some could not be seen to; all the others are.
        """
        places = asyncio.Semaphore(AT_ONCE)
        found = await self._webhooks.queue.listening()

        async def in_turn(webhook_id: int) -> Exception | None:
            async with places:
                try:
                    await self._send_all(webhook_id)
                except StoreError as error:
                    return error
                return None

        failed = await asyncio.gather(*map(in_turn, found))
        for error in filter(None, failed):
            raise error

    def start(self) -> None:
        """Returns at once; what is to be sent goes from now on."""
        self._loop.start()

    async def close(self) -> None:
        await self._loop.close()
        await self._outside.close()

    async def _send_all(self, webhook_id: int) -> None:
        """Until it does not take one, or has had its time."""
        ends = self._clock.monotonic() + RUN_S
        queue = self._webhooks.queue
        going = True

        async def one(delivery_id: int) -> None:
            nonlocal going
            if not going or self._clock.monotonic() > ends:
                return
            try:
                delivery = await queue.take(delivery_id)
                ticket = None if delivery is None else await self._ticket(delivery)
            except StoreBusy:
                raise
            except BROKEN:
                logger.exception("an event for a webhook cannot be read and is left out")
                await queue.drop(delivery_id, Problem.UNREADABLE)
                return
            if delivery is None:
                return
            if ticket is None and delivery.data.get("ticket_id") is not None:
                await queue.drop(delivery_id, Problem.KEPT_BACK)
                return
            going = await self._send(delivery, ticket if delivery.details else None)

        await one_by_one("events for a webhook", await queue.waiting(webhook_id), one)

    async def _ticket(self, delivery: Delivery) -> dict[str, Any] | None:
        """The record of the event's ticket as it is now, never with who told an anonymous one;
        None: there is none, or it is sensitive, and nothing of it is sent."""
        ticket_id = delivery.data.get("ticket_id")
        if ticket_id is None:
            return None
        try:
            with looking(READER):
                return record_of(await self._tickets.get(ticket_id))
        except NotFound:
            return None

    async def _send(self, delivery: Delivery, ticket: dict[str, Any] | None) -> bool:
        """Whether it was taken."""
        if self._tls is None:
            self._tls = await asyncio.to_thread(self._webhooks.egress.tls)
        tls: ssl.SSLContext = self._tls
        now = self._clock.now()
        body = body_of(delivery, ticket)
        answer = await self._outside.run(
            lambda: post(delivery, body, self._webhooks.egress, tls, now)
        )
        await self._webhooks.queue.ended(delivery.id, answer)
        return answer.problem is None
