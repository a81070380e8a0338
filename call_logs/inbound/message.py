"""A message on its way in, and what has become of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from call_logs.storage.errors import StoreError
from call_logs.tickets.ticket import NewTicket, Ticket

__all__ = ["IncomingMessage", "OtherContent", "Taken", "TakenAs"]


@dataclass(frozen=True)
class IncomingMessage:
    """`channel`: by which system it came; its messages alone know each other. `matter`: the
    ticket, if it opens one; its text, if it is added to another. `answers`: ids of messages
    before it. `number`: of the ticket that it names. `sender`: an address that others may use
    as well; a ticket's number then counts only from who has written of the ticket before.
    Empty: the channel vouches for what it sends. `content`: the same id with other content is
    refused; empty: what bears the id is the message."""

    channel: str
    id: str = field(repr=False)
    matter: NewTicket = field(repr=False)
    conversation: str = field(default="", repr=False)
    answers: tuple[str, ...] = field(default=(), repr=False)
    number: str = field(default="", repr=False)
    sender: str = field(default="", repr=False)
    content: bytes = field(default=b"", repr=False)


class TakenAs(StrEnum):
    OPENED = "opened"  # a ticket of its own
    ADDED = "added"  # to the ticket that it belongs to
    KNOWN = "known"  # it had come before


@dataclass(frozen=True)
class Taken:
    ticket: Ticket
    outcome: TakenAs


class OtherContent(StoreError):
    """The id of a message that had come before, with other words in it."""
