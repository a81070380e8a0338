"""For whom a request reads: nobody until somebody has signed in, and then that one.

The store keeps back what a viewer may not see; here it is said who that is, on every way into the
application. A ticket's address that is kept from whoever asks does not exist, and the access log
tells who tried. For a sensitive ticket even those of its circle say first why they look.
"""

from __future__ import annotations

from urllib.parse import unquote

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from call_logs.circles import Sight
from call_logs.storage import NotFound
from call_logs.viewing import NOBODY, PROGRAM, becomes, looking
from dashboard.web.errors import ReasonNeeded
from dashboard.web.site import Site

REASON_HEADER = "X-Hotline-Reason"  # percent-encoded UTF-8
REASON_FIELD = "reason"
REASON_LIMIT = 500


class Onlooker:
    """ASGI middleware: every request begins as nobody's."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with looking(NOBODY):
            await self.app(scope, receive, send)


def as_program() -> None:
    """For pages whose right is an address: they show what the program says to whoever has it."""
    becomes(PROGRAM)


def given_reason(request: Request) -> str:
    """What a program, or the form of an export, says of why it looks."""
    written = request.headers.get(REASON_HEADER) or request.query_params.get(REASON_FIELD) or ""
    return unquote(written).strip()[:REASON_LIMIT]


async def ticket_of_address(request: Request, site: Site) -> int | None:
    """The ticket that an address is about, however it names it."""
    named = request.path_params
    if (ticket := _number(named.get("ticket_id"))) is not None:
        return ticket
    call = named.get("call_id")
    if recording := named.get("recording_id"):
        call = await site.store.eyes.call_of_recording(recording)
    return None if not call else await site.store.eyes.ticket_of_call(call)


async def check_sight(
    request: Request, site: Site, name: str, source: str, *, by_cookie: bool
) -> None:
    """Raises:
    NotFound: the ticket of this address is kept from whoever looks now.
    ReasonNeeded: it is sensitive, and nobody has said why they look.
    """
    ticket_id = await ticket_of_address(request, site)
    if ticket_id is None:
        return
    match await site.store.eyes.sight(ticket_id):
        case Sight.KEPT_BACK:
            await site.store.access.add(name, "refused", "ticket", ticket_id, source=source)
            raise NotFound(f"there is no ticket with id {ticket_id}")
        case Sight.SENSITIVE:
            remembered = by_cookie and site.reasons.holds(name, source, str(ticket_id))
            reason = given_reason(request)
            if not reason and not remembered:
                raise ReasonNeeded(ticket_id)
            if reason:
                await tell_reason(site, name, source, ticket_id, reason, by_cookie=by_cookie)


async def tell_reason(
    site: Site, name: str, source: str, ticket_id: int, reason: str, *, by_cookie: bool
) -> None:
    """Write down why somebody looks; at a browser it holds for a while."""
    if site.reasons.first(name, source, str(ticket_id), reason):
        await site.store.access.add(
            name, "opened", "ticket", ticket_id, source=source, reason=reason
        )
    if by_cookie:
        site.reasons.first(name, source, str(ticket_id))


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
