"""The timeline of a search for a person: one line a step, in the reader's language.

What is written comes from the store's dispatch events; who it is about from the roster.
Nobody's number is in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from call_logs.dispatches import (
    Attempt,
    AttemptStatus,
    Dispatch,
    DispatchEvent,
    DispatchEventKind,
    DispatchStatus,
)
from call_logs.roster import SkipReason
from dashboard.web import labels
from dashboard.web.texts import N_

__all__ = ["DispatchView", "RingingNow", "StepTone", "TimelineStep", "timeline"]

Gettext = Callable[[str], str]

_ROUND = re.compile(r"follow-up round (\d+)")
_ATTEMPT, _DISPATCH = "attempt_", "dispatch_"
_MACHINE = "hotline"  # the actor of steps that no person took


class StepTone(StrEnum):
    """How a step is marked."""

    PLAIN = "plain"
    GOOD = "good"  # somebody is nearer
    BAD = "bad"  # a way that led to nobody
    START = "start"


_GOOD = frozenset(
    {
        AttemptStatus.ACCEPTED,
        AttemptStatus.CONFIRMED,
        AttemptStatus.BRIDGED,
        AttemptStatus.TRANSFERRED,
    }
)
_BAD = frozenset(
    {
        AttemptStatus.BUSY,
        AttemptStatus.DECLINED,
        AttemptStatus.NO_ANSWER,
        AttemptStatus.UNREACHABLE,
        AttemptStatus.FAILED,
        AttemptStatus.PASSED,
        AttemptStatus.SILENT,
        AttemptStatus.DROPPED,
        AttemptStatus.INTERRUPTED,
    }
)
_RINGING = frozenset({AttemptStatus.PLACED, AttemptStatus.RUNG, AttemptStatus.ANSWERED})
_TONES: Mapping[str, StepTone] = {
    **{f"{_ATTEMPT}{status}": StepTone.GOOD for status in _GOOD},
    **{f"{_ATTEMPT}{status}": StepTone.BAD for status in _BAD},
    DispatchEventKind.HEARD: StepTone.START,
    DispatchEventKind.ACKNOWLEDGED: StepTone.GOOD,
    DispatchEventKind.ON_THE_WAY: StepTone.GOOD,
    DispatchEventKind.ARRIVED: StepTone.GOOD,
    f"{_DISPATCH}{DispatchStatus.ACCEPTED}": StepTone.GOOD,
    f"{_DISPATCH}{DispatchStatus.UNANSWERED}": StepTone.BAD,
}


@dataclass(frozen=True)
class TimelineStep:
    """One line: when, how long after the first one, and what happened. `text` may hold
    words of the caller."""

    id: int
    at: datetime
    offset_s: float
    text: str = field(repr=False)
    tone: StepTone


@dataclass(frozen=True)
class RingingNow:
    """Somebody's telephone, since when, and whether he has picked it up."""

    name: str
    level: int
    since: datetime
    answered: bool


@dataclass(frozen=True)
class DispatchView:
    """A dispatch with everything that a page shows of it. `names` are people's by id."""

    dispatch: Dispatch
    attempts: tuple[Attempt, ...]
    events: tuple[DispatchEvent, ...]
    names: Mapping[str, str] = field(repr=False)

    @property
    def holder(self) -> str:
        """The name of who has it; empty: nobody."""
        who = self.dispatch.person or self.dispatch.acknowledged_by
        return self.names.get(who, who)

    @property
    def is_open(self) -> bool:
        return self.dispatch.status is not DispatchStatus.CLOSED

    @property
    def alone(self) -> str:
        """The name of the one person whom it rings; empty: it rings by a policy."""
        order = self.dispatch.order
        return self.names.get(order.person, order.person) if order.once else ""

    @property
    def ringing(self) -> tuple[RingingNow, ...]:
        """Whose telephones ring in this moment, or who listens to what is the matter;
        nobody's when it is over, whatever a crash has left."""
        if not self.is_open:
            return ()
        return tuple(
            RingingNow(
                self.names.get(each.person, each.person),
                each.level,
                each.started_at,
                each.status is AttemptStatus.ANSWERED,
            )
            for each in self.attempts
            if each.status in _RINGING
        )

    @property
    def level(self) -> int:
        """The level that was begun last, as the policy counts."""
        begun = [e.data.get("level", 0) for e in self.events if e.kind == DispatchEventKind.LEVEL]
        return int(begun[-1]) if begun else 0

    @property
    def has_next_level(self) -> bool:
        order = self.dispatch.order
        first = 1 if order.person else 0
        levels = 1 if order.once else first + len(self.dispatch.policy.get("level", ()))
        return self.level + 1 < levels

    @property
    def held_since(self) -> datetime | None:
        return self.dispatch.accepted_at or self.dispatch.acknowledged_at

    @property
    def arrived_at(self) -> datetime | None:
        return next((e.at for e in self.events if e.kind == DispatchEventKind.ARRIVED), None)

    @property
    def on_the_way(self) -> DispatchEvent | None:
        """The last announcement of an arrival; its `data` has `minutes`."""
        ways = [e for e in self.events if e.kind == DispatchEventKind.ON_THE_WAY]
        return ways[-1] if ways else None


