"""`hotline calls`: the calls, newest first."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from hotline.commands.listing import LimitOption, listed
from hotline.commands.options import ConfigOption, JsonOption, ReasonOption, load
from hotline.commands.terminal import local_time, print_json, print_table

if TYPE_CHECKING:
    from call_logs.calls import CallFilter, CallRecord
    from hotline.config.config import Config


def calls(
    active: Annotated[bool, typer.Option("--active", help="Only calls that go on now.")] = False,
    trunk: Annotated[str | None, typer.Option(help="Only calls of this trunk.")] = None,
    caller: Annotated[
        str | None, typer.Option(help="Only calls from, or back to, this number.")
    ] = None,
    limit: LimitOption = 100,
    reason: ReasonOption = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List calls, newest first, with callers' numbers."""
    from call_logs.calls import OUTGOING, CallFilter
    from hotline.commands.rows import call_row

    settings = load(config)
    wanted = CallFilter(caller=caller, trunk=trunk, active=active or None)
    found = asyncio.run(_read(settings, wanted, limit, reason))
    if as_json:
        print_json([call_row(call) for call in found])
        return
    zone = settings.hotline.timezone
    print_table(
        ("started", "caller", "trunk", "seconds", "ended by", "ticket", "id"),
        [
            (
                local_time(call.started_at, zone),
                f"to {call.number}" if call.direction == OUTGOING else call.caller or "withheld",
                call.trunk,
                "" if call.duration_s is None else f"{call.duration_s:.0f}",
                call.end_reason or "going on",
                "" if call.ticket_id is None else str(call.ticket_id),
                call.id,
            )
            for call in found
        ],
        empty="no calls",
    )


async def _read(settings: Config, wanted: CallFilter, limit: int, reason: str) -> list[CallRecord]:
    from hotline.storage import open_store, with_reason

    async with (
        open_store(settings, node="command-line") as store,
        with_reason(store, reason, "calls"),
    ):
        return await listed(store.calls.list, wanted, limit)
