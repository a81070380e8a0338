"""`hotline demo`: the whole program on this machine, called by synthetic owners."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Check what the calls left behind, then end: 0 or 1.")
    ] = False,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--pictures",
            metavar="DIR",
            file_okay=False,
            help="Pictures of one owner's story, page by page (needs Chromium).",
        ),
    ] = None,
) -> None:
    """Start everything on loopback, place real SIP calls to it, tell one owner's whole story."""
    from hotline.demo.demo import run
    from hotline.logs import configure_logs

    configure_logs("console", "warning")
    if not asyncio.run(run(once=once, pictures=pictures)):
        raise typer.Exit(1)
