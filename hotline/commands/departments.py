"""`hotline departments`: who heads what, and what everybody has."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING

from hotline.commands.options import ConfigOption, JsonOption, load
from hotline.commands.terminal import print_json, print_table

if TYPE_CHECKING:
    from call_logs.reminders import Held
    from dashboard.people import Directory
    from hotline.config.config import Config


def departments(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List departments and people, who is away, and how many tickets each has."""
    found = asyncio.run(_read(load(config)))
    if as_json:
        print_json(asdict(found))
        return
    print_table(
        ("department", "name", "head", "deputy", "people", "categories", "open", "overdue"),
        [
            (
                each.id,
                each.name,
                each.head,
                each.deputy,
                ", ".join(each.members),
                ", ".join(each.categories),
                *_held(each.tickets),
            )
            for each in found.departments
        ],
        empty="no departments",
    )
    print_table(
        ("who", "name", "departments", "away", "open", "overdue"),
        [
            (
                each.ref,
                each.name,
                ", ".join(each.departments),
                "away" if each.away else "",
                *_held(each.tickets),
            )
            for each in found.members
        ],
        empty="nobody",
    )


def _held(held: Held | None) -> tuple[str, str]:
    return ("", "") if held is None else (str(held.open), str(held.overdue))


async def _read(settings: Config) -> Directory:
    from dashboard.people import directory_of
    from hotline.storage import open_store

    async with open_store(settings, node="command-line") as store:
        return await directory_of(store)
