"""`hotline serve`: answer calls."""

from __future__ import annotations

import asyncio

from hotline.commands.options import ConfigOption, load
from hotline.gc_tuning import loading


def serve(config: ConfigOption = None) -> None:
    """Answer calls and show the dashboard until told to end (SIGTERM or Ctrl-C)."""
    with loading():
        from hotline.app import run

    asyncio.run(run(load(config, service=True)))
