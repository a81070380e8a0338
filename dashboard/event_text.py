"""One line about an event of a call, in the language of the reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from call_logs import CallEvent, CallEventKind, ticket_number
from dashboard import labels
from dashboard.texts import NAMES


def event_text(
    event: CallEvent, gettext: Callable[[str], str], category: Callable[[str], str]
) -> str:
    """What the event's data says; empty when its kind says it all."""
    data = event.data
    kind = event.kind
    if kind is CallEventKind.MENU:
        return _known(labels.NODES, data.get("node", ""), gettext)
    if kind is CallEventKind.HIT:
        return f"{category(str(data.get('category', '')))} “{data.get('phrase', '')}”"
    if kind is CallEventKind.TICKET:
        if "number" in data:
            return str(data["number"])
        return ticket_number(int(data["ticket_id"])) if "ticket_id" in data else ""
    if kind is CallEventKind.LANGUAGE:
        language = str(data.get("language", ""))
        return NAMES.get(language, language)
    if kind is CallEventKind.HANGUP:
        return _known(labels.END_REASONS, data.get("by") or data.get("reason", ""), gettext)
    if kind is CallEventKind.TRANSCRIPT:
        return _known(labels.TRANSCRIPTS, data.get("status", ""), gettext)
    if kind is CallEventKind.PLACE:
        return " ".join(str(value) for value in data.values() if isinstance(value, str) and value)
    return _first(data, ("text", "key", "problem", "reason", "action", "question", "answer"))


def _known(table: Mapping[str, str], value: Any, gettext: Callable[[str], str]) -> str:
    return gettext(table[value]) if value in table else str(value)


def _first(data: Mapping[str, Any], names: tuple[str, ...]) -> str:
    return next((str(data[name]) for name in names if data.get(name)), "")
