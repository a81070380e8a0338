"""`hotline tickets` with what is done to one of them, and `hotline ticket N`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotline.commands.listing import LimitOption, listed
from hotline.commands.options import ConfigOption, JsonOption, ReasonOption, load
from hotline.commands.problems import CommandError
from hotline.commands.terminal import local_time, print_json, print_table
from hotline.commands.ticket_options import (
    AssigneeOption,
    CallerOption,
    CategoryOption,
    ClassOption,
    GapsOption,
    OpenOption,
    OverdueOption,
    StatusOption,
    TextOption,
    UnassessedOption,
    word_of,
)

if TYPE_CHECKING:
    from call_logs import Store
    from call_logs.tickets import Ticket, TicketFilter
    from hotline.config.config import Config


app = typer.Typer()


@app.callback(invoke_without_command=True)
def tickets(
    context: typer.Context,
    ticket_class: ClassOption = None,
    status: StatusOption = None,
    category: CategoryOption = None,
    assignee: AssigneeOption = None,
    text: TextOption = None,
    caller: CallerOption = None,
    only_open: OpenOption = False,
    overdue: OverdueOption = False,
    unassessed: UnassessedOption = False,
    gaps: GapsOption = False,
    order: Annotated[
        str, typer.Option("--order", help="newest, priority or deadline first.")
    ] = "newest",
    limit: LimitOption = 100,
    reason: ReasonOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List tickets with what callers said; newest first, unless asked otherwise."""
    if context.invoked_subcommand is not None:
        return
    from call_logs.tickets import TicketClass, TicketFilter, TicketOrder, TicketStatus
    from hotline.commands.rows import ticket_row

    wanted = TicketFilter(
        ticket_class=word_of(TicketClass, "--class", ticket_class),
        status=word_of(TicketStatus, "--status", status),
        category=category,
        assignee=assignee,
        text=text,
        caller=caller,
        open=only_open or None,
        overdue=overdue or None,
        assessed=False if unassessed else None,
        gaps=gaps or None,
        order=word_of(TicketOrder, "--order", order),
    )
    settings = load(config)
    found = asyncio.run(_read(settings, wanted, limit, reason))
    if as_json:
        print_json([ticket_row(ticket) for ticket in found])
        return
    zone = settings.hotline.timezone
    print_table(
        ("number", "opened", "class", "category", "status", "place", "text"),
        [
            (
                item.number,
                local_time(item.opened_at, zone),
                item.ticket_class.value,
                item.category,
                item.status.value,
                _place(item),
                " ".join(item.text.split())[:60],
            )
            for item in found
        ],
        empty="no tickets",
    )


def ticket(
    number: Annotated[str, typer.Argument(help="The number that the caller was told.")],
    reason: ReasonOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show one ticket whole: fields, history, call, transcript."""
    settings = load(config)
    whole = asyncio.run(_read_whole(settings, number, reason))
    if as_json:
        print_json(whole)
        return
    for name, value in whole.items():
        if not isinstance(value, list | dict) and value not in (None, ""):
            shown = _local(value, settings) if name.endswith("_at") else value
            typer.echo(f"{name:<20} {shown}")
    for transcript in whole["transcripts"]:
        typer.echo(f"\ntranscript ({transcript['status']}): {transcript['text']}")
    typer.echo("")
    for change in whole["history"]:
        changed = ", ".join(change["changes"])
        parts = (change["actor"], change["action"], changed, change["note"])
        typer.echo("  ".join((_local(change["at"], settings), *(part for part in parts if part))))


def _local(moment: str, settings: Config) -> str:
    """A moment of a row, by the site's clock as in the list."""
    return local_time(datetime.fromisoformat(moment), settings.hotline.timezone)


def _place(item: Ticket) -> str:
    parts = (item.building, item.unit, item.floor, item.room, item.area)
    return "-".join(part for part in parts if part)


async def _read(settings: Config, wanted: TicketFilter, limit: int, reason: str) -> list[Ticket]:
    from hotline.storage import open_store, with_reason

    async with (
        open_store(settings, node="command-line") as store,
        with_reason(store, reason, "tickets"),
    ):
        if wanted.assignee:
            staff = await store.staff.current()
            wanted = replace(wanted, assignee=staff.meant(wanted.assignee))
        return await listed(store.tickets.list, wanted, limit)


async def _read_whole(settings: Config, number: str, reason: str) -> dict[str, Any]:
    from call_logs.calls import OUTGOING, CallFilter
    from hotline.commands.rows import (
        call_row,
        change_row,
        event_row,
        recording_row,
        ticket_row,
        transcript_row,
    )
    from hotline.storage import open_store, with_reason

    async with (
        open_store(settings, node="command-line") as store,
        with_reason(store, reason, "ticket", number),
    ):
        found = await find_ticket(store, number)
        row = ticket_row(found)
        row["history"] = [change_row(item) for item in await store.tickets.history(found.id)]
        row["call"] = None
        row |= {"call_backs": [], "events": [], "recordings": [], "transcripts": []}
        calls = await store.calls.list(CallFilter(ticket_id=found.id))
        for call in reversed(calls.items):
            if call.direction == OUTGOING:
                row["call_backs"].append(call_row(call))
            else:
                row["call"] = call_row(call)
            row["events"] += map(event_row, await store.calls.events(call.id))
            row["recordings"] += map(recording_row, await store.recordings.for_call(call.id))
            row["transcripts"] += map(transcript_row, await store.transcripts.for_call(call.id))
    return row


async def find_ticket(store: Store, number: str) -> Ticket:
    """By the spoken number, whose last digit is a check digit, else by id."""
    from call_logs.tickets import valid_number

    if valid_number(number):
        found = await store.tickets.by_number(number)
        if found is None:
            raise CommandError(f"there is no ticket {number}; hotline tickets lists them")
        return found
    if number.isascii() and number.isdigit() and len(number) < 6:
        return await store.tickets.get(int(number))
    raise CommandError(
        f"{number} is no ticket number: those have six or more digits, the last a check digit; "
        "look for a mistyped one"
    )
