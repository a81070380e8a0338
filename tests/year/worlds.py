"""Leaves of a year: everybody is away now and then, also head and deputy together."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta

from tests.year.oracle import Away


def leaves(seed: int, start: datetime, days: int) -> tuple[Away, ...]:
    dice = random.Random(seed)
    found: list[Away] = []
    for person in ("li", "wang", "head", "boss", "second", "out"):
        day = start.date() + timedelta(days=dice.randrange(5))
        while day < start.date() + timedelta(days=days):
            last = day + timedelta(days=dice.randrange(4))
            found.append(Away(person, day, last))
            day = last + timedelta(days=dice.randrange(3, 25))
    last_day: date = start.date() + timedelta(days=days)
    return tuple(each for each in found if each.first < last_day)
