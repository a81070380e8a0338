"""What is kept, how long, and how it leaves."""

from call_logs.privacy.cases import Standing
from call_logs.privacy.destructions import Destruction, DestructionKind, Destructions
from call_logs.privacy.holds import Hold, Holds
from call_logs.privacy.keep import (
    LEAST_ACCESS_DAYS,
    ClassTimes,
    KeepRules,
    Kind,
    Rule,
)
from call_logs.privacy.owner_data import ERASED, EraseRefused, OwnerData, OwnerFound
from call_logs.privacy.purge import PURGED, Plan, Purge
from call_logs.privacy.rekeying import KeyRotation
from call_logs.privacy.seal import Sealing, SealProblem, Verdict, verify

__all__ = [
    "ERASED",
    "LEAST_ACCESS_DAYS",
    "PURGED",
    "ClassTimes",
    "Destruction",
    "DestructionKind",
    "Destructions",
    "EraseRefused",
    "Hold",
    "Holds",
    "KeepRules",
    "KeyRotation",
    "Kind",
    "OwnerData",
    "OwnerFound",
    "Plan",
    "Purge",
    "Rule",
    "SealProblem",
    "Sealing",
    "Standing",
    "Verdict",
    "verify",
]
