"""How long what is kept, what would go now, what is held, and what has gone."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from call_logs.privacy import Kind
from call_logs.tickets import TicketClass
from dashboard.web.render import page
from dashboard.web.signin import SystemReader
from dashboard.web.site import SiteOf

router = APIRouter()


@router.get("/keeping")
async def show_keeping(request: Request, site: SiteOf, login: SystemReader) -> Response:
    store = site.store
    plan = await store.purge.plan()
    return await page(
        request,
        site,
        login,
        "privacy/keeping.html",
        rules=store.purge.rules,
        kinds=tuple(Kind),
        classes=tuple(TicketClass),
        due=plan.counts(),
        kept=plan.kept,
        holds=await store.holds.all(),
        fingerprint=await store.sealing.fingerprint(),
        destructions=await store.destructions.latest(),
    )
