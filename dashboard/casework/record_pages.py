"""Visits, statements, tasks and hand-overs of a ticket: written down, corrected, read back."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from call_logs.casework import RECORDS, CaseRecord, RecordKind, Side, WrongField
from call_logs.registers import Skilled
from call_logs.storage import NotAllowed, VersionConflict
from dashboard.casework.labels import APPROVAL_NEEDED
from dashboard.casework.record_form import RecordForm, empty_form, filled_form, read_form
from dashboard.casework.refusal import refusal
from dashboard.casework.task_pages import finish_task
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

CHANGED = N_(
    "Somebody changed this record while you were writing. Your entries are still here; below "
    "you see what is saved now. Save again to keep yours."
)


@router.get("/records/new/{record_kind}")
async def open_new(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId, record_kind: RecordKind
) -> Response:
    me = login.user.full_name or login.user.name
    form = empty_form(record_kind, site.store.clock.now(), site.settings.zone, me)
    if record_kind is RecordKind.TASK:  # proposed to whoever can do it and is here
        ticket = await site.store.tickets.get(ticket_id)
        able = [
            each
            for each in await site.store.means.skilled(ticket.category, login.actor)
            if each.alone and each.here
        ]
        if able:
            form = RecordForm(record_kind, {**form.inputs, "who": able[0].who})
    return await _page(request, site, login, ticket_id, form=form, key=secrets.token_hex(16))


@router.post("/records/new/{record_kind}")
async def save_new(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    record_kind: RecordKind,
    key: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Sent twice it is one."""
    form, _ = await read_form(request, record_kind)
    try:
        await site.store.records.add(ticket_id, form.edit(site.settings.zone), login.actor, key=key)
    except (WrongField, NotAllowed) as error:
        return await _refused(request, site, login, ticket_id, form=form, error=error, key=key)
    return go(f"/tickets/{ticket_id}")


@router.get("/records/{record_id}")
async def open_record(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId, record_id: RowId
) -> Response:
    record = await site.store.records.get(ticket_id, record_id, login.actor)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    form = filled_form(record, site.settings.zone)
    return await _page(
        request, site, login, ticket_id, form=form, record=record, version=record.version
    )


@router.post("/records/{record_id}")
async def save_record(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    record_id: RowId,
    version: Annotated[RowId, Form()],
) -> Response:
    """When somebody was faster, show both and save nothing."""
    record = await site.store.records.get(ticket_id, record_id, login.actor)
    form, _ = await read_form(request, record.kind)
    try:
        await site.store.records.change(
            ticket_id, record_id, form.edit(site.settings.zone), login.actor, version=version
        )
    except (WrongField, NotAllowed) as error:
        return await _refused(
            request,
            site,
            login,
            ticket_id,
            form=form,
            error=error,
            record=record,
            version=version,
        )
    except VersionConflict:
        record = await site.store.records.get(ticket_id, record_id, login.actor)
        return await _page(
            request,
            site,
            login,
            ticket_id,
            form=form,
            status=HTTPStatus.CONFLICT,
            record=record,
            version=record.version,
            problem=CHANGED,
        )
    return go(f"/tickets/{ticket_id}")


@router.post("/records/{record_id}/done")
async def task_done(
    *,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    record_id: RowId,
    version: Annotated[RowId, Form()],
) -> Response:
    await finish_task(site, login, ticket_id, record_id, version)
    return go(f"/tickets/{ticket_id}")


@router.get("/sides/{side}")
async def show_side(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId, side: Side
) -> Response:
    """What one side has said, and nothing of the others: to read back to it, or to print."""
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    ticket = await site.store.tickets.get(ticket_id)
    words = site.views.words(request.state.language, ticket.category)
    statements = await site.store.records.of_side(ticket_id, side, login.actor)
    return await page(
        request,
        site,
        login,
        "casework/side.html",
        ticket=ticket,
        side=side,
        statements=statements,
        words=words,
    )


async def _refused(
    request: Request,
    site: Site,
    login: Login,
    ticket_id: int,
    *,
    form: RecordForm,
    error: WrongField | NotAllowed,
    **context: Any,
) -> Response:
    """The form again, with all that was written and what is wrong in it."""
    status, problem, wrong = refusal(form, error, not_allowed=APPROVAL_NEEDED)
    return await _page(
        request,
        site,
        login,
        ticket_id,
        form=form,
        status=status,
        problem=problem,
        wrong=wrong,
        **context,
    )


async def _page(
    request: Request,
    site: Site,
    login: Login,
    ticket_id: int,
    *,
    form: RecordForm,
    status: HTTPStatus = HTTPStatus.OK,
    record: CaseRecord | None = None,
    **context: Any,
) -> Response:
    ticket = await site.store.tickets.get(ticket_id)
    store = site.store.records
    skilled: tuple[Skilled, ...] = ()
    if form.kind is RecordKind.TASK:
        skilled = await site.store.means.skilled(ticket.category, login.actor)
    return await page(
        request,
        site,
        login,
        "casework/record.html",
        status,
        ticket=ticket,
        staff=await site.store.staff.current(),
        form=form,
        fields=RECORDS[RecordKind(form.kind)],
        categories=(),
        skilled=skilled,
        record=record,
        versions=await store.versions(ticket_id, record.id, login.actor) if record else (),
        points=site.settings.guide.of(ticket.category).checklist,
        words=site.views.words(request.state.language, ticket.category),
        **context,
    )
