"""`hotline prompts`: what the hotline says, and a company's own recordings of it."""

from __future__ import annotations

import typer

app = typer.Typer(help="What the hotline says, and your own recordings.", no_args_is_help=True)
