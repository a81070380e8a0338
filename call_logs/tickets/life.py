"""The states of a ticket, and its moves: one table with the right and the content of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from call_logs.storage.errors import IllegalMove, Lacking
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission


class TicketStatus(StrEnum):
    """The life of a ticket, in the order of its usual way."""

    RECEIVED = "received"
    REGISTERED = "registered"
    INVESTIGATING = "investigating"
    PLANNED = "planned"
    APPROVED = "approved"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"
    FEEDBACK_GIVEN = "feedback_given"
    SURVEYED = "surveyed"
    CLOSED = "closed"
    REOPENED = "reopened"


NOTE = "note"  # what a move may need besides fields: a word why


@dataclass(frozen=True)
class Move:
    """A step on: who may take it, and the fields that must say something by then."""

    to: TicketStatus
    right: Permission = Permission.WORK_TICKETS
    needs: tuple[str, ...] = ()


_S = TicketStatus
_REGISTER = Move(_S.REGISTERED)
_INVESTIGATE = Move(_S.INVESTIGATING)
_PLAN = Move(_S.PLANNED, needs=("cause", "plan"))
# Nature, cause and impact are known before anybody approves of what is done about them.
_APPROVE = Move(_S.APPROVED, Permission.APPROVE, needs=("category", "cause", "affected", "plan"))
_REFUSE = Move(_S.INVESTIGATING, needs=(NOTE,))
_WORK = Move(_S.IN_PROGRESS)
_RESOLVE = Move(_S.RESOLVED)
_TELL = Move(_S.FEEDBACK_GIVEN, needs=("result",))
_SURVEY = Move(_S.SURVEYED, needs=("satisfaction",))
_CLOSE = Move(_S.CLOSED, needs=("result",))
_REOPEN = Move(_S.REOPENED, needs=(NOTE,))

Rows = Mapping[TicketStatus, tuple[Move, ...]]

_AFTER_RESULT: Rows = {
    _S.FEEDBACK_GIVEN: (_SURVEY, _CLOSE, _REOPEN),
    _S.SURVEYED: (_CLOSE, _REOPEN),
    _S.CLOSED: (_REOPEN,),
    _S.REOPENED: (_INVESTIGATE, _WORK),
}

# One table a class. Important: every step. General: planning and approval may be skipped, and
# a question is resolved where it is registered. Urgent: help first, the plan and its approval
# follow the rescue as a report. No class closes before the owner was told the result.
TRANSITIONS: Mapping[TicketClass, Rows] = MappingProxyType(
    {
        TicketClass.IMPORTANT: MappingProxyType(
            {
                _S.RECEIVED: (_REGISTER,),
                _S.REGISTERED: (_INVESTIGATE,),
                _S.INVESTIGATING: (_PLAN,),
                _S.PLANNED: (_APPROVE, _REFUSE),
                _S.APPROVED: (_WORK,),
                _S.IN_PROGRESS: (_RESOLVE,),
                _S.RESOLVED: (_TELL, _REOPEN),
                **_AFTER_RESULT,
            }
        ),
        TicketClass.GENERAL: MappingProxyType(
            {
                _S.RECEIVED: (_REGISTER,),
                _S.REGISTERED: (_INVESTIGATE, _WORK, _RESOLVE),
                _S.INVESTIGATING: (_PLAN, _WORK, _RESOLVE),
                _S.PLANNED: (_APPROVE, _REFUSE, _WORK),
                _S.APPROVED: (_WORK,),
                _S.IN_PROGRESS: (_RESOLVE,),
                _S.RESOLVED: (_TELL, _REOPEN),
                **_AFTER_RESULT,
            }
        ),
        TicketClass.URGENT: MappingProxyType(
            {
                _S.RECEIVED: (_REGISTER, _WORK),
                _S.REGISTERED: (_INVESTIGATE, _WORK, _RESOLVE),
                _S.INVESTIGATING: (_WORK, _RESOLVE),
                _S.IN_PROGRESS: (_RESOLVE,),
                _S.RESOLVED: (_PLAN, _TELL, _REOPEN),
                _S.PLANNED: (_APPROVE,),
                _S.APPROVED: (_TELL, _WORK),
                **_AFTER_RESULT,
            }
        ),
    }
)

NEEDED = frozenset(
    name
    for rows in TRANSITIONS.values()
    for moves in rows.values()
    for move in moves
    for name in move.needs
) - {NOTE}
# What a step may bring with it: what steps need, and what is told to the owner and by them. The
# category is corrected before: it may have deadlines of its own.
BROUGHT = (NEEDED - {"category"}) | {"news", "remark"}


def moves_for(ticket_class: TicketClass, status: TicketStatus, actor: Actor) -> tuple[Move, ...]:
    """The steps that `actor` may take from `status`, in the order of the usual way."""
    rows = TRANSITIONS[ticket_class][status]
    order = list(TicketStatus)
    return tuple(
        sorted(filter(lambda move: actor.may(move.right), rows), key=lambda m: order.index(m.to))
    )


def check_move(
    ticket_class: TicketClass,
    status: TicketStatus,
    target: TicketStatus,
    actor: Actor,
    said: Mapping[str, object],
) -> None:
    """`said`: the ticket's fields as they are with this move, and its note.

    Raises:
        IllegalMove: the table of the class has no such move; the message names those it has.
        NotAllowed: the role lacks the right.
        Lacking: a field that it needs is empty.
    """
    moves = {move.to: move for move in TRANSITIONS[ticket_class][status]}
    if target not in moves:
        choices = ", ".join(each for each in TicketStatus if each in moves) or "none"
        raise IllegalMove(
            f"a ticket of class {ticket_class} cannot go from {status} to {target}; "
            f"from here it can go to: {choices}"
        )
    move = moves[target]
    actor.check(move.right)
    if lacking := tuple(name for name in move.needs if not said[name]):
        raise Lacking(lacking, f"before it is {target}, a ticket needs: {', '.join(lacking)}")
