"""Users, their passwords and sessions, and what they looked at."""

from call_logs.users.user import Access, LoginSession, Role, User

__all__ = ["Access", "LoginSession", "Role", "User"]