def timeline(
    search: DispatchView, gettext: Gettext, category: Callable[[str], str]
) -> Sequence[TimelineStep]:
    """Every step, the newest first; one of an unknown kind is shown by its name."""
    if not search.events:
        return ()
    first = search.events[0].at
    return tuple(
        TimelineStep(
            event.id,
            event.at,
            (event.at - first).total_seconds(),
            _Teller(event, search.names, gettext, category).text(),
            _TONES.get(event.kind, StepTone.PLAIN),
        )
        for event in reversed(search.events)
        if not _is_no_news(event, search.events)
    )


def _is_no_news(event: DispatchEvent, events: Sequence[DispatchEvent]) -> bool:
    """People whom an earlier level of the same plan rings. Older programs wrote them down as
    tried, before anybody was."""
    if event.kind != DispatchEventKind.SKIPPED:
        return False
    if event.data.get("reason") == SkipReason.EARLIER:
        return True
    begun = next((e.id for e in events if e.kind == DispatchEventKind.LEVEL), event.id + 1)
    return event.data.get("reason") == SkipReason.TRIED and event.id < begun


_DISPATCH_TEXTS: Mapping[str, str] = {
    DispatchStatus.RINGING: N_("The search for a person begins"),
    DispatchStatus.UNANSWERED: N_("Nobody was reached; the follow-up goes on"),
    DispatchStatus.CLOSED: N_("The search has ended"),
}


