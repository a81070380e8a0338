"""Which tickets are proposed as major: by rules, with the reasons; a person says whether they are.

The words of injury, press and authorities are those of the risks (`[risks]`), which have looked at
the ticket already: one list of words, one place where a company changes it.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from call_logs.casework.risk_rules import RiskKind
from call_logs.casework.risks import Risk
from call_logs.tables.ticket_kinds import Affected, TicketClass
from call_logs.tickets.ticket import Ticket

__all__ = ["MANY_IN_DANGER", "MajorReason", "major_reasons"]

MANY_IN_DANGER = 3


class MajorReason(StrEnum):
    """Why a ticket may be major, in the order in which it is told."""

    PEOPLE = "people"  # several in danger
    INJURY = "hurt"  # somebody was hurt, by the words
    MEDIA = "media"
    AUTHORITY = "authority"
    REACH = "reach"  # the whole site, or a whole building with something that cannot wait
    OWNERS = "group"  # several owners, of something that cannot wait


_OF_RISKS = {
    RiskKind.INJURY: MajorReason.INJURY,
    RiskKind.MEDIA: MajorReason.MEDIA,
    RiskKind.AUTHORITY: MajorReason.AUTHORITY,
}


def major_reasons(ticket: Ticket, risks: Iterable[Risk]) -> tuple[MajorReason, ...]:
    """`risks`: of this ticket. One that was lifted was looked at by a person: it counts no more."""
    found = {
        _OF_RISKS[risk.kind] for risk in risks if risk.kind in _OF_RISKS and risk.lifted_at is None
    }
    presses = ticket.ticket_class is not TicketClass.GENERAL
    if (ticket.people or 0) >= MANY_IN_DANGER:
        found.add(MajorReason.PEOPLE)
    if ticket.affected is Affected.SITE or (presses and ticket.affected is Affected.BUILDING):
        found.add(MajorReason.REACH)
    if ticket.group and presses:
        found.add(MajorReason.OWNERS)
    return tuple(reason for reason in MajorReason if reason in found)
