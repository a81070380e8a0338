"""Attended transfer: what `Call.attended_transfer` promises, against real peers."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from ivr.endpoint import (
    Call,
    CallNotActive,
    CallState,
    CloseReason,
    EndpointError,
    TransferRefused,
)
from ivr.endpoint.baresip import call as baresip_call
from tests.ivr.endpoint.desk import Desk, settings
from tests.wire import Pause, Sipp, Softphone, TakeRefer, callee, caller
from tests.wire.audio import tone, tone_level, write_wav

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]

OWNER_HZ, PERSON_HZ, OUR_HZ = 440.0, 880.0, 1320.0
REPLACES = "Supported: replaces"
UP, CLOSED = CallState.ESTABLISHED, CallState.CLOSED


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_desk() -> AsyncIterator[Desk]:
    """baresip alone: the other stack has no REFER (see test_contract)."""
    desk = Desk("baresip", settings("baresip"))
    await desk.open()
    yield desk
    await desk.close()


@asynccontextmanager
async def two_calls(
    desk: Desk, owner: Softphone | Sipp, person: Softphone | Sipp
) -> AsyncIterator[tuple[Call, Call]]:
    """The owner has called us, and we the person; both are up."""
    async with person, owner:
        if isinstance(owner, Softphone):
            await owner.dial(f"sip:hotline@{desk.address}")
        first = await desk.next_call()
        await desk.established(first)
        second = await desk.dial(person.uri)
        await second.wait_established()
        yield first, second


@pytest.fixture
def voices(tmp_path: Path) -> tuple[Path, Path]:
    """The owner's and the person's, as WAV files of one second."""
    return (
        write_wav(tmp_path / "owner.wav", tone(OWNER_HZ, 1.0)),
        write_wav(tmp_path / "person.wav", tone(PERSON_HZ, 1.0)),
    )


async def hears(phone: Softphone, hz: float, limit_s: float = 10.0) -> None:
    """Wait until the last second that a telephone heard is this voice."""
    async with asyncio.timeout(limit_s):
        while tone_level(phone.heard()[-16000:], hz, 8000) < 0.9:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)


async def sound_goes_both_ways(desk: Desk, phones: dict[Call, tuple[Softphone, float]]) -> None:
    """We hear each telephone's voice, and each hears ours."""

    async def speak() -> None:
        while True:
            for call in phones:
                if call.buffered_ms < 200:
                    call.write(tone(OUR_HZ, 0.2, call.rate_hz))
            await asyncio.sleep(0.05)

    speaking = asyncio.create_task(speak())
    try:
        for call, (phone, hz) in phones.items():
            await hears(phone, OUR_HZ)
            assert tone_level(await desk.hear(call, 0.5), hz, call.rate_hz) > 0.9
    finally:
        speaking.cancel()


async def test_the_two_are_joined_and_nothing_of_ours_is_left(
    desk: Desk, voices: tuple[Path, Path]
) -> None:
    owner = Softphone(user="owner", wav=voices[0])
    person = Softphone(user="person", wav=voices[1], answers=True)
    async with two_calls(desk, owner, person) as (first, second):
        await sound_goes_both_ways(desk, {first: (owner, OWNER_HZ), second: (person, PERSON_HZ)})
        await first.attended_transfer(second)
        for call in (first, second):
            await desk.closed(call)
        assert (first.close_reason, second.close_reason) == (
            CloseReason.TRANSFERRED,
            CloseReason.REMOTE,
        )
        assert not desk.endpoint.calls
        await hears(owner, PERSON_HZ)
        await hears(person, OWNER_HZ)
        with pytest.raises(CallNotActive):
            await first.attended_transfer(second)


async def test_what_comes_after_a_refusal_has_sound_both_ways(
    desk: Desk, voices: tuple[Path, Path]
) -> None:
    owner = Softphone(user="owner", wav=voices[0], transfers="reject")
    person = Softphone(user="person", wav=voices[1], answers=True)
    async with two_calls(desk, owner, person) as (first, second):
        with pytest.raises(TransferRefused) as refusal:
            await first.attended_transfer(second)
        assert refusal.value.sip_code == 603
        assert (first.state, second.state) == (UP, UP)
        assert first.rate_hz > 0
        await sound_goes_both_ways(desk, {first: (owner, OWNER_HZ), second: (person, PERSON_HZ)})
        kinds = {event["type"] for event in (*owner.events, *person.events)}
        assert "CALL_HOLD" not in kinds  # nobody was put on hold for it


def an_owner(*steps: TakeRefer | Pause, headers: str = REPLACES, ending: str = "wait") -> str:
    return caller(steps, headers=headers, ending=ending)


def a_person(*steps: Pause, headers: str = REPLACES, ending: str = "wait") -> str:
    return callee(steps, headers=headers, ending=ending)


@asynccontextmanager
async def scripted(desk: Desk, owner: str, person: str) -> AsyncIterator[tuple[Call, Call, Sipp]]:
    """As `two_calls`, for peers that follow a scenario, with the owner's."""
    telephone = Sipp(owner, desk.address, limit_s=20)
    async with two_calls(desk, telephone, Sipp(person, limit_s=20)) as (first, second):
        yield first, second, telephone


