"""The gate that keeps silence from the engine."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.audio.voice_activity import HANG_OVER_S, SpeechGate, Stretch
from tests.asr.speech import RATE_HZ, say, silence


def passed(pcm: bytes, piece: int, gate: SpeechGate | None = None) -> list[Stretch]:
    gate = gate or SpeechGate(RATE_HZ)
    return [
        stretch
        for start in range(0, len(pcm), piece)
        for stretch in gate.push(pcm[start : start + piece])
    ]


@pytest.fixture(scope="module")
def two_sentences() -> bytes:
    return silence(2.0) + say("楼道灯坏了") + silence(3.0) + say("厨房水管爆了") + silence(1.0)


def test_silence_does_not_pass() -> None:
    assert passed(silence(5.0), 320) == []


def test_speech_passes_unchanged_with_its_place_in_the_stream(two_sentences: bytes) -> None:
    stretches = passed(two_sentences, 3200)
    assert sum(stretch.ended for stretch in stretches) == 2
    for stretch in stretches:
        start = 2 * stretch.start_sample
        assert two_sentences[start : start + len(stretch.pcm)] == stretch.pcm


def test_most_of_the_silence_is_saved(two_sentences: bytes) -> None:
    fed = sum(len(stretch.pcm) for stretch in passed(two_sentences, 3200))
    spoken = len(say("楼道灯坏了", before_s=0.0)) + len(say("厨房水管爆了", before_s=0.0))
    assert spoken - 2 * 2 * RATE_HZ < fed < spoken + 2 * 2 * RATE_HZ * HANG_OVER_S


@settings(max_examples=25)
@given(piece=st.integers(1, 4000).map(lambda samples: 2 * samples))
def test_how_the_stream_is_cut_changes_nothing(piece: int) -> None:
    pcm = silence(0.5) + say("楼道灯坏了")
    as_one = passed(pcm, len(pcm))
    cut = passed(pcm, piece)
    assert b"".join(stretch.pcm for stretch in cut) == b"".join(s.pcm for s in as_one)
    assert cut[0].start_sample == as_one[0].start_sample
    assert cut[-1].ended == as_one[-1].ended


def test_a_hole_in_the_stream_moves_the_position_on() -> None:
    gate = SpeechGate(RATE_HZ)
    speech = say("楼道灯坏了", before_s=0.0)
    passed(speech[: len(speech) // 2], 3200, gate)
    assert gate.is_open
    gate.skip(5 * RATE_HZ)
    assert not gate.is_open
    after = passed(silence(0.5) + speech, 3200, gate)
    first = after[0].start_sample / RATE_HZ
    assert first == pytest.approx(len(speech) / 4 / RATE_HZ + 5.5, abs=0.35)


def test_sixteen_kilohertz_pass_too() -> None:
    wide = np.repeat(np.frombuffer(say("楼道灯坏了"), dtype="<i2"), 2).tobytes()
    gate = SpeechGate(2 * RATE_HZ)
    stretches = list(gate.push(wide))
    assert stretches
    assert stretches[-1].ended
