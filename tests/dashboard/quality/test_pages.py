"""Call reviews on their pages and in the API."""

from __future__ import annotations

from call_logs import Store
from call_logs.users import HOTLINE, Role
from tests.call_logs.quality.drawn import drawn
from tests.call_logs.roster_world import COMPANY
from tests.dashboard.browserless import Program, Visitor
from tests.dashboard.conftest import Founded


async def linked(store: Store, user: str) -> int:
    """A call of the person wang that is drawn; `user` is wang."""
    await store.roster.import_toml(COMPANY, HOTLINE)
    await store.users.update(user, HOTLINE, person="wang")
    return await drawn(store)


async def test_a_manager_reviews_and_whoever_is_reviewed_reads_and_answers(
    store: Store, manager: Visitor, engineer: Visitor
) -> None:
    number = await linked(store, "engineer")
    address = f"/reviews/{number}"
    assert "to be reviewed" in (await manager.get("/reviews")).text
    assert (await engineer.get(address)).status_code == 403

    fields = {"item-listening": "2", "item-manner": "1", "item-place": ""}
    done = await manager.send(address, remark="<warm>", version=0, **fields)

    assert done.status_code == 303
    seen = (await engineer.get(address)).text
    assert "75 %" in seen
    assert "&lt;warm&gt;" in seen
    assert (await engineer.send(f"{address}/answer", text="Thanks.", version=1)).status_code == 303
    listed = (await manager.get("/reviews")).text
    assert "answered" in listed
    assert "friendly and proper words" in listed  # the average of an item
    assert "Thanks." in (await manager.get(address)).text
    late = await manager.send(address, version=1, **fields)
    assert late.status_code == 409
    assert 'href="/reviews"' in (await manager.get("/reports")).text


async def test_a_manager_finds_no_form_for_a_call_of_their_own(
    store: Store, manager: Visitor
) -> None:
    number = await linked(store, "manager")
    assert "Review this call" not in (await manager.get(f"/reviews/{number}")).text
    refused = await manager.send(f"/reviews/{number}", version=0, **{"item-manner": "2"})
    assert refused.status_code == 403
    assert (await store.reviews.get(number, HOTLINE)).score is None


async def test_nothing_given_is_told(store: Store, manager: Visitor) -> None:
    number = await linked(store, "engineer")
    answer = await manager.send(f"/reviews/{number}", version=0)
    assert answer.status_code == 422
    assert "Give points to one item at least." in answer.text


async def test_programs_of_people_review(store: Store, program: Program, founded: Founded) -> None:
    number = await linked(store, "engineer")
    body = {"points": {"manner": 2}, "version": 0}
    assert (await program.call("PUT", f"/reviews/{number}", **body)).status_code == 403
    assert await program.get("/reviews") == []
    program.http.headers["Authorization"] = f"Bearer {founded.tokens[Role.MANAGER]}"
    assert [each["id"] for each in await program.get("/reviews?open=true")] == [number]
    assert (await program.call("PUT", f"/reviews/{number}", **body)).json()["score"] == 100
    assert len(await program.get(f"/reviews/{number}/versions")) == 1
    own = await program.call("POST", f"/reviews/{number}/answer", answer="x", version=1)
    assert own.status_code == 403
