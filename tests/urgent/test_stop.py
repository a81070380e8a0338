"""However the program ends and begins again, a follow-up rings on: in the middle of a ring, in
the pause between two rounds, and while the owner is called back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from signal import SIGINT, SIGTERM

import pytest

from call_logs.dispatches import (
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
    DispatchStep,
)
from tests.program import Program, eventually
from tests.urgent.world import Scene, Setting, world
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee, caller
from tests.wire.sipp import Sipp

A = AttemptStatus
SETTINGS = {
    "ringing": Setting(ring_s=60),
    "pausing": Setting(),
    "calling": Setting(ring_s=60),  # the owner's telephone rings
}
LIMIT_S = 150.0  # a pause is a minute
QUICK_S = 40.0  # what was ringing rings at once


async def stopped(program: Program) -> None:
    await program.stop(SIGTERM)
    await program.start()


async def interrupted(program: Program) -> None:
    await program.stop(SIGINT)
    await program.start()


async def killed(program: Program) -> None:
    await program.kill()
    await program.start()


async def stopped_twice(program: Program) -> None:
    """The second start is ended before it has got far."""
    await program.stop(SIGTERM)
    await program.start()
    await program.stop(SIGTERM)
    await program.start()


async def upgraded(program: Program) -> None:
    """As if the steps had been others before."""
    await _in_jobs(program, "UPDATE workflow_status SET application_version = 'hotline-0'")


async def ended_by_an_older_program(program: Program) -> None:
    """Which wrote a stop down as the workflow's end."""
    await _in_jobs(program, "UPDATE workflow_status SET status = 'ERROR'")


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    "end", [stopped, interrupted, killed, stopped_twice, upgraded, ended_by_an_older_program]
)
async def test_the_telephone_rings_again_after_the_next_start(
    tmp_path: Path, end: Callable[[Program], Awaitable[None]]
) -> None:
    async with world(tmp_path, SETTINGS) as scenes, AsyncExitStack() as before:
        ringing, pausing, calling = scenes.values()
        accepts = callee([Pause(HEARS_S), Keys("1"), Talk(90)])
        await before.enter_async_context(Sipp(callee(cancelled=True), port=calling.owner_port))
        await asyncio.gather(
            _owner_has_called(ringing, before, callee(cancelled=True)),
            _owner_has_called(calling, before, accepts),
            _owner_has_called(pausing, before, None),
        )
        await _last_ring_is(ringing, A.RUNG)
        await _last_ring_is(calling, A.ACCEPTED)
        await _pauses(pausing)
        rounds = len(await ringing.outcomes())

        await end(ringing.program)
        await before.aclose()
        async with AsyncExitStack() as after:
            for scene in scenes.values():
                await after.enter_async_context(
                    scene.person(
                        0,
                        callee([Pause(HEARS_S), Keys("1"), Talk(45)], ending="bye"),
                        limit_s=LIMIT_S,
                    )
                )
            owners = {
                scene.name: await after.enter_async_context(
                    Sipp(callee(ending="wait"), port=scene.owner_port, limit_s=LIMIT_S)
                )
                for scene in scenes.values()
            }
            await eventually(lambda: _rings_more(ringing, rounds), QUICK_S)
            results = await asyncio.gather(*(owner.finished() for owner in owners.values()))
            assert all(result.ok for result in results), dict(zip(owners, results, strict=True))
            for scene in scenes.values():
                dispatch = await scene.until(DispatchStatus.CLOSED, 60)
                assert dispatch.person == scene.people[0]
                ticket = await scene.ticket()
                assert len(await scene.store.dispatches.for_ticket(ticket.id)) == 1
        # Who had accepted has it: they are not rung again.
        assert [status for _, status in await calling.outcomes()].count(A.ENDED) <= 1
        assert len(await calling.outcomes()) == 2


async def _owner_has_called(scene: Scene, until: AsyncExitStack, then: str | None) -> None:
    """In vain: they hang up while the engineer's telephone rings, which does `then` when it
    rings again, for the follow-up."""
    async with (
        scene.person(0, callee(cancelled=True)) as person,
        scene.owner_sipp(caller([Pause(3.0)], user=scene.number)) as owner,
    ):
        assert (await owner.finished()).ok
        assert (await person.finished()).ok
    if then is not None:
        await until.enter_async_context(scene.person(0, then))


async def _in_jobs(program: Program, statement: str) -> None:
    await program.stop(SIGTERM)

    def write() -> None:
        with closing(sqlite3.connect(program.folder / "home" / "hotline-jobs.db")) as jobs:
            assert jobs.execute(f"{statement} WHERE name = 'follow_up'").rowcount
            jobs.commit()

    await asyncio.to_thread(write)
    await program.start()


async def _last_ring_is(scene: Scene, status: AttemptStatus) -> None:
    """Of the follow-up: the first ring was the call's own."""

    async def so() -> bool:
        seen = [status for _, status in await scene.outcomes()]
        return len(seen) == 2 and seen[-1] is status

    await eventually(so, QUICK_S)


async def _pauses(scene: Scene) -> None:
    async def so() -> bool:
        last = [step.what for step in await scene.steps() if step.kind == "dispatch_unanswered"]
        round_1 = DispatchStep(DispatchStatus.UNANSWERED, DispatchReason.ROUND, 1)
        return bool(last) and last[-1] == round_1

    await eventually(so, QUICK_S)


async def _rings_more(scene: Scene, rounds: int) -> bool:
    return len(await scene.outcomes()) > rounds
