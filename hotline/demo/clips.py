"""Sentences that human-like voices have spoken beforehand, as a telephone carries them.

A folder holds `clips.toml` (voices, and who says what) and a WAV of A-law for each clip.
`tools.voices.callers` makes them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from asr.audio import read_wav

__all__ = ["Clip", "Clips", "Mouth"]


@dataclass(frozen=True)
class Mouth:
    """How a voice is made: a speaker of Kokoro or a blend, and what is done to the sound."""

    speaker: str
    speed: float = 1.0
    tract: float = 1.0  # length of the vocal tract; shorter sounds younger


@dataclass(frozen=True)
class Clip:
    """One sentence by one voice."""

    name: str
    says: str
    voice: str
    mouth: Mouth
    means: str | None  # an urgent category; None: nobody must be woken
    file: Path

    def pcm(self, rate_hz: int) -> bytes:
        """16-bit mono at this rate."""
        pcm, own_hz = read_wav(self.file)
        if own_hz == rate_hz:
            return pcm
        samples = np.frombuffer(pcm, "<i2").astype(np.float64)
        wanted = np.asarray(soxr.resample(samples, own_hz, rate_hz))
        return bytes(np.clip(np.rint(wanted), -32768, 32767).astype("<i2").tobytes())


class Clips:
    """The clips of a folder, by name and voice: `lamp-mrs_li`."""

    def __init__(self, folder: Path) -> None:
        listed = tomllib.loads((folder / "clips.toml").read_text("utf-8"))
        mouths = {name: Mouth(**made) for name, made in listed["voices"].items()}
        self._clips = {
            f"{name}-{voice}": _clip(folder, f"{name}-{voice}", clip, voice, mouths[voice])
            for name, clip in listed["clips"].items()
            for voice in clip["voices"]
        }

    def __iter__(self) -> Iterator[Clip]:
        return iter(self._clips.values())

    def __getitem__(self, name: str) -> Clip:
        return self._clips[name]

    def saying(self, text: str) -> Clip | None:
        """Whoever says exactly this."""
        return next((clip for clip in self._clips.values() if clip.says == text), None)


def _clip(folder: Path, name: str, listed: dict[str, Any], voice: str, mouth: Mouth) -> Clip:
    return Clip(name, listed["says"], voice, mouth, listed.get("means"), folder / f"{name}.wav")
