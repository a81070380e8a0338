"""How long what is kept, and holds on the ticket's page."""

from __future__ import annotations

from call_logs import Store
from tests.dashboard.browserless import Visitor
from tests.dashboard.morning import report


async def test_a_manager_sees_times_holds_and_what_went(store: Store, manager: Visitor) -> None:
    told = await report(store)
    await manager.send(f"/tickets/{told.ticket.id}/hold", reason="court case 17")
    await store.destructions.end((await store.destructions.begin_purge("hotline")).id, {"calls": 7})
    text = (await manager.get("/keeping")).text
    assert "1095" in text
    assert "court case 17" in text
    assert "Numbers and events of calls 7" in text


async def test_who_may_not_see_the_system_sees_no_holds(operator: Visitor) -> None:
    assert (await operator.get("/keeping")).status_code == 403


async def test_a_hold_wants_a_reason_and_only_a_manager_lifts_it(
    store: Store, operator: Visitor, manager: Visitor
) -> None:
    told = await report(store)
    address = f"/tickets/{told.ticket.id}"
    assert (await operator.send(f"{address}/hold", reason=" ")).status_code == 422
    assert (
        "Nothing of this case is destroyed"
        in (await operator.send(f"{address}/hold", reason="court")).text
    )
    assert (await operator.send(f"{address}/release", reason="x")).status_code == 403
    assert await store.holds.of(told.ticket.id) is not None
    assert (await manager.send(f"{address}/release", reason="settled")).status_code == 200
    assert await store.holds.of(told.ticket.id) is None
    text = (await manager.get(address)).text
    assert "held it: nothing of it is destroyed" in text
    assert "settled" in text
