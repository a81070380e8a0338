"""What operators order on a page, while real telephones ring."""

from __future__ import annotations

import asyncio

import pytest

from call_logs.calls import ANY_NODE, RequestAction, RequestOutcome
from call_logs.dispatches import AcknowledgedVia, AttemptStatus, DispatchStatus
from tests.people import person as user
from tests.program import eventually
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.sound import loud_s
from tests.urgent.world import Scene, Setting
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee, caller

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
scenarios = Scenarios()
TALKS = [Pause(HEARS_S), Keys("1"), Talk(13.0)]


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


async def order(scene: Scene, action: RequestAction, **data: object) -> RequestOutcome:
    """As the page does; what came of it."""
    ticket = await scene.ticket()
    request = await scene.store.requests.add(
        action, ANY_NODE, data, actor=user("operator"), ticket_id=ticket.id
    )

    async def answered() -> RequestOutcome | None:
        asked = await scene.store.requests.for_ticket(ticket.id, ticket.opened_at)
        return next((each.outcome for each in asked if each.id == request), None)

    return await eventually(answered, 60)


@scenarios("ordered", Setting(people=2, ring_s=40))
async def who_is_ordered_is_rung_beside_the_one_who_sleeps_and_accepts(scene: Scene) -> None:
    async with (
        scene.person(0, callee(cancelled=True), limit_s=60) as asleep,
        scene.person(1, callee(TALKS, ending="bye"), limit_s=60) as ordered,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=90),
    ):
        await scene.step("attempt_rung")
        ring = RequestAction.RING
        assert await order(scene, ring, person=scene.people[1]) is RequestOutcome.DONE
        assert await order(scene, ring, person=scene.people[1]) is RequestOutcome.ALREADY
        assert (await asleep.finished()).ok
        assert (await ordered.finished()).ok
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[1]
    assert (await scene.step("ordered")).actor == "operator"


@scenarios("taken", Setting(ring_s=60))
async def a_caller_who_waits_hears_that_help_comes_and_nobody_is_rung_any_more(
    scene: Scene,
) -> None:
    async with (
        scene.person(0, callee(cancelled=True), limit_s=90) as rung,
        scene.owner() as owner,
    ):
        await owner.dial(scene.uri)
        await owner.established()
        await scene.step("attempt_rung")
        dispatch = await scene.dispatch()
        await scene.store.dispatches.acknowledge(
            dispatch.id, user("operator"), AcknowledgedVia.DASHBOARD
        )
        ended = asyncio.create_task(order(scene, RequestAction.END_SEARCH, dispatch=dispatch.id))
        await asyncio.sleep(5.0)
        assert (await scene.outcomes())[0][1] is A.RUNG, "it may still be taken back"
        assert await ended is RequestOutcome.DONE
        assert (await rung.finished()).ok  # it saw the CANCEL
        over = await scene.until(DispatchStatus.CLOSED)
        assert loud_s(owner.heard()) > 5.0
    assert (over.reason, over.acknowledged_by, over.person) == ("acknowledged", "operator", "")


@scenarios("undone", Setting(ring_s=60))
async def a_mistaken_press_ends_nothing(scene: Scene) -> None:
    async with (
        scene.person(0, callee(TALKS, ring_s=18.0, ending="bye"), limit_s=90) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=90),
    ):
        await scene.step("attempt_rung")
        dispatch = await scene.dispatch()
        await scene.store.dispatches.acknowledge(
            dispatch.id, user("operator"), AcknowledgedVia.DASHBOARD
        )
        ended = asyncio.create_task(order(scene, RequestAction.END_SEARCH, dispatch=dispatch.id))
        await asyncio.sleep(3.0)
        await scene.store.dispatches.take_back(dispatch.id, user("operator"))
        assert await ended is RequestOutcome.TAKEN_BACK
        assert (await person.finished()).ok
    await scene.outcome_is(A.ENDED)
    assert (await scene.dispatch()).person == scene.people[0]
