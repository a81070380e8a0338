"""WAV files as people bring them, as the PCM that recognisers take.

Python's `wave` reads 16-bit PCM only; telephone systems write G.711 (ITU-T G.711, formats 6 and
7 of RIFF WAVE), studios 24 bits and floats.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

RATES_HZ = (8000, 16000)
"""What recognisers take; other rates are brought to the higher one."""

_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_MOST_CHANNELS = 16
_FULL_SCALE = 32767.0

Samples = NDArray[np.float64]


class AudioError(ValueError):
    """A file is not audio that can be used; the message says why."""


def read_wav(path: Path) -> tuple[bytes, int]:
    """PCM (16-bit mono) of a WAV file and its rate, 8000 or 16000 Hz; channels are mixed.

    Raises:
        AudioError: not a WAV file, or its samples are written in a way that is not known.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AudioError(f"{path} cannot be read as WAV: {error}") from error
    chunks = dict(_chunks(data))
    form = chunks.get(b"fmt ", b"")
    if b"data" not in chunks or len(form) < 16:
        raise AudioError(f"{path} cannot be read as WAV: it has no RIFF header, format or data")
    kind, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", form)
    if kind == _EXTENSIBLE and len(form) >= 26:
        (kind,) = struct.unpack_from("<H", form, 24)
    if not 1 <= channels <= _MOST_CHANNELS or not 1000 <= rate_hz <= 768_000:
        raise AudioError(f"{path} cannot be read as WAV: {channels} channels at {rate_hz} Hz")
    frame_bytes = channels * bits // 8
    samples = chunks[b"data"]
    decoded = _decoded(samples[: len(samples) // max(1, frame_bytes) * frame_bytes], kind, bits)
    if decoded is None:
        raise AudioError(f"{path} has samples of {bits} bits in format {kind}; write 16-bit PCM")
    if decoded.size == 0:
        raise AudioError(f"{path} has no sound in it: its data is empty")
    mono = decoded.reshape(-1, channels).mean(axis=1)
    if rate_hz not in RATES_HZ:
        mono = soxr.resample(mono, rate_hz, RATES_HZ[-1])
        rate_hz = RATES_HZ[-1]
    return np.clip(np.round(mono), -32768, 32767).astype("<i2").tobytes(), rate_hz


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and bodies. Samples whose length is not known yet go to the end: a stream says
    0xFFFFFFFF, and a recorder that was killed leaves the 0 that it began with."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return
    at = 12
    while at + 8 <= len(data):
        name = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        if name == b"data" and length == 0 and not _is_chunk(data, at + 8):
            length = len(data) - at - 8
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def _is_chunk(data: bytes, at: int) -> bool:
    """Whether a chunk with a name and a length that fits begins here, and no samples."""
    if at + 8 > len(data) or not data[at : at + 4].isascii() or not data[at : at + 4].isalnum():
        return False
    return at + 8 + int(struct.unpack_from("<I", data, at + 4)[0]) <= len(data)


def _decoded(data: bytes, kind: int, bits: int) -> Samples | None:
    """The samples on the scale of 16 bits; None for a format that is not known."""
    decode = _DECODERS.get((kind, bits))
    return None if decode is None else decode(data).astype(np.float64)


def _packed_24(data: bytes) -> NDArray[np.float64]:
    low, middle, high = np.frombuffer(data, dtype="u1").reshape(-1, 3).T.astype(np.int32)
    packed: NDArray[np.int32] = (low << 8 | middle << 16 | high << 24).astype(np.int32)
    return packed.astype(np.float64) / 65536.0


def _a_law_levels() -> Samples:
    code = np.arange(256) ^ 0x55
    segment = code >> 4 & 7
    level = ((code & 15) << 4) + 8 + np.where(segment > 0, 0x100, 0)
    level = level << np.maximum(segment - 1, 0)
    levels: Samples = np.where(code & 0x80, level, -level).astype(np.float64)
    return levels


def _mu_law_levels() -> Samples:
    code = ~np.arange(256) & 0xFF
    level = ((((code & 15) << 3) + 0x84) << (code >> 4 & 7)) - 0x84
    levels: Samples = np.where(code & 0x80, -level, level).astype(np.float64)
    return levels


_A_LAW_LEVELS = _a_law_levels()
_MU_LAW_LEVELS = _mu_law_levels()
_DECODERS: dict[tuple[int, int], Callable[[bytes], NDArray[Any]]] = {
    (_PCM, 8): lambda data: (np.frombuffer(data, dtype="u1") - 128.0) * 256.0,
    (_PCM, 16): lambda data: np.frombuffer(data, dtype="<i2"),
    (_PCM, 24): _packed_24,
    (_PCM, 32): lambda data: np.frombuffer(data, dtype="<i4") / 65536.0,
    (_FLOAT, 32): lambda data: np.frombuffer(data, dtype="<f4") * _FULL_SCALE,
    (_FLOAT, 64): lambda data: np.frombuffer(data, dtype="<f8") * _FULL_SCALE,
    (_A_LAW, 8): lambda data: _A_LAW_LEVELS[np.frombuffer(data, dtype="u1")],
    (_MU_LAW, 8): lambda data: _MU_LAW_LEVELS[np.frombuffer(data, dtype="u1")],
}
