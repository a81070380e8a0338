"""Drives a real store through a year of lives and holds everything against the oracle.

The clock jumps to the next moment at which anybody expects anything: the dice, the program's own
columns, or the oracle, who must not have to wait for the program.
"""

from __future__ import annotations

import heapq
import random
import re
import secrets
import shutil
import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch
from zoneinfo import ZoneInfo

from call_logs import Notice, Rules, Store
from call_logs.calls import NewCall
from call_logs.deadlines import Counted, DeadlineRules, Hours, ResponseTarget, Within
from call_logs.owners import CallRules, TryOutcome
from call_logs.privacy import ClassTimes, KeepRules
from call_logs.recordings import RecordingFiles, RecordingStatus
from call_logs.storage import Keys
from call_logs.storage.database import Database
from call_logs.tickets import (
    Deadline,
    NewTicket,
    Ticket,
    TicketClass,
    TicketStatus,
    WaitsFor,
    edit,
)
from call_logs.users import HOTLINE
from ivr.after.reminding import Reminding
from tests.people import person
from tests.staff_world import PEOPLE
from tests.turned_clock import TurnedClock
from tests.year import lives
from tests.year.calendar import DAY, MINUTE, Site
from tests.year.oracle import ADDRESSED, TARGETS, Asking, Away, Life, Oracle

OLGA = person("olga")
OUT = """
[[person]]
id = "out"
name = "外援"
contacts = ["13800138006"]
"""
KEEP_DAYS = 7
MOST_DEEDS = 40
WRITTEN = {"affected": "one", "cause": "a cause", "plan": "a plan", "result": "a result"}
LEVELS = {
    "交给您的": "assigned",
    "即将到期": "before",
    "已超时": "missed",
    "严重超时": "managers",
    "今日工单": "digest",
}
CLAIM = timedelta(minutes=5)


# Limits in real time, which a busy machine would reach.
PATIENT = (
    "call_logs.storage.database.READ_WAIT_S",
    "call_logs.storage.journal.COMMIT_WAIT_S",
    "call_logs.tickets.store.OPEN_WAIT_S",
    "call_logs.roster.reading.CURRENT_WAIT_S",
    "ivr.after.reminding.SENDING_S",
)


class Killed(BaseException):
    """The program ends here."""


@dataclass
class Result:
    """What a run has seen. `differences`: between oracle and program, in words."""

    differences: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    moves: set[tuple[str, str, str]] = field(default_factory=set)


def rules_of(site: Site) -> DeadlineRules:
    def target(key: tuple[str, str]) -> ResponseTarget:
        return ResponseTarget(*(Within(length, Counted(how)) for length, how in TARGETS[key]))

    return DeadlineRules(
        {TicketClass(cls): target((cls, category)) for cls, category in TARGETS if not category},
        {
            (TicketClass(cls), category): target((cls, category))
            for cls, category in TARGETS
            if category
        },
        tuple(Hours(start, end) for start, end in site.hours),
    )


def roster_of(site: Site, leaves: tuple[Away, ...]) -> str:
    parts = [PEOPLE.format(port=9).replace('["li"]', '["li", "out"]'), OUT]
    parts.append('[[holiday]]\nname = "company day"\nfrom = 2026-09-01\n')
    if site.region != "CN":  # another country's numbers, and days that it knows nothing of
        parts = [part.replace("1380013800", "212736500") for part in parts]
        parts += [
            f'[[holiday]]\nname = "made up"\nfrom = {day}\nworks_as = "fri"\n'
            for day in sorted(site.worked)
        ]
    parts += [
        f'[[leave]]\nperson = "{each.person}"\nfrom = {each.first}\nuntil = {each.last}\n'
        for each in leaves
    ]
    return "\n".join(parts)


