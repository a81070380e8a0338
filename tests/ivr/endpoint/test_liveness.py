"""Silence is not absence: a quiet peer is asked, and only who does not answer is given up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from ivr.endpoint import CallState, CloseReason
from ivr.endpoint.liveness import ANSWER_S, TRANSITIONS, Liveness, Presence
from tests.ivr.endpoint.desk import Desk
from tests.wire.bare_phone import COMFORT_NOISE, BarePhone

QUIET_S = 2.0  # `rtp_timeout_s` of the desk
GONE_S = QUIET_S + ANSWER_S
GRACE_S = 4.0  # looks come twice a second, and machines are busy


# -- the table, without a network --------------------------------------------------------


class World:
    """A peer, and a clock that is moved by hand."""

    def __init__(self, quiet_s: float = 10.0) -> None:
        self.now = 100.0
        self.heard_at = self.now
        self.questions = 0
        self.gone = 0

        def ask() -> None:
            self.questions += 1

        def gone() -> None:
            self.gone += 1

        self.peer = Liveness(quiet_s=quiet_s, heard_at=lambda: self.heard_at, ask=ask, gone=gone)
        self.peer._now = lambda: self.now  # type: ignore[method-assign]
        self.peer.start()

    def passes(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.now += 0.5
            if self.peer._timer is not None:
                self.peer._timer.cancel()
                self.peer._look()


@pytest.fixture
async def world() -> AsyncIterator[World]:
    world = World()
    yield world
    world.peer.stop()


async def test_who_is_heard_is_never_asked(world: World) -> None:
    for _ in range(20):
        world.passes(5)
        world.heard_at = world.now
    assert (world.questions, world.gone) == (0, 0)


async def test_who_answers_stays_however_long_he_is_quiet(world: World) -> None:
    for _ in range(10):
        world.passes(11)
        world.peer.answered(200)
    assert world.questions == 10
    assert world.gone == 0


async def test_a_refusal_that_shows_life_is_an_answer(world: World) -> None:
    for status in (405, 501, 407, 486):
        world.passes(11)
        world.peer.answered(status)
        assert world.peer.state is Presence.HEARD
    assert world.gone == 0


@pytest.mark.parametrize("status", [481, 404, 408, 503, 0])
async def test_who_knows_nothing_of_the_call_is_gone(world: World, status: int) -> None:
    world.passes(11)
    world.peer.answered(status)
    assert world.peer.state is Presence.SILENT
    world.passes(1)
    assert world.gone == 1


async def test_who_says_nothing_at_all_is_gone_after_the_time_for_an_answer(world: World) -> None:
    world.passes(10 + ANSWER_S - 1)
    assert world.gone == 0
    world.passes(3)
    assert world.gone == 1
    world.passes(60)
    assert world.gone == 1


async def test_sound_that_comes_back_takes_a_question_back(world: World) -> None:
    world.passes(12)
    assert world.peer.state is Presence.ASKED
    world.heard_at = world.now
    world.passes(9)
    assert (world.peer.state, world.gone) == (Presence.HEARD, 0)


async def test_who_presses_keys_is_not_asked_and_takes_a_question_back(world: World) -> None:
    for _ in range(5):
        world.passes(9)
        world.peer.noticed()
    assert world.questions == 0
    world.passes(12)
    assert world.peer.state is Presence.ASKED
    world.peer.noticed()
    world.passes(9)
    assert (world.peer.state, world.gone) == (Presence.HEARD, 0)


async def test_who_is_spared_is_kept_for_a_minute_and_asked_again(world: World) -> None:
    world.peer.spare(60.0)
    world.passes(12)
    world.peer.answered(481)
    world.passes(40)
    assert world.gone == 0
    assert world.questions > 2
    world.passes(15)
    assert world.gone == 1


async def test_a_late_answer_keeps_who_is_spared(world: World) -> None:
    world.peer.spare(60.0)
    world.passes(50)
    world.peer.answered(200)
    world.passes(30)
    assert world.gone == 0


async def test_an_answer_after_the_end_moves_nothing(world: World) -> None:
    world.passes(11)
    world.peer.stop()
    world.peer.answered(200)
    world.passes(60)
    assert (world.peer.state, world.gone) == (Presence.ASKED, 0)


async def test_without_a_limit_nobody_is_given_up() -> None:
    world = World(quiet_s=0.0)
    world.passes(600)
    assert (world.questions, world.gone) == (0, 0)


def test_every_state_is_in_the_table_and_gone_is_its_end() -> None:
    assert set(TRANSITIONS) == set(Presence)
    assert not TRANSITIONS[Presence.GONE]


# -- both stacks, over the wire ------------------------------------------------------------


async def quiet_for(phone: BarePhone, desk: Desk, seconds: float) -> CallState:
    """The state of the phone's call after that much silence."""
    call = next(iter(desk.endpoint.calls.values()))
    phone.sending = False
    try:
        async with asyncio.timeout(seconds):
            await call.wait_closed()
    except TimeoutError:
        pass
    return call.state


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.timeout(60)
class TestOnTheWire:
    async def test_a_quiet_telephone_that_answers_is_kept(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            await desk.established(await desk.next_call())
            assert await quiet_for(phone, desk, GONE_S + GRACE_S) is CallState.ESTABLISHED
            assert set(phone.asked) == {"OPTIONS"}
            assert await phone.hang_up() == 200

    @pytest.mark.parametrize(
        "held", ["sendonly", "inactive", "an address of zeros"], ids=lambda held: held
    )
    async def test_a_held_call_is_kept_and_comes_back(self, desk: Desk, held: str) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            zeros = held.startswith("an")
            body = phone.sdp(host="0.0.0.0", direction="") if zeros else phone.sdp(direction=held)
            assert await phone.hold(body) == 200
            if not zeros:
                assert f"a={'recvonly' if held == 'sendonly' else 'inactive'}" in phone.answer
            assert await quiet_for(phone, desk, GONE_S + GRACE_S) is CallState.ESTABLISHED
            phone.sending = True
            assert await phone.hold(phone.sdp()) == 200
            before = phone.heard
            await desk.hear(call, 0.5)
            assert phone.heard > before
            assert await phone.hang_up() == 200

    async def test_reports_are_a_sign_of_life(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            phone.sending = phone.answering = False
            for _ in range(round(GONE_S + GRACE_S)):
                phone.report()
                await asyncio.sleep(1.0)
            assert call.state is CallState.ESTABLISHED
            assert "OPTIONS" not in phone.asked
            assert call.silent_s > GONE_S  # sound is another matter
            phone.answering = True
            assert await phone.hang_up() == 200

    @pytest.mark.parametrize("by_info", [False, True], ids=["events", "INFO"])
    async def test_keys_are_a_sign_of_life(self, desk: Desk, by_info: bool) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            phone.sending = phone.answering = False
            for _ in range(round(GONE_S + GRACE_S)):
                if by_info:
                    assert await phone.info("Signal=5\nDuration=160") == 200
                else:
                    await phone.press("5")
                await asyncio.sleep(0.8)
            assert call.state is CallState.ESTABLISHED
            assert "OPTIONS" not in phone.asked
            phone.answering = True
            assert await phone.hang_up() == 200

    async def test_comfort_noise_is_a_sign_of_life(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            offer = phone.sdp(f"a=rtpmap:{COMFORT_NOISE} CN/8000").replace(
                "AVP 8 101", f"AVP 8 101 {COMFORT_NOISE}"
            )
            assert await phone.call(body=offer) == 200
            call = await desk.next_call()
            await desk.established(call)
            phone.sending = False
            phone.packet(COMFORT_NOISE, b"\x28")
            assert await quiet_for(phone, desk, GONE_S + GRACE_S) is CallState.ESTABLISHED
            assert await phone.hang_up() == 200

    async def test_a_telephone_that_vanished_is_noticed(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            phone.answering = False
            since = time.monotonic()
            assert await quiet_for(phone, desk, GONE_S + GRACE_S) is CallState.CLOSED
            assert time.monotonic() - since > QUIET_S
            assert call.close_reason is CloseReason.RTP_TIMEOUT
            assert "OPTIONS" in phone.asked
            assert not desk.endpoint.calls

    async def test_a_telephone_that_was_switched_on_again_is_noticed(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            phone.refuses = 481
            assert await quiet_for(phone, desk, GONE_S + GRACE_S) is CallState.CLOSED
            assert call.close_reason is CloseReason.RTP_TIMEOUT

    async def test_somebody_in_need_is_not_given_up(self, desk: Desk) -> None:
        async with BarePhone(desk.sip.listen_port) as phone:
            assert await phone.call() == 200
            call = await desk.next_call()
            await desk.established(call)
            call.spare(60.0)
            phone.answering = False
            assert await quiet_for(phone, desk, GONE_S + GRACE_S) is CallState.ESTABLISHED
            phone.answering = True
            await call.hangup()
            await desk.closed(call)
            assert call.close_reason is CloseReason.LOCAL