@dataclass(frozen=True)
class _Teller:
    """Puts one event into words."""

    event: DispatchEvent
    names: Mapping[str, str]
    gettext: Gettext
    category: Callable[[str], str]

    def text(self) -> str:
        kind = self.event.kind
        if kind.startswith(_ATTEMPT):
            return self._attempt(kind.removeprefix(_ATTEMPT))
        if kind.startswith(_DISPATCH):
            return self._dispatch(kind.removeprefix(_DISPATCH))
        if kind in _NOTES:
            return _NOTES[kind](self)
        words = str(self.data.get("text", "")) or kind
        return words if self.event.actor == _MACHINE else f"{self.by}: {words}"

    @property
    def data(self) -> Mapping[str, Any]:
        return self.event.data

    @property
    def by(self) -> str:
        return self._name(self.event.actor)

    @property
    def _level(self) -> int:
        """As people count: the first is 1."""
        return int(self.data.get("level", 0)) + 1

    def _name(self, id_: object) -> str:
        return self.names.get(str(id_), str(id_))

    def _person(self) -> str:
        return self._name(self.data.get("person", ""))

    def _say(self, message: str, **values: object) -> str:
        return self.gettext(message) % values

    def _label(self, table: Mapping[str, str], value: object) -> str:
        return self.gettext(table[str(value)]) if str(value) in table else str(value)

    def _attempt(self, status: str) -> str:
        done = self._label(labels.ATTEMPTS, status)
        return self._say(N_("%(person)s: %(done)s"), person=self._person(), done=done)

    def _dispatch(self, status: str) -> str:
        reason = str(self.data.get("reason", ""))
        if status == DispatchStatus.ACCEPTED:
            return self._say(N_("%(person)s has it"), person=self._person())
        if round_ := _ROUND.fullmatch(reason):
            begins = status == DispatchStatus.RINGING
            message = (
                N_("Round %(number)s of the follow-up begins")
                if begins
                else N_("Round %(number)s of the follow-up reached nobody")
            )
            return self._say(message, number=round_[1])
        if reason:
            return self._label(labels.DISPATCH_REASONS, reason)
        return self._label(_DISPATCH_TEXTS, status)

    def heard(self) -> str:
        heard = N_("Found in the transcript") if self.data.get("late") else N_("Heard")
        phrase = f" “{self.data['phrase']}”" if self.data.get("phrase") else ""
        what = self.category(str(self.data.get("category", "")))
        return f"{self.gettext(heard)}: {what}{phrase}"

    def level(self) -> str:
        people = self.gettext(N_(", ")).join(map(self._name, self.data.get("people", ())))
        return self._say(N_("Level %(level)s: %(people)s"), level=self._level, people=people)

    def skipped(self) -> str:
        why = self._label(labels.SKIPS, self.data.get("reason", ""))
        if not self.data.get("person"):
            return self._say(N_("Level %(level)s passed over: %(why)s"), level=self._level, why=why)
        return self._say(N_("%(person)s is not rung: %(why)s"), person=self._person(), why=why)

    def notice(self) -> str:
        """It goes by several ways at once; each may fail."""
        if self.data.get("sent"):
            return self._say(N_("A notice to %(person)s was sent"), person=self._person())
        return self._say(N_("A notice to %(person)s could not be sent"), person=self._person())

    def acknowledged(self) -> str:
        how = self._label(labels.ACKNOWLEDGED_VIA, self.data.get("via", ""))
        return self._say(N_("%(person)s has it, said %(how)s"), person=self.by, how=how)

    def on_the_way(self) -> str:
        if minutes := self.data.get("minutes"):
            message = N_("%(person)s is on the way, there in %(minutes)s min")
            return self._say(message, person=self.by, minutes=minutes)
        return self._say(N_("%(person)s is on the way"), person=self.by)

    def arrived(self) -> str:
        return self._say(N_("%(person)s has arrived"), person=self.by)

    def called_back(self) -> str:
        if self.data.get("answered") and self.data.get("waiting"):
            return self.gettext(N_("The owner was called and told that the search goes on"))
        if self.data.get("answered"):
            return self.gettext(N_("The owner was called back and told"))
        if self.data.get("number") is False:
            return self.gettext(N_("The owner cannot be called back: no number is known"))
        return self.gettext(N_("The owner was called back and did not answer"))

    def ordered(self) -> str:
        """The person whom it names, the policy, or nothing."""
        what = self._label(labels.ORDERS_GIVEN, self.data.get("order", ""))
        if whom := self.data.get("person"):
            what = f"{what} {self._name(whom)}"
        elif policy := self.data.get("policy"):
            what = f"{what} ({self.category(str(policy))})"
        return self._say(N_("%(person)s ordered: %(what)s"), person=self.by, what=what)

    def taken_back(self) -> str:
        return self._say(N_("%(person)s does not have it after all"), person=self.by)

    def details(self) -> str:
        return self.gettext(N_("The caller left details"))


_NOTES: Mapping[str, Callable[[_Teller], str]] = {
    DispatchEventKind.HEARD: _Teller.heard,
    DispatchEventKind.LEVEL: _Teller.level,
    DispatchEventKind.SKIPPED: _Teller.skipped,
    DispatchEventKind.NOTICE: _Teller.notice,
    DispatchEventKind.ACKNOWLEDGED: _Teller.acknowledged,
    DispatchEventKind.ON_THE_WAY: _Teller.on_the_way,
    DispatchEventKind.ARRIVED: _Teller.arrived,
    DispatchEventKind.CALLED_BACK: _Teller.called_back,
    DispatchEventKind.DETAILS: _Teller.details,
    DispatchEventKind.ORDERED: _Teller.ordered,
    DispatchEventKind.TAKEN_BACK: _Teller.taken_back,
}
