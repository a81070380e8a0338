"""The state of the system, and who looked at what."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from dashboard.system.monitoring import health
from dashboard.web.inputs import RowId
from dashboard.web.render import go, page
from dashboard.web.settings import HealthState
from dashboard.web.signin import AccessReader, SystemReader
from dashboard.web.site import SiteOf

router = APIRouter()

FAILED_SHOWN = 50
LOOP = "loop "  # begins the names of what must always run
MOST_DIGITS = 19  # of a row's id


@router.get("/system")
async def show_system(request: Request, site: SiteOf, login: SystemReader) -> Response:
    """Health of every part, speech models, and the work that waits or failed."""
    items = await health(site)
    running = [
        item for item in items if item.name.startswith(LOOP) and item.state is HealthState.OK
    ]
    return await page(
        request,
        site,
        login,
        "system/index.html",
        version=site.settings.version,
        items=[item for item in items if item not in running],
        running=[item.name.removeprefix(LOOP) for item in running],
        models=site.speech() if site.speech else None,
        counts=await site.store.transcripts.counts(),
        gaps=await site.coverage.gaps_or_none(),
        failed=await site.store.transcripts.failed(FAILED_SHOWN),
    )


@router.post("/system/transcripts/{recording_id}/retry")
async def retry(site: SiteOf, login: SystemReader, recording_id: str) -> Response:
    """Queue a transcription again that failed."""
    await site.store.transcripts.queue(recording_id, login.actor)
    return go("/system")


@router.get("/access")
async def show_access(
    *,
    request: Request,
    site: SiteOf,
    login: AccessReader,
    user: Annotated[str, Query(max_length=100)] = "",
    subject: Annotated[str, Query(max_length=40)] = "",
    key: Annotated[str, Query(max_length=64)] = "",
    before: RowId | None = None,
) -> Response:
    """The access log, newest first."""
    rows = await site.store.access.list(
        subject=subject or None,
        key=key or None,
        user_name=user.strip() or None,
        before=before,
        limit=site.settings.page_size,
    )
    tickets = [
        int(each.key) for each in rows.items if each.subject == "ticket" and _is_id(each.key)
    ]
    return await page(
        request,
        site,
        login,
        "system/access.html",
        rows=rows,
        seen=await site.store.eyes.seen(tickets),
        user=user,
        subject=subject,
        key=key,
    )


def _is_id(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < MOST_DIGITS
