"""Staff practise over real telephones: nothing is left, also by a power cut; and who means it is
put through to a person whose telephone rings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from call_logs.calls import CallFilter
from call_logs.dispatches import DispatchStatus
from call_logs.tickets import TicketClass, TicketFilter
from tests.program import HOST, Program, eventually
from tests.traces import files, rows
from tests.urgent.world import free_port
from tests.wire.scenario import HEARS_S, Keys, Pause, Scenario, Talk, callee, caller
from tests.wire.sipp import Sipp

TRAINING = "8600"
ANNOUNCED_S = 3.0  # into the announcement, which a key cuts short


@pytest.mark.timeout(300)
async def test_training_leaves_nothing_and_a_real_emergency_in_it_rings(tmp_path: Path) -> None:
    port = free_port()
    roster = tmp_path / "roster.toml"
    roster.write_text(
        f'[[person]]\nid = "wang"\nname = "Wang"\nroles = ["engineer"]\n'
        f'contacts = ["sip:wang@{HOST}:{port}"]\n\n'
        '[[policy]]\ncategory = "*"\n  [[policy.level]]\n  who = ["person:wang"]\n  ring_s = 20\n\n'
        '[[policy]]\ncategory = "duty"\n  [[policy.level]]\n  who = ["person:wang"]\n'
    )
    sections = {
        "oncall": f"roster = {roster}",
        "trunk main": "verified = yes\n",
        "training": f"number = {TRAINING}",
        "sip": "rtp_timeout_s = 120",
    }
    async with Program(tmp_path, sections) as program, program.store() as store:

        def staff(scenario: Scenario) -> Sipp:
            return Sipp(scenario, program.remote, to=TRAINING, limit_s=120)

        before = _kept(program)
        # To a person: the hotline says who would be rung, what would have come, and hangs up.
        practises = caller(
            [Pause(ANNOUNCED_S), Keys("2"), Pause(2.0), Keys("0")], user="wang", ending="wait"
        )
        async with staff(practises) as first:
            assert (await first.finished()).ok, program.output()
        assert _kept(program) == before

        stays = caller([Pause(ANNOUNCED_S), Keys("2"), Pause(60)], user="wang", ending="vanish")
        async with staff(stays) as second:
            await _practising(program, calls=2)
            await program.kill()
            assert _kept(program) == before
            del second
        await program.start()
        assert _kept(program) == before
        assert (await store.calls.list(CallFilter())).items == ()

        helps = callee([Pause(HEARS_S), Keys("1"), Talk(14.0)], ending="bye")
        means_it = caller([Pause(ANNOUNCED_S), Keys("11"), Talk(40.0)], user="wang", ending="wait")
        async with (
            Sipp(helps, port=port, limit_s=90) as person,
            staff(means_it) as third,
        ):
            assert (await person.finished()).ok, program.output()
            await asyncio.gather(third.finished(), return_exceptions=True)
        (ticket,) = (await store.tickets.list(TicketFilter())).items
        assert ticket.ticket_class is TicketClass.URGENT

        async def closed() -> bool:
            (dispatch,) = await store.dispatches.for_ticket(ticket.id)
            return dispatch.status is DispatchStatus.CLOSED and dispatch.person == "wang"

        await eventually(closed, 40)
        (call,) = (await store.calls.list(CallFilter())).items
        assert len(await store.recordings.for_call(call.id)) == 1


def _kept(program: Program) -> tuple[dict[str, int], list[str]]:
    """How many rows each table has, and the files of recordings and of what waits."""
    home = program.folder / "home"
    counts = {name: len(each) for name, each in rows(home / "hotline.db").items()}
    kept = [name for name in files(home) if name.startswith(("recordings/", "spool/"))]
    return counts, kept


async def _practising(program: Program, calls: int) -> None:
    """Wait until the hotline has said so."""

    async def so() -> bool:
        return program.output().count("a training call begins") >= calls

    await eventually(so, 40)
