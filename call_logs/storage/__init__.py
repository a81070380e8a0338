"""The floor: database, keys, journal, changes, checks, loops, leases."""

from call_logs.storage.announcing import Announced
from call_logs.storage.background import give_way, in_background
from call_logs.storage.changes import Change
from call_logs.storage.checks import Check, Checks, Severity
from call_logs.storage.clock import SYSTEM_CLOCK, Clock, Timer
from call_logs.storage.errors import (
    AboutThem,
    Deferred,
    IllegalMove,
    InvalidValue,
    KeyProblem,
    Lacking,
    LockedOut,
    LoginRefused,
    NobodyFound,
    NoModel,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    StoreBusy,
    StoreDamaged,
    StoreError,
    Taken,
    Tampered,
    ValueRefused,
    VersionConflict,
)
from call_logs.storage.holder import Holder
from call_logs.storage.home_lock import HomeLock
from call_logs.storage.json_fields import json_fields, json_value
from call_logs.storage.keys import Keys
from call_logs.storage.loops import Loop, one_by_one
from call_logs.storage.once import key_of
from call_logs.storage.page import Page
from call_logs.storage.scratch import Scratch
from call_logs.storage.signed_links import AcknowledgeClaim, LinkExpired, LinkInvalid
from call_logs.storage.spreadsheet_cells import guarded, is_formula

__all__ = [
    "SYSTEM_CLOCK",
    "AboutThem",
    "AcknowledgeClaim",
    "Announced",
    "Change",
    "Check",
    "Checks",
    "Clock",
    "Deferred",
    "Holder",
    "HomeLock",
    "IllegalMove",
    "InvalidValue",
    "KeyProblem",
    "Keys",
    "Lacking",
    "LinkExpired",
    "LinkInvalid",
    "LockedOut",
    "LoginRefused",
    "Loop",
    "NoModel",
    "NobodyFound",
    "NotAllowed",
    "NotFound",
    "OutcomeUnknown",
    "Page",
    "Scratch",
    "Severity",
    "StoreBusy",
    "StoreDamaged",
    "StoreError",
    "Taken",
    "Tampered",
    "Timer",
    "ValueRefused",
    "VersionConflict",
    "give_way",
    "guarded",
    "in_background",
    "is_formula",
    "json_fields",
    "json_value",
    "key_of",
    "one_by_one",
]
