"""Whom an urgent call rings, how and for how long: one policy a category.

A policy is data; `call_logs.roster.ring_plan` turns it into people for a given moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from call_logs.roster.errors import RosterError
from call_logs.roster.people import MANAGER, OPERATOR

__all__ = [
    "ANY_CATEGORY",
    "DUTY",
    "Level",
    "Policy",
    "Ringing",
    "Selector",
    "SelectorKind",
    "built_in_policies",
    "ordered",
]

ANY_CATEGORY = "*"  # the policy of every category that has none of its own
DUTY = "duty"  # the policy of key 0: a person, whatever the matter

MIN_RING_S = 5
MAX_RING_S = 120
MAX_REPEATS = 10


class SelectorKind(StrEnum):
    """Which circle of people a selector draws."""

    ON_CALL = "on-call"  # who serves now; `name` is a role, empty: any
    SCHEDULE = "schedule"  # who serves now in the schedule `name`
    ROLE = "role"  # everybody with the role `name`, on call or not
    PERSON = "person"  # the person whose id is `name`
    EVERYBODY = "everybody"  # every active person


@dataclass(frozen=True)
class Selector:
    """One circle of people. Text form: `on-call`, `on-call:operator`, `schedule:lifts`,
    `role:manager`, `person:wang`, `everybody`."""

    kind: SelectorKind
    name: str = ""

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Raises:
        RosterError: the text names no circle; the message lists the forms.
        """
        kind, colon, name = text.strip().partition(":")
        name = name.strip()
        forms = "on-call, on-call:ROLE, schedule:ID, role:ROLE, person:ID or everybody"
        try:
            selector = cls(SelectorKind(kind.strip().lower()), name)
        except ValueError:
            raise RosterError(f"`{text}` names nobody; write {forms}") from None
        needs_name = selector.kind in _NAMED
        if (colon or needs_name) and not name:
            raise RosterError(f"`{text}` needs a name after the colon; write {forms}")
        if selector.kind is SelectorKind.EVERYBODY and name:
            raise RosterError("`everybody` takes no name; write `role:ROLE` for a part of them")
        return selector

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind.value


_NAMED = frozenset({SelectorKind.SCHEDULE, SelectorKind.ROLE, SelectorKind.PERSON})
_ON_CALL = Selector(SelectorKind.ON_CALL)


class Ringing(StrEnum):
    """How the people of a level are rung."""

    ONE_BY_ONE = "one_by_one"
    ALL_AT_ONCE = "all_at_once"


@dataclass(frozen=True)
class Level:
    """One step: these people, rung like this, before the next level is tried."""

    who: tuple[Selector, ...]
    ringing: Ringing = Ringing.ONE_BY_ONE
    ring_s: int = 25  # a mobile's voicemail takes over after 25 to 30 s
    repeats: int = 1  # how often the level is gone through

    def __post_init__(self) -> None:
        if not self.who:
            raise RosterError("a level needs somebody in `who`, such as `on-call`")
        if not MIN_RING_S <= self.ring_s <= MAX_RING_S:
            raise RosterError(
                f"ring_s is {self.ring_s}; {MIN_RING_S} to {MAX_RING_S} seconds are possible"
            )
        if not 1 <= self.repeats <= MAX_REPEATS:
            raise RosterError(f"repeats is {self.repeats}; 1 to {MAX_REPEATS} are possible")


@dataclass(frozen=True)
class Policy:
    """The levels of one category, `ANY_CATEGORY` or `DUTY`, in order."""

    category: str
    levels: tuple[Level, ...]

    def __post_init__(self) -> None:
        if not self.levels:
            raise RosterError(f"the policy `{self.category}` has no level, so it rings nobody")

    @property
    def serves(self) -> str | None:
        """The category that a person must serve to be rung by it; None: any."""
        return None if self.category in (ANY_CATEGORY, DUTY) else self.category


def ordered(policy: Policy, person: str, *, alone: bool) -> Policy:
    """`policy` with one person rung before all others, or `alone` and nobody else."""
    first = Level((Selector(SelectorKind.PERSON, person),), ring_s=30)
    return Policy(policy.category, (first,) if alone else (first, *policy.levels))


def _usual(category: str, ringing: Ringing, repeats: int) -> Policy:
    return Policy(
        category,
        (
            Level((_ON_CALL,), ringing, 25, repeats),
            Level((Selector(SelectorKind.ROLE, MANAGER),), Ringing.ONE_BY_ONE, 25),
            Level((Selector(SelectorKind.EVERYBODY),), Ringing.ALL_AT_ONCE, 30),
        ),
    )


def built_in_policies(ring_at_once: Iterable[str]) -> Mapping[str, Policy]:
    """What holds where the company has written no policy of its own.

    `ring_at_once` are the categories in which the whole first level rings together: where
    lives are in danger, whoever is nearest answers.
    """
    return MappingProxyType(
        {
            **{category: _usual(category, Ringing.ALL_AT_ONCE, 2) for category in ring_at_once},
            ANY_CATEGORY: _usual(ANY_CATEGORY, Ringing.ONE_BY_ONE, 1),
            DUTY: Policy(
                DUTY,
                (
                    Level((Selector(SelectorKind.ON_CALL, OPERATOR),), Ringing.ONE_BY_ONE, 20),
                    Level((_ON_CALL,), Ringing.ONE_BY_ONE, 20),
                ),
            ),
        }
    )
