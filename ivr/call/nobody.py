"""Reaching nobody: what a hotline without a roster can do."""

from __future__ import annotations

from asr.lexicon import Hit
from ivr.call.session import Help, Session


class Nobody:
    """A hotline without a roster: every call for a person becomes a ticket."""

    async def person(self, session: Session) -> bool:
        return False

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        return Help.NOBODY

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        return
