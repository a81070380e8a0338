"""Messages of other systems, and what they are told of them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from call_logs.inbound import TakenAs
from call_logs.tickets import TicketKind, TicketSource
from dashboard.web.api_models import In, Out, editable_ticket_fields, example

__all__ = ["FACTS", "FileOut", "MessageIn", "TakenOut"]

# What a system may tell besides the words; what of it stands in a ticket is the ticket's limit.
FACTS = ("name", "callback", "building", "unit", "floor", "room", "area", "happened")


@editable_ticket_fields(FACTS)
class MessageIn(In):
    """A message of an owner."""

    model_config = example(
        text="电梯里的灯坏了",
        name="李女士",
        callback="13800138000",
        building="3",
        conversation="oA1b2C3d4",
    )

    text: str = Field(min_length=1, max_length=4000, description="What the owner wrote.")
    kind: Literal["repair", "complaint", "suggestion", "enquiry", "other"] = "repair"
    category: str = Field(
        "", max_length=64, description="One of the site's; what the words say comes before it."
    )
    language: Literal["zh-CN", "en", "ko"] | None = Field(
        None, description="In which the owner is answered; without it the site's."
    )
    source: Literal["message", "web", "email"] = "message"
    conversation: str = Field(
        "",
        max_length=200,
        description="The same for all that one owner writes, an openid say: what follows is added "
        "to the ticket while it is open. Kept as a keyed hash.",
    )
    reply_to: str = Field(
        "", max_length=20, description="The number of the ticket that it belongs to."
    )

    @property
    def ticket_kind(self) -> TicketKind:
        return TicketKind(self.kind)

    @property
    def ticket_source(self) -> TicketSource:
        return TicketSource(self.source)

    def facts(self) -> dict[str, str]:
        given = self.model_dump(include=set(FACTS), exclude_none=True)
        return {name: value.replace("\0", "") for name, value in given.items()}


class TakenOut(Out):
    """`opened`: a ticket of its own; `added`: to an open one; `known`: it had come before.
    `ticket_id` is that of the events that are sent out."""

    outcome: TakenAs
    ticket_id: int
    number: str
    urgent: bool = Field(description="The ticket is urgent: people are rung for it.")
    files: str = Field(
        description="The path to which photos and films are sent, each by a POST of its own with "
        "`?name=`, for a day. No signature is needed: it is the secret itself."
    )


class FileOut(Out):
    id: str
    kind: str
    size_bytes: int
    sha256: str
