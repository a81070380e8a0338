"""A stand-in for the package faster_whisper: the shape that we use, and a mouth of our own.

What it hears is told by the loudness of the first sample of each stretch: a test makes sounds of
one value. `DIES` ends the process, as native code can.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

DIES = 0.9
LOOPS = 0.7
MUMBLES = 0.6
OPENING = 0.5


@dataclass
class Word:
    start: float
    end: float
    word: str
    probability: float


@dataclass
class Segment:
    start: float
    end: float
    text: str
    avg_logprob: float
    compression_ratio: float
    words: list[Word]


class WhisperModel:
    def __init__(self, folder: str, **options: Any) -> None:
        self.options = options

    def transcribe(self, sound: Any, **options: Any) -> tuple[Iterator[Segment], None]:
        return iter(_segments(sound, options["language"])), None


def _segments(sound: Any, language: str) -> list[Segment]:
    peak = float(np.abs(sound).max())
    length_s = sound.size / 16000
    if abs(peak - DIES) < 0.05:
        os._exit(3)
    words = [
        Word(0.1, 0.3, " 15", 0.9),
        Word(0.3, 0.4, "02", 0.5),
        Word(0.4, 0.6, "室。", 0.8),
        Word(length_s - 0.7, length_s - 0.6, "漏水，", 0.8),
        Word(length_s - 0.6, length_s - 0.55, "。", 0.8),
    ]
    text = "".join(word.word for word in words)
    segment = Segment(0.0, length_s, text, -0.5, 1.2, words)
    if abs(peak - LOOPS) < 0.05:
        segment.compression_ratio = 9.0
    elif abs(peak - MUMBLES) < 0.05:
        segment.avg_logprob = -1.5
    elif abs(peak - OPENING) < 0.05:
        segment.text = "以下是普通话的句子。"
    return [segment]
