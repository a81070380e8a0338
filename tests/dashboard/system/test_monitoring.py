"""For machines: is it well, and how much does it do."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, Counter

from call_logs import Store
from dashboard import create_app
from dashboard.web import DashboardSettings, HealthItem, HealthState
from tests.dashboard.browserless import Visitor


async def test_a_well_system_answers_200_and_names_its_parts(visitor: Visitor) -> None:
    answer = await visitor.get("/healthz")

    assert answer.status_code == 200
    assert answer.json()["parts"]["endpoint"] == "ok"
    assert answer.json()["parts"]["database"] == "ok"


async def test_a_failed_part_answers_503_without_details(
    store: Store, settings: DashboardSettings
) -> None:
    async def health() -> list[HealthItem]:
        return [HealthItem("endpoint", HealthState.FAILED, "trunk 13800001111 is away")]

    app = create_app(store, settings, health=health, metrics=CollectorRegistry())
    async with Visitor(app) as one:
        answer = await one.get("/healthz")

    assert answer.status_code == 503
    assert answer.json()["status"] == "failed"
    assert "13800001111" not in answer.text


async def test_a_doubtful_part_is_degraded_and_the_line_is_served(
    store: Store, settings: DashboardSettings
) -> None:
    async def health() -> list[HealthItem]:
        return [HealthItem("trunk second", HealthState.WARNING, "no answer")]

    app = create_app(store, settings, health=health, metrics=CollectorRegistry())
    async with Visitor(app) as one:
        answer = await one.get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


@pytest.mark.parametrize(("stuck", "code"), [([], 200), (["media"], 503)])
async def test_livez_tells_only_whether_a_restart_would_help(
    store: Store, settings: DashboardSettings, stuck: list[str], code: int
) -> None:
    async def health() -> list[HealthItem]:
        return [HealthItem("trunk main", HealthState.FAILED, "no answer")]

    async def standing_still() -> list[str]:
        return stuck

    app = create_app(
        store, settings, health=health, stuck=standing_still, metrics=CollectorRegistry()
    )
    async with Visitor(app) as one:
        assert (await one.get("/healthz")).status_code == 503
        answer = await one.get("/livez")

    assert answer.status_code == code
    assert answer.json()["stuck"] == stuck


async def test_metrics_are_those_of_the_given_registry(
    store: Store, settings: DashboardSettings
) -> None:
    registry = CollectorRegistry()
    Counter("calls_answered", "Calls answered.", registry=registry).inc(3)
    async with Visitor(create_app(store, settings, metrics=registry)) as one:
        answer = await one.get("/metrics")

    assert "calls_answered_total 3.0" in answer.text


async def test_the_addresses_of_the_api_are_described(app: FastAPI, visitor: Visitor) -> None:
    described = (await visitor.get("/api/v1/openapi.json")).json()

    assert "/api/v1/tickets" in described["paths"]
    assert not [path for path in described["paths"] if not path.startswith("/api/v1/")]
    operations = [
        operation for methods in described["paths"].values() for operation in methods.values()
    ]
    assert all(operation.get("description") for operation in operations)
