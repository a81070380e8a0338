"""How the system does: for people on the system page, for machines at `/healthz`, `/metrics`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from call_logs import HealthStatus
from call_logs.storage import Severity, StoreError
from dashboard.web.settings import HealthItem, HealthState
from dashboard.web.sight import as_program
from dashboard.web.site import Site, SiteOf

router = APIRouter(include_in_schema=False, dependencies=[Depends(as_program)])
log = logging.getLogger(__name__)

_BAD = {Severity.DEGRADED: HealthState.WARNING, Severity.FAILED: HealthState.FAILED}


async def health(site: Site) -> tuple[HealthItem, ...]:
    """What the store says of itself, then what the rest of the program adds."""
    items: list[HealthItem] = []
    try:
        checks = (await site.store.health()).checks
    except StoreError as error:
        items.append(HealthItem("database", HealthState.FAILED, str(error)))
    else:
        items.extend(
            HealthItem(
                check.name, HealthState.OK if check.ok else _BAD[check.severity], check.detail
            )
            for check in checks
        )
    if site.health:
        items.extend(await site.health())
    return tuple(items)


@router.get("/healthz")
async def healthz(site: SiteOf) -> Response:
    """For monitors: 200 with `ok` or `degraded` (the line is served; somebody should see to
    it), 503 with `failed` (callers are harmed, or soon will be). Names no person, no number."""
    items = await health(site)
    status = status_of(items)
    body = {
        "status": status,
        "version": site.settings.version,
        "parts": {item.name: item.state for item in items},
    }
    failed = status is HealthStatus.FAILED
    return JSONResponse(body, HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK)


@router.get("/livez")
async def livez(site: SiteOf) -> Response:
    """For systemd and containers: 503 only when a restart would help, because a part of the
    program itself stands still."""
    stuck = list(await site.stuck()) if site.stuck else []
    status = HTTPStatus.SERVICE_UNAVAILABLE if stuck else HTTPStatus.OK
    return JSONResponse({"status": "stuck" if stuck else "ok", "stuck": stuck}, status)


def status_of(items: Iterable[HealthItem]) -> HealthStatus:
    """The worst of all."""
    states = {item.state for item in items}
    if HealthState.FAILED in states:
        return HealthStatus.FAILED
    return HealthStatus.DEGRADED if HealthState.WARNING in states else HealthStatus.OK


@router.get("/metrics")
async def metrics(site: SiteOf) -> Response:
    """Prometheus text format."""
    if site.measure is not None:
        with suppress(StoreError):
            await site.measure(await site.store.health())
    text = await asyncio.to_thread(generate_latest, site.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
