"""Reaching a person who accepts, with SIPp and baresip as owners and engineers."""

from __future__ import annotations

import asyncio

import pytest

from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    CalledBack,
    DispatchStatus,
)
from call_logs.tickets import TicketClass, TicketKind, TicketStatus
from call_logs.users import Actor
from tests.program import eventually
from tests.urgent.conftest import Running, Scenarios
from tests.urgent.sound import longest_silence_s, loud_s
from tests.urgent.world import Scene, Setting
from tests.wire.scenario import HEARS_S, Keys, Pause, Talk, callee, caller
from tests.wire.sipp import Sipp

pytestmark = pytest.mark.asyncio(loop_scope="module")

A = AttemptStatus
scenarios = Scenarios()

ACCEPTS = [Pause(HEARS_S), Keys("1")]
TALKS = [*ACCEPTS, Talk(11.0)]  # longer than a drop-out


@pytest.mark.parametrize("name", scenarios)
async def test_on_the_wire(running: Running, name: str) -> None:
    await running[name]


@scenarios("first")
async def the_first_accepts_and_the_timeline_tells_it_to_the_tenth(scene: Scene) -> None:
    async with (
        scene.person(0, callee(TALKS, ending="bye")) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait")) as owner,
    ):
        assert (await person.finished()).ok
        assert (await owner.finished()).ok  # they hear their ticket's number, then good-bye
    await scene.outcome_is(A.ENDED)
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert (dispatch.reason, dispatch.person) == ("talked", scene.people[0])
    assert dispatch.acknowledged_via is AcknowledgedVia.PHONE
    ticket = await scene.ticket()
    assert (ticket.ticket_class, ticket.kind) == (TicketClass.URGENT, TicketKind.EMERGENCY)
    assert ticket.status is TicketStatus.REGISTERED
    assert (ticket.building, ticket.area) == ("3", "1号电梯")  # the alarm line's own place
    (attempt,) = await scene.store.dispatches.attempts(dispatch.id)
    times = [attempt.started_at, attempt.rung_at, attempt.answered_at, attempt.accepted_at]
    assert None not in times
    assert ticket.opened_at < min(filter(None, times))
    assert sorted(filter(None, times)) == times
    assert attempt.bridged_at is not None
    assert ticket.acknowledged_at == attempt.accepted_at


@scenarios("second", Setting(people=2, ring_s=9))
async def the_second_accepts_after_the_first_let_it_ring_and_the_owner_is_never_in_silence(
    scene: Scene,
) -> None:
    async with (
        scene.person(0, callee(cancelled=True)) as asleep,
        scene.person(1, callee(TALKS, ring_s=6.0, ending="bye")) as awake,
        scene.owner() as owner,
    ):
        await owner.dial(scene.uri)
        await owner.established()
        assert (await asleep.finished()).ok  # it saw the CANCEL
        await scene.step("dispatch_accepted")
        waited = owner.heard()
        assert (await awake.finished()).ok
    await scene.outcome_is(A.NO_ANSWER, A.ENDED)
    gap_s = longest_silence_s(waited)
    print(f"longest silence while people were rung: {gap_s:.2f} s of {len(waited) / 16000:.0f} s")
    assert gap_s < 3.0


@scenarios("voicemail", Setting(people=2))
async def a_voicemail_that_presses_nothing_is_no_acceptance(scene: Scene) -> None:
    async with (
        scene.person(0, callee([Pause(1.0)], ending="wait"), limit_s=60) as voicemail,
        scene.person(1, callee(TALKS, ending="bye"), limit_s=90) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=90),
    ):
        assert (await voicemail.finished()).ok  # the hotline hung up
        assert (await person.finished()).ok
    await scene.outcome_is(A.SILENT, A.ENDED)


@scenarios("refusals", Setting(people=3))
async def a_refusal_and_a_busy_line_lead_to_the_next(scene: Scene) -> None:
    async with (
        scene.person(0, callee(answer=603)),
        scene.person(1, callee(answer=486)),
        scene.person(2, callee(TALKS, ending="bye")) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=60),
    ):
        assert (await person.finished()).ok
    await scene.outcome_is(A.DECLINED, A.BUSY, A.ENDED)


@scenarios("passed", Setting(people=2))
async def key_2_passes_it_to_the_next(scene: Scene) -> None:
    async with (
        scene.person(0, callee([Pause(HEARS_S), Keys("2")], ending="wait")) as passes,
        scene.person(1, callee(TALKS, ending="bye")) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=60),
    ):
        assert (await passes.finished()).ok
        assert (await person.finished()).ok
    await scene.outcome_is(A.PASSED, A.ENDED)


