"""Who is on call, and the roster, as programs see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from call_logs.roster import EntryKind
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId


class PersonOut(Out):
    """Somebody on call, without numbers."""

    id: str
    name: str
    roles: frozenset[str]
    languages: list[str]


class ServingOut(BaseModel):
    """Who serves in a schedule."""

    schedule: str
    people: list[PersonOut]


class RingingOut(BaseModel):
    """Whom a category rings, level by level, in ids; without levels: nobody."""

    category: str
    levels: list[list[str]]


class PlanOut(BaseModel):
    """Who is on call at a moment, and whom each category would ring then."""

    at: datetime
    serving: list[ServingOut]
    ringing: list[RingingOut]


class DutyOut(Out):
    schedule: str
    person: str
    start: datetime
    end: datetime


class GapOut(Out):
    """Nobody could be reached about these categories."""

    start: datetime
    end: datetime
    categories: list[str]


class EntryOut(Out):
    """An entry of the roster; `document` is its table of a roster file (docs/oncall.md)."""

    kind: EntryKind
    id: str
    document: dict[str, Any]
    version: int
    updated_at: datetime


class EntryIn(In):
    """`version` is the one that was read; 0: there must be none yet; null: whatever is there."""

    document: dict[str, Any]
    version: RowId | None


class RosterChangeOut(Out):
    id: int
    at: datetime
    actor: str
    action: str
    kind: str
    entry_id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class ImportedOut(BaseModel):
    """How many entries changed; of owners' numbers how many there are now."""

    count: int
