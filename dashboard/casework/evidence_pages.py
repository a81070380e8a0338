"""Evidence on a ticket's page: looked at, added, destroyed with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Header, Request, Response

from call_logs.casework import EvidenceRefused
from call_logs.storage import Lacking
from call_logs.users import Permission
from dashboard.casework.labels import FILE_REFUSALS
from dashboard.casework.sending import evidence_response
from dashboard.web.access import note_access
from dashboard.web.errors import Forbidden, ForgedRequest, PasswordChangeNeeded, SignInNeeded
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import (
    CSRF_FIELD,
    Login,
    TicketReader,
    TicketWorker,
    check_token,
    optional_login,
)
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_
from dashboard.web.uploads import SentForm

router = APIRouter(prefix="/tickets/{ticket_id}/evidence")

NOTE_LIMIT = 1000
NOTHING_SENT = N_("Choose a file first.")


@dataclass(frozen=True)
class Sender:
    """As `requires`, but for the form's token, which stands in a form that is read later."""

    permission: Permission

    async def __call__(self, login: Annotated[Login | None, Depends(optional_login)]) -> Login:
        """Raises:
        SignInNeeded, PasswordChangeNeeded, Forbidden.
        """
        if login is None:
            raise SignInNeeded
        if login.user.must_change_password:
            raise PasswordChangeNeeded
        if not login.may(self.permission):
            raise Forbidden(self.permission)
        return login


@router.get("")
async def show_evidence(
    request: Request, site: SiteOf, login: TicketReader, ticket_id: RowId
) -> Response:
    """All of a ticket's evidence."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket.id, again=True)
    return await _page(request, site, login, ticket_id)


@router.post("")
async def add_evidence(
    request: Request,
    site: SiteOf,
    login: Annotated[Login, Depends(Sender(Permission.WORK_TICKETS))],
    ticket_id: RowId,
) -> Response:
    """Take the files of the form, each by itself; those that were taken stay."""
    form = SentForm(request)
    problem, count = "", 0
    async for sent in form.files():
        check_token(request, form.fields.get(CSRF_FIELD), login.session.csrf_token)
        count += 1
        try:
            await site.store.evidence.add(
                ticket_id,
                login.actor,
                sent.content,
                name=sent.name,
                note=form.fields.get("note", "")[:NOTE_LIMIT],
                record_id=_record(form.fields.get("record", "")),
            )
        except EvidenceRefused as error:
            problem = FILE_REFUSALS[error.reason]
            break
    if not form.fields and not count:
        raise ForgedRequest
    if problem or not count:
        return await _page(
            request,
            site,
            login,
            ticket_id,
            HTTPStatus.UNPROCESSABLE_ENTITY,
            problem=problem or NOTHING_SENT,
        )
    return go(f"/tickets/{ticket_id}/evidence")


@router.get("/{evidence_id}")
async def send_evidence(
    *,
    site: SiteOf,
    login: TicketReader,
    ticket_id: RowId,
    evidence_id: str,
    range: Annotated[str | None, Header()] = None,
) -> Response:
    """The file itself."""
    evidence, reader = await site.store.evidence.open(ticket_id, evidence_id, login.actor)
    await note_access(site, login, "looked", "evidence", evidence_id, again=True)
    return evidence_response(evidence, reader, range)


@router.post("/{evidence_id}/remove")
async def remove_evidence(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    ticket_id: RowId,
    evidence_id: str,
    note: Annotated[str, Form(max_length=NOTE_LIMIT)] = "",
) -> Response:
    try:
        await site.store.evidence.remove(ticket_id, evidence_id, login.actor, note)
    except Lacking:
        status, problem = HTTPStatus.CONFLICT, N_("Write in the note why.")
        return await _page(request, site, login, ticket_id, status, problem=problem)
    return go(f"/tickets/{ticket_id}/evidence")


def _record(written: str) -> int | None:
    """The record that the files belong to; none that is no number."""
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else None


async def _page(
    request: Request,
    site: Site,
    login: Login,
    ticket_id: int,
    status: HTTPStatus = HTTPStatus.OK,
    **context: Any,
) -> Response:
    return await page(
        request,
        site,
        login,
        "casework/evidence.html",
        status,
        ticket=await site.store.tickets.get(ticket_id),
        evidence=await site.store.evidence.of_ticket(ticket_id, login.actor),
        records=await site.store.records.of_ticket(ticket_id, login.actor),
        rules=site.store.evidence.rules,
        **context,
    )
