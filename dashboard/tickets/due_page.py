"""What is overdue, what is due today, what waits; and the targets behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time, timedelta

from fastapi import APIRouter, Request, Response

from call_logs.casework import RecordKind, Task
from call_logs.roster import moment
from call_logs.tickets import TicketFilter, TicketOrder
from dashboard.web.access import note_access
from dashboard.web.render import page
from dashboard.web.signin import TicketReader
from dashboard.web.site import SiteOf

router = APIRouter()

MOST_SHOWN = 200  # of each list
_MIDNIGHT = time()


@router.get("/deadlines")
async def show_deadlines(request: Request, site: SiteOf, login: TicketReader) -> Response:
    """For whoever looks every morning at what must be done."""
    store, zone = site.store, site.settings.zone
    tomorrow = store.clock.now().astimezone(zone).date() + timedelta(days=1)
    midnight = moment(tomorrow, _MIDNIGHT, zone)
    by_deadline = TicketFilter(open=True, order=TicketOrder.DEADLINE, limit=MOST_SHOWN)
    await note_access(site, login, "listed", "ticket", again=True)
    return await page(
        request,
        site,
        login,
        "tickets/due.html",
        overdue=await store.tickets.list(replace(by_deadline, overdue=True)),
        today=await store.tickets.list(replace(by_deadline, overdue=False, due_before=midnight)),
        paused=await store.tickets.list(TicketFilter(open=True, paused=True, limit=MOST_SHOWN)),
        measures=_by_ticket(await store.tasks.of_kind(RecordKind.MEASURE, login.actor)),
        questions=await store.tasks.of_kind(RecordKind.QUESTION, login.actor),
        rules=store.tickets.deadlines.rules,
    )


def _by_ticket(tasks: Iterable[Task]) -> Mapping[int, list[Task]]:
    found: dict[int, list[Task]] = {}
    for each in tasks:
        found.setdefault(each.ticket.id, []).append(each)
    return found
