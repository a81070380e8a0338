"""A ticket's deadlines are moved on its page and by the API, with a reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from call_logs import Store
from call_logs.tickets import NewTicket, WaitsFor
from tests.dashboard.browserless import Visitor


async def test_a_ticket_waits_and_goes_on(store: Store, operator: Visitor) -> None:
    ticket = await store.tickets.open(NewTicket())
    page = f"/tickets/{ticket.id}"
    assert "Let it wait" in (await operator.get(page)).text
    sent = {"version": ticket.version, "waits_for": "part"}
    refused = await operator.send(f"{page}/pause", note=" ", **sent)
    assert "with a reason only" in refused.text
    paused = await operator.send(f"{page}/pause", note="motor ordered", **sent)
    assert "The ticket waits." in paused.text
    assert "waits for a part" in paused.text
    assert "motor ordered" in paused.text
    assert "let the ticket wait" in paused.text
    now = await store.tickets.get(ticket.id)
    assert now.waits_for is WaitsFor.PART
    assert "waits for a part" in (await operator.get("/tickets")).text
    on = await operator.send(f"{page}/resume", version=now.version, note="it is here")
    assert "The ticket goes on." in on.text
    assert "ended the pause" in on.text


async def test_a_deadline_is_changed_by_the_site_s_clock(store: Store, operator: Visitor) -> None:
    ticket = await store.tickets.open(NewTicket())
    page = f"/tickets/{ticket.id}"
    local = datetime.now(ZoneInfo("Asia/Shanghai")).replace(microsecond=0, tzinfo=None)
    at = local + timedelta(days=20)
    sent = {"version": ticket.version, "deadline": "feedback", "note": "agreed with the owner"}
    done = await operator.send(f"{page}/due", at=at.isoformat(), **sent)
    assert "The deadline is changed." in done.text
    assert "Feedback by" in done.text
    changed = await store.tickets.get(ticket.id)
    expected = at.replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)
    assert changed.feedback_due_at == expected
    sent["version"] = changed.version
    for wrong in ("", "soon", "0001-01-01T00:00"):
        assert (await operator.send(f"{page}/due", at=wrong, **sent)).status_code == 422
    past = await operator.send(f"{page}/due", at="2020-01-01T00:00", **sent)
    assert "from now on" in past.text
    assert (await store.tickets.get(ticket.id)) == changed
