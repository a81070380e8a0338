"""Machines that press 1, and lines of which nothing is heard: none of them is help."""

from __future__ import annotations

import asyncio

import pytest

from call_logs.dispatches import AttemptStatus, DispatchStatus
from call_logs.tickets import TicketClass
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.sound import loud_s
from tests.urgent.world import Scene, Setting
from tests.wire.audio import silence, write_wav
from tests.wire.scenario import HEARS_S, Keys, Pause, TakeRefer, Talk, callee, caller
from tests.wire.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
ACCEPTS = [Pause(HEARS_S), Keys("1")]
TALKS = [*ACCEPTS, Talk(11.0)]
scenarios = Scenarios()


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


@scenarios("screened", Setting(people=2))
async def call_screening_that_presses_1_with_its_answer_accepts_nothing(scene: Scene) -> None:
    async with (
        scene.person(0, callee([Keys("1"), Talk(60.0, beside=True)]), limit_s=90) as screening,
        scene.person(1, callee(TALKS, ending="bye"), limit_s=120) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=120) as owner,
    ):
        assert (await screening.finished()).ok  # told that no key was pressed, and hung up
        assert (await person.finished()).ok
        assert (await owner.finished()).ok
    await scene.outcome_is(A.SILENT, A.ENDED)


@scenarios("early", Setting(people=2))
async def a_key_in_early_media_accepts_nothing(scene: Scene) -> None:
    before = [Pause(0.5), Keys("1"), Pause(0.5)]
    async with (
        scene.person(0, callee(early=before), limit_s=90) as announcement,
        scene.person(1, callee(TALKS, ending="bye"), limit_s=120) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=120) as owner,
    ):
        assert (await announcement.finished()).ok
        assert (await person.finished()).ok
        assert (await owner.finished()).ok
    await scene.outcome_is(A.SILENT, A.ENDED)


@scenarios("machine", Setting(people=2))
async def a_line_that_carries_silence_is_asked_and_the_owner_goes_back_to_the_search(
    scene: Scene,
) -> None:
    """As behind a PBX that keeps the line alive: there is RTP, and nothing in it."""
    quiet = write_wav(scene.program.folder / "quiet.wav", silence(90.0))
    async with (
        scene.phone(0, wav=quiet, answers=True) as dead,
        scene.person(1, callee(TALKS, ending="bye"), limit_s=120) as person,
        scene.owner_sipp(
            caller([Talk(100.0, beside=True)], user=scene.number, ending="wait"), limit_s=120
        ) as owner,
    ):
        await dead.established(30)
        await asyncio.sleep(HEARS_S)
        await dead.press("1")
        await scene.outcome_is(A.BRIDGED)
        await dead.closed(60)
        assert loud_s(dead.heard()) > 3.0  # what and where, and whether they are there
        assert (await person.finished()).ok
        assert (await owner.finished()).ok
    await scene.outcome_is(A.DROPPED, A.ENDED)
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[1]


@scenarios("sentaway", Setting(refer=True, category="duty", alarm=False))
async def a_caller_of_key_0_whom_his_pbx_loses_in_a_blind_transfer_is_called_back(
    scene: Scene,
) -> None:
    """It takes the REFER and takes them off our line; the operator's telephone is busy, with us."""
    lost = [Pause(2.0), Keys("0"), Talk(7.0, beside=True), TakeRefer(202, 486, report_s=6.0)]
    async with (
        Sipp(callee([Talk(12.0)], ending="bye"), port=scene.owner_port, limit_s=120) as again,
        scene.person(0, callee([*ACCEPTS, Talk(60.0, beside=True)]), limit_s=120) as operator,
        scene.owner_sipp(caller(lost, user=scene.number, ending="wait"), limit_s=60) as owner,
    ):
        result = await owner.finished()
        assert result.ok, result.errors  # hung up by us: nobody is in it
        assert (await again.finished()).ok
        assert (await operator.finished()).ok  # in one call all the time
    (refer,) = result.requests("REFER")
    assert "?Replaces=" not in refer
    ticket = await scene.ticket()  # that they were called, in case they had not answered
    assert (ticket.ticket_class, ticket.caller) == (TicketClass.IMPORTANT, scene.number)
