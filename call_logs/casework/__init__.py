"""Work on a case: what tickets have to do with each other."""

from call_logs.casework.links import LinkKind, LinkRefused, Refusal, TicketLinks

__all__ = ["LinkKind", "LinkRefused", "Refusal", "TicketLinks"]
