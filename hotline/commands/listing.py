"""Long lists, read from the store page by page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from call_logs.calls import CallFilter
    from call_logs.storage import Page
    from call_logs.tickets import TicketFilter

LimitOption = Annotated[
    int, typer.Option(help="At most so many rows; 0 for all.", min=0, show_default=True)
]
PAGE_ROWS = 200

Item = TypeVar("Item")
Filter = TypeVar("Filter", "CallFilter", "TicketFilter")


async def listed(
    pages: Callable[[Filter], Awaitable[Page[Item]]], wanted: Filter, limit: int
) -> list[Item]:
    """`pages`: the store's way to one page; `limit`: as of `LimitOption`."""
    found: list[Item] = []
    while True:
        rows = min(PAGE_ROWS, limit - len(found)) if limit else PAGE_ROWS
        page = await pages(replace(wanted, limit=rows))
        found += page.items
        if page.next_cursor is None or (limit and len(found) >= limit):
            return found
        wanted = replace(wanted, before=page.next_cursor)
