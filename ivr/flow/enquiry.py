"""A caller asks how their ticket stands.

The number alone tells nothing: the caller calls from a number of the ticket, by a trunk
that vouches for it, or keys the last four digits of its call-back number. Who is wrong too
often, in a call or with a ticket, is not asked again. What is spoken is the state, its date and
what was written for the owner, never the place, the name or other words of the ticket.
"""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfo

from asr.spoken import find_number
from call_logs.storage import StoreError
from call_logs.tickets import Ticket, TicketFilter, TicketStatus, valid_number
from ivr.call.asking import ask, number_keypad
from ivr.call.conversation import Pressed, Said, Silence, Spoken
from ivr.call.session import Session
from ivr.flow.owners_say import OwnersSay
from ivr.packs.menu import Node
from ivr.packs.phrasebook import Digits, Moment, Number, Prompt, Text, Utterance

logger = logging.getLogger(__name__)

LAST_DIGITS = 4
MOST_OWN = 3  # that are told without a number: nobody remembers more
MOST_WRONG = 3  # in one call; `call_logs.tickets.enquiries` has those of one ticket
_FINISHED = frozenset(
    {
        TicketStatus.RESOLVED,
        TicketStatus.FEEDBACK_GIVEN,
        TicketStatus.SURVEYED,
        TicketStatus.CLOSED,
    }
)


async def enquire(session: Session, node: Node, zone: ZoneInfo) -> bool:
    """Tell a caller whom the trunk vouches for how their open tickets stand; everybody else, and
    for other tickets, by its number. False when no ticket could be told about."""
    own = await _own(session)
    if own:
        await session.conversation.say(Prompt("enquiry_yours", count=Number(len(own))))
    for ticket in own:
        await session.conversation.say(Prompt("enquiry_ticket", number=Digits(ticket.number)))
        keyed = await _told_about(session, ticket, zone)
        if keyed is None:
            return True
        if keyed:
            return await _by_number(session, node, zone, keyed) or True
    return await _by_number(session, node, zone) or bool(own)


async def _by_number(session: Session, node: Node, zone: ZoneInfo, keyed: str = "") -> bool:
    """`keyed`: a number that was keyed already."""
    told = False
    for _ in range(session.timing.tries):
        if session.wrong_digits >= MOST_WRONG:
            break
        number = keyed or await _number(session, node)
        keyed = ""
        if number is None:
            await session.conversation.say(Prompt("not_heard"))
            continue
        ticket = await _find(session, number)
        if ticket is None:
            await session.conversation.say(Prompt("enquiry_wrong"))
            continue
        if not await _may_know(session, ticket):
            await session.conversation.say(Prompt("enquiry_no_match"))
            continue
        told = True
        another = await _told_about(session, ticket, zone)
        if another is None:
            return True
        keyed = another
    if session.wrong_digits >= MOST_WRONG:
        await session.conversation.say(Prompt("enquiry_refused"))
    return told


async def _told_about(session: Session, ticket: Ticket, zone: ZoneInfo) -> str | None:
    """Tell how it stands, and take what its owner has to say. None: nothing more; else another
    ticket is asked for, and its number when that was keyed."""
    case = await _case(session, ticket)
    await session.conversation.say(*_state(case, zone, session.store.clock.now()))
    owner = OwnersSay(session, case, zone)
    return owner.number if await owner.asks_for_another() else None


async def _own(session: Session) -> tuple[Ticket, ...]:
    """The open tickets of a caller who is who their number says, the newest first."""
    caller = session.draft.caller
    if not (caller and session.trusts_caller and session.line is None):
        return ()
    try:
        found = await session.store.tickets.list(
            TicketFilter(caller=caller, open=True, limit=MOST_OWN)
        )
    except StoreError:
        logger.warning("a caller's own tickets cannot be read; their number is asked for")
        return ()
    return tuple(each for each in found.items if each.merged_into is None)


async def _number(session: Session, node: Node) -> str | None:
    answer = await ask(
        session,
        *session.prompts(node.say),
        understand=lambda text: find_number(text, session.language.id) or None,
        is_whole=valid_number,
        keypad=number_keypad(session, alone=session.language.pack.menu.keys.person),
    )
    match answer:
        case Pressed(keys):
            return keys
        case Spoken(meaning=number):
            return number
        case Said():
            return ""  # words without a number: a wrong one, not silence
        case Silence():
            return None


async def _find(session: Session, number: str) -> Ticket | None:
    if not valid_number(number):
        return None
    try:
        return await session.store.tickets.by_number(number)
    except StoreError:
        return None


async def _case(session: Session, ticket: Ticket) -> Ticket:
    """The ticket in which the caller's matter is worked on, when it was merged."""
    try:
        return await session.store.links.case_of(ticket)
    except StoreError:
        logger.warning(
            "it cannot be seen where a merged ticket is worked on: its own state is told"
        )
        return ticket


async def _may_know(session: Session, ticket: Ticket) -> bool:
    caller = session.draft.caller
    if caller and session.trusts_caller and caller in (ticket.caller, ticket.callback):
        return True
    last = ticket.callback[-LAST_DIGITS:] or ticket.caller[-LAST_DIGITS:]
    own_keys = [session.language.pack.menu.keys.person * LAST_DIGITS]
    answer = await ask(
        session,
        Prompt("enquiry_last_four"),
        understand=lambda text: find_number(text, session.language.id) or None,
        is_whole=lambda digits: len(digits) >= LAST_DIGITS,
        keypad=number_keypad(session, most=LAST_DIGITS),
        own=own_keys,
    )
    match answer:
        case Pressed(keys) | Spoken(meaning=str() as keys) if keys:
            return await _is_right(session, ticket, len(last) == LAST_DIGITS and keys == last)
    return False


async def _is_right(session: Session, ticket: Ticket, digits_match: bool) -> bool:
    """Whether the digits match and one more try was left; a wrong one is counted."""
    try:
        if not await session.store.enquiries.take_try(ticket.id):
            session.wrong_digits = MOST_WRONG
            return False
        if digits_match:
            await session.store.enquiries.was_right(ticket.id)
            return True
    except StoreError:
        logger.warning("tries cannot be counted now: nobody is told about a ticket")
    session.wrong_digits += 1
    return False


def _state(ticket: Ticket, zone: ZoneInfo, now: datetime) -> list[Utterance]:
    said = how_it_stands(ticket, zone, now)
    words = ticket.news or (ticket.result if ticket.status in _FINISHED else "")
    if words:
        said += [Prompt("enquiry_news"), Text(words)]
    return said


def how_it_stands(ticket: Ticket, zone: ZoneInfo, now: datetime) -> list[Utterance]:
    """The state, since when, and by when it will be done; none of its words."""
    said: list[Utterance] = [Prompt(f"status_{ticket.status}", when=Moment(_since(ticket), zone))]
    if ticket.status not in _FINISHED:
        if ticket.overdue(now):
            said.append(Prompt("status_overdue"))
        else:
            said.append(Prompt("status_deadline", when=Moment(ticket.feedback_due_at, zone)))
    return said


def _since(ticket: Ticket) -> datetime:
    """When the ticket came into its state, as far as its own times tell."""
    times = {
        TicketStatus.RECEIVED: ticket.opened_at,
        TicketStatus.RESOLVED: ticket.resolved_at,
        TicketStatus.FEEDBACK_GIVEN: ticket.feedback_at,
        TicketStatus.CLOSED: ticket.closed_at,
    }
    return times.get(ticket.status) or ticket.updated_at
