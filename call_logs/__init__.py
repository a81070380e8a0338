"""What is remembered and what must happen: calls, recordings, transcripts, tickets, users, jobs."""

from call_logs.ack_links import AcknowledgeClaim, LinkExpired, LinkInvalid
from call_logs.addresses import Address, Line
from call_logs.calendars import read_holidays, read_leave, read_shifts, write_calendar
from call_logs.call import CallEvent, CallEventKind, CallFilter, CallRecord, LiveCall, NewCall
from call_logs.changes import Change
from call_logs.directory import Owner
from call_logs.dispatch import (
    Acceptance,
    AcknowledgedVia,
    Acknowledgement,
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchEvent,
    DispatchEventKind,
    DispatchStatus,
)
from call_logs.errors import (
    Deferred,
    IllegalMove,
    KeyProblem,
    LockedOut,
    LoginRefused,
    NoModel,
    NotFound,
    StoreBusy,
    StoreError,
    Tampered,
    VersionConflict,
)
from call_logs.follow_ups import FollowUps, FollowUpSteps, RoundResult
from call_logs.health import Check, Health
from call_logs.jobs import Backlog, Jobs
from call_logs.keys import Keys
from call_logs.notices import send_notice
from call_logs.page import Page
from call_logs.planning import (
    CoverageGap,
    Plan,
    PlannedLevel,
    RingTarget,
    Skipped,
    SkipReason,
    coverage_gaps,
    duty_plan,
    plan,
)
from call_logs.policies import (
    ANY_CATEGORY,
    DEFAULT_POLICIES,
    DUTY,
    Level,
    Policy,
    Ringing,
    Selector,
    SelectorKind,
)
from call_logs.recording import Channel, Recording, RecordingStatus
from call_logs.recording_files import RecordingFiles
from call_logs.recording_reader import RecordingReader
from call_logs.recordings import CallRecording
from call_logs.requests import ANY_NODE, Request, RequestAction
from call_logs.roster import Duty, Roster, duties, on_call
from call_logs.roster_checks import reference_problems
from call_logs.roster_contacts import Contact, ContactKind, InvalidContact, parse_contact
from call_logs.roster_documents import EntryKind, document_of, documents_of
from call_logs.roster_errors import ImportFailed, ImportProblem, RosterError
from call_logs.roster_imports import FileKind, import_file
from call_logs.roster_people import Person
from call_logs.roster_readers import build_roster
from call_logs.roster_sheets import (
    read_owners_csv,
    read_people_csv,
    read_shifts_csv,
    write_owners_csv,
    write_people_csv,
    write_shifts_csv,
)
from call_logs.roster_store import RosterChange, SavedEntry
from call_logs.roster_toml import read_roster_toml
from call_logs.shifts import (
    DatedShift,
    Leave,
    OnHolidays,
    Override,
    Rotation,
    Schedule,
    SpecialDay,
    WeeklyShift,
    Window,
)
from call_logs.store import Recovered, Store
from call_logs.ticket import (
    DEFAULT_TARGETS,
    TRANSITIONS,
    NewTicket,
    ResponseTarget,
    Ticket,
    TicketChange,
    TicketClass,
    TicketFilter,
    TicketKind,
    TicketStatus,
    allowed_moves,
    luhn_digit,
    ticket_number,
    valid_number,
)
from call_logs.ticket_list import TicketCounts
from call_logs.transcript import Transcript, TranscriptData, TranscriptStatus, TranscriptWord
from call_logs.user import Access, LoginSession, Role, User

__all__ = [
    "ANY_CATEGORY",
    "ANY_NODE",
    "DEFAULT_POLICIES",
    "DEFAULT_TARGETS",
    "DUTY",
    "TRANSITIONS",
    "Acceptance",
    "Access",
    "AcknowledgeClaim",
    "AcknowledgedVia",
    "Acknowledgement",
    "Address",
    "Attempt",
    "AttemptStatus",
    "Backlog",
    "CallEvent",
    "CallEventKind",
    "CallFilter",
    "CallRecord",
    "CallRecording",
    "Change",
    "Channel",
    "Check",
    "Contact",
    "ContactKind",
    "CoverageGap",
    "DatedShift",
    "Deferred",
    "Dispatch",
    "DispatchEvent",
    "DispatchEventKind",
    "DispatchStatus",
    "Duty",
    "EntryKind",
    "FileKind",
    "FollowUpSteps",
    "FollowUps",
    "Health",
    "IllegalMove",
    "ImportFailed",
    "ImportProblem",
    "InvalidContact",
    "Jobs",
    "KeyProblem",
    "Keys",
    "Leave",
    "Level",
    "Line",
    "LinkExpired",
    "LinkInvalid",
    "LiveCall",
    "LockedOut",
    "LoginRefused",
    "LoginSession",
    "NewCall",
    "NewTicket",
    "NoModel",
    "NotFound",
    "OnHolidays",
    "Override",
    "Owner",
    "Page",
    "Person",
    "Plan",
    "PlannedLevel",
    "Policy",
    "Recording",
    "RecordingFiles",
    "RecordingReader",
    "RecordingStatus",
    "Recovered",
    "Request",
    "RequestAction",
    "ResponseTarget",
    "RingTarget",
    "Ringing",
    "Role",
    "Roster",
    "RosterChange",
    "RosterError",
    "Rotation",
    "RoundResult",
    "SavedEntry",
    "Schedule",
    "Selector",
    "SelectorKind",
    "SkipReason",
    "Skipped",
    "SpecialDay",
    "Store",
    "StoreBusy",
    "StoreError",
    "Tampered",
    "Ticket",
    "TicketChange",
    "TicketClass",
    "TicketCounts",
    "TicketFilter",
    "TicketKind",
    "TicketStatus",
    "Transcript",
    "TranscriptData",
    "TranscriptStatus",
    "TranscriptWord",
    "User",
    "VersionConflict",
    "WeeklyShift",
    "Window",
    "allowed_moves",
    "build_roster",
    "coverage_gaps",
    "document_of",
    "documents_of",
    "duties",
    "duty_plan",
    "import_file",
    "luhn_digit",
    "on_call",
    "parse_contact",
    "plan",
    "read_holidays",
    "read_leave",
    "read_owners_csv",
    "read_people_csv",
    "read_roster_toml",
    "read_shifts",
    "read_shifts_csv",
    "reference_problems",
    "send_notice",
    "ticket_number",
    "valid_number",
    "write_calendar",
    "write_owners_csv",
    "write_people_csv",
    "write_shifts_csv",
]
