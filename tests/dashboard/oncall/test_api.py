"""Searches, the roster and drills for programs."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from call_logs import Store
from call_logs.calls import RequestAction, RequestOutcome
from call_logs.users import Role
from tests.dashboard import night
from tests.dashboard.browserless import Visitor
from tests.dashboard.conftest import Founded

API = "/api/v1"


def bearer(founded: Founded, role: Role) -> dict[str, str]:
    return {"Authorization": f"Bearer {founded.tokens[role]}"}


async def post(
    visitor: Visitor, founded: Founded, role: Role, path: str, body: Any = None
) -> httpx.Response:
    return await visitor.http.post(API + path, json=body, headers=bearer(founded, role))


async def get(visitor: Visitor, founded: Founded, role: Role, path: str) -> Any:
    answer = await visitor.http.get(API + path, headers=bearer(founded, role))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_program_sees_a_search_takes_it_and_arrives(
    store: Store, visitor: Visitor, founded: Founded
) -> None:
    dispatch = await night.unanswered(store)
    (waiting,) = await get(visitor, founded, Role.ENGINEER, "/urgent")
    assert (waiting["ticket"]["id"], waiting["status"]) == (dispatch.ticket_id, "unanswered")
    path = f"/tickets/{dispatch.ticket_id}/dispatches"
    (search,) = await get(visitor, founded, Role.ENGINEER, path)
    assert [attempt["status"] for attempt in search["attempts"]] == ["no_answer"]
    assert search["reason"] == "nobody accepted while the caller waited"
    heard = search["timeline"][0]
    assert (heard["kind"], heard["data"]["category"], heard["data"]["late"]) == (
        "heard",
        "lift_entrapment",
        False,
    )
    ring = next(step for step in search["timeline"] if step["kind"] == "attempt_no_answer")
    assert ring["data"] == {"status": "no_answer", "person": "wang", "level": 0, "round": 1}
    assert "138123" not in str(search)

    first = await post(visitor, founded, Role.ENGINEER, f"{path}/{dispatch.id}/acknowledgements")
    second = await post(visitor, founded, Role.OPERATOR, f"{path}/{dispatch.id}/acknowledgements")
    there = await post(visitor, founded, Role.ENGINEER, f"{path}/{dispatch.id}/arrivals")

    assert (first.json()["first"], second.json()["first"]) == (True, False)
    assert second.json()["dispatch"]["acknowledged_by"] == "engineer"
    assert there.json()["timeline"][-1]["kind"] == "arrived"
    assert await get(visitor, founded, Role.ENGINEER, "/urgent") == []


async def test_a_program_asks_who_is_on_call(
    store: Store, visitor: Visitor, founded: Founded
) -> None:
    await night.company(store)

    people = await get(
        visitor, founded, Role.ENGINEER, "/oncall?at=2026-06-01T04:00:00Z&role=engineer"
    )
    duties = await get(
        visitor,
        founded,
        Role.ENGINEER,
        "/oncall/duties?start=2026-06-01T00:00:00Z&end=2026-06-03T00:00:00Z&schedule=round",
    )

    assert [person["id"] for person in people] == ["li"]
    assert "contacts" not in people[0]
    assert {duty["person"] for duty in duties} == {"wang", "li"}
    assert await get(visitor, founded, Role.ENGINEER, "/oncall/gaps") == []
    wrong = await visitor.http.get(
        f"{API}/oncall/duties?start=2026-06-02T00:00:00Z&end=2026-06-01T00:00:00Z",
        headers=bearer(founded, Role.ENGINEER),
    )
    assert wrong.status_code == 422


async def test_a_program_changes_the_roster_and_hears_of_every_mistake(
    store: Store, visitor: Visitor, founded: Founded
) -> None:
    path = "/roster/entries/person"
    good = {"document": {"id": "sun", "name": "Sun", "contacts": ["13712345678"]}, "version": 0}
    bad = {"document": {"id": "wu", "contacts": ["119"], "colour": "red"}, "version": 0}

    saved = await post(visitor, founded, Role.MANAGER, path, good)
    again = await post(visitor, founded, Role.MANAGER, path, good)
    refused = await post(visitor, founded, Role.MANAGER, path, bad)
    forbidden = await post(visitor, founded, Role.OPERATOR, path, good)

    assert (saved.status_code, saved.json()["version"]) == (200, 1)
    assert again.status_code == 409
    assert refused.status_code == 422
    assert len(refused.json()["error"]["problems"]) == 2
    assert forbidden.status_code == 403
    gone = await visitor.http.delete(f"{API}{path}/sun", headers=bearer(founded, Role.MANAGER))
    assert gone.status_code == 204
    history = await get(visitor, founded, Role.MANAGER, "/roster/history")
    assert [change["action"] for change in history] == ["removed", "added"]


async def test_a_program_imports_a_file(store: Store, visitor: Visitor, founded: Founded) -> None:
    answer = await visitor.http.post(
        f"{API}/roster/files",
        data={"kind": "roster"},
        files={"file": ("roster.toml", night.ROSTER.encode())},
        headers=bearer(founded, Role.ADMIN),
    )

    assert answer.json() == {"count": 6}
    assert set((await store.roster.current()).by_id) == {"wang", "li", "zhao"}


async def test_a_program_starts_a_drill_and_reads_its_result(
    store: Store, visitor: Visitor, founded: Founded
) -> None:
    await night.company(store)
    await night.drilled(store)

    asked = await post(visitor, founded, Role.MANAGER, "/drills", {"policy": "flooding"})
    unknown = await post(visitor, founded, Role.MANAGER, "/drills", {"policy": "nonsense"})
    refused = await post(visitor, founded, Role.OPERATOR, "/drills", {"policy": "flooding"})
    (drill,) = await get(visitor, founded, Role.ENGINEER, "/drills")
    assert (drill["dispatch"]["ticket_id"], drill["dispatch"]["drill"]) == (None, True)
    one = await get(visitor, founded, Role.ENGINEER, f"/drills/{drill['dispatch']['id']}")
    assert {key: one[key] for key in drill} == drill
    assert one["timeline"][-1]["data"]["reason"] == "drill over"

    assert [answer.status_code for answer in (asked, unknown, refused)] == [202, 422, 403]
    (request,) = await store.requests.take()
    assert request.data["policy"] == "flooding"
    assert [(row["person"], row["outcome"]) for row in drill["rows"]] == [
        ("wang", "confirmed"),
        ("zhao", "no_answer"),
    ]


async def test_a_program_orders_a_ring_once_and_sees_what_came_of_it(
    store: Store, visitor: Visitor, founded: Founded
) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    path = f"/tickets/{ticket.id}/orders"
    headers = {**bearer(founded, Role.OPERATOR), "Idempotency-Key": "one"}
    sent = [
        await visitor.http.post(f"{API}{path}/ring", json={"person": "wang"}, headers=headers)
        for _ in range(2)
    ]
    assert [answer.status_code for answer in sent] == [202, 202]
    assert [bool(answer.json()["request_id"]) for answer in sent] == [True, False]

    (request,) = await store.requests.take()
    assert (request.action, request.data, request.ticket_id) == (
        RequestAction.RING,
        {"person": "wang"},
        ticket.id,
    )
    await store.requests.answer(request.id, RequestOutcome.DONE)
    (order,) = await get(visitor, founded, Role.OPERATOR, path)
    assert (order["action"], order["outcome"], order["unheard"]) == ("ring", "done", False)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("ring", {}),
        ("ring", {"person": "wang", "policy": "fire"}),
        ("ring", {"person": "nobody"}),
        ("next-level", {"after": -1}),
        ("hand-over", {"person": ""}),
        ("hand-over", {"person": "nobody"}),
    ],
)
async def test_an_order_that_names_nobody_is_refused(
    store: Store, visitor: Visitor, founded: Founded, path: str, body: Any
) -> None:
    await night.company(store)
    ticket = await night.urgent_ticket(store)
    answer = await post(
        visitor, founded, Role.OPERATOR, f"/tickets/{ticket.id}/orders/{path}", body
    )
    assert answer.status_code == 422
    assert await store.requests.take() == ()


async def test_a_program_takes_an_acknowledgement_back_in_time(
    store: Store, visitor: Visitor, founded: Founded
) -> None:
    dispatch = await night.unanswered(store)
    path = f"{API}/tickets/{dispatch.ticket_id}/dispatches/{dispatch.id}/acknowledgements"
    mine, other = bearer(founded, Role.OPERATOR), bearer(founded, Role.MANAGER)
    await visitor.http.post(path, headers=mine)
    assert (await visitor.http.delete(path, headers=other)).status_code == 409
    assert (await visitor.http.delete(path, headers=mine)).status_code == 200
    assert (await store.dispatches.get(dispatch.id)).acknowledged_at is None
