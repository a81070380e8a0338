"""What the pages call what is owed to an owner, and what came of calls and messages."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.owners import OwedState, TryOutcome
from call_logs.tickets import NewsTopic
from dashboard.web.texts import N_

SURVEY_STATES: Mapping[str, str] = {
    OwedState.WAITING: N_("the owner will be called"),
    OwedState.CALLING: N_("the owner is being called"),
    OwedState.ANSWERED: N_("answered"),
    OwedState.GIVEN_UP: N_("nobody was reached"),
    OwedState.DECLINED: N_("the owner gave no score"),
    OwedState.NOT_CALLED: N_("the owner is not called"),
    OwedState.OVERTAKEN: N_("the ticket went on before"),
}

NEWS_STATES: Mapping[str, str] = {
    OwedState.WAITING: N_("waits, next try"),
    OwedState.CALLING: N_("is under way"),
    OwedState.ANSWERED: N_("told"),
    OwedState.GIVEN_UP: N_("the owner was not reached: tell the owner yourself"),
    OwedState.DECLINED: N_("the owner did not want to hear it"),
    OwedState.NOT_CALLED: N_("not told: no number, or the owner wants no news"),
    OwedState.OVERTAKEN: N_("newer news took its place"),
}

TOPICS: Mapping[str, str] = {
    NewsTopic.RECEIVED: N_("It was received"),
    NewsTopic.ON_THE_WAY: N_("Work has begun"),
    NewsTopic.PLAN: N_("The plan is made"),
    NewsTopic.DELAY: N_("It takes longer"),
    NewsTopic.RESULT: N_("The result"),
    NewsTopic.PROGRESS: N_("News"),
    NewsTopic.CALL_BACK: N_("Call back"),
}

OUTCOMES: Mapping[str, str] = {
    TryOutcome.ANSWERED: N_("answered"),
    TryOutcome.NO_ANSWER: N_("no answer"),
    TryOutcome.BUSY: N_("busy"),
    TryOutcome.SILENT: N_("picked up, gave nothing"),
    TryOutcome.HUNG_UP: N_("hung up"),
    TryOutcome.LOST: N_("line lost"),
    TryOutcome.NOT_DIALLED: N_("called too often today"),
    TryOutcome.NOT_TAKEN: N_("no address took it"),
    TryOutcome.NOBODY: N_("nobody of ours was free"),
    TryOutcome.INTERRUPTED: N_("the program stopped"),
}
