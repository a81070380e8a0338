"""What happens to a ticket: thrown by the dice, along ways that people really go."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.year.calendar import DAY, HOUR, MINUTE
from tests.year.oracle import Life

# Where each class may go, with how often; written by hand.
_END = {
    "feedback_given": {"surveyed": 2, "closed": 6, "reopened": 1},
    "surveyed": {"closed": 8, "reopened": 1},
    "closed": {"reopened": 1},
    "reopened": {"investigating": 3, "in_progress": 3},
}
WAYS: dict[str, dict[str, dict[str, int]]] = {
    "important": {
        "received": {"registered": 1},
        "registered": {"investigating": 1},
        "investigating": {"planned": 1},
        "planned": {"approved": 4, "investigating": 1},
        "approved": {"in_progress": 1},
        "in_progress": {"resolved": 1},
        "resolved": {"feedback_given": 6, "reopened": 1},
        **_END,
    },
    "general": {
        "received": {"registered": 1},
        "registered": {"investigating": 3, "in_progress": 3, "resolved": 2},
        "investigating": {"planned": 1, "in_progress": 3, "resolved": 1},
        "planned": {"approved": 1, "investigating": 1, "in_progress": 2},
        "approved": {"in_progress": 1},
        "in_progress": {"resolved": 1},
        "resolved": {"feedback_given": 6, "reopened": 1},
        **_END,
    },
    "urgent": {
        "received": {"registered": 2, "in_progress": 2},
        "registered": {"investigating": 1, "in_progress": 3, "resolved": 1},
        "investigating": {"in_progress": 2, "resolved": 1},
        "in_progress": {"resolved": 1},
        "resolved": {"planned": 2, "feedback_given": 6, "reopened": 1},
        "planned": {"approved": 1},
        "approved": {"feedback_given": 3, "in_progress": 1},
        **_END,
    },
}
HOLDERS = (
    "",
    "person:li",
    "person:li",
    "person:wang",
    "person:head",
    "person:out",
    "department:repairs",
)
CATEGORIES = ("lighting", "water_leak", "noise", "lift_fault")
RINGS = ("answered",) * 5 + ("no_answer",) * 4 + ("busy", "silent", "hung_up", "interrupted")


@dataclass(frozen=True)
class Birth:
    at: datetime
    cls: str
    category: str
    assignee: str
    callback: str
    no_survey: bool


def births(dice: random.Random, first: datetime, days: int, count: int) -> list[Birth]:
    """When tickets are opened: on whole minutes, by day more than by night."""
    found = []
    for _ in range(count):
        at = first + timedelta(minutes=dice.randrange(days * 24 * 60))
        if dice.random() < 0.6:  # office hours of either site are somewhere in there
            at = at.replace(hour=dice.choice((1, 2, 3, 6, 7, 8, 9, 13, 15)))
        found.append(
            Birth(
                at,
                dice.choice(("urgent", "important", "important", "general", "general", "general")),
                dice.choice(CATEGORIES),
                dice.choice(HOLDERS),
                "13900139000" if dice.random() < 0.9 else "",
                dice.random() < 0.1,
            )
        )
    return sorted(found, key=lambda each: each.at)


def pause(dice: random.Random, life: Life) -> timedelta:
    """Until something is done again: at once, today, or late."""
    kind = dice.random()
    if life.cls == "urgent" and kind < 0.7:
        return dice.randrange(1, 40) * MINUTE
    if kind < 0.35:
        return dice.randrange(1, 90) * MINUTE
    if kind < 0.7:
        return dice.randrange(2, 20) * HOUR + dice.randrange(60) * MINUTE
    return dice.randrange(1, 5) * DAY + dice.randrange(24 * 60) * MINUTE


def deed(dice: random.Random, life: Life) -> tuple[str, str]:
    """What is done next, and to what."""
    if life.merged_into is not None:
        return ("unmerge", "") if dice.random() < 0.5 else ("leave", "")
    if life.status == "closed":
        return ("step", "reopened") if dice.random() < 0.12 else ("leave", "")
    chances = {"step": 67, "give": 6, "merge": 4, "note": 2, "split": 1}
    if life.paused is not None:
        chances["resume"] = 60
    if life.unmet():
        chances |= {"reclass": 4, "category": 3}
        if life.paused is None:
            chances["change"] = 5
        if life.paused is None and not (life.cls == "urgent" and life.ack is None):
            chances["pause"] = 8
    what = dice.choices(list(chances), list(chances.values()))[0]
    ways = WAYS[life.cls][life.status]
    to: dict[str, Callable[[], str]] = {
        "step": lambda: dice.choices(list(ways), list(ways.values()))[0],
        "pause": lambda: dice.choice(("owner", "part", "firm", "other")),
        "change": lambda: dice.choice(life.unmet()),
        "reclass": lambda: dice.choice(("urgent", "important", "general")),
        "category": lambda: dice.choice(CATEGORIES),
        "give": lambda: dice.choice(HOLDERS),
    }
    return what, to[what]() if what in to else ""
