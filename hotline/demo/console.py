"""Calls as they happen, on the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

from call_logs import Store
from call_logs.calls import CallEvent, CallEventKind
from call_logs.tickets import Ticket

SHOWN_DIGITS = 4  # of a caller's number, on a screen that others may see


class CallConsole:
    """Follows the store and prints each new event of each call, a line each."""

    def __init__(self, store: Store, console: Console) -> None:
        self._store = store
        self._console = console
        self._printed: dict[str, int] = {}  # call id -> id of the last event printed
        self._names: dict[str, str] = {}

    async def run(self) -> None:
        """Print until cancelled."""
        async for change in self._store.changes.follow():
            if change.topic in ("call", "transcript"):
                await self._catch_up(change.key)

    async def _catch_up(self, call_id: str) -> None:
        for event in await self._store.calls.events(call_id):
            if event.id > self._printed.get(call_id, 0):
                self._printed[call_id] = event.id
                await self._print(event)

    async def _print(self, event: CallEvent) -> None:
        name = await self._name(event.call_id)
        describe = _LINES.get(event.kind)
        if describe is None:
            return
        line = Text.assemble(
            (event.at.astimezone().strftime("%H:%M:%S "), "dim"),
            (f"{name:>12}  ", "cyan"),
            describe(event.data),
        )
        if event.kind is CallEventKind.TICKET:
            line.append_text(Text(_ticket(await self._store.tickets.get(event.data["ticket_id"]))))
        if event.kind is CallEventKind.TRANSCRIPT:
            line.append_text(Text(await self._words(event.call_id), "bold green"))
        self._console.print(line)

    async def _name(self, call_id: str) -> str:
        if call_id not in self._names:
            caller = (await self._store.calls.get(call_id)).caller
            self._names[call_id] = f"…{caller[-SHOWN_DIGITS:]}" if caller else "withheld"
        return self._names[call_id]

    async def _words(self, call_id: str) -> str:
        transcripts = await self._store.transcripts.for_call(call_id)
        return " / ".join(transcript.text for transcript in transcripts if transcript.text)


def _ticket(ticket: Ticket) -> str:
    return f" {ticket.number} ({ticket.kind}, {ticket.ticket_class})"


def _message(data: Mapping[str, Any]) -> str:
    """An answer's stretch is kept whether or not anything was said in it."""
    heard = "listened for an answer" if data.get("about") else "message kept"
    return f"{heard}, {data['end_s'] - data['start_s']:.1f} s"


_LINES: Mapping[CallEventKind, Callable[[Mapping[str, Any]], str]] = {
    CallEventKind.RINGING: lambda data: "is calling",
    CallEventKind.ANSWERED: lambda data: "answered",
    CallEventKind.LANGUAGE: lambda data: f"language {data['language']}",
    CallEventKind.MENU: lambda data: f"menu: {data['node']}",
    CallEventKind.KEY: lambda data: f"pressed {data['key']}",
    CallEventKind.HEARD: lambda data: f"heard: {data['text']}",
    CallEventKind.HIT: lambda data: f"recognised {data['category']}: {data['phrase']}",
    CallEventKind.MESSAGE: _message,
    CallEventKind.TICKET: lambda data: "ticket",
    CallEventKind.TRANSCRIPT: lambda data: f"transcript {data['status']}: ",
    CallEventKind.DISPATCH: lambda data: "the people on call are rung",
    CallEventKind.BRIDGE: lambda data: f"connected with {data.get('person', 'a person')}",
    CallEventKind.HANGUP: lambda data: f"ended by the {data['by']}",
    CallEventKind.ERROR: lambda data: "trouble in the flow; see the log",
}
