"""The timeline of a search for a person: one line a step, in the reader's language.

What is written comes from the store's dispatch events; who it is about from the roster.
Nobody's number is in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import singledispatchmethod

from call_logs.dispatches import (
    Acknowledged,
    Arrived,
    Attempt,
    AttemptStatus,
    AttemptStep,
    CalledBack,
    Details,
    Dispatch,
    DispatchEvent,
    DispatchReason,
    DispatchStatus,
    DispatchStep,
    LevelBegun,
    Note,
    NoticeSent,
    NotRung,
    OnTheWay,
    Ordered,
    PhraseHeard,
    Step,
    Taken,
    TookBack,
)
from call_logs.roster import SkipReason
from dashboard.dispatches.labels import (
    ACKNOWLEDGED_VIA,
    ATTEMPTS,
    DISPATCH_MOVES,
    DISPATCH_REASONS,
    ORDERS_GIVEN,
    SKIPS,
)
from dashboard.web.texts import N_

__all__ = ["DispatchView", "RingingNow", "StepTone", "TimelineStep", "timeline"]

Gettext = Callable[[str], str]

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
    """Somebody's telephone, since when, and whether they have picked it up."""

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
        begun = [e.what.level for e in self.events if isinstance(e.what, LevelBegun)]
        return begun[-1] if begun else 0

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
        return next((e.at for e in self.events if isinstance(e.what, Arrived)), None)

    @property
    def on_the_way(self) -> tuple[datetime, int] | None:
        """When somebody last said that they are on the way, and in how many minutes they are
        there; 0: they did not say."""
        ways = [(e.at, e.what.minutes) for e in self.events if isinstance(e.what, OnTheWay)]
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
            _Teller(search, event, gettext, category).told(event.what),
            _tone(event.what),
        )
        for event in reversed(search.events)
        if not _is_no_news(event, search.events)
    )


def _tone(what: Step) -> StepTone:
    match what:
        case PhraseHeard():
            return StepTone.START
        case Acknowledged() | OnTheWay() | Arrived() | Taken():
            return StepTone.GOOD
        case AttemptStep(status=status) if status in _GOOD:
            return StepTone.GOOD
        case AttemptStep(status=status) if status in _BAD:
            return StepTone.BAD
        case DispatchStep(status=DispatchStatus.UNANSWERED):
            return StepTone.BAD
        case _:
            return StepTone.PLAIN


def _is_no_news(event: DispatchEvent, events: Sequence[DispatchEvent]) -> bool:
    """People whom an earlier level of the same plan rings. Older programs wrote them down as
    tried, before anybody was."""
    if not isinstance(event.what, NotRung):
        return False
    if event.what.reason is SkipReason.EARLIER:
        return True
    begun = next((e.id for e in events if isinstance(e.what, LevelBegun)), event.id + 1)
    return event.what.reason is SkipReason.TRIED and event.id < begun


