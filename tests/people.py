"""People who do something in tests."""

from __future__ import annotations

from call_logs.tickets import Affected, edit
from call_logs.users import Actor, Role

# What each step of a ticket's life may need.
WRITTEN = edit(
    affected=Affected.ONE, cause="a cause", plan="a plan", result="a result", satisfaction=5
)


def person(name: str, role: Role = Role.MANAGER) -> Actor:
    return Actor(name, role)
