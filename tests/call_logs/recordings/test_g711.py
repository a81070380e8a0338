from __future__ import annotations

import numpy as np
import pytest

from call_logs.recordings.g711 import ALAW, MULAW, Codec

# Values of ITU-T G.711, tables 1a to 2b, scaled to 16 bits.
KNOWN = [
    (MULAW, 0xFF, 0),
    (MULAW, 0x80, 32124),
    (MULAW, 0x00, -32124),
    (MULAW, 0x7F, 0),
    (MULAW, 0xEF, 132),
    (ALAW, 0xD5, 8),
    (ALAW, 0x55, -8),
    (ALAW, 0xAA, 32256),
    (ALAW, 0x2A, -32256),
]


@pytest.mark.parametrize(("codec", "byte", "sample"), KNOWN)
def test_bytes_decode_as_the_standard_says(codec: Codec, byte: int, sample: int) -> None:
    assert codec.decode(bytes([byte]))[0] == sample


@pytest.mark.parametrize("codec", [MULAW, ALAW])
def test_a_line_of_the_codec_is_kept_bit_for_bit(codec: Codec) -> None:
    samples = codec.decode(bytes(range(256)))
    assert np.array_equal(codec.decode(codec.encode(samples)), samples)


@pytest.mark.parametrize("codec", [MULAW, ALAW])
def test_every_sample_becomes_the_nearest_level(codec: Codec) -> None:
    samples = np.arange(-32768, 32768).astype(np.int16)
    levels = np.unique(codec.decoded).astype(np.int32)
    nearest = np.abs(samples[:, None].astype(np.int32) - levels[None, :]).min(axis=1)
    error = np.abs(codec.decode(codec.encode(samples)).astype(np.int32) - samples)
    assert np.array_equal(error, nearest)
