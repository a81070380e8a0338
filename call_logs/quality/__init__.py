"""How well people talk with callers: calls drawn each month, and reviewed."""

from call_logs.quality.checklist import (
    Checklist,
    ChecklistMistake,
    Item,
    load_checklist,
    load_checklist_or_shipped,
)
from call_logs.quality.review import Average, CallReview, ReviewRules, ReviewVersion, averages

__all__ = [
    "Average",
    "CallReview",
    "Checklist",
    "ChecklistMistake",
    "Item",
    "ReviewRules",
    "ReviewVersion",
    "averages",
    "load_checklist",
    "load_checklist_or_shipped",
]
