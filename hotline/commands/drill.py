"""`hotline drill`: ring a policy's people for practice, and tell who answered how fast."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.problems import CommandError
from hotline.commands.service import LOOK_S, until_taken
from hotline.commands.terminal import print_json, print_table

if TYPE_CHECKING:
    from call_logs import Store
    from call_logs.dispatches import Dispatch
    from hotline.config.config import Config

LONGEST_S = 3600.0  # a large roster, rung one by one


def drill(
    policy: Annotated[
        str, typer.Option("--policy", help="A category such as lift_entrapment, * or duty.")
    ],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ring everybody whom a policy names, marked as a drill; report who answered."""
    settings = load(config)
    rows = asyncio.run(_drill(settings, policy))
    if as_json:
        print_json(rows)
        return
    print_table(
        ("person", "level", "outcome", "rang after s", "answered after s", "pressed 1 after s"),
        [
            (
                str(row["person"]),
                str(row["level"]),
                str(row["outcome"]),
                *(_seconds(row[name]) for name in ("rung_s", "answered_s", "confirmed_s")),
            )
            for row in rows
        ],
        empty="this policy reaches nobody now: see hotline check",
    )


async def _drill(settings: Config, policy: str) -> list[dict[str, Any]]:
    from call_logs.calls import ANY_NODE, RequestAction
    from call_logs.users import COMMAND_LINE
    from hotline.commands.drill_report import drill_rows
    from hotline.storage import open_store
    from ivr.dispatch import check_policy

    async with open_store(settings, node="command-line") as store:
        check_policy(await store.roster.current(), policy)
        asked_at = store.clock.now()
        request = await store.requests.add(
            RequestAction.DRILL, ANY_NODE, {"policy": policy}, actor=COMMAND_LINE
        )
        await until_taken(
            store,
            request,
            "no running service took the drill; start hotline serve with this configuration",
        )
        try:
            async with asyncio.timeout(LONGEST_S):
                done = await _finished(store, policy, asked_at)
        except TimeoutError:
            raise CommandError(
                "the drill did not come to an end; the service's log and the dashboard tell why"
            ) from None
        return drill_rows(done, await store.dispatches.attempts(done.id))


async def _finished(store: Store, policy: str, since: datetime) -> Dispatch:
    from call_logs.dispatches import DispatchStatus

    while True:
        for each in await store.dispatches.drills(since):
            if each.category == policy and each.status is DispatchStatus.CLOSED:
                return each
        await asyncio.sleep(LOOK_S)


def _seconds(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else ""
