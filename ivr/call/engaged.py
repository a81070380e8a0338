"""Who is on the telephone with this node, or rung by it: one list for all its searches.

Two searches that ring one person at once would give them the second call over the briefing
of the first. Whoever finds them engaged rings them as soon as they are free.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from call_logs.roster import Contact, Person

__all__ = ["Engaged", "names_of"]

GiveWay = Callable[[], None]


def names_of(person: Person, contacts: Iterable[Contact]) -> frozenset[str]:
    """What is engaged while these contacts are rung: the person, and the telephones, which
    they may share."""
    return frozenset({person.id, *(contact.target for contact in contacts)})


class Engaged:
    """Names (`names_of`) that are on the telephone."""

    def __init__(self) -> None:
        self._names: Counter[str] = Counter()
        self._give_ways: dict[GiveWay, frozenset[str]] = {}
        self._left = asyncio.Event()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __len__(self) -> int:
        return len(self._names)

    def any_of(self, names: frozenset[str]) -> bool:
        return not names.isdisjoint(self._names)

    def enter(self, names: frozenset[str], give_way: GiveWay | None = None) -> Callable[[], None]:
        """Until the returned function is called (twice is fine). `give_way` is called when
        somebody in need wants one of the names."""
        self._names.update(names)
        if give_way is not None:
            self._give_ways[give_way] = names
        inside = True

        def leave() -> None:
            nonlocal inside
            if not inside:
                return
            inside = False
            self._names.subtract(names)
            self._names += Counter()  # without those that are zero
            if give_way is not None:
                self._give_ways.pop(give_way, None)
            self._left.set()

        return leave

    def want(self, names: frozenset[str]) -> None:
        """Somebody in need waits for them: what is no emergency gives way."""
        for give_way, theirs in tuple(self._give_ways.items()):
            if not names.isdisjoint(theirs):
                give_way()

    async def until_free(self, names: frozenset[str]) -> None:
        """Returns in the moment in which none of them is engaged; who does not await anything
        before `enter` is first."""
        while self.any_of(names):
            self._left.clear()
            await self._left.wait()
