"""What the pages of people call the store's values."""

from __future__ import annotations

from collections.abc import Mapping

from call_logs.staff import StaffKind
from call_logs.users import Permission
from dashboard.web.texts import N_

STAFF_KINDS: Mapping[str, str] = {
    StaffKind.DEPARTMENT: N_("Departments"),
    StaffKind.PERSON: N_("People"),
    StaffKind.USER: N_("Users of the pages"),
}

PERMISSIONS: Mapping[str, str] = {
    Permission.SEE_TICKETS: N_("see tickets"),
    Permission.SEE_ALL_TICKETS: N_("see everybody's tickets"),
    Permission.SEE_NAMES: N_("see owners' names"),
    Permission.SEE_NUMBERS: N_("see owners' numbers"),
    Permission.CONFIDE: N_("say who may see a ticket"),
    Permission.WORK_TICKETS: N_("change tickets"),
    Permission.APPROVE: N_("approve plans"),
    Permission.LISTEN: N_("listen to recordings"),
    Permission.SEE_CALLS: N_("see calls"),
    Permission.CONTROL_CALLS: N_("end calls"),
    Permission.SEE_SYSTEM: N_("see the state of the system"),
    Permission.SEE_ACCESS: N_("see who looked at what"),
    Permission.MANAGE_USERS: N_("manage users"),
    Permission.SEE_ONCALL: N_("see who is on call"),
    Permission.ANNOUNCE: N_("announce known faults"),
    Permission.REVIEW_CALLS: N_("review calls"),
    Permission.SET_TARGETS: N_("set targets of deadlines"),
    Permission.WRITE_ARTICLES: N_("write articles of the knowledge base"),
    Permission.MANAGE_ROSTER: N_("change the roster"),
    Permission.SEE_REPORTS: N_("see reports"),
    Permission.EXPORT: N_("export the ledger"),
    Permission.DESTROY: N_("destroy evidence"),
    Permission.SEE_SIDES: N_("see who said what in a dispute"),
    Permission.DO_FIRM_TASKS: N_("do the tasks of the own firm"),
}
