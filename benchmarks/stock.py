"""A store of a million tickets, made once and kept in a file outside the tree.

Rows are made in bulk, as the program would have written them: every encrypted column holds a real
ciphertext (equal values share one, which costs as much to open), every word of a ticket stands in
the search index, each has its history and the call in which it came. Ten years of 274 tickets a
day; the newest half percent is open.
"""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from call_logs import Store
from call_logs.calls import NewCall
from call_logs.casework import NewEquipment
from call_logs.recordings import RecordingFiles
from call_logs.roster.addresses import Address
from call_logs.storage import Keys
from call_logs.storage.phone import phone_hash
from call_logs.tickets import NewTicket, TicketKind, ticket_number
from call_logs.tickets.search import hashes, mark, searched_place, words
from call_logs.users import COMMAND_LINE, HOTLINE

MOST = 1_000_000
FEW = 50_000  # of `--quick`
COUNT = "HOTLINE_BENCH_TICKETS"  # another number of tickets
FOLDER = "HOTLINE_BENCH_CACHE"
FORMAT = 1  # of what is made; another one is made anew
DAYS = 3650
AT_ONCE = 20_000
GROUPS, GROUP = 200, 4  # cases of several owners, and the tickets of each

CATEGORIES = ("lamp", "power_cut", "water_cut", "lift_fault", "noise", "parking", "rubbish")
KINDS = ("repair", "complaint", "enquiry", "suggestion", "other")
SOURCES = ("telephone", "window", "message")
PLACES = ("楼道", "电梯", "车库", "花园", "大门", "屋顶", "水管", "卫生间", "厨房", "阳台")
FAULTS = (
    *("灯坏了", "漏水", "有异味", "太吵", "打不开", "掉下来了", "没有电", "停水了"),
    *("垃圾没人收", "一直响", "按钮没反应", "地面很滑"),
)
WISHES = (
    *("请派人来修", "已经三天了", "麻烦尽快", "孩子害怕", "老人出不去", "昨天也报过"),
    *("投诉两次没人管", "保安态度很差", "下雨就这样", "希望给个说法"),
)
RARE = "有人被困"  # in one ticket of ten thousand
NEW_WORD = "蟑螂"  # in one of twenty tickets of the last week, and in none before


def size(quick: bool) -> int:
    """How many tickets are asked for."""
    return int(os.environ.get(COUNT) or (FEW if quick else MOST))


