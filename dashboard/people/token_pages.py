"""Tokens of programs, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import InvalidValue
from call_logs.users import GRANTABLE, Permission
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, UserManager
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/tokens")

Rights = Annotated[list[Permission], Form()]
WRONG = N_(
    "A token needs a name that no other had (small letters, digits, - and _), one right or more,"
    " and days from 1 to 3650 or none."
)


@router.get("")
async def show_tokens(request: Request, site: SiteOf, login: UserManager) -> Response:
    return await _page(request, site, login)


@router.post("")
async def make_token(
    *,
    request: Request,
    site: SiteOf,
    login: UserManager,
    name: Annotated[str, Form(max_length=100)] = "",
    rights: Rights = [],  # noqa: B006  (a form without a tick; never changed)
    days: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """The answer alone shows the token itself: nobody can ask for it again."""
    good_for = int(days) if days.strip().isdecimal() else None
    if days.strip() and good_for is None:
        return await _page(request, site, login, problem=WRONG)
    try:
        _, secret = await site.store.tokens.make(
            name.strip().casefold(), rights, login.actor, days=good_for
        )
    except InvalidValue:
        return await _page(request, site, login, problem=WRONG)
    response = await _page(request, site, login, secret=secret)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/{token_id}/revoke")
async def revoke_token(site: SiteOf, login: UserManager, token_id: RowId) -> Response:
    await site.store.tokens.revoke(token_id, login.actor)
    return go("/tokens")


async def _page(
    request: Request,
    site: Site,
    login: Login,
    *,
    problem: str | None = None,
    secret: str = "",
) -> Response:
    return await page(
        request,
        site,
        login,
        "people/tokens.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        tokens=await site.store.tokens.all(login.actor),
        grantable=[each for each in Permission if each in GRANTABLE],
        problem=problem,
        secret=secret,
    )
