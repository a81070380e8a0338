"""What is remembered and what must happen: calls, recordings, transcripts, tickets, users, jobs."""

from call_logs.call import CallEvent, CallEventKind, CallFilter, CallRecord, LiveCall, NewCall
from call_logs.changes import Change
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
from call_logs.health import Check, Health
from call_logs.jobs import Backlog, Jobs
from call_logs.keys import Keys
from call_logs.page import Page
from call_logs.planning import CoverageGap, coverage_gaps
from call_logs.recording import Channel, Recording, RecordingStatus
from call_logs.recording_files import RecordingFiles
from call_logs.recording_reader import RecordingReader
from call_logs.recordings import CallRecording
from call_logs.requests import Request, RequestAction
from call_logs.roster import Roster
from call_logs.roster_checks import reference_problems
from call_logs.roster_errors import ImportFailed, ImportProblem
from call_logs.roster_readers import build_roster
from call_logs.roster_toml import read_roster_toml
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
    "DEFAULT_TARGETS",
    "TRANSITIONS",
    "Access",
    "Backlog",
    "CallEvent",
    "CallEventKind",
    "CallFilter",
    "CallRecord",
    "CallRecording",
    "Change",
    "Channel",
    "Check",
    "CoverageGap",
    "Deferred",
    "Health",
    "IllegalMove",
    "ImportFailed",
    "ImportProblem",
    "Jobs",
    "KeyProblem",
    "Keys",
    "LiveCall",
    "LockedOut",
    "LoginRefused",
    "LoginSession",
    "NewCall",
    "NewTicket",
    "NoModel",
    "NotFound",
    "Page",
    "Recording",
    "RecordingFiles",
    "RecordingReader",
    "RecordingStatus",
    "Recovered",
    "Request",
    "RequestAction",
    "ResponseTarget",
    "Role",
    "Roster",
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
    "allowed_moves",
    "build_roster",
    "coverage_gaps",
    "luhn_digit",
    "read_roster_toml",
    "reference_problems",
    "ticket_number",
    "valid_number",
]
