"""What every request can reach: the store, the settings and the templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from prometheus_client import CollectorRegistry

from call_logs import Store
from dashboard.web.coverage import Coverage
from dashboard.web.imports import Imports
from dashboard.web.limits import FormLimits, InboundLimits
from dashboard.web.recent import Recent
from dashboard.web.settings import (
    DashboardSettings,
    HealthCheck,
    Measure,
    SpeechCheck,
    StuckCheck,
    TrunkCheck,
)
from dashboard.web.views import Views

REASON_S = 1800.0  # so long a reason holds that somebody gave on a page
ACCESS_S = 600.0  # repeated parts of one look or listening are one line of the access log


@dataclass(frozen=True)
class Site:
    """Made once by `create_app`, shared by all requests."""

    store: Store
    settings: DashboardSettings
    views: Views
    health: HealthCheck | None
    speech: SpeechCheck | None
    trunks: TrunkCheck | None
    registry: CollectorRegistry
    measure: Measure | None
    stuck: StuckCheck | None
    coverage: Coverage
    form_limits: FormLimits
    inbound_limits: InboundLimits
    imports: Imports = field(default_factory=Imports)
    accesses: Recent = field(default_factory=lambda: Recent(ACCESS_S))
    reasons: Recent = field(default_factory=lambda: Recent(REASON_S))


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


SiteOf = Annotated[Site, Depends(site_of)]
