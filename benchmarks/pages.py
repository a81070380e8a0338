"""How fast the pages and files about many tickets are at a million, on SQLite.

The application in this process answers over ASGI, as a browser would ask it: login, rights, the
access log and the drawing of the page are in the numbers; a network and a browser are not.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, date, datetime, timedelta

import httpx

from benchmarks.report import Row, percentiles
from benchmarks.stock import stock
from call_logs import Store
from call_logs.storage import StoreError
from call_logs.users import COMMAND_LINE, Role
from dashboard import create_app
from dashboard.web import DashboardSettings
from tests.dashboard.browserless import Visitor

NAME, PASSWORD = "bench", "a password for a benchmark"
ROUNDS = 10
LIST_MS, PAGE_S, FILE_S = 100.0, 1.0, 10.0


async def measure(quick: bool) -> list[Row]:
    async with stock(quick) as (store, count):
        try:
            await store.users.add(NAME, PASSWORD, Role.ADMIN, COMMAND_LINE)
        except StoreError:  # since an earlier run
            await store.users.set_password(NAME, PASSWORD, COMMAND_LINE)
        app = create_app(store, DashboardSettings())
        async with Visitor(app, "zh-CN") as visitor:
            await visitor.sign_in(NAME, PASSWORD)
            return await pages(store, visitor, count)


async def pages(store: Store, visitor: Visitor, count: int) -> list[Row]:
    today = datetime.now(UTC).date()
    month = today.replace(day=1) - timedelta(days=1)  # the last whole one
    lists = {
        "page: open tickets": "/tickets",
        "page: all tickets, deep": f"/tickets?status=all&before={count // 2}",
        "page: search": "/tickets?status=all&q=漏水",
        "page: open by priority": "/tickets?order=priority",
        "page: alike": "/tickets/alike?building=7&category=noise",
    }
    slower = {
        "page: groups": "/groups",
        "page: risks": "/risks",
        "page: lessons of a month": f"/reports/lessons?month={month:%Y-%m}",
        "page: report of a month": f"/reports?month={month:%Y-%m}",
        "page: equipment": "/equipment",
    }
    rows: list[Row] = []
    for name, address in lists.items():
        times = [await took_s(visitor, address) * 1000 for _ in range(ROUNDS)]
        rows += percentiles(name, times, "ms", bars={95: LIST_MS})
    for name, address in slower.items():
        times = [await took_s(visitor, address) for _ in range(ROUNDS)]
        rows += percentiles(name, times, "s", bars={95: PAGE_S})
    year = f"/reports?since={today - timedelta(days=364)}&until={today}"
    rows.append(Row("page: report of a year", await took_s(visitor, year), "s"))
    return [*rows, *await files(visitor, month)]


async def files(visitor: Visitor, month: date) -> list[Row]:
    days = f"status=all&since={month.replace(day=1)}&until={month}"
    rows = []
    for format in ("xlsx", "csv"):
        address = f"/reports/ledger?{days}&format={format}"
        seconds = await took_s(visitor, address)
        rows.append(Row(f"file: ledger of a month, {format}", seconds, "s", FILE_S))
    return rows


async def took_s(visitor: Visitor, address: str) -> float:
    """Until the whole answer is there."""
    started = time.perf_counter()
    answer: httpx.Response = await visitor.get(address)
    seconds = time.perf_counter() - started
    answer.raise_for_status()
    await asyncio.sleep(0.05)  # what an answer leaves to be written is not the next one's
    return seconds
