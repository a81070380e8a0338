"""A fault that is known: callers of its place hear of it before the menu, or as soon as they have
said that place and category, and add themselves by a key instead of waiting.

Urgent words break into it as they break into everything (`ivr.call.conversation`).
"""

from __future__ import annotations

import asyncio
import logging
from zoneinfo import ZoneInfo

from asr.spoken import Place
from call_logs.owners import KnownFault, known_faults
from call_logs.storage import StoreError
from call_logs.tickets import TicketClass, TicketKind
from ivr.call.asking import ask, nothing
from ivr.call.conversation import Pressed, Said
from ivr.call.session import Session
from ivr.packs.phrasebook import Moment, Phrase, Prompt, Text, Utterance
from ivr.packs.places import place_phrase

__all__ = ["faults_now", "tell_faults"]

logger = logging.getLogger(__name__)

READ_WAIT_S = 0.3  # a caller waits: longer, and they hear the menu
MOST_TOLD = 2
JOIN_KEY = "7"
WAIT_S = 1.5  # behind the announcement; then the menu comes


async def faults_now(session: Session) -> tuple[KnownFault, ...]:
    """What is announced now; nothing while the store is away."""
    try:
        async with asyncio.timeout(READ_WAIT_S):
            return await session.store.faults.told_now()
    except (StoreError, TimeoutError):
        logger.warning("known faults cannot be read; the caller hears the menu")
        return ()


async def tell_faults(
    session: Session, faults: tuple[KnownFault, ...], zone: ZoneInfo, *, category: str = ""
) -> bool:
    """Tell a caller of what concerns the place; with a `category` of that alone. Whether the
    caller was added to one, and has a ticket.

    Raises:
        HungUp, Interrupted, Jump, Back: the caller leaves.
    """
    building = session.draft.likely_place.building
    concerned = [
        each
        for each in known_faults(faults, building)
        if category in ("", each.category) and each.id not in session.told_faults
    ]
    for fault in concerned[:MOST_TOLD]:
        session.told_faults.add(fault.id)
        if await _tell(session, fault, building, zone):
            await _add(session, fault)
            return True
    return False


async def _tell(session: Session, fault: KnownFault, building: str, zone: ZoneInfo) -> bool:
    """Whether the caller presses the key to be added. Any other key is for what follows."""
    conversation = session.conversation
    until = (Prompt("fault_until", when=Moment(fault.until, zone)),) if fault.until else ()
    words = (Text(fault.words),) if fault.words else ()
    # Where somebody may be in danger nobody is added by a key: that would ring nobody.
    may_join = fault.category not in session.urgency.categories
    join = (Prompt("fault_join"),) if may_join else ()
    answer = await ask(
        session,
        Prompt("fault_known", what=_what(session, fault, building)),
        *until,
        *words,
        *join,
        understand=nothing,
        own=tuple("123456789"),
        wait_s=WAIT_S,
    )
    match answer:
        case Pressed(key) if key == JOIN_KEY and may_join:
            return True
        case Pressed(key) if key:
            conversation.press_again(key)
        case Said(heard):
            session.keep_statement(heard)
    return False


def _what(session: Session, fault: KnownFault, building: str) -> Utterance:
    """三号楼停水: recorded where the pack has it, else by the runtime voice."""
    language = session.language
    category = language.category(fault.category)
    spoken: Utterance = Prompt(category.spoken)
    if (
        category.spoken not in language.pack.prompts
        or f"category_{fault.category}" != category.spoken
    ):
        spoken = Text(category.names.get(language.id, fault.category))
    if not fault.buildings:
        return Phrase(Prompt("place_site"), spoken)
    if building != session.draft.place.building:
        return Phrase(spoken)  # where the number's owner lives is told to nobody who calls by it
    return Phrase(place_phrase(Place(building=building)), spoken)


async def _add(session: Session, fault: KnownFault) -> None:
    """The caller has a ticket of their own, which counts for the fault. It rings nobody: the
    fault is worked on."""
    draft = session.draft
    draft.category = fault.category
    if not draft.callback and session.dialling.may_call_back(draft.caller).ok:
        draft.give_callback(draft.caller)
    weight = session.language.category(fault.category).ticket_class
    ticket_class = TicketClass.GENERAL if weight == TicketClass.GENERAL else TicketClass.IMPORTANT
    await session.open_ticket(TicketKind.REPAIR, ticket_class)
    if draft.ticket is not None:
        try:
            await session.store.faults.add(fault.id, draft.ticket.id)
        except StoreError:
            logger.warning("a caller could not be added to a known fault; the ticket is there")
    session.served = True
    await session.conversation.say(Prompt("fault_joined"))
