"""Reaching a person: what the flow asks for, and dispatch provides."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from asr.lexicon import Hit
    from ivr.session import Session


class Help(StrEnum):
    """What a caller in danger has got, and so may be told."""

    TALKED = "talked"  # with whoever accepted, or he has heard who has it
    SEARCHED = "searched"  # nobody accepted yet; people are called on, also without him
    NOBODY = "nobody"  # there is nobody whom this hotline could call


class Reach(Protocol):
    """Puts callers through to people."""

    async def person(self, session: Session) -> bool:
        """Key 0: connect the caller with the person on duty; returns when they have
        talked (True) or when nobody was free (False)."""
        ...

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        """An emergency whose ticket is open, started by `hits` (none: by a key or an alarm
        line): connect the caller with whoever accepts, or see to it that somebody is still
        called when he is gone."""
        ...

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        """As `urgent`, of a caller who has hung up already: see to it that somebody is
        called all the same."""
        ...


class Nobody:
    """A hotline without a roster: every call for a person becomes a ticket."""

    async def person(self, session: Session) -> bool:
        return False

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        return Help.NOBODY

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        return
