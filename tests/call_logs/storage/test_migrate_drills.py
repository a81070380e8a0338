"""Drills lose their tickets, and nothing else is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Boolean, Connection, DateTime, LargeBinary, MetaData, String, Table, text
from sqlalchemy.exc import IntegrityError

from call_logs.storage import Keys
from call_logs.storage.database import Database
from call_logs.storage.migrate import migrate

BEFORE, AFTER = "0010", "0011"
AT = datetime(2026, 6, 3, 3, 0, tzinfo=UTC)
CALL, CALL_BACK = "c" * 32, "b" * 32

REAL, CLOSED_DRILL, CUT_OFF, WORKED_ON, BOTH, OTHER, CALLED_BACK, ORDERED, LAST = range(1, 10)
GONE = {CLOSED_DRILL, CUT_OFF}


def fill(connection: Connection, name: str, **values: Any) -> None:
    """A row with these values, and something empty where the table asks for more."""
    table = Table(name, MetaData(), autoload_with=connection)
    row = {
        column.name: _empty(column.type)
        for column in table.columns
        if not (column.nullable or column.primary_key or column.server_default is not None)
    }
    connection.execute(table.insert().values(row | values))


def _empty(type_: object) -> object:
    match type_:
        case DateTime():
            return AT
        case LargeBinary():
            return b""
        case Boolean():
            return False
        case String():
            return ""
        case _:
            return 0


def ticket(connection: Connection, id_: int, by: str = "", **values: Any) -> None:
    """One as the hotline closed it; `by` has written a note since."""
    what = {"kind": "other", "ticket_class": "general", "status": "closed", "number": f"10000{id_}"}
    fill(connection, "tickets", id=id_, **(what | values))
    lines = [("opened", "manager"), ("moved", "hotline"), *([("noted", by)] if by else [])]
    for action, actor in lines:
        fill(connection, "ticket_history", ticket_id=id_, action=action, actor=actor)
    fill(connection, "ticket_tokens", token=b"tokenword", ticket_id=id_)
    fill(connection, "enquiry_tries", ticket_id=id_, at=AT)


def searched(connection: Connection, ticket_id: int, *, drill: bool, open_: bool = False) -> None:
    id_ = f"{'drill' if drill else 'real'}-{ticket_id}"
    key = (-ticket_id if drill else ticket_id) if open_ else None
    status = "ringing" if open_ else "closed"
    dispatch = {"id": id_, "ticket_id": ticket_id, "drill": drill}
    fill(connection, "dispatches", **dispatch, open_key=key, status=status)
    for person in ("wang", "li"):
        fill(
            connection,
            "dispatch_attempts",
            id=f"{id_}-{person}",
            dispatch_id=id_,
            person=person,
            status="ended",
        )
        fill(connection, "dispatch_events", dispatch_id=id_, kind="attempt_placed")


def old_site(connection: Connection) -> None:
    """What an older program has left: real tickets, drills, and some of both."""
    migrate(connection, BEFORE)
    fill(connection, "calls", id=CALL)
    ticket(
        connection, REAL, kind="emergency", ticket_class="urgent", call_id=CALL, status="received"
    )
    searched(connection, REAL, drill=False, open_=True)
    ticket(connection, CLOSED_DRILL)
    searched(connection, CLOSED_DRILL, drill=True)
    ticket(connection, CUT_OFF, status="received")
    searched(connection, CUT_OFF, drill=True, open_=True)
    ticket(connection, WORKED_ON, by="operator")
    searched(connection, WORKED_ON, drill=True)
    ticket(connection, BOTH)
    searched(connection, BOTH, drill=True)
    searched(connection, BOTH, drill=False)
    ticket(connection, OTHER)
    ticket(connection, CALLED_BACK)
    searched(connection, CALLED_BACK, drill=True)
    fill(connection, "calls", id=CALL_BACK, ticket_id=CALLED_BACK)
    ticket(connection, ORDERED)
    searched(connection, ORDERED, drill=True)
    fill(connection, "requests", ticket_id=ORDERED, action="ring")
    ticket(connection, LAST)
    searched(connection, LAST, drill=True)


def rows(connection: Connection, name: str) -> list[Mapping[str, Any]]:
    table = Table(name, MetaData(), autoload_with=connection)
    found = connection.execute(table.select().order_by(*table.primary_key)).mappings()
    return [dict(row) for row in found]


TABLES = ("tickets", "ticket_history", "ticket_tokens", "enquiry_tries", "dispatches",
          "dispatch_attempts", "dispatch_events", "calls", "requests")  # fmt: skip


def everything(connection: Connection) -> dict[str, list[Mapping[str, Any]]]:
    return {name: rows(connection, name) for name in TABLES}


@pytest.fixture
def database(empty_database_url: str) -> Database:
    return Database(empty_database_url, Keys.generate())


async def test_only_tickets_that_were_nothing_but_drills_go(database: Database) -> None:
    try:
        async with database.migrating() as connection:
            await connection.run_sync(old_site)
            before = await connection.run_sync(everything)
        async with database.migrating() as connection:
            await connection.run_sync(migrate, AFTER)
        async with database.engine.connect() as connection:
            after = await connection.run_sync(everything)
    finally:
        await database.close()
    # SQLite would give the last row's number again.
    gone = GONE if database.is_sqlite else GONE | {LAST}
    for name in ("tickets", "ticket_history", "ticket_tokens", "enquiry_tries"):
        key = "id" if name == "tickets" else "ticket_id"
        assert after[name] == [row for row in before[name] if row[key] not in gone], name
    for name in ("dispatch_attempts", "dispatch_events", "calls", "requests"):
        assert after[name] == before[name], name
    without = {"ticket_id": None, "open_key": None}
    told = [{**row, **without} if row["drill"] else row for row in before["dispatches"]]
    assert after["dispatches"] == told


async def test_after_it_a_ticket_and_its_search_still_belong_together(database: Database) -> None:
    try:
        async with database.migrating() as connection:
            await connection.run_sync(old_site)
        async with database.migrating() as connection:
            await connection.run_sync(migrate, AFTER)
        async with database.engine.begin() as connection:
            await connection.execute(text(f"DELETE FROM tickets WHERE id = {BOTH}"))
            found = await connection.run_sync(rows, "dispatches")
            assert {"drill-5", "real-1"} <= {row["id"] for row in found}
            assert "real-5" not in {row["id"] for row in found}
            left = await connection.run_sync(rows, "dispatch_attempts")
            assert {row["dispatch_id"] for row in left} == {row["id"] for row in found}
        with pytest.raises(IntegrityError):
            async with database.engine.begin() as connection:
                await connection.execute(
                    text("UPDATE dispatches SET ticket_id = 4711 WHERE id = 'real-1'")
                )
    finally:
        await database.close()
