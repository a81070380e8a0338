"""The one table of a ticket's fields: what people and callers tell, and may correct.

A line here is the field: columns, row and value, form, API, labels, history and search follow
it (docs/decisions/fields.md). Moments, deadlines, status and numbers are no such fields: they
change by moves, stamps and the clock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import MappedColumn, mapped_column

from call_logs.tables.field_types import Choice, Count, FieldType, Flag, Text, Words
from call_logs.tables.ticket_kinds import (
    Affected,
    NewsBy,
    TicketClass,
    TicketKind,
    TicketSource,
)

MOST_PEOPLE = 9999  # in danger, as a ticket tells; who says more was misheard

_FIELD = "ticket field"  # the key in a dataclass field's metadata


@dataclass(frozen=True)
class TicketField:
    type: FieldType
    label: str  # in English, which is the message id of its translations
    default: Any
    searched: bool  # its words find the ticket
    by_people: bool  # stands in the form and the API, for whoever may work on tickets
    column: str  # where SQL reserves the name
    late: bool  # older rows have no value
    name: str = ""

    def make_column(self) -> MappedColumn[Any]:
        name = self.column or self.name
        return mapped_column(
            name,
            self.type.sql(f"tickets.{name}"),
            nullable=self.type.nullable or self.late,
        )

    def kept(self, value: Any) -> Any:
        """As the column and JSON hold it."""
        return None if value is None else self.type.kept(value)

    def read(self, kept: Any) -> Any:
        """The value of a row, or of an entry that an older program wrote without it."""
        return self.default if kept is None else self.type.read(kept)


def _field(
    type: FieldType,
    label: str,
    default: Any = "",
    *,
    searched: bool = False,
    by_people: bool = True,
    column: str = "",
    late: bool = False,
) -> Any:
    told = TicketField(type, label, default, searched, by_people, column, late)
    private = isinstance(type, Words) or (isinstance(type, Text) and type.private)
    return dataclasses.field(default=default, repr=not private, metadata={_FIELD: told})


@dataclass(frozen=True)
class TicketFacts:
    """What is known of a ticket's matter. A field that is added later is `late`."""

    kind: TicketKind = _field(Choice(TicketKind), "Kind", TicketKind.OTHER)
    ticket_class: TicketClass = _field(Choice(TicketClass), "Class", TicketClass.GENERAL)
    source: TicketSource = _field(
        Choice(TicketSource), "Came by", TicketSource.TELEPHONE, late=True
    )
    category: str = _field(Text(64, private=False), "Category", searched=True)
    # What happened, in the caller's words.
    text: str = _field(Text(4000, lines=True), "Description", searched=True)
    happened: str = _field(Text(100), "When it happened", late=True)
    often: str = _field(Text(200), "Since when, how often", late=True)
    reach: str = _field(Text(200), "Whom it affects, how far", late=True)
    # The same in steps, as whoever assesses it says: it decides what is done first.
    affected: Affected = _field(Choice(Affected), "Reach", Affected.UNKNOWN, late=True)
    sound: str = _field(Text(200), "Noise or smell", late=True)
    hurt: str = _field(Text(200), "Anybody hurt", late=True)
    name: str = _field(Text(100), "Name", searched=True)
    callback: str = _field(Text(40), "Call-back number")
    building: str = _field(Text(40), "Building", searched=True)
    unit: str = _field(Text(40), "Unit", searched=True)
    floor: str = _field(Text(40), "Floor", searched=True)
    room: str = _field(Text(40), "Room", searched=True)
    area: str = _field(Text(100), "Public area", searched=True)
    # In danger, as far as anybody has said.
    people: int | None = _field(Count(1, MOST_PEOPLE), "People in danger", None)
    assignee: str = _field(Text(100, private=False), "Assigned to")
    cause: str = _field(Text(2000, lines=True), "Cause", searched=True, late=True)
    # One of the list that the category has; and the way to it, one "why" a line.
    cause_kind: str = _field(Text(64, private=False), "Kind of cause", late=True)
    whys: str = _field(Text(2000, lines=True), "Why, five times", searched=True, late=True)
    # Measures, who, until when, with what.
    plan: str = _field(Text(4000, lines=True), "Plan of measures", searched=True, late=True)
    # In words for the owner.
    result: str = _field(Text(2000, lines=True), "Told to the owner", searched=True, late=True)
    # What is done and what comes next, in words that the owner hears when they call.
    news: str = _field(Text(500, lines=True), "News for the owner", searched=True, late=True)
    # What the company learns from it.
    lessons: str = _field(Text(2000, lines=True), "Lessons", searched=True, late=True)
    major: bool = _field(Flag(), "Major", False)
    group: bool = _field(Flag(), "Several owners", False, column="group_mark")
    # As the owner gives it, from 1 to 5.
    satisfaction: int | None = _field(Count(1, 5), "Satisfaction", None)
    # What they say beside the score, as heard or as a person writes it.
    remark: str = _field(Text(2000, lines=True), "Remark of the owner", searched=True, late=True)
    no_survey: bool = _field(Flag(), "Owner wants no survey call", False, late=True)
    call_back: bool = _field(Flag(), "Owner asks for a call back", False, late=True)
    news_by: NewsBy = _field(Choice(NewsBy), "Tell the owner by", NewsBy.SITE, late=True)
    # Whoever told it wants to be known to nobody but the circle.
    anonymous: bool = _field(Flag(), "Anonymous", False, late=True)
    language: str = _field(Text(16, private=False), "Language", "zh-CN", by_people=False)
    # That decided class and category.
    phrases: tuple[str, ...] = _field(Words(), "Deciding words", (), by_people=False)


FIELDS: Mapping[str, TicketField] = MappingProxyType(
    {
        each.name: dataclasses.replace(each.metadata[_FIELD], name=each.name)
        for each in dataclasses.fields(TicketFacts)
    }
)
BY_PEOPLE: Mapping[str, TicketField] = MappingProxyType(
    {name: field for name, field in FIELDS.items() if field.by_people}
)


def facts_of(row: object) -> dict[str, Any]:
    """The fields of a row, as values."""
    return {name: field.read(getattr(row, name)) for name, field in FIELDS.items()}


def kept(facts: TicketFacts) -> dict[str, Any]:
    """The fields as columns and JSON hold them."""
    return {name: field.kept(getattr(facts, name)) for name, field in FIELDS.items()}
