"""What the pages of searches call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.calls import RequestAction, RequestOutcome
from call_logs.dispatches import (
    AcknowledgedVia,
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
    TakenBack,
)
from call_logs.roster import SkipReason
from dashboard.web.texts import N_

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
    TakenBack.NOT_HIS: N_("Somebody else has it; only they can take that back."),
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
