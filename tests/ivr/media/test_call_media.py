"""One clock moves the audio of all calls, and a recording keeps the call's time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from call_logs.storage import Checks
from ivr.media.call_media import BRIDGE_LEAD_MS, LEAD_MS, STEP_MS, TICK_MS, CallMedia, MediaClock
from ivr.media.tracks import Timeline
from tests.ivr.fakes import RATE_HZ, FakeCall

SECOND = RATE_HZ * 2


class Clock(MediaClock):
    """A media clock whose time the test moves."""

    now = 0.0

    def time(self) -> float:
        return self.now


class Kept:
    """A recorder in memory."""

    def __init__(self) -> None:
        self.caller = bytearray()
        self.hotline = bytearray()

    def write(self, caller_pcm: bytes, hotline_pcm: bytes) -> None:
        assert len(caller_pcm) == len(hotline_pcm)
        self.caller += caller_pcm
        self.hotline += hotline_pcm


def tone(ms: int, sample: int = 1000) -> bytes:
    return sample.to_bytes(2, "little", signed=True) * (RATE_HZ * ms // 1000)


def advance(clock: Clock, call: FakeCall, media: CallMedia, ms: int, heard: bytes = b"") -> None:
    """Let a stretch of time pass: the wire sends, the caller is heard, the clock ticks."""
    for start in range(0, ms, 100):
        step = min(100, ms - start)
        clock.now += step / 1000
        call.pass_time(step)
        if heard:
            size = RATE_HZ * 2 * step // 1000
            call.speak(heard[:size])
            heard = heard[size:]
        media.tick()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def call() -> FakeCall:
    return FakeCall()


@pytest.fixture
def media(clock: Clock, call: FakeCall) -> CallMedia:
    return clock.attach(call)


def test_a_prompt_reaches_the_wire_whole_and_is_done_when_its_last_sample_left(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    finished = []
    playback = media.play([tone(700), tone(300, 7)], on_finish=lambda: finished.append(True))
    advance(clock, call, media, 900)
    assert not playback.done
    advance(clock, call, media, 300)
    assert playback.done
    assert finished == [True]
    assert bytes(call.sent[:SECOND]) == tone(700) + tone(300, 7)


def test_the_first_samples_go_out_before_any_tick(call: FakeCall, media: CallMedia) -> None:
    media.play([tone(2000)])
    assert call.buffered_ms == LEAD_MS


def test_stop_is_silent_at_once_and_ends_the_playback(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    playback = media.play([tone(5000)])
    advance(clock, call, media, 200)
    media.stop()
    assert call.buffered_ms == 0
    assert playback.done
    sent = len(call.sent)
    advance(clock, call, media, 500)
    assert len(call.sent) == sent


def test_a_new_prompt_takes_the_place_of_the_old_one(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    old = media.play([tone(5000, 1)])
    new = media.play([tone(100, 2)])
    assert old.done
    advance(clock, call, media, 300)
    assert new.done
    assert bytes(call.sent) == tone(100, 2)


def test_a_repeated_piece_plays_until_it_is_stopped(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    playback = media.play([tone(150, 1), tone(50, 2)], repeat=True)
    advance(clock, call, media, 1000)
    assert not playback.done
    assert bytes(call.sent[: SECOND // 5 * 3]) == (tone(150, 1) + tone(50, 2)) * 3


def test_received_audio_goes_to_every_tap_until_it_is_taken_off(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    first: list[bytes] = []
    second: list[bytes] = []
    untap = media.tap(first.append)
    media.tap(second.append)
    advance(clock, call, media, 100, heard=tone(100))
    untap()
    untap()
    advance(clock, call, media, 100, heard=tone(100))
    assert b"".join(first) == tone(100)
    assert b"".join(second) == tone(200)


def test_the_recording_holds_both_directions_at_the_time_they_happened(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    kept = Kept()
    media.record(kept)
    advance(clock, call, media, 500, heard=tone(500, 3))
    media.play([tone(300, 9)])
    advance(clock, call, media, 1000, heard=tone(1000, 4))
    assert bytes(kept.caller[:SECOND]) == tone(500, 3) + tone(500, 4)
    loud = [at for at in range(0, len(kept.hotline), 2) if kept.hotline[at] == 9]
    assert len(loud) == RATE_HZ * 300 // 1000
    assert abs(loud[0] / SECOND - 0.5) <= 0.11


def test_what_was_flushed_is_not_in_the_recording(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    kept = Kept()
    media.record(kept)
    media.play([tone(5000, 9)])
    advance(clock, call, media, 400)
    media.stop()
    advance(clock, call, media, 1000)
    assert bytes(kept.hotline).count(9) == RATE_HZ * 400 // 1000


def test_a_caller_who_sends_nothing_leaves_silence_of_the_right_length(
    clock: Clock, call: FakeCall, media: CallMedia
) -> None:
    kept = Kept()
    media.record(kept)
    advance(clock, call, media, 3000)
    assert set(kept.caller) == {0}
    assert 2.6 <= media.position_s <= 3.0


def test_jitter_puts_no_gaps_into_speech() -> None:
    line = Timeline(RATE_HZ)
    caller = bytearray()
    elapsed = 0.0
    for late_ms in (0, 80, 0, 120, 40, 0, 0):
        elapsed += 0.1
        line.heard(tone(100 - late_ms if late_ms else 100))
        caller += line.advance(elapsed, idle=True)[0]
    assert 0 not in caller[::2]


def test_a_lost_stretch_is_filled_so_that_later_words_keep_their_time() -> None:
    line = Timeline(RATE_HZ)
    caller = bytearray()
    for step in range(1, 31):
        if not 5 <= step <= 14:
            line.heard(tone(100))
        caller += line.advance(step / 10, idle=True)[0]
    assert abs(len(caller) / SECOND - 3.0) <= 0.3


def test_bridged_parties_hear_each_other_and_a_backlog_is_dropped(clock: Clock) -> None:
    one, other = FakeCall(), FakeCall()
    left, right = clock.attach(one), clock.attach(other)
    mix = clock.bridge(left, right)
    one.speak(tone(20, 5))
    other.speak(tone(20, 6))
    left.tick()
    right.tick()
    mix.move()
    one.pass_time(20)
    other.pass_time(20)
    assert (bytes(other.sent), bytes(one.sent)) == (tone(20, 5), tone(20, 6))
    for _ in range(20):
        one.speak(tone(20, 5))
        left.tick()
        mix.move()
    assert other.buffered_ms <= BRIDGE_LEAD_MS + 20
    clock.unbridge(mix)
    clock.unbridge(mix)
    assert not left.bridged
    assert not right.bridged


def test_a_third_party_hears_both_others_and_loud_voices_do_not_wrap_round(clock: Clock) -> None:
    calls = [FakeCall(), FakeCall(), FakeCall()]
    parties = [clock.attach(call) for call in calls]
    mix = clock.bridge(*parties)
    calls[0].speak(tone(20, 30000))
    calls[1].speak(tone(20, 30000))
    for party in parties:
        party.tick()
    mix.move()
    for call in calls:
        call.pass_time(20)
    assert bytes(calls[2].sent) == tone(20, 32767)
    assert bytes(calls[0].sent) == tone(20, 30000)


def test_a_party_that_closes_leaves_the_bridge(clock: Clock) -> None:
    one, other = FakeCall(), FakeCall()
    left, right = clock.attach(one), clock.attach(other)
    mix = clock.bridge(left, right)
    left.close()
    assert mix.parties == (right,)


def test_closing_ends_what_somebody_waits_for(media: CallMedia) -> None:
    playback = media.play([tone(1000)])
    media.close()
    media.close()
    assert playback.done


async def test_the_clock_moves_calls_and_forgets_them_when_they_close() -> None:
    clock = MediaClock()
    clock.start()
    call = FakeCall()
    media = clock.attach(call)
    got: list[bytes] = []
    arrived = asyncio.Event()

    def hear(pcm: bytes) -> None:
        got.append(pcm)
        arrived.set()

    media.tap(hear)
    call.speak(tone(100))
    await asyncio.wait_for(arrived.wait(), 5)
    assert got == [tone(100)]
    media.close()
    assert clock.calls == 0
    await clock.close()
    await clock.close()


def test_calls_that_come_together_take_turns(clock: Clock) -> None:
    due = sorted(round(clock.attach(FakeCall()).due_s, 3) for _ in range(2 * TICK_MS // STEP_MS))
    steps = [step / 1000 for step in range(0, TICK_MS, STEP_MS)]
    assert due == sorted(steps * 2)


async def test_every_call_is_moved_once_a_tick_and_bridged_ones_more_often() -> None:
    clock = MediaClock()
    clock.start()
    medias = [clock.attach(FakeCall()) for _ in range(4)]
    clock.bridge(*medias[:2])
    counts = [0] * 4

    def counted(number: int, tick: Callable[[], None]) -> Callable[[], None]:
        def count() -> None:
            counts[number] += 1
            tick()

        return count

    for number, media in enumerate(medias):
        media.tick = counted(number, media.tick)  # type: ignore[method-assign]
    async with asyncio.timeout(20):
        while min(counts) < 5:  # noqa: ASYNC110  (nothing tells of it)
            await asyncio.sleep(TICK_MS / 1000)
    await clock.close()
    assert min(counts[:2]) > 2 * max(counts[2:])


async def test_one_broken_call_does_not_silence_the_others() -> None:
    clock = MediaClock()
    clock.start()
    broken, sound = FakeCall(), FakeCall()
    bad, good = clock.attach(broken), clock.attach(sound)

    def fail(pcm: bytes) -> None:
        raise RuntimeError("a listener's fault")

    bad.tap(fail)
    arrived = asyncio.Event()
    good.tap(lambda pcm: arrived.set())
    broken.speak(tone(100))
    sound.speak(tone(100))
    await asyncio.wait_for(arrived.wait(), 5)
    await clock.close()


async def test_a_broken_bridge_does_not_silence_the_calls_beside_it() -> None:
    clock = MediaClock()
    clock.start()
    mix = clock.bridge(clock.attach(FakeCall()), clock.attach(FakeCall()))

    def fail() -> None:
        raise RuntimeError("a fault in the mixing")

    mix.move = fail  # type: ignore[method-assign]
    call = FakeCall()
    arrived = asyncio.Event()
    clock.attach(call).tap(lambda pcm: arrived.set())
    call.speak(tone(100))
    await asyncio.wait_for(arrived.wait(), 5)
    await clock.close()


async def test_a_fault_of_the_clock_itself_does_not_end_it(monkeypatch: pytest.MonkeyPatch) -> None:
    checks = Checks()
    clock = MediaClock(checks)
    clock.start()
    faults = iter([RuntimeError(), RuntimeError()])
    time = clock.time

    def broken() -> float:
        for fault in faults:
            raise fault
        return time()

    call = FakeCall()
    media = clock.attach(call)
    monkeypatch.setattr(clock, "time", broken)
    arrived = asyncio.Event()
    media.tap(lambda pcm: arrived.set())
    call.speak(tone(100))
    await asyncio.wait_for(arrived.wait(), 5)
    assert [check.name for check in await checks.look()] == ["loop media clock"]
    await clock.close()
