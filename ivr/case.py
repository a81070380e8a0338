"""One caller being put through: his call, the policy for it, and what is written of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from asr import Hit
from call_logs import (
    CallEventKind,
    DispatchEventKind,
    Policy,
    StoreError,
    Ticket,
    TicketStatus,
)
from ivr.draft import ACTOR
from ivr.phrasebook import Prompt, Utterance
from ivr.places import place_phrase
from ivr.ring import Briefing
from ivr.session import Session
from ivr.trail import Trail

logger = logging.getLogger(__name__)


@dataclass
class Case:
    """A caller, and how far the search for somebody who helps him has come."""

    session: Session
    policy: Policy
    trail: Trail
    urgent: bool
    hits: tuple[Hit, ...] = ()  # what started it; empty: a key or an alarm line
    opening: tuple[Utterance, ...] = ()  # what the caller is told first
    away: set[str] = field(default_factory=set)  # who left or passed on: not asked again
    talked: bool = False
    taken: bool = False  # somebody accepted, but the caller was gone before they talked

    @property
    def briefing(self) -> Briefing:
        return Briefing(self._told_to_people, Prompt("engineer_keys"), self._last_words)

    def advice(self) -> Prompt:
        """What to do until help comes."""
        name = f"advice_{self.policy.category}"
        names = self.session.language.pack.prompts.names
        return Prompt(name if name in names else "advice_other")

    async def open(self) -> bool:
        """Write the dispatch down; whether it is. The ticket exists before the first ring."""
        store, ticket = self.session.store, await self._ticket()
        if ticket is None:
            return False
        try:
            dispatch = await store.dispatches.open(
                ticket.id, self.policy, call_id=self.session.call_id
            )
        except StoreError:
            logger.warning("a dispatch could not be written down; people are rung", exc_info=True)
            return False
        self.trail.dispatch_id = dispatch.id
        self.session.note(CallEventKind.DISPATCH, dispatch_id=dispatch.id)
        return True

    async def note_heard(self) -> None:
        """What started it goes into the timeline, at the moment at which it was said."""
        elapsed_s = self.session.conversation.media.elapsed_s
        for hit in self.hits:
            at_s = self.session.listening_since_s + hit.at_s
            await self.trail.note(
                DispatchEventKind.HEARD,
                {
                    "category": hit.category,
                    "phrase": hit.phrase,
                    "level": hit.level,
                    "rule": hit.rule,
                    "at_s": round(at_s, 1),
                },
                at=datetime.now(UTC) - timedelta(seconds=max(0.0, elapsed_s - at_s)),
            )

    async def stamp(self, person: str) -> None:
        """Somebody has accepted: the ticket is registered in his name."""
        ticket = self.session.draft.ticket
        if ticket is None or ticket.status is not TicketStatus.RECEIVED:
            return
        try:
            self.session.draft.ticket = await self.session.store.tickets.move(
                ticket.id, TicketStatus.REGISTERED, person or ACTOR
            )
        except StoreError:
            logger.warning("an acceptance is not in its ticket yet", exc_info=True)

    async def _ticket(self) -> Ticket | None:
        """The call's ticket; one that waited in the spool may be in the store by now."""
        if self.session.draft.ticket is None:
            try:
                return await self.session.store.tickets.for_call(self.session.call_id)
            except StoreError:
                logger.warning("a call's ticket is not in the store yet")
        return self.session.draft.ticket

    def _told_to_people(self) -> tuple[Utterance, ...]:
        session = self.session
        place = place_phrase(session.draft.place)
        if not self.urgent:
            return (Prompt("operator_call"), place)
        name = f"category_{session.draft.category}"  # he may have told more since
        names = session.language.pack.prompts.names
        category = Prompt(name if name in names else "category_other")
        return (Prompt("engineer_urgent", category=category, place=place),)

    def _last_words(self, rate_hz: int) -> bytes:
        return self.session.last_words.pcm(self.session.told, rate_hz)
