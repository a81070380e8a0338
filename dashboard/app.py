"""The web application: its parts put together."""

from __future__ import annotations

import os
from functools import cache
from http import HTTPStatus
from os import PathLike

from fastapi import APIRouter, FastAPI, Response
from prometheus_client import REGISTRY, CollectorRegistry
from starlette.middleware.gzip import GZipMiddleware
from starlette.routing import BaseRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from call_logs import Store
from dashboard import api
from dashboard.calls import pages as calls
from dashboard.calls import recording_pages as recordings
from dashboard.calls.event_text import event_text
from dashboard.casework import (
    equipment_pages,
    evidence_pages,
    firm_pages,
    group_pages,
    link_pages,
    record_pages,
    risk_pages,
    sheet_pages,
    task_pages,
    team_pages,
)
from dashboard.casework import pages as casework
from dashboard.dispatches import acknowledge
from dashboard.dispatches import drill_pages as drills
from dashboard.dispatches import urgent_banner as urgent
from dashboard.dispatches.timeline import timeline
from dashboard.inbound import source_pages as inbound_sources
from dashboard.knowledge import pages as knowledge
from dashboard.labels import ROOMS
from dashboard.oncall import file_pages as roster_files
from dashboard.oncall import pages as oncall
from dashboard.oncall import roster_pages as roster
from dashboard.owner_form import link_pages as form_links
from dashboard.owner_form import pages as owner_form
from dashboard.people import account, directory_pages, login, token_pages
from dashboard.people import pages as users
from dashboard.privacy import hold_pages, owner_pages, seal_pages
from dashboard.privacy import pages as keeping
from dashboard.quality import pages as quality
from dashboard.registers import pages as registers
from dashboard.reports import lessons_pages
from dashboard.reports import pages as reports
from dashboard.system import monitoring, webhook_pages
from dashboard.system import pages as system
from dashboard.tickets import (
    assessment_pages,
    call_back_pages,
    confidential_pages,
    deadline_pages,
    due_page,
    fault_pages,
    giving_pages,
    new_page,
)
from dashboard.tickets import dispatch_actions as dispatches
from dashboard.tickets import list_page as tickets
from dashboard.tickets import order_pages as orders
from dashboard.tickets import page as ticket
from dashboard.web import changes, errors, openapi
from dashboard.web.coverage import Coverage
from dashboard.web.limits import FormLimits, InboundLimits
from dashboard.web.settings import (
    DashboardSettings,
    HealthCheck,
    Measure,
    SpeechCheck,
    StuckCheck,
    TrunkCheck,
)
from dashboard.web.shield import Shield
from dashboard.web.sight import Onlooker
from dashboard.web.site import Site
from dashboard.web.views import STATIC, TextOf, Views

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
    texts: dict[str, TextOf] = {"timeline": timeline, "event_text": event_text}
    views = Views(settings, texts, store.clock, store.staff.name, ROOMS)
    coverage = Coverage(store, settings.urgent_categories)
    app.state.site = Site(
        store,
        settings,
        views,
        health,
        speech,
        trunks,
        metrics,
        measure,
        stuck,
        coverage,
        _form_limits(settings, store),
        InboundLimits.of(settings.inbound.per_minute, store.clock.monotonic),
    )
    errors.install(app)
    most = store.evidence.rules.max_bytes
    app.add_middleware(Onlooker)
    app.add_middleware(Shield, settings=settings, evidence_bytes=most)
    # Only static files are compressed: pages hold secrets beside what others wrote (BREACH).
    app.mount("/static", GZipMiddleware(_Static(directory=STATIC)), name="static")
    app.router.routes.extend(_routes())
    openapi.describe(app)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Of the pages and the API. FastAPI works out once what each of them takes, which is most
    of the work of making an application; they are the same for every application."""
    every = APIRouter(generate_unique_id_function=openapi.operation_id)
    for part in (
        login,
        account,
        acknowledge,
        owner_form,
        form_links,
        tickets,
        assessment_pages,
        call_back_pages,
        confidential_pages,
        deadline_pages,
        due_page,
        hold_pages,
        seal_pages,
        owner_pages,
        fault_pages,
        giving_pages,
        directory_pages,
        team_pages,
        new_page,
        link_pages,
        group_pages,
        risk_pages,
        reports,
        lessons_pages,
        equipment_pages,
        evidence_pages,
        record_pages,
        sheet_pages,
        task_pages,
        firm_pages,
        casework,
        knowledge,
        registers,
        quality,
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
        keeping,
        system,
        users,
        token_pages,
        webhook_pages,
        inbound_sources,
    ):
        every.include_router(part.router, include_in_schema=False)
    every.include_router(changes.router, include_in_schema=False)
    every.include_router(monitoring.router)
    every.include_router(api.router)
    return tuple(every.routes)


def _form_limits(settings: DashboardSettings, store: Store) -> FormLimits:
    form = settings.owner_form
    most = (0, 0) if form is None else (form.per_address, form.per_link)
    return FormLimits.of(*most, store.clock.monotonic)
