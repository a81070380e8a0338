"""Telephone audio as numbers: rate, level, trimming, WAV files.

PCM inside this module is a float64 array of samples in -1..1; at its edges it is
signed 16-bit little-endian mono `bytes`, as everywhere in the program.
"""

from __future__ import annotations

import io
import math
import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from ivr.errors import PhoneError

Samples = NDArray[np.float64]

FULL_SCALE = 32768.0
SPEECH_DBFS = -20.0  # level of active speech, as the networks' loudness plans expect it
PEAK_DBFS = -4.0  # one decibel is left for what resampling and codecs add to a peak
_FRAME_S = 0.02
_ACTIVE_BELOW_LOUDEST_DB = 35.0  # a quieter frame is a pause, not speech
_SILENT_BELOW_LOUDEST_DB = 45.0  # quieter edges are cut off
_EDGE_S = 0.02  # silence kept at both ends, so that no sound starts with a click
_LIMITER_S = 0.005


class NotAWavFile(PhoneError):
    """The file is not 16-bit mono PCM WAV; the message names it."""


def samples(pcm: bytes) -> Samples:
    """PCM bytes as samples."""
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64) / FULL_SCALE


def pcm_bytes(signal: Samples) -> bytes:
    """Samples as PCM bytes, rounded and kept inside 16 bits."""
    scaled = np.rint(signal * FULL_SCALE)
    return np.clip(scaled, -FULL_SCALE, FULL_SCALE - 1).astype("<i2").tobytes()


def resampled(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """PCM at another rate (libsoxr, high quality)."""
    if from_hz == to_hz or not pcm:
        return pcm
    # In floating point: on 16-bit samples libsoxr dithers, and silence would not stay silent.
    return pcm_bytes(soxr.resample(samples(pcm), from_hz, to_hz))


def silence(ms: float, rate_hz: int) -> bytes:
    """So many milliseconds of silence."""
    return bytes(2 * round(ms * rate_hz / 1000))


def decibels(ratio: float) -> float:
    """20 log10, with -inf for nothing."""
    return 20.0 * math.log10(ratio) if ratio > 0 else -math.inf


def speech_level_dbfs(signal: Samples, rate_hz: int) -> float:
    """RMS of the frames that hold speech, in the spirit of ITU-T P.56: pauses do not count."""
    levels = _frame_rms(signal, rate_hz)
    if not levels.size or not levels.max():
        return -math.inf
    active = levels[levels > levels.max() * 10 ** (-_ACTIVE_BELOW_LOUDEST_DB / 20)]
    return decibels(float(np.sqrt(np.mean(active**2))))


def peak_dbfs(signal: Samples) -> float:
    """The largest sample."""
    return decibels(float(np.abs(signal).max(initial=0.0)))


def trimmed(signal: Samples, rate_hz: int) -> Samples:
    """The signal without silence at its ends, faded in and out over what is left of it."""
    levels = _frame_rms(signal, rate_hz)
    if not levels.size or not levels.max():
        return signal[:0]
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-_SILENT_BELOW_LOUDEST_DB / 20))
    frame, edge = round(_FRAME_S * rate_hz), round(_EDGE_S * rate_hz)
    start = max(0, int(loud[0]) * frame - edge)
    end = min(signal.size, (int(loud[-1]) + 1) * frame + edge)
    cut = signal[start:end].copy()
    fade = np.linspace(0.0, 1.0, min(edge, cut.size // 2) // 2, endpoint=False)
    cut[: fade.size] *= fade
    cut[cut.size - fade.size :] *= fade[::-1]
    return cut


def levelled(signal: Samples, rate_hz: int, target_dbfs: float = SPEECH_DBFS) -> Samples:
    """The signal with its speech at `target_dbfs`, its peaks held under `PEAK_DBFS`."""
    level = speech_level_dbfs(signal, rate_hz)
    if not math.isfinite(level):
        return signal
    return limited(signal * 10 ** ((target_dbfs - level) / 20), rate_hz)


def limited(signal: Samples, rate_hz: int) -> Samples:
    """Look-ahead limiter: the gain falls smoothly before a peak and rises after it.

    The smallest gain needed within a window, averaged over a window of the same
    length, is at every sample at most the gain that this sample needs.
    """
    ceiling = 10 ** (PEAK_DBFS / 20)
    needed = np.minimum(1.0, ceiling / np.maximum(np.abs(signal), 1e-12))
    if needed.min(initial=1.0) >= 1.0:
        return signal
    half = round(_LIMITER_S * rate_hz)
    width = 2 * half + 1
    padded = np.pad(needed, 2 * half, constant_values=1.0)
    smallest = np.lib.stride_tricks.sliding_window_view(padded, width).min(axis=1)
    window = np.hanning(width + 2)[1:-1]
    return signal * np.convolve(smallest, window / window.sum(), mode="valid")


def _frame_rms(signal: Samples, rate_hz: int) -> Samples:
    """RMS of each 20 ms; the last frame is filled up with silence."""
    frame = round(_FRAME_S * rate_hz)
    padded = np.pad(signal, (0, -signal.size % frame))
    rms: Samples = np.sqrt(np.mean(padded.reshape(-1, frame) ** 2, axis=1))
    return rms


def read_wav(path: Path) -> tuple[bytes, int]:
    """PCM and rate of a 16-bit mono WAV file.

    Raises:
        NotAWavFile: it is missing, broken, or of another shape.
    """
    try:
        with wave.open(io.BytesIO(path.read_bytes()), "rb") as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise NotAWavFile(f"{path}: must be 16-bit mono; import it again")
            return file.readframes(file.getnframes()), file.getframerate()
    except OSError as error:
        raise NotAWavFile(f"{path}: cannot be read ({error.strerror})") from error
    except (wave.Error, EOFError) as error:
        raise NotAWavFile(f"{path}: not a PCM WAV file ({error}); import it again") from error


def wav_bytes(pcm: bytes, rate_hz: int) -> bytes:
    """A 16-bit mono WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm)
    return buffer.getvalue()
