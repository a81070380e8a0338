"""Managers change targets on the page of deadlines and by the API."""

from __future__ import annotations

from call_logs import Store
from tests.dashboard.browserless import Visitor

HOURS = {"acknowledge": "2", "on_site": "2", "feedback": "3"}
UNITS = {"acknowledge_unit": "h", "on_site_unit": "working d", "feedback_unit": "working d"}


async def test_a_manager_changes_a_target_and_takes_it_back(
    store: Store, manager: Visitor, operator: Visitor
) -> None:
    sent = {"ticket_class": "general", "category": "", "version": 0, **HOURS, **UNITS}
    assert "Change the target" not in (await operator.get("/deadlines")).text
    assert (await operator.send("/deadlines/targets", note="x", **sent)).status_code == 403
    refused = await manager.send("/deadlines/targets", note=" ", **sent)
    assert "with a reason only" in refused.text
    wrong = await manager.send("/deadlines/targets", note="x", **{**sent, "feedback": "0"})
    assert wrong.status_code == 422
    assert "Each target is a number" in wrong.text
    done = await manager.send("/deadlines/targets", note="the committee asks", **sent)
    assert done.status_code in {302, 303}
    page = (await manager.get("/deadlines")).text
    assert "changed here" in page
    assert "the committee asks" in page
    assert "<del>4 hours</del>" in page
    assert "Open tickets keep their deadlines" in page
    target = next(each for each in await store.targets.current() if each.is_changed)
    assert target.target.kept["feedback"] == "3 working d"
    back = {"ticket_class": "general", "version": target.version, "as_file": "true"}
    stale = await manager.send("/deadlines/targets", note="x", **{**back, "version": 0})
    assert stale.status_code == 409
    await manager.send("/deadlines/targets", note="trial over", **back)
    assert not any(each.is_changed for each in await store.targets.current())
    assert "as in the configuration" in (await operator.get("/deadlines")).text


async def test_programs_read_and_change_them(manager: Visitor) -> None:
    headers = {"X-CSRF-Token": await manager.csrf()}
    address = "/api/v1/deadline-targets"
    lengths = {"acknowledge": "1 h", "on_site": "1 d", "feedback": "2 d"}
    body = {
        "ticket_class": "general",
        "category": "lighting",
        "target": lengths,
        "version": 0,
        "note": "dark stairs",
    }
    done = await manager.http.put(address, json=body, headers=headers)
    assert done.status_code == 200, done.text
    (lamp,) = (each for each in done.json() if each["category"])
    assert (lamp["target"], lamp["of_file"], lamp["is_changed"]) == (lengths, None, True)
    assert (await manager.http.put(address, json=body, headers=headers)).status_code == 409
    wrong = {**body, "target": {**lengths, "on_site": "soon"}}
    refused = await manager.http.put(address, json=wrong, headers=headers)
    assert refused.json()["error"]["fields"][0]["field"] == "target.on_site"
    (change,) = (await manager.get(f"{address}/history")).json()
    assert (change["actor"], change["note"]) == ("manager", "dark stairs")
