"""What a ticket is about, how it came, and how much it presses."""

from __future__ import annotations

from enum import StrEnum


class TicketKind(StrEnum):
    EMERGENCY = "emergency"
    REPAIR = "repair"
    COMPLAINT = "complaint"
    SUGGESTION = "suggestion"
    ENQUIRY = "enquiry"
    OTHER = "other"


class TicketSource(StrEnum):
    """How it came to the company."""

    TELEPHONE = "telephone"
    WINDOW = "window"
    VISIT = "visit"  # told to an employee on the way
    MEETING = "meeting"  # the owners' meeting, the committee
    MESSAGE = "message"
    EMAIL = "email"
    WEB = "web"


class TicketClass(StrEnum):
    URGENT = "urgent"
    IMPORTANT = "important"
    GENERAL = "general"


class Affected(StrEnum):
    """Whom it reaches: one household, several, a whole building, the whole site."""

    UNKNOWN = ""  # nobody has said
    ONE = "one"
    SEVERAL = "several"
    BUILDING = "building"
    SITE = "site"


class NewsBy(StrEnum):
    """How an owner wants to be told of the ticket, unasked."""

    SITE = "site"  # nothing was said: as the site's configuration has it
    CALL = "call"
    MESSAGE = "message"
    NONE = "none"
