"""How fast the ticket list is at a million tickets, on SQLite.

Rows are made in bulk (one ciphertext a column, the real indexes and word hashes); the
questions go through `Store.tickets.list`, as the dashboard asks them.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.report import Row, percentiles
from call_logs import Store
from call_logs.recordings import RecordingFiles
from call_logs.storage import Keys
from call_logs.storage.phone import phone_hash
from call_logs.tickets import (
    NewTicket,
    TicketClass,
    TicketFilter,
    TicketKind,
    TicketOrder,
    TicketStatus,
    ticket_number,
)
from call_logs.tickets.search import hashes, mark, words

ROUNDS = 20
BAR_MS = 100.0
CATEGORIES = ["lamp", "power_cut", "water_cut", "lift_fault", "noise", "parking", "rubbish"]
PLACES = ["楼道", "电梯", "车库", "花园", "大门", "屋顶", "水管", "卫生间", "厨房", "阳台"]
FAULTS = [
    "灯坏了",
    "漏水",
    "有异味",
    "太吵",
    "打不开",
    "掉下来了",
    "没有电",
    "停水了",
    "垃圾没人收",
]
WISHES = ["请派人来修", "已经三天了", "麻烦尽快", "孩子害怕", "老人出不去", "昨天也报过"]
RARE = "有人被困"  # in one ticket of ten thousand


async def measure(quick: bool) -> list[Row]:
    """Each question twenty times, at a million tickets."""
    with tempfile.TemporaryDirectory(prefix="tickets-") as folder:
        return await asked(Path(folder), 50_000 if quick else 1_000_000)


async def asked(folder: Path, count: int) -> list[Row]:
    """Every question's p50 and p95 over `count` tickets."""
    keys = Keys.generate()
    store = await Store.open(
        f"sqlite:///{folder}/hotline.db",
        keys=keys,
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
    )
    try:
        first = await store.tickets.open(NewTicket(kind=TicketKind.REPAIR, text="样本"))
        await asyncio.to_thread(fill, folder / "hotline.db", keys, first.id, count)
        now = datetime.now(UTC)
        questions = {
            "all": TicketFilter(),
            "class urgent": TicketFilter(ticket_class=TicketClass.URGENT),
            "class urgent, received": TicketFilter(
                ticket_class=TicketClass.URGENT, status=TicketStatus.RECEIVED
            ),
            "open": TicketFilter(open=True),
            "overdue": TicketFilter(overdue=True),
            "by priority": TicketFilter(order=TicketOrder.PRIORITY),
            "open by priority": TicketFilter(open=True, order=TicketOrder.PRIORITY),
            "open by deadline": TicketFilter(open=True, order=TicketOrder.DEADLINE),
            "text, by priority": TicketFilter(text="漏水", order=TicketOrder.PRIORITY),
            "category and closed": TicketFilter(category="noise", status=TicketStatus.CLOSED),
            "caller": TicketFilter(caller="13800000007"),
            "text, common pair": TicketFilter(text="楼道"),
            "text, two common pairs": TicketFilter(text="楼道 漏水"),
            "text, sentence": TicketFilter(text="楼道灯坏了"),
            "text, rare": TicketFilter(text=RARE),
            "text, nowhere": TicketFilter(text="火灾"),
            "text and class": TicketFilter(text="电梯", ticket_class=TicketClass.URGENT),
            "text and status": TicketFilter(text="电梯", status=TicketStatus.RECEIVED),
            "text and category": TicketFilter(text="漏水", category="noise"),
            "the last seven days": TicketFilter(since=now - timedelta(days=7)),
            "page 1000 of all": TicketFilter(before=count - 50_000),
        }
        rows: list[Row] = []
        for name, question in questions.items():
            times = [await one(store, question) for _ in range(ROUNDS)]
            rows += percentiles(name, times, "ms", bars={95: BAR_MS})
        times = [await counts(store) for _ in range(ROUNDS)]
        return [*rows, *percentiles("counts of open tickets", times, "ms", bars={95: BAR_MS})]
    finally:
        await store.close()


async def one(store: Store, question: TicketFilter) -> float:
    started = time.perf_counter()
    await store.tickets.list(question)
    return (time.perf_counter() - started) * 1000


async def counts(store: Store) -> float:
    started = time.perf_counter()
    await store.tickets.counts()
    return (time.perf_counter() - started) * 1000


def fill(path: Path, keys: Keys, sample_id: int, count: int) -> None:
    """Copy the sample ticket `count` times with other plain columns, and index its words."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.row_factory = sqlite3.Row
    sample = dict(connection.execute("SELECT * FROM tickets WHERE id = ?", (sample_id,)).fetchone())
    columns = list(sample)
    chance = random.Random(7)
    start = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=3650)
    step = timedelta(days=3650) / count
    callers = [phone_hash(keys, f"1380{number:07}") for number in range(10_000)]
    cache: dict[str, list[bytes]] = {}
    tokens: list[tuple[bytes, int]] = []

    def rows() -> list[tuple[object, ...]]:
        made = []
        for ticket_id in range(sample_id + 1, sample_id + count + 1):
            opened = start + step * (ticket_id - sample_id)
            is_open = ticket_id > count * 0.995
            ticket_class = chance.choices(["urgent", "important", "general"], [1, 9, 90])[0]
            row = sample | {
                "id": ticket_id,
                "number": ticket_number(ticket_id),
                "opened_key": None,
                "ticket_class": ticket_class,
                "precedence": {"urgent": 18, "important": 38, "general": 58}[ticket_class],
                "status": chance.choice(["received", "in_progress"]) if is_open else "closed",
                "category": chance.choice(CATEGORIES),
                "caller_hash": chance.choice(callers),
                "opened_at": opened.isoformat(" "),
                "closed_at": None if is_open else opened.isoformat(" "),
                "next_due_at": (opened + timedelta(days=3)).isoformat(" ") if is_open else None,
            }
            text = chance.choice(PLACES) + chance.choice(FAULTS) + "，" + chance.choice(WISHES)
            if ticket_id % 10_000 == 0:
                text += RARE
            if text not in cache:
                cache[text] = hashes(keys, words(text))
            marks = hashes(
                keys, [mark("class", row["ticket_class"]), mark("status", row["status"])]
            )
            tokens.extend((token, ticket_id) for token in (*cache[text], *marks))
            made.append(tuple(row[column] for column in columns))
        return made

    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    with connection:
        connection.executemany(f"INSERT INTO tickets ({names}) VALUES ({marks})", rows())
    tokens.sort()  # in the order of the table: a million tickets' words in a minute
    with connection:
        connection.executemany("INSERT INTO ticket_tokens VALUES (?, ?)", tokens)
    connection.close()
