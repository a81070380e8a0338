"""The ticket that a call is becoming."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from asr.lexicon import Classification, Hit
from asr.spoken import Place
from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.storage import StoreError
from call_logs.tickets import FIELDS, MOST_PEOPLE, NewTicket, Ticket, TicketClass, TicketKind, edit
from call_logs.users import HOTLINE
from ivr.call.anonymity import wants_no_name

logger = logging.getLogger(__name__)

DENIED = "the caller was asked and said no"
_ORDER = (TicketClass.GENERAL, TicketClass.IMPORTANT, TicketClass.URGENT)


class Draft:
    """Collects what the caller tells; from `open` on, every `save` reaches the store.

    A store that is away does not stop the call: `ticket` stays None (the store's
    spool has the write), and the caller is not told a number.
    """

    def __init__(self, store: Store, call_id: str, caller: str, language: str) -> None:
        self._store = store
        self._call_id = call_id
        self._saved: dict[str, Any] = {}
        self.caller = caller
        self.language = language
        self.kind = TicketKind.OTHER
        self.ticket_class = TicketClass.GENERAL
        self.category = ""
        self.place = Place()  # as told, or as a trusted line has it
        self._assumed = Place()  # of the owner whose number it is, if it is they who call
        self.callback = ""
        self.statements: list[str] = []
        self.phrases: list[str] = []
        self.name = ""  # as the directory has it, of a caller whom their trunk vouches for
        self.people: int | None = None  # in danger, as far as they have said
        self.answers: dict[str, str] = {}  # to the questions of its category, by field
        self.denied: set[str] = set()  # categories that the caller has said no to
        self._reason = ""  # for the ticket's history, with the next change
        self._given = False  # the caller has told a place or a number, or confirmed it
        self.anonymous = False  # the caller wants to be known to nobody
        self.left_message = False  # in the recording; its words may not be known yet
        self.ticket: Ticket | None = None
        self.opened = False
        self.written = False  # there is a ticket, in the store or on its way there

    @property
    def has_substance(self) -> bool:
        """Whether somebody could do something about it. A key alone names a kind and no
        more: who leaves then has made a call that was missed, not a ticket."""
        urgent = self.kind is TicketKind.EMERGENCY or self.ticket_class is not TicketClass.GENERAL
        told = self.statements or self.left_message or self.category or self._given
        return bool(self.ticket or urgent or told)

    @property
    def is_emergency(self) -> bool:
        """Somebody is searched for: nothing is asked that can wait."""
        return self.kind is TicketKind.EMERGENCY or self.ticket_class is TicketClass.URGENT

    @property
    def place_known(self) -> bool:
        return self.place.found

    @property
    def likely_place(self) -> Place:
        """Where to send somebody: what was told; without it where the number's owner lives.
        Anybody can call under their number: the caller is never told the latter."""
        place, home = self.place, self._assumed
        at_home = not self.place_known or (place.building and place.building == home.building)
        return _filled(place, home) if at_home else place

    def assume_place(self, place: Place) -> None:
        """Take where the number's owner lives for the people who look after the ticket."""
        self._assumed = place

    def say(self, text: str) -> None:
        """Add a sentence to what happened."""
        if text and text not in self.statements:
            self.statements.append(text)
        self.anonymous = self.anonymous or wants_no_name(text, self.language)

    def learn_place(self, place: Place) -> None:
        """Fill in what is not known yet; what the caller keyed or confirmed stays."""
        self.place = _filled(self.place, place)

    def correct_place(self, place: Place) -> None:
        """Put what the caller just answered in place of what was understood before."""
        found = {name: value for name, value in vars(place).items() if value}
        self.place = replace(self.place, **found)
        self._given = True

    def give_callback(self, number: str) -> None:
        """The caller has given or confirmed the number to call them back on."""
        self.callback = number
        self._given = True

    def answer(self, name: str, text: str) -> None:
        """What the caller says to a question, or has said before it, for the ticket's field."""
        limit: int = getattr(FIELDS[name].type, "limit", len(text))
        self.answers[name] = text[:limit]

    def learn_category(self, found: Classification) -> None:
        """Take the weightiest category told so far; a class is raised, never lowered."""
        if not found.hits:
            return
        ticket_class = TicketClass(found.ticket_class)
        if not self.category or _ORDER.index(ticket_class) > _ORDER.index(self.ticket_class):
            self.category = found.category
        self.raise_class(ticket_class)
        self.phrases += [hit.phrase for hit in found.hits if hit.phrase not in self.phrases]

    def learn_hit(self, hit: Hit, ticket_class: TicketClass) -> None:
        """Take a lexicon hit of a class as what the call is about."""
        self.denied.discard(hit.category)
        self.learn_category(Classification(hit.category, ticket_class, (hit,)))
        self.learn_place(hit.place)
        self.learn_people(hit.people)

    def learn_people(self, people: int | None) -> None:
        """Take how many are in danger: who says more has counted again, less may be some
        of them."""
        if people is not None and people > 0:
            self.people = min(max(people, self.people or 0), MOST_PEOPLE)

    def deny(self, category: str) -> None:
        """The caller was asked and has said no: an urgent ticket would have nobody who is
        searched for it. A person still reads it, within the deadline of an important one."""
        self.denied.add(category)
        if self.ticket_class is TicketClass.URGENT and self.kind is not TicketKind.EMERGENCY:
            self.ticket_class = TicketClass.IMPORTANT
            self._reason = DENIED

    def raise_class(self, ticket_class: TicketClass) -> None:
        self.ticket_class = max(self.ticket_class, ticket_class, key=_ORDER.index)

    def adopt(self, ticket: Ticket) -> None:
        """The call is about a case that has its ticket: what its caller tells is added there,
        and nothing that is known is lost."""
        self.ticket, self.opened, self.written = ticket, True, True
        self.kind, self.ticket_class = ticket.kind, ticket.ticket_class
        self.category = ticket.category or self.category
        self.learn_place(self._place_of(ticket))
        told, self.statements = self.statements, [each for each in ticket.text.split("\n") if each]
        for text in told:
            self.say(text)
        self.phrases = list(dict.fromkeys((*ticket.phrases, *self.phrases)))
        for name, value in self._fields().items():
            if not value and hasattr(self, name):
                setattr(self, name, getattr(ticket, name))
        self.phrases = list(self.phrases)  # those of a ticket are a tuple
        self._saved = {name: getattr(ticket, name) for name in self._fields()}

    @staticmethod
    def _place_of(ticket: Ticket) -> Place:
        return Place(**{name: getattr(ticket, name) for name in vars(Place())})

    async def open(self, kind: TicketKind, ticket_class: str = TicketClass.GENERAL) -> None:
        """Open the call's one ticket, or turn it into `kind` when it is open already. It is
        written as soon as it has substance."""
        self.kind = kind
        self.raise_class(TicketClass(ticket_class))
        if self.opened:
            await self.save()
            return
        self.opened = True
        await self.save()

    async def save(self) -> None:
        """Write what changed since the last time."""
        fields = self._fields()
        changed = {name: value for name, value in fields.items() if value != self._saved.get(name)}
        if not self.opened or not changed or not self.has_substance:
            return
        try:
            if self.ticket is None:
                new = NewTicket(
                    call_id=self._call_id,
                    caller=self.caller,
                    language=self.language,
                    **fields,
                )
                self.written = True
                self.ticket = await self._store.tickets.open(new)
                self._store.calls.event(
                    self._call_id,
                    CallEventKind.TICKET,
                    {"ticket_id": self.ticket.id, "number": self.ticket.number},
                )
            else:
                if "text" in changed:
                    changed["text"] = await self._added_to(self.ticket.id)
                self.ticket = await self._store.tickets.update(
                    self.ticket.id, HOTLINE, edit(**changed), note=self._reason
                )
                self._reason = ""
            self._saved = fields
        except StoreError:
            # Deferred: it is in the spool and follows. Anything else: the next save tries again.
            logger.warning("a ticket's change is not confirmed yet")

    async def _added_to(self, ticket_id: int) -> str:
        """What stands in the ticket, with what this caller has said behind it: another call of
        the same case, or a person, may have written meanwhile."""
        there = (await self._store.tickets.get(ticket_id)).text.split("\n")
        new = [each for each in self.statements if each not in there]
        return "\n".join(filter(None, (*there, *new)))

    def _fields(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "ticket_class": self.ticket_class,
            "category": self.category,
            "text": "\n".join(self.statements),
            "callback": self.callback,
            "phrases": tuple(self.phrases),
            "people": self.people,
            "anonymous": self.anonymous,
            **({"name": self.name} if self.name and not self.anonymous else {}),
            **self.answers,
            **vars(self.likely_place),
        }


def _filled(place: Place, found: Place) -> Place:
    """`place` with what it lacks taken from `found`."""
    known = {name: value for name, value in vars(place).items() if value}
    return Place(**(vars(found) | known))
