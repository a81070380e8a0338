"""Server-sent events: which things changed, so that a page asks again for what it shows.

Only topics and keys are sent, never names or words: what a page then asks for goes through
the same rights as any other request. Events are called `store-TOPIC`; a change of what the
page watches (a ticket or a call) is also sent as `store-this`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from fastapi import APIRouter, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from call_logs.circles import Sight
from call_logs.storage import Change
from call_logs.users import Actor, Permission
from call_logs.viewing import becomes
from dashboard.web.signin import TicketReader
from dashboard.web.site import Site, SiteOf

router = APIRouter()

# The first change goes out at once; what follows is gathered, one event a name. Forty live
# calls change 160 times a second, and no page is worth being drawn so often.
GATHER_S = 0.15
RECHECK_S = 60.0  # a session that ended elsewhere stops its stream after this long
PING_S = 15
SEND_LIMIT_S = 30.0
STOP_GRACE_S = 1.0  # for streams to end by themselves when the server stops

TICKET_TOPICS = frozenset({"ticket", "dispatch"})
CALL_TOPICS = frozenset({"call", "live", "recording", "transcript"})
ROSTER_TOPICS = frozenset({"roster"})
ALWAYS = frozenset({"reset"})


@dataclass(frozen=True)
class Watch:
    """What one page follows: its topics, and the ticket or call it shows."""

    topics: frozenset[str]
    ticket: str = ""
    call: str = ""

    def names(self, change: Change) -> tuple[str, ...]:
        """The events that a change becomes for this page."""
        names: list[str] = []
        if change.topic in self.topics or change.topic in ALWAYS:
            names.append(f"store-{change.topic}")
        about_ticket = change.topic in TICKET_TOPICS and change.key == self.ticket
        about_call = change.topic in CALL_TOPICS and change.key == self.call
        if change.topic in ALWAYS or about_ticket or about_call:
            names.append("store-this")
        return tuple(names)


async def seen_changes(site: Site, changes: AsyncIterator[Change]) -> AsyncIterator[Change]:
    """Those of tickets and calls that whoever follows may see: that something is done to another
    one is not told either."""
    async for change in changes:
        if change.topic in TICKET_TOPICS and change.key.isdecimal():
            if await site.store.eyes.sight(int(change.key)) is Sight.KEPT_BACK:
                continue
        elif change.topic in CALL_TOPICS and change.key:
            ticket_id = await site.store.eyes.ticket_of_call(change.key)
            if ticket_id and await site.store.eyes.sight(ticket_id) is Sight.KEPT_BACK:
                continue
        yield change


async def gathered(
    changes: AsyncIterator[Change],
    watch: Watch,
    *,
    gather_s: float = GATHER_S,
    stopping: anyio.Event | None = None,
) -> AsyncIterator[ServerSentEvent]:
    """Events for a page: none twice within `gather_s`, the last one never lost.

    Ends when `changes` end, or when the server is `stopping`.
    """
    waiting: dict[str, Change] = {}
    woken = asyncio.Event()

    async def read() -> None:
        async for change in changes:
            for name in watch.names(change):
                waiting[name] = change
                woken.set()

    reader = asyncio.create_task(read(), name="changes for a page")
    stop = asyncio.create_task((stopping or anyio.Event()).wait(), name="the server stops")
    for task in (reader, stop):
        task.add_done_callback(lambda _: woken.set())
    try:
        await asyncio.sleep(0)  # the reader begins to follow
        # Tells the page to look again, now that nothing can be missed any more: at its start,
        # and after a broken connection, for which no numbers of events need to be kept.
        yield ServerSentEvent(event="store-open", data="")
        while True:
            await woken.wait()
            woken.clear()
            ready = dict(waiting)
            waiting.clear()
            for name, change in ready.items():
                yield ServerSentEvent(data=change.key, event=name)
            if reader.done():
                reader.result()
            if reader.done() or stop.done():
                return
            await asyncio.sleep(gather_s)
    finally:
        reader.cancel()
        stop.cancel()
        await asyncio.wait([reader, stop])


async def _while_signed_in(
    site: Site, token: str, events: AsyncIterator[ServerSentEvent]
) -> AsyncIterator[ServerSentEvent]:
    checked = time.monotonic()
    async for event in events:
        if time.monotonic() - checked > RECHECK_S:
            session = await site.store.users.session(token)
            if session is None:
                return
            becomes(await site.store.eyes.of_user(Actor.of(session.user), session.user))
            checked = time.monotonic()
        yield event


@router.get("/changes")
async def follow(
    site: SiteOf,
    login: TicketReader,
    topics: str = "",
    ticket: str = "",
    call: str = "",
) -> Response:
    """A stream of what changes from now on."""
    allowed = set(TICKET_TOPICS)
    if login.may(Permission.SEE_CALLS):
        allowed |= CALL_TOPICS
    if login.may(Permission.SEE_ONCALL):
        allowed |= ROSTER_TOPICS
    watch = Watch(
        frozenset(allowed.intersection(topics.split(","))),
        ticket,
        call if login.may(Permission.SEE_CALLS) else "",
    )
    stopping = anyio.Event()
    events = gathered(seen_changes(site, site.store.changes.follow()), watch, stopping=stopping)
    return EventSourceResponse(
        _while_signed_in(site, login.session.token, events),
        ping=PING_S,
        send_timeout=SEND_LIMIT_S,
        shutdown_event=stopping,
        shutdown_grace_period=STOP_GRACE_S,
    )
