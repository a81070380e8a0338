"""One line about an event of a call, in the language of the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from call_logs.calls import CallEvent, CallEventKind
from call_logs.tickets import ticket_number
from dashboard.calls.labels import END_REASONS, NODES, TRANSCRIPTS
from dashboard.web.formats import duration
from dashboard.web.texts import NAMES

Gettext = Callable[[str], str]
Data = Mapping[str, Any]

# Where an event of a kind says it all by one value of a known set: which value, and its names.
_NAMED: Mapping[CallEventKind, tuple[tuple[str, ...], Mapping[str, str]]] = {
    CallEventKind.MENU: (("node",), NODES),
    CallEventKind.HANGUP: (("by", "reason"), END_REASONS),
    CallEventKind.TRANSCRIPT: (("status",), TRANSCRIPTS),
    CallEventKind.LANGUAGE: (("language",), NAMES),
}
_TOLD = ("number", "text", "key", "problem", "reason", "action", "question", "answer")


def event_text(event: CallEvent, gettext: Gettext, category: Callable[[str], str]) -> str:
    """What the event's data says; empty when its kind says it all."""
    data = event.data
    if event.kind in _NAMED:
        names, table = _NAMED[event.kind]
        value = _first(data, names)
        return gettext(table[value]) if value and value in table else value
    if event.kind in (CallEventKind.HIT, CallEventKind.ASKED):
        phrase = f" “{data['phrase']}”" if data.get("phrase") else ""
        return category(str(data.get("category", ""))) + phrase
    if event.kind is CallEventKind.MESSAGE and "start_s" in data and "end_s" in data:
        return f"{duration(data['start_s'])} – {duration(data['end_s'])}"
    if event.kind is CallEventKind.TICKET and "number" not in data and "ticket_id" in data:
        return ticket_number(int(data["ticket_id"]))
    if event.kind is CallEventKind.PLACE:
        return " ".join(str(value) for value in data.values() if isinstance(value, str) and value)
    headers = (f"{name}: {value}" for name, value in data.get("headers", {}).items())
    return _first(data, _TOLD) or "; ".join(headers)


def _first(data: Data, names: tuple[str, ...]) -> str:
    """The first of the named values that is there."""
    return next((str(data[name]) for name in names if data.get(name)), "")
