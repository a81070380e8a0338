"""The page of risks, the risks on a ticket, and the API."""

from __future__ import annotations

from call_logs import Store
from call_logs.tickets import NewTicket
from tests.dashboard.browserless import Program, Visitor


async def test_a_risk_is_shown_tracked_and_lifted(
    store: Store, operator: Visitor, manager: Visitor, engineer: Visitor
) -> None:
    ticket = await store.tickets.open(NewTicket(text="记者来了", building="3"))
    assert "No open risk" in (await operator.get("/risks")).text
    await store.risks.look()
    page = (await operator.get("/risks")).text
    assert "Press or the net" in page
    assert "<q>记者</q>" in page
    assert "Lift the risk" not in page
    assert "It may become public within hours" in (await operator.get(f"/tickets/{ticket.id}")).text
    answer = await operator.send(
        "/risks/1", version=1, level="medium", measures="one speaker", owner="manager"
    )
    assert answer.status_code == 200
    assert "one speaker" in answer.text
    answer = await operator.send("/risks/1", version=1, level="low")
    assert answer.status_code == 409
    assert (await operator.send("/risks/1/lift", version=2, note="x")).status_code == 403
    assert (await engineer.send("/risks/1/lift", version=2, note="x")).status_code == 403
    answer = await manager.send("/risks/1/lift", version=2)
    assert "Write in the note why." in answer.text
    answer = await manager.send("/risks/1/lift", version=2, note="the report is out")
    assert "The risk is lifted." in answer.text
    assert "the report is out" in (await manager.get("/risks?lifted=true")).text
    assert (await manager.send("/risks/9/lift", version=1, note="x")).status_code == 404


async def test_programs_do_the_same_and_the_report_counts_it(
    store: Store, program: Program, manager: Visitor
) -> None:
    await store.tickets.open(NewTicket(text="I call my lawyer"))
    await store.risks.look()
    (risk,) = await program.get("/risks")
    report = " ".join((await manager.get("/reports")).text.split())
    assert 'Authorities, court or a lawyer</th><td class="n">1</td><td class="n">1</td>' in report
    assert (risk["kind"], risk["level"], risk["words"]) == ("authority", "high", ["lawyer"])
    changed = await program.call("PATCH", f"/risks/{risk['id']}", owner="operator", version=1)
    assert changed.json()["owner"] == "operator"
    assert (await program.get(f"/risks/{risk['id']}"))["log"][-1]["action"] == "changed"
    refused = await program.call("POST", f"/risks/{risk['id']}/lift", note="x", version=2)
    assert refused.status_code == 403
    wrong = await program.call("PATCH", f"/risks/{risk['id']}", level="huge", version=2)
    assert wrong.status_code == 422
    assert await program.get("/risks?lifted=true") == []
