"""The steps of a search, one dataclass a kind: the only description of what the timeline holds.

Whoever writes a step hands over one of these; the dashboard, the API and the telephone side
get them back. Every field has a default, which stands for what an older program did not write.
A kind that this program does not know (an older program reads a newer one's rows after a step
back) is an `Unknown`: shown by its name, never a reason to fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from pydantic import TypeAdapter, ValidationError

from call_logs.calls.requests import RequestAction
from call_logs.dispatches.dispatch import (
    AcknowledgedVia,
    AttemptStatus,
    DispatchReason,
    DispatchStatus,
)
from call_logs.roster.ring_plan import SkipReason

__all__ = [
    "Acknowledged",
    "Arrived",
    "AttemptStep",
    "CalledBack",
    "Details",
    "DispatchEvent",
    "DispatchEventKind",
    "DispatchStep",
    "Fact",
    "LevelBegun",
    "NotRung",
    "Note",
    "NoticeSent",
    "OnTheWay",
    "Ordered",
    "PhraseHeard",
    "Step",
    "Taken",
    "TookBack",
    "Unknown",
    "data_of",
    "kind_of",
    "read_step",
]

_ATTEMPT, _DISPATCH = "attempt_", "dispatch_"


class DispatchEventKind(StrEnum):
    """Steps of the timeline that are no status; those of a status bear its name with
    `attempt_` or `dispatch_` before it."""

    HEARD = "heard"
    LEVEL = "level"
    SKIPPED = "skipped"
    NOTICE = "notice"
    ACKNOWLEDGED = "acknowledged"
    ON_THE_WAY = "on_the_way"
    ARRIVED = "arrived"
    CALLED_BACK = "called_back"
    DETAILS = "details"
    ORDERED = "ordered"
    TAKEN_BACK = "taken_back"
    NOTE = "note"


@dataclass(frozen=True)
class AttemptStep:
    """A ring has come to `status`. `level` counts from 0, `round` from 1."""

    status: AttemptStatus
    person: str = ""
    level: int = 0
    round: int = 1


@dataclass(frozen=True)
class DispatchStep:
    """The search has come to `status`. `round`: of the follow-up; 0: in none. `words` are
    those of another version, when `reason` is `other`."""

    status: DispatchStatus
    reason: DispatchReason = DispatchReason.NONE
    round: int = 0
    words: str = field(default="", repr=False)


@dataclass(frozen=True)
class Taken:
    """`person` pressed 1 and was the first."""

    person: str = ""


@dataclass(frozen=True)
class PhraseHeard:
    """What started the search. `at_s`: seconds of the call; `level`: 0..1, how sure; `late`:
    found in the transcript, after the call."""

    kind: ClassVar = DispatchEventKind.HEARD
    category: str = ""
    phrase: str = field(default="", repr=False)
    level: float = 0.0
    rule: str = ""
    at_s: float | None = None
    late: bool = False


@dataclass(frozen=True)
class LevelBegun:
    """A level of the policy begins, counted from 0; `people` are ids."""

    kind: ClassVar = DispatchEventKind.LEVEL
    level: int = 0
    round: int = 1
    people: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotRung:
    """Somebody is passed over, or with no `person` a whole level."""

    kind: ClassVar = DispatchEventKind.SKIPPED
    level: int = 0
    person: str = ""
    reason: SkipReason = SkipReason.NOBODY


@dataclass(frozen=True)
class NoticeSent:
    """A notice went to a person by all their ways: by how many it was sent, and failed."""

    kind: ClassVar = DispatchEventKind.NOTICE
    person: str = ""
    sent: int = 0
    failed: int = 0
    round: int = 0


@dataclass(frozen=True)
class Acknowledged:
    """The step's actor says that they have it."""

    kind: ClassVar = DispatchEventKind.ACKNOWLEDGED
    via: AcknowledgedVia | None = None


@dataclass(frozen=True)
class OnTheWay:
    """The step's actor is on the way, there in `minutes`; 0: they did not say."""

    kind: ClassVar = DispatchEventKind.ON_THE_WAY
    minutes: int = 0


@dataclass(frozen=True)
class Arrived:
    """The step's actor, or whom they speak of, is on site."""

    kind: ClassVar = DispatchEventKind.ARRIVED


@dataclass(frozen=True)
class CalledBack:
    """The owner was called. `waiting`: to hear that the search goes on; `on_the_line`: in the
    call that the owner was in already; `number` is false when none is known."""

    kind: ClassVar = DispatchEventKind.CALLED_BACK
    answered: bool = False
    waiting: bool = False
    on_the_line: bool = False
    number: bool = True


