"""Where an error of labelled audio comes from, and what its recording is like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Conditions", "Stage", "conditions", "stage_of"]

Alarm = Callable[[str], str]
"""The urgent phrase that the lexicon finds in a text, "" when there is none."""

_SNR = re.compile(r"(?:^|[-_.])snr(-?\d+)(?=[-_.]|$)", re.IGNORECASE)


class Stage(StrEnum):
    """What went wrong first, on the way from sound to alarm."""

    RULE = "rule"  # the very words are misjudged: no rule, or one too many
    UNKNOWN_WORD = "unknown word"  # the model cannot write a word of the phrase
    MISHEARD = "misheard"  # it could, and wrote something else
    SPOTTER = "spotter"  # the whole transcript is judged right, the live text was not
    NOT_TRACED = "not traced"  # the line has no `text`, so nobody knows what was said


@dataclass(frozen=True)
class Conditions:
    """Of a recording; "" and None where nobody has said."""

    voice: str = ""
    snr_db: float | None = None


def conditions(line: Mapping[str, Any], stem: str) -> Conditions:
    """By the line's `voice` and `snr_db`, else by a file's name such as `anna-snr10-fire`: the
    voice is what stands before the first `-` of a name that tells an SNR.

    Raises:
        ValueError: a label of another type.
    """
    voice, snr_db = line.get("voice"), line.get("snr_db")
    if voice is not None and not isinstance(voice, str):
        raise ValueError("`voice` is a string")
    if snr_db is not None and (isinstance(snr_db, bool) or not isinstance(snr_db, int | float)):
        raise ValueError("`snr_db` is a number of decibels")
    named = _SNR.search(stem)
    if voice is None and named:
        voice = stem[: named.start()].partition("-")[0]
    if snr_db is None and named:
        snr_db = float(named[1])
    return Conditions(voice or "", snr_db)


def stage_of(
    said: str, transcript: str, *, urgent: bool, alarm: Alarm, knows: Callable[[str], bool]
) -> Stage:
    """The stage at which an `urgent` sentence was lost, or another one became an alarm. `said`
    is what the caller said, `transcript` what the model wrote of the whole recording; `knows`
    tells whether the model can write a word."""
    if not said:
        return Stage.NOT_TRACED
    phrase = alarm(said)
    if bool(phrase) != urgent:
        return Stage.RULE
    if bool(alarm(transcript)) == urgent:
        return Stage.SPOTTER
    if urgent and not all(_writable(word, knows) for word in phrase.split()):
        return Stage.UNKNOWN_WORD
    return Stage.MISHEARD


def _writable(word: str, knows: Callable[[str], bool]) -> bool:
    """Whether a word is one of the model's, or is made of such, as Chinese without blanks is."""
    letters = "".join(filter(str.isalnum, word.lower()))
    reached = {0}
    for end in range(1, len(letters) + 1):
        if any(knows(letters[start:end]) for start in _before(reached, end)):
            reached.add(end)
    return len(letters) in reached if not letters.isascii() else not letters or knows(letters)


def _before(reached: Iterable[int], end: int) -> Iterable[int]:
    return (start for start in sorted(reached) if start < end)
