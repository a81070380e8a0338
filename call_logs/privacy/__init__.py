"""What is kept, how long, and how it leaves."""

from call_logs.privacy.cases import Standing
from call_logs.privacy.destructions import Destruction, DestructionKind, Destructions
from call_logs.privacy.holds import Hold, Holds
from call_logs.privacy.keep import (
    DEFAULT_KEEP,
    LEAST_ACCESS_DAYS,
    ClassTimes,
    KeepRules,
    Kind,
    Rule,
)
from call_logs.privacy.purge import PURGED, Plan, Purge

__all__ = [
    "DEFAULT_KEEP",
    "LEAST_ACCESS_DAYS",
    "PURGED",
    "ClassTimes",
    "Destruction",
    "DestructionKind",
    "Destructions",
    "Hold",
    "Holds",
    "KeepRules",
    "Kind",
    "Plan",
    "Purge",
    "Rule",
    "Standing",
]
