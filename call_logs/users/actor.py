"""Who does something: a person with a role, or the program itself."""

from __future__ import annotations

from dataclasses import dataclass

from call_logs.storage.errors import NotAllowed
from call_logs.users.permissions import PROGRAM_PERMISSIONS, Permission, may
from call_logs.users.user import Role, User

PROGRAM_NAMES = frozenset({"hotline", "config", "web form", "mail"})  # no user is called so
BY_API = "api:"  # nor so: the names of programs begin with it
BY_MESSAGE = "message:"  # and those of systems that send messages


@dataclass(frozen=True)
class Actor:
    """`name` is what the history shows. Without a role it is the program. `rights`: those of a
    program that signs in with a token; the role's do not count then. `firm`: of whom somebody of
    an outside firm is."""

    name: str
    role: Role | None = None
    rights: frozenset[Permission] | None = None
    firm: str = ""

    @classmethod
    def of(cls, user: User) -> Actor:
        # A database of before these names were kept free may have such a user.
        return cls(_of_a_person(user.name), user.role, firm=user.firm)

    @classmethod
    def on_call(cls, person: str) -> Actor:
        """A person of the roster, at the telephone."""
        return cls(_of_a_person(person), Role.ENGINEER)

    @classmethod
    def in_name_of(cls, name: str) -> Actor:
        """The program, which carries out what the store has let in under `name`."""
        return cls(name)

    @property
    def is_person(self) -> bool:
        return self.role is not None

    @property
    def is_outside(self) -> bool:
        """Whether it is somebody of an outside firm."""
        return self.role is Role.FIRM and self.rights is None

    def may(self, permission: Permission) -> bool:
        if self.rights is not None:
            return permission in self.rights
        return (
            permission in PROGRAM_PERMISSIONS if self.role is None else may(self.role, permission)
        )

    def check(self, permission: Permission) -> None:
        """Raises:
        NotAllowed: the role has no such right.
        """
        if not self.may(permission):
            who = self.role or "the program" if self.rights is None else "this token"
            raise NotAllowed(permission, f"{who} may not {permission}")


def is_a_programs(name: str) -> bool:
    """Whether it is kept free for what is no person."""
    return name in PROGRAM_NAMES or name.startswith((BY_API, BY_MESSAGE))


def _of_a_person(name: str) -> str:
    """A name that nobody takes for the program's."""
    return f"{name} (user)" if is_a_programs(name) else name


def program_name(token: str) -> str:
    """What the history shows for a program that signs in with a token of this name."""
    return f"{BY_API}{token}"


def source_name(source: str) -> str:
    """What the history shows for a system that sends messages."""
    return f"{BY_MESSAGE}{source}"


HOTLINE = Actor("hotline")
CONFIG = Actor("config")  # what the configuration names, at the first start
COMMAND_LINE = Actor("command line")
