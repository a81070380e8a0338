"""All that a program keeps: every row of every table, every file. For tests of what leaves none."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from call_logs.migrations.tables import metadata

IGNORED = frozenset({"hotline.db", "hotline.db-wal", "hotline.db-shm"})


def rows(database: Path) -> dict[str, list[str]]:
    """Table -> its rows; of all that there are in the file, and none of ours may be missing."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as opened:
        names = [
            str(name)
            for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        assert {table.name for table in metadata.sorted_tables} <= set(names)
        return {
            name: sorted(repr(row) for row in opened.execute(f'SELECT * FROM "{name}"'))
            for name in names
        }


def files(folder: Path) -> dict[str, int]:
    """Every file below but the database itself, with its size."""
    return {
        str(path.relative_to(folder)): path.stat().st_size
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in IGNORED
    }


def difference(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, list[str]]:
    """What stands in only one of them, by table."""
    changed = {
        name: sorted(set(before.get(name, [])) ^ set(after.get(name, [])))
        for name in before.keys() | after.keys()
    }
    return {name: each for name, each in changed.items() if each}
