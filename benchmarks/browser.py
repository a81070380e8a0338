"""From an event to the browser: the dashboard's stream of changes, over HTTP.

A browser does two things when something happens: it hears of it on the stream, and asks for
the part of the page that changed. Both are measured, with ten calls going on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx

from benchmarks.peers import messages, owners
from benchmarks.report import Row, percentiles
from benchmarks.service import service
from benchmarks.sound import chatter
from benchmarks.telephones import Telephones
from call_logs import Store
from call_logs.tickets import NewTicket, Ticket, TicketKind, edit
from call_logs.users import HOTLINE, Role
from tests.program import Program

NAME, PASSWORD = "bench", "a password for a benchmark"
CALLS = 10
BAR_MS = 300.0
LIMIT_S = 10.0
SPACING_S = 0.7  # longer than the stream gathers changes


class Stream:
    """One page's stream of changes: when each event came, and of what it told."""

    def __init__(self) -> None:
        self.opened = asyncio.Event()
        self._came: list[tuple[float, str, str]] = []  # wall clock, event, key
        self._changed = asyncio.Condition()

    async def read(self, client: httpx.AsyncClient, topics: str) -> None:
        """Follow until cancelled."""
        event = ""
        async with client.stream("GET", "/changes", params={"topics": topics}) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                field, _, value = line.partition(":")
                if field == "event":
                    event = value.strip()
                elif field == "data":
                    await self._note(event, value.strip())

    def keys(self) -> set[str]:
        """What was told of so far."""
        return {key for _, _, key in self._came}

    async def after(self, event: str, since_s: float, known: Collection[str] = ()) -> float:
        """Wall clock of the first `event` after `since_s` about something that is not `known`.

        Raises:
            TimeoutError: none came.
        """
        found: list[float] = []

        def look() -> bool:
            found[:] = [
                at_s
                for at_s, name, key in self._came
                if name == event and at_s > since_s and key not in known
            ]
            return bool(found)

        async with asyncio.timeout(LIMIT_S), self._changed:
            await self._changed.wait_for(look)
            return found[0]

    async def _note(self, event: str, key: str) -> None:
        self.opened.set()
        async with self._changed:
            self._came.append((time.time(), event, key))
            self._changed.notify_all()


async def measure(quick: bool) -> list[Row]:
    """Tickets changed by a person, by another process; calls that come in."""
    rounds = 10 if quick else 60
    async with (
        service(live=True) as program,
        Telephones(CALLS + 1, chatter()) as telephones,
        program.store() as store,
        _signed_in(program, store) as client,
    ):
        ticket = await store.tickets.open(NewTicket(kind=TicketKind.REPAIR, text="楼道灯坏了"))
        seconds = CALLS / 10 + rounds * 3 * SPACING_S + 30
        async with owners(telephones.ports[1:], program.remote, seconds=seconds):
            await telephones.until_active(range(1, CALLS + 1), 20)
            by_hand = await _edited(client, ticket, rounds)
            elsewhere = await _written_elsewhere(client, store, ticket.id, rounds)
            rung = await _rung(client, program, telephones, rounds // 2)
    pages = by_hand[1]
    return [
        *percentiles("ticket saved to event", by_hand[0], "ms", bars={95: BAR_MS}),
        *percentiles("ticket saved to its list drawn anew", pages, "ms", bars={95: BAR_MS}),
        *percentiles("ticket written by another process to event", elsewhere, "ms"),
        *percentiles("INVITE to event", rung, "ms", bars={95: BAR_MS}),
    ]


@asynccontextmanager
async def _signed_in(program: Program, store: Store) -> AsyncIterator[httpx.AsyncClient]:
    await store.users.add(NAME, PASSWORD, Role.ADMIN, HOTLINE)
    async with httpx.AsyncClient(base_url=program.url, timeout=LIMIT_S) as client:
        answer = await client.post("/api/v1/sessions", json={"name": NAME, "password": PASSWORD})
        answer.raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        yield client


@asynccontextmanager
async def _following(client: httpx.AsyncClient, topics: str) -> AsyncIterator[Stream]:
    stream = Stream()
    task = asyncio.create_task(stream.read(client, topics), name="stream of changes")
    try:
        async with asyncio.timeout(LIMIT_S):
            await stream.opened.wait()
        await asyncio.sleep(SPACING_S)
        yield stream
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _edited(
    client: httpx.AsyncClient, ticket: Ticket, rounds: int
) -> tuple[list[float], list[float]]:
    """From the request for a change over the REST API, as a second browser sees it."""
    events, pages = [], []
    version = ticket.version
    async with _following(client, "ticket") as stream:
        for number in range(rounds):
            begun = time.time()
            change = {"version": version, "room": str(number)}
            answer = await client.patch(f"/api/v1/tickets/{ticket.id}", json=change)
            answer.raise_for_status()
            version = answer.json()["version"]
            came = await stream.after("store-ticket", begun)
            events.append(1000 * (came - begun))
            (await client.get("/api/v1/tickets")).raise_for_status()
            pages.append(1000 * (time.time() - begun))
            await asyncio.sleep(SPACING_S)
    return events, pages


async def _written_elsewhere(
    client: httpx.AsyncClient, store: Store, ticket_id: int, rounds: int
) -> list[float]:
    """A command, or another node, changes the ticket in the same database."""
    events = []
    async with _following(client, "ticket") as stream:
        for number in range(rounds):
            await store.tickets.update(ticket_id, HOTLINE, edit(room=f"1{number}"))
            written = time.time()
            events.append(1000 * (await stream.after("store-ticket", written) - written))
            await asyncio.sleep(SPACING_S)
    return events


async def _rung(
    client: httpx.AsyncClient, program: Program, telephones: Telephones, rounds: int
) -> list[float]:
    """A call comes in: from its INVITE on the wire to the first word of a call not known yet."""
    events = []
    async with _following(client, "call") as stream:
        for _ in range(rounds):
            begun, known = time.time(), stream.keys()
            async with owners(telephones.ports[:1], program.remote, seconds=0.5) as sipp:
                came = await stream.after("store-call", begun, known)
                ended = await sipp.finished()
            invite = next(each for each in messages(ended.messages) if each.sent)
            events.append(1000 * (came - invite.time_s))
            await asyncio.sleep(SPACING_S)
    return events
