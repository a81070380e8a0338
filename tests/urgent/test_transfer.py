"""A caller is handed over: joined with the call that the person has, called anew, or bridged."""

from __future__ import annotations

import asyncio

import pytest

from call_logs.calls import CallEventKind, CallRecord
from call_logs.dispatches import (
    AttemptStatus,
    AttemptStep,
    CalledBack,
    DispatchStatus,
)
from ivr.endpoint import CloseReason
from tests.program import eventually
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.test_talking import OWNER_HZ, PERSON_HZ, accepted, hears, voice
from tests.urgent.world import Scene, Setting
from tests.wire.scenario import HEARS_S, Keys, Pause, TakeRefer, Talk, callee, caller
from tests.wire.sipp import Sipp
from tests.wire.softphone import Softphone

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
scenarios = Scenarios()

REPLACES = "Supported: replaces"
ACCEPTS = [Pause(HEARS_S), Keys("1")]
TALKS = [*ACCEPTS, Talk(11.0)]  # longer than a drop-out


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


def owner_phone(scene: Scene, **options: object) -> Softphone:
    options = {"wav": voice(scene, OWNER_HZ), **options}
    return Softphone(port=scene.owner_port, user=scene.number, **options)  # type: ignore[arg-type]


def person_phone(scene: Scene) -> Softphone:
    return Softphone(port=scene.ports[0], user=scene.people[0], wav=voice(scene, PERSON_HZ))


async def ended(scene: Scene) -> CallRecord:
    """The owner's call with us, once it is over."""

    async def over() -> CallRecord | None:
        record = await scene.call()
        return record if record.ended_at is not None else None

    return await eventually(over, 20)


async def handed_over(scene: Scene) -> None:
    """What is written of a call that goes on without us."""
    await scene.outcome_is(A.TRANSFERRED)
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert (dispatch.reason, dispatch.person) == ("talked", scene.people[0])
    record = await ended(scene)
    assert record.end_reason == CloseReason.TRANSFERRED
    kinds = [event.kind for event in await scene.store.calls.events(record.id)]
    assert CallEventKind.TRANSFER in kinds
    assert not {CallEventKind.BRIDGE, CallEventKind.HANGUP} & set(kinds)


@scenarios("joined", Setting(refer=True))
async def the_owner_is_joined_with_the_very_call_that_the_engineer_has(scene: Scene) -> None:
    async with person_phone(scene) as person, owner_phone(scene) as owner:
        await owner.dial(scene.uri)
        await accepted(scene, person)
        await handed_over(scene)
        (recording,) = await scene.store.recordings.for_call((await scene.call()).id)

        async def sealed() -> bool:
            return (await scene.store.recordings.get(recording.id)).ended_at is not None

        await eventually(sealed)
        # None of this passes through us: our two calls are over.
        await hears(owner, PERSON_HZ)
        await hears(person, OWNER_HZ)
        for phone in (owner, person):
            assert _count(phone, "CALL_ESTABLISHED") == 2  # with us, and with each other
            assert _count(phone, "CALL_CLOSED") == 1  # the one with us
        assert "replaced" in await person.closed()
        await owner.hang_up()

        async def both_closed() -> bool:
            return _count(person, "CALL_CLOSED") == 2

        await eventually(both_closed)


def _count(phone: Softphone, kind: str) -> int:
    return sum(event.get("type") == kind for event in phone.events)


@scenarios("anew", Setting(refer=True, category="duty", alarm=False))
async def a_caller_of_key_0_whose_operator_has_no_replaces_is_called_anew(scene: Scene) -> None:
    async with (
        scene.phone(0, wav=voice(scene, PERSON_HZ), answers=True) as person,
        owner_phone(scene) as owner,
    ):
        await owner.dial(scene.uri)
        await owner.established()
        await asyncio.sleep(1.0)
        await owner.press("0")
        await person.established(30)
        await asyncio.sleep(HEARS_S)
        await person.press("1")
        assert (await ended(scene)).end_reason == CloseReason.TRANSFERRED
        await hears(owner, PERSON_HZ)
        await hears(person, OWNER_HZ)


@scenarios("inneed", Setting(refer=True))
async def an_owner_in_danger_is_never_sent_blind(scene: Scene) -> None:
    async with (
        scene.person(0, callee(TALKS, ending="bye"), limit_s=60) as person,
        scene.owner_sipp(
            caller([Pause(1.0)], user=scene.number, ending="wait"), limit_s=60
        ) as owner,
    ):
        assert (await person.finished()).ok
        result = await owner.finished()
        assert result.ok, result.errors
    assert result.requests("REFER") == []
    await scene.outcome_is(A.ENDED)
    assert isinstance(bridged := (await scene.step("attempt_bridged")).what, AttemptStep)
    assert bridged.person == scene.people[0]


