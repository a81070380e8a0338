"""What commands print: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPE_COLUMNS = 200  # one line a row for grep and files


def print_json(value: Any) -> None:
    """One JSON document on stdout; Chinese stays readable."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """A table, or the sentence `empty` when there are no rows.

    Cells are literal: a caller's words may look like markup.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")  # a cut name or number would be of no use
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_COLUMNS)
    if table.row_count:
        console.print(table)
    else:
        console.print(empty, markup=False)


def local_time(moment: datetime | None, zone: ZoneInfo) -> str:
    """A time as the site's clock shows it; empty for None."""
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if moment else ""
