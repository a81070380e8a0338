"""Users, their accounts, and signing in; departments and people."""

from dashboard.people.directory import Directory, directory_of

__all__ = ["Directory", "directory_of"]
