"""Webhooks, for administrators: who is told what, and what they said."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from call_logs.storage import Announced, InvalidValue, NotFound
from call_logs.webhooks import CHOSEN, NewWebhook
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.signin import Login, UserManager
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/webhooks")

Events = Annotated[list[Announced], Form()]
WRONG = {
    "name": N_("The name: small letters, digits, - and _, at most 60, and no other has it."),
    "events": N_("Choose one event or more."),
    "address": N_(
        "The address must be of the form https://NAME/…, without a password in it. A network of"
        " your own, also by http, must stand under “allow” in [webhooks] of the configuration."
    ),
}


@router.get("")
async def show_webhooks(request: Request, site: SiteOf, login: UserManager) -> Response:
    return await _list(request, site, login)


@router.post("")
async def make_webhook(
    *,
    request: Request,
    site: SiteOf,
    login: UserManager,
    name: Annotated[str, Form(max_length=100)] = "",
    address: Annotated[str, Form(max_length=1000)] = "",
    events: Events = [],  # noqa: B006  (a form without a tick; never changed)
    details: Annotated[bool, Form()] = False,
) -> Response:
    """The answer alone shows the secret: nobody can ask for it again."""
    new = NewWebhook(name, address, frozenset(events), details)
    try:
        made, secret = await site.store.webhooks.add(new, login.actor)
    except InvalidValue as error:
        problem = WRONG.get(error.field, WRONG["address"])
        return await _list(request, site, login, problem=problem, new=new)
    return await _one(request, site, login, made.id, secret=secret)


@router.get("/{webhook_id}")
async def show_webhook(
    request: Request, site: SiteOf, login: UserManager, webhook_id: RowId
) -> Response:
    return await _one(request, site, login, webhook_id)


@router.post("/{webhook_id}/rotate")
async def rotate(request: Request, site: SiteOf, login: UserManager, webhook_id: RowId) -> Response:
    secret = await site.store.webhooks.rotate(webhook_id, login.actor)
    return await _one(request, site, login, webhook_id, secret=secret)


@router.post("/{webhook_id}/test")
async def send_test(site: SiteOf, login: UserManager, webhook_id: RowId) -> Response:
    await site.store.webhooks.test(webhook_id, login.actor)
    return go(f"/webhooks/{webhook_id}")


@router.post("/{webhook_id}/pause")
async def pause(site: SiteOf, login: UserManager, webhook_id: RowId) -> Response:
    await site.store.webhooks.pause(webhook_id, login.actor)
    return go(f"/webhooks/{webhook_id}")


@router.post("/{webhook_id}/resume")
async def resume(site: SiteOf, login: UserManager, webhook_id: RowId) -> Response:
    await site.store.webhooks.resume(webhook_id, login.actor)
    return go(f"/webhooks/{webhook_id}")


@router.post("/{webhook_id}/remove")
async def remove(site: SiteOf, login: UserManager, webhook_id: RowId) -> Response:
    await site.store.webhooks.remove(webhook_id, login.actor)
    return go("/webhooks")


@router.post("/{webhook_id}/deliveries/{delivery_id}/again")
async def send_again(
    site: SiteOf, login: UserManager, webhook_id: RowId, delivery_id: RowId
) -> Response:
    await site.store.webhooks.send_again(webhook_id, delivery_id, login.actor)
    return go(f"/webhooks/{webhook_id}")


async def _list(
    request: Request,
    site: Site,
    login: Login,
    *,
    problem: str | None = None,
    new: NewWebhook | None = None,
) -> Response:
    return await page(
        request,
        site,
        login,
        "system/webhooks.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK,
        webhooks=await site.store.webhooks.all(login.actor),
        events=CHOSEN,
        problem=problem,
        new=new,
    )


async def _one(
    request: Request, site: Site, login: Login, webhook_id: int, *, secret: str = ""
) -> Response:
    found = {each.id: each for each in await site.store.webhooks.all(login.actor)}
    if webhook_id not in found:
        raise NotFound(f"there is no webhook with id {webhook_id}")
    response = await page(
        request,
        site,
        login,
        "system/webhook.html",
        webhook=found[webhook_id],
        log=await site.store.webhooks.log(webhook_id, login.actor),
        secret=secret,
    )
    response.headers["Cache-Control"] = "no-store"
    return response
