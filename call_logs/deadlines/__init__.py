"""When a ticket is due: targets, working time, the calendar of the site."""

from call_logs.deadlines.deadlines import Deadlines, DueTimes
from call_logs.deadlines.target_store import DeadlineTargets, Target, TargetChange
from call_logs.deadlines.targets import (
    DEFAULT_RULES,
    TARGETS,
    Counted,
    DeadlineRules,
    ResponseTarget,
    Within,
)
from call_logs.deadlines.working_days import is_known, is_working_day
from call_logs.deadlines.working_time import WHOLE_DAY, Hours, WorkingTime

__all__ = [
    "DEFAULT_RULES",
    "TARGETS",
    "WHOLE_DAY",
    "Counted",
    "DeadlineRules",
    "DeadlineTargets",
    "Deadlines",
    "DueTimes",
    "Hours",
    "ResponseTarget",
    "Target",
    "TargetChange",
    "Within",
    "WorkingTime",
    "is_known",
    "is_working_day",
]
