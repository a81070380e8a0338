"""What every stack must do, proved against SIPp over loopback; and the fake of other tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.endpoint import (
    CallNotActive,
    CallState,
    CloseReason,
    DialFailed,
    Direction,
    NotSupported,
    TransferRefused,
)
from tests.ivr.endpoint.desk import FAKE, Desk, settings
from tests.wire import InfoKeys, Keys, Pause, Play, TakeRefer, callee, caller, options
from tests.wire.audio import silence, tone, tone_level, write_pcma_capture
from tests.wire.ports import free_port

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

TONE_HZ = 440.0


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["baresip", "pyvoip", FAKE])
async def shared_desk(request: pytest.FixtureRequest) -> AsyncIterator[Desk]:
    desk = Desk(request.param, settings(request.param))
    await desk.open()
    yield desk
    await desk.close()


async def test_a_call_is_answered_and_ended_by_the_caller(desk: Desk) -> None:
    async with desk.peer(caller([Pause(0.2)], user="13800001234"), desk.address, to="4001") as sipp:
        call_ = await desk.next_call()
        await desk.established(call_)
        assert (call_.direction, call_.trunk) == (Direction.INBOUND, "pbx")
        assert (call_.caller, call_.callee) == ("13800001234", "4001")
        assert call_.id in desk.endpoint.calls
        assert call_.rate_hz == 8000
        assert f"Call-ID: {call_.sip_call_id}" in sipp.messages()
        result = await sipp.finished()
    assert result.ok, result.errors
    await desk.closed(call_)
    assert call_.close_reason is CloseReason.REMOTE
    assert desk.states(call_) == [CallState.ESTABLISHED, CallState.CLOSED]
    assert call_.id not in desk.endpoint.calls


async def test_a_call_is_ended_by_us(desk: Desk) -> None:
    async with desk.peer(caller(ending="wait"), desk.address) as sipp:
        call_ = await desk.next_call()
        await desk.established(call_)
        await call_.hangup()
        assert (await sipp.finished()).ok
    await desk.closed(call_)
    assert call_.close_reason is CloseReason.LOCAL
    await call_.hangup()  # gone already is no error


async def test_no_second_invite_follows_the_answer(desk: Desk) -> None:
    async with desk.peer(caller([Pause(1.0)]), desk.address) as sipp:
        result = await sipp.finished()
    assert result.ok, result.errors
    assert result.requests("INVITE") == []


async def test_keys_come_by_rtp_event(desk: Desk) -> None:
    async with desk.peer(caller([Pause(0.2), Keys("19*#")], ending="wait"), desk.address):
        call_ = await desk.next_call()
        assert await desk.keys(call_, 4) == "19*#"


async def test_keys_come_by_info(desk: Desk) -> None:
    async with desk.peer(caller([InfoKeys("205")], ending="wait"), desk.address):
        call_ = await desk.next_call()
        assert await desk.keys(call_, 3) == "205"


async def test_we_hear_the_caller(desk: Desk, tmp_path: Path) -> None:
    capture = write_pcma_capture(tmp_path / "tone.pcap", tone(TONE_HZ, 4.0))
    async with desk.peer(caller([Play(capture)], ending="wait"), desk.address):
        call_ = await desk.next_call()
        await desk.established(call_)
        assert tone_level(await desk.hear(call_, 1.0), TONE_HZ, call_.rate_hz) > 0.9


async def test_a_flush_empties_what_is_queued(desk: Desk, tmp_path: Path) -> None:
    capture = write_pcma_capture(tmp_path / "silence.pcap", silence(20.0))
    async with desk.peer(caller([Play(capture)], ending="wait"), desk.address):
        call_ = await desk.next_call()
        await desk.established(call_)
        taken = call_.write(tone(TONE_HZ, 0.8, call_.rate_hz))
        assert taken == round(0.8 * call_.rate_hz) * 2
        before = call_.buffered_ms
        assert 600 <= before <= 800
        flushed = call_.flush()
        assert 500 <= flushed <= before
        await desk.poll(lambda: call_.buffered_ms <= 20)


async def test_a_cancelled_call_closes_as_remote(desk: Desk) -> None:
    desk.answers = False
    async with desk.peer(caller(cancel_after_s=0.2), desk.address) as sipp:
        call_ = await desk.next_call()
        result = await sipp.finished()
    assert result.ok, result.errors
    assert 487 in result.statuses
    await desk.closed(call_)
    assert call_.close_reason is CloseReason.REMOTE
    with pytest.raises(CallNotActive):
        await call_.answer()


@pytest.mark.parametrize("code", [404, 480, 486, 503, 603])
async def test_a_call_is_refused_with_the_code_we_choose(desk: Desk, code: int) -> None:
    desk.answers = False
    async with desk.peer(caller(expect=code), desk.address) as sipp:
        call_ = await desk.next_call()
        await call_.reject(code)
        result = await sipp.finished()
    assert result.ok, result.errors
    await desk.closed(call_)
    assert call_.close_reason is CloseReason.LOCAL
    await call_.reject(code)


async def test_a_stranger_is_refused_and_never_seen(desk: Desk) -> None:
    result = await desk.call(caller(expect=403), source="127.0.0.2")
    assert result.ok, result.errors
    assert not desk.events
    assert not desk.endpoint.calls


async def test_a_codec_that_we_do_not_speak_gets_488(desk: Desk) -> None:
    result = await desk.call(caller(offer="g729", expect=488))
    assert result.ok, result.errors


async def test_options_is_answered(desk: Desk) -> None:
    result = await desk.call(options())
    assert result.ok, result.errors


async def test_a_peer_that_vanishes_is_closed_by_the_rtp_timeout(
    desk: Desk, tmp_path: Path
) -> None:
    capture = write_pcma_capture(tmp_path / "silence.pcap", silence(1.0))
    async with desk.peer(caller([Play(capture), Pause(30.0)]), desk.address) as sipp:
        call_ = await desk.next_call()
        await desk.established(call_)
        await desk.hear(call_, 0.5)
        sipp.vanish()
        await desk.closed(call_)
    assert call_.close_reason is CloseReason.RTP_TIMEOUT


async def test_an_outgoing_call_rings_and_is_answered(desk: Desk) -> None:
    async with desk.peer(callee(ring_s=1.5)) as sipp:
        call_ = await desk.dial(sipp.uri, headers={"X-Place": "3-2-1502"})
        assert call_.direction is Direction.OUTBOUND
        await call_.wait_established()
        assert desk.states(call_) == [CallState.RINGING, CallState.ESTABLISHED]
        await call_.hangup()
        result = await sipp.finished()
    assert result.ok, result.errors
    assert "X-Place: 3-2-1502" in result.requests("INVITE")[0]
    await desk.closed(call_)
    assert call_.close_reason is CloseReason.LOCAL


async def test_an_outgoing_call_is_ended_by_the_peer(desk: Desk) -> None:
    async with desk.peer(callee([Pause(0.3)], ending="bye")) as sipp:
        call_ = await desk.dial(sipp.uri)
        await call_.wait_established()
        await desk.closed(call_)
        assert (await sipp.finished()).ok
    assert call_.close_reason is CloseReason.REMOTE


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (486, CloseReason.BUSY),
        (603, CloseReason.DECLINED),
        (403, CloseReason.DECLINED),
        (480, CloseReason.NO_ANSWER),
        (404, CloseReason.UNREACHABLE),
        (500, CloseReason.FAILED),
    ],
)
async def test_a_refusal_of_the_peer_is_told_apart(
    desk: Desk, code: int, reason: CloseReason
) -> None:
    async with desk.peer(callee(answer=code)) as sipp:
        call_ = await desk.dial(sipp.uri)
        with pytest.raises(DialFailed) as failure:
            await call_.wait_established()
        assert (await sipp.finished()).ok
    assert (failure.value.reason, failure.value.sip_code) == (reason, code)
    assert not desk.endpoint.calls


async def test_ringing_longer_than_the_limit_is_cancelled(desk: Desk) -> None:
    async with desk.peer(callee(cancelled=True)) as sipp:
        call_ = await desk.dial(sipp.uri, timeout_s=0.5)
        with pytest.raises(DialFailed) as failure:
            await call_.wait_established()
        assert (await sipp.finished()).ok
    assert failure.value.reason is CloseReason.NO_ANSWER


async def test_an_address_where_nobody_is_fails_within_the_limit(desk: Desk) -> None:
    call_ = await desk.dial(f"sip:nobody@127.0.0.1:{free_port()}", timeout_s=0.5)
    async with asyncio.timeout(5):
        with pytest.raises(DialFailed) as failure:
            await call_.wait_established()
    assert failure.value.reason in {CloseReason.NO_ANSWER, CloseReason.UNREACHABLE}


@pytest.mark.parametrize("user", ["119", "+19005551234", "010110", "8001", "0119"])
async def test_what_may_not_be_dialled_never_leaves_the_machine(desk: Desk, user: str) -> None:
    async with desk.peer(callee([Pause(0.2)], ending="bye")) as sipp:
        for target in (user, f"sip:{user}@{sipp.uri.partition('@')[2]}"):
            with pytest.raises(DialFailed, match="what was to be dialled"):
                await desk.dial(target)
        assert not desk.endpoint.calls
        await (await desk.dial(sipp.uri)).wait_established()  # the first that it hears of
        result = await sipp.finished()
    assert len(result.requests("INVITE")) == 1


@pytest_asyncio.fixture(loop_scope="module", params=["idle", "busy"])
async def loop_load(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """An event loop with nothing to do, and one that is late for everything."""

    async def hold_up() -> None:
        while True:
            time.sleep(0.03)  # noqa: ASYNC251 - a badly behaved task is what this is
            await asyncio.sleep(0)

    task = asyncio.create_task(hold_up()) if request.param == "busy" else None
    yield
    if task is not None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.usefixtures("loop_load")
@pytest.mark.parametrize("answer", [200, 486])
async def test_an_instant_answer_to_a_dial_is_never_lost(desk: Desk, answer: int) -> None:
    rounds = 20
    scenario = callee(answer=answer, ring=False)
    async with desk.peer(scenario, calls=rounds) as sipp:
        for _ in range(rounds):
            call_ = await desk.dial(sipp.uri)
            async with asyncio.timeout(5):
                if answer == 200:
                    await call_.wait_established()
                    await call_.hangup()
                else:
                    with pytest.raises(DialFailed):
                        await call_.wait_established()
                await call_.wait_closed()
        assert (await sipp.finished()).ok
    assert not desk.endpoint.calls


@pytest.mark.usefixtures("loop_load")
async def test_an_instant_answer_is_not_hung_up_when_the_time_to_ring_is_over(desk: Desk) -> None:
    rounds = 5
    async with desk.peer(callee(ring=False), calls=rounds) as sipp:
        calls = [await desk.dial(sipp.uri, timeout_s=0.4) for _ in range(rounds)]
        async with asyncio.timeout(5):
            for call_ in calls:
                await call_.wait_established()
        await asyncio.sleep(0.6)
        assert {call_.state for call_ in calls} == {CallState.ESTABLISHED}
        for call_ in calls:
            await call_.hangup()
        assert (await sipp.finished()).ok


async def test_a_transfer_that_is_taken_closes_the_call(desk: Desk) -> None:
    async with desk.peer(callee([TakeRefer(202)])) as sipp:
        call_ = await desk.dial(sipp.uri)
        await call_.wait_established()
        if desk.stack == "pyvoip":
            with pytest.raises(NotSupported):
                await call_.transfer("sip:engineer@127.0.0.1")
            with pytest.raises(NotSupported):
                await call_.attended_transfer(call_)
            assert call_.state is CallState.ESTABLISHED
            return
        await call_.transfer("sip:engineer@127.0.0.1")
        await desk.closed(call_)
        assert (await sipp.finished()).ok
    assert call_.close_reason is CloseReason.TRANSFERRED


async def test_a_caller_who_hangs_up_in_his_transfer_has_hung_up(desk: Desk) -> None:
    if desk.stack == "pyvoip":
        return  # it has no REFER: see the test before
    async with desk.peer(callee([TakeRefer(202, None), Pause(0.5)], ending="bye")) as sipp:
        call_ = await desk.dial(sipp.uri)
        await call_.wait_established()
        with pytest.raises(TransferRefused):
            await call_.transfer("sip:engineer@127.0.0.1")
        await desk.closed(call_)
        assert (await sipp.finished()).ok
    assert call_.close_reason is CloseReason.REMOTE


async def test_a_transfer_that_is_refused_leaves_the_call_up(desk: Desk) -> None:
    if desk.stack == "pyvoip":
        return  # it has no REFER: see the test before
    async with desk.peer(callee([TakeRefer(603)])) as sipp:
        call_ = await desk.dial(sipp.uri)
        await call_.wait_established()
        with pytest.raises(TransferRefused) as refusal:
            await call_.transfer("sip:engineer@127.0.0.1")
        assert refusal.value.sip_code == 603
        assert call_.state is CallState.ESTABLISHED
        await call_.hangup()
        assert (await sipp.finished()).ok


async def test_thirty_calls_at_once_are_answered(desk: Desk) -> None:
    async with desk.peer(caller([Pause(1.0)]), desk.address, calls=30, rate=30.0) as sipp:
        calls = [await desk.next_call() for _ in range(30)]
        result = await sipp.finished()
    assert result.ok, result.errors
    for call_ in calls:
        await desk.closed(call_)
    assert len({call_.id for call_ in calls}) == 30
    assert not desk.endpoint.calls


async def test_calls_above_max_calls_get_486(desk: Desk) -> None:
    limit = desk.sip.max_calls
    async with desk.peer(caller([Pause(1.5)]), desk.address, calls=limit, rate=40.0) as sipp:
        for _ in range(limit):
            await desk.next_call()
        assert (await desk.call(caller(expect=486))).ok
        result = await sipp.finished()
    assert result.ok, result.errors


async def test_who_hangs_up_in_the_breath_of_the_answer_leaves_a_call_of_a_known_rate(
    desk: Desk,
) -> None:
    """ACK and BYE back to back: the loop hears of both when the sound is gone already."""
    desk.answers = False
    async with desk.peer(caller([]), desk.address) as sipp:
        call_ = await desk.next_call()
        await call_.answer()
        time.sleep(0.5)  # noqa: ASYNC251 - a busy machine: the loop is late by that much
        await desk.closed(call_)
        assert (await sipp.finished()).ok
    assert call_.was_established
    assert call_.close_reason is CloseReason.REMOTE
    assert call_.rate_hz == 8000
    assert (call_.read(), call_.write(b"\0\0"), call_.buffered_ms) == (b"", 0, 0.0)
