"""What must become of a ticket, by the rules of docs/tickets.md and docs/people.md: written
anew, with nothing of the program but the names of its states."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from tests.year.calendar import DAY, HOUR, MINUTE, Site

DEADLINES = ("acknowledge", "on_site", "feedback")
HEADS_CATEGORIES = ("lighting", "water_leak")
ADDRESSED = ("boss", "head", "li", "wang")  # who can be told; `out` and `second` cannot
DEPARTMENT = ("head", "wang", "li", "out")
STALE = timedelta(days=3)
ALWAYS, IN_HOURS, IN_DAYS = "always", "working_hours", "working_days"

# (class, category or "") -> how soon, and which time counts, for each deadline.
Targets = dict[tuple[str, str], tuple[tuple[timedelta, str], ...]]
TARGETS: Targets = {
    ("urgent", ""): ((5 * MINUTE, ALWAYS), (30 * MINUTE, ALWAYS), (30 * MINUTE, ALWAYS)),
    ("important", ""): ((30 * MINUTE, ALWAYS), (8 * HOUR, IN_HOURS), (3 * DAY, IN_DAYS)),
    ("general", ""): ((4 * HOUR, IN_HOURS), (2 * DAY, IN_DAYS), (5 * DAY, IN_DAYS)),
    ("general", "lift_fault"): ((HOUR, ALWAYS), (6 * HOUR, IN_HOURS), (16 * HOUR, IN_HOURS)),
}


@dataclass(frozen=True)
class Entry:
    """One line of who was told of a ticket. `person`: who really was."""

    level: str
    moment: datetime
    party: str
    made_at: datetime
    outcome: str
    person: str
    ended_at: datetime | None


@dataclass
class Asking:
    """The survey of one telling."""

    told_at: datetime
    state: str
    next_at: datetime | None
    tries: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass
class Life:
    """A ticket as the oracle knows it."""

    id: int
    cls: str
    category: str
    assignee: str
    opened: datetime
    callable: bool  # its owner left a number and wants to be asked
    due_from: datetime
    status: str = "received"
    unheld: datetime | None = None
    due: dict[str, datetime] = field(default_factory=dict)
    ack: datetime | None = None
    site: datetime | None = None
    resolved: datetime | None = None
    feedback: datetime | None = None
    closed: datetime | None = None
    paused: datetime | None = None
    merged_into: int | None = None
    took_in: set[int] = field(default_factory=set)
    split: set[int] = field(default_factory=set)  # off from it, or it from them
    planned: bool = False
    entries: list[Entry] = field(default_factory=list)
    written: set[tuple[str, datetime]] = field(default_factory=set)
    rung: set[tuple[datetime, str]] = field(default_factory=set)
    assigned: list[tuple[datetime, str]] = field(default_factory=list)  # still to be told
    surveys: list[Asking] = field(default_factory=list)
    history: list[tuple[datetime, str]] = field(default_factory=list)
    next_at: datetime | None = None

    def unmet(self) -> list[str]:
        if self.merged_into is not None or self.closed or self.feedback:
            return []
        needs_site = self.resolved is None and self.site is None
        needs_ack = self.resolved is None and self.ack is None
        return ["acknowledge"] * needs_ack + ["on_site"] * needs_site + ["feedback"]

    def next_due(self) -> datetime | None:
        found = [self.due[each] for each in self.unmet()]
        return None if self.paused else min(found, default=None)


@dataclass(frozen=True)
class Away:
    """First and last day of a leave."""

    person: str
    first: date
    last: date


class Oracle:
    """All lives of one site. Moments go forward only."""

    def __init__(self, site: Site, leaves: tuple[Away, ...]) -> None:
        self.site = site
        self.leaves = leaves
        self.lives: dict[int, Life] = {}

    # -- people -----------------------------------------------------------------------

    def here(self, person: str, at: datetime) -> bool:
        day = self.site.local(at).date()
        return not any(
            each.person == person and each.first <= day <= each.last for each in self.leaves
        )

    def head(self, at: datetime) -> str:
        """Who heads the department: the deputy while the head is away, else nobody."""
        return next((each for each in ("head", "wang") if self.here(each, at)), "")

    def above(self, person: str, at: datetime) -> str:
        head = self.head(at)
        return head if person in DEPARTMENT and person != head else ""

    def acting(self, ref: str, at: datetime) -> str:
        kind, _, name = ref.partition(":")
        if kind == "person":
            return name if self.here(name, at) else self.above(name, at)
        return self.head(at) if kind == "department" else ""

    def managers(self, at: datetime) -> list[str]:
        return [each for each in ("boss", "second") if self.here(each, at)]

    def told(self, level: str, life: Life, at: datetime) -> list[str]:
        managers = self.managers(at)
        holder = self.acting(life.assignee, at)
        if level == "managers":
            people = managers
        elif holder not in ADDRESSED:
            head = self.head(at) if life.category in HEADS_CATEGORIES else ""
            people = [head] if head else managers
        elif level == "before":
            people = [holder]
        else:
            above = self.above(holder, at)
            people = [holder, above] if above else [holder, *managers]
        refs = [f"person:{each}" for each in dict.fromkeys(people) if each in ADDRESSED]
        return refs or ["site"]

    # -- time -------------------------------------------------------------------------

    def opening(self, at: datetime) -> datetime:
        """`at` between 8 and 21 o'clock, else the next 8 o'clock."""
        local = self.site.local(at)
        if 8 <= local.hour < 21:
            return at
        day = local.date() if local.hour < 8 else local.date() + DAY
        return self.wall(day, 8)

    def wall(self, day: date, hour: int) -> datetime:
        wanted, at = datetime.combine(day, time(hour)), self.site.first
        while off := wanted - self.site.local(at).replace(tzinfo=None):
            at += off
        return at

    def counted(self, how: str) -> list[int]:
        return self.site.in_hours if how == IN_HOURS else self.site.in_days

    def targets(self, life: Life) -> tuple[tuple[timedelta, str], ...]:
        return TARGETS.get((life.cls, life.category)) or TARGETS[life.cls, ""]

    def count_anew(self, life: Life) -> None:
        for name, (length, how) in zip(DEADLINES, self.targets(life), strict=True):
            if how == ALWAYS:
                life.due[name] = life.due_from + length
            else:
                life.due[name] = self.site.after(life.due_from, length, self.counted(how))

    # -- what is done to a ticket ------------------------------------------------------

    def open(self, life: Life) -> None:
        self.lives[life.id] = life
        self.count_anew(life)
        life.history.append((life.opened, "opened"))
        if life.assignee:
            life.assigned.append((life.opened, life.assignee))
        life.next_at = life.opened

    def go_on(self, life: Life, at: datetime) -> None:
        """The end of a pause, where there is one."""
        if life.paused is None:
            return
        for name, (_, how) in zip(DEADLINES, self.targets(life), strict=True):
            due = life.due[name]
            if due <= life.paused:
                continue
            left = timedelta(0)
            if how != ALWAYS:
                left = self.site.between(life.paused, due, self.counted(how))
            if left:
                life.due[name] = self.site.after(at, left, self.counted(how))
            else:
                life.due[name] = due + (at - life.paused)
        life.due_from += at - life.paused
        life.paused = None

    def step(self, life: Life, status: str, at: datetime, score: int = 0) -> None:
        self.go_on(life, at)
        life.history.append((at, "moved"))
        life.status = status
        if status in ("registered", "investigating", "in_progress", "resolved"):
            life.ack = life.ack or at
        if status in ("investigating", "in_progress"):
            life.site = life.site or at
        if status == "resolved":
            life.resolved = life.resolved or at
        if status == "feedback_given":
            life.feedback = life.feedback or at
            if life.merged_into is None:
                life.surveys.append(
                    Asking(life.feedback, "waiting", self.first_call(life.feedback))
                )
        if status == "closed":
            life.closed = at
        life.planned = life.planned or status in ("planned", "approved")
        if status == "surveyed":
            life.surveys[-1].state, life.surveys[-1].next_at = "answered", None
        if status == "reopened":
            self._reopen(life, at)
        life.next_at = at
        if status == "surveyed" and score < 3:
            life.history.append((at, "moved"))
            life.status = "reopened"
            self._reopen(life, at)

    def _reopen(self, life: Life, at: datetime) -> None:
        life.site = life.resolved = life.feedback = life.closed = None
        life.due_from = at
        self.count_anew(life)

    def pause(self, life: Life, at: datetime) -> None:
        life.paused = at
        life.history.append((at, "paused"))
        life.next_at = at

    def resume(self, life: Life, at: datetime) -> None:
        self.go_on(life, at)
        life.history.append((at, "resumed"))
        life.next_at = at

    def change(self, life: Life, name: str, to: datetime, at: datetime) -> None:
        life.due[name] = to
        life.history.append((at, "due"))
        life.next_at = at

    def reclass(self, life: Life, cls: str, category: str, at: datetime) -> None:
        """Another class or category: anew where other targets hold; urgent is not held."""
        if (cls, category) == (life.cls, life.category):
            return
        before = (life.cls, self.targets(life))
        raised = cls == "urgent" and life.cls != "urgent"
        life.cls, life.category = cls, category
        if before != (life.cls, self.targets(life)):
            self.go_on(life, at)
            self.count_anew(life)
        if raised:
            life.ack, life.unheld = None, at
        life.history.append((at, "updated"))
        life.next_at = at

    def placed(self, ref: str, at: datetime) -> str:
        """To whom it really goes; who is away has the head or deputy take it."""
        kind, _, name = ref.partition(":")
        if kind == "person" and not self.here(name, at) and (other := self.above(name, at)):
            return f"person:{other}"
        return ref

    def give(self, life: Life, ref: str, at: datetime) -> None:
        ref = self.placed(ref, at)
        if ref == life.assignee:
            return
        life.assignee = ref
        life.history.append((at, "updated"))
        if ref:
            life.assigned.append((at, ref))
        life.next_at = at

    def merge(self, life: Life, into: Life, at: datetime) -> None:
        life.merged_into = into.id
        into.took_in.add(life.id)
        life.history.append((at, "merged"))
        into.history.append((at, "took_in"))
        life.next_at = at

    def case_over(self, life: Life) -> bool:
        """Whether nothing of all that it was merged with or split from goes on any more."""
        reached: set[int] = set()
        new = {life.id}
        while new:
            reached |= new
            near = set().union(*(self._near(self.lives[each]) for each in new))
            new = near - reached
        of = [self.lives[each] for each in reached]
        return all(each.closed or each.merged_into is not None for each in of)

    @staticmethod
    def _near(life: Life) -> set[int]:
        into = set() if life.merged_into is None else {life.merged_into}
        return life.took_in | life.split | into

    def unmerge(self, life: Life, at: datetime) -> None:
        assert life.merged_into is not None
        into = self.lives[life.merged_into]
        into.took_in.discard(life.id)
        life.merged_into = None
        life.history.append((at, "unmerged"))
        into.history.append((at, "gave_back"))
        life.next_at = at

    # -- what is told of it -----------------------------------------------------------

    def look(self, life: Life, at: datetime) -> None:
        """Everything that is told at this moment, and when the next may be."""
        ahead: list[datetime] = []
        open_now = life.cls == "urgent" or self.opening(at) == at
        self._tell_assigned(life, at, ahead)
        if life.unmet() and life.paused is None:
            waits = False
            for level, moment, when in self._moments(life):
                if when > at:
                    ahead.append(when)
                elif not open_now:
                    waits = True
                else:
                    self._tell(life, level, moment, when, at)
            if waits:
                ahead.append(self.opening(at))
            self._ring(life, at, ahead)
        life.next_at = min(ahead, default=None)

    def _moments(self, life: Life) -> Iterator[tuple[str, datetime, datetime]]:
        for moment in dict.fromkeys(life.due[each] for each in life.unmet()):
            target = max(moment - life.due_from, timedelta(0))
            if target:
                yield "before", moment, moment - target / 4
            yield "missed", moment, moment
            yield "managers", moment, moment + target / 2

    def _tell(self, life: Life, level: str, moment: datetime, when: datetime, at: datetime) -> None:
        if when <= at - STALE or (level == "before" and moment <= at):
            return
        if (level, moment) in life.written:
            return
        life.written.add((level, moment))
        for party in self.told(level, life, at):
            person = party.removeprefix("person:") if party != "site" else ""
            life.entries.append(Entry(level, moment, party, at, "sent", person, at))

    def _tell_assigned(self, life: Life, at: datetime, ahead: list[datetime]) -> None:
        left = []
        for given, ref in life.assigned:
            if given < at and self.opening(given) > at:  # it waits for the morning since then
                left.append((given, ref))
                ahead.append(self.opening(given))
                continue
            if life.closed or life.merged_into is not None or life.assignee != ref:
                life.entries.append(Entry("assigned", given, ref, given, "dropped", "", at))
            elif life.cls != "urgent" and self.opening(at) > at:
                left.append((given, ref))
                ahead.append(self.opening(at))
            else:
                person = self.acting(ref, at)
                sent = person in ADDRESSED
                outcome = "sent" if sent else "nobody"
                life.entries.append(
                    Entry("assigned", given, ref, given, outcome, person if sent else "", at)
                )
        life.assigned = left

    def _ring(self, life: Life, at: datetime, ahead: list[datetime]) -> None:
        if life.cls != "urgent" or life.ack or life.resolved:
            return
        base = max(filter(None, (life.due_from, life.unheld)))
        for place, manager in enumerate(self.managers(at), 1):
            when = base + place * 10 * MINUTE
            if when > at:
                ahead.append(when)
                return
            if when > at - DAY and (base, manager) not in life.rung:
                life.rung.add((base, manager))
                life.entries.append(
                    Entry("ring", base, f"person:{manager}", at, "sent", manager, at)
                )

    def digest(self, person: str, at: datetime) -> tuple[int, int, int] | None:
        """Open, late, due today; None: nothing is sent."""
        if person not in ADDRESSED or not self.here(person, at):
            return None
        refs = {f"person:{person}"} | ({"department:repairs"} if self.head(at) == person else set())
        mine = [
            each
            for each in self.lives.values()
            if each.assignee in refs and not each.closed and each.merged_into is None
        ]
        midnight = self.wall(self.site.local(at).date() + DAY, 0)
        due = [when for each in mine if (when := each.next_due()) is not None]
        late = sum(when < at for when in due)
        return (len(mine), late, sum(at <= when < midnight for when in due)) if mine else None

    # -- surveys ----------------------------------------------------------------------

    def first_call(self, told_at: datetime) -> datetime:
        return self._call_from(told_at + 2 * HOUR, set())

    def _call_from(self, at: datetime, tried: set[int]) -> datetime:
        """The first quarter of an hour on, between 10 and 12 or 14 and 20, in an hour of the day
        that was not tried; in any such hour when all were."""
        found: datetime | None = None
        for n in range(8 * 24 * 4):
            hour = self.site.local(at + n * 15 * MINUTE).hour
            if not (10 <= hour < 12 or 14 <= hour < 20):
                continue
            found = found or at + n * 15 * MINUTE
            if hour not in tried:
                return at + n * 15 * MINUTE
        assert found is not None
        return found

    def called(self, asking: Asking, at: datetime, outcome: str) -> None:
        """A ring ended so."""
        asking.tries.append((at, outcome))
        asking.next_at = None
        if outcome == "answered":
            asking.state = "answered"
            return
        if outcome == "hung_up":
            asking.state = "declined"
            return
        ended = sum(each != "interrupted" for _, each in asking.tries)
        if ended >= 3 or len(asking.tries) >= 6:
            asking.state = "given_up"
            return
        asking.state = "waiting"
        hours = {self.site.local(when).hour for when, _ in asking.tries}
        asking.next_at = self._call_from(at + 3 * HOUR, hours)

    def asks(self, life: Life, asking: Asking) -> bool:
        """Whether its owner can still be asked about this telling."""
        told_now = life.status == "feedback_given" and life.feedback == asking.told_at
        return told_now and life.merged_into is None
