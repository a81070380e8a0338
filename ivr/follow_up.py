"""After the caller: rounds of calls and notices until somebody has the ticket.

The rounds are driven by a durable job; each round may be the first one of a new
process. Whoever accepts is connected with the owner, who is called back for it; an
owner whose ticket was acknowledged by link or on the dashboard is told the news.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from asr import Place
from call_logs import (
    AttemptStatus,
    Dispatch,
    DispatchEventKind,
    DispatchStatus,
    InvalidContact,
    Plan,
    RoundResult,
    StoreError,
    Ticket,
    parse_contact,
    plan,
    send_notice,
)
from ivr.conversation import Conversation, HungUp
from ivr.desk import Desk
from ivr.endpoint import DialFailed
from ivr.phrasebook import Digits, Prompt, Utterance
from ivr.places import place_phrase
from ivr.ring import Briefing, Party, Ring, role_phrase
from ivr.search import Search
from ivr.talk import Ended, Talk
from ivr.trail import Trail

logger = logging.getLogger(__name__)

OWNER_RING_S = 30.0
LOOK_EVERY_S = 1.0  # for an acknowledgement, while people are rung
_NUMBER = re.compile(r"\+?[0-9]{3,15}")
_USER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")


class FollowUp:
    """What one step of the durable job does on the telephone and by notices."""

    def __init__(self, desk: Desk, *, notice_urls: Sequence[str], public_url: str) -> None:
        """`notice_urls` are told besides the people's own addresses; `public_url` is where
        the dashboard's links lead, empty when it cannot be reached from outside."""
        self._desk = desk
        self._notice_urls = tuple(notice_urls)
        self._public_url = public_url.rstrip("/")

    async def taken(self, dispatch_id: str) -> bool:
        """Whether somebody has said that he has it."""
        return _taken(await self._desk.store.dispatches.get(dispatch_id))

    async def round(self, dispatch_id: str, number: int) -> RoundResult:
        """Ring everybody the policy names, once; an acknowledgement by link or on the
        dashboard stops it."""
        await self._desk.ready.wait()
        dispatch = await self._desk.store.dispatches.get(dispatch_id)
        if _taken(dispatch):
            return RoundResult.TAKEN
        ticket = await self._desk.store.tickets.get(dispatch.ticket_id)
        trail = Trail(self._desk.store, dispatch_id)
        await trail.move(DispatchStatus.RINGING, f"follow-up round {number}")
        ring = await self._search(dispatch, ticket, trail)
        if ring is not None and ring.party is not None:
            try:
                await self._accepted(ticket, ring, ring.party, trail)
            finally:
                await ring.hang_up()
            await trail.move(DispatchStatus.CLOSED, "accepted in the follow-up")
            return RoundResult.ACCEPTED
        if await self.taken(dispatch_id):
            return RoundResult.TAKEN
        await trail.move(DispatchStatus.UNANSWERED, f"follow-up round {number}")
        return RoundResult.NOBODY

    async def _search(self, dispatch: Dispatch, ticket: Ticket, trail: Trail) -> Ring | None:
        search = Search(self._desk, trail, self._briefing(ticket))
        planned = await self._plan(dispatch.category)
        searching = asyncio.create_task(search.run(planned))
        watching = asyncio.create_task(self._until_taken(dispatch.id))
        try:
            await asyncio.wait({searching, watching}, return_when=asyncio.FIRST_COMPLETED)
            if not searching.done():
                search.cancel()
            return await searching
        finally:
            watching.cancel()
            search.cancel()  # when this very wait was cancelled: no phone rings on

    async def _until_taken(self, dispatch_id: str) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            with suppress(StoreError):  # away for a moment; the ringing goes on
                if await self.taken(dispatch_id):
                    return

    async def _plan(self, category: str) -> Plan:
        roster = await self._desk.store.roster.current()
        now = datetime.now(UTC)
        return plan(roster.policy(category), roster, now, busy=self._desk.busy)

    async def notify(self, dispatch_id: str, number: int) -> None:
        """Tell people by every way they have; the link in it acknowledges."""
        store = self._desk.store
        dispatch = await store.dispatches.get(dispatch_id)
        if _taken(dispatch):
            return
        ticket = await store.tickets.get(dispatch.ticket_id)
        names = self._desk.languages[self._desk.default_language].lexicon.categories
        category = names.get(dispatch.category)
        what = category.names[self._desk.default_language] if category else dispatch.category
        title = f"{what} {ticket.number}"
        place = " ".join(filter(None, (ticket.area, ticket.building, ticket.unit)))
        await send_notice(self._notice_urls, title, place)
        planned = await self._plan(dispatch.category)
        for target in (target for level in planned.levels for target in level.targets):
            link = self._link(dispatch, target.person.id)
            sent, failed = await send_notice(target.person.notices, title, f"{place}\n{link}")
            if sent or failed:
                await Trail(store, dispatch_id).note(
                    DispatchEventKind.NOTICE,
                    {"person": target.person.id, "sent": sent, "failed": failed, "round": number},
                )

    async def tell_owner(self, dispatch_id: str) -> None:
        """Somebody took it by link or on the dashboard: call the owner with the news."""
        dispatch = await self._desk.store.dispatches.get(dispatch_id)
        ticket = await self._desk.store.tickets.get(dispatch.ticket_id)
        trail = Trail(self._desk.store, dispatch_id)
        owner = await self._ring_owner(ticket, trail)
        if owner is not None:
            try:
                await owner.say(self._news(ticket, Prompt("role_person")))
            except HungUp:
                logger.debug("the owner hung up during the news")
            finally:
                owner.close()
                await owner.call.hangup()
        if dispatch.status is not DispatchStatus.CLOSED:
            await trail.move(DispatchStatus.CLOSED, "acknowledged")

    async def _accepted(self, ticket: Ticket, ring: Ring, party: Party, trail: Trail) -> None:
        """Call the owner back and connect him with who accepted."""
        try:
            await party.conversation.say(
                Prompt("followup_acknowledged", number=Digits(ticket.number)),
                Prompt("followup_owner_connect"),
            )
            await party.conversation.start_saying(Prompt("comfort"), repeat=True)
            owner = await self._ring_owner(ticket, trail)
            party.media.stop()
            if owner is None:
                await party.conversation.say(Prompt("owner_no_answer"))
                await trail.outcome(ring.attempt_id, AttemptStatus.ENDED)
                return
        except HungUp:
            await trail.outcome(ring.attempt_id, AttemptStatus.ENDED)
            await self.tell_owner(trail.dispatch_id)
            return
        try:
            await owner.say(
                self._news(ticket, role_phrase(ring.person)), Prompt("followup_owner_connect")
            )
            await trail.outcome(ring.attempt_id, AttemptStatus.BRIDGED)
            await self._talk(owner, party, trail)
        except HungUp:
            logger.debug("the owner hung up before he was connected")
        finally:
            owner.close()
            await owner.call.hangup()
        await trail.outcome(ring.attempt_id, AttemptStatus.ENDED)

    async def _talk(self, owner: Conversation, party: Party, trail: Trail) -> None:
        """The two talk until one of them hangs up; nobody more is called in from here."""

        async def on_the_way(party: Party, minutes: int) -> None:
            kind = DispatchEventKind.ON_THE_WAY if minutes else DispatchEventKind.ARRIVED
            data = {"minutes": minutes} if minutes else {}
            await trail.note(kind, data, actor=party.person.id)

        async def nobody() -> Party | None:
            return None

        async def on_left(party: Party, how: Ended) -> None:
            """His line is hung up by `round`."""

        await Talk(
            self._desk, owner, party, call_in=nobody, on_the_way=on_the_way, on_left=on_left
        ).run()

    async def _ring_owner(self, ticket: Ticket, trail: Trail) -> Conversation | None:
        """The owner's telephone, answered; None when he does not answer."""
        region = (await self._desk.store.roster.current()).region
        number = callback_target(ticket, region)
        if not number:
            await trail.note(DispatchEventKind.CALLED_BACK, {"answered": False, "number": False})
            return None
        try:
            call = await self._desk.endpoint.dial(
                number, trunk=await self._trunk_of(ticket), timeout_s=OWNER_RING_S
            )
            await call.wait_established()
        except DialFailed:
            await trail.note(DispatchEventKind.CALLED_BACK, {"answered": False})
            return None
        await trail.note(DispatchEventKind.CALLED_BACK, {"answered": True})
        media = self._desk.clock.attach(call)
        return Conversation(call, media, self._desk.language_for((ticket.language,)).phrasebook)

    async def _trunk_of(self, ticket: Ticket) -> str | None:
        """The trunk that he called by knows his number; None: the first one."""
        if ticket.call_id is None:
            return None
        try:
            return (await self._desk.store.calls.get(ticket.call_id)).trunk or None
        except StoreError:
            return None

    def _news(self, ticket: Ticket, who: Utterance) -> Prompt:
        return Prompt("followup_owner", category=self._category(ticket), who=who)

    def _category(self, ticket: Ticket) -> Prompt:
        name = f"category_{ticket.category}"
        prompts = self._desk.language_for((ticket.language,)).pack.prompts.names
        return Prompt(name if name in prompts else "category_other")

    def _briefing(self, ticket: Ticket) -> Briefing:
        place = Place(
            building=ticket.building,
            unit=ticket.unit,
            floor=ticket.floor,
            room=ticket.room,
            area=ticket.area,
        )

        def opening() -> tuple[Utterance, ...]:
            return (
                Prompt(
                    "followup_engineer",
                    category=self._category(ticket),
                    place=place_phrase(place),
                ),
            )

        return Briefing(opening, Prompt("followup_keys"), lambda rate_hz: b"")

    def _link(self, dispatch: Dispatch, person: str) -> str:
        if not self._public_url:
            return ""
        token = self._desk.store.dispatches.link_token(dispatch.id, person)
        return f"{self._public_url}/acknowledge/{token}"


def callback_target(ticket: Ticket, region: str) -> str:
    """What to dial to reach the owner: the number he left, else the one he called from;
    empty when neither may be dialled. A public emergency service never is."""
    for number in filter(_NUMBER.fullmatch, (ticket.callback, ticket.caller)):
        for text in (number, f"ext:{number}"):
            with suppress(InvalidContact):
                return parse_contact(text, region).target
    caller = ticket.caller  # a user of the PBX by name; it came by a trunk that we trust
    return caller if _USER_NAME.fullmatch(caller) else ""


def _taken(dispatch: Dispatch) -> bool:
    return dispatch.acknowledged_at is not None or dispatch.status is DispatchStatus.CLOSED