@scenarios("together", Setting(people=2, ringing="all_at_once"))
async def of_two_who_press_1_at_once_one_wins_and_the_other_is_told(scene: Scene) -> None:
    async with scene.phone(0) as one, scene.phone(1) as other, scene.owner() as owner:
        await owner.dial(scene.uri)
        for phone in (one, other):
            await phone.ringing()
            await phone.answer()
        await asyncio.gather(one.established(), other.established())
        await asyncio.sleep(HEARS_S)
        await asyncio.gather(one.press("1"), other.press("1"))
        await scene.step("dispatch_accepted")
        before = {phone: loud_s(phone.heard()) for phone in (one, other)}
        done, waiting = await asyncio.wait(
            [asyncio.create_task(phone.closed(20)) for phone in (one, other)],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for task in waiting:
            task.cancel()
        assert len(done) == 1  # one line is closed, one talks
        closed = [any(e.get("type") == "CALL_CLOSED" for e in p.events) for p in (one, other)]
        assert sorted(closed) == [False, True]
        loser = (one, other)[closed.index(True)]
        assert loud_s(loser.heard()) - before[loser] > 0.8  # "... has taken it"

        async def written() -> bool:
            ends = sorted(dict(await scene.outcomes()).values())
            # `cancelled`: their key came after the other's had stopped them.
            return ends in ([A.BRIDGED, A.TOO_LATE], [A.BRIDGED, A.CANCELLED])

        await eventually(written)


@scenarios("stopped", Setting(people=2, ringing="all_at_once"))
async def who_still_rings_when_another_accepts_rings_no_more(scene: Scene) -> None:
    async with (
        scene.person(0, callee(cancelled=True)) as ringing,
        scene.person(1, callee(TALKS, ending="bye")) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=60),
    ):
        assert (await ringing.finished()).ok
        assert (await person.finished()).ok
    ended: list[tuple[str, AttemptStatus]] = []

    async def over() -> bool:
        ended[:] = sorted(await scene.outcomes())
        return ended[-1][1] is A.ENDED  # the line is free before its end is written down

    await eventually(over)
    assert ended == [(scene.people[0], A.CANCELLED), (scene.people[1], A.ENDED)]


@scenarios("dropped", Setting(people=2))
async def an_engineer_who_drops_out_at_once_gives_the_caller_back(scene: Scene) -> None:
    async with (
        scene.person(0, callee([*ACCEPTS, Pause(2.0)], ending="bye")) as drops,
        scene.person(1, callee(TALKS, ending="bye")) as person,
        scene.owner_sipp(caller(user=scene.number, ending="wait"), limit_s=60),
    ):
        assert (await drops.finished()).ok
        assert (await person.finished()).ok
    await scene.outcome_is(A.DROPPED, A.ENDED)
    assert (await scene.dispatch()).person == scene.people[1]


@scenarios("hangup", Setting(ring_s=15))
async def when_the_owner_hangs_up_ringing_stops_and_the_follow_up_calls_him_back(
    scene: Scene,
) -> None:
    async with scene.person(0, callee(cancelled=True)) as person:
        async with scene.owner_sipp(caller([Pause(2.0)], user=scene.number)) as owner:
            assert (await owner.finished()).ok
        assert (await person.finished()).ok  # CANCEL came
    # The follow-up rings again; from here on the owner can be called.
    await scene.outcome_is(A.CANCELLED)
    await _followed_up(scene)


@scenarios("nobody")
async def when_nobody_accepts_the_owner_leaves_details_and_the_follow_up_goes_on(
    scene: Scene,
) -> None:
    details = [Pause(4.0), Keys("7#"), Pause(HEARS_S), Keys("1"), Pause(3.0)]
    async with (
        scene.person(0, callee(answer=603)),
        scene.owner_sipp(caller(details, user=scene.number)) as owner,
    ):
        assert (await owner.finished()).ok
    await scene.outcome_is(A.DECLINED)
    await _followed_up(scene)
    assert (await scene.ticket()).ticket_class is TicketClass.URGENT


async def _followed_up(scene: Scene) -> None:
    """The engineer accepts a later round; the owner is called back, and they talk."""
    async with (
        scene.person(0, callee([Pause(HEARS_S), Keys("1"), Talk(25.0)], ending="bye"), limit_s=120),
        _owner_called_back(scene) as owner,
    ):
        assert (await owner.finished()).ok
        await scene.until(DispatchStatus.CLOSED, 90)
    assert (await scene.step("called_back")).what == CalledBack(answered=True)
    assert (await scene.outcomes())[-1][1] is A.ENDED
    dispatch = await scene.dispatch()
    assert (dispatch.person, dispatch.reason) == (scene.people[0], "accepted in the follow-up")


def _owner_called_back(scene: Scene) -> Sipp:
    """They hear the news; whoever hangs up, it is the hotline or the engineer."""
    return Sipp(callee(ending="wait"), port=scene.owner_port, limit_s=120)


@scenarios("early")
async def an_owner_who_is_cut_off_at_once_is_called_back_with_the_news(scene: Scene) -> None:
    async with (
        _owner_called_back(scene) as again,
        scene.person(0, callee([Pause(HEARS_S), Keys("1")], ending="wait"), limit_s=60) as person,
        scene.owner_sipp(caller([Pause(3.5)], user=scene.number)) as owner,
    ):
        assert (await owner.finished()).ok
        assert (await person.finished()).ok  # hung up, after they were told
        assert (await again.finished()).ok
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.person == scene.people[0]
    assert (await scene.step("called_back")).what == CalledBack(answered=True)


@scenarios("linked")
async def an_acknowledgement_by_link_stops_the_rounds_and_the_owner_is_told(scene: Scene) -> None:
    async with scene.person(0, callee(cancelled=True), calls=2, limit_s=120) as person:
        async with scene.owner_sipp(caller([Pause(1.5)], user=scene.number)) as owner:
            assert (await owner.finished()).ok

        async def rung_again() -> bool:
            return len(await scene.outcomes()) == 2

        await eventually(rung_again, 60)
        store = scene.store.dispatches
        dispatch = await scene.dispatch()
        claim = store.verify_token(store.link_token(dispatch.id, scene.people[0]))
        async with _owner_called_back(scene) as told:
            await store.acknowledge(
                claim.dispatch_id, Actor.on_call(claim.person), AcknowledgedVia.LINK
            )
            assert (await person.finished()).ok  # the second ring was stopped, too
            assert (await told.finished()).ok
    dispatch = await scene.until(DispatchStatus.CLOSED)
    assert dispatch.acknowledged_via is AcknowledgedVia.LINK
