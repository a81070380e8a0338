"""What is owed to an owner by telephone or message: a survey, news, a call back. One table of
states for all of them; docs/decisions/survey.md and docs/decisions/owner-news.md say what each
move means there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol


class OwedState(StrEnum):
    WAITING = "waiting"  # for the time of the next call
    CALLING = "calling"
    ANSWERED = "answered"  # a score was given; the owner was told
    GIVEN_UP = "given_up"  # nobody was reached
    DECLINED = "declined"  # the owner hung up, or said no
    NOT_CALLED = "not_called"  # the owner wants no call, or there is no number
    OVERTAKEN = "overtaken"  # the ticket went on before, or somebody else has done it


_S = OwedState
TRANSITIONS: Mapping[OwedState, frozenset[OwedState]] = MappingProxyType(
    {
        _S.WAITING: frozenset({_S.CALLING, _S.ANSWERED, _S.NOT_CALLED, _S.OVERTAKEN}),
        _S.CALLING: frozenset({_S.WAITING, _S.ANSWERED, _S.GIVEN_UP, _S.DECLINED}),
        # The ticket's own table says whether a person may still enter a score.
        _S.GIVEN_UP: frozenset({_S.ANSWERED}),
        _S.DECLINED: frozenset({_S.ANSWERED}),
        _S.NOT_CALLED: frozenset({_S.ANSWERED}),
        _S.OVERTAKEN: frozenset({_S.ANSWERED}),  # a merge may have been undone
        _S.ANSWERED: frozenset(),
    }
)


class IllegalOwedMove(ValueError):
    """The table has no such move; the row is unchanged."""


class Owed(Protocol):
    """A row of what is owed."""

    state: str
    next_at: datetime | None


def go(row: Owed, state: OwedState, next_at: datetime | None = None) -> None:
    """Raises:
    IllegalOwedMove.
    """
    if state not in TRANSITIONS[OwedState(row.state)]:
        raise IllegalOwedMove(f"what is owed cannot go from {row.state} to {state}")
    row.state = state.value
    row.next_at = next_at
