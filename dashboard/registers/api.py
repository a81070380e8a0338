"""The registers, for programs."""

from __future__ import annotations

from datetime import date, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from call_logs.registers import MOST_MOVED, Entry, RegisterKind, read_entry
from dashboard.casework.written_models import ChangeIn, VersionOut, WrittenOut
from dashboard.dispatches.orders import OnceKey
from dashboard.registers.reading import note_listed, note_looked
from dashboard.web.access import note_access
from dashboard.web.api_models import In, Out
from dashboard.web.inputs import RowId
from dashboard.web.signin import TicketReader, TicketWorker
from dashboard.web.site import SiteOf

router = APIRouter(tags=["registers"])

_FIELDS = Field(description="The fields of this register; docs/registers.md lists them.")


class EntryOut(WrittenOut):
    """`due_on`: until when somebody must see to it. `withheld`: it does not say from what it
    follows, for that is not for you."""

    kind: RegisterKind
    due_on: date | None
    from_ticket: int | None
    withheld: bool


class EntryIn(In):
    """`after`: the entry whose maintenance, training or certificate this one did anew."""

    fields: dict[str, Any] = _FIELDS
    after: RowId | None = None


class MovementIn(In):
    """`change`: into the store; less than 0: out of it. For a ticket: its id."""

    change: Annotated[int, Field(ge=-MOST_MOVED, le=MOST_MOVED)]
    ticket_id: RowId | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class MovementOut(Out):
    id: int
    entry_id: int
    at: datetime
    actor: str
    change: int
    for_ticket: int | None
    note: str


class BalanceOut(Out):
    entry_id: int
    balance: int


class SkilledOut(Out):
    """`here`: not away; `on_duty`: on call for it now."""

    who: str
    here: bool
    on_duty: bool
    entry: EntryOut


class StockItemOut(Out):
    """`low`: under its minimum."""

    balance: int
    low: bool
    entry: EntryOut


class MeansOut(Out):
    skilled: list[SkilledOut]
    stock: list[StockItemOut]
    documents: list[EntryOut]
    maintenance: list[EntryOut]
    rules: list[EntryOut]
    improvements: list[EntryOut]


@router.get("/registers/{register}")
async def list_entries(
    *,
    site: SiteOf,
    login: TicketReader,
    register: RegisterKind,
    about: Annotated[str, Query(max_length=200)] = "",
    start: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
) -> list[EntryOut]:
    """What must be seen to first, then the newest; of trainings the own, or all for whoever
    manages the roster. `about`: of one piece of equipment, or whoever was trained."""
    await note_listed(site, login, register)
    found = await site.store.registers.list(
        register,
        login.actor,
        about=[about] if about else None,
        limit=limit,
        offset=start,
    )
    return _out(found)


@router.post("/registers/{register}", status_code=HTTPStatus.CREATED)
async def add_entry(
    site: SiteOf, login: TicketWorker, register: RegisterKind, body: EntryIn, key: OnceKey = ""
) -> EntryOut:
    """A new entry; under one `Idempotency-Key` one. Costs are in hundredths."""
    new = read_entry(register, body.fields, whole=True)
    entry = await site.store.registers.add(new, login.actor, key=key, after=body.after)
    return EntryOut.model_validate(entry)


@router.get("/registers/{register}/{item_id}")
async def get_entry(
    site: SiteOf, login: TicketReader, register: RegisterKind, item_id: RowId
) -> EntryOut:
    """One entry."""
    entry = await site.store.registers.get(register, item_id, login.actor)
    await note_looked(site, login, entry)
    return EntryOut.model_validate(entry)


@router.patch(
    "/registers/{register}/{item_id}",
    responses={409: {"description": "Somebody else was faster."}},
)
async def change_entry(
    site: SiteOf,
    login: TicketWorker,
    register: RegisterKind,
    item_id: RowId,
    body: ChangeIn,
) -> EntryOut:
    """Change the given fields; what stood there stays among the versions."""
    changes = read_entry(register, body.fields, whole=False)
    return EntryOut.model_validate(
        await site.store.registers.change(item_id, changes, login.actor, version=body.version)
    )


@router.get("/registers/{register}/{item_id}/versions")
async def list_entry_versions(
    site: SiteOf, login: TicketReader, register: RegisterKind, item_id: RowId
) -> list[VersionOut]:
    """Everything that the entry ever said, oldest first."""
    entry = await site.store.registers.get(register, item_id, login.actor)
    await note_looked(site, login, entry)
    found = await site.store.registers.versions(register, item_id, login.actor)
    return [VersionOut.model_validate(each) for each in found]


@router.get("/stock/{item_id}/movements")
async def list_movements(site: SiteOf, login: TicketReader, item_id: RowId) -> list[MovementOut]:
    """What came in and went out of one part or tool, the last first."""
    await site.store.registers.get(RegisterKind.STOCK, item_id, login.actor)
    found = await site.store.stock.movements(login.actor, entry_id=item_id)
    return [MovementOut.model_validate(each) for each in found]


@router.post("/stock/{item_id}/movements", status_code=HTTPStatus.CREATED)
async def move_stock_item(
    site: SiteOf, login: TicketWorker, item_id: RowId, body: MovementIn, key: OnceKey = ""
) -> BalanceOut:
    """Take or bring; gives how many there are now. Never less than none."""
    if body.ticket_id is not None:
        await site.store.tickets.get(body.ticket_id)
    balance = await site.store.stock.move(
        item_id, body.change, login.actor, ticket_id=body.ticket_id, note=body.note, key=key
    )
    return BalanceOut(entry_id=item_id, balance=balance)


@router.get("/tickets/{ticket_id}/means")
async def list_means(site: SiteOf, login: TicketReader, ticket_id: RowId) -> MeansOut:
    """What there is for the work: who is skilled and on duty, parts, documents, the last
    maintenance, rules in force."""
    ticket = await site.store.tickets.get(ticket_id)
    await note_access(site, login, "looked", "ticket", ticket_id, again=True)
    pieces = await site.store.equipment.of_ticket(ticket, login.actor)
    return MeansOut.model_validate(await site.store.means.of_ticket(ticket, pieces, login.actor))


def _out(entries: tuple[Entry, ...]) -> list[EntryOut]:
    return [EntryOut.model_validate(each) for each in entries]
