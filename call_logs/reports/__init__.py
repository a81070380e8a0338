"""What the tickets come to: the ledger, and the statistics of a time."""

from call_logs.reports.ledger import LedgerPages, LedgerRow, SourceCall
from call_logs.reports.punctuality import Deadline, Outcome, outcome
from call_logs.reports.statistics import (
    ANSWER_S,
    ANSWERED_SHARE,
    CallCounts,
    Point,
    Statistics,
    Step,
    Times,
)

__all__ = [
    "ANSWERED_SHARE",
    "ANSWER_S",
    "CallCounts",
    "Deadline",
    "LedgerPages",
    "LedgerRow",
    "Outcome",
    "Point",
    "SourceCall",
    "Statistics",
    "Step",
    "Times",
    "outcome",
]
