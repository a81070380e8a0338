"""The memory of the hotline, opened once per process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession

from call_logs.calls.handlers import call_handlers
from call_logs.calls.live import Live
from call_logs.calls.requests import Requests
from call_logs.calls.store import Calls
from call_logs.casework.equipment_store import EquipmentStore
from call_logs.casework.evidence_store import SUFFIX as EVIDENCE_SUFFIX
from call_logs.casework.evidence_store import EvidenceStore
from call_logs.casework.firm_tasks import FirmTasks
from call_logs.casework.group_store import TicketGroups
from call_logs.casework.link_store import TicketLinkStore
from call_logs.casework.precedents import Precedents
from call_logs.casework.record_store import CaseRecords
from call_logs.casework.risk_store import Risks
from call_logs.casework.tasks import Tasks
from call_logs.casework.team_store import TeamStore
from call_logs.circles.confidential import Confidential
from call_logs.circles.eyes import Eyes
from call_logs.deadlines import Deadlines, DeadlineTargets
from call_logs.dispatches.store import DispatchStore
from call_logs.health import Health, look
from call_logs.inbound.sources import InboundSources
from call_logs.inbound.taking import Inbound
from call_logs.knowledge.store import Knowledge
from call_logs.owners.directory import DirectoryStore
from call_logs.owners.faults import Faults
from call_logs.owners.form_links import FormLinks
from call_logs.owners.news import OwnerNews
from call_logs.owners.surveys import Surveys
from call_logs.privacy.destructions import Destructions
from call_logs.privacy.holds import Holds
from call_logs.privacy.owner_data import OwnerData
from call_logs.privacy.purge import Purge
from call_logs.privacy.rekeying import KeyRotation
from call_logs.privacy.seal import Sealing
from call_logs.quality.store import CallReviews
from call_logs.recordings.files import RecordingFiles
from call_logs.recordings.rows import recording_handlers
from call_logs.recordings.second_hearings import SecondHearings
from call_logs.recordings.store import Recordings
from call_logs.recordings.transcripts import Transcripts
from call_logs.registers.means import MeansOf
from call_logs.registers.stock import Stock
from call_logs.registers.store import Registers
from call_logs.reminders.store import Reminders
from call_logs.reports.reports import Reports
from call_logs.roster.addresses import KnownLine
from call_logs.roster.line_tests import LineTests
from call_logs.roster.store import RosterStore
from call_logs.rules import Rules
from call_logs.staff.store import StaffStore
from call_logs.storage.changes import Changes
from call_logs.storage.checks import Checks, Severity
from call_logs.storage.clock import SYSTEM_CLOCK, Clock
from call_logs.storage.database import Database
from call_logs.storage.errors import StoreBusy
from call_logs.storage.journal import Journal
from call_logs.storage.keys import Keys
from call_logs.storage.lease import Lease
from call_logs.storage.loops import Loop, one_by_one
from call_logs.storage.opening import prepare
from call_logs.storage.phone import REGION
from call_logs.storage.reserve import Reserve
from call_logs.storage.scratch import Scratch
from call_logs.tickets.deadline_store import TicketDeadlines
from call_logs.tickets.enquiries import Enquiries
from call_logs.tickets.owing import Owing
from call_logs.tickets.store import Tickets
from call_logs.users.access import AccessLog
from call_logs.users.store import Users
from call_logs.users.tokens import ApiTokens
from call_logs.webhooks.store import Webhooks

log = logging.getLogger(__name__)

HOUSEKEEPING_S = 600.0
OUR_RULES = Rules()


@dataclass(frozen=True)
class Recovered:
    """What `Store.recover` found after a crash."""

    calls: int
    recordings: int


class Store:
    """Use `Store.open`. Its parts are its public face; each of their methods is a transaction."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        files: RecordingFiles,
        spool: Path,
        *,
        reserve: Reserve,
        node: str,
        region: str,
        zone: ZoneInfo,
        rules: Rules,
    ) -> None:
        self.database, self.node = database, node
        self.checks = Checks(database.clock)
        self.lease = Lease(database, node, self.checks)
        self.changes = Changes(database, self.checks)
        database.on_change = self.changes.wake
        self.live = Live(database, node, self.checks)
        self._journal = Journal(database, keys, spool / node, checks=self.checks, reserve=reserve)
        self.calls = Calls(database, keys, region, journal=self._journal, live=self.live, node=node)
        self.recordings = Recordings(
            database, keys, files, journal=self._journal, calls=self.calls, node=node
        )
        self.transcripts, self.second_hearings = Transcripts(database), SecondHearings(database)
        deadlines = Deadlines(rules.deadlines, zone, region)
        owing, self.targets = Owing(rules.news), DeadlineTargets(database, deadlines)
        self.users, self.inbound_sources = Users(database, keys), InboundSources(database, keys)
        self.roster = RosterStore(database, keys, region, zone, rules.dialling)
        self.staff = StaffStore(self.roster, self.users)
        self.tickets = Tickets(
            database,
            keys,
            region,
            journal=self._journal,
            deadlines=deadlines,
            approve_above=rules.approve_above,
            staff=self.staff,
            owing=owing,
        )
        self.confidential = Confidential(database, keys, self.staff, rules.privacy)
        self.deadlines = TicketDeadlines(database, deadlines, owing)
        self.groups = TicketGroups(database, self.tickets, rules.groups)
        self.reminders = Reminders(
            database, self.staff, self.eyes, rules.reminders, zone=zone, owing=owing
        )
        self.risks = Risks(database, keys, region, rules.risks, self.reminders.risks.tell)
        self.links = TicketLinkStore(database, self.tickets)
        self.records = CaseRecords(database, rules.approve_above, self.staff)
        self.tasks, self.precedents = Tasks(database), Precedents(database)
        self.team, self.stock = TeamStore(database, self.staff), Stock(database, self.staff)
        self.equipment = EquipmentStore(database, self.tickets)
        self.knowledge, self.form_links = Knowledge(database), FormLinks(database, keys)
        self.registers = Registers(database, self.staff, zone)
        self.means = MeansOf(database, self.registers, self.stock, self.staff, zone)
        self.evidence = EvidenceStore(
            database, keys, files.beside("evidence", EVIDENCE_SUFFIX), rules.evidence
        )
        self.firm_tasks = FirmTasks(database, keys, self.staff, self.records, self.evidence)
        self.holds, self.destructions = Holds(database), Destructions(database)
        self.purge = Purge(
            database,
            keys,
            rules.keep,
            recordings=self.recordings,
            evidence=self.evidence,
            journal=self._journal,
        )
        self.tokens, self.access = ApiTokens(database), AccessLog(database)
        self.reports = Reports(
            database,
            keys,
            region,
            zone=zone,
            staff=self.staff,
            access=self.access,
            scratch=Scratch(spool.parent / "exports"),
        )
        self.enquiries, self.requests = Enquiries(database), Requests(database, self.live)
        self.reviews = CallReviews(database, keys, zone, self.staff, rules.reviews)
        self.inbound = Inbound(database, keys, self.tickets, self.links)
        self.checks.register("roster contacts", self.roster.check)
        self.directory = DirectoryStore(database, keys, region)
        self.line_tests = LineTests(database, self.checks, self._lines)
        self.owner_news = OwnerNews(database, node, zone, staff=self.staff)
        self.owner_data = OwnerData(
            database,
            keys,
            region,
            tickets=self.tickets,
            calls=self.calls,
            recordings=self.recordings,
            transcripts=self.transcripts,
            records=self.records,
            evidence=self.evidence,
            news=self.owner_news,
            directory=self.directory,
            access=self.access,
        )
        self.surveys, self.faults = Surveys(database, node, zone), Faults(database)
        self.webhooks = Webhooks(database, rules.egress, self.checks)
        self.dispatches = DispatchStore(database, keys, region, node)
        self.key_rotation = KeyRotation(
            database,
            keys,
            recordings=self.recordings,
            evidence=self.evidence,
            journal=self._journal,
            access=self.access,
        )
        self.sealing = Sealing(
            database,
            tickets=self.tickets,
            calls=self.calls,
            recordings=self.recordings,
            transcripts=self.transcripts,
            records=self.records,
            evidence=self.evidence,
            dispatches=self.dispatches,
            links=self.links,
            access=self.access,
        )
        self._journal.handle(
            {**call_handlers(keys, region), **recording_handlers(), **self.tickets.handlers()}
        )
        self._housekeeping = Loop(
            "housekeeping",
            self.keep_house,
            checks=self.checks,
            every_s=HOUSEKEEPING_S,
            first_s=HOUSEKEEPING_S,
            severity=Severity.DEGRADED,
        )

    @property
    def clock(self) -> Clock:
        return self.database.clock

    @property
    def eyes(self) -> Eyes:
        """May this one see this ticket."""
        return self.confidential.eyes

    async def _lines(self) -> tuple[KnownLine, ...]:
        return (await self.roster.current()).lines

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        keys: Keys,
        recordings: RecordingFiles,
        spool: Path,
        node: str = "main",
        region: str = REGION,
        timezone: str = "Asia/Shanghai",
        rules: Rules = OUR_RULES,
        clock: Clock = SYSTEM_CLOCK,
    ) -> Store:
        """Open, migrate, replay what an earlier run could not write.

        `url`: `sqlite:///path` or `postgresql://user:password@host/name`. `spool`: folder for
        writes that wait for the database. `node`: this process's name, stable over restarts.
        `rules`: what the company decides.
        `clock`: what every part of the store, and whoever has the store, asks for the time.

        Raises:
            StoreBusy: the database is locked or away.
            KeyProblem: the key is not the one that encrypted this database.
            StoreError: the database is of a newer version.
        """
        reserve = Reserve(spool / "full-disk.reserve")
        await asyncio.to_thread(reserve.give_up_if_full)
        database = Database(url, keys, clock)
        try:
            await prepare(database)
            store = cls(
                database,
                keys,
                recordings,
                spool,
                reserve=reserve,
                node=node,
                region=region,
                zone=ZoneInfo(timezone),
                rules=rules,
            )
            await store.targets.refresh()
            await store.tickets.deadlines.prepare(clock.now())
            await store._journal.start()
        except BaseException:
            await database.close()
            raise
        store.live.start()
        store._housekeeping.start()
        return store

    async def recover(self) -> Recovered:
        """After a restart, before the first call: calls of this node without an end are closed
        as "interrupted", their recordings sealed, their transcriptions queued."""
        await self._read_roster()
        await self.live.forget_node()
        await self.reports.scratch.sweep()
        await self._clear_evidence()
        calls = await self.calls.interrupt()
        recordings = await self.recordings.recover()
        await self.calls.flush()
        return Recovered(len(calls), len(recordings))

    async def _clear_evidence(self) -> None:
        try:
            await self.evidence.recover()
        except (OSError, StoreBusy):
            log.warning("what a kill has left of evidence is removed later")

    async def _read_roster(self) -> None:
        """Once, without haste: a call reads it again with a short limit, and then there is one to
        fall back to."""
        try:
            await self.roster.read()
        except StoreBusy:
            log.warning("the roster cannot be read now; the first call tries again")

    async def health(self) -> Health:
        """The store's own checks, and those of every part that registered with `checks`."""
        return Health(
            (
                *await look(self.database, self._journal, self.recordings, self.transcripts),
                *await self.checks.look(),
            )
        )

    async def beat(self) -> None:
        """Return once the database has answered a read.

        Raises:
            StoreBusy: it did not.
        """
        async with self.database.reading() as session:
            await session.execute(text("SELECT 1"))

    @property
    def writes_waiting(self) -> int:
        """Writes in memory that are neither in the database nor in the spool yet."""
        return self._journal.waiting

    async def spool_bytes(self) -> int:
        """What waits on the disk for the database."""
        return await asyncio.to_thread(lambda: self._journal.spool_bytes)

    async def close(self) -> None:
        """Finish recordings, write what waits, end every task. May be called twice."""
        await self._housekeeping.close()
        await self.recordings.close()
        await self._journal.close()
        try:
            await self.live.flush()
        except Exception:
            # A damaged or full disk raises more than a busy one; the rest is closed all the same.
            log.exception("live calls could not be written; the next start clears them")
        await self.live.close()
        await self.lease.release()
        await self.changes.close()
        await self.database.close()

    def session(self, wait_s: float | None = None) -> AbstractAsyncContextManager[AsyncSession]:
        """A writing transaction, for the parts of this package."""
        return self.database.session(wait_s)

    def reading(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A reading transaction, for the parts of this package."""
        return self.database.reading()

    @property
    def jobs_url(self) -> str:
        """Where durable jobs are kept by default: beside the SQLite file, or in the same
        PostgreSQL database."""
        url = make_url(self.database.url)
        if not self.database.is_sqlite:
            return url.set(drivername="postgresql").render_as_string(hide_password=False)
        path = Path(url.database or "hotline.db")
        return f"sqlite:///{path.with_name(path.stem + '-jobs' + path.suffix)}"

    async def keep_house(self) -> None:
        """Forget what is old and bring along what was left; runs by itself now and then."""
        chores: tuple[Callable[[], Awaitable[object]], ...] = (
            self.changes.prune,
            self.targets.refresh,
            self.requests.prune,
            self.reminders.prune,
            self.webhooks.queue.prune,
            self.users.prune,
            self.recordings.offload,
            self.evidence.keep_house,
            self.database.optimize,
        )
        await one_by_one("housekeeping", chores, lambda chore: chore())
