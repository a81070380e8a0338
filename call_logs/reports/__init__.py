"""What the tickets come to: the ledger, and the statistics of a time."""

from call_logs.reports.firms import FirmWork
from call_logs.reports.growth import FEWEST, WEEKS, GrowingWord
from call_logs.reports.ledger import LedgerPages, LedgerRow, SourceCall
from call_logs.reports.punctuality import Deadline, Outcome, outcome
from call_logs.reports.recurring import FEWEST_TIMES, Recurring
from call_logs.reports.reports import MOST_DAYS_OF_PLACES, MOST_DAYS_OF_WORDS
from call_logs.reports.statistics import (
    ANSWER_S,
    ANSWERED_SHARE,
    CallCounts,
    Point,
    Statistics,
    Step,
    Times,
)
from call_logs.reports.waits import Waits, WorkStep

__all__ = [
    "ANSWERED_SHARE",
    "ANSWER_S",
    "FEWEST",
    "FEWEST_TIMES",
    "MOST_DAYS_OF_PLACES",
    "MOST_DAYS_OF_WORDS",
    "WEEKS",
    "CallCounts",
    "Deadline",
    "FirmWork",
    "GrowingWord",
    "LedgerPages",
    "LedgerRow",
    "Outcome",
    "Point",
    "Recurring",
    "SourceCall",
    "Statistics",
    "Step",
    "Times",
    "Waits",
    "WorkStep",
    "outcome",
]
