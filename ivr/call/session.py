"""What the parts of one call's flow share, and what they leave behind."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol

from asr.lexicon import OTHER, Classification, Hit
from asr.live import Heard
from asr.spoken import find_place
from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.roster import Dialling, KnownLine
from call_logs.tickets import TicketClass, TicketKind
from ivr.call.conversation import Conversation, Interruption
from ivr.call.draft import Draft
from ivr.call.language import Language
from ivr.call.same_case import same_case
from ivr.call.substance import has_substance, substance
from ivr.call.turn import Pauses
from ivr.media.recent_speech import RecentSpeech
from ivr.packs.menu import Timing
from ivr.packs.phrasebook import Prompt

logger = logging.getLogger(__name__)

SHORTEST_ASIDE = 4  # characters beside menu words: less that names no trouble is a cough or an echo


@dataclass(frozen=True)
class Urgency:
    """When words put a caller through to a person."""

    categories: frozenset[str]
    sure: float  # a hit at this level or above acts at once
    confirm: float  # one at this level or above is asked about; below it is only noted
    silence_is_yes: frozenset[str]  # categories in which no answer means yes

    def judged(self, found: Classification, denied: Collection[str] = ()) -> Classification:
        """Of what words tell, an urgent class only where somebody is searched for: not for
        what is not listened for, is too doubtful to be asked about, or was said no to."""
        urgent = any(
            hit.category in self.categories
            and hit.category not in denied
            and hit.level >= self.confirm
            for hit in found.hits
        )
        if found.ticket_class != TicketClass.URGENT or urgent:
            return found
        return replace(found, ticket_class=TicketClass.IMPORTANT)


class Help(StrEnum):
    """What a caller in danger has got, and so may be told."""

    TALKED = "talked"  # with whoever accepted, or they have heard who has it
    SEARCHED = "searched"  # nobody accepted yet; people are called on, also without them
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
        called when they are gone."""
        ...

    async def abandoned(self, session: Session, hits: tuple[Hit, ...] = ()) -> None:
        """As `urgent`, of a caller who has hung up already: see to it that somebody is
        called all the same."""
        ...


