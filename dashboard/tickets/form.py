"""The form that corrects a ticket, and what becomes of it when two people correct at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from pydantic import TypeAdapter
from starlette.datastructures import FormData

from call_logs.tickets import (
    BROUGHT,
    BY_PEOPLE,
    Ticket,
    TicketEdit,
    TicketSource,
    TooLong,
    read_edit,
)
from dashboard.web.errors import BadInput
from dashboard.web.inputs import RowId
from dashboard.web.texts import N_

NOTE_LIMIT = 4000
_VERSION = TypeAdapter(RowId)
# What nobody knows of a new ticket. Whom it affects is known sooner than a step needs it.
LATER = BROUGHT - {"affected"} | {"cause_kind", "whys", "lessons"}
WRONG = N_("A field of the form has a wrong value.")
TOO_LONG = N_("A text is too long. Shorten it and save again.")
OLD_FORM = N_("This page is older than the program. Copy what you wrote and reload the page.")


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
    note: str = field(default="", repr=False)  # why

    def changes(self, ticket: Ticket) -> TicketEdit:
        """The fields that differ from the ticket."""
        return read_edit(
            {name: value for name, value in self.values.items() if getattr(ticket, name) != value}
        )

    def conflicts(self, ticket: Ticket) -> tuple[Conflict, ...]:
        """Where the form and the newer ticket say different things."""
        return tuple(Conflict(name, getattr(ticket, name)) for name in self.changes(ticket).values)


def form_of(ticket: Ticket) -> TicketForm:
    """The form as it opens."""
    return TicketForm(ticket.version, {name: getattr(ticket, name) for name in BY_PEOPLE})


def new_form() -> TicketForm:
    """An empty form for somebody who stands at the window."""
    values = {name: field.default for name, field in BY_PEOPLE.items()}
    return TicketForm(0, values | {"source": TicketSource.WINDOW})


async def read_form(request: Request) -> TicketForm:
    """The form as it was sent.

    Raises:
        BadInput: a value that the form does not offer, or a text that is too long.
    """
    sent = await request.form()
    try:
        version = _VERSION.validate_python(sent.get("version"))
    except ValueError as error:
        raise BadInput(WRONG) from error
    note = str(sent.get("note", "")).strip()
    if len(note) > NOTE_LIMIT:
        raise BadInput(TOO_LONG)
    return TicketForm(
        version, _values(sent, BY_PEOPLE), seen_to=sent.get("seen_to") == "on", note=note
    )


async def read_new(request: Request) -> TicketForm:
    """The form of a new ticket as it was sent.

    Raises:
        BadInput: as `read_form`.
    """
    sent = await request.form()
    values = _values(sent, [name for name in BY_PEOPLE if name not in LATER])
    return TicketForm(0, values, seen_to=sent.get("seen_to") == "on")


async def read_step(request: Request) -> TicketEdit:
    """What was written beside a step: the fields that steps need.

    Raises:
        BadInput: a text that is too long.
    """
    sent = await request.form()
    return read_edit(_values(sent, BROUGHT & set(sent)))


def _values(sent: FormData, names: Iterable[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in names:
        known = BY_PEOPLE[name].type
        if name not in sent and not known.unsent:
            raise BadInput(OLD_FORM)
        try:
            values[name] = known.from_form(str(sent.get(name, "")))
        except TooLong as error:
            raise BadInput(TOO_LONG) from error
        except ValueError as error:
            raise BadInput(WRONG) from error
    return values
