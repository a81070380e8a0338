"""The people who can be called, and what each of them serves."""

from __future__ import annotations

from dataclasses import dataclass

from call_logs.roster.contacts import Contact

__all__ = ["ENGINEER", "LANGUAGES", "MANAGER", "OPERATOR", "SECURITY", "Person"]

# Roles are free words of the company; these are the ones that the built-in policies name.
OPERATOR = "operator"
ENGINEER = "engineer"
MANAGER = "manager"
SECURITY = "security"

LANGUAGES = ("zh-CN", "en", "ko")


@dataclass(frozen=True, repr=False)
class Person:
    """Somebody on the roster. Its `repr` holds the id and nothing personal."""

    id: str
    name: str
    contacts: tuple[Contact, ...] = ()  # in the order in which they are rung
    roles: frozenset[str] = frozenset()
    languages: tuple[str, ...] = ("zh-CN",)
    categories: frozenset[str] = frozenset()  # empty: all
    notices: tuple[str, ...] = ()  # apprise URLs; they hold secrets
    refer: bool = False  # hand the call over by REFER instead of bridging it
    active: bool = True

    def serves(self, category: str | None) -> bool:
        """Whether the person takes calls of `category` (None: any)."""
        return category is None or not self.categories or category in self.categories

    def __repr__(self) -> str:
        return f"Person({self.id!r})"
