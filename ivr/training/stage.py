"""Where a training call is, and what comes of it: `docs/training.md` has the table in words.

ringing ----not on the roster, an alarm's line, no line to spare----> never begun
ringing ----let in------------> announced
announced --no code is asked--> practising
announced --a code is asked---> asked
asked ------right-------------> practising
asked ------wrong too often---> refused: an ordinary call from here on
practising -flow is over------> told: what would have happened
told -------heard out---------> over
any -------urgent key twice, "this is real"--> real: an emergency from here on
any -------hung up, its line is needed-------> over
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

__all__ = ["TRANSITIONS", "IllegalStage", "Next", "Outcome", "Stage"]


class Stage(StrEnum):
    RINGING = "ringing"
    ANNOUNCED = "announced"  # they are told that it is a training call
    ASKED = "asked"  # for the code
    PRACTISING = "practising"
    TOLD = "told"  # what would have happened
    REFUSED = "refused"
    REAL = "real"
    OVER = "over"


_ENDS = frozenset({Stage.REAL, Stage.OVER})

TRANSITIONS: Mapping[Stage, frozenset[Stage]] = {
    Stage.RINGING: frozenset({Stage.ANNOUNCED, Stage.OVER}),
    Stage.ANNOUNCED: frozenset({Stage.ASKED, Stage.PRACTISING}) | _ENDS,
    Stage.ASKED: frozenset({Stage.PRACTISING, Stage.REFUSED}) | _ENDS,
    Stage.PRACTISING: frozenset({Stage.TOLD}) | _ENDS,
    Stage.TOLD: _ENDS,
    Stage.REFUSED: _ENDS,  # while they are told so
    # Whoever means it and hangs up in the same breath is helped: nothing leads out of it.
    Stage.REAL: frozenset(),
    Stage.OVER: frozenset(),
}


class IllegalStage(Exception):
    """A move that the table does not have."""


def move(before: Stage, after: Stage) -> Stage:
    """Raises:
    IllegalStage: the table has no such move.
    """
    if after not in TRANSITIONS[before]:
        raise IllegalStage(f"a training call cannot go from {before} to {after}")
    return after


class Next(StrEnum):
    """What the call is from here on."""

    OVER = "over"
    ORDINARY = "ordinary"  # a call like any other, from its beginning
    EMERGENCY = "emergency"  # people are rung at once


@dataclass(frozen=True)
class Outcome:
    next: Next
    words: str = field(default="", repr=False)  # with which the caller said that it is real
