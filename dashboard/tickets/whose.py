"""Whose tickets: mine, my department's, nobody's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from call_logs.staff import Member, Staff, StaffKind
from call_logs.tickets import Ticket, TicketFilter
from call_logs.users import Permission, User
from dashboard.web.signin import Login
from dashboard.web.site import Site

__all__ = ["Mine", "mine_of", "narrowed", "proposed"]


@dataclass(frozen=True)
class Mine:
    """How many of the open tickets are a user's own."""

    open: int
    overdue: int


async def narrowed(site: Site, login: Login, wanted: TicketFilter, whose: str) -> TicketFilter:
    """`wanted`, of those alone; whoever is named in words by the reference that is meant."""
    staff = await site.store.staff.current()
    if wanted.assignee:
        wanted = replace(wanted, assignee=staff.meant(wanted.assignee))
    return replace(wanted, assignees=_refs(staff, login.user, whose))


def _refs(staff: Staff, user: User, whose: str) -> frozenset[str] | None:
    """References to those whose tickets are asked for; None: everybody's."""
    match whose:
        case "mine":
            return staff.own(user)
        case "department":
            return staff.around(user)
        case "nobody":
            return frozenset({""})
        case _:
            return None


async def mine_of(site: Site, login: Login) -> Mine:
    """What the list says at a glance."""
    staff = await site.store.staff.current()
    wanted = TicketFilter(assignees=staff.own(login.user), open=True, limit=1)
    found = await site.store.tickets.list(wanted)
    late = await site.store.tickets.list(replace(wanted, overdue=True))
    return Mine(found.total, late.total)


async def proposed(site: Site, login: Login, ticket: Ticket) -> Member | None:
    """The department that takes such matters, while nobody has the ticket."""
    if (
        ticket.assignee
        or ticket.closed_at
        or ticket.merged_into
        or not login.may(Permission.WORK_TICKETS)
    ):
        return None
    staff = await site.store.staff.current()
    department = staff.accepting(ticket.category)
    if department is None:
        return None
    return Member(StaffKind.DEPARTMENT, department.id, department.name)
