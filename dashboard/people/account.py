"""One's own account: the password."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import LockedOut, LoginRefused, StoreBusy, StoreError
from call_logs.users import MAX_PASSWORD
from dashboard.web.render import go, page
from dashboard.web.signin import SignedIn
from dashboard.web.site import SiteOf
from dashboard.web.texts import N_

router = APIRouter()

MIN_PASSWORD = 10  # characters; NIST SP 800-63B asks for at least 8 and for no other rules


def password_problem(password: str, repeated: str) -> str | None:
    """Why a new password is not taken, as a message of the catalogue."""
    if len(password) < MIN_PASSWORD:
        return N_("A password needs at least 10 characters. Several words are easy to remember.")
    if len(password) > MAX_PASSWORD:
        return N_("A password has at most 256 characters.")
    if password != repeated:
        return N_("The two new passwords are not the same.")
    return None


@router.get("/account")
async def show_account(
    request: Request, site: SiteOf, login: SignedIn, saved: bool = False
) -> Response:
    return await page(request, site, login, "people/account.html", saved=saved, problem=None)


@router.post("/account/password")
async def change_password(
    *,
    request: Request,
    site: SiteOf,
    login: SignedIn,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    repeated: Annotated[str, Form()] = "",
) -> Response:
    """Take a new password; the user's other sessions end."""
    problem = password_problem(new, repeated)
    if problem is None:
        try:
            await site.store.users.change_password(
                login.user.id, old, new, keep_token=login.session.token, source=login.source
            )
        except LockedOut:
            problem = N_("Too many failed attempts. Wait a little before the next one.")
        except LoginRefused:
            problem = N_("The present password is wrong.")
        except StoreBusy:
            raise
        except StoreError as error:
            problem = str(error)
    if problem is None:
        return go("/account?saved=true")
    return await page(
        request,
        site,
        login,
        "people/account.html",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        saved=False,
        problem=problem,
    )
