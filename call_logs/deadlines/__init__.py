"""When a ticket is due: targets, working time, the calendar of the site."""

from call_logs.deadlines.deadlines import Deadlines, DueTimes
from call_logs.deadlines.targets import (
    DEFAULT_RULES,
    Counted,
    DeadlineRules,
    ResponseTarget,
    Within,
)
from call_logs.deadlines.working_days import is_known, is_working_day
from call_logs.deadlines.working_time import WHOLE_DAY, Hours, WorkingTime

__all__ = [
    "DEFAULT_RULES",
    "WHOLE_DAY",
    "Counted",
    "DeadlineRules",
    "Deadlines",
    "DueTimes",
    "Hours",
    "ResponseTarget",
    "Within",
    "WorkingTime",
    "is_known",
    "is_working_day",
]