async def test_a_peer_that_refuses_the_refer_keeps_both_calls(desk: Desk) -> None:
    async with scripted(desk, an_owner(TakeRefer(405)), a_person()) as (first, second, owner):
        with pytest.raises(TransferRefused) as refusal:
            await first.attended_transfer(second)
        assert refusal.value.sip_code == 405
        assert (first.state, second.state) == (UP, UP)
        await first.hangup()
        result = await owner.finished()
    assert result.ok, result.errors
    (refer,) = result.requests("REFER")
    assert f"?Replaces={second.sip_call_id}%3Bto-tag%3D" in refer
    assert result.requests("INVITE") == []  # no hold, so nothing to resume
    assert first.close_reason is CloseReason.LOCAL


@pytest.mark.parametrize(("owner_knows", "person_knows"), [(False, True), (True, False)])
async def test_who_never_advertised_replaces_is_not_asked(
    desk: Desk, owner_knows: bool, person_knows: bool
) -> None:
    owner = an_owner(headers=REPLACES if owner_knows else "Supported: 100rel")
    person = a_person(headers=REPLACES if person_knows else "Supported: 100rel")
    async with scripted(desk, owner, person) as (first, second, telephone):
        with pytest.raises(TransferRefused, match="never advertised"):
            await first.attended_transfer(second)
        assert (first.state, second.state) == (UP, UP)
        await first.hangup()
        result = await telephone.finished()
    assert result.ok, result.errors
    assert result.requests("REFER") == []


async def test_a_call_that_the_far_side_did_not_replace_is_ended_by_us(desk: Desk) -> None:
    """The peer has called the person anew, and says that they are connected."""
    async with scripted(desk, an_owner(TakeRefer(202)), a_person()) as (first, second, owner):
        await first.attended_transfer(second)
        await desk.closed(second)
        assert (await owner.finished()).ok
    assert first.close_reason is CloseReason.TRANSFERRED
    assert second.close_reason is CloseReason.TRANSFERRED
    assert not desk.endpoint.calls


async def test_without_an_outcome_it_is_given_up_and_may_still_come_about(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baresip_call, "ATTENDED_LIMIT_S", 0.3)
    late = TakeRefer(202, report_s=1.5)
    async with scripted(desk, an_owner(late), a_person()) as (first, second, owner):
        with pytest.raises(TransferRefused, match="in time"):
            await first.attended_transfer(second)
        assert (first.state, second.state) == (UP, UP)
        await desk.closed(first)
        assert (await owner.finished()).ok
        assert first.close_reason is CloseReason.TRANSFERRED
        assert second.state is UP  # whose it is now is not the endpoint's to know


async def test_a_person_who_hangs_up_is_not_waited_for_long(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baresip_call, "REPLACED_LIMIT_S", 0.3)
    person = a_person(Pause(1.0), ending="bye")
    async with scripted(desk, an_owner(TakeRefer(202, None)), person) as (first, second, _):
        began = time.monotonic()
        with pytest.raises(TransferRefused, match="in time"):
            await first.attended_transfer(second)
        assert time.monotonic() - began < baresip_call.ATTENDED_LIMIT_S / 2
        assert (first.state, second.state) == (UP, CLOSED)
        assert second.close_reason is CloseReason.REMOTE


async def test_an_owner_who_hangs_up_leaves_the_person_with_us(desk: Desk) -> None:
    owner = an_owner(TakeRefer(202, None), Pause(0.5), ending="bye")
    async with scripted(desk, owner, a_person()) as (first, second, _):
        with pytest.raises(CallNotActive):
            await first.attended_transfer(second)
        assert (first.state, first.close_reason) == (CLOSED, CloseReason.REMOTE)
        assert second.state is UP


async def test_two_transfers_of_one_call_are_one_too_many(desk: Desk) -> None:
    owner = an_owner(TakeRefer(202, report_s=0.5))
    async with scripted(desk, owner, a_person()) as (first, second, _):
        with pytest.raises(ValueError, match="another call"):
            await first.attended_transfer(first)
        transferring = asyncio.create_task(first.attended_transfer(second))
        await asyncio.sleep(0)
        with pytest.raises(TransferRefused, match="under way"):
            await first.attended_transfer(second)
        await transferring


async def test_the_program_sees_only_the_headers_that_it_asked_for(desk: Desk) -> None:
    async with scripted(desk, an_owner(), a_person()) as (first, _, _):
        assert first.headers == {}


async def test_a_hang_up_at_any_moment_ends_in_success_or_a_typed_error(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baresip_call, "REPLACED_LIMIT_S", 0.5)
    chance = random.Random(3891)
    async with Softphone(user="owner") as owner, Softphone(user="person", answers=True) as person:
        for _ in range(12):
            await owner.dial(f"sip:hotline@{desk.address}")
            first = await desk.next_call()
            await desk.established(first)
            second = await desk.dial(person.uri)
            await second.wait_established()
            transfer = asyncio.create_task(first.attended_transfer(second))
            await asyncio.sleep(chance.uniform(0.0, 0.08))
            await chance.choice([owner.hang_up, person.hang_up, first.hangup, second.hangup])()
            async with asyncio.timeout(baresip_call.ATTENDED_LIMIT_S):
                (error,) = await asyncio.gather(transfer, return_exceptions=True)
            assert error is None or isinstance(error, EndpointError), error
            if error is None:
                assert first.close_reason is CloseReason.TRANSFERRED
            for each in (owner.hang_up, owner.hang_up, person.hang_up, person.hang_up):
                await each()  # with us and with each other
            for call in (first, second):
                await call.hangup()
                await desk.closed(call)
            assert not desk.endpoint.calls
