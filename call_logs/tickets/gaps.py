"""What a record must have, whichever way it came, and which of it is lacking.

Every write of a ticket looks (the telephone, the window, the owners' form, messages, the API): a
list of tickets with gaps is then a plain query. Nothing is refused for a gap: a caller in a hurry
has a ticket first, and is asked on.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from call_logs.tables.ticket_kinds import TicketKind

__all__ = ["Gap", "Recorded", "gaps"]


class Gap(StrEnum):
    """What lacks; also a ticket's field, the first that would fill it."""

    TEXT = "text"  # what happened: not a word, and no category
    PLACE = "building"
    CONTACT = "callback"
    NAME = "name"
    TIME = "happened"


class Recorded(Protocol):
    """A ticket, as a row or as a value."""

    @property
    def kind(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def building(self) -> str: ...
    @property
    def area(self) -> str: ...
    @property
    def callback(self) -> str: ...
    @property
    def caller(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def happened(self) -> str | None: ...
    @property
    def anonymous(self) -> bool | None: ...


# What can be told without a place and a time: it has neither.
_NOWHERE = frozenset({TicketKind.SUGGESTION, TicketKind.ENQUIRY})


def gaps(ticket: Recorded) -> tuple[Gap, ...]:
    """In the order in which one asks. An emergency's caller is asked neither name nor time, and
    whoever wants to be known to nobody neither name nor number."""
    kind = TicketKind(ticket.kind)
    emergency, known = kind is TicketKind.EMERGENCY, not ticket.anonymous
    found = {
        Gap.TEXT: not (ticket.text or ticket.category),
        Gap.PLACE: kind not in _NOWHERE and not (ticket.building or ticket.area),
        Gap.CONTACT: known and not (ticket.callback or ticket.caller),
        Gap.NAME: known and not emergency and not ticket.name,
        Gap.TIME: not emergency and kind not in _NOWHERE and not ticket.happened,
    }
    return tuple(gap for gap, lacks in found.items() if lacks)
