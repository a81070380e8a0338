"""Nobody is rung in a training call: the caller is told who would be."""

from __future__ import annotations

from asr.lexicon import Hit
from call_logs import Store
from call_logs.roster import DUTY, Person, Roster, plan
from call_logs.storage import StoreError
from ivr.call.session import Help, Session
from ivr.dispatch.ring import role_phrase
from ivr.packs.phrasebook import Phrase, Prompt, Text, Utterance

__all__ = ["PracticeReach"]

MOST_NAMED = 3  # of those who would be rung one after another: nobody remembers more


class PracticeReach:
    """`Reach` that reads the roster, and nothing else."""

    def __init__(self, store: Store) -> None:
        """`store`: the real one."""
        self._store = store
        self.would_ring: tuple[Person, ...] = ()
        self.sought = False

    async def person(self, session: Session) -> bool:
        return await self._told(session, DUTY)

    async def urgent(self, session: Session, hits: tuple[Hit, ...] = ()) -> Help:
        del hits
        language = session.language
        await session.conversation.say(
            *session.first_words,
            Prompt("emergency_registered"),
            language.advice(session.draft.category),
        )
        return Help.TALKED if await self._told(session, session.draft.category) else Help.NOBODY

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        return

    async def _told(self, session: Session, category: str) -> bool:
        """Whether there is anybody who would be rung."""
        self.sought = True
        self.would_ring = await self._people(category)
        await session.conversation.say(*self.words())
        if self.would_ring:
            await session.conversation.say(Prompt("training_talk"))
        return bool(self.would_ring)

    def words(self) -> tuple[Utterance, ...]:
        """Who would be rung; nothing when nobody was asked for."""
        if self.sought and not self.would_ring:
            return (Prompt("training_nobody"),)
        return tuple(
            Prompt("training_ring", who=Phrase(role_phrase(each), Text(each.name)))
            for each in self.would_ring[:MOST_NAMED]
        )

    async def _people(self, category: str) -> tuple[Person, ...]:
        try:
            roster = await self._store.roster.current()
        except StoreError:
            roster = Roster()
        planned = plan(roster.policy(category), roster, self._store.clock.now())
        return tuple(target.person for level in planned.levels for target in level.targets)
