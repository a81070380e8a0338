"""The departments of the company: who heads one, who belongs to it, which matters are its own."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Department"]


@dataclass(frozen=True)
class Department:
    """A part of the company that a ticket can be given to. People are named by their ids."""

    id: str
    name: str
    head: str = ""
    deputy: str = ""  # stands in for the head
    members: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # proposed for tickets of these

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who belongs to it, each once: head, deputy, members."""
        return tuple(dict.fromkeys(filter(None, (self.head, self.deputy, *self.members))))
