"""Sound keeps its pitch and has no seams when its rate changes."""

from __future__ import annotations

import numpy as np
import pytest

from ivr.endpoint.resample import program_rate, resampler
from tests.wire.audio import tone, tone_level


@pytest.mark.parametrize(
    ("from_hz", "from_channels", "to_hz", "to_channels"),
    [(48000, 2, 16000, 1), (16000, 1, 48000, 2), (8000, 1, 16000, 1), (16000, 1, 8000, 1)],
)
def test_a_tone_in_pieces_stays_one_tone(
    from_hz: int, from_channels: int, to_hz: int, to_channels: int
) -> None:
    process = resampler(from_hz, from_channels, to_hz, to_channels)
    assert process is not None
    mono = np.frombuffer(tone(440.0, 2.0, from_hz), "<i2")
    pcm = np.repeat(mono, from_channels).tobytes()
    piece = from_hz // 50 * from_channels * 2
    out = b"".join(process.process(pcm[at : at + piece]) for at in range(0, len(pcm), piece))
    heard = np.frombuffer(out, "<i2").reshape(-1, to_channels)
    assert abs(len(heard) - 2 * to_hz) < to_hz // 20  # the filter keeps some milliseconds
    for channel in heard.T:
        assert tone_level(channel.tobytes(), 440.0, to_hz) > 0.99


def test_equal_shapes_need_no_resampler() -> None:
    assert resampler(16000, 1, 16000, 1) is None


@pytest.mark.parametrize(("codec_hz", "ours_hz"), [(8000, 8000), (16000, 16000), (48000, 16000)])
def test_the_program_hears_8_or_16_khz(codec_hz: int, ours_hz: int) -> None:
    assert program_rate(codec_hz) == ours_hz
