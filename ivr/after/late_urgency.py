"""An emergency that nobody noticed while the caller was there: dispatch starts from the
transcript, as if they still were, and whoever accepts is connected with them by a call back.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

from asr.lexicon import Classification, Hit
from call_logs import Store
from call_logs.calls import CallEventKind
from call_logs.dispatches import DispatchStatus, PhraseHeard
from call_logs.tickets import Ticket, TicketClass, TicketKind, TicketStatus, edit
from call_logs.users import HOTLINE
from ivr.call.session import Urgency

logger = logging.getLogger(__name__)


class LateUrgency:
    """Looks at what the transcript of a finished call told."""

    def __init__(
        self, store: Store, urgency: Urgency, *, follow_up: Callable[[str], Awaitable[None]]
    ) -> None:
        """`follow_up` is given the id of a dispatch to be carried on durably."""
        self._store = store
        self._urgency = urgency
        self._follow_up = follow_up

    async def hits(self, call_id: str, hits: Iterable[Hit]) -> tuple[Hit, ...]:
        """Those that call for help. There is nobody to ask any more: what would have been
        asked counts where silence is a yes, and not where the caller has said no."""
        denied = await denied_in(self._store, call_id)
        urgency = self._urgency
        return tuple(
            hit
            for hit in hits
            if hit.category in urgency.categories - denied
            and hit.level
            >= (urgency.confirm if hit.category in urgency.silence_is_yes else urgency.sure)
        )

    async def judged(self, call_id: str, found: Classification) -> Classification:
        """What the transcript tells, with the class that it has when nobody else is asked."""
        return self._urgency.judged(found, await denied_in(self._store, call_id))

    async def dispatch(self, ticket: Ticket, hits: tuple[Hit, ...]) -> bool:
        """Search somebody for the ticket, unless a person has it already; whether a search
        was begun. Safe to call again: one that a crash has kept from its follow-up gets it."""
        if ticket.status is not TicketStatus.RECEIVED:
            return False
        if before := await self._store.dispatches.for_ticket(ticket.id):
            for each in before:
                if each.status is not DispatchStatus.CLOSED:
                    await self._follow_up(each.id)
            return False
        weightiest = max(hits, key=lambda hit: hit.level)
        await self._store.tickets.update(
            ticket.id,
            HOTLINE,
            edit(
                kind=TicketKind.EMERGENCY,
                ticket_class=TicketClass.URGENT,
                category=weightiest.category,
            ),
            note="heard in the transcript",
        )
        roster = await self._store.roster.current()
        dispatch = await self._store.dispatches.open(
            ticket.id, roster.policy(weightiest.category), call_id=ticket.call_id, actor=HOTLINE
        )
        await self._store.dispatches.note(
            dispatch.id,
            PhraseHeard(
                weightiest.category,
                weightiest.phrase,
                weightiest.level,
                weightiest.rule,
                late=True,
            ),
            actor=HOTLINE,
        )
        await self._follow_up(dispatch.id)
        logger.warning("an emergency was found in a transcript", extra={"ticket": ticket.number})
        return True


async def denied_in(store: Store, call_id: str) -> set[str]:
    """Categories that the caller was asked about in the call, and said no to."""
    return {
        str(event.data.get("category"))
        for event in await store.calls.events(call_id)
        if event.kind is CallEventKind.ASKED and event.data.get("meant") is False
    }
