"""Tasks as somebody of an outside firm sees them: a value of what the work needs, and of nothing
else that is known of the ticket. `store.firm_tasks`.

Who it is for is the actor's firm. Each read is made as that firm, whoever asks
(`call_logs.viewing.firms`); what is written is written by the program in the name of the actor.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select

from call_logs.casework.evidence import Evidence, EvidenceRefused, FileRefusal
from call_logs.casework.evidence_store import EvidenceStore, evidence_of
from call_logs.casework.kinds import EvidenceKind
from call_logs.casework.record_store import CaseRecords, record_of
from call_logs.casework.records import CaseRecord, Missing, WrongField, read_record
from call_logs.casework.sealed_file import SealedReader
from call_logs.casework.tasks import MOST_TASKS
from call_logs.staff.store import StaffStore
from call_logs.staff.viewers import Directory
from call_logs.storage.database import Database
from call_logs.storage.errors import NotFound, VersionConflict
from call_logs.storage.keys import Keys
from call_logs.storage.readable import readable
from call_logs.tables.case_records import CaseRecordRow
from call_logs.tables.casework import EvidenceRow
from call_logs.tables.record_fields import RecordKind
from call_logs.tables.ticket_kinds import TicketClass
from call_logs.tables.tickets import TicketRow
from call_logs.tickets.rows import ticket_of
from call_logs.tickets.ticket import Ticket
from call_logs.users.actor import Actor
from call_logs.users.permissions import Permission
from call_logs.viewing.viewer import PROGRAM, Viewer, looking

__all__ = ["FIRM_NOTE_LIMIT", "FirmPhoto", "FirmTask", "FirmTasks"]

DONE_SHOWN = timedelta(days=7)  # for a photo or a word afterwards
FIRM_NOTE_LIMIT = 1000  # characters of one note
MOST_PHOTOS = 20  # of one task: a firm does not fill the ticket
PHOTOS = frozenset({EvidenceKind.JPEG, EvidenceKind.PNG, EvidenceKind.WEBP, EvidenceKind.HEIC})
_TRIES = 5  # others write to the record at the same moment

Values = Mapping[str, Any]


@dataclass(frozen=True)
class FirmPhoto:
    """A photo that the firm has added."""

    id: str
    note: str = field(repr=False)
    added_at: datetime
    shown: bool  # browsers show its kind


@dataclass(frozen=True)
class FirmTask:
    """`due`: until when; `notes`: lines of the firm and of whoever gave the task."""

    id: int
    ticket_id: int
    ticket_number: str
    ticket_class: TicketClass
    building: str
    unit: str
    floor: str
    room: str
    area: str
    what: str = field(repr=False)
    material: str = field(repr=False)
    notes: str = field(repr=False)
    due: datetime | None
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    done_at: datetime | None
    photos: tuple[FirmPhoto, ...] = ()

    def overdue(self, now: datetime) -> bool:
        return self.done_at is None and self.due is not None and self.due < now


class FirmTasks:
    """Every method needs the right to do a firm's tasks; a task of another firm is not there."""

    def __init__(
        self,
        database: Database,
        keys: Keys,
        staff: StaffStore,
        records: CaseRecords,
        evidence: EvidenceStore,
    ) -> None:
        self._database = database
        self._keys = keys
        self._staff = staff
        self._records = records
        self._evidence = evidence

    async def all(self, actor: Actor) -> tuple[FirmTask, ...]:
        """What is to be done, due next first; then what was done of late, the last first;
        `MOST_TASKS` at most.

        Raises:
            NotAllowed.
        """
        found = await self._found(actor)
        return tuple(_task(record, ticket) for record, ticket in found)

    async def get(self, task_id: int, actor: Actor) -> FirmTask:
        """One, with its photos.

        Raises:
            NotAllowed, NotFound.
        """
        record, ticket = await self._one(task_id, actor)
        photos = tuple(
            FirmPhoto(each.id, each.note, each.added_at, each.kind.shown == "image")
            for each in await self._photos(task_id, actor)
        )
        return replace(_task(record, ticket), photos=photos)

    async def acknowledge(self, task_id: int, actor: Actor) -> None:
        """The firm has it. What is said twice was said the first time.

        Raises:
            NotAllowed, NotFound, VersionConflict, StoreBusy.
        """
        await self._step(task_id, actor, "acknowledged_at")

    async def arrive(self, task_id: int, actor: Actor) -> None:
        """Somebody of the firm is there; raises as `acknowledge`."""
        await self._step(task_id, actor, "acknowledged_at", "arrived_at")

    async def finish(self, task_id: int, actor: Actor) -> None:
        """It is done; raises as `acknowledge`."""
        await self._step(task_id, actor, "acknowledged_at", "done_at")

    async def note(self, task_id: int, actor: Actor, text: str) -> None:
        """A line under the notes of the task.

        Raises:
            WrongField: empty, or more than the notes of a task take.
            And as `acknowledge`.
        """
        line = text.replace("\r\n", "\n").strip()
        if not line:
            raise Missing("text")
        if len(line) > FIRM_NOTE_LIMIT:
            raise WrongField("text", f"has at most {FIRM_NOTE_LIMIT} characters")

        def added(record: CaseRecord) -> Values:
            before = record["notes"]
            if before == line or before.endswith(f"\n{line}"):
                return {}  # sent again
            return {"notes": f"{before}\n{line}".strip()}

        await self._write(task_id, actor, added)

    async def add_photo(
        self, task_id: int, actor: Actor, content: AsyncIterator[bytes], *, note: str = ""
    ) -> None:
        """A photo of the task among the ticket's evidence.

        Raises:
            EvidenceRefused: with the reason; also what is no photo.
            NotAllowed, NotFound, StoreBusy.
        """
        _, ticket = await self._one(task_id, actor)
        if len(await self._photos(task_id, actor)) >= MOST_PHOTOS:
            raise EvidenceRefused(
                FileRefusal.TOO_MANY, f"the task has {MOST_PHOTOS} photos, and that is the most"
            )
        rules = self._evidence.rules
        with looking(PROGRAM):
            await self._evidence.add(
                ticket.id,
                Actor.in_name_of(actor.name),
                content,
                note=note,
                record_id=task_id,
                rules=replace(rules, kinds=rules.kinds & PHOTOS),
            )

    async def open_photo(
        self, task_id: int, evidence_id: str, actor: Actor
    ) -> tuple[Evidence, SealedReader]:
        """A photo that the firm has added; close the reader after use.

        Raises:
            NotAllowed, NotFound.
            Tampered: the file was changed.
        """
        _, ticket = await self._one(task_id, actor)
        if evidence_id not in {each.id for each in await self._photos(task_id, actor)}:
            raise NotFound("the task has no such photo, or no longer")
        with looking(PROGRAM):
            return await self._evidence.open(ticket.id, evidence_id, Actor.in_name_of(actor.name))

    async def _step(self, task_id: int, actor: Actor, *moments: str) -> None:
        now = self._database.clock.now()

        def said(record: CaseRecord) -> Values:
            if record[moments[-1]] is not None:
                return {}
            values: dict[str, Any] = {each: now for each in moments if record[each] is None}
            return values | ({"done_by": actor.name} if "done_at" in values else {})

        await self._write(task_id, actor, said)

    async def _write(
        self, task_id: int, actor: Actor, values_of: Callable[[CaseRecord], Values]
    ) -> None:
        """The version that was read is the firm's: given to another meanwhile, nothing is
        written."""
        for tries in range(_TRIES, 0, -1):
            record, ticket = await self._one(task_id, actor)
            if not (values := values_of(record)):
                return
            edit = read_record(RecordKind.TASK, values, whole=False)
            try:
                with looking(PROGRAM):
                    await self._records.change(
                        ticket.id,
                        task_id,
                        edit,
                        Actor.in_name_of(actor.name),
                        version=record.version,
                    )
                return
            except VersionConflict:
                if tries == 1:
                    raise

    async def _one(self, task_id: int, actor: Actor) -> tuple[CaseRecord, Ticket]:
        found = await self._found(actor, CaseRecordRow.id == task_id)
        if not found:
            raise NotFound("the firm has no such task, or no longer")
        return found[0]

    async def _found(
        self, actor: Actor, *conditions: ColumnElement[bool]
    ) -> list[tuple[CaseRecord, Ticket]]:
        viewer = await self._viewer(actor)
        done_at = CaseRecordRow.done_at
        late = self._database.clock.now() - DONE_SHOWN
        query = (
            select(CaseRecordRow, TicketRow)
            .join(TicketRow, TicketRow.id == CaseRecordRow.ticket_id)
            .where(CaseRecordRow.holder == actor.firm, or_(done_at.is_(None), done_at > late))
            .where(*conditions)
            .order_by(
                done_at.is_not(None),
                done_at.desc(),
                CaseRecordRow.due_at.is_(None),
                CaseRecordRow.due_at,
                CaseRecordRow.id,
            )
            .limit(MOST_TASKS)
        )
        with looking(viewer):
            async with self._database.reading() as session:
                return await readable(
                    session, query, lambda row, ticket: (record_of(row, actor), ticket_of(ticket))
                )

    async def _photos(self, task_id: int, actor: Actor) -> list[Evidence]:
        """Those that somebody of the firm has added."""
        viewer, staff = await self._viewer(actor), await self._staff.current()
        names = {Actor.of(each).name for each in staff.users if each.firm == actor.firm}
        query = (
            select(EvidenceRow)
            .where(
                EvidenceRow.record_id == task_id,
                EvidenceRow.added_by.in_(sorted(names)),
                EvidenceRow.removed_at.is_(None),
            )
            .order_by(EvidenceRow.added_at, EvidenceRow.id)
        )
        with looking(viewer):
            async with self._database.reading() as session:
                return await readable(session, query, evidence_of)

    async def _viewer(self, actor: Actor) -> Viewer:
        """Raises:
        NotAllowed.
        """
        actor.check(Permission.DO_FIRM_TASKS)
        return Directory(await self._staff.current(), self._keys).of_firm(actor)


def _task(record: CaseRecord, ticket: Ticket) -> FirmTask:
    return FirmTask(
        id=record.id,
        ticket_id=ticket.id,
        ticket_number=ticket.number,
        ticket_class=ticket.ticket_class,
        building=ticket.building,
        unit=ticket.unit,
        floor=ticket.floor,
        room=ticket.room,
        area=ticket.area,
        what=record["what"],
        material=record["material"],
        notes=record["notes"],
        due=record["due"],
        acknowledged_at=record["acknowledged_at"],
        arrived_at=record["arrived_at"],
        done_at=record["done_at"],
    )
