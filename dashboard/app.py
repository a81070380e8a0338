"""The web application: its parts put together."""

from __future__ import annotations

import os
from http import HTTPStatus
from os import PathLike

from fastapi import FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from call_logs import Store
from dashboard import api, changes, errors, monitoring
from dashboard.coverage import Coverage
from dashboard.event_text import event_text
from dashboard.pages import (
    account,
    acknowledge,
    calls,
    dispatches,
    drills,
    login,
    oncall,
    orders,
    recordings,
    roster,
    roster_files,
    system,
    ticket,
    tickets,
    urgent,
    users,
)
from dashboard.settings import (
    DashboardSettings,
    HealthCheck,
    Measure,
    SpeechCheck,
    StuckCheck,
    TrunkCheck,
)
from dashboard.shield import Shield
from dashboard.site import Site
from dashboard.timeline import timeline
from dashboard.views import STATIC, Views

STATIC_KEPT = "public, max-age=31536000, immutable"  # for addresses with a digest of the content


class _Static(StaticFiles):
    """Static files that browsers keep."""

    def file_response(
        self,
        full_path: PathLike[str] | str,
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = HTTPStatus.OK,
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        named = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = STATIC_KEPT if named else "no-cache"
        return response


def create_app(
    store: Store,
    settings: DashboardSettings,
    *,
    health: HealthCheck | None = None,
    speech: SpeechCheck | None = None,
    trunks: TrunkCheck | None = None,
    metrics: CollectorRegistry = REGISTRY,
    measure: Measure | None = None,
    stuck: StuckCheck | None = None,
) -> FastAPI:
    """Make the ASGI application; `store` stays the caller's to close.

    `health` adds parts (trunks, endpoint, disk) to what the store says of itself,
    `speech` tells the models in use, `trunks` by which calls can come, `metrics` is what
    `/metrics` shows, after `measure` has brought it up to date; `stuck` names the parts of the
    program that stand still.

    Raises:
        FileNotFoundError: the browser parts are not built; `npm ci && npm run build` does it.
    """
    if not (STATIC / "vendor" / "tabler.css").exists():
        raise FileNotFoundError(
            f"the browser parts are missing in {STATIC / 'vendor'}: "
            "run `npm ci && npm run build` in the dashboard folder"
        )
    app = FastAPI(
        title=f"{settings.site} hotline",
        version="1",
        description=api.DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # their pages load scripts from other hosts
        redoc_url=None,
    )
    views = Views(settings, {"timeline": timeline, "event_text": event_text})
    coverage = Coverage(store, settings.urgent_categories)
    app.state.site = Site(
        store,
        settings,
        Views(settings, {"timeline": timeline, "event_text": event_text}),
        health,
        speech,
        trunks,
        metrics,
        measure,
        stuck,
        coverage,
    )
    errors.install(app)
    app.add_middleware(Shield, settings=settings)
    # Only static files are compressed: pages hold secrets beside what others wrote (BREACH).
    app.mount("/static", GZipMiddleware(_Static(directory=STATIC)), name="static")
    for part in (
        login,
        account,
        acknowledge,
        tickets,
        ticket,
        dispatches,
        orders,
        urgent,
        oncall,
        drills,
        roster_files,
        roster,
        recordings,
        calls,
        system,
        users,
    ):
        app.include_router(part.router, include_in_schema=False)
    app.include_router(changes.router, include_in_schema=False)
    app.include_router(monitoring.router)
    app.include_router(api.router)
    return app
