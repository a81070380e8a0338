"""One ticket: what was said, what is known, what was done, and the next step."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response

from call_logs.calls import CallFilter, CallRecord
from call_logs.casework import major_reasons
from call_logs.storage import IllegalMove, Lacking, NotAllowed, VersionConflict
from call_logs.tickets import BROUGHT, BY_PEOPLE, FIELDS, Ticket, TicketStatus
from call_logs.users import Permission
from dashboard.calls.speech import TranscriptPage, ticket_speeches
from dashboard.dispatches.orders import OnceKey, orders_of
from dashboard.dispatches.searches import searches
from dashboard.tickets import owed_labels
from dashboard.tickets.form import NOTE_LIMIT, form_of, read_form, read_step
from dashboard.tickets.unasked import unasked
from dashboard.tickets.whose import proposed
from dashboard.web import labels
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.outcome import Refusals, outcome
from dashboard.web.render import fragment, page
from dashboard.web.signin import Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tickets/{ticket_id}")

STEP_REFUSALS: Refusals = {
    IllegalMove: N_("The ticket cannot make this step from where it is now. Reload the page."),
    Lacking: lambda error: labels.LACKING[error.fields[0]],
}

LOWERED_BY_APPROVERS = N_(
    "This ticket has or had a plan, or others were merged with it: whoever may approve plans "
    "lowers its class. Nothing was saved."
)
LOWERED_WITH_NOTE = N_(
    "Tickets were merged with this one: write below why its class becomes lower. Nothing was saved."
)


async def ticket_state(site: Site, login: Login, ticket: Ticket) -> dict[str, Any]:
    """What the parts of the page show that change with the ticket."""
    staff = await site.store.staff.current()  # the names that the page shows
    found = await searches(site, ticket.id)
    merged = ticket.merged_into is not None
    moves = () if merged else site.store.tickets.moves(ticket, login.actor)
    needed = [name for move in moves for name in move.needs if name in BROUGHT]
    if "satisfaction" in needed:
        needed.append("remark")
    needed = [*dict.fromkeys(needed), "news"]
    risks = await site.store.risks.for_ticket(ticket.id)
    return {
        "major_reasons": major_reasons(ticket, risks),
        "team": await site.store.team.of(ticket.id),
        "team_proposed": await site.store.team.proposed(ticket.id),
        "staff": staff,
        "told": await site.store.reminders.for_ticket(ticket.id),
        "proposed": await proposed(site, login, ticket),
        "orders": await orders_of(site, ticket, found),
        "ticket": ticket,
        "history": await site.store.tickets.history(ticket.id),
        "moves": moves,
        "needed": tuple(needed),
        "fields": FIELDS,
        "searches": found,
        "risks": risks,
        "links": await site.store.links.of(ticket.id),
        "hold": await site.store.holds.of(ticket.id),
        "categories": await site.store.tickets.categories(),
        "further_calls": await further_calls(site, ticket),
        "surveys": await site.store.surveys.of_ticket(ticket.id),
        "owner_news": await site.store.owner_news.of_ticket(ticket.id),
        "owed_labels": owed_labels,
        "unasked": unasked(site.settings, ticket),
    }


async def state_response(
    request: Request,
    site: Site,
    login: Login,
    ticket_id: RowId,
    status: HTTPStatus = HTTPStatus.OK,
    **told: str | None,
) -> Response:
    """The ticket as it is now, after something was done to it. `told`: a `problem`, or what
    was `done`, as a message id."""
    ticket = await site.store.tickets.get(ticket_id)
    state = await ticket_state(site, login, ticket)
    return fragment(request, site, login, "tickets/state.html", status, **told, **state)


async def further_calls(site: Site, ticket: Ticket) -> tuple[CallRecord, ...]:
    """Our calls to the owner, and who has called about the same case again, oldest first."""
    calls = await site.store.calls.list(CallFilter(ticket_id=ticket.id))
    return tuple(call for call in reversed(calls.items) if call.id != ticket.call_id)


async def _speeches(site: Site, login: Login, ticket: Ticket) -> tuple[TranscriptPage, ...]:
    if not login.may(Permission.LISTEN):
        return ()
    return await ticket_speeches(site, ticket.call_id, await further_calls(site, ticket))


@router.get("")
async def show_ticket(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId, read_back: bool = False
) -> Response:
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id)
    return await page(
        request,
        site,
        login,
        "tickets/ticket.html",
        speeches=await _speeches(site, login, ticket),
        read_back=read_back,
        **await ticket_state(site, login, ticket),
    )


@router.get("/state")
async def show_state(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """The parts that follow the ticket while the page is open."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id, again=True)
    return fragment(
        request, site, login, "tickets/state.html", **await ticket_state(site, login, ticket)
    )


