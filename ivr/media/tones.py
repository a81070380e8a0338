"""Sounds that are not speech: the tone before a message, ring-back, comfort music.

Generated, not recorded, so that they are exact at both rates. A company may put
its own recording (music on hold) over any of them, as over a prompt.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from itertools import chain

import numpy as np

from ivr.media.pcm import Samples, pcm_bytes, speech_level_dbfs


class Sound(StrEnum):
    """Names of the generated sounds; they are played like prompts."""

    TONE = "tone"  # now speak
    RINGBACK = "ringback"  # somebody is being called: one ring and its pause
    COMFORT = "comfort"  # quiet music, to be repeated without a seam


_FADE_S = 0.01
_TONE_HZ, _TONE_S = 1000.0, 0.25
_RING_HZ, _RING_S, _RING_PAUSE_S = 450.0, 1.0, 4.0  # YD/T 734, ring-back tone of China
_TONE_DBFS = -20.0
MUSIC_DBFS = -26.0  # below speech, so that it never hides a word
_NOTE_S, _NOTE_DECAY_S = 0.5, 0.45
# Two calm phrases over the pentatonic scale on D, as semitones from D4; None is a rest.
_PHRASES = (
    (0, None, 4, 7, 9, None, 7, None, 4, None, 2, 4, 0, None, None, None),
    (7, None, 9, 12, 9, None, 7, 4, 2, None, 4, 2, 0, None, None, None),
)
_MELODY = tuple(chain(*_PHRASES))
_D4_HZ = 293.66


@lru_cache(maxsize=len(Sound) * 2)
def generated(sound: Sound, rate_hz: int) -> bytes:
    """PCM (signed 16-bit mono) of a sound at 8000 or 16000 Hz."""
    match sound:
        case Sound.TONE:
            return pcm_bytes(_tone(_TONE_HZ, _TONE_S, rate_hz))
        case Sound.RINGBACK:
            pause = np.zeros(round(_RING_PAUSE_S * rate_hz))
            return pcm_bytes(np.concatenate([_tone(_RING_HZ, _RING_S, rate_hz), pause]))
        case Sound.COMFORT:
            return pcm_bytes(_music(rate_hz))


def _tone(frequency_hz: float, seconds: float, rate_hz: int) -> Samples:
    time = np.arange(round(seconds * rate_hz)) / rate_hz
    amplitude = np.sqrt(2.0) * 10 ** (_TONE_DBFS / 20)
    edges = np.minimum(1.0, np.minimum(time, time[::-1]) / _FADE_S)
    tone: Samples = amplitude * np.sin(2 * np.pi * frequency_hz * time) * edges
    return tone


def _music(rate_hz: int) -> Samples:
    """Soft plucked notes; what rings beyond the end is heard at the start again."""
    total = round(len(_MELODY) * _NOTE_S * rate_hz)
    music = np.zeros(total)
    time = np.arange(round(6 * _NOTE_DECAY_S * rate_hz)) / rate_hz
    envelope = np.minimum(1.0, time / _FADE_S) * np.exp(-time / _NOTE_DECAY_S)
    for beat, semitones in enumerate(_MELODY):
        if semitones is None:
            continue
        frequency_hz = _D4_HZ * 2 ** (semitones / 12)
        wave = np.sin(2 * np.pi * frequency_hz * time)
        overtone = 0.3 * np.sin(4 * np.pi * frequency_hz * time) * np.exp(-3 * time)
        start = round(beat * _NOTE_S * rate_hz)
        where = np.arange(start, start + time.size) % total
        music[where] += (wave + overtone) * envelope
    level = speech_level_dbfs(music, rate_hz)
    levelled: Samples = music * 10 ** ((MUSIC_DBFS - level) / 20)
    return levelled
