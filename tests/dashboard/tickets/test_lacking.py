"""What a hotline cannot do without is said on the first page, in one sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from prometheus_client import CollectorRegistry

from call_logs import Store
from call_logs.users import Role
from dashboard import create_app
from dashboard.web import DashboardSettings, SpeechStatus
from dashboard.web.signin import SESSION_COOKIE
from tests.dashboard import night
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import Founded
from tests.people import person

ROSTER = "The roster is empty: in an emergency nobody is rung."
NO_TRUNK = "No trunk is configured: nobody can call the hotline."
AWAY = "No trunk can be reached: nobody can call the hotline now."
MODEL = "No speech model for Chinese, Korean: callers are recorded, but not understood."


async def first_page(
    store: Store,
    founded: Founded,
    settings: DashboardSettings,
    role: Role = Role.OPERATOR,
    *,
    trunks: Mapping[str, bool] | None = None,
    models: tuple[str, ...] = (),
) -> str:
    app = create_app(
        store,
        replace(settings, languages=("zh-CN", "ko")),
        speech=lambda: [SpeechStatus(each, "model") for each in models],
        trunks=None if trunks is None else lambda: trunks,
        metrics=CollectorRegistry(),
    )
    async with Visitor(app) as one:
        one.http.cookies.set(SESSION_COOKIE, founded.tokens[role])
        return (await one.get("/tickets")).text


async def test_an_empty_house_says_everything_that_lacks_and_what_to_do(
    store: Store, founded: Founded, settings: DashboardSettings
) -> None:
    page = await first_page(store, founded, settings, trunks={})
    for fact in (ROSTER, NO_TRUNK, MODEL):
        assert fact in page
    assert "Ask a manager to enter people" in page
    assert "[trunk NAME]" in page
    assert "“hotline models install” run for zh-CN ko;" in page
    manager = await first_page(store, founded, settings, Role.MANAGER, trunks={})
    assert "Enter people with their numbers, or import a file." in manager
    assert 'href="/roster"' in manager[manager.index(ROSTER) :][:400]


async def test_a_house_in_order_says_nothing(
    store: Store, founded: Founded, settings: DashboardSettings
) -> None:
    await night.company(store)
    page = await first_page(
        store, founded, settings, trunks={"a": False, "b": True}, models=("zh-CN", "ko")
    )
    assert 'class="alert alert-danger lack"' not in page


@pytest.mark.parametrize(("trunks", "fact"), [({"a": False, "b": False}, AWAY), ({}, NO_TRUNK)])
async def test_no_trunk_is_said(
    store: Store,
    founded: Founded,
    settings: DashboardSettings,
    trunks: Mapping[str, bool],
    fact: str,
) -> None:
    assert fact in await first_page(store, founded, settings, trunks=trunks)


async def test_a_roster_of_people_who_cannot_be_rung_is_empty(
    store: Store, founded: Founded, settings: DashboardSettings
) -> None:
    away = '[[person]]\nid = "c"\nname = "c"\nactive = false\n'
    await store.roster.import_toml(away, person("test"))
    assert ROSTER in await first_page(store, founded, settings)