@router.get("/speech")
async def show_speech(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """Recordings and transcripts, which may come after the page was opened."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id, again=True)
    return fragment(
        request,
        site,
        login,
        "calls/speech.html",
        speeches=await _speeches(site, login, ticket),
        phrases=ticket.phrases,
    )


@router.get("/edit")
async def open_form(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId
) -> Response:
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id, again=True)
    return await _form(request, site, login, ticket, form=form_of(ticket), conflicts=())


@router.post("/edit")
async def save_form(
    request: Request, site: SiteOf, login: TicketWorker, ticket_id: RowId
) -> Response:
    """Save what differs. When somebody was faster, show both values and save nothing."""
    form = await read_form(request)
    ticket = await site.store.tickets.get(ticket_id)
    try:
        changes = form.changes(ticket)
        if changes.values:
            ticket = await site.store.tickets.update(
                ticket.id,
                login.actor,
                changes,
                version=form.version,
                note=form.note,
                seen_to=form.seen_to,
            )
    except (NotAllowed, Lacking) as error:
        problem = LOWERED_BY_APPROVERS if isinstance(error, NotAllowed) else LOWERED_WITH_NOTE
        return await _form(
            request,
            site,
            login,
            ticket,
            HTTPStatus.CONFLICT,
            form=form,
            conflicts=(),
            problem=problem,
        )
    except VersionConflict:
        ticket = await site.store.tickets.get(ticket_id)
        return await _form(
            request,
            site,
            login,
            ticket,
            HTTPStatus.CONFLICT,
            form=form,
            conflicts=form.conflicts(ticket),
        )
    return await state_response(request, site, login, ticket_id, done=N_("Saved."))


@router.post("/move")
async def move(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    status: Annotated[TicketStatus, Form()],
    version: Annotated[RowId, Form()],
    note: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
    key: OnceKey = "",
) -> Response:
    """Take the ticket one step on."""
    changes = await read_step(request)
    move = site.store.tickets.move(
        ticket_id, status, login.actor, note.strip(), version, changes=changes, key=key
    )
    came = await outcome(move, N_("The step was taken."), STEP_REFUSALS)
    return await state_response(request, site, login, ticket_id, came.status, **came.told)


@router.post("/notes")
async def add_note(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    note: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
    key: OnceKey = "",
) -> Response:
    if not note.strip():
        problem = N_("There was no note to save: write it first.")
        return await state_response(request, site, login, ticket_id, problem=problem)
    await site.store.tickets.note(ticket_id, login.actor, note.strip(), key=key)
    return await state_response(request, site, login, ticket_id, done=N_("The note is saved."))


async def _form(
    request: Request,
    site: Site,
    login: Login,
    ticket: Ticket,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> Response:
    categories = await site.store.tickets.categories()
    return fragment(
        request,
        site,
        login,
        "tickets/form.html",
        status,
        ticket=ticket,
        staff=await site.store.staff.current(),
        categories=categories,
        fields=BY_PEOPLE,
        causes=site.settings.guide.of(ticket.category).causes,
        **context,
    )
