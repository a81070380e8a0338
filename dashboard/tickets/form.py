"""The form that corrects a ticket, and what becomes of it when two people correct at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from pydantic import TypeAdapter

from call_logs.tickets import MOST_PEOPLE, Ticket, TicketClass, TicketKind
from dashboard.web.errors import BadInput
from dashboard.web.inputs import RowId
from dashboard.web.texts import N_

TEXT_FIELDS: Mapping[str, int] = {  # and the most characters each may have
    "category": 64,
    "building": 40,
    "unit": 40,
    "floor": 40,
    "room": 40,
    "area": 100,
    "name": 100,
    "callback": 40,
    "assignee": 100,
    "text": 4000,
}
_VERSION = TypeAdapter(RowId)
FLAGS = ("major", "group")
NUMBERS = ("people",)  # empty: nobody has said


@dataclass(frozen=True)
class Conflict:
    """A field that somebody else changed meanwhile: `stored` is what it says now."""

    name: str
    stored: Any = field(repr=False)


@dataclass(frozen=True)
class TicketForm:
    """What the form says. `version` is the ticket's version when the form was opened."""

    version: int
    values: Mapping[str, Any] = field(repr=False)
    seen_to: bool = False  # who raises it to urgent says that somebody is on it already

    def changes(self, ticket: Ticket) -> dict[str, Any]:
        """The fields that differ from the ticket."""
        return {
            name: value for name, value in self.values.items() if getattr(ticket, name) != value
        }

    def conflicts(self, ticket: Ticket) -> tuple[Conflict, ...]:
        """Where the form and the newer ticket say different things."""
        return tuple(Conflict(name, getattr(ticket, name)) for name in self.changes(ticket))


def form_of(ticket: Ticket) -> TicketForm:
    """The form as it opens."""
    names = ("kind", "ticket_class", *TEXT_FIELDS, *FLAGS, *NUMBERS)
    return TicketForm(ticket.version, {name: getattr(ticket, name) for name in names})


async def read_form(request: Request) -> TicketForm:
    """The form as it was sent.

    Raises:
        BadInput: a value that the form does not offer, or a text that is too long.
    """
    sent = await request.form()
    try:
        values: dict[str, Any] = {
            "kind": TicketKind(str(sent.get("kind"))),
            "ticket_class": TicketClass(str(sent.get("ticket_class"))),
        }
        version = _VERSION.validate_python(sent.get("version"))
        for name in NUMBERS:
            text = str(sent.get(name, "")).strip()
            values[name] = int(text) if text else None
            if text and not 1 <= int(text) <= MOST_PEOPLE:
                raise ValueError(name)
    except ValueError as error:
        raise BadInput(N_("A field of the form has a wrong value.")) from error
    for name, limit in TEXT_FIELDS.items():
        text = str(sent.get(name, "")).replace("\r\n", "\n").strip()
        if len(text) > limit:
            raise BadInput(N_("A text is too long. Shorten it and save again."))
        values[name] = text
    for name in FLAGS:
        values[name] = sent.get(name) == "on"
    return TicketForm(version, values, seen_to=sent.get("seen_to") == "on")
