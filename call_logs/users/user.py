"""People who use the dashboard: roles, sessions, what they looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    MANAGER = "manager"
    OPERATOR = "operator"
    ENGINEER = "engineer"
    FIRM = "firm"  # somebody of an outside firm, who sees the tasks of that firm alone


@dataclass(frozen=True)
class User:
    id: int
    name: str  # login name, lower case
    full_name: str
    role: Role
    language: str
    active: bool
    must_change_password: bool
    created_at: datetime
    last_login_at: datetime | None
    person: str = ""  # who of the roster this is, by id
    firm: str = ""  # of whoever is of an outside firm: its reference in the directory


@dataclass(frozen=True)
class LoginSession:
    """A login. `token` is only known when it is made: the database keeps its hash."""

    token: str = field(repr=False)
    csrf_token: str = field(repr=False)
    user: User
    expires_at: datetime


@dataclass(frozen=True)
class Access:
    """A look at, or a listen to, something confidential."""

    id: int
    at: datetime
    user_name: str
    action: str  # looked, listened, exported ...
    subject: str  # ticket, call, recording ...
    key: str  # its id
    source: str = field(repr=False)  # network address
    reason: str = field(default="", repr=False)  # of whoever takes something away
