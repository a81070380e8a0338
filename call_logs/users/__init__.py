"""Users, their passwords and sessions, their rights, and what they looked at."""

from call_logs.users.actor import COMMAND_LINE, HOTLINE, Actor
from call_logs.users.passwords import LENGTH_MAX as MAX_PASSWORD
from call_logs.users.permissions import Permission, may
from call_logs.users.tokens import GRANTABLE, ApiToken
from call_logs.users.tokens import MARK as TOKEN_MARK
from call_logs.users.user import Access, LoginSession, Role, User

__all__ = [
    "COMMAND_LINE",
    "GRANTABLE",
    "HOTLINE",
    "MAX_PASSWORD",
    "TOKEN_MARK",
    "Access",
    "Actor",
    "ApiToken",
    "LoginSession",
    "Permission",
    "Role",
    "User",
    "may",
]
