"""How the system does: for people on the system page, for machines at `/healthz`, `/metrics`."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from call_logs import Severity, StoreError
from dashboard.settings import HealthItem, HealthState
from dashboard.site import Site, SiteOf

router = APIRouter(include_in_schema=False)
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
    """200 while everything that must work works, else 503. Names no person and no number."""
    items = await health(site)
    failed = any(item.state is HealthState.FAILED for item in items)
    body = {
        "status": "failed" if failed else "ok",
        "parts": {item.name: item.state for item in items},
    }
    return JSONResponse(body, HTTPStatus.SERVICE_UNAVAILABLE if failed else HTTPStatus.OK)


@router.get("/metrics")
def metrics(site: SiteOf) -> Response:
    """Prometheus text format. A plain function: FastAPI runs it on a worker thread."""
    return Response(generate_latest(site.registry), media_type=CONTENT_TYPE_LATEST)