@asynccontextmanager
async def stock(quick: bool) -> AsyncIterator[tuple[Store, int]]:
    """The store, and how many tickets it has; made now if it was not before."""
    count = size(quick)
    cached = Path(os.environ.get(FOLDER) or Path.home() / ".cache" / "hotline-benchmarks")
    folder = cached / f"tickets-{FORMAT}-{count}"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = Keys.load(folder / "hotline.key", environ={})
    done = folder / "whole"
    if not done.exists():
        for each in folder.glob("hotline.db*"):
            each.unlink()
    if not done.exists():
        async with _opened(folder, keys) as store:
            sample = await _sample(store)
        # Nobody else writes meanwhile: the store's housekeeping would wait for it in vain.
        await asyncio.to_thread(_fill, folder / "hotline.db", keys, sample, count)
        async with _opened(folder, keys) as store:
            await _casework(store, sample + count, min(GROUPS, count // 1000))
        done.touch()
    async with _opened(folder, keys) as store:
        yield store, count


@asynccontextmanager
async def _opened(folder: Path, keys: Keys) -> AsyncIterator[Store]:
    store = await Store.open(
        f"sqlite:///{folder}/hotline.db",
        keys=keys,
        recordings=RecordingFiles(folder / "recordings"),
        spool=folder / "spool",
    )
    try:
        yield store
    finally:
        await store.close()


def _fill(path: Path, keys: Keys, sample: int, count: int) -> None:
    """A connection belongs to the thread that made it."""
    Filling(path, keys, sample, count).run()


async def _sample(store: Store) -> int:
    """One ticket with its call, after which the others are made."""
    call = NewCall(id="1" * 32, caller="13800000000", callee="4000", trunk="main")
    store.calls.begin(call)
    await store.calls.flush()
    opened = await store.tickets.open(
        NewTicket(kind=TicketKind.REPAIR, text="样本", call_id=call.id)
    )
    return opened.id


async def _casework(store: Store, newest: int, groups: int) -> None:
    """As many cases and pieces of equipment as the pages show, and the risks that are found."""
    for first in range(newest - groups * GROUP, newest, GROUP):
        await store.groups.join(range(first, first + GROUP), HOTLINE)
    pieces = [
        NewEquipment(f"{building}-{unit} lift", ("lift_fault",), Address(str(building), str(unit)))
        for building in range(1, 41)
        for unit in range(1, 4)
    ]
    await store.equipment.save_all(pieces, COMMAND_LINE)
    await store.risks.look()


class Filling:
    """Copies the sample's rows with values of their own."""

    def __init__(self, path: Path, keys: Keys, sample: int, count: int) -> None:
        self._keys = keys
        self._count = count
        self._first = sample + 1
        self._chance = random.Random(7)
        self._start = datetime.now(UTC).replace(tzinfo=None) - timedelta(days=DAYS)
        self._step = timedelta(days=DAYS) / count
        self._db = sqlite3.connect(path)
        self._db.row_factory = sqlite3.Row
        self._ticket = self._row("SELECT * FROM tickets WHERE id = ?", sample)
        self._history = self._row("SELECT * FROM ticket_history WHERE ticket_id = ?", sample)
        self._call = self._row("SELECT * FROM calls WHERE id = ?", self._ticket["call_id"])
        self._tokens: list[tuple[bytes, int]] = []
        self._token_parts: list[np.ndarray[Any, Any]] = []
        self._seal = cache(self._sealed)
        self._words = cache(lambda text: tuple(hashes(keys, words(text))))
        self._mark = cache(lambda name, value: tuple(hashes(keys, [mark(name, value)])))
        self._caller_hash = cache(lambda number: phone_hash(keys, number))

    def run(self) -> None:
        for pragma in ("synchronous=OFF", "cache_size=-600000"):
            self._db.execute(f"PRAGMA {pragma}")
        for start in range(0, self._count, AT_ONCE):
            numbers = range(start, min(start + AT_ONCE, self._count))
            made = [self._made(number) for number in numbers]
            self._insert("calls", self._call, [call for call, _, _ in made])
            self._insert("tickets", self._ticket, [ticket for _, ticket, _ in made])
            self._insert(
                "ticket_history", self._history, [each for *_, all_ in made for each in all_]
            )
            self._db.commit()
            self._keep_tokens()
            print(f"\r{numbers.stop} tickets made", end="", file=sys.stderr, flush=True)
        self._insert_tokens()
        # What the program's own `PRAGMA optimize` has learnt of a store that has grown.
        self._db.execute("PRAGMA analysis_limit=1000")
        self._db.execute("ANALYZE")
        self._db.close()
        print(file=sys.stderr)

    def _row(self, query: str, value: object) -> dict[str, Any]:
        return dict(self._db.execute(query, (value,)).fetchone())

    def _insert(self, table: str, sample: dict[str, Any], rows: Sequence[dict[str, Any]]) -> None:
        names = [name for name in sample if table != "ticket_history" or name != "id"]
        query = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
        self._db.executemany(query, ([{**sample, **row}[name] for name in names] for row in rows))

    def _sealed(self, column: str, value: str) -> bytes:
        return self._keys.seal(value.encode(), column)

    def _made(self, number: int) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
        pick, seal = self._chance.choice, self._seal
        ticket_id, opened = self._first + number, self._start + self._step * number
        is_open = number >= self._count * 0.995
        ticket_class = self._chance.choices(("urgent", "important", "general"), (1, 9, 90))[0]
        status = pick(("received", "in_progress")) if is_open else "closed"
        text = pick(PLACES) + pick(FAULTS) + "，" + pick(WISHES)
        if number % 10_000 == 0:
            text += RARE
        if number >= self._count * (1 - 7 / DAYS) and number % 20 == 0:
            text = f"厨房有{NEW_WORD}，" + text
        phone = f"138{pick(range(10_000)):08}"
        place = {
            "building": str(pick(range(1, 41))),
            "unit": str(pick(range(1, 4))),
            "floor": str(pick(range(1, 31))),
        }
        place["room"] = f"{place['floor']}0{pick(range(1, 5))}"
        category = pick(CATEGORIES)
        lessons = "换成防水的接头" if number % 100 == 0 and not is_open else ""
        cause = pick(("老化", "安装不当", "使用不当")) if not is_open else ""
        took = [timedelta(minutes=pick(range(1, 400))) for _ in range(4)]
        moments = [opened + sum(took[: index + 1], timedelta()) for index in range(4)]
        done = [None] * 4 if is_open else list(map(_plain, moments))
        due = [opened + timedelta(hours=4), opened + timedelta(days=3), opened + timedelta(days=3)]
        call_id = f"{ticket_id:032x}"
        call = {
            "seq": ticket_id,
            "id": call_id,
            "caller": seal("calls.caller", phone),
            "caller_hash": self._caller_hash(phone),
            "started_at": _plain(opened - timedelta(seconds=40)),
            "answered_at": _plain(opened - timedelta(seconds=pick(range(20, 39)))),
            "ended_at": _plain(opened + timedelta(seconds=60)),
            "end_reason": "caller hung up",
        }
        ticket = {
            "id": ticket_id,
            "number": ticket_number(ticket_id),
            "call_id": call_id,
            "opened_key": None,
            "ticket_class": ticket_class,
            "precedence": {"urgent": 18, "important": 38, "general": 58}[ticket_class],
            "status": status,
            "kind": pick(KINDS),
            "source": pick(SOURCES),
            "category": category,
            "assignee": pick(("", "person:wang", "person:li", "department:repairs")),
            "satisfaction": pick((None, 3, 4, 5, 5)) if not is_open else None,
            "caller": seal("tickets.caller", phone),
            "callback": seal("tickets.callback", phone),
            "caller_hash": self._caller_hash(phone),
            "callback_hash": self._caller_hash(phone),
            "text": seal("tickets.text", text),
            "name": seal("tickets.name", pick("王李张刘陈杨赵黄周吴") + pick(("女士", "先生"))),
            "cause": seal("tickets.cause", cause),
            "lessons": seal("tickets.lessons", lessons),
            **{name: seal(f"tickets.{name}", value) for name, value in place.items()},
            "opened_at": _plain(opened),
            "updated_at": done[3] or _plain(opened),
            "acknowledged_at": done[0],
            "on_site_at": done[1],
            "resolved_at": done[2],
            "feedback_at": done[3],
            "closed_at": done[3],
            **dict(
                zip(
                    ("acknowledge_due_at", "on_site_due_at", "feedback_due_at"),
                    map(_plain, due),
                    strict=True,
                )
            ),
            "next_due_at": _plain(due[0] if status == "received" else due[2]) if is_open else None,
            "remind_at": _plain(opened) if is_open else None,
        }
        said = (text, category, cause, lessons)
        tokens = {token for each in said for token in self._words(each)}
        for name, value in place.items():
            tokens.update(self._words(searched_place(name, value)))
        tokens.update(self._mark("class", ticket_class), self._mark("status", status))
        self._tokens.extend((token, ticket_id) for token in tokens)
        return call, ticket, list(self._moves(ticket_id, opened, moments, is_open=is_open))

    def _moves(
        self, ticket_id: int, opened: datetime, moments: Sequence[datetime], *, is_open: bool
    ) -> Iterator[dict[str, Any]]:
        yield {"ticket_id": ticket_id, "at": _plain(opened)}
        ways = ("received", "registered", "in_progress", "resolved", "closed")
        for index, at in enumerate(() if is_open else moments):
            changes = f'{{"status":["{ways[index]}","{ways[index + 1]}"]}}'
            yield {
                "ticket_id": ticket_id,
                "at": _plain(at),
                "actor": "wang",
                "action": "moved",
                "changes": self._seal("ticket_history.changes", changes),
            }

    def _keep_tokens(self) -> None:
        """As numbers: as objects, those of a million tickets would fill the memory."""
        joined = b"".join(token for token, _ in self._tokens)
        part = np.empty(len(self._tokens), dtype=[("token", ">u8"), ("ticket", "<i8")])
        part["token"] = np.frombuffer(joined, dtype=">u8")
        part["ticket"] = [ticket for _, ticket in self._tokens]
        self._token_parts.append(part)
        self._tokens.clear()

    def _insert_tokens(self) -> None:
        """In the order of the table: a page of it is written once."""
        whole = np.concatenate(self._token_parts)
        order = np.lexsort((whole["ticket"], whole["token"].astype("<u8")))
        query = "INSERT INTO ticket_tokens VALUES (?, ?)"
        for start in range(0, len(order), 500_000):
            some = whole[order[start : start + 500_000]]
            tokens = some["token"].astype(">u8").tobytes()  # joined, they are of this machine
            rows = (
                (tokens[8 * index : 8 * index + 8], ticket)
                for index, ticket in enumerate(some["ticket"].tolist())
            )
            self._db.executemany(query, rows)
            self._db.commit()


def _plain(moment: datetime) -> str:
    return moment.isoformat(" ")
