"""The state of the system and the access log."""

from __future__ import annotations

from prometheus_client import CollectorRegistry

from call_logs import Store
from call_logs.recordings import TranscriptStatus
from call_logs.storage import Check
from call_logs.users import HOTLINE
from dashboard import create_app
from dashboard.web import DashboardSettings
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import PASSWORD
from tests.dashboard.morning import report


async def test_the_page_warns_of_a_model_that_knows_no_real_callers(manager: Visitor) -> None:
    text = (await manager.get("/system")).text

    assert "synthetic test model" in text
    assert "2 trunks registered" in text


async def test_loops_that_run_take_one_line(manager: Visitor, store: Store) -> None:
    text = (await manager.get("/system")).text
    assert "<b>loop " not in text
    assert "that must always run do" in text

    state = Check("loop stuck", ok=False, detail="has not moved")
    store.checks.register(state.name, lambda: state)
    assert "<b>loop stuck</b>" in (await manager.get("/system")).text


async def test_failed_work_is_listed_with_its_reason_and_can_be_tried_again(
    store: Store, manager: Visitor
) -> None:
    told = await report(store, transcribed=False)
    await store.transcripts.queue(told.recording_id, HOTLINE)
    await store.transcripts.fail(told.recording_id, "the model is broken")

    assert "the model is broken" in (await manager.get("/system")).text

    answer = await manager.send(f"/system/transcripts/{told.recording_id}/retry")
    assert answer.headers["location"] == "/system"
    again = await store.transcripts.get(told.recording_id)
    assert again.status is TranscriptStatus.PENDING


async def test_the_access_log_says_who_looked_at_what(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    told = await report(store)
    await operator.get(f"/tickets/{told.ticket.id}")

    text = (await manager.get("/access?user=operator")).text

    assert "looked at" in text
    assert told.ticket.number in text
    assert "Nobody has looked" in (await manager.get("/access?user=nobody")).text


async def test_the_version_is_shown(store: Store) -> None:
    settings = DashboardSettings(language="en", version="9.8.7")
    app = create_app(store, settings, metrics=CollectorRegistry())
    async with Visitor(app) as admin:
        await admin.sign_in("admin", PASSWORD)
        assert "Version 9.8.7" in (await admin.get("/system")).text
        assert (await admin.get("/healthz")).json()["version"] == "9.8.7"
