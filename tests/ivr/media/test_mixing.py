"""The queue behind a bridge: what never empties is cut, what hides jitter stays."""

from __future__ import annotations

from ivr.media.call_media import MediaClock
from ivr.media.mixing import FRAME_MS, LONGEST_PATIENCE, WATCHED_WRITES, StandingQueue
from tests.ivr.fakes import FakeCall


def cuts(queue: StandingQueue, depths_ms: list[float]) -> list[int]:
    return [cut for depth in depths_ms if (cut := queue.excess_ms(depth))]


def test_a_queue_that_empties_now_and_then_is_left_alone() -> None:
    depths = [60.0] * (WATCHED_WRITES - 1) + [0.0]
    assert cuts(StandingQueue(), depths * 10) == []


def test_what_never_empties_is_cut_in_whole_frames() -> None:
    assert cuts(StandingQueue(), [45.0] * WATCHED_WRITES) == [2 * FRAME_MS]
    assert cuts(StandingQueue(), [FRAME_MS - 1.0] * WATCHED_WRITES) == []


def test_a_queue_that_is_needed_is_cut_less_and_less_often() -> None:
    queue = StandingQueue()
    writes = [20.0] * WATCHED_WRITES * 100
    gaps = []
    since = 0
    for depth in writes:
        since += 1
        if queue.excess_ms(depth):
            gaps.append(since // WATCHED_WRITES)
            since = 0
    assert gaps[:6] == [1, 2, 4, 8, 16, LONGEST_PATIENCE]


async def test_after_a_stall_bridged_sound_catches_up() -> None:
    clock = MediaClock()
    one, other = FakeCall(), FakeCall()
    left, right = clock.attach(one), clock.attach(other)
    mix = clock.bridge(left, right)
    frame = b"\x05\x00" * (FRAME_MS * left.rate_hz // 1000)

    def step() -> None:
        one.speak(frame)
        left.tick()
        right.tick()
        mix.move()

    step()
    step()  # the second came before anything was fetched
    for _ in range(2 * WATCHED_WRITES):
        other.pass_time(FRAME_MS)
        step()
    assert other.buffered_ms <= FRAME_MS
