"""A real store with a property's morning in it, and the dashboard over it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from call_logs import Rules, Store
from call_logs.recordings import RecordingFiles
from call_logs.roster import Dialling
from call_logs.storage import Keys
from call_logs.users import HOTLINE, Role
from dashboard import create_app
from dashboard.web import DashboardSettings, HealthItem, HealthState, SpeechStatus
from dashboard.web.signin import SESSION_COOKIE
from tests.dashboard.browserless import Program, Visitor

PASSWORD = "lamp water lift 42"


@dataclass(frozen=True)
class Founded:
    """A database with one user of each role of the company, all signed in; every password is
    `PASSWORD`."""

    database: Path
    keys: Keys
    tokens: Mapping[Role, str]


async def _found(folder: Path) -> Founded:
    keys = Keys.generate()
    database = folder / "hotline.db"
    store = await _open(database, keys, folder)
    tokens: dict[Role, str] = {}
    for role in set(Role) - {Role.FIRM}:  # which needs a firm on a roster: tests/firm_world.py
        await store.users.add(
            role.value, PASSWORD, role, HOTLINE, full_name=f"The {role.value}", language="en"
        )
        tokens[role] = (await store.users.login(role.value, PASSWORD)).token
    await store.close()
    return Founded(database, keys, tokens)


async def _open(database: Path, keys: Keys, folder: Path) -> Store:
    return await Store.open(
        f"sqlite:///{database}",
        keys=keys,
        recordings=RecordingFiles(folder / "recordings"),
        rules=Rules(dialling=Dialling("CN", extensions=(r"[1-9]\d{0,3}",))),
        spool=folder / "spool",
    )


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    """Made once: migrating and hashing passwords in every test would take minutes."""
    return asyncio.run(_found(tmp_path_factory.mktemp("founded")))


@pytest.fixture
async def store(tmp_path: Path, founded: Founded) -> AsyncIterator[Store]:
    """A store of the test's own, with the users of `founded`."""
    database = tmp_path / "hotline.db"
    shutil.copy(founded.database, database)
    opened = await _open(database, founded.keys, tmp_path)
    opened.roster.ring_together(lambda: URGENT[:2])
    yield opened
    await opened.close()


CATEGORIES = {
    "lift_entrapment": {"zh-CN": "电梯困人", "en": "trapped in a lift"},
    "fire": {"zh-CN": "火灾或冒烟", "en": "fire or smoke"},
    "flooding": {"zh-CN": "爆管或水淹", "en": "flooding"},
    "lighting": {"zh-CN": "照明", "en": "lighting"},
}
URGENT = ("lift_entrapment", "fire", "flooding")  # the first two ring all at once


@pytest.fixture
def settings() -> DashboardSettings:
    return DashboardSettings(
        site="Lotus Garden",
        language="en",
        timezone="Asia/Shanghai",
        categories=CATEGORIES,
        urgent_categories=URGENT,
    )


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


def _fixture(role: Role) -> Any:
    @pytest.fixture(name=role.value)
    async def person(app: FastAPI, founded: Founded) -> AsyncIterator[Visitor]:
        """Somebody with this role, signed in."""
        async with Visitor(app, language="en") as one:
            one.http.cookies.set(SESSION_COOKIE, founded.tokens[role])
            yield one

    return person


admin = _fixture(Role.ADMIN)
manager = _fixture(Role.MANAGER)
operator = _fixture(Role.OPERATOR)
engineer = _fixture(Role.ENGINEER)


@pytest.fixture
async def program(app: FastAPI, founded: Founded) -> AsyncIterator[Program]:
    transport = httpx.ASGITransport(app)
    token = {"Authorization": f"Bearer {founded.tokens[Role.OPERATOR]}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://hotline.test", headers=token
    ) as http:
        yield Program(http)
