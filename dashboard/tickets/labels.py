"""What the pages of tickets call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.casework import MajorReason, TeamPart
from call_logs.reminders import Level, Outcome
from call_logs.tickets import Deadline, Gap, PriorityReason, TicketStatus
from dashboard.web.texts import N_

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
    PriorityReason.SITE: N_("The whole site"),
    PriorityReason.BUILDING: N_("A whole building"),
    PriorityReason.SEVERAL: N_("Several households"),
    PriorityReason.GROUP: N_("Several owners"),
}

# What a record must have and lacks.
GAPS: Mapping[str, str] = {
    Gap.TEXT: N_("what happened"),
    Gap.PLACE: N_("where"),
    Gap.CONTACT: N_("a number to call back"),
    Gap.NAME: N_("the name"),
    Gap.TIME: N_("when it happened"),
}

# Why a ticket is proposed as major.
MAJOR: Mapping[str, str] = {
    MajorReason.PEOPLE: N_("several people in danger"),
    MajorReason.INJURY: N_("somebody is hurt, by the words"),
    MajorReason.MEDIA: N_("the press or the net, by the words"),
    MajorReason.AUTHORITY: N_("an authority, a court, a lawyer, by the words"),
    MajorReason.REACH: N_("so many are affected"),
    MajorReason.OWNERS: N_("several owners, and it cannot wait"),
}

# In which callers are served.
LANGUAGES: Mapping[str, str] = {
    "zh-CN": N_("Chinese"),
    "en": N_("English"),
    "ko": N_("Korean"),
}

DEADLINES: Mapping[str, str] = {
    Deadline.ACKNOWLEDGE: N_("Acknowledge"),
    Deadline.ON_SITE: N_("On site"),
    Deadline.FEEDBACK: N_("Feedback"),
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
    Level.TASK: N_("A task is theirs"),
    Level.TASK_BEFORE: N_("A task is due soon"),
    Level.ENTRY_BEFORE: N_("An entry is due soon"),
    Level.ENTRY_DUE: N_("An entry is due"),
    Level.ENTRY_LOW: N_("Too few in stock"),
    Level.ENTRY_NEW: N_("A new rule"),
    Level.TASK_MISSED: N_("A task is overdue"),
    Level.CALL_BACK: N_("A call back was missed"),
    Level.RISK: N_("A risk"),
}

TOLD: Mapping[str, str] = {
    Outcome.SENT: N_("told"),
    Outcome.FAILED: N_("no address took it"),
    Outcome.NOBODY: N_("has no address"),
    Outcome.DROPPED: N_("not needed any more"),
}

WHOSE: Mapping[str, str] = {
    "": N_("Everybody's"),
    "mine": N_("Mine"),
    "department": N_("My department's"),
    "nobody": N_("Nobody's"),
}

ORDERS: Mapping[str, str] = {
    "newest": N_("Newest first"),
    "urgent": N_("Urgent ones first"),
    "priority": N_("Most important first"),
    "deadline": N_("Due next first"),
}

# In which a target is written.
UNITS: Mapping[str, str] = {
    "min": N_("minutes"),
    "h": N_("hours"),
    "d": N_("days"),
    "working min": N_("working minutes"),
    "working h": N_("working hours"),
    "working d": N_("working days"),
}

# Which time of a target counts, where it is not all of it.
COUNTED: Mapping[str, str] = {
    "working_hours": N_("of working hours"),
    "working_days": N_("of working days"),
}
