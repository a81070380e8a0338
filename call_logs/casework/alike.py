"""Which tickets tell of one case: near in place and time, and of one category or in like words.

Pure: nothing here asks the database, so that every rule can be tried on made-up tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from call_logs.tickets.search import words

OTHER = "other"  # the category of what fits none: two such tickets have nothing in common
MOST_WORDS = 5  # that an explanation quotes


@dataclass(frozen=True)
class GroupRules:
    """From how many owners on tickets are proposed as one case, or joined by themselves (0:
    never); how near in time they come; which share of the words of one the other has too."""

    propose_at: int = 3
    join_at: int = 0
    within: timedelta = timedelta(hours=2)
    words: float = 0.5


@dataclass(frozen=True)
class Told:
    """What of a ticket decides. `owner`: the same for tickets of one telephone number."""

    id: int
    opened_at: datetime
    category: str
    building: str
    area: str
    owner: bytes | int
    tokens: frozenset[str] = field(repr=False)

    @property
    def place(self) -> tuple[str, str] | None:
        """None: nobody has said where, so it is near nothing."""
        if self.building:
            return ("building", self.building)
        return ("area", self.area) if self.area else None


@dataclass
class Cluster:
    """Tickets of one case, in the order in which they came. `group`: those it began with are
    joined already."""

    place: tuple[str, str]
    members: list[Told]
    group: int | None = None

    def takes(self, ticket: Told, rules: GroupRules) -> bool:
        if all(abs(ticket.opened_at - each.opened_at) > rules.within for each in self.members):
            return False
        return any(alike(ticket, each, rules) for each in self.members)

    @property
    def owners(self) -> int:
        return len({each.owner for each in self.members})

    @property
    def span(self) -> timedelta:
        times = [each.opened_at for each in self.members]
        return max(times) - min(times)

    @property
    def category(self) -> str:
        """What most of them are; "" when they have none."""
        found = Counter(each.category for each in self.members if each.category)
        return max(found, key=lambda name: found[name], default="")

    def common_words(self) -> tuple[str, ...]:
        """Words that most of them have, the longest first."""
        found = Counter(word for each in self.members for word in each.tokens if len(word) > 1)
        most = [word for word, count in found.items() if count * 2 > len(self.members)]
        return tuple(sorted(most, key=lambda word: (-found[word], -len(word), word))[:MOST_WORDS])


def told_words(text: str) -> frozenset[str]:
    """Single Chinese characters say little: pairs of them, and the words of other scripts."""
    return frozenset(word for word in words(text) if len(word) > 1)


def alike(one: Told, two: Told, rules: GroupRules) -> bool:
    if one.category == two.category and one.category not in ("", OTHER):
        return True
    fewest = min(len(one.tokens), len(two.tokens))
    return fewest > 0 and len(one.tokens & two.tokens) / fewest >= rules.words


def clusters(
    tickets: Iterable[Told], known: Sequence[Cluster], rules: GroupRules
) -> tuple[Cluster, ...]:
    """`known`, grown by the tickets that fit, and the new ones; in any order of `tickets` the
    same."""
    found = [Cluster(each.place, list(each.members), each.group) for each in known]
    for ticket in sorted(tickets, key=lambda each: (each.opened_at, each.id)):
        if ticket.place is None:
            continue
        fits = (each for each in found if each.place == ticket.place and each.takes(ticket, rules))
        if (cluster := next(fits, None)) is not None:
            cluster.members.append(ticket)
        else:
            found.append(Cluster(ticket.place, [ticket]))
    return tuple(found)
