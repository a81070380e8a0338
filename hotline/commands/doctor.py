"""`hotline doctor`: what is wrong with this machine, and how to mend it."""

from __future__ import annotations

import asyncio

import typer
from rich.console import Console
from rich.text import Text

from hotline.commands.options import ConfigOption, JsonOption, config_path
from hotline.commands.terminal import print_json

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Look at ports, trunks, models, disk, keys, clock and more. Exit code 1 on a failure."""
    from hotline.checks.doctor import examine
    from hotline.checks.result import State
    from hotline.logs import configure_logs

    configure_logs("console", "error")
    results = asyncio.run(examine(config_path(config)))
    if as_json:
        print_json(
            [
                {
                    "check": item.name,
                    "state": item.state.value,
                    "fact": item.fact,
                    "mend": item.mend,
                }
                for item in results
            ]
        )
    else:
        console = Console(highlight=False)
        for item in results:
            line = Text(f"{item.state.value:<4}  ", style=_COLOURS[item.state.value])
            line.append(f"{item.name}: {item.fact}", style="default")
            console.print(line, soft_wrap=True)
            if item.mend:
                console.print(f"      -> {item.mend}", markup=False, soft_wrap=True)
    if any(item.state is State.FAIL for item in results):
        raise typer.Exit(1)
