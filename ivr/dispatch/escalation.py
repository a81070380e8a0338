"""One caller being put through: the call, the policy for it, and what is written of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from asr.lexicon import Hit
from call_logs.calls import CallEventKind
from call_logs.dispatches import PhraseHeard
from call_logs.roster import Policy
from call_logs.storage import StoreBusy
from call_logs.tickets import Ticket, TicketClass, TicketKind, TicketStatus
from call_logs.users import HOTLINE, Actor
from ivr.call.session import Session
from ivr.dispatch.dispatch_log import DispatchLog
from ivr.dispatch.ring import Briefing
from ivr.packs.phrasebook import Prompt, Utterance
from ivr.packs.places import people_phrase, place_phrase


@dataclass(eq=False)
class Escalation:
    """A caller, and how far the search for somebody who helps has come."""

    session: Session
    policy: Policy
    log: DispatchLog
    urgent: bool
    hits: tuple[Hit, ...] = ()  # what started it; empty: a key or an alarm line
    opening: tuple[Utterance, ...] = ()  # what the caller is told first
    away: set[str] = field(default_factory=set)  # who left or passed on: not asked again
    talked: bool = False
    taken: bool = False  # somebody accepted, but the caller was gone before they talked
    ended: bool = False  # somebody has it, as a page tells; the caller is to hear that
    rejoining: bool = False  # the line broke, and the caller is called back at once

    @property
    def briefing(self) -> Briefing:
        return Briefing(self._told_to_people, Prompt("engineer_keys"), self._recent_speech)

    def advice(self) -> Prompt:
        """What to do until help comes."""
        return self.session.language.advice(self.policy.category)

    def first_words(self) -> tuple[Utterance, ...]:
        """What the caller hears first: that people are called, and what to do."""
        return (
            *self.session.first_words,
            Prompt("emergency_registered"),
            Prompt("emergency_calling"),
            self.advice(),
            Prompt("dispatch_speak"),
        )

    def help_comes(self) -> Prompt:
        """What a caller hears whom somebody helps without a talk."""
        return Prompt("followup_owner", category=self._category(), who=Prompt("role_person"))

    async def open(self) -> bool:
        """Have the dispatch written down, before all that happens in it; whether everything
        so far is. The ticket exists before the first ring."""
        at = self.session.store.clock.now()

        async def opened() -> str:
            dispatch = await self.session.store.dispatches.open(
                (await self._ticket()).id,
                self.policy,
                call_id=self.session.call_id,
                at=at,
                actor=HOTLINE,
            )
            self.session.note(CallEventKind.DISPATCH, dispatch_id=dispatch.id)
            return dispatch.id

        return await self.log.open(opened)

    async def note_heard(self) -> None:
        """What started it goes into the timeline, at the moment at which it was said."""
        elapsed_s, now = self.session.conversation.media.elapsed_s, self.session.store.clock.now()
        for hit in self.hits:
            at_s = self.session.listening_since_s + hit.at_s
            await self.log.note(
                PhraseHeard(hit.category, hit.phrase, hit.level, hit.rule, at_s=round(at_s, 1)),
                at=now - timedelta(seconds=max(0.0, elapsed_s - at_s)),
            )

    def stamp(self, person: str) -> None:
        """Somebody has accepted: the ticket, if there is one, is registered in that name."""
        self.session.served = True
        if self.urgent or self.session.draft.ticket is not None:
            self.log.beside(lambda: self._register(person), "an acceptance's ticket")

    async def _register(self, person: str) -> None:
        ticket = await self._ticket()
        if ticket.status is TicketStatus.RECEIVED:
            self.session.draft.ticket = await self.session.store.tickets.move(
                ticket.id, TicketStatus.REGISTERED, Actor.on_call(person) if person else HOTLINE
            )

    async def callable_ticket(self) -> Ticket:
        """The ticket of the call back; a call for a person (key 0) gets one now.

        Raises:
            StoreError: the store is away.
        """
        if self.session.draft.ticket is None and not self.urgent:
            await self.session.open_ticket(TicketKind.OTHER, TicketClass.IMPORTANT)
        return await self._ticket()

    async def _ticket(self) -> Ticket:
        """The call's ticket; one that waited in the spool may be in the store by now.

        Raises:
            StoreBusy: it is not there yet.
        """
        session = self.session
        ticket = session.draft.ticket or await session.store.tickets.for_call(session.call_id)
        if ticket is None:
            raise StoreBusy("the call's ticket is not in the store yet")
        return ticket

    def _told_to_people(self) -> tuple[Utterance, ...]:
        session = self.session
        place = place_phrase(session.draft.likely_place)
        if not self.urgent:
            return (Prompt("operator_call"), place)
        urgent = Prompt("engineer_urgent", category=self._category(), place=place)
        return (urgent, *people_phrase(session.draft.people))

    def _category(self) -> Prompt:
        return self.session.language.spoken(self.session.draft.category)  # as told by now

    def _recent_speech(self, rate_hz: int) -> bytes:
        return self.session.recent_speech.pcm(self.session.told, rate_hz)
