"""`hotline purge`: destroy what is past its keeping time, or say what would go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.terminal import print_json, print_table

if TYPE_CHECKING:
    from call_logs.privacy import Plan
    from hotline.config.config import Config


def purge(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Destroy what is past its keeping time ([keep]) now, as the service does each night."""
    settings = load(config)
    if dry_run:
        _show(asyncio.run(_plan(settings)), as_json=as_json)
        return
    gone = asyncio.run(_run(settings))
    if as_json:
        print_json(gone)
    else:
        print_table(
            ("what", "destroyed"),
            [(kind, str(count)) for kind, count in gone.items()],
            empty="nothing is past its time",
        )


def _show(plan: Plan, *, as_json: bool) -> None:
    from call_logs.tickets import ticket_number

    numbers = sorted(map(ticket_number, plan.tickets))
    if as_json:
        row: dict[str, Any] = {kind.value: count for kind, count in plan.counts().items()}
        row["kept"] = {standing.value: count for standing, count in plan.kept.items()}
        print_json(row | {"ticket_numbers": numbers})
        return
    print_table(
        ("what", "would go"),
        [(kind.value, str(count)) for kind, count in plan.counts().items()],
        empty="",
    )
    for standing, count in plan.kept.items():
        typer.echo(f"past their time and kept: {count} tickets whose case is {standing.value}")
    if numbers:
        typer.echo(f"\ntickets: {' '.join(numbers)}")


async def _plan(settings: Config) -> Plan:
    from hotline.storage import open_store

    async with open_store(settings, node="command-line") as store:
        return await store.purge.plan()


async def _run(settings: Config) -> Mapping[str, int]:
    from call_logs.jobs import carry_out
    from call_logs.users import COMMAND_LINE
    from hotline.storage import open_store

    async with open_store(settings, node="command-line") as store:
        # Written down first: what a kill cuts off, the service finishes.
        return await carry_out(store, await store.destructions.begin_purge(COMMAND_LINE.name))
