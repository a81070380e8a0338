"""Who looks, and the table of what each role sees of a ticket.

The viewer belongs to the task at work, as the clock on the wall does: whatever part of the store
reads for a page, a program or a message asks `viewer_now()`, and no way through the store can
forget to hand it on. A page begins as `NOBODY` and becomes whoever has signed in; the telephone,
jobs and journals are the program itself, which sees all that it needs to help.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from call_logs.storage.errors import NotAllowed
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission


class Part(StrEnum):
    """What is shown of a ticket, besides its matter, place and state."""

    NAME = "name"
    NUMBER = "number"  # calling and call-back numbers
    VOICE = "voice"  # recordings, transcripts, what was heard and keyed in the call


ALL_PARTS = frozenset(Part)
RIGHTS: Mapping[Part, Permission] = MappingProxyType(
    {
        Part.NAME: Permission.SEE_NAMES,
        Part.NUMBER: Permission.SEE_NUMBERS,
        Part.VOICE: Permission.LISTEN,
    }
)


@dataclass(frozen=True)
class Viewer:
    """Somebody, or a program with a token. References are those of the directory
    (`person:wang`); `people` are ids of the roster."""

    actor: Actor
    own: frozenset[str] = frozenset()  # references that mean this person
    circle: frozenset[str] = frozenset()  # and to the departments
    around: frozenset[str] = frozenset()  # and to everybody in them
    people: frozenset[str] = frozenset()
    about: frozenset[bytes] = field(default=frozenset(), repr=False)  # hashes of `own`
    sees_sensitive: bool = False  # every sensitive ticket, whoever is in its circle

    @property
    def sees_everybodys(self) -> bool:
        """Tickets that are not confidential, whoever has them. A program has none of its own:
        its token's rights say what it reads."""
        by_token = self.actor.rights is not None and self.actor.may(Permission.SEE_TICKETS)
        return by_token or self.actor.may(Permission.SEE_ALL_TICKETS)

    @property
    def sees_sound(self) -> bool:
        return self.actor.may(Permission.LISTEN)

    def may_see(self, part: Part) -> bool:
        """Of tickets that are not anonymous."""
        return self.actor.may(RIGHTS[part])

    def check(self, part: Part) -> None:
        """Raises:
        NotAllowed: this part is not shown, so that nothing can be looked for by it.
        """
        if not self.may_see(part):
            right = RIGHTS[part]
            raise NotAllowed(right, f"what is looked for by a {part} needs the right {right}")


# None: the program itself, from which nothing is kept.
PROGRAM: Viewer | None = None
NOBODY = Viewer(Actor("nobody", rights=frozenset()))


@dataclass
class _Looking:
    viewer: Viewer | None


_looking: ContextVar[_Looking | None] = ContextVar("looking", default=None)


def viewer_now() -> Viewer | None:
    """Who looks; None: the program."""
    held = _looking.get()
    return None if held is None else held.viewer


def becomes(viewer: Viewer | None) -> None:
    """From now on this is who looks, in the innermost `looking` and every task begun in it.

    Raises:
        RuntimeError: nobody looks: the program needs no right.
    """
    held = _looking.get()
    if held is None:
        raise RuntimeError("the program itself becomes nobody: use `looking`")
    held.viewer = viewer


@contextmanager
def looking(viewer: Viewer | None) -> Iterator[None]:
    """Whatever is read inside is read for this viewer."""
    token = _looking.set(_Looking(viewer))
    try:
        yield
    finally:
        _looking.reset(token)


def shown_parts(*, anonymous: bool, circle: str) -> frozenset[Part]:
    """What whoever looks now sees of a ticket that they may see at all. `circle`: as its row has
    it."""
    viewer = viewer_now()
    if viewer is None:
        return ALL_PARTS
    if anonymous and not in_circle(circle, viewer.circle):
        return frozenset()
    return frozenset(part for part in Part if viewer.may_see(part))


def in_circle(circle: str, refs: frozenset[str]) -> bool:
    return not refs.isdisjoint(members_of(circle))


def members_of(circle: str) -> tuple[str, ...]:
    """The references of a circle, as a row keeps it."""
    return tuple(filter(None, circle.split("\n")))


def kept_circle(refs: Iterable[str]) -> str:
    """As a row keeps it: a reference a line, each between line ends, for a query to find."""
    return "".join(f"\n{ref}\n" for ref in sorted(set(refs)))