@scenarios("vanished", Setting(refer=True))
async def an_owner_whose_side_takes_him_away_without_a_word_is_called_back_and_they_talk(
    scene: Scene,
) -> None:
    steps = [Talk(8.0, beside=True), TakeRefer(202, None)]  # the PBX has the call, and nobody in it
    owner_does = caller(steps, user=scene.number, headers=REPLACES, ending="wait")
    again = callee([Talk(14.0)], ending="bye")
    async with (
        Sipp(again, port=scene.owner_port, limit_s=120) as owner_again,
        scene.person(
            0, callee([*ACCEPTS, Talk(60.0, beside=True)], headers=REPLACES), limit_s=120
        ) as person,
        scene.owner_sipp(owner_does, limit_s=60) as owner,
    ):
        assert (await owner.finished()).ok  # hung up by us: nobody is in it
        assert (await owner_again.finished()).ok
        assert (await person.finished()).ok  # in one call all the time
    await scene.until(DispatchStatus.CLOSED)
    await scene.outcome_is(A.ENDED)
    assert (await scene.step("called_back")).what == CalledBack(answered=True)


@scenarios("bridged", Setting(refer=True))
async def an_owner_whose_side_refuses_both_is_bridged_with_sound_both_ways(scene: Scene) -> None:
    async with (
        person_phone(scene) as person,
        owner_phone(scene, transfers="reject") as owner,
    ):
        await owner.dial(scene.uri)
        await accepted(scene, person)
        await hears(owner, PERSON_HZ)
        await hears(person, OWNER_HZ)
        assert _count(owner, "CALL_TRANSFER") == 1  # attended; nobody in danger is sent blind
        await scene.outcome_is(A.BRIDGED)
        await asyncio.sleep(10.0)  # less would count as a drop-out, and search another
        await owner.hang_up()
        await person.closed()
    await scene.until(DispatchStatus.CLOSED)
    await scene.outcome_is(A.ENDED)


@scenarios("declined", Setting(refer=True))
async def a_refusal_of_the_request_itself_leads_to_the_bridge_too(scene: Scene) -> None:
    steps = [TakeRefer(405)]
    owner_does = caller(steps, user=scene.number, headers=REPLACES, ending="wait")
    async with (
        scene.person(0, callee(TALKS, headers=REPLACES, ending="bye"), limit_s=60) as person,
        scene.owner_sipp(owner_does, limit_s=60) as owner,
    ):
        assert (await person.finished()).ok
        result = await owner.finished()
        assert result.ok, result.errors
    (attended,) = result.requests("REFER")
    assert "?Replaces=" in attended
    await scene.outcome_is(A.ENDED)
    assert isinstance(bridged := (await scene.step("attempt_bridged")).what, AttemptStep)
    assert bridged.person == scene.people[0]


@scenarios("lost", Setting(people=2, refer=True))
async def an_engineer_who_drops_out_of_it_is_not_called_anew(scene: Scene) -> None:
    drops = [*ACCEPTS, Pause(0.5)]
    steps = [TakeRefer(202, 481, report_s=3.0), TakeRefer(202, 200, report_s=2.0)]
    owner_does = caller(steps, user=scene.number, headers=REPLACES, ending="wait")
    async with (
        scene.person(0, callee(drops, headers=REPLACES, ending="bye"), limit_s=60) as first,
        scene.person(1, callee(ACCEPTS, headers=REPLACES), limit_s=60) as second,
        scene.owner_sipp(owner_does, limit_s=60) as owner,
    ):
        assert (await first.finished()).ok
        result = await owner.finished()
        assert result.ok, result.errors
        assert (await second.finished()).ok
    refers = result.requests("REFER")
    assert ["?Replaces=" in refer for refer in refers] == [True, True]
    assert [person in refer for person, refer in zip(scene.people, refers, strict=True)]
    await scene.outcome_is(A.DROPPED, A.TRANSFERRED)
    await scene.until(DispatchStatus.CLOSED)


@scenarios("gone", Setting(refer=True))
async def an_owner_who_hangs_up_in_it_is_called_back(scene: Scene) -> None:
    steps = [TakeRefer(202, None), Pause(1.0)]
    owner_does = caller(steps, user=scene.number, headers=REPLACES)
    async with (
        Sipp(callee(), port=scene.owner_port, limit_s=120) as again,
        scene.person(0, callee(ACCEPTS, headers=REPLACES), limit_s=60) as person,
        scene.owner_sipp(owner_does, limit_s=60) as owner,
    ):
        assert (await owner.finished()).ok
        assert (await person.finished()).ok  # hung up, after they were told
        assert (await again.finished()).ok
    assert (await ended(scene)).end_reason == CloseReason.REMOTE
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[0]
    assert (await scene.step("called_back")).what == CalledBack(answered=True)
    await scene.outcome_is(A.ENDED)