@dataclass(frozen=True)
class _Teller:
    """Puts one event into words."""

    search: DispatchView
    event: DispatchEvent
    gettext: Gettext
    category: Callable[[str], str]

    @singledispatchmethod
    def told(self, what: Step) -> str:
        """A kind that this program does not know is told by its name."""
        return self.event.kind

    @told.register
    def _ring(self, ring: AttemptStep) -> str:
        done = self.gettext(ATTEMPTS[ring.status])
        return self._say(N_("%(person)s: %(done)s"), person=self._name(ring.person), done=done)

    @told.register
    def _taken(self, taken: Taken) -> str:
        return self._say(N_("%(person)s has it"), person=self._name(taken.person))

    @told.register
    def _moved(self, moved: DispatchStep) -> str:
        if moved.reason is DispatchReason.ROUND:
            begins = moved.status is DispatchStatus.RINGING
            message = (
                N_("Round %(number)s of the follow-up begins")
                if begins
                else N_("Round %(number)s of the follow-up reached nobody")
            )
            return self._say(message, number=moved.round)
        reason = moved.words or self._reason(moved.reason)
        if self.search.dispatch.drill and moved.status is DispatchStatus.RINGING and not reason:
            return self.gettext(N_("The drill begins"))
        return reason or self.gettext(DISPATCH_MOVES[moved.status])

    @told.register
    def _heard(self, heard: PhraseHeard) -> str:
        how = self.gettext(N_("Found in the transcript") if heard.late else N_("Heard"))
        phrase = f" “{heard.phrase}”" if heard.phrase else ""
        return f"{how}: {self.category(heard.category)}{phrase}"

    @told.register
    def _level(self, begun: LevelBegun) -> str:
        """As people count: the first level is 1."""
        people = self.gettext(N_(", ")).join(map(self._name, begun.people))
        message = N_("Level %(level)s: %(people)s")
        return self._say(message, level=begun.level + 1, people=people)

    @told.register
    def _skipped(self, skipped: NotRung) -> str:
        why = self.gettext(SKIPS[skipped.reason])
        if not skipped.person:
            message = N_("Level %(level)s passed over: %(why)s")
            return self._say(message, level=skipped.level + 1, why=why)
        name = self._name(skipped.person)
        return self._say(N_("%(person)s is not rung: %(why)s"), person=name, why=why)

    @told.register
    def _notice(self, notice: NoticeSent) -> str:
        """It goes by several ways at once; each may fail."""
        name = self._name(notice.person)
        if notice.sent:
            return self._say(N_("A notice to %(person)s was sent"), person=name)
        return self._say(N_("A notice to %(person)s could not be sent"), person=name)

    @told.register
    def _acknowledged(self, said: Acknowledged) -> str:
        how = self.gettext(ACKNOWLEDGED_VIA[said.via]) if said.via else ""
        return self._say(N_("%(person)s has it, said %(how)s"), person=self.by, how=how)

    @told.register
    def _on_the_way(self, way: OnTheWay) -> str:
        if way.minutes:
            message = N_("%(person)s is on the way, there in %(minutes)s min")
            return self._say(message, person=self.by, minutes=way.minutes)
        return self._say(N_("%(person)s is on the way"), person=self.by)

    @told.register
    def _arrived(self, _arrived: Arrived) -> str:
        return self._say(N_("%(person)s has arrived"), person=self.by)

    @told.register
    def _called_back(self, called: CalledBack) -> str:
        if called.answered and called.waiting:
            return self.gettext(N_("The owner was called and told that the search goes on"))
        if called.answered:
            return self.gettext(N_("The owner was called back and told"))
        if not called.number:
            return self.gettext(N_("The owner cannot be called back: no number is known"))
        return self.gettext(N_("The owner was called back and did not answer"))

    @told.register
    def _details(self, _details: Details) -> str:
        return self.gettext(N_("The caller left details"))

    @told.register
    def _ordered(self, order: Ordered) -> str:
        """The person whom it names, the policy, or nothing."""
        what = self.gettext(ORDERS_GIVEN.get(order.order, order.order))
        if order.person:
            what = f"{what} {self._name(order.person)}"
        elif order.policy:
            what = f"{what} ({self.category(order.policy)})"
        return self._say(N_("%(person)s ordered: %(what)s"), person=self.by, what=what)

    @told.register
    def _took_back(self, _took_back: TookBack) -> str:
        return self._say(N_("%(person)s does not have it after all"), person=self.by)

    @told.register
    def _note(self, note: Note) -> str:
        words = note.text or self._reason(note.reason) or self.event.kind
        return words if self.event.actor == _MACHINE else f"{self.by}: {words}"

    @property
    def by(self) -> str:
        return self._name(self.event.actor)

    def _name(self, id_: str) -> str:
        return self.search.names.get(id_, id_)

    def _say(self, message: str, **values: object) -> str:
        return self.gettext(message) % values

    def _reason(self, reason: DispatchReason) -> str:
        return self.gettext(DISPATCH_REASONS[reason]) if reason else ""
