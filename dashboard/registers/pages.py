"""The registers: listed, written, corrected with all versions; parts taken, brought back."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from call_logs.casework import WrongField
from call_logs.owners import CONTENT
from call_logs.registers import (
    MOVES,
    REPEATED,
    UNBOUNDED,
    WRITERS,
    BroughtTooMany,
    Entry,
    Fixed,
    ImprovementState,
    LowScore,
    RegisterKind,
    TooFew,
    read_entry,
    write_register_csv,
)
from call_logs.storage import NotAllowed, NotFound, VersionConflict
from dashboard.casework.record_form import RecordForm, filled_form, read_form
from dashboard.casework.refusal import refusal
from dashboard.registers.reading import note_listed, note_looked
from dashboard.web.access import note_access
from dashboard.web.inputs import RowId
from dashboard.web.record_values import FIELDS_OF
from dashboard.web.render import go, page
from dashboard.web.signin import Login, TicketReader, TicketWorker
from dashboard.web.site import Site, SiteOf
from dashboard.web.texts import N_

router = APIRouter(prefix="/registers")

CHANGED = N_(
    "Somebody changed this entry while you were writing. Your entries are still here; below "
    "you see what is saved now. Save again to keep yours."
)
REFUSALS = {
    "state": N_("It cannot become that from where it is now."),
    "ticket": N_("No ticket has this number."),
}
TOO_FEW = N_("There are not as many in stock.")
TOO_MANY = N_("Not as many were taken for this ticket.")
VOID = N_("It was entered by mistake: nothing of it is taken or brought.")
NUMBER = N_("Write a number from 1 to 9999.")
FIXED = N_("It stays as it is: what follows from another ticket is another entry.")
# What an entry that was done again has of the one before.
AGAIN = ("equipment", "what", "who", "by", "categories", "level", "form", "teacher", "certificate")
MOST_SHOWN = 1_000_000
APPROVERS = N_("A manager approves it, and changes a rule that is in force.")


@router.get("")
async def show_registers(request: Request, site: SiteOf, login: TicketReader) -> Response:
    """All of them, with how many entries each has and what is due."""
    today = site.store.clock.now().astimezone(site.settings.zone).date()
    counts = await site.store.registers.counts(login.actor, today)
    low = [each for each in await site.store.means.stock(login.actor) if each.low]
    return await page(request, site, login, "registers/index.html", counts=counts, low=low)


@router.get("/{register}")
async def show_register(
    request: Request,
    site: SiteOf,
    login: TicketReader,
    register: RegisterKind,
    start: Annotated[int, Query(ge=0, le=MOST_SHOWN)] = 0,
) -> Response:
    """What goes on for ever is shown page by page."""
    store = site.store
    size = site.settings.page_size if register in UNBOUNDED else None
    entries = await store.registers.list(
        register, login.actor, limit=size and size + 1, offset=start if size else 0
    )
    older = start + size if size and len(entries) > size else None
    low_scores: tuple[LowScore, ...] = ()
    await note_listed(site, login, register)
    if register is RegisterKind.IMPROVEMENT:
        low_scores = await store.means.low_scores(login.actor)
    return await page(
        request,
        site,
        login,
        "registers/list.html",
        register=register,
        entries=entries[:size],
        older=older,
        paged=size is not None,
        repeated=register in REPEATED,
        staff=await store.staff.current(),
        balances=await store.stock.balances(login.actor),
        low_scores=low_scores,
        today=store.clock.now().astimezone(site.settings.zone).date(),
        words=site.views.words(request.state.language),
    )


@router.get("/{register}/export")
async def export_register(site: SiteOf, login: TicketReader, register: RegisterKind) -> Response:
    """The sheet that can be taken in again."""
    entries = await site.store.registers.list(register, login.actor)
    await note_access(site, login, "exported", "register", register)
    return Response(
        write_register_csv(register, entries),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{register}.csv"'},
    )


@router.get("/{register}/new")
async def open_new(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    register: RegisterKind,
    ticket: RowId | None = None,
    equipment: str = "",
    after: RowId | None = None,
) -> Response:
    """`ticket`: the one that an improvement follows from; `after`: the entry that was to be done
    again."""
    _check(login, register)
    today = site.store.clock.now().astimezone(site.settings.zone).date()
    inputs = {"on": today.isoformat(), "equipment": equipment[:100]}
    if register is RegisterKind.MAINTENANCE:
        inputs["by"] = login.user.full_name or login.user.name
    if after is not None and register in REPEATED:
        former = await site.store.registers.get(register, after, login.actor)
        was = filled_form(former, site.settings.zone).inputs
        inputs |= {name: was.get(name, "") for name in AGAIN}
    if ticket is not None and register is RegisterKind.IMPROVEMENT:
        known = await site.store.tickets.get(ticket)
        low = known.satisfaction is not None and known.satisfaction < CONTENT
        inputs |= {
            "ticket": known.number,
            "categories": known.category,
            "why": "low_score" if low else "lesson",
            "reason": known.lessons or known.remark,
        }
    form = RecordForm(register, inputs)
    return await _page(request, site, login, form, key=secrets.token_hex(16), after=after)


@router.post("/{register}/new")
async def save_new(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    register: RegisterKind,
    key: Annotated[str, Form(max_length=64)] = "",
    after: Annotated[RowId | None, Form()] = None,
) -> Response:
    """Sent twice it is one."""
    _check(login, register)
    form, _ = await read_form(request, register)
    try:
        edit = read_entry(register, form.values(site.settings.zone), whole=True)
        entry = await site.store.registers.add(edit, login.actor, key=key, after=after)
    except (WrongField, NotAllowed) as error:
        return await _refused(request, site, login, form, error, key=key, after=after)
    return go(f"/registers/{register}/{entry.id}")


@router.get("/{register}/{item_id}")
async def show_entry(
    request: Request, site: SiteOf, login: TicketReader, register: RegisterKind, item_id: RowId
) -> Response:
    entry = await site.store.registers.get(register, item_id, login.actor)
    await note_looked(site, login, entry)
    form = filled_form(entry, site.settings.zone)
    return await _page(request, site, login, form, entry=entry, version=entry.version)


@router.post("/{register}/{item_id}")
async def save_entry(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    register: RegisterKind,
    item_id: RowId,
    version: Annotated[RowId, Form()],
) -> Response:
    """When somebody was faster, show both and save nothing."""
    _check(login, register)
    store = site.store.registers
    entry = await store.get(register, item_id, login.actor)
    form, _ = await read_form(request, register)
    try:
        edit = read_entry(register, form.values(site.settings.zone), whole=True)
        await store.change(item_id, edit, login.actor, version=version)
    except (WrongField, NotAllowed) as error:
        return await _refused(request, site, login, form, error, entry=entry, version=version)
    except VersionConflict:
        entry = await store.get(register, item_id, login.actor)
        return await _page(
            request,
            site,
            login,
            form,
            HTTPStatus.CONFLICT,
            entry=entry,
            version=entry.version,
            problem=CHANGED,
        )
    return go(f"/registers/{register}/{item_id}")


@router.post("/stock/{item_id}/movements")
async def move_stock(
    *,
    request: Request,
    site: SiteOf,
    login: TicketWorker,
    item_id: RowId,
    count: Annotated[str, Form(max_length=10)] = "",
    out: Annotated[bool, Form()] = False,
    ticket: Annotated[RowId | None, Form()] = None,
    note: Annotated[str, Form(max_length=500)] = "",
    key: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Taken out of the store, or brought into it; for a ticket, or by whoever keeps it."""
    entry = await site.store.registers.get(RegisterKind.STOCK, item_id, login.actor)
    if ticket is not None:
        await site.store.tickets.get(ticket)  # which must be shown to whoever takes for it
    back = f"/registers/stock/{item_id}" if ticket is None else f"/tickets/{ticket}"
    problem = ""
    if not (count.isascii() and count.isdigit()):
        problem = NUMBER
    else:
        try:
            await site.store.stock.move(
                item_id,
                -int(count) if out else int(count),
                login.actor,
                ticket_id=ticket,
                note=note,
                key=key,
            )
        except TooFew:
            problem = TOO_FEW
        except BroughtTooMany:
            problem = TOO_MANY
        except NotFound:
            problem = VOID
        except WrongField:
            problem = NUMBER
    if not problem:
        return go(back)
    return await _page(
        request,
        site,
        login,
        filled_form(entry, site.settings.zone),
        HTTPStatus.UNPROCESSABLE_ENTITY,
        entry=entry,
        version=entry.version,
        problem=problem,
    )


