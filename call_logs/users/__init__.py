"""Users, their passwords and sessions, their rights, and what they looked at."""

from call_logs.users.actor import COMMAND_LINE, HOTLINE, Actor
from call_logs.users.permissions import Permission, may
from call_logs.users.user import Access, LoginSession, Role, User

__all__ = [
    "COMMAND_LINE",
    "HOTLINE",
    "Access",
    "Actor",
    "LoginSession",
    "Permission",
    "Role",
    "User",
    "may",
]
