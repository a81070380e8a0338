"""What follows from a ticket that is kept from whoever looks is kept from them as well."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.casework.records import RecordVersion
from call_logs.registers.entry import Entry
from call_logs.tables.register_fields import ImprovementState
from call_logs.tables.tickets import TicketRow

# Of a rule in force that follows from such a ticket: everybody keeps to the rule, and does not
# learn of what it follows from.
_WITHHELD = MappingProxyType({"ticket": "", "reason": ""})


async def kept_back(session: AsyncSession, tickets: Iterable[int | None]) -> frozenset[int]:
    """Those of these tickets that there are and that are not for whoever looks."""
    ids = {each for each in tickets if each is not None}
    if not ids:
        return frozenset()
    there = TicketRow.__table__.c.id  # as a table, which no viewer narrows
    every = set(await session.scalars(select(there).where(there.in_(ids))))
    seen = set(await session.scalars(select(TicketRow.id).where(TicketRow.id.in_(ids))))
    return frozenset(every - seen)


def shown(entry: Entry, hidden: frozenset[int]) -> Entry | None:
    """The entry as whoever looks sees it; None: not at all, before it is a rule in force."""
    if entry.from_ticket not in hidden:
        return entry
    if entry["state"] is not ImprovementState.IN_FORCE:
        return None
    values = MappingProxyType({**entry.values, **_WITHHELD})
    return replace(entry, from_ticket=None, withheld=True, values=values)


def shown_versions(versions: Iterable[RecordVersion]) -> tuple[RecordVersion, ...]:
    """Those of an entry that is withheld in part: since it is in force."""
    return tuple(
        replace(each, values=MappingProxyType({**each.values, **_WITHHELD}))
        for each in versions
        if each.values["state"] is ImprovementState.IN_FORCE
    )
