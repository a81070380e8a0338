"""`kill -9` in the middle of everything: what was begun goes on, once."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from call_logs.dispatches import AttemptStatus, DispatchStatus
from tests.program import eventually
from tests.urgent.world import Scene, Setting, world
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee, caller
from tests.wire.sipp import Sipp

A = AttemptStatus
SETTINGS = {
    "ringing": Setting(ring_s=30),  # killed while the engineer's telephone rings
    "asked": Setting(ring_s=30),  # ... while they hear what and where
    "talking": Setting(),  # ... while the two talk
    "following": Setting(ring_s=30),  # ... in a round of the follow-up
    "waiting": Setting(),  # ... between two rounds
}


@pytest.mark.timeout(300)  # a pause between two rounds is a minute
async def test_after_kill_9_every_search_goes_on_and_every_owner_is_called_back(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, SETTINGS) as scenes, AsyncExitStack() as before:
        program = scenes["ringing"].program

        async def owner_calls(scene: Scene, seconds: float) -> None:
            steps = caller([Pause(seconds)], user=scene.number, ending="vanish")
            await before.enter_async_context(scene.owner_sipp(steps))

        async def person(scene: Scene, scenario: str) -> Sipp:
            return await before.enter_async_context(scene.person(0, scenario))

        await person(scenes["ringing"], callee(cancelled=True))
        await person(scenes["asked"], callee([Pause(60)], ending="vanish"))
        await person(scenes["talking"], callee([Pause(HEARS_S), Keys("1"), Talk(60)]))
        await person(scenes["following"], callee(cancelled=True))
        refusing = await person(scenes["waiting"], callee(answer=603))
        for name in ("ringing", "asked", "talking"):
            await owner_calls(scenes[name], 60)
        for name in ("following", "waiting"):
            async with scenes[name].owner_sipp(caller([Pause(3.0)], user=scenes[name].number)) as o:
                assert (await o.finished()).ok
        assert (await refusing.finished()).ok
        first = scenes["following"].person(0, callee(cancelled=True))
        await _until(scenes["ringing"], [A.RUNG])
        await _until(scenes["asked"], [A.ANSWERED])
        await _until(scenes["talking"], [A.BRIDGED])
        await _until(scenes["following"], [A.CANCELLED], [A.CANCELLED, A.PLACED])
        await before.enter_async_context(first)  # rings in the follow-up's first round
        await _until(scenes["following"], [A.CANCELLED, A.RUNG])
        await scenes["waiting"].until(DispatchStatus.UNANSWERED)

        await program.kill()
        await before.aclose()
        await _start_again(program, scenes)


async def _start_again(program: object, scenes: dict[str, Scene]) -> None:
    async with AsyncExitStack() as after:
        told = {
            name: await after.enter_async_context(
                Sipp(callee(ending="wait"), port=scene.owner_port, limit_s=170)
            )
            for name, scene in scenes.items()
        }
        for name, scene in scenes.items():
            if name != "talking":  # that one had accepted: they are not rung again
                accepts = callee([Pause(HEARS_S), Keys("1"), Talk(25.0)], ending="bye")
                await after.enter_async_context(scene.person(0, accepts, limit_s=170))
        await scenes["ringing"].program.start()
        results = await asyncio.gather(*(owner.finished() for owner in told.values()))
        assert all(result.ok for result in results), dict(zip(told, results, strict=True))
        for scene in scenes.values():
            dispatch = await scene.until(DispatchStatus.CLOSED, 60)
            assert dispatch.person == scene.people[0]
            ticket = await scene.ticket()
            assert len(await scene.store.dispatches.for_ticket(ticket.id)) == 1
            statuses = [status for _, status in await scene.outcomes()]
            if scene.name in ("ringing", "asked", "talking"):
                assert statuses[0] is A.INTERRUPTED, scene.name
    assert len(await scenes["talking"].outcomes()) == 1


async def _until(scene: Scene, *wanted: list[AttemptStatus]) -> None:
    seen: list[AttemptStatus] = []

    async def so() -> bool:
        seen[:] = [status for _, status in await scene.outcomes()]
        return seen in wanted

    try:
        await eventually(so, 30)
    except TimeoutError:
        pytest.fail(f"{scene.name}: {seen} is none of {wanted}")
