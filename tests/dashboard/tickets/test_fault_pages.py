"""Known faults on their page and in the API: announced, shown, ended, and refused with the rule."""

from __future__ import annotations

from datetime import timedelta

import pytest

from call_logs import Store
from call_logs.users import Role
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.conftest import Founded


async def test_a_manager_announces_and_ends_a_fault(store: Store, manager: Visitor) -> None:
    answer = await manager.send(
        "/faults", category="water_cut", buildings="3, 5号楼", words="抢修中", key="one"
    )
    assert answer.status_code == 303
    (fault,) = await store.faults.told_now()
    assert (fault.category, fault.buildings, fault.words) == ("water_cut", ("3", "5"), "抢修中")
    shown = (await manager.get("/faults")).text
    assert "callers hear it" in shown
    assert "抢修中" in shown
    await manager.send(f"/faults/{fault.id}/end")
    assert await store.faults.told_now() == ()
    assert "over" in (await manager.part("/faults")).text


@pytest.mark.parametrize(
    "fields",
    [
        {"buildings": "3"},
        {"category": "water_cut"},
        {"category": "water_cut", "buildings": "3", "whole": "true"},
        {"category": "water_cut", "buildings": "3", "until": "soon"},
        {"category": "water_cut", "buildings": "3", "until": "2001-01-01T10:00"},
        {"category": "water_cut", "buildings": "3", "until": "2099-01-01T10:00"},
        {"category": "water_cut", "buildings": "x" * 41},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_announced(
    store: Store, manager: Visitor, fields: dict[str, str]
) -> None:
    answer = await manager.send("/faults", **fields)
    assert 400 <= answer.status_code < 500
    assert await store.faults.list() == ()


async def test_an_operator_sees_and_does_not_announce(store: Store, operator: Visitor) -> None:
    assert "Announce a fault" not in (await operator.get("/faults")).text
    answer = await operator.send("/faults", category="water_cut", buildings="3")
    assert answer.status_code == 403
    assert await store.faults.list() == ()


async def test_programs_announce_read_and_end(
    store: Store, program: Program, founded: Founded
) -> None:
    answer = await program.call("POST", "/faults", category="water_cut")
    assert answer.status_code == 403  # an operator's
    program.http.headers["Authorization"] = f"Bearer {founded.tokens[Role.MANAGER]}"
    until = (store.clock.now() + timedelta(hours=2)).isoformat()
    body = {"category": "water_cut", "buildings": ["3"], "until": until}
    made = await program.call("POST", "/faults", **body)
    assert made.status_code == 201
    number = made.json()["id"]
    assert [each["id"] for each in await program.get("/faults?now=true")] == [number]
    ended = await program.call("POST", f"/faults/{number}/end")
    assert ended.json()["ended_by"]
    assert await program.get("/faults?now=true") == []
    assert (await program.call("POST", "/faults/999999/end")).status_code == 404
    wrong = await program.call("POST", "/faults", **{**body, "until": "2001-01-01T00:00:00Z"})
    assert 400 <= wrong.status_code < 500
    assert "until" in wrong.text