class Year:
    """One run. `days` from `site.first` on, then until nothing is expected any more."""

    def __init__(
        self,
        folder: Path,
        migrated: Path,
        site: Site,
        leaves: tuple[Away, ...],
        *,
        seed: int,
        count: int,
        start: datetime,
        days: int,
    ) -> None:
        self.site, self.result = site, Result()
        self.oracle = Oracle(site, leaves)
        self._folder, self._leaves = folder, leaves
        self._dice = random.Random(seed)
        self._keys = Keys.generate()
        self._clock = TurnedClock(start)
        self._end = start + days * DAY
        self._agenda: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._order = 0
        self._oracle_agenda: list[tuple[datetime, int]] = []
        self._asking: dict[tuple[int, datetime], tuple[Life, Asking]] = {}
        self._open: list[int] = []  # that may be merged
        self._deeds: Counter[int] = Counter()
        self._numbers: dict[str, int] = {}
        self._outbox: list[tuple[str, str, str]] = []  # level, number, address
        self._digests: dict[str, tuple[int, int, int]] = {}
        self._kill_sender = False
        self._told = False  # an owner, who may have to be called
        self._killed: set[tuple[int, str]] = set()  # ticket, level: told once more, perhaps
        self._recorded: dict[str, tuple[datetime, Life]] = {}
        folder.mkdir(exist_ok=True)
        shutil.copy(migrated, folder / "hotline.db")
        for birth in lives.births(self._dice, start, days, count):
            self._at(birth.at, partial(self._born, birth))
        day = site.local(start).date()
        while (at := self.oracle.wall(day, 3)) < self._end:
            if at > start:
                self._at(at, self._night)
                self._at(self.oracle.wall(day, 8), self._morning)
            day += DAY

    # -- the program ------------------------------------------------------------------

    async def _start_program(self) -> None:
        self.store = await Store.open(
            f"sqlite:///{self._folder / 'hotline.db'}",
            keys=self._keys,
            recordings=RecordingFiles(self._folder / "recordings"),
            spool=self._folder / "spool",
            region=self.site.region,
            timezone=self.site.zone,
            rules=Rules(
                deadlines=rules_of(self.site), keep=KeepRules(base=ClassTimes(recordings=KEEP_DAYS))
            ),
            clock=self._clock,
        )
        language = SimpleNamespace(id="zh-CN", category=lambda _: SimpleNamespace(names=_Same()))
        services = SimpleNamespace(
            store=self.store,
            default_language="zh-CN",
            language_for=lambda _: language,
            languages={"zh-CN": language},
        )
        self._reminding = Reminding(
            cast(Any, services),
            notice_urls=["json://127.0.0.1:9/site"],
            public_url="",
            zone=ZoneInfo(self.site.zone),
        )

    async def _restart(self) -> None:
        self.result.counts["restarts"] += 1
        await self._reminding.close()
        await self.store.close()
        await self._start_program()

    async def _send(self, urls: Any, notice: Notice) -> tuple[int, int]:
        for url in urls:
            who = url.rpartition("/")[2]
            level = next(value for key, value in LEVELS.items() if notice.title.startswith(key))
            if level == "digest":
                found = re.fullmatch(r"今日工单：未结(\d+)，超时(\d+)，今日到期(\d+)", notice.title)
                assert found is not None
                self._digests[who] = cast(Any, tuple(int(each) for each in found.groups()))
                continue
            number = re.search(r"工单(\d+)", notice.title)
            assert number is not None
            self._outbox.append((level, number[1], who))
            if self._kill_sender:
                self._kill_sender = False
                self._killed.add((self._numbers[number[1]], level))
                raise Killed
        return len(urls), 0

    # -- time -------------------------------------------------------------------------

    def _at(self, at: datetime, do: Callable[[], Awaitable[None]]) -> None:
        self._order += 1
        heapq.heappush(self._agenda, (at, self._order, do))

    def _expect(self, life: Life) -> None:
        if life.next_at is not None:
            heapq.heappush(self._oracle_agenda, (life.next_at, life.id))

    async def run(self) -> Result:
        with ExitStack() as stack:
            stack.enter_context(patch("ivr.after.reminding.send_notice", self._send))
            writing = Database.session.__wrapped__  # type: ignore[attr-defined]
            stack.enter_context(patch.object(writing, "__defaults__", (600.0,)))
            for limit in PATIENT:
                stack.enter_context(patch(limit, 600.0))
            self._lines = sqlite3.connect(self._folder / "hotline.db")
            await self._start_program()
            try:
                await self.store.roster.import_toml(roster_of(self.site, self._leaves), HOTLINE)
                while (at := self._next()) is not None and at < self._end:
                    await self._live(at)
                await self._compare_all()
            finally:
                self._lines.close()
                await self._reminding.close()
                await self.store.close()
        return self.result

    def _next(self) -> datetime | None:
        ahead = [heap[0][0] for heap in (self._agenda, self._oracle_agenda) if heap]
        ahead += [each.next_at for _, each in self._asking.values() if each.next_at is not None]
        for query in (
            "SELECT min(remind_at) FROM tickets",
            "SELECT min(try_at) FROM reminders",
            "SELECT min(next_at) FROM surveys WHERE state = 'waiting'",
        ):
            (text,) = self._lines.execute(query).fetchone()
            if text is not None:
                ahead.append(datetime.fromisoformat(text).replace(tzinfo=UTC))
        now = self._clock.now()
        return max(min(ahead), now) if ahead else None

    async def _live(self, at: datetime) -> None:
        self._clock.set(at)
        self.result.counts["moments"] += 1
        while self._agenda and self._agenda[0][0] <= at:
            await heapq.heappop(self._agenda)[2]()
        chance = self._dice.random()
        if chance < 0.004:  # killed between writing down and sending
            await self.store.reminders.tickets.make()
            await self._restart()
        self._kill_sender = 0.004 < chance < 0.012
        await self._tell(at)
        if await self._ask(at):
            await self._tell(at)
        self._kill_sender = False

    async def _tell(self, at: datetime, *, morning: bool = False) -> None:
        while self._oracle_agenda and self._oracle_agenda[0][0] <= at:
            life = self.oracle.lives[heapq.heappop(self._oracle_agenda)[1]]
            if life.next_at is not None and life.next_at <= at:
                self.oracle.look(life, at)
                self._expect(life)
        for _ in range(100):
            if not self._waits(at, morning):
                return
            try:
                await self._reminding.look()
            except Killed:
                await self._restart()
                continue
            morning = False
        self._differs(f"{at}: reminders are never all sent")

    def _waits(self, at: datetime, morning: bool) -> bool:
        """Whether a look of the program would find anything: else it is spared."""
        due = at.replace(tzinfo=None).isoformat(" ", "microseconds")
        query = (
            "SELECT EXISTS (SELECT 1 FROM tickets WHERE remind_at <= ?1)"
            " OR EXISTS (SELECT 1 FROM reminders WHERE try_at <= ?1)"
        )
        return morning or bool(self._lines.execute(query, (due,)).fetchone()[0])

    async def _morning(self) -> None:
        """Digests go out before anything else of the moment changes what they count."""
        at = self._clock.now()
        self._digests.clear()
        await self._tell(at, morning=True)
        wanted = {who: told for who in ADDRESSED if (told := self.oracle.digest(who, at))}
        self.result.counts["digests"] += len(wanted)
        if self._digests != wanted:
            self._differs(f"{at}: digests were {self._digests}, not {wanted}")

    async def _night(self) -> None:
        now = self._clock.now()
        await self.store.purge.run()
        await self.store.reminders.prune()
        for id_, (ended, life) in list(self._recorded.items()):
            gone = (await self.store.recordings.get(id_)).status is RecordingStatus.PURGED
            if gone != (now - ended > KEEP_DAYS * DAY and self.oracle.case_over(life)):
                self._differs(f"{now}: recording of {ended} is {'gone' if gone else 'there'}")
            if gone:
                self.result.counts["purged"] += 1
                del self._recorded[id_]

    # -- tickets ----------------------------------------------------------------------

    async def _born(self, birth: lives.Birth) -> None:
        call, recording = await self._call() if self._dice.random() < 0.03 else (None, "")
        ticket = await self.store.tickets.open(
            NewTicket(
                ticket_class=TicketClass(birth.cls),
                category=birth.category,
                assignee=birth.assignee,
                callback=birth.callback,
                no_survey=birth.no_survey,
                text="灯坏了",
                actor=OLGA,
                call_id=call,
            )
        )
        at = self._clock.now()
        life = Life(
            ticket.id,
            birth.cls,
            birth.category,
            "",
            at,
            callable=bool(birth.callback) and not birth.no_survey,
            due_from=at,
        )
        life.assignee = self.oracle.placed(birth.assignee, at)
        self._begin(life, ticket)
        if recording:
            self._recorded[recording] = (at, life)

    def _begin(self, life: Life, ticket: Ticket) -> None:
        self.oracle.open(life)
        self._numbers[ticket.number] = ticket.id
        self.result.counts["tickets"] += 1
        self._open.append(life.id)
        self._expect(life)
        self._check(life, ticket)
        self._plan(life)

    async def _call(self) -> tuple[str, str]:
        """A call with a recording, which is destroyed some day; the ids of both."""
        call = secrets.token_hex(16)
        self.store.calls.begin(NewCall(id=call, language="zh-CN"))
        recording = await self.store.recordings.create(call, 8000)
        recording.write(bytes(1600), bytes(1600))
        await recording.close()
        self.store.calls.end(call, "remote")
        await self.store.calls.flush()
        return call, recording.id

    def _plan(self, life: Life) -> None:
        self._deeds[life.id] += 1
        if self._deeds[life.id] <= MOST_DEEDS:
            self._at(self._clock.now() + lives.pause(self._dice, life), lambda: self._deed(life))

    async def _deed(self, life: Life) -> None:
        what, to = lives.deed(self._dice, life)
        if what == "leave":
            return
        self.result.counts[what] += 1
        do = getattr(self, f"_do_{what}")
        ticket = await do(life, to, self._clock.now())
        if ticket is not None:
            self._check(life, ticket)
        self._expect(life)
        self._plan(life)

    async def _do_step(self, life: Life, to: str, at: datetime) -> Ticket:
        score = self._dice.choice((1, 2, 3, 4, 5, 5, 5)) if to == "surveyed" else 0
        written = WRITTEN | ({"satisfaction": score} if score else {})
        self.result.moves.add((life.cls, life.status, to))
        return await self._step(life, to, at, score, OLGA, written)

    async def _step(
        self, life: Life, to: str, at: datetime, score: int, actor: Any, written: Any
    ) -> Ticket:
        ticket = await self.store.tickets.move(
            life.id, TicketStatus(to), actor, "a note", changes=edit(**written)
        )
        self.oracle.step(life, to, at, score)
        if to == "feedback_given":
            self._asking[life.id, at] = (life, life.surveys[-1])
            self._told = True
        return ticket

    async def _do_pause(self, life: Life, to: str, at: datetime) -> Ticket:
        ticket = await self.store.deadlines.pause(life.id, WaitsFor(to), OLGA, "why")
        self.oracle.pause(life, at)
        return ticket

    async def _do_resume(self, life: Life, to: str, at: datetime) -> Ticket:
        ticket = await self.store.deadlines.resume(life.id, OLGA, "why")
        self.oracle.resume(life, at)
        return ticket

    async def _do_change(self, life: Life, to: str, at: datetime) -> Ticket:
        later = at + self._dice.randrange(30, 6000) * MINUTE
        ticket = await self.store.deadlines.change(life.id, Deadline(to), later, OLGA, "why")
        self.oracle.change(life, to, later, at)
        return ticket

    async def _do_reclass(self, life: Life, to: str, at: datetime) -> Ticket | None:
        if to == life.cls:
            return None
        ticket = await self.store.tickets.update(
            life.id, OLGA, edit(ticket_class=TicketClass(to)), note="why"
        )
        self.oracle.reclass(life, to, life.category, at)
        return ticket

    async def _do_category(self, life: Life, to: str, at: datetime) -> Ticket:
        ticket = await self.store.tickets.update(life.id, OLGA, edit(category=to))
        self.oracle.reclass(life, life.cls, to, at)
        return ticket

    async def _do_give(self, life: Life, to: str, at: datetime) -> Ticket:
        ticket = await self.store.tickets.update(life.id, OLGA, edit(assignee=to))
        self.oracle.give(life, to, at)
        return ticket

    async def _do_note(self, life: Life, to: str, at: datetime) -> Ticket:
        ticket = await self.store.tickets.note(life.id, OLGA, "a word")
        life.history.append((at, "note"))
        return ticket

    async def _do_split(self, life: Life, to: str, at: datetime) -> Ticket | None:
        ticket = await self.store.links.split(
            life.id, edit(text="another matter", category="noise"), OLGA
        )
        life.history.append((at, "split_off"))
        asked = bool((await self.store.tickets.get(life.id)).callback)
        child = Life(ticket.id, "general", "noise", "", at, callable=asked, due_from=at)
        self._begin(child, ticket)
        child.history.append((at, "split_from"))
        child.split.add(life.id)
        life.split.add(child.id)
        return None

    async def _do_merge(self, life: Life, to: str, at: datetime) -> Ticket | None:
        weight = ("general", "important", "urgent").index
        untaken = life.cls == "urgent" and life.ack is None and life.status != "resolved"
        if life.closed or untaken:
            return None
        for _ in range(10):
            back = int(self._dice.expovariate(0.05)) % len(self._open)
            other = self.oracle.lives[self._open[-1 - back]]
            mergeable = other.closed is None and other.merged_into is None and other is not life
            if mergeable and weight(other.cls) >= weight(life.cls):
                ticket = await self.store.links.merge(life.id, other.id, OLGA, "the same")
                self.oracle.merge(life, other, at)
                self.result.counts["merged"] += 1
                return ticket
        return None

    async def _do_unmerge(self, life: Life, to: str, at: datetime) -> Ticket:
        ticket = await self.store.links.unmerge(life.id, OLGA, "it was not")
        self.oracle.unmerge(life, at)
        return ticket

    # -- surveys ----------------------------------------------------------------------

    def _is_due(self, at: datetime) -> bool:
        due = at.replace(tzinfo=None).isoformat(" ", "microseconds")
        query = "SELECT EXISTS (SELECT 1 FROM surveys WHERE state = 'waiting' AND next_at <= ?)"
        return bool(self._lines.execute(query, (due,)).fetchone()[0])

    async def _ask(self, at: datetime) -> bool:
        """Owners whose time has come are called; whether any ticket changed by it."""
        rules, surveys = CallRules(), self.store.surveys
        if self._told:
            self._told = False
            await surveys.plan(rules)
        expected = {
            told
            for told, (_, asking) in self._asking.items()
            if asking.next_at is not None and asking.next_at <= at
        }
        due = await surveys.due() if expected or self._is_due(at) else ()
        surveyed = [await surveys.get(each) for each in due]
        found = {(each.ticket_id, each.feedback_at): each.id for each in surveyed}
        if set(found) != expected:
            self._differs(f"{at}: to be called are {sorted(found)}, not {sorted(expected)}")
        answered = False
        for told, survey_id in found.items():
            if told not in self._asking:
                continue
            life, asking = self._asking[told]
            begun = await self.store.surveys.begin(survey_id, rules, can_call=life.callable)
            may = self.oracle.asks(life, asking)
            if begun != (may and life.callable):
                self._differs(f"{at}: ticket {life.id} was{'' if begun else ' not'} called")
            asking.next_at = None
            if not begun:
                asking.state = "not_called" if may else "overtaken"
                continue
            outcome = self._dice.choice(lives.RINGS)
            self.result.counts["rings"] += 1
            if outcome == "interrupted":
                await self._restart()
                await self.store.surveys.cut_off(rules, ())
            elif outcome == "answered":
                answered = True
                score = self._dice.choice((1, 2, 3, 4, 5))
                written = {"satisfaction": score}
                ticket = await self._step(life, "surveyed", at, score, HOTLINE, written)
                self._check(life, ticket)
                self._expect(life)
            self.oracle.called(asking, at, outcome)
            if outcome != "interrupted":
                await self.store.surveys.finish(survey_id, TryOutcome(outcome), rules)
        self._asking = {
            told: pair for told, pair in self._asking.items() if pair[1].next_at is not None
        }
        return answered

    # -- held against each other -------------------------------------------------------

    def _differs(self, what: str) -> None:
        self.result.differences.append(what)

    def _check(self, life: Life, ticket: Ticket) -> None:
        """After each deed."""
        wanted = (
            life.status,
            life.cls,
            life.category,
            life.assignee,
            *(life.due[each] for each in ("acknowledge", "on_site", "feedback")),
            life.next_due(),
            life.ack,
            life.site,
            life.resolved,
            life.feedback,
            life.closed,
            life.paused,
            life.merged_into,
        )
        names = (
            "status",
            "ticket_class",
            "category",
            "assignee",
            "acknowledge_due_at",
            "on_site_due_at",
            "feedback_due_at",
            "next_due_at",
            "acknowledged_at",
            "on_site_at",
            "resolved_at",
            "feedback_at",
            "closed_at",
            "paused_at",
            "merged_into",
        )
        for name, value in zip(names, wanted, strict=True):
            found = getattr(ticket, name)
            if found != value:
                now = self._clock.now()
                last = life.history[-1]
                self._differs(f"{now}: ticket {life.id}: {name} {found}, not {value} ({last})")

    async def _compare_all(self) -> None:
        for life in self.oracle.lives.values():
            self._check(life, await self.store.tickets.get(life.id))
            history = [(each.at, each.action) for each in await self.store.tickets.history(life.id)]
            if history != life.history:
                self._differs(f"ticket {life.id}: history {history}, not {life.history}")
            await self._compare_told(life)
            await self._compare_surveys(life)

    async def _compare_told(self, life: Life) -> None:
        told = await self.store.reminders.for_ticket(life.id)
        found = Counter(
            (
                each.level.value,
                each.moment,
                each.party,
                each.made_at,
                each.outcome.value if each.outcome else "",
                each.person,
                each.ended_at,
            )
            for each in told
            if (life.id, each.level.value) not in self._killed
        )
        wanted = Counter(
            (
                each.level,
                each.moment,
                each.party,
                each.made_at,
                each.outcome,
                each.person,
                each.ended_at,
            )
            for each in life.entries
            if (life.id, each.level) not in self._killed
        )
        wanted += Counter(
            ("assigned", given, ref, given, "", "", None)
            for given, ref in life.assigned
            if (life.id, "assigned") not in self._killed
        )
        self.result.counts["told"] += len(told)
        for each in (found - wanted).elements():
            self._differs(f"ticket {life.id}: told but should not be: {each}")
        for each in (wanted - found).elements():
            self._differs(f"ticket {life.id}: should be told and was not: {each}")
        # What was killed may be told twice or be untrue by then; it is written down once.
        written = Counter((each.level.value, each.moment, each.party) for each in told)
        entries = [(each.level, each.moment, each.party) for each in life.entries]
        entries += [("assigned", given, ref) for given, ref in life.assigned]
        if written != Counter(entries):
            self._differs(f"ticket {life.id}: written down {written}, not {Counter(entries)}")

    async def _compare_surveys(self, life: Life) -> None:
        found = [
            (
                each.feedback_at,
                each.state.value,
                [(ring.at, ring.outcome.value if ring.outcome else "") for ring in each.tries],
            )
            for each in reversed(await self.store.surveys.of_ticket(life.id))
        ]
        wanted = [(each.told_at, each.state, each.tries) for each in life.surveys]
        if found != wanted:
            self._differs(f"ticket {life.id}: surveys {found}, not {wanted}")


class _Same(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "照明"
