"""A start on a home in which every table has rows of every kind of nonsense beside the good
ones: it goes on, and what is good is found, rung by and carried on."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from call_logs import Store
from call_logs.calls import ANY_NODE, CallEventKind, NewCall, RequestAction
from call_logs.dispatches import Dispatch
from call_logs.owners import Owner
from call_logs.recordings import RecordingStatus
from call_logs.roster import Address
from call_logs.roster.contacts import parse_contact
from call_logs.roster.people import Person
from call_logs.roster.policies import built_in_policies
from call_logs.storage import Check, Keys, LoginRefused
from call_logs.tickets import NewTicket, TicketClass, TicketFilter, TicketKind
from call_logs.users import HOTLINE, Role
from tests.call_logs.conftest import call_id, opener
from tests.call_logs.recordings.test_store import recorded
from tests.call_logs.recordings.test_writer import RATE_HZ, line
from tests.call_logs.roster_world import COMPANY
from tests.people import person

NONSENSE = (None, 0, -1, 2**62, "nonsense", "", b"\x01\xff\x00garbage", b"", 1.5e308, "\ud7ff" * 9)

TABLES = (
    "calls",
    "call_events",
    "live_calls",
    "recordings",
    "transcripts",
    "tickets",
    "ticket_history",
    "ticket_tokens",
    "users",
    "login_sessions",
    "login_failures",
    "access_log",
    "requests",
    "changes",
    "roster_entries",
    "roster_history",
    "owners",
    "dispatches",
    "dispatch_attempts",
    "dispatch_events",
)

# Read as a list by a start or the first pages: a broken row of these is told by the health.
LISTED = {
    "calls",
    "recordings",
    "transcripts",
    "tickets",
    "users",
    "requests",
    "roster_entries",
    "dispatches",
    "dispatch_attempts",
}

NUMBER = "13800138000"
WANG = Person("wang", "王工", (parse_contact("13812345678"),))


@dataclass(frozen=True)
class Left:
    """What a crash left behind, and must be seen to at the next start."""

    call_id: str
    recording_id: str
    dispatch: Dispatch


@dataclass(frozen=True)
class Home:
    """The folder of a program that was killed."""

    folder: Path
    keys: Keys
    left: Left


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Home:
    """Filled once, and copied for each test."""
    folder = tmp_path_factory.mktemp("home")
    keys = Keys.generate()
    shutil.copy(migrated, folder / "hotline.db")
    left = asyncio.run(_killed(folder, keys))
    cut_off(folder / "hotline.db", left)
    return Home(folder, keys, left)


async def _killed(folder: Path, keys: Keys) -> Left:
    async with opener(folder, keys, f"sqlite:///{folder}/hotline.db") as open_store:
        return await filled(await open_store())


async def filled(store: Store) -> Left:
    """Something in every table; a call, its recording and a search cut off in the middle."""
    await store.roster.import_toml(COMPANY, person("test"))
    await store.directory.save(Owner(NUMBER, "张三", Address("3", "2", "1502")), person("test"))
    await store.users.add("operator", "a long password 1", Role.OPERATOR, HOTLINE)
    await store.users.login("operator", "a long password 1", "127.0.0.1")
    with pytest.raises(LoginRefused):
        await store.users.login("operator", "another password", "127.0.0.1")
    await recorded(store)
    call = call_id()
    store.calls.begin(NewCall(id=call, caller=NUMBER, trunk="office"))
    store.calls.answered(call)
    store.calls.event(call, CallEventKind.MENU, {"node": "main"})
    store.live.update(call, menu="main")
    recording = await store.recordings.create(call, RATE_HZ)
    recording.write(line(1.0), line(1.0))
    ticket = await store.tickets.open(
        NewTicket(TicketKind.EMERGENCY, TicketClass.URGENT, call_id=call, category="fire")
    )
    await store.tickets.note(ticket.id, person("operator"), "看一看")
    dispatch = await store.dispatches.open(
        ticket.id, built_in_policies(["fire"])["fire"], call_id=call, actor=HOTLINE
    )
    await store.dispatches.attempt(dispatch.id, WANG, WANG.contacts[0], level=0)
    await store.requests.add(RequestAction.DRILL, ANY_NODE, actor=person("operator"))
    await store.access.add("operator", "read", "ticket", str(ticket.id))
    await store.live.flush()
    await store.calls.flush()
    await recording.close()
    return Left(call, recording.id, dispatch)


def cut_off(file: Path, left: Left) -> None:
    """Back to what a kill in the middle of the call would have left."""
    (sealed,) = (file.parent / "recordings" / "finished").rglob(f"{left.recording_id}.hrec")
    sealed.rename(file.parent / "recordings" / "live" / sealed.name)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "UPDATE recordings SET status = 'recording', ended_at = NULL, location = 'live'"
            " WHERE id = ?",
            (left.recording_id,),
        )
        database.execute("DELETE FROM transcripts WHERE recording_id = ?", (left.recording_id,))


def break_into(file: Path, tables: Iterator[str] | tuple[str, ...]) -> dict[str, int]:
    """Beside each table's rows: copies with one value of nonsense; how many the database took.

    What it refuses by itself (NOT NULL, unique) cannot come from a disk either.
    """
    taken = dict.fromkeys(tables, 0)
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute("PRAGMA ignore_check_constraints = ON")
        for table in taken:
            columns = database.execute(f"PRAGMA table_info({table})").fetchall()
            names = [column[1] for column in columns]
            keys = {column[1] for column in columns if column[5]}
            newest = "" if table == "ticket_tokens" else "ORDER BY rowid DESC"
            row = database.execute(f"SELECT * FROM {table} {newest}").fetchone()
            if row is None:
                continue
            for name in names:
                for nonsense in NONSENSE:
                    values = dict(zip(names, row, strict=True))
                    for key in keys - {name}:
                        values[key] = _another(values[key])
                    values[name] = nonsense
                    taken[table] += _insert(database, table, values, keys)
    return taken


def _insert(
    database: sqlite3.Connection, table: str, values: dict[str, object], keys: set[str]
) -> bool:
    """Whether it went in; a unique column that stands in the way becomes another value."""
    marks = ", ".join("?" * len(values))
    for _ in range(4):
        try:
            database.execute(
                f"INSERT INTO {table} ({', '.join(values)}) VALUES ({marks})", [*values.values()]
            )
        except sqlite3.IntegrityError as error:
            column = str(error).rpartition(".")[2]
            if "UNIQUE" not in str(error) or column in keys or column not in values:
                return False
            values[column] = _another(values[column])
        except (sqlite3.Error, OverflowError):
            return False
        else:
            return True
    return False


def _another(value: object) -> object:
    match value:
        case int():
            return secrets.randbelow(2**40) + 1000
        case bytes():
            return secrets.token_bytes(max(16, len(value)))
        case _:
            return secrets.token_hex(16)


async def start(store: Store) -> tuple[Dispatch, ...]:
    """What the program does with its memory before and after the first call."""
    await store.recover()
    await store.users.ensure_admin()
    await store.transcripts.queued()
    await store.transcripts.counts()
    searches = await store.dispatches.recover()
    assert await store.requests.take()
    await store.keep_house()
    assert (await store.health()).checks
    return searches


@pytest.mark.parametrize("table", [*TABLES, "all"])
async def test_the_program_starts_beside_rows_of_every_kind_of_nonsense(
    table: str, home: Home, tmp_path: Path
) -> None:
    shutil.copytree(home.folder, tmp_path, dirs_exist_ok=True)
    file = tmp_path / "hotline.db"
    tables = TABLES if table == "all" else (table,)
    broken = break_into(file, tables)
    assert all(broken.values()), broken

    async with opener(tmp_path, home.keys, f"sqlite:///{file}") as open_store:
        rows = await served(await open_store(), home.left)
    for name in LISTED & set(tables):
        assert name in rows.detail


async def served(fresh: Store, left: Left) -> Check:
    """The start beside those rows, and the next caller; what health says of rows."""
    searches = await start(fresh)
    assert left.dispatch.id in {search.id for search in searches}
    recording = await fresh.recordings.get(left.recording_id)
    assert (recording.status, recording.duration_s) == (RecordingStatus.SEALED, 1.0)
    assert left.recording_id in {each.recording_id for each in await fresh.transcripts.queued()}
    roster = await fresh.roster.current()
    assert {"wang", "li", "zhao"} <= {person.id for person in roster.people}
    owner = await fresh.directory.lookup(NUMBER)
    assert owner is not None
    call = call_id()  # and the next caller is served as ever
    fresh.calls.begin(NewCall(id=call, caller=NUMBER, trunk="office"))
    ticket = await fresh.tickets.open(
        NewTicket(TicketKind.EMERGENCY, TicketClass.URGENT, call_id=call, category="fire")
    )
    assert await fresh.tickets.for_call(call) == ticket
    assert (await fresh.tickets.list(TicketFilter())).items
    assert (await fresh.calls.list()).items
    assert await fresh.live.list()
    assert await fresh.users.list()
    return next(check for check in (await fresh.health()).checks if check.name == "rows")
