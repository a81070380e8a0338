"""Nothing of a dispatch stays in the running program, however its call went."""

from __future__ import annotations

import asyncio
import os
import urllib.request
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import CallFilter
from call_logs.dispatches import UNDO_S, AcknowledgedVia
from call_logs.recordings import TranscriptStatus
from tests.people import person
from tests.program import Program, eventually
from tests.urgent.world import Scene, Setting, world
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee, caller
from tests.wire.sipp import Sipp

ROUNDS = 2  # after one that warms up
LIMIT_S = 110.0  # for a peer that serves all rounds
POOLED = 8  # connections and workers that a pool may still add when more happens at once

# What the person does, and how long the owner stays: None: until they are hung up on.
ACCEPTS = [Pause(HEARS_S), Keys("1")]
KINDS: dict[str, tuple[str, float | None]] = {
    "talked": (callee([*ACCEPTS, Talk(11.0)], ending="bye"), None),
    "talkedtoo": (callee([*ACCEPTS, Talk(11.0)], ending="bye"), None),
    "cutoff": (callee(ACCEPTS, ending="wait"), 4.0),
    "passed": (callee([Pause(HEARS_S), Keys("2")], ending="wait"), 5.0),
    "declined": (callee(answer=603), 3.0),
    "declinedtoo": (callee(answer=603), 5.0),
    "ringing": (callee(cancelled=True), 2.0),
    "answered": (callee([Pause(1.0)], ending="wait"), 3.0),
}
FOLLOWED_UP = set(KINDS) - {"talked", "talkedtoo", "cutoff"}


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    tasks: int
    threads: int
    open: Counter[str]  # descriptors by kind: sockets, pipes, databases, other files by name

    def more_than(self, before: Held) -> dict[str, int]:
        """What has grown by more than it may."""
        grown = {
            "tasks": self.tasks - before.tasks,
            "threads": self.threads - before.threads - POOLED,
            **{kind: count - before.open[kind] for kind, count in self.open.items()},
        }
        grown["database"] = grown.get("database", 0) - 3 * POOLED  # each its -wal and -shm
        return {what: count for what, count in grown.items() if count > 0}


@pytest.mark.timeout(200)
async def test_what_the_program_holds_does_not_grow_with_its_dispatches(tmp_path: Path) -> None:
    settings = {name: Setting(ring_s=30) for name in KINDS}
    async with world(tmp_path, settings) as scenes, AsyncExitStack() as peers:
        program, store = scenes["talked"].program, scenes["talked"].store
        for name, scene in scenes.items():
            person, _ = KINDS[name]
            await peers.enter_async_context(scene.person(0, person, calls=99, limit_s=LIMIT_S))
            # Called back with the news, the owner is busy: the case is over.
            busy = Sipp(callee(answer=486), port=scene.owner_port, calls=99, limit_s=LIMIT_S)
            await peers.enter_async_context(busy)
        await play(scenes)
        before = await when_idle(program, store)
        for _ in range(ROUNDS):
            await play(scenes)
        after = await when_idle(program, store)
        dispatches: set[str] = set()
        for scene in scenes.values():
            for call in (await store.calls.list(CallFilter(caller=scene.number))).items:
                ticket = await store.tickets.for_call(call.id)
                assert ticket is not None
                dispatches |= {each.id for each in await store.dispatches.for_ticket(ticket.id)}
        assert len(dispatches) == len(KINDS) * (ROUNDS + 1)

        async def nothing_grew() -> bool:
            nonlocal after
            after = await held(program)
            return not after.more_than(before)

        try:
            await eventually(nothing_grew, 15)
        except TimeoutError:
            pytest.fail(f"grown: {after.more_than(before)}; before {before}, after {after}")


async def play(scenes: dict[str, Scene]) -> None:
    """One dispatch of each kind, side by side, until all are closed."""
    await asyncio.gather(*(dispatched(scene) for scene in scenes.values()))

    async def closed() -> bool:
        store = next(iter(scenes.values())).store
        return not await store.dispatches.open_dispatches()

    await eventually(closed, 40)


async def dispatched(scene: Scene) -> None:
    """The owner calls; whoever is still searched when they have left is found on the dashboard."""
    _, stays_s = KINDS[scene.name]
    owner = (
        caller(user=scene.number, ending="wait")
        if stays_s is None
        else caller([Pause(stays_s)], user=scene.number)
    )
    async with scene.owner_sipp(owner, limit_s=60) as telephone:
        result = await telephone.finished()
    assert result.ok, f"{scene.name}: {result.errors}"
    if scene.name not in FOLLOWED_UP:
        return
    newest = (await scene.store.calls.list(CallFilter(caller=scene.number))).items[0]
    ticket = await scene.store.tickets.for_call(newest.id)
    assert ticket is not None
    *_, dispatch = await scene.store.dispatches.for_ticket(ticket.id)  # calls may be one case
    pressed = datetime.now(UTC) - timedelta(seconds=UNDO_S + 5)  # too long ago to be undone
    await scene.store.dispatches.acknowledge(
        dispatch.id, person("admin"), AcknowledgedVia.DASHBOARD, at=pressed
    )


async def when_idle(program: Program, store: Store) -> Held:
    """What it holds once every call is over and transcribed, and nothing changes."""
    seen: list[Held] = []

    async def idle() -> Held | None:
        metrics = await measured(program)
        if metrics["hotline_live_calls"] or metrics["hotline_media_calls"]:
            return None
        for call in (await store.calls.list(CallFilter())).items:
            for transcript in await store.transcripts.for_call(call.id):
                if transcript.status is not TranscriptStatus.DONE:
                    return None
        seen.append(await held(program))
        return seen[-1] if seen[-3:] == [seen[-1]] * 3 else None

    return await eventually(idle, 30)


async def held(program: Program) -> Held:
    tasks = (await measured(program))["hotline_tasks"]
    root = Path(f"/proc/{program.pid}")
    open_files: Counter[str] = Counter()
    for link in (root / "fd").iterdir():
        try:
            target = os.readlink(link)
        except OSError:
            continue  # closed in this moment
        if ".db" in target or "sqlite" in target:
            open_files["database"] += 1
        else:
            open_files[target if target.startswith("/") else target.partition(":")[0]] += 1
    return Held(int(tasks), len(list((root / "task").iterdir())), open_files)


async def measured(program: Program) -> dict[str, float]:
    """What `/metrics` tells, without the labelled values."""

    def fetch() -> str:
        with urllib.request.urlopen(f"{program.url}/metrics", timeout=5) as answer:
            return str(answer.read().decode())

    lines = (await asyncio.to_thread(fetch)).splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}
