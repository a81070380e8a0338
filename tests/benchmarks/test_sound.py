"""Sound that is measured: tones, holes in them, frames that are found again."""

from __future__ import annotations

import numpy as np

from benchmarks.sound import (
    FRAME_SAMPLES,
    MENU_HZ,
    NEXT_HZ,
    STARVED_FRAMES,
    ZERO,
    encoded,
    silent,
    starved,
    tones,
    unique_frames,
)
from benchmarks.spotting import bridge_delays_ms
from benchmarks.telephones import Heard
from tests.wire.audio import tone


def frames(sound: bytes) -> np.ndarray:
    return np.frombuffer(sound, np.uint8).reshape(-1, FRAME_SAMPLES)


def played(hertz: float, count: int) -> bytes:
    return encoded(tone(hertz, count * 0.02))


def nothing(count: int) -> bytes:
    return bytes([ZERO]) * FRAME_SAMPLES * count


def test_prompts_are_told_apart_by_one_frame() -> None:
    heard = frames(played(MENU_HZ, 2) + nothing(1) + played(NEXT_HZ, 1))
    assert tones(heard).tolist() == [MENU_HZ, MENU_HZ, 0, NEXT_HZ]
    assert silent(heard).tolist() == [False, False, True, False]


def test_a_short_hole_in_one_prompt_is_starved_sound() -> None:
    assert starved(frames(played(MENU_HZ, 3) + nothing(2) + played(MENU_HZ, 3))) == (2, 6)


def test_a_pause_between_prompts_and_a_long_one_are_meant() -> None:
    between = played(MENU_HZ, 3) + nothing(2) + played(NEXT_HZ, 3)
    long = played(MENU_HZ, 3) + nothing(STARVED_FRAMES) + played(MENU_HZ, 3)
    assert starved(frames(between)) == (0, 6)
    assert starved(frames(long)) == (0, 6)
    assert starved(frames(nothing(4))) == (0, 0)


def heard_by_other(stream: bytes, first_s: float) -> Heard:
    received = frames(stream)
    times = (first_s + 0.02 * np.arange(len(received))).astype(np.float64)
    return Heard(1, times, received, None, np.zeros(0))


def test_a_bridge_without_delay_has_none_and_one_that_shifts_by_half_a_packet_is_measured() -> None:
    sent = unique_frames(10, seed=1)
    sent_s = [100 + 0.02 * number for number in range(10)]
    at_once = bridge_delays_ms(sent, sent_s, heard_by_other(sent, 100.0))
    assert np.allclose(at_once, 0.0)
    half = FRAME_SAMPLES // 2
    shifted = nothing(1)[:half] + sent + nothing(1)[half:]
    late = bridge_delays_ms(sent, sent_s, heard_by_other(shifted, 100.01))
    assert np.allclose(late, 30.0)


def test_a_frame_that_was_cut_is_lost() -> None:
    sent = unique_frames(10, seed=2)
    sent_s = [100 + 0.02 * number for number in range(10)]
    cut = sent[: 3 * FRAME_SAMPLES] + sent[4 * FRAME_SAMPLES :]
    assert len(bridge_delays_ms(sent, sent_s, heard_by_other(cut, 100.0))) == 9
    assert bridge_delays_ms(sent, sent_s, None) == []