@dataclass(frozen=True)
class Details:
    """The caller left a place or a number. Only older programs wrote this."""

    kind: ClassVar = DispatchEventKind.DETAILS


@dataclass(frozen=True)
class Ordered:
    """The step's actor has ordered something on a page: of a `person`, of a `policy`, or with
    the level `after` which the page showed. `again`: although somebody had it."""

    kind: ClassVar = DispatchEventKind.ORDERED
    order: RequestAction = RequestAction.RING
    person: str = ""
    policy: str = ""
    again: bool = False
    after: int | None = None


@dataclass(frozen=True)
class TookBack:
    """The step's actor does not have it after all."""

    kind: ClassVar = DispatchEventKind.TAKEN_BACK


@dataclass(frozen=True)
class Note:
    """Why the search was begun without anybody on the line; `text` is free."""

    kind: ClassVar = DispatchEventKind.NOTE
    reason: DispatchReason = DispatchReason.NONE
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Unknown:
    """A step of another version, as it stands in the store."""

    name: str
    data: Mapping[str, Any] = field(repr=False)


Fact = (
    PhraseHeard
    | LevelBegun
    | NotRung
    | NoticeSent
    | Acknowledged
    | OnTheWay
    | Arrived
    | CalledBack
    | Details
    | Ordered
    | TookBack
    | Note
)
"""A step that is no status: what `DispatchStore.note` takes."""
Step = AttemptStep | DispatchStep | Taken | Fact | Unknown


@dataclass(frozen=True)
class DispatchEvent:
    """One step of the timeline; never changed. `kind` is its name in the store."""

    id: int
    dispatch_id: str
    attempt_id: str | None
    kind: str
    at: datetime
    actor: str
    what: Step


_FACTS: Mapping[str, type[Fact]] = {
    each.kind: each
    for each in (
        PhraseHeard,
        LevelBegun,
        NotRung,
        NoticeSent,
        Acknowledged,
        OnTheWay,
        Arrived,
        CalledBack,
        Details,
        Ordered,
        TookBack,
        Note,
    )
}
_ADAPTERS: Mapping[type[Step], TypeAdapter[Step]] = {
    each: TypeAdapter(each) for each in (AttemptStep, DispatchStep, Taken, *_FACTS.values())
}
_OLD_ROUND = re.compile(r"follow-up round (\d+)")  # so older programs wrote it


def kind_of(step: Step) -> str:
    """The name of a step in the store."""
    match step:
        case AttemptStep(status=ring):
            return f"{_ATTEMPT}{ring}"
        case DispatchStep(status=search):
            return f"{_DISPATCH}{search}"
        case Taken():
            return f"{_DISPATCH}{DispatchStatus.ACCEPTED}"
        case Unknown(name=name):
            return name
        case _:
            return step.kind


def data_of(step: Step) -> dict[str, Any]:
    """What stands in the store beside the kind."""
    if isinstance(step, Unknown):
        return dict(step.data)
    data: dict[str, Any] = _ADAPTERS[type(step)].dump_python(step, mode="json", warnings=False)
    if isinstance(step, AttemptStep | DispatchStep):
        del data["status"]  # the kind tells it
    return data


def read_step(kind: str, data: Mapping[str, Any]) -> Step:
    """The step of a row."""
    more: Mapping[str, Any] = {}
    type_: type[Step]
    if kind == f"{_DISPATCH}{DispatchStatus.ACCEPTED}":
        type_ = Taken
    elif kind.startswith(_DISPATCH):
        type_, more = DispatchStep, _reason_of(data) | {"status": kind.removeprefix(_DISPATCH)}
    elif kind.startswith(_ATTEMPT):
        type_, more = AttemptStep, {"status": kind.removeprefix(_ATTEMPT)}
    else:
        type_ = _FACTS.get(kind, Unknown)
    if type_ is Unknown:
        return Unknown(kind, data)
    try:
        return _ADAPTERS[type_].validate_python({**data, **more})
    except ValidationError:
        return Unknown(kind, data)


def _reason_of(data: Mapping[str, Any]) -> dict[str, Any]:
    words = str(data.get("reason", ""))
    if old := _OLD_ROUND.fullmatch(words):
        return {"reason": DispatchReason.ROUND, "round": int(old[1])}
    reason = DispatchReason(words)
    return {"reason": reason, "words": words} if reason is DispatchReason.OTHER else {}
