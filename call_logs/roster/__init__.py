"""Who is on call: people, shifts, policies, and what may be dialled."""

from call_logs.roster.addresses import Address, KnownLine
from call_logs.roster.checks import dial_problems, line_problems, reference_problems
from call_logs.roster.contacts import Contact, ContactKind, InvalidContact, parse_contact
from call_logs.roster.days import special_days
from call_logs.roster.departments import Department
from call_logs.roster.dialling import Dialling, Refusal, Verdict
from call_logs.roster.documents import EntryKind, document_of, documents_of
from call_logs.roster.errors import ImportFailed, ImportProblem, RosterError
from call_logs.roster.fields import parse_weekdays
from call_logs.roster.people import MANAGER, Person
from call_logs.roster.policies import (
    ANY_CATEGORY,
    DUTY,
    Level,
    Policy,
    Ringing,
    Selector,
    SelectorKind,
    ordered,
)
from call_logs.roster.readers import build_roster
from call_logs.roster.ring_plan import (
    CoverageGap,
    PlannedLevel,
    RingPlan,
    RingTarget,
    Skipped,
    SkipReason,
    coverage_gaps,
    duty_plan,
    plan,
)
from call_logs.roster.roster import Duty, Roster, duties, on_call, rota
from call_logs.roster.shifts import (
    DatedShift,
    Leave,
    OnHolidays,
    Override,
    Rotation,
    Schedule,
    SpecialDay,
    WeeklyShift,
    Window,
    moment,
)
from call_logs.roster.store import RosterChange, SavedEntry
from call_logs.roster.toml_file import read_roster_toml

__all__ = [
    "ANY_CATEGORY",
    "DUTY",
    "MANAGER",
    "Address",
    "Contact",
    "ContactKind",
    "CoverageGap",
    "DatedShift",
    "Department",
    "Dialling",
    "Duty",
    "EntryKind",
    "ImportFailed",
    "ImportProblem",
    "InvalidContact",
    "KnownLine",
    "Leave",
    "Level",
    "OnHolidays",
    "Override",
    "Person",
    "PlannedLevel",
    "Policy",
    "Refusal",
    "RingPlan",
    "RingTarget",
    "Ringing",
    "Roster",
    "RosterChange",
    "RosterError",
    "Rotation",
    "SavedEntry",
    "Schedule",
    "Selector",
    "SelectorKind",
    "SkipReason",
    "Skipped",
    "SpecialDay",
    "Verdict",
    "WeeklyShift",
    "Window",
    "build_roster",
    "coverage_gaps",
    "dial_problems",
    "document_of",
    "documents_of",
    "duties",
    "duty_plan",
    "line_problems",
    "moment",
    "on_call",
    "ordered",
    "parse_contact",
    "parse_weekdays",
    "plan",
    "read_roster_toml",
    "reference_problems",
    "rota",
    "special_days",
]