@dataclass
class Session:
    """One answered call."""

    conversation: Conversation
    store: Store
    draft: Draft
    language: Language
    reach: Reach
    recent_speech: RecentSpeech
    urgency: Urgency
    change_language: Callable[[str], None]
    languages: frozenset[str]  # that this company offers
    unsaid: frozenset[str] = frozenset()  # prompts that this company leaves out
    listening_since_s: float = 0.0  # media second at which the current listener started
    told: list[Heard] = field(default_factory=list)  # finished sentences, in call time
    line: KnownLine | None = None  # the call comes from a place that is known: a lift, a gate
    first_words: tuple[Prompt, ...] = ()  # to be said before an alarm's own words
    dialling: Dialling = field(default_factory=Dialling)  # what a call back may dial
    wrong_digits: int = 0  # how often the caller could not show that a ticket is theirs
    answer_sounds: dict[str, bytes] = field(default_factory=dict)  # of answers, by field
    unchecked_message: bytes = b""  # the last message, unless the caller has said it is right
    dead_line: str = ""  # what plays there in place of a caller: a busy tone, a fax
    told_faults: set[int] = field(default_factory=set)  # known faults, told in this call
    served: bool = False  # a person has talked with them, or they have heard what they asked for
    keep_all: bool = False  # every sentence belongs into the ticket, whatever is being said
    at_once: bool = False  # an emergency from its first moment: people are rung unasked
    overhear: Callable[[Heard], None] = lambda heard: None  # whoever else wants to know it

    def __post_init__(self) -> None:
        self.conversation.on_aside = self.keep_aside

    @property
    def call_id(self) -> str:
        return self.conversation.call.id

    @property
    def trusts_caller(self) -> bool:
        """Whether the caller is who their number says: its trunk vouches for it, or the call
        comes by a line that the roster knows. Only they may hear what is known of them."""
        return self.line is not None or self.conversation.call.verified

    @property
    def timing(self) -> Timing:
        return self.language.pack.menu.timing

    @property
    def pauses(self) -> Pauses:
        menu = self.language.pack.menu
        return Pauses(
            self.language.id,
            done_s=menu.timing.pause_s,
            open_s=menu.timing.open_pause_s,
            announcing=menu.spoken.announcing,
        )

    def note(self, kind: CallEventKind, **data: Any) -> None:
        """Append to the call's event log; never waits, never raises."""
        self.store.calls.event(self.call_id, kind, data)

    def prompts(self, names: Iterable[str]) -> tuple[Prompt, ...]:
        """A node's prompts by name, without those that are left out."""
        return tuple(Prompt(name) for name in names if name not in self.unsaid)

    def at_menu(self, node_id: str) -> None:
        self.note(CallEventKind.MENU, node=node_id)
        self.store.live.update(self.call_id, menu=node_id)

    def asking(self, prompt: str) -> None:
        """A question is put to the caller: the event log tells how far they came."""
        self.note(CallEventKind.ASKED, prompt=prompt)

    # -- what the listener reports ---------------------------------------------

    def on_key(self, key: str) -> None:
        self.note(CallEventKind.KEY, key=key)

    def on_heard(self, heard: Heard) -> None:
        """Live text: shown at once, kept when final, offered to whatever asks."""
        self.overhear(heard)
        if heard.text:
            self.store.live.update(self.call_id, heard=heard.text)
        if heard.final and heard.text:
            start_s = self.listening_since_s + heard.start_s
            end_s = self.listening_since_s + heard.end_s
            self.told.append(Heard(heard.text, True, start_s, end_s))
            self.note(CallEventKind.HEARD, text=heard.text, start_s=start_s, end_s=end_s)
            if self.keep_all:
                self.keep_statement(heard)
        self.conversation.heard(heard)

    def on_hits(self, hits: tuple[Hit, ...]) -> None:
        """Lexicon rules fired: kept for the ticket; urgent ones break into the flow."""
        for hit in hits:
            self.note(
                CallEventKind.HIT,
                category=hit.category,
                phrase=hit.phrase,
                level=hit.level,
                at_s=self.listening_since_s + hit.at_s,
                rule=hit.rule,
            )
        if urgent := self.urgent(hits):
            for hit in urgent:  # also what they say while they wait or talk
                self.draft.learn_people(hit.people)
            self.conversation.interrupt(Interruption(hits=urgent))

    def urgent(self, hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        """The hits that are worth a question or more."""
        return tuple(
            hit
            for hit in hits
            if hit.category in self.urgency.categories and hit.level >= self.urgency.confirm
        )

    # -- what the ticket learns --------------------------------------------------

    def learn(self, text: str) -> None:
        """Take category and place from a sentence, where the draft has none yet."""
        self.draft.learn_place(find_place(text, self.language.id)[0])
        found = self.language.lexicon.classify(text)
        self.draft.learn_category(self.urgency.judged(found, self.draft.denied))

    def keep_statement(self, heard: Heard) -> None:
        """A sentence said outside the message that belongs into the ticket; words that only
        answer or choose do not."""
        if not self.keep_all and not self.has_substance(heard.text):
            return
        if heard.text not in self.draft.statements:
            start_s, end_s = (self.listening_since_s + at for at in (heard.start_s, heard.end_s))
            self.note(CallEventKind.MESSAGE, start_s=start_s, end_s=end_s)
        self.draft.say(heard.text)
        self.learn(heard.text)

    async def join_case(self) -> bool:
        """Let an emergency that is known already be one case: the call is about its ticket."""
        if self.draft.opened:
            return False
        ticket = await same_case(self.store, self.draft, alarm=self.line is not None)
        if ticket is None:
            return False
        self.draft.adopt(ticket)
        self.store.calls.about(self.call_id, ticket.id)
        self.note(CallEventKind.TICKET, ticket_id=ticket.id, number=ticket.number)
        return True

    def keep_aside(self, heard: Heard) -> None:
        """Something said that answers no question: nothing that tells anything is lost."""
        is_long = len(substance(heard.text, self.language.pack.menu)) >= SHORTEST_ASIDE
        if is_long or self.tells(heard.text):
            self.keep_statement(heard)

    def tells(self, text: str) -> bool:
        """Whether the words name a trouble that the lexicon knows, beside what they choose."""
        if not substance(text, self.language.pack.menu):
            return False
        return self.language.lexicon.classify(text).category != OTHER

    def has_substance(self, text: str) -> bool:
        """Whether somebody who reads it learns anything."""
        return has_substance(text, self.language.pack.menu, self.language.lexicon)

    async def open_ticket(self, kind: TicketKind, ticket_class: str) -> None:
        """Make sure that what is told from here on has a ticket, whatever happens to the call."""
        await self.draft.open(kind, ticket_class)
