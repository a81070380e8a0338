"""The roster as files: tables, sheets and calendars."""

from call_logs.roster.files.calendars import read_holidays, read_leave, read_shifts, write_calendar
from call_logs.roster.files.sheets import (
    read_people_csv,
    read_shifts_csv,
    write_people_csv,
    write_shifts_csv,
)

__all__ = [
    "read_holidays",
    "read_leave",
    "read_people_csv",
    "read_shifts",
    "read_shifts_csv",
    "write_calendar",
    "write_people_csv",
    "write_shifts_csv",
]
