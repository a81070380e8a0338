"""What the tickets come to, for whoever may know it."""

from __future__ import annotations

from call_logs.reports.ledger import LedgerPages, read_ledger
from call_logs.storage.database import Database
from call_logs.storage.keys import Keys
from call_logs.storage.scratch import Scratch
from call_logs.tickets.ticket import TicketFilter
from call_logs.users.access import AccessLog
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission


class Reports:
    def __init__(
        self, database: Database, keys: Keys, region: str, *, access: AccessLog, scratch: Scratch
    ) -> None:
        self._database = database
        self._keys = keys
        self._region = region
        self._access = access
        self.scratch = scratch  # for whoever makes a file of it

    async def ledger(self, actor: Actor, wanted: TicketFilter, *, source: str = "") -> LedgerPages:
        """Every ticket that `wanted` finds (its `limit` and `before` do not count), newest first,
        some at a time. The access log says who has it before the first one is read; `source` is
        the network address.

        Raises:
            NotAllowed, StoreBusy.
        """
        actor.check(Permission.EXPORT)
        await self._access.add(actor.name, "exported", "ledger", "", source=source)
        return read_ledger(self._database, self._keys, self._region, wanted)
