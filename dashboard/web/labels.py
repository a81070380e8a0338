"""What the pages call the store's values. An unknown value is shown as it is."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs import FileKind
from call_logs.calls import CallEventKind, RequestAction, RequestOutcome
from call_logs.casework import (
    RECORDS,
    GroupRefusal,
    RecordKind,
    Refusal,
    RiskKind,
    RiskLevel,
    Side,
    TeamPart,
)
from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
    TakenBack,
)
from call_logs.recordings import TranscriptStatus
from call_logs.reminders import Level, Outcome
from call_logs.roster import ANY_CATEGORY, DUTY, EntryKind, Ringing, SkipReason
from call_logs.staff import StaffKind
from call_logs.tickets import FIELDS as TICKET_FIELDS
from call_logs.tickets import (
    NOTE,
    Deadline,
    PriorityReason,
    TicketClass,
    TicketKind,
    TicketSource,
    TicketStatus,
    WaitsFor,
)
from call_logs.users import Permission, Role
from dashboard.web.settings import HealthState
from dashboard.web.texts import N_

CLASSES: Mapping[str, str] = {
    TicketClass.URGENT: N_("Urgent"),
    TicketClass.IMPORTANT: N_("Important"),
    TicketClass.GENERAL: N_("General"),
}

KINDS: Mapping[str, str] = {
    TicketKind.EMERGENCY: N_("Emergency"),
    TicketKind.REPAIR: N_("Repair"),
    TicketKind.COMPLAINT: N_("Complaint"),
    TicketKind.SUGGESTION: N_("Suggestion"),
    TicketKind.ENQUIRY: N_("Enquiry"),
    TicketKind.OTHER: N_("Other"),
}

SOURCES: Mapping[str, str] = {
    TicketSource.TELEPHONE: N_("Telephone"),
    TicketSource.WINDOW: N_("Window"),
    TicketSource.VISIT: N_("Told to an employee"),
    TicketSource.MEETING: N_("Meeting"),
    TicketSource.MESSAGE: N_("Message"),
    TicketSource.EMAIL: N_("E-mail"),
    TicketSource.WEB: N_("Web form"),
}

STATUSES: Mapping[str, str] = {
    TicketStatus.RECEIVED: N_("Received"),
    TicketStatus.REGISTERED: N_("Registered"),
    TicketStatus.INVESTIGATING: N_("Investigating"),
    TicketStatus.PLANNED: N_("Planned"),
    TicketStatus.APPROVED: N_("Approved"),
    TicketStatus.IN_PROGRESS: N_("In progress"),
    TicketStatus.RESOLVED: N_("Resolved"),
    TicketStatus.FEEDBACK_GIVEN: N_("Owner informed"),
    TicketStatus.SURVEYED: N_("Surveyed"),
    TicketStatus.CLOSED: N_("Closed"),
    TicketStatus.REOPENED: N_("Reopened"),
}

# The button that moves a ticket to a status.
MOVES: Mapping[str, str] = {
    TicketStatus.RECEIVED: N_("Back to received"),
    TicketStatus.REGISTERED: N_("Register"),
    TicketStatus.INVESTIGATING: N_("Investigate"),
    TicketStatus.PLANNED: N_("Submit plan"),
    TicketStatus.APPROVED: N_("Approve"),
    TicketStatus.IN_PROGRESS: N_("Start work"),
    TicketStatus.RESOLVED: N_("Work is done"),
    TicketStatus.FEEDBACK_GIVEN: N_("Owner was told"),
    TicketStatus.SURVEYED: N_("Survey done"),
    TicketStatus.CLOSED: N_("Close"),
    TicketStatus.REOPENED: N_("Reopen"),
}

# Why a ticket comes before others.
PRIORITY: Mapping[str, str] = {
    PriorityReason.URGENT: N_("Urgent"),
    PriorityReason.IMPORTANT: N_("Important"),
    PriorityReason.DANGER: N_("People in danger"),
    PriorityReason.MAJOR: N_("Major"),
    PriorityReason.GROUP: N_("Several owners"),
}

NO_CATEGORY = "other"
"""The category of a ticket that fits none; the others bear the names of the packs."""

ROLES: Mapping[str, str] = {
    Role.ADMIN: N_("Administrator"),
    Role.MANAGER: N_("Manager"),
    Role.OPERATOR: N_("Operator"),
    Role.ENGINEER: N_("Engineer"),
}

# In which callers are served.
LANGUAGES: Mapping[str, str] = {
    "zh-CN": N_("Chinese"),
    "en": N_("English"),
    "ko": N_("Korean"),
}

# The nodes of the packs' menus, as an operator thinks of them.
NODES: Mapping[str, str] = {
    "main": N_("Main menu"),
    "emergency": N_("Emergency"),
    "repair": N_("Reporting a repair"),
    "complaint": N_("Making a complaint"),
    "suggestion": N_("Making a suggestion"),
    "other": N_("Describing a concern"),
    "enquiry": N_("Asking about a ticket"),
    "more": N_("Anything else?"),
    "language": N_("Choosing a language"),
    "person": N_("Waiting for a person"),
    "voicemail": N_("Leaving a message"),
    "goodbye": N_("Saying goodbye"),
    "": N_("Just answered"),
    # A call back has no menu, but stages.
    "called_back": N_("Being called back"),
    "news": N_("Hears the news"),
    "talk": N_("Talks with the person who has it"),
}

EVENTS: Mapping[str, str] = {
    CallEventKind.RINGING: N_("Ringing"),
    CallEventKind.ANSWERED: N_("Answered"),
    CallEventKind.LANGUAGE: N_("Language chosen"),
    CallEventKind.MENU: N_("Menu"),
    CallEventKind.PROMPT: N_("Prompt"),
    CallEventKind.KEY: N_("Key pressed"),
    CallEventKind.HEARD: N_("Heard"),
    CallEventKind.HIT: N_("Keyword recognised"),
    CallEventKind.ASKED: N_("Asked"),
    CallEventKind.REPLIED: N_("Replied"),
    CallEventKind.PLACE: N_("Place"),
    CallEventKind.MESSAGE: N_("Message left"),
    CallEventKind.TICKET: N_("Ticket written"),
    CallEventKind.RECORDING: N_("Recording started"),
    CallEventKind.RECORDING_PROBLEM: N_("Recording disturbed"),
    CallEventKind.TRANSCRIPT: N_("Transcript"),
    CallEventKind.DISPATCH: N_("Dispatch"),
    CallEventKind.BRIDGE: N_("Put through"),
    CallEventKind.TRANSFER: N_("Transferred"),
    CallEventKind.REQUEST: N_("Asked from the dashboard"),
    CallEventKind.ERROR: N_("Error"),
    CallEventKind.HANGUP: N_("Hung up"),
    CallEventKind.INTERRUPTED: N_("Cut off by a restart"),
}

END_REASONS: Mapping[str, str] = {
    "caller": N_("Caller hung up"),
    "remote": N_("Caller hung up"),
    "owner": N_("Owner hung up"),
    "transferred": N_("Transferred"),
    "hotline": N_("Ended by the hotline"),
    "local": N_("Ended by the hotline"),
    "operator": N_("Ended by an operator"),
    "rtp_timeout": N_("Connection lost"),
    "busy_tone": N_("Nobody there: a busy tone"),
    "fax": N_("A fax"),
    "test_call": N_("The line's own test call"),
    "interrupted": N_("Cut off by a restart"),
    "busy": N_("Busy"),
    "declined": N_("Declined"),
    "no_answer": N_("No answer"),
    "unreachable": N_("Unreachable"),
    "failed": N_("Failed"),
}

TRANSCRIPTS: Mapping[str, str] = {
    TranscriptStatus.PENDING: N_("Being transcribed"),
    TranscriptStatus.WAITING: N_("Waits for a speech model"),
    TranscriptStatus.DONE: N_("Transcribed"),
    TranscriptStatus.FAILED: N_("Transcription failed"),
}

# Of a ticket, and what else its history tells.
FIELDS: Mapping[str, str] = {name: field.label for name, field in TICKET_FIELDS.items()} | {
    "status": N_("Status"),
    "transcript": N_("Transcript"),
    "acknowledged_at": N_("Acknowledged"),
    "on_site_at": N_("On site"),
    "acknowledge_due_at": N_("Acknowledge by"),
    "on_site_due_at": N_("On site by"),
    "feedback_due_at": N_("Feedback by"),
    "waits_for": N_("Waits for"),
    "evidence": N_("Evidence"),
    "statement": N_("Statement"),
    **{
        f"{kind}.{name}": field.label
        for kind, fields in RECORDS.items()
        for name, field in fields.items()
    },
    "handed_over": N_("Is away, so it goes to"),
    "team_member": N_("Team"),
    "team_part": N_("Part"),
}
NUMBER = N_("Number")
DEADLINES: Mapping[str, str] = {
    Deadline.ACKNOWLEDGE: N_("Acknowledge"),
    Deadline.ON_SITE: N_("On site"),
    Deadline.FEEDBACK: N_("Feedback"),
}
WAITS_FOR: Mapping[str, str] = {
    WaitsFor.OWNER: N_("the owner"),
    WaitsFor.PART: N_("a part"),
    WaitsFor.FIRM: N_("an outside firm"),
    WaitsFor.OTHER: N_("something else"),
}
# What was done with another ticket, whose number follows.
LINKED: Mapping[str, str] = {
    "merged": N_("merged it into ticket"),
    "took_in": N_("merged into it ticket"),
    "unmerged": N_("undid its merge into ticket"),
    "gave_back": N_("undid the merge of ticket"),
    "split_from": N_("split it off from ticket"),
    "split_off": N_("split off from it ticket"),
    "linked": N_("linked it with ticket"),
    "unlinked": N_("unlinked it from ticket"),
}
# Why tickets are not merged, split or linked.
REFUSALS: Mapping[Refusal, str] = {
    Refusal.ITSELF: N_("A ticket has nothing to do with itself: write the number of another one."),
    Refusal.MERGED: N_("The ticket is merged already: undo that first."),
    Refusal.INTO_MERGED: N_("That ticket is merged itself: write the number it went into."),
    Refusal.NOT_MERGED: N_("The ticket is not merged any more."),
    Refusal.MEANWHILE: N_("The ticket was merged into another one meanwhile. Look at it again."),
    Refusal.CLOSED: N_("One of the two is closed: reopen it first."),
    Refusal.LOWER_CLASS: N_("The other ticket is of a lower class: merge that one into this one."),
    Refusal.UNTAKEN: N_("Nobody has taken this urgent ticket yet: take it first."),
    Refusal.SEARCHED: N_("People are being rung for this ticket: end the search first."),
}
# Why tickets are not joined to a case of several owners.
GROUP_REFUSALS: Mapping[GroupRefusal, str] = {
    GroupRefusal.TOO_FEW: N_("Tick two tickets or more."),
    GroupRefusal.CLOSED: N_("One of the tickets is closed: reopen it first."),
    GroupRefusal.MERGED: N_("One of the tickets was merged: take the one that it went into."),
    GroupRefusal.ELSEWHERE: N_("One of the tickets belongs to another case already."),
    GroupRefusal.OVER: N_("The case was taken apart meanwhile."),
    GroupRefusal.NOT_IN_IT: N_("The ticket does not belong to this case any more."),
}
RISKS: Mapping[str, str] = {
    RiskKind.INJURY: N_("Somebody was hurt"),
    RiskKind.MEDIA: N_("Press or the net"),
    RiskKind.AUTHORITY: N_("Authorities, court or a lawyer"),
    RiskKind.OVERDUE: N_("Urgent and overdue"),
    RiskKind.REOPENED: N_("Reopened again and again"),
    RiskKind.REPEATED: N_("The same owner again"),
    RiskKind.PLACE: N_("The same at the same place again"),
    RiskKind.GROUP: N_("More and more owners"),
}
RISK_FORECASTS: Mapping[str, str] = {
    RiskKind.INJURY: N_("Claims for damages; more people may be hurt until the cause is gone."),
    RiskKind.MEDIA: N_("It may become public within hours; the company will be asked what it did."),
    RiskKind.AUTHORITY: N_("An inspection or proceedings; papers and times will be asked for."),
    RiskKind.OVERDUE: N_("The danger goes on, and nobody has reported back."),
    RiskKind.REOPENED: N_("The cause is not found; the owner will turn to others."),
    RiskKind.REPEATED: N_("The owner loses trust and will complain elsewhere."),
    RiskKind.PLACE: N_("It will happen again until the cause is found or the thing is replaced."),
    RiskKind.GROUP: N_("Owners may act together: meetings, withheld fees, the press."),
}
RISK_LEVELS: Mapping[str, str] = {
    RiskLevel.HIGH: N_("High"),
    RiskLevel.MEDIUM: N_("Medium"),
    RiskLevel.LOW: N_("Low"),
}
RISK_STEPS: Mapping[str, str] = {
    "found": N_("found it"),
    "grown": N_("found more:"),
    "changed": N_("changed"),
    "lifted": N_("lifted it:"),
}
DUE_TIMES = frozenset(f"{deadline}_due_at" for deadline in Deadline)
# What a step lacks, by the first field that is empty.
LACKING: Mapping[str, str] = {
    "cause": N_("Write the cause first: a plan answers a cause."),
    "plan": N_("Write the plan first: what is done, by whom, until when."),
    "result": N_("Write first what the owner was told."),
    "satisfaction": N_("Enter how content the owner is, from 1 to 5."),
    NOTE: N_("Write in the note why."),
}
STAFF = frozenset(
    {"assignee", "handed_over", "team_member"}
)  # fields that name somebody of the staff
TEAM_PARTS: Mapping[str, str] = {
    TeamPart.MANAGER: N_("Manager"),
    TeamPart.HEAD: N_("Head of the department"),
    TeamPart.TECHNICIAN: N_("Technician"),
    TeamPart.SERVICE: N_("Customer service"),
    TeamPart.POST: N_("Post concerned"),
    TeamPart.OTHER: N_("Other"),
}
# What each part sees to, where nobody has written another duty.
TEAM_DUTIES: Mapping[str, str] = {
    TeamPart.MANAGER: N_("leads, decides on the plan, speaks with authorities and the press"),
    TeamPart.HEAD: N_("arranges people and material, sees that deadlines are kept"),
    TeamPart.TECHNICIAN: N_("goes there, finds the cause, makes it safe, says what is to be done"),
    TeamPart.SERVICE: N_("keeps the owner informed, writes the record, asks for satisfaction"),
    TeamPart.POST: N_("sees to the matter at its post and tells what came of it"),
    TeamPart.OTHER: N_("helps as agreed"),
}
LEVELS: Mapping[str, str] = {
    Level.ASSIGNED: N_("It is theirs"),
    Level.BEFORE: N_("Due soon"),
    Level.MISSED: N_("Overdue"),
    Level.MANAGERS: N_("Long overdue"),
    Level.RING: N_("Nobody had it: telephone"),
}
TOLD: Mapping[str, str] = {
    Outcome.SENT: N_("told"),
    Outcome.FAILED: N_("no address took it"),
    Outcome.NOBODY: N_("has no address"),
    Outcome.DROPPED: N_("not needed any more"),
}
STAFF_KINDS: Mapping[str, str] = {
    StaffKind.DEPARTMENT: N_("Departments"),
    StaffKind.PERSON: N_("People"),
    StaffKind.USER: N_("Users of the pages"),
}
WHOSE: Mapping[str, str] = {
    "": N_("Everybody's"),
    "mine": N_("Mine"),
    "department": N_("My department's"),
    "nobody": N_("Nobody's"),
}
STAMPS = frozenset({"acknowledged_at", "on_site_at"})  # fields that are moments

HEALTH: Mapping[str, str] = {
    HealthState.OK: N_("Fine"),
    HealthState.WARNING: N_("Needs attention"),
    HealthState.FAILED: N_("Not working"),
}

# Parts of the system as the store and the program name them.
PARTS: Mapping[str, str] = {
    "database": N_("Database"),
    "disk": N_("Disk"),
    "key": N_("Encryption key"),
    "keys": N_("Encryption key"),
    "jobs": N_("Background work"),
    "journal": N_("Write journal"),
    "recordings": N_("Recordings"),
    "transcripts": N_("Transcriptions"),
    "endpoint": N_("Telephone"),
    "rows": N_("Stored rows"),
    "writes": N_("Writing"),
    "lease": N_("Only this program"),
    "dashboard": N_("Dashboard"),
    "backup": N_("Backup"),
    "speech models": N_("Speech models"),
    "SIP port": N_("SIP port"),
    "trunks": N_("Trunks"),
    "urgent cases": N_("Urgent cases"),
    "durable jobs": N_("Durable work"),
    "roster contacts": N_("Numbers on the roster"),
    "test calls": N_("Test calls of alarm lines"),
}

ACTIONS: Mapping[str, str] = {
    "looked": N_("looked at"),
    "listened": N_("listened to"),
    "listed": N_("listed"),
    "exported": N_("exported"),
}

SUBJECTS: Mapping[str, str] = {
    "ticket": N_("ticket"),
    "call": N_("call"),
    "recording": N_("recording"),
    "transcript": N_("transcript"),
    "live": N_("live calls"),
    "owners": N_("owners"),
    "roster": N_("roster"),
    "ledger": N_("ledger"),
    "lessons": N_("lessons"),
    "evidence": N_("evidence"),
}

PERMISSIONS: Mapping[str, str] = {
    Permission.SEE_TICKETS: N_("see tickets"),
    Permission.WORK_TICKETS: N_("change tickets"),
    Permission.APPROVE: N_("approve plans"),
    Permission.LISTEN: N_("listen to recordings"),
    Permission.SEE_CALLS: N_("see calls"),
    Permission.CONTROL_CALLS: N_("end calls"),
    Permission.SEE_SYSTEM: N_("see the state of the system"),
    Permission.SEE_ACCESS: N_("see who looked at what"),
    Permission.MANAGE_USERS: N_("manage users"),
    Permission.SEE_ONCALL: N_("see who is on call"),
    Permission.ANNOUNCE: N_("announce known faults"),
    Permission.MANAGE_ROSTER: N_("change the roster"),
    Permission.SEE_REPORTS: N_("see reports"),
    Permission.EXPORT: N_("export the ledger"),
    Permission.DESTROY: N_("destroy evidence"),
    Permission.SEE_SIDES: N_("see who said what in a dispute"),
}

RECORD_KINDS: Mapping[str, str] = {
    RecordKind.VISIT: N_("Visits to the site"),
    RecordKind.STATEMENT: N_("Statements"),
    RecordKind.TASK: N_("Tasks"),
    RecordKind.HANDOVER: N_("Hand-overs"),
}
# What the history says was done.
RECORD_DONE: Mapping[str, str] = {
    RecordKind.VISIT: N_("wrote down a visit"),
    RecordKind.STATEMENT: N_("took a statement"),
    RecordKind.TASK: N_("planned or changed a task"),
    RecordKind.HANDOVER: N_("handed over"),
}
RECORD_NEW: Mapping[str, str] = {
    RecordKind.VISIT: N_("Write down a visit"),
    RecordKind.STATEMENT: N_("Take a statement"),
    RecordKind.TASK: N_("Plan a task"),
    RecordKind.HANDOVER: N_("Hand over"),
}
SIDES: Mapping[str, str] = {
    Side.OWNER: N_("Who complains"),
    Side.OTHER: N_("The other side"),
    Side.WITNESS: N_("Witness"),
    Side.STAFF: N_("Employee"),
    Side.MAINTAINER: N_("Maintenance firm"),
    Side.SUPPLIER: N_("Supplier"),
}

ORDERS: Mapping[str, str] = {
    "newest": N_("Newest first"),
    "urgent": N_("Urgent ones first"),
    "priority": N_("Most important first"),
    "deadline": N_("Due next first"),
}

# What a policy can be for besides a category of tickets.
POLICIES: Mapping[str, str] = {
    ANY_CATEGORY: N_("Everything else"),
    DUTY: N_("Key 0: a person"),
}

ATTEMPTS: Mapping[str, str] = {
    AttemptStatus.PLACED: N_("being called"),
    AttemptStatus.RUNG: N_("rings"),
    AttemptStatus.ANSWERED: N_("answered"),
    AttemptStatus.ACCEPTED: N_("accepted"),
    AttemptStatus.CONFIRMED: N_("confirmed"),
    AttemptStatus.BRIDGED: N_("put through to the caller"),
    AttemptStatus.BUSY: N_("busy"),
    AttemptStatus.DECLINED: N_("declined the call"),
    AttemptStatus.NO_ANSWER: N_("did not answer"),
    AttemptStatus.UNREACHABLE: N_("could not be reached"),
    AttemptStatus.FAILED: N_("the call failed"),
    AttemptStatus.CANCELLED: N_("no longer rung"),
    AttemptStatus.PASSED: N_("passed it on (key 2)"),
    AttemptStatus.SILENT: N_("answered, but pressed no key"),
    AttemptStatus.TOO_LATE: N_("pressed 1 when another had it"),
    AttemptStatus.HUNG_UP: N_("hung up"),
    AttemptStatus.TRANSFERRED: N_("the call was handed over"),
    AttemptStatus.PASSED_ON: N_("passed the caller on (*2)"),
    AttemptStatus.DROPPED: N_("left the caller at once"),
    AttemptStatus.ENDED: N_("the talk ended"),
    AttemptStatus.INTERRUPTED: N_("cut off by a restart"),
}

# What a search has come to, when it does not say why.
DISPATCH_MOVES: Mapping[DispatchStatus, str] = {
    DispatchStatus.RINGING: N_("The search for a person begins"),
    DispatchStatus.ACCEPTED: N_("Somebody has it"),
    DispatchStatus.UNANSWERED: N_("Nobody was reached; the follow-up goes on"),
    DispatchStatus.CLOSED: N_("The search has ended"),
}

# Why a search has moved.
DISPATCH_REASONS: Mapping[DispatchReason, str] = {
    DispatchReason.OTHER: N_("For a reason that only another version of the program knows"),
    DispatchReason.LEFT: N_("The person left the caller; others are rung"),
    DispatchReason.PASSED: N_("The person passed the caller on (*2); others are rung"),
    DispatchReason.SILENT: N_("Nothing was heard of the person; others are rung"),
    DispatchReason.UNHELPED: N_("Nobody has helped the caller yet; others are rung"),
    DispatchReason.UNSOUGHT: N_("Urgent, and nobody had it: people are rung"),
    DispatchReason.ROUND: N_("A round of the follow-up"),
    DispatchReason.AT_ONCE: N_("Rung at once, as ordered"),
    DispatchReason.NOBODY_ACCEPTED: N_("Nobody accepted while the caller waited"),
    DispatchReason.TALKED: N_("They have talked"),
    DispatchReason.ACKNOWLEDGED: N_("Somebody has it"),
    DispatchReason.FOLLOWED_UP: N_("Accepted in the follow-up"),
    DispatchReason.NOT_NEEDED: N_("Nobody is needed any more"),
    DispatchReason.NOT_TAKEN: N_("Who was rung did not take it"),
    DispatchReason.RUNG_AGAIN: N_("Others are rung, as ordered"),
    DispatchReason.DRILL_OVER: N_("The drill is over"),
    DispatchReason.STOPPED: N_("Cut off by a restart"),
}

SKIPS: Mapping[str, str] = {
    SkipReason.TRIED: N_("was tried already"),
    SkipReason.EARLIER: N_("is rung by an earlier level"),
    SkipReason.BUSY: N_("is in a call"),
    SkipReason.NO_CONTACT: N_("has no number that was not rung already"),
    SkipReason.NOBODY: N_("nobody is on call"),
}

# Why an acknowledgement could not be taken back.
TAKEN_BACK: Mapping[str, str] = {
    TakenBack.TOO_LATE: N_("Too late: the search has ended and the owner is told. Ring again."),
    TakenBack.NOT_HIS: N_("Somebody else has it; only he can take that back."),
}

# What an order has come to, and what to do about it.
ORDER_OUTCOMES: Mapping[str, str] = {
    RequestOutcome.DONE: N_("done"),
    RequestOutcome.ALREADY: N_("it is so already"),
    RequestOutcome.HELD: N_("not rung: somebody has it by now. Press “Ring again” if need be"),
    RequestOutcome.OVER: N_("not rung: the ticket is closed"),
    RequestOutcome.NO_LEVEL: N_("there is no further level; whoever is rung, is rung on"),
    RequestOutcome.NOT_RINGING: N_("nobody is being rung now; press “Ring now”"),
    RequestOutcome.NOBODY: N_("nobody was rung: no number, away, or nobody on call. See “On call”"),
    RequestOutcome.TAKEN_BACK: N_("taken back in time"),
    RequestOutcome.STALE: N_("not rung: the telephone program did not run then. Order it again"),
    RequestOutcome.FAILED: N_("it failed; ring by telephone, and see the log"),
}

# Who starts drills besides people.
STARTED_BY: Mapping[str, str] = {
    "monthly drill": N_("the monthly plan"),
    "command line": N_("the command line"),
}

# What somebody has ordered on a page, as the timeline tells it.
ORDERS_GIVEN: Mapping[str, str] = {
    RequestAction.RING: N_("ring"),
    RequestAction.NEXT_LEVEL: N_("ring the next level"),
    RequestAction.HAND_OVER: N_("hand over to"),
}

ACKNOWLEDGED_VIA: Mapping[str, str] = {
    AcknowledgedVia.PHONE: N_("by phone"),
    AcknowledgedVia.LINK: N_("by the link of a notice"),
    AcknowledgedVia.DASHBOARD: N_("on the dashboard"),
}

RINGING: Mapping[str, str] = {
    Ringing.ONE_BY_ONE: N_("one by one"),
    Ringing.ALL_AT_ONCE: N_("all at once"),
}

ENTRY_KINDS: Mapping[str, str] = {
    EntryKind.PERSON: N_("People"),
    EntryKind.DEPARTMENT: N_("Departments"),
    EntryKind.SCHEDULE: N_("Schedules"),
    EntryKind.POLICY: N_("Policies"),
    EntryKind.HOLIDAY: N_("Holidays"),
    EntryKind.LINE: N_("Lines of lifts and alarms"),
    EntryKind.LEAVE: N_("Leave"),
    EntryKind.OVERRIDE: N_("Stand-ins"),
}

FILE_KINDS: Mapping[str, str] = {
    FileKind.ROSTER: N_("Whole roster (TOML)"),
    FileKind.PEOPLE: N_("People (CSV)"),
    FileKind.SHIFTS: N_("Shifts (CSV)"),
    FileKind.OWNERS: N_("Owners' numbers (CSV)"),
    FileKind.EQUIPMENT: N_("Equipment (CSV)"),
    FileKind.SHIFT_CALENDAR: N_("Shifts of one schedule (iCalendar)"),
    FileKind.LEAVE_CALENDAR: N_("Leave (iCalendar)"),
    FileKind.HOLIDAY_CALENDAR: N_("Holidays (iCalendar)"),
}

ROSTER_ACTIONS: Mapping[str, str] = {
    "added": N_("added"),
    "changed": N_("changed"),
    "removed": N_("removed"),
    "saved": N_("saved"),
    "replaced": N_("replaced"),
}
