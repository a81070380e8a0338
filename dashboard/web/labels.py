"""What the pages call the store's values, where several rooms do. An unknown value is shown
as it is."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.casework import RECORDS, Side, TeamPart
from call_logs.registers import (
    DocumentSort,
    ImprovementState,
    ImprovementWhy,
    SkillLevel,
    StockSort,
    TrainingForm,
    TrainingResult,
)
from call_logs.roster import ANY_CATEGORY, DUTY
from call_logs.tickets import FIELDS as TICKET_FIELDS
from call_logs.tickets import (
    NOTE,
    Affected,
    Deadline,
    NewsBy,
    TicketClass,
    TicketKind,
    TicketSource,
    TicketStatus,
    WaitsFor,
)
from call_logs.users import Role
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

AFFECTED: Mapping[str, str] = {
    Affected.UNKNOWN: N_("Not known yet"),
    Affected.ONE: N_("One household"),
    Affected.SEVERAL: N_("Several households"),
    Affected.BUILDING: N_("A whole building"),
    Affected.SITE: N_("The whole site"),
}

NEWS_BY: Mapping[str, str] = {
    NewsBy.SITE: N_("As the site does"),
    NewsBy.CALL: N_("Telephone call"),
    NewsBy.MESSAGE: N_("Text message"),
    NewsBy.NONE: N_("Not at all"),
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

NO_CATEGORY = "other"
"""The category of a ticket that fits none; the others bear the names of the packs."""

ROLES: Mapping[str, str] = {
    Role.ADMIN: N_("Administrator"),
    Role.MANAGER: N_("Manager"),
    Role.OPERATOR: N_("Operator"),
    Role.ENGINEER: N_("Engineer"),
    Role.FIRM: N_("Outside firm"),
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
    "call_back_at": N_("Call back at"),
    "evidence": N_("Evidence"),
    "statement": N_("Statement"),
    **{
        f"{kind}.{name}": field.label
        for kind, fields in RECORDS.items()
        for name, field in fields.items()
    },
    "handed_over": N_("Is away, so it goes to"),
    "team_member": N_("Team"),
    "team": N_("Team"),
    "sensitive": N_("Sensitive"),
    "circle": N_("Circle"),
    "about": N_("It complains about"),
    "team_part": N_("Part"),
}

WAITS_FOR: Mapping[str, str] = {
    WaitsFor.OWNER: N_("the owner"),
    WaitsFor.PART: N_("a part"),
    WaitsFor.FIRM: N_("an outside firm"),
    WaitsFor.OTHER: N_("something else"),
}

DUE_TIMES = frozenset(f"{deadline}_due_at" for deadline in Deadline) | {"call_back_at"}

# What a step lacks, by the first field that is empty.
LACKING: Mapping[str, str] = {
    "cause": N_("Write the cause first: a plan answers a cause."),
    "plan": N_("Write the plan first: what is done, by whom, until when."),
    "category": N_("Say first what kind of problem it is: choose its category."),
    "affected": N_("Say first whom it reaches: one household, several, a building, the site."),
    "result": N_("Write first what the owner was told."),
    "satisfaction": N_("Enter how content the owner is, from 1 to 5."),
    NOTE: N_("Write in the note why."),
}

STAFF = frozenset(
    {"assignee", "handed_over", "team_member", "team", "circle", "about"}
)  # fields that name somebody of the staff

TEAM_PARTS: Mapping[str, str] = {
    TeamPart.MANAGER: N_("Manager"),
    TeamPart.HEAD: N_("Head of the department"),
    TeamPart.TECHNICIAN: N_("Technician"),
    TeamPart.SERVICE: N_("Customer service"),
    TeamPart.POST: N_("Post concerned"),
    TeamPart.OTHER: N_("Other"),
}

STAMPS = frozenset({"acknowledged_at", "on_site_at", "assessed_at"})  # fields that are moments

SIDES: Mapping[str, str] = {
    Side.OWNER: N_("Who complains"),
    Side.OTHER: N_("The other side"),
    Side.WITNESS: N_("Witness"),
    Side.STAFF: N_("Employee"),
    Side.MAINTAINER: N_("Maintenance firm"),
    Side.SUPPLIER: N_("Supplier"),
}

# What a field with a choice can say, by what it chooses of.
CHOICES: Mapping[str, Mapping[str, str]] = {
    Side.__name__: SIDES,
    SkillLevel.__name__: {
        SkillLevel.SKILLED: N_("Skilled"),
        SkillLevel.LEARNING: N_("Learning"),
        SkillLevel.EXPERT: N_("Expert"),
    },
    TrainingForm.__name__: {
        TrainingForm.COURSE: N_("Course"),
        TrainingForm.TRAINING_CALL: N_("Training call"),
        TrainingForm.DRILL: N_("Drill"),
        TrainingForm.GUIDANCE: N_("Guidance at work"),
    },
    TrainingResult.__name__: {
        TrainingResult.ATTENDED: N_("Attended"),
        TrainingResult.PASSED: N_("Passed"),
        TrainingResult.FAILED: N_("Failed"),
    },
    StockSort.__name__: {StockSort.PART: N_("Spare part"), StockSort.TOOL: N_("Tool")},
    DocumentSort.__name__: {
        DocumentSort.DRAWING: N_("Drawing"),
        DocumentSort.MANUAL: N_("Manual"),
        DocumentSort.CONTRACT: N_("Contract"),
        DocumentSort.OTHER: N_("Other"),
    },
    ImprovementWhy.__name__: {
        ImprovementWhy.LESSON: N_("A lesson of a ticket"),
        ImprovementWhy.LOW_SCORE: N_("An owner who was not content"),
        ImprovementWhy.REPORT: N_("The month's counts"),
        ImprovementWhy.REVIEW: N_("A call review"),
        ImprovementWhy.OTHER: N_("Something else"),
    },
    ImprovementState.__name__: {
        ImprovementState.PROPOSED: N_("Proposed"),
        ImprovementState.APPROVED: N_("Approved"),
        ImprovementState.IN_FORCE: N_("In force"),
        ImprovementState.DROPPED: N_("Dropped"),
    },
}

# What a policy can be for besides a category of tickets.
POLICIES: Mapping[str, str] = {
    ANY_CATEGORY: N_("Everything else"),
    DUTY: N_("Key 0: a person"),
}
