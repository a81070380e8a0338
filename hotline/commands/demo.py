"""`hotline demo`: the whole program on this machine, called by synthetic owners."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Check what the calls left behind, then end: 0 or 1.")
    ] = False,
) -> None:
    """Start everything on loopback, place real SIP calls to it, and show what happens."""
    from hotline.demo.demo import run
    from hotline.logs import configure_logs

    configure_logs("console", "warning")
    if not asyncio.run(run(once=once)):
        raise typer.Exit(1)
