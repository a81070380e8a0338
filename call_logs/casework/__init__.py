"""Work on a case: what is found out and done about a ticket, and what tickets have to do with
each other."""

from call_logs.casework.evidence import Evidence, EvidenceRefused, EvidenceRules, FileRefusal
from call_logs.casework.kinds import EvidenceKind
from call_logs.casework.links import LinkKind, LinkRefused, Refusal, TicketLinks
from call_logs.casework.sealed_file import SealedReader

__all__ = [
    "Evidence",
    "EvidenceKind",
    "EvidenceRefused",
    "EvidenceRules",
    "FileRefusal",
    "LinkKind",
    "LinkRefused",
    "Refusal",
    "SealedReader",
    "TicketLinks",
]
