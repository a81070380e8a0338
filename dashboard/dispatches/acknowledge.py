"""The page behind a notice's link: one press takes the ticket, without a login.

The token in the address is the right: it names one search and one person, and runs out.
Mail and chat programs open links to preview them, so opening it changes nothing. A form of
another site cannot know a token, so none other is asked for. The page sends no referrer,
since its address is a secret.
"""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse

from call_logs.dispatches import AcknowledgedVia, Dispatch, DispatchStatus
from call_logs.storage import AcknowledgeClaim, LinkExpired, LinkInvalid, NotFound
from call_logs.users import Actor
from dashboard.dispatches.searches import names_of
from dashboard.web.sight import as_program
from dashboard.web.site import Site, SiteOf

router = APIRouter(prefix="/acknowledge/{token}", dependencies=[Depends(as_program)])


@router.get("")
async def ask(request: Request, site: SiteOf, token: str) -> Response:
    """What it is about, and the button."""
    read = await _read(request, site, token)
    if isinstance(read, Response):
        return read
    claim, dispatch = read
    return await _page(request, site, claim, dispatch)


@router.post("")
async def take(request: Request, site: SiteOf, token: str) -> Response:
    """The button was pressed. Pressed twice, it is still theirs."""
    read = await _read(request, site, token)
    if isinstance(read, Response):
        return read
    claim, dispatch = read
    if dispatch.status is not DispatchStatus.CLOSED:
        answer = await site.store.dispatches.acknowledge(
            dispatch.id, Actor.on_call(claim.person), AcknowledgedVia.LINK
        )
        dispatch = answer.dispatch
    is_theirs = _holder(dispatch) == claim.person
    return await _page(
        request, site, claim, dispatch, HTTPStatus.OK if is_theirs else HTTPStatus.CONFLICT
    )


async def _read(
    request: Request, site: Site, token: str
) -> tuple[AcknowledgeClaim, Dispatch] | Response:
    """Who may take what; or the page that says why nothing can be taken."""
    try:
        claim = site.store.dispatches.verify_token(token)
        dispatch = await site.store.dispatches.get(claim.dispatch_id)
    except LinkExpired:
        return _plain(request, site, "expired", HTTPStatus.GONE)
    except (LinkInvalid, NotFound):
        return _plain(request, site, "invalid", HTTPStatus.NOT_FOUND)
    if dispatch.drill:
        return _plain(request, site, "drill")
    return claim, dispatch


def _holder(dispatch: Dispatch) -> str:
    """Who has it; whoever talks with the owner before whoever only said so."""
    return dispatch.person or dispatch.acknowledged_by


async def _page(
    request: Request,
    site: Site,
    claim: AcknowledgeClaim,
    dispatch: Dispatch,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    names = await names_of(site)
    holder = _holder(dispatch)
    if holder == claim.person:
        state = "mine"
    elif holder:
        state = "taken"
    elif dispatch.status is DispatchStatus.CLOSED:
        state = "over"
    else:
        state = "open"
    return _plain(
        request,
        site,
        state,
        status,
        dispatch=dispatch,
        ticket=await site.store.tickets.get(dispatch.its_ticket_id),
        me=names.get(claim.person, claim.person),
        holder=names.get(holder, holder),
    )


def _plain(
    request: Request,
    site: Site,
    state: str,
    status: HTTPStatus = HTTPStatus.OK,
    **context: object,
) -> Response:
    text = site.views.render(
        "dispatches/acknowledge.html",
        request.state.language,
        {"login": None, "nonce": request.state.nonce, "state": state, **context},
    )
    return HTMLResponse(text, status, headers={"X-Robots-Tag": "noindex"})
