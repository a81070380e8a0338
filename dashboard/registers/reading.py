"""Whoever reads what follows from a ticket has read of the ticket: the access log says so."""

from __future__ import annotations

from call_logs.registers import Entry, RegisterKind
from dashboard.web.access import note_access
from dashboard.web.signin import Login
from dashboard.web.site import Site


async def note_listed(site: Site, login: Login, register: RegisterKind) -> None:
    if register is RegisterKind.IMPROVEMENT:
        await note_access(site, login, "listed", "ticket", again=True)


async def note_looked(site: Site, login: Login, entry: Entry) -> None:
    if entry.from_ticket is not None:
        await note_access(site, login, "looked", "ticket", entry.from_ticket, again=True)
