"""Signing in and out, and the language of the pages."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from call_logs.storage import LockedOut, LoginRefused
from call_logs.users import Actor
from dashboard.web.errors import safe_path
from dashboard.web.render import go, visitor_page
from dashboard.web.settings import LANGUAGES
from dashboard.web.signin import (
    FIRM_HOME,
    FIRM_PATHS,
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    YEAR_S,
    Login,
    SignedIn,
    check_csrf,
    optional_login,
    remember,
    source_of,
    visitor_of,
    visitor_token,
)
from dashboard.web.site import SiteOf

router = APIRouter()

MaybeLogin = Annotated[Login | None, Depends(optional_login)]


@router.get("/login")
async def show_login(
    request: Request, site: SiteOf, login: MaybeLogin, next: str = "/"
) -> Response:
    """The sign-in form; who is signed in already goes on."""
    if login:
        return go(safe_path(next))
    return visitor_page(request, site, "people/login.html", next=safe_path(next), name="")


@router.post("/login")
async def sign_in(
    request: Request,
    site: SiteOf,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Check name and password and start a session."""
    await check_csrf(request, visitor_token(visitor_of(request)))
    try:
        session = await site.store.users.login(name.strip(), password, source_of(request))
    except LockedOut as error:
        return visitor_page(
            request,
            site,
            "people/login.html",
            HTTPStatus.TOO_MANY_REQUESTS,
            next=safe_path(next),
            name=name,
            locked_minutes=math.ceil(error.retry_after_s / 60),
        )
    except LoginRefused:
        return visitor_page(
            request,
            site,
            "people/login.html",
            HTTPStatus.UNAUTHORIZED,
            next=safe_path(next),
            name=name,
            refused=True,
        )
    address = safe_path(next)
    if Actor.of(session.user).is_outside and not FIRM_PATHS.fullmatch(address):
        address = FIRM_HOME
    response = go(address)
    lifetime_s = int((session.expires_at - site.store.clock.now()).total_seconds())
    remember(response, SESSION_COOKIE, session.token, site.settings, lifetime_s)
    if LANGUAGE_COOKIE not in request.cookies and session.user.language in LANGUAGES:
        remember(response, LANGUAGE_COOKIE, session.user.language, site.settings, YEAR_S)
    return response


@router.post("/logout")
async def sign_out(site: SiteOf, login: SignedIn) -> Response:
    """End the session, here and in the store."""
    await site.store.users.logout(login.session.token)
    response = go("/login")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.post("/language")
async def choose(
    request: Request,
    site: SiteOf,
    login: MaybeLogin,
    language: Annotated[str, Form()],
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Show the pages in another language from now on."""
    expected = login.session.csrf_token if login else visitor_token(visitor_of(request))
    await check_csrf(request, expected)
    response = go(safe_path(next))
    if language in LANGUAGES:
        remember(response, LANGUAGE_COOKIE, language, site.settings, YEAR_S)
    return response
