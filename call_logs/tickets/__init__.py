"""Tickets: kinds, life, list, search."""

from call_logs.tables.field_types import TooLong
from call_logs.tables.ticket_fields import BY_PEOPLE, FIELDS, MOST_PEOPLE, TicketField
from call_logs.tables.ticket_kinds import Affected, NewsBy, TicketClass, TicketKind, TicketSource
from call_logs.tickets.due import Deadline, WaitsFor
from call_logs.tickets.edit import TicketEdit, edit, read_edit
from call_logs.tickets.gaps import Gap
from call_logs.tickets.life import BROUGHT, NEEDED, NOTE, TRANSITIONS, Move, TicketStatus, moves_for
from call_logs.tickets.listing import TicketCounts
from call_logs.tickets.number import luhn_digit, ticket_number, valid_number
from call_logs.tickets.owing import NewsRules, NewsTopic
from call_logs.tickets.priority import PriorityReason
from call_logs.tickets.ticket import (
    NewTicket,
    Ticket,
    TicketChange,
    TicketFilter,
    TicketOrder,
)

__all__ = [
    "BROUGHT",
    "BY_PEOPLE",
    "FIELDS",
    "MOST_PEOPLE",
    "NEEDED",
    "NOTE",
    "TRANSITIONS",
    "Affected",
    "Deadline",
    "Gap",
    "Move",
    "NewTicket",
    "NewsBy",
    "NewsRules",
    "NewsTopic",
    "PriorityReason",
    "Ticket",
    "TicketChange",
    "TicketClass",
    "TicketCounts",
    "TicketEdit",
    "TicketField",
    "TicketFilter",
    "TicketKind",
    "TicketOrder",
    "TicketSource",
    "TicketStatus",
    "TooLong",
    "WaitsFor",
    "edit",
    "luhn_digit",
    "moves_for",
    "read_edit",
    "ticket_number",
    "valid_number",
]
