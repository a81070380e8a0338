"""What the pages call what is found out and done about a ticket."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.casework import (
    FileRefusal,
    GroupRefusal,
    RecordKind,
    Refusal,
    RiskKind,
    RiskLevel,
    Unusual,
)
from dashboard.web.texts import N_

# Why tickets are not merged, split or linked.
LINK_REFUSALS: Mapping[Refusal, str] = {
    Refusal.ITSELF: N_("A ticket has nothing to do with itself: write the number of another one."),
    Refusal.MERGED: N_("The ticket is merged already: undo that first."),
    Refusal.INTO_MERGED: N_("That ticket is merged itself: write the number it went into."),
    Refusal.NOT_MERGED: N_("The ticket is not merged any more."),
    Refusal.MEANWHILE: N_("The ticket was merged into another one meanwhile. Look at it again."),
    Refusal.CLOSED: N_("One of the two is closed: reopen it first."),
    Refusal.LOWER_CLASS: N_("The other ticket is of a lower class: merge that one into this one."),
    Refusal.UNTAKEN: N_("Nobody has taken this urgent ticket yet: take it first."),
    Refusal.CONFIDENTIAL: N_("A confidential ticket is not merged with another."),
    Refusal.SEARCHED: N_("People are being rung for this ticket: end the search first."),
}

# Why tickets are not joined to a case of several owners.
GROUP_REFUSALS: Mapping[GroupRefusal, str] = {
    GroupRefusal.TOO_FEW: N_("Tick two tickets or more."),
    GroupRefusal.CLOSED: N_("One of the tickets is closed: reopen it first."),
    GroupRefusal.MERGED: N_("One of the tickets was merged: take the one that it went into."),
    GroupRefusal.ELSEWHERE: N_("One of the tickets belongs to another case already."),
    GroupRefusal.OVER: N_("The case was taken apart meanwhile."),
    GroupRefusal.CONFIDENTIAL: N_("A confidential ticket is not joined with others."),
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

RECORD_KINDS: Mapping[str, str] = {
    RecordKind.VISIT: N_("Visits to the site"),
    RecordKind.STATEMENT: N_("Statements"),
    RecordKind.TASK: N_("Tasks"),
    RecordKind.QUESTION: N_("Questions between departments"),
    RecordKind.MEASURE: N_("Measures because it is late"),
    RecordKind.HANDOVER: N_("Hand-overs"),
}

# What the history says was done.
RECORD_DONE: Mapping[str, str] = {
    RecordKind.VISIT: N_("wrote down a visit"),
    RecordKind.STATEMENT: N_("took a statement"),
    RecordKind.TASK: N_("planned or changed a task"),
    RecordKind.QUESTION: N_("asked or answered"),
    RecordKind.MEASURE: N_("wrote down a measure because it is late"),
    RecordKind.HANDOVER: N_("handed over"),
}

RECORD_NEW: Mapping[str, str] = {
    RecordKind.VISIT: N_("Write down a visit"),
    RecordKind.STATEMENT: N_("Take a statement"),
    RecordKind.TASK: N_("Plan a task"),
    RecordKind.QUESTION: N_("Ask a department"),
    RecordKind.MEASURE: N_("Write down a measure"),
    RecordKind.HANDOVER: N_("Hand over"),
}

# In what a plan is far from how such cases were treated.
UNUSUAL: Mapping[str, str] = {
    Unusual.DEARER: N_("This plan costs far more than such cases did."),
    Unusual.CHEAPER: N_("This plan costs far less than such cases did."),
    Unusual.LONGER: N_("This plan takes far longer than such cases did."),
    Unusual.SHORTER: N_("This plan takes far less time than such cases did."),
}

# Why a file was not taken, and what to do.
FILE_REFUSALS: Mapping[str, str] = {
    FileRefusal.KIND: N_("Files of this kind are not taken. Send a photo, a film or a PDF."),
    FileRefusal.TOO_LARGE: N_("The file is too large. Send a smaller one, or a shorter film."),
    FileRefusal.EMPTY: N_("The file is empty. Choose it again."),
    FileRefusal.BROKEN: N_("The picture is damaged. Open it, save it anew and send that."),
    FileRefusal.HARMFUL: N_("The virus scanner refuses this file. Nothing of it was kept."),
    FileRefusal.NOT_EXAMINED: N_("The virus scanner gives no answer. Tell the administrator."),
    FileRefusal.TOO_MANY: N_("This ticket has as many files as a ticket may have."),
    FileRefusal.NO_SPACE: N_("The disk has no space for files. Tell the administrator."),
}

# What a field of a record wants, by its type.
RULES: Mapping[str, str] = {
    "When": N_("Write day and time."),
    "Money": N_("Write an amount such as 1280 or 1280.50."),
    "Text": N_("The text is too long. Shorten it."),
    "Findings": N_("The words for a point are too long. Shorten them."),
    "Choice": N_("Choose one of the list."),
}
APPROVAL_NEEDED = N_(
    "Work has begun, and with this the tasks cost more than may be spent without an approval. "
    "A manager enters it, or the ticket goes back to its plan."
)
