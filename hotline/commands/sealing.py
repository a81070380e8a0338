"""`hotline tickets seal` and `hotline tickets verify`: one ticket as a file for a dispute."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.owner import beside
from hotline.commands.problems import CommandError
from hotline.commands.terminal import print_json
from hotline.commands.tickets import find_ticket

if TYPE_CHECKING:
    from hotline.config.config import Config


def seal(
    number: Annotated[str, typer.Argument(help="The number that the caller was told.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The ZIP file; without it ticket-NUMBER.zip here.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; the history keeps it.")] = "",
    config: ConfigOption = None,
) -> None:
    """Write all of a ticket to a signed file: fields, history, calls, sound, evidence, looks."""
    file = out or Path(f"ticket-{number}.zip")
    digest, fingerprint = asyncio.run(_seal(load(config), number, file, reason))
    typer.echo(f"{file} is sealed")
    typer.echo(f"digest of its list: {digest}")
    typer.echo(f"key: {fingerprint}")


def verify(
    file: Annotated[Path, typer.Argument(help="A sealed ticket.")],
    key: Annotated[
        str, typer.Option("--key", help="The fingerprint that it must be signed with.")
    ] = "",
    as_json: JsonOption = False,
) -> int:
    """Say what of a sealed ticket was changed, and who sealed it; 1 when it is not whole."""
    from call_logs.privacy import verify as judge

    verdict = judge(file)
    foreign = bool(key) and "".join(key.split()) != "".join(verdict.fingerprint.split())
    whole = verdict.whole and not foreign
    if as_json:
        print_json(
            {
                "ticket": verdict.ticket,
                "made_at": verdict.made_at,
                "made_by": verdict.made_by,
                "key": verdict.fingerprint,
                "signed": verdict.signed,
                "changed": list(verdict.changed),
                "whole": whole,
            }
        )
        return 0 if whole else 1
    typer.echo(f"ticket {verdict.ticket}, sealed {verdict.made_at} by {verdict.made_by}")
    typer.echo(f"key: {verdict.fingerprint}")
    for each in verdict.changed:
        typer.echo(each)
    if not verdict.signed:
        raise CommandError("the list of the parts was changed after it was signed")
    if verdict.changed:
        raise CommandError(f"{len(verdict.changed)} parts are not as they were sealed")
    if foreign:
        raise CommandError("it is whole, and signed by another key than the one you named")
    typer.echo("whole: nothing was changed since")
    if not key:
        typer.echo("compare the key with that of the installation (/keeping): anybody can sign")
    return 0


async def _seal(settings: Config, number: str, file: Path, reason: str) -> tuple[str, str]:
    from call_logs.users import COMMAND_LINE
    from hotline.storage import open_store, with_reason

    async with (
        open_store(settings, node="command-line") as store,
        with_reason(store, reason, "ticket", number),
        beside(file) as part,
    ):
        ticket = await find_ticket(store, number)
        digest = await store.sealing.seal(ticket.id, COMMAND_LINE, part, reason=reason)
        return digest, await store.sealing.fingerprint()
