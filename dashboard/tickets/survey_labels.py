"""What the pages call a survey's states, and what came of its calls."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.owners import SurveyState, TryOutcome
from dashboard.web.texts import N_

STATES: Mapping[str, str] = {
    SurveyState.WAITING: N_("the owner will be called"),
    SurveyState.CALLING: N_("the owner is being called"),
    SurveyState.ANSWERED: N_("answered"),
    SurveyState.GIVEN_UP: N_("nobody was reached"),
    SurveyState.DECLINED: N_("the owner gave no score"),
    SurveyState.NOT_CALLED: N_("the owner is not called"),
    SurveyState.OVERTAKEN: N_("the ticket went on before"),
}

OUTCOMES: Mapping[str, str] = {
    TryOutcome.ANSWERED: N_("answered"),
    TryOutcome.NO_ANSWER: N_("no answer"),
    TryOutcome.BUSY: N_("busy"),
    TryOutcome.SILENT: N_("picked up, gave nothing"),
    TryOutcome.HUNG_UP: N_("hung up"),
    TryOutcome.LOST: N_("line lost"),
    TryOutcome.NOT_DIALLED: N_("called too often today"),
    TryOutcome.INTERRUPTED: N_("the program stopped"),
}
