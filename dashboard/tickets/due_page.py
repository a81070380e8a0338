"""What is overdue, what is due today, what waits; the targets behind it, which managers change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import time, timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import RecordKind, Task
from call_logs.deadlines import TARGETS, ResponseTarget
from call_logs.roster import moment
from call_logs.storage import IllegalMove, Lacking, StoreError
from call_logs.tickets import TicketClass, TicketFilter, TicketOrder
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.render import go, page
from dashboard.web.signin import Login, TargetSetter, TicketReader
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/deadlines")

MOST_SHOWN = 200  # of each list
_MIDNIGHT = time()
UNITS = ("min", "h", "d", "working h", "working d")
LENGTHS = N_("Each target is a number from 1, at most a year.")


def _order(error: StoreError) -> str:
    if type(error) is not StoreError:
        raise error
    return N_("A ticket is acknowledged before somebody comes or answers.")


REFUSALS: Refusals = {
    Lacking: N_("Write why: targets are changed with a reason only."),
    IllegalMove: N_("That is what holds already."),
    StoreError: _order,
}


@router.get("")
async def show_deadlines(request: Request, site: SiteOf, login: TicketReader) -> Response:
    """For whoever looks every morning at what must be done."""
    return await _page(request, site, login)


@router.post("/targets")
async def change_target(
    *,
    request: Request,
    site: SiteOf,
    login: TargetSetter,
    ticket_class: Annotated[TicketClass, Form()],
    version: Annotated[RowId, Form()],
    category: Annotated[str, Form(max_length=64)] = "",
    note: Annotated[str, Form(max_length=1000)] = "",
    as_file: Annotated[bool, Form()] = False,
) -> Response:
    """Three numbers with their units; or, `as_file`, back to what the configuration says."""
    target = None
    if not as_file:
        form = await request.form()
        written = {name: f"{form.get(name, '')} {form.get(f'{name}_unit', '')}" for name in TARGETS}
        try:
            target = ResponseTarget.of(written)
        except ValueError:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return await _page(request, site, login, status, problem=LENGTHS)
    change = site.store.targets.change(
        ticket_class, category.strip(), target, login.actor, note, version=version
    )
    came = await outcome(change, N_("The target is changed."), REFUSALS)
    if came.problem:
        return await _page(request, site, login, came.status, **came.told)
    return go("/deadlines#targets")


async def _page(
    request: Request,
    site: Site,
    login: Login,
    status: HTTPStatus = HTTPStatus.OK,
    **told: Any,
) -> Response:
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
        status,
        overdue=await store.tickets.list(replace(by_deadline, overdue=True)),
        today=await store.tickets.list(replace(by_deadline, overdue=False, due_before=midnight)),
        paused=await store.tickets.list(TicketFilter(open=True, paused=True, limit=MOST_SHOWN)),
        measures=_by_ticket(await store.tasks.of_kind(RecordKind.MEASURE, login.actor)),
        questions=await store.tasks.of_kind(RecordKind.QUESTION, login.actor),
        targets=await store.targets.current(),
        changes=await store.targets.history(),
        rules=store.tickets.deadlines.rules,
        categories=await store.tickets.categories(),
        units=UNITS,
        **told,
    )


def _by_ticket(tasks: Iterable[Task]) -> Mapping[int, list[Task]]:
    found: dict[int, list[Task]] = {}
    for each in tasks:
        found.setdefault(each.ticket.id, []).append(each)
    return found
