"""Tickets: kinds, life, list, search."""

from call_logs.tickets.kinds import TicketClass, TicketKind
from call_logs.tickets.life import TRANSITIONS, TicketStatus, allowed_moves
from call_logs.tickets.listing import TicketCounts
from call_logs.tickets.number import luhn_digit, ticket_number, valid_number
from call_logs.tickets.ticket import (
    DEFAULT_TARGETS,
    MOST_PEOPLE,
    NewTicket,
    ResponseTarget,
    Ticket,
    TicketChange,
    TicketFilter,
)

__all__ = [
    "DEFAULT_TARGETS",
    "MOST_PEOPLE",
    "TRANSITIONS",
    "NewTicket",
    "ResponseTarget",
    "Ticket",
    "TicketChange",
    "TicketClass",
    "TicketCounts",
    "TicketFilter",
    "TicketKind",
    "TicketStatus",
    "allowed_moves",
    "luhn_digit",
    "ticket_number",
    "valid_number",
]
