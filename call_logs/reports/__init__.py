"""What the tickets come to: the ledger, and whether deadlines were kept."""

from call_logs.reports.ledger import LedgerPages, LedgerRow, SourceCall
from call_logs.reports.punctuality import Deadline, Outcome, outcome

__all__ = [
    "Deadline",
    "LedgerPages",
    "LedgerRow",
    "Outcome",
    "SourceCall",
    "outcome",
]
