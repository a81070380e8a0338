"""A piece of equipment, and which tickets are about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from call_logs.roster.addresses import Address

__all__ = ["Equipment", "NewEquipment"]


class Somewhere(Protocol):
    """A ticket, or as much of it as says what it is about, and where."""

    @property
    def category(self) -> str: ...
    @property
    def building(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def floor(self) -> str: ...
    @property
    def area(self) -> str: ...


@dataclass(frozen=True)
class NewEquipment:
    """As the register's file has it. `categories`: of the tickets that may be about it."""

    name: str
    categories: tuple[str, ...]
    place: Address
    supplier: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    last_maintenance: date | None = None
    note: str = field(default="", repr=False)

    def concerns(self, ticket: Somewhere) -> bool:
        """Whether the ticket is of its place and category. What one of the two does not say
        stands against nothing, but for the building or area, without which a place is none."""
        place = self.place
        if ticket.category not in self.categories:
            return False
        if place.building and place.building != ticket.building:
            return False
        if place.unit and ticket.unit and place.unit != ticket.unit:
            return False
        if place.floor and ticket.floor and place.floor != ticket.floor:
            return False
        if place.building:
            return True
        return bool(place.area and ticket.area) and (
            place.area in ticket.area or ticket.area in place.area
        )


@dataclass(frozen=True, kw_only=True)
class Equipment(NewEquipment):
    """A piece in the register."""

    id: int
