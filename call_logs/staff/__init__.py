"""One directory of the people who work here: the roster's, its departments, and the users."""

from call_logs.staff.staff import ASSIGNEE_LIMIT, Member, Staff, StaffKind, ref_of

__all__ = ["ASSIGNEE_LIMIT", "Member", "Staff", "StaffKind", "ref_of"]
