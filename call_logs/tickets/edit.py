"""A change of some of a ticket's fields: typed where a program writes it, checked where a
person did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ParamSpec

from call_logs.storage.errors import NotAllowed, StoreError
from call_logs.tables.ticket_fields import BY_PEOPLE, FIELDS, TicketFacts
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission

P = ParamSpec("P")


@dataclass(frozen=True)
class TicketEdit:
    """Fields and their new values; made by `edit` or `read_edit`."""

    values: Mapping[str, Any] = field(repr=False)


NOTHING = TicketEdit({})


def check_edit(actor: Actor, changes: TicketEdit) -> None:
    """Raises:
    NotAllowed: the role may not work on tickets, or the program alone writes such a field.
    """
    actor.check(Permission.WORK_TICKETS)
    own = sorted(set(changes.values) - set(BY_PEOPLE))
    if own and actor.is_person:
        raise NotAllowed(Permission.WORK_TICKETS, f"people do not write {', '.join(own)}")


def read_edit(values: Mapping[str, Any]) -> TicketEdit:
    """An edit of fields whose names and values come from outside.

    Raises:
        StoreError: there is no such field, or it cannot have this value; the message says which.
    """
    unknown = sorted(set(values) - set(FIELDS))
    if unknown:
        raise StoreError(f"these fields of a ticket cannot be edited: {', '.join(unknown)}")
    clean: dict[str, Any] = {}
    for name, value in values.items():
        try:
            clean[name] = FIELDS[name].type.checked(value)
        except (TypeError, ValueError):
            raise StoreError(f"{name} of a ticket cannot have this value") from None
    return TicketEdit(clean)


def _by_keywords(facts: Callable[P, TicketFacts]) -> Callable[P, TicketEdit]:
    def edit(*none: P.args, **values: P.kwargs) -> TicketEdit:
        if none:
            raise TypeError("an edit names its fields: edit(room=...)")
        return read_edit(values)

    return edit


# `edit(room="1501")`: the keywords are those of `TicketFacts`, so the type checker knows them.
edit = _by_keywords(TicketFacts)
