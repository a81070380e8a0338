"""What of the details nobody has asked yet: for a call back, or the next time the owner calls."""

from __future__ import annotations

from call_logs.tickets import Ticket
from dashboard.web.settings import DashboardSettings

__all__ = ["unasked"]

ANY = "*"  # categories that have no list of their own
PLACE = "building"  # stands for the whole place


def unasked(settings: DashboardSettings, ticket: Ticket) -> tuple[str, ...]:
    """Names of the ticket's fields that should say something and do not: who it is and where,
    then what the pack's form asks for the category. What is kept back is known; what an
    anonymous one does not say was not forgotten."""
    asked = settings.asked.get(ticket.category, settings.asked.get(ANY, ()))
    wanted = [name for name in asked if not getattr(ticket, name)]
    if not (ticket.building or ticket.area):
        wanted.insert(0, PLACE)
    if not ticket.anonymous:
        if not (ticket.callback or ticket.caller):
            wanted.insert(0, "callback")
        if not ticket.name:
            wanted.insert(0, "name")
    return tuple(dict.fromkeys(name for name in wanted if name not in _known(ticket)))


def _known(ticket: Ticket) -> frozenset[str]:
    """Somebody knows it, who looks or another."""
    return ticket.kept_back | ({"callback"} if "caller" in ticket.kept_back else frozenset())
