"""A program for `test_sending`: opens tickets and tells of them, until it is killed or done."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path

from call_logs import Rules, Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys
from call_logs.tickets import NewTicket
from call_logs.users import Role
from call_logs.webhooks import CHOSEN, Egress, NewWebhook, WebhookSender
from tests.people import person
from tests.turned_clock import TurnedClock

ADMIN = person("admin", Role.ADMIN)


async def main(home: Path, url: str) -> None:
    clock = TurnedClock(datetime.now(UTC))
    store = await Store.open(
        f"sqlite:///{home}/hotline.db",
        keys=Keys.load(home / "key", environ={}),
        recordings=RecordingFiles(home / "recordings"),
        spool=home / "spool",
        rules=Rules(egress=Egress(allow=(ip_network("127.0.0.0/8"),))),
        clock=clock,
    )
    sender = WebhookSender(store.webhooks, store.tickets, store.checks)
    if url != "again":
        await store.webhooks.add(NewWebhook("x", url, frozenset(CHOSEN)), ADMIN)
        for _ in range(3):
            await store.tickets.open(NewTicket(text="lamp"))
        await sender.send()
    else:
        clock.set(clock.now() + timedelta(minutes=10))  # the claim of the killed one is over
        (found,) = await store.webhooks.all(ADMIN)
        while found.waiting:
            await sender.send()
            (found,) = await store.webhooks.all(ADMIN)
    await sender.close()
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
