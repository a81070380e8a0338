"""What a ticket is about, and how much it presses."""

from __future__ import annotations

from enum import StrEnum


class TicketKind(StrEnum):
    EMERGENCY = "emergency"
    REPAIR = "repair"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    ENQUIRY = "enquiry"
    OTHER = "other"


class TicketClass(StrEnum):
    URGENT = "urgent"
    IMPORTANT = "important"
    GENERAL = "general"
