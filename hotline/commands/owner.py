"""`hotline owner`: what is known of one owner, given out or destroyed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, load
from hotline.commands.problems import CommandError

if TYPE_CHECKING:
    from call_logs.privacy import OwnerFound
    from hotline.config.config import Config

app = typer.Typer(help="What is known of one owner.", no_args_is_help=True)

NumberArgument = Annotated[str, typer.Argument(help="The owner's telephone number.")]
ReasonOption = Annotated[
    str, typer.Option("--reason", help="Why; the access log keeps it.", show_default=False)
]


@app.command("export")
def export(
    number: NumberArgument,
    out: Annotated[Path, typer.Option("--out", help="The ZIP file to write.")],
    reason: ReasonOption = "",
    config: ConfigOption = None,
) -> None:
    """Write tickets, calls, transcripts, statements, sound and evidence of one owner to a file."""
    found = asyncio.run(_export(load(config), number, out, reason))
    typer.echo(f"{out} is written: {len(found.tickets)} tickets, {len(found.calls)} calls")


@app.command("erase")
def erase(
    number: NumberArgument,
    reason: ReasonOption = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
    config: ConfigOption = None,
) -> None:
    """Destroy the personal data of one owner; what is counted stays. Nobody brings it back."""
    settings = load(config)
    found = asyncio.run(_find(settings, number))
    if not found:
        raise CommandError("nothing is known of this number")
    if not yes:
        typer.confirm(
            f"{len(found.tickets)} tickets and {len(found.calls)} calls lose all that is personal, "
            "for good. Go on?",
            abort=True,
        )
    gone = asyncio.run(_erase(settings, number, reason))
    typer.echo(f"gone: {gone.get('tickets', 0)} tickets, {gone.get('calls', 0)} calls")


@asynccontextmanager
async def beside(file: Path) -> AsyncIterator[Path]:
    """A file of another name for nobody else, put in the place of `file` when it is whole."""
    part = file.with_name(f".{file.name}.part")
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield part
        await asyncio.to_thread(part.replace, file)
    finally:
        part.unlink(missing_ok=True)


async def _find(settings: Config, number: str) -> OwnerFound:
    from call_logs.users import COMMAND_LINE
    from hotline.storage import as_program, open_store

    # What is confidential is counted, too: it goes as well.
    async with open_store(settings, node="command-line") as store, as_program():
        return await store.owner_data.find(number, COMMAND_LINE)


async def _export(settings: Config, number: str, out: Path, reason: str) -> OwnerFound:
    from call_logs.users import COMMAND_LINE
    from hotline.storage import as_program, open_store

    # Whole: without a reason for the access log there is none.
    async with (
        open_store(settings, node="command-line") as store,
        as_program(),
        beside(out) as part,
    ):
        return await store.owner_data.export(number, COMMAND_LINE, part, reason=reason)


async def _erase(settings: Config, number: str, reason: str) -> Mapping[str, int]:
    from call_logs.jobs import carry_out
    from call_logs.users import COMMAND_LINE
    from hotline.storage import as_program, open_store

    async with open_store(settings, node="command-line") as store, as_program():
        # Written down first: what a kill cuts off, the service finishes.
        order = await store.owner_data.order_erasure(number, COMMAND_LINE, reason=reason)
        return await carry_out(store, order)
