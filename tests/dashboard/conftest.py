"""A real store with a property's morning in it, and the dashboard over it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from call_logs import Keys, RecordingFiles, Role, Store
from dashboard import DashboardSettings, HealthItem, HealthState, SpeechStatus, create_app
from tests.dashboard.browserless import Visitor

PASSWORD = "lamp water lift 42"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store with one user a role; every password is `PASSWORD`."""
    opened = await Store.open(
        f"sqlite:///{tmp_path / 'hotline.db'}",
        keys=Keys.generate(),
        recordings=RecordingFiles(tmp_path / "recordings"),
        spool=tmp_path / "spool",
    )
    for role in Role:
        await opened.users.add(role.value, PASSWORD, role, full_name=f"The {role.value}")
    yield opened
    await opened.close()


@pytest.fixture
def settings() -> DashboardSettings:
    return DashboardSettings(site="Lotus Garden", language="en", timezone="Asia/Shanghai")


@pytest.fixture
def app(store: Store, settings: DashboardSettings) -> FastAPI:
    async def health() -> list[HealthItem]:
        return [HealthItem("endpoint", HealthState.OK, "2 trunks registered")]

    return create_app(
        store,
        settings,
        health=health,
        speech=lambda: [SpeechStatus("zh-CN", "vosk-model-zh-test", synthetic_only=True)],
        metrics=CollectorRegistry(),
    )


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[Visitor]:
    """Somebody who is not signed in."""
    async with Visitor(app, language="en") as one:
        yield one


@pytest.fixture
async def operator(app: FastAPI) -> AsyncIterator[Visitor]:
    async with Visitor(app, language="en") as one:
        await one.sign_in("operator", PASSWORD)
        yield one


@pytest.fixture
async def engineer(app: FastAPI) -> AsyncIterator[Visitor]:
    async with Visitor(app, language="en") as one:
        await one.sign_in("engineer", PASSWORD)
        yield one


@pytest.fixture
async def manager(app: FastAPI) -> AsyncIterator[Visitor]:
    async with Visitor(app, language="en") as one:
        await one.sign_in("manager", PASSWORD)
        yield one


@pytest.fixture
async def admin(app: FastAPI) -> AsyncIterator[Visitor]:
    async with Visitor(app, language="en") as one:
        await one.sign_in("admin", PASSWORD)
        yield one
