"""From a template to a response."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from call_logs.users import Permission
from dashboard.web.banner import Banner, untaken
from dashboard.web.signin import VISITOR_COOKIE, YEAR_S, Login, remember, visitor_of, visitor_token
from dashboard.web.site import Site


def is_fragment(request: Request) -> bool:
    """Whether htmx asks for a part of a page (and not for history or a boosted page)."""
    return request.headers.get("hx-request-type") == "partial"


def fragment(
    request: Request,
    site: Site,
    login: Login,
    template: str,
    status: int = HTTPStatus.OK,
    **context: Any,
) -> HTMLResponse:
    """A part of a page."""
    text = site.views.render(
        template,
        request.state.language,
        {
            "login": login,
            "csrf": login.session.csrf_token,
            "nonce": request.state.nonce,
            **context,
        },
    )
    return HTMLResponse(text, status)


async def banner_of(site: Site, login: Login) -> dict[str, Any]:
    """What the red banner on every page is made of."""
    waiting = await untaken(site) if login.may(Permission.WORK_TICKETS) else ()
    return {"waiting": waiting, "banner": Banner.of(waiting, site.store.clock.now())}


async def page(
    request: Request,
    site: Site,
    login: Login,
    template: str,
    status: int = HTTPStatus.OK,
    **context: Any,
) -> HTMLResponse:
    """A whole page, with the counts that its navigation shows."""
    live = len(await site.store.live.list()) if login.may(Permission.SEE_CALLS) else 0
    return fragment(
        request,
        site,
        login,
        template,
        status,
        live_count=live,
        **await banner_of(site, login),
        path=request.url.path,
        **context,
    )


def visitor_page(
    request: Request, site: Site, template: str, status: int = HTTPStatus.OK, **context: Any
) -> HTMLResponse:
    """A page for somebody who is not signed in; binds its form to the browser."""
    visitor = visitor_of(request)
    text = site.views.render(
        template,
        request.state.language,
        {"login": None, "csrf": visitor_token(visitor), "nonce": request.state.nonce, **context},
    )
    response = HTMLResponse(text, status)
    remember(response, VISITOR_COOKIE, visitor, site.settings, YEAR_S)
    return response


def go(address: str) -> Response:
    """On to another page after a form was taken (post, redirect, get)."""
    return RedirectResponse(address, HTTPStatus.SEE_OTHER)
