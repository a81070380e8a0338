"""The people who use the dashboard, for administrators."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.staff import ASSIGNEE_LIMIT
from call_logs.storage import NotFound, StoreBusy, StoreError
from call_logs.users import Role
from dashboard.people.account import password_problem
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, UserManager
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/users")

NO_FIRM = N_("Choose the firm: an account of an outside firm sees the tasks of that firm alone.")
NOBODY = "+"  # of the roster: no entry can be called so, and an empty field would not be sent


async def _page(
    request: Request, site: Site, login: Login, problem: str | None = None, done: str = ""
) -> Response:
    staff = await site.store.staff.current()
    return await page(
        request,
        site,
        login,
        "people/users.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        users=await site.store.users.list(),
        people=staff.roster.people,
        firms=staff.firms,
        roles=tuple(Role),
        problem=problem,
        done=done,
    )


@router.get("")
async def show_users(
    request: Request, site: SiteOf, login: UserManager, done: str = ""
) -> Response:
    return await _page(request, site, login, done=done)


@router.post("")
async def add_user(
    *,
    request: Request,
    site: SiteOf,
    login: UserManager,
    name: Annotated[str, Form(max_length=100)],
    role: Annotated[Role, Form()],
    password: Annotated[str, Form()],
    full_name: Annotated[str, Form(max_length=100)] = "",
    firm: Annotated[str, Form(max_length=ASSIGNEE_LIMIT)] = "",
) -> Response:
    """Add a person with a first password, to be replaced at the first sign-in. `firm`: counts for
    whoever is of an outside firm."""
    problem = password_problem(password, password)
    if not problem and not name.strip():
        problem = N_("A login name is needed.")
    if not problem and role is Role.FIRM and not firm:
        problem = NO_FIRM
    if not problem:
        try:
            await site.store.users.add(
                name.strip(),
                password,
                role,
                login.actor,
                full_name=full_name.strip(),
                language=site.settings.language,
                must_change_password=True,
                firm=firm if role is Role.FIRM else "",
            )
        except StoreBusy:
            raise
        except StoreError as error:
            problem = str(error)
    if problem:
        return await _page(request, site, login, problem)
    return go("/users?done=added")


@router.post("/{user_id}")
async def change_user(
    *,
    request: Request,
    site: SiteOf,
    login: UserManager,
    user_id: RowId,
    role: Annotated[Role, Form()],
    active: Annotated[bool, Form()] = False,
    full_name: Annotated[str, Form(max_length=100)] = "",
    person: Annotated[str | None, Form(max_length=40)] = None,
    firm: Annotated[str, Form(max_length=ASSIGNEE_LIMIT)] = "",
) -> Response:
    """Change a person's role, or switch the account off. Nobody shuts themselves out."""
    if user_id == login.user.id and (role is not Role.ADMIN or not active):
        return await _page(
            request,
            site,
            login,
            N_("You cannot take your own rights away. Ask another administrator."),
        )
    if role is Role.FIRM and not firm:
        return await _page(request, site, login, NO_FIRM)
    try:
        await _check_person(site, person)
        await site.store.users.update(
            user_id,
            login.actor,
            role=role,
            active=active,
            full_name=full_name.strip(),
            person="" if person == NOBODY else person,
            firm=firm if role is Role.FIRM else "",
        )
    except (NotFound, StoreBusy):
        raise
    except StoreError as error:
        return await _page(request, site, login, str(error))
    return go("/users?done=changed")


async def _check_person(site: Site, person: str | None) -> None:
    """Raises:
    StoreError: nobody of the roster has this id.
    """
    if person not in (None, NOBODY) and person not in (await site.store.roster.current()).by_id:
        raise StoreError(f"person: {person} is not on the roster")


@router.post("/{user_id}/password")
async def reset_password(
    request: Request,
    site: SiteOf,
    login: UserManager,
    user_id: RowId,
    password: Annotated[str, Form()],
) -> Response:
    """Give a person a new first password; all their sessions end."""
    problem = password_problem(password, password)
    if problem:
        return await _page(request, site, login, problem)
    await site.store.users.set_password(user_id, password, login.actor, must_change=True)
    return go("/users?done=password")
