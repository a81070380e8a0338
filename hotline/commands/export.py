"""`hotline export`: what the store holds, as files for people."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, ReasonOption, load
from hotline.commands.periods import beginning, end
from hotline.commands.problems import CommandError
from hotline.commands.ticket_options import (
    AssigneeOption,
    CallerOption,
    CategoryOption,
    ClassOption,
    KindOption,
    OpenOption,
    OverdueOption,
    StatusOption,
    TextOption,
    word_of,
)

if TYPE_CHECKING:
    from call_logs.tickets import TicketFilter
    from hotline.config.config import Config

app = typer.Typer(help="Tickets as files for people.", no_args_is_help=True)

LANGUAGES = ("zh-CN", "en")


@app.callback()
def _group() -> None:
    """A group also while it has one command."""


@app.command("ledger")
def ledger(
    file: Annotated[Path, typer.Argument(help="File to write: NAME.xlsx or NAME.csv.")],
    since: Annotated[
        str | None, typer.Option(help="Opened on this day (2026-10-01) or later.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Opened on this day or earlier; before it, if it is a time.")
    ] = None,
    ticket_class: ClassOption = None,
    status: StatusOption = None,
    kind: KindOption = None,
    category: CategoryOption = None,
    assignee: AssigneeOption = None,
    text: TextOption = None,
    caller: CallerOption = None,
    only_open: OpenOption = False,
    overdue: OverdueOption = False,
    language: Annotated[
        str | None, typer.Option(help="zh-CN or en; without it, the site's language.")
    ] = None,
    reason: ReasonOption = "",
    config: ConfigOption = None,
) -> None:
    """Write every ticket with all that is known of it, newest first: Excel with totals, or CSV."""
    from call_logs.tickets import TicketClass, TicketFilter, TicketKind, TicketStatus

    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise CommandError(f"{file}: end the name with .xlsx or .csv, which says what to write")
    if language is not None and language not in LANGUAGES:
        raise CommandError(f"--language must be one of {', '.join(LANGUAGES)}")
    settings = load(config)
    zone = settings.hotline.timezone
    wanted = TicketFilter(
        ticket_class=word_of(TicketClass, "--class", ticket_class),
        status=word_of(TicketStatus, "--status", status),
        kind=word_of(TicketKind, "--kind", kind),
        category=category,
        assignee=assignee,
        text=text,
        caller=caller,
        open=only_open or None,
        overdue=overdue or None,
        since=beginning("--since", since, zone),
        until=end("--until", until, zone),
    )
    count = asyncio.run(_write(settings, file, wanted, language, reason))
    typer.echo(f"{file} is written: {count} tickets")


async def _write(
    settings: Config, file: Path, wanted: TicketFilter, language: str | None, reason: str
) -> int:
    from call_logs.users import COMMAND_LINE
    from dashboard.reports import LedgerFormat, LedgerSheet, write_ledger
    from dashboard.web import DashboardSettings, Views
    from hotline.categories import categories_of
    from hotline.storage import open_store, with_reason

    about = DashboardSettings(
        language=language or settings.hotline.language,
        timezone=str(settings.hotline.timezone),
        categories=(await asyncio.to_thread(categories_of, settings)).names,
    )
    # Beside the file, and in its place when it is whole: nobody takes half a ledger for one.
    part = file.with_name(f".{file.name}.part")
    async with (
        open_store(settings, node="command-line") as store,
        with_reason(store, reason, "ledger"),
    ):
        staff = await store.staff.current()
        if wanted.assignee:
            wanted = replace(wanted, assignee=staff.meant(wanted.assignee))
        views = Views(about, clock=store.clock, who=store.staff.name)
        sheet = LedgerSheet(views, about.language, store.clock.now())
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))  # names and numbers: for no one else
        try:
            await write_ledger(
                part,
                LedgerFormat(file.suffix.lower().removeprefix(".")),
                await store.reports.ledger(COMMAND_LINE, wanted, reason=reason),
                sheet,
                scratch=store.reports.scratch,
                made_at=store.clock.now(),
                progress=_tell if sys.stderr.isatty() else lambda count: None,
            )
            await asyncio.to_thread(part.replace, file)
        finally:
            part.unlink(missing_ok=True)
    return sheet.totals.tickets


def _tell(count: int) -> None:
    print(f"\r{count} tickets", end="\r", file=sys.stderr, flush=True)
