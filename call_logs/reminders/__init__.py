"""Who is told of a deadline, when, and what came of it."""

from call_logs.reminders.digest import NOTHING_HELD, Digest, DigestLine, Held
from call_logs.reminders.entry_reminders import ENTRY_LEVELS
from call_logs.reminders.reminder import SITE, Outcome, Reminder, Told
from call_logs.reminders.rules import ReminderRules
from call_logs.tickets.telling import Level

__all__ = [
    "ENTRY_LEVELS",
    "NOTHING_HELD",
    "SITE",
    "Digest",
    "DigestLine",
    "Held",
    "Level",
    "Outcome",
    "Reminder",
    "ReminderRules",
    "Told",
]
