"""A telephone that vanishes in the talk: nobody has said good-bye. Here on pyVoIP."""

from __future__ import annotations

import pytest

from call_logs.dispatches import AttemptStatus, DispatchStatus
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.world import Scene, Setting
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee, caller

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
ACCEPTS = [Pause(HEARS_S), Keys("1")]
TALKS = [*ACCEPTS, Talk(11.0)]
scenarios = Scenarios()
stack = "pyvoip"
sections = {"sip": "stack = pyvoip\nrtp_timeout_s = 10"}


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


@scenarios("vanished", Setting(people=2))
async def an_engineer_whose_telephone_dies_after_a_while_gives_the_owner_back_to_the_search(
    scene: Scene,
) -> None:
    dies = callee([*ACCEPTS, Talk(12.0)], ending="vanish")
    async with (
        scene.person(0, dies, limit_s=60) as first,
        scene.person(1, callee(TALKS, ending="bye"), limit_s=150) as second,
        scene.owner_sipp(
            caller([Talk(140.0, beside=True)], user=scene.number, ending="wait"), limit_s=150
        ) as owner,
    ):
        assert (await first.finished()).ok
        assert (await second.finished()).ok
        assert (await owner.finished()).ok
    await scene.outcome_is(A.DROPPED, A.ENDED)
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[1]
