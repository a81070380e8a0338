"""What a speech model can do and what it costs on this machine, by measurement.

Models differ more than their names say: some ignore a word list without a
word, some have no `[unk]`, a small one may cost fifty times another. So a model
is given two seconds of silence and a short spoken sample, and what it does
decides how live calls use it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asr.recogniser import SpeechModel


class LiveEngine(StrEnum):
    """How a model listens to live calls."""

    DICTATION = "dictation"  # free speech with partial results: hears everything, dear
    WORD_LIST = "word_list"  # only the lexicon's words: cheap, its hits are suspicions


@dataclass(frozen=True)
class Capabilities:
    """`*_rtf` are seconds of one core per second of audio, at 8 kHz."""

    supports_word_list: bool  # a recogniser with a word list really hears nothing else
    has_unknown: bool  # `[unk]` soaks up other speech
    speech_rtf: float
    silence_rtf: float
    word_list_rtf: float  # 0.0 without support
    live_engine: LiveEngine


def measure(model: SpeechModel) -> Capabilities:
    """Try the model out; takes a fraction of a second to some seconds, on the caller's thread."""
    raise NotImplementedError
