"""Tickets that have to do with each other, as a page or a program sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from call_logs.storage.errors import IllegalMove
from call_logs.tickets.ticket import Ticket


class LinkKind(StrEnum):
    SPLIT = "split"  # a second matter that was told together with the first
    RELATED = "related"


class Refusal(StrEnum):
    """Why tickets are not merged, split or linked; the value says it to programs."""

    ITSELF = "a ticket has nothing to do with itself: name another one"
    MERGED = "the ticket is merged already: undo that first"
    INTO_MERGED = "the other ticket is merged itself: name the one that it went into"
    NOT_MERGED = "the ticket is not merged into another"
    MEANWHILE = "the ticket was merged into another one meanwhile"
    CLOSED = "one of the two tickets is closed: reopen it first"
    LOWER_CLASS = "the other ticket is of a lower class: merge that one into this one"
    UNTAKEN = "nobody has taken this urgent ticket yet: take it first"
    CONFIDENTIAL = "a confidential ticket is not merged: others would read it in the other one"
    SEARCHED = "people are being rung for this ticket: end the search first"


class LinkRefused(IllegalMove):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True)
class TicketLinks:
    """What one ticket has to do with others; each list in the order of their ids."""

    merged_into: Ticket | None = None  # the same matter; that one is worked on
    took_in: tuple[Ticket, ...] = ()  # the same matter; this one is worked on
    split_from: tuple[Ticket, ...] = ()
    split_off: tuple[Ticket, ...] = ()
    related: tuple[Ticket, ...] = ()

    def all(self) -> Iterable[Ticket]:
        if self.merged_into is not None:
            yield self.merged_into
        yield from (*self.took_in, *self.split_from, *self.split_off, *self.related)