def _check(login: Login, register: RegisterKind) -> None:
    """Raises:
    NotAllowed.
    """
    login.actor.check(WRITERS[register])


async def _refused(
    request: Request,
    site: Site,
    login: Login,
    form: RecordForm,
    error: WrongField | NotAllowed,
    **context: Any,
) -> Response:
    """The form again, with all that was written and what is wrong in it."""
    rules = {**REFUSALS, "ticket": FIXED} if isinstance(error, Fixed) else REFUSALS
    status, problem, wrong = refusal(form, error, not_allowed=APPROVERS, rules=rules)
    return await _page(request, site, login, form, status, problem=problem, wrong=wrong, **context)


async def _page(
    request: Request,
    site: Site,
    login: Login,
    form: RecordForm,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    entry: Entry | None = None,
    **context: Any,
) -> Response:
    store, actor = site.store, login.actor
    register = RegisterKind(form.kind)
    extra: dict[str, Any] = {"movements": (), "balance": 0, "effect": None, "moves": ()}
    if entry is not None and register is RegisterKind.STOCK:
        extra["movements"] = await store.stock.movements(actor, entry_id=entry.id)
        extra["balance"] = (await store.stock.balances(actor)).get(entry.id, 0)
    if entry is not None and register is RegisterKind.IMPROVEMENT:
        extra["effect"] = await store.means.effect(entry, actor)
        extra["moves"] = [each for each in ImprovementState if each in MOVES[entry["state"]]]
    return await page(
        request,
        site,
        login,
        "registers/entry.html",
        status,
        register=register,
        form=form,
        fields=FIELDS_OF[register],
        record=entry,
        writes=login.may(WRITERS[register]) and not (entry is not None and entry.withheld),
        staff=await store.staff.current(),
        points=(),
        categories=await store.tickets.categories(),
        equipment=[each.name for each in await store.equipment.all(actor)],
        versions=await store.registers.versions(register, entry.id, actor) if entry else (),
        words=site.views.words(request.state.language),
        **extra,
        **context,
    )
