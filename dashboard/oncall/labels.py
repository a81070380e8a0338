"""What the pages of the roster call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs import FileKind
from call_logs.roster import EntryKind, Ringing
from dashboard.web.texts import N_

RINGING: Mapping[str, str] = {
    Ringing.ONE_BY_ONE: N_("one by one"),
    Ringing.ALL_AT_ONCE: N_("all at once"),
}

ENTRY_KINDS: Mapping[str, str] = {
    EntryKind.PERSON: N_("People"),
    EntryKind.DEPARTMENT: N_("Departments"),
    EntryKind.SCHEDULE: N_("Schedules"),
    EntryKind.POLICY: N_("Policies"),
    EntryKind.HOLIDAY: N_("Holidays"),
    EntryKind.LINE: N_("Lines of lifts and alarms"),
    EntryKind.LEAVE: N_("Leave"),
    EntryKind.OVERRIDE: N_("Stand-ins"),
}

FILE_KINDS: Mapping[str, str] = {
    FileKind.ROSTER: N_("Whole roster (TOML)"),
    FileKind.PEOPLE: N_("People (CSV)"),
    FileKind.SHIFTS: N_("Shifts (CSV)"),
    FileKind.OWNERS: N_("Owners' numbers (CSV)"),
    FileKind.EQUIPMENT: N_("Equipment (CSV)"),
    FileKind.MAINTENANCE: N_("Maintenance of equipment (CSV)"),
    FileKind.SHIFT_CALENDAR: N_("Shifts of one schedule (iCalendar)"),
    FileKind.LEAVE_CALENDAR: N_("Leave (iCalendar)"),
    FileKind.HOLIDAY_CALENDAR: N_("Holidays (iCalendar)"),
}

ROSTER_ACTIONS: Mapping[str, str] = {
    "added": N_("added"),
    "changed": N_("changed"),
    "removed": N_("removed"),
    "saved": N_("saved"),
    "replaced": N_("replaced"),
}
