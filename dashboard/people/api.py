"""Signing in and out for programs."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request

from dashboard.people.api_models import SessionIn, SessionOut, UserOut
from dashboard.web.signin import SignedIn, source_of
from dashboard.web.site import SiteOf

router = APIRouter(tags=["sessions"])


@router.post(
    "/sessions",
    status_code=HTTPStatus.CREATED,
    responses={429: {"description": "Too many failures; `Retry-After` says how long to wait."}},
)
async def sign_in(request: Request, site: SiteOf, body: SessionIn) -> SessionOut:
    """Start a session. 401: name or password is wrong; 429: too many failures, wait."""
    session = await site.store.users.login(body.name, body.password, source_of(request))
    return SessionOut(
        token=session.token,
        expires_at=session.expires_at,
        user=UserOut.model_validate(session.user),
    )


@router.get("/sessions/current")
async def who_am_i(login: SignedIn) -> UserOut:
    """The user of this session."""
    return UserOut.model_validate(login.user)


@router.delete("/sessions/current", status_code=HTTPStatus.NO_CONTENT)
async def sign_out(site: SiteOf, login: SignedIn) -> None:
    """End this session."""
    await site.store.users.logout(login.session.token)
